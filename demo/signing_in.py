"""Letting people of the demonstration come to work, as they would at the sign-in page."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from demo.estate.load import DEMO_PASSWORD, LoadError
from ops_db.accounts import service as accounts
from ops_db.actor import Actor

_WORKING_DAY: Final = dt.timedelta(hours=8)


async def signed_in(connection: Any, login: str, now: dt.datetime) -> Actor:
    """Who signs in with this name; raises LoadError where nobody does.

    `connection` is that of the use cases, which alone know its kind.
    """
    token = await accounts.sign_in(
        connection, login=login, password=DEMO_PASSWORD, address="127.0.0.1", now=now, lasts=_WORKING_DAY
    )
    actor = await accounts.actor_of_session(connection, token=token or "", now=now)
    if actor is None:
        raise LoadError(f"The demonstration's {login} cannot sign in. Give an empty database.")
    return actor

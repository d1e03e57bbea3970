"""Changing one's own password: the present one must fit, the new one must be hard to guess, other browsers are out.

After NIST SP 800-63B, 3.1.1: a password is long, no mixture of characters is asked for, and what is guessed first (the
login, the same few characters again and again) is refused.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind
from ops_db import audit
from ops_db.accounts import keeping_repository, repository
from ops_db.accounts.service import refuse_guessing
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotPermitted
from ops_db.passwords import hash_password, is_password

SHORTEST_PASSWORD: Final = 10
LONGEST_PASSWORD: Final = 200
FEWEST_DIFFERENT: Final = 4
"""Different characters of a password: aaaaaaaaaa and 1212121212 are long and no secret."""


async def change_own_password(
    connection: AsyncConnection, *, actor: Actor, present: str, chosen: str, address: str, now: dt.datetime
) -> bool:
    """Write the password; every other session of the account ends. False where the present one does not fit.

    That failure is counted as one of signing in, so commit it. Raises InvalidInput, NotPermitted for a token, and
    SignInThrottled after too many failures.
    """
    id = actor.account_id if actor.kind == ActorKind.ACCOUNT else None
    account = await keeping_repository.password(connection, id=id) if id is not None else None
    if id is None or account is None:
        raise NotPermitted("Only a person with an account has a password.", permission="")
    await refuse_guessing(connection, login=account.login, address=address, now=now)
    if not await asyncio.to_thread(is_password, present, account.password_hash):
        await repository.add_failure(connection, login=account.login, address=address, now=now)
        return False
    _check(chosen, present=present, login=account.login)
    hashed = await asyncio.to_thread(hash_password, chosen)
    await keeping_repository.set_password(connection, id=id, password_hash=hashed, is_temporary=False)
    await keeping_repository.end_sessions(connection, id=id, now=now, but=actor.session_id)
    await audit.note(connection, actor=actor, deed="account:own_password", now=now, object_kind="account", object_id=id)
    return True


def _check(chosen: str, *, present: str, login: str) -> None:
    if not SHORTEST_PASSWORD <= len(chosen) <= LONGEST_PASSWORD:
        raise InvalidInput(
            "A password has {least} to {most} characters. A few words in a row are easy to remember.",
            least=SHORTEST_PASSWORD,
            most=LONGEST_PASSWORD,
            fields=("chosen",),
        )
    if chosen == present:
        raise InvalidInput("Choose a password that differs from the present one.", fields=("chosen",))
    if login.casefold() in chosen.casefold() and len(chosen) < len(login) + SHORTEST_PASSWORD:
        raise InvalidInput("The login is easy to guess. Choose a password without it.", fields=("chosen",))
    if len(set(chosen)) < FEWEST_DIFFERENT:
        raise InvalidInput("Use at least {least} different characters.", least=FEWEST_DIFFERENT, fields=("chosen",))

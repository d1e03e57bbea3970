"""Forms sent twice do their work once: key and content of a form are kept with the address its work led to."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, KeyInFlight
from ops_db.idempotency import service as idempotency
from ops_db.personal_data import PersonalData

LARGEST_FORM: Final = 64 * 1024 * 1024
"""Bytes of a form with its photos; a phone's photo has some five million."""

_TRIES: Final = 20
_WAIT_SECONDS: Final = 0.25
_SEE_OTHER: Final = 303


def new_key() -> str:
    """A key for one form on one page."""
    return str(uuid7())


async def once(
    connection: AsyncConnection,
    work: Callable[[], Awaitable[str]],
    *,
    actor: Actor,
    typed: Mapping[str, str],
    now: dt.datetime,
    keys: PersonalData,
) -> str:
    """The address `work` leads to; a second click, while the first is at work or later, gets the same one.

    `typed` is the text of the form with its `idempotency_key`. The same form with other words in it is another
    request and is not lost. Raises InvalidInput for a key no page of ours made, and whatever `work` raises; then
    nothing is kept and the form may be sent again.
    """
    content = json.dumps(dict(sorted(typed.items())), ensure_ascii=False).encode()
    fingerprint = hashlib.sha256(content).digest()
    key = f"{_checked(typed.get('idempotency_key', ''))}-{fingerprint.hex()[:16]}"
    for attempt in range(_TRIES):
        try:
            kept = await idempotency.claim(
                connection, actor=actor, key=key, request_hash=fingerprint, personal_data=keys
            )
        except KeyInFlight:
            if attempt == _TRIES - 1:
                raise
            await connection.rollback()
            await asyncio.sleep(_WAIT_SECONDS)
            continue
        if kept is not None:
            return str(json.loads(kept.answer_json)["location"])
        break
    location = await work()
    await idempotency.keep(
        connection,
        actor=actor,
        key=key,
        request_hash=fingerprint,
        status=_SEE_OTHER,
        answer_json=json.dumps({"location": location}),
        now=now,
        personal_data=keys,
    )
    return location


def _checked(key: str) -> str:
    try:
        return str(UUID(key))
    except ValueError as error:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.") from error

"""Answering a repeated request as the first time, without doing the work again."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor
from ops_db.errors import KeyInFlight, KeyReused
from ops_db.idempotency import repository

KEPT_FOR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer given before."""

    status: int
    answer: dict[str, Any]


def request_hash(*parts: str) -> bytes:
    """The fingerprint that tells a repeated request from another one under the same key."""
    return hashlib.sha256("\n".join(parts).encode()).digest()


async def claim(
    connection: AsyncConnection, *, actor: Actor, key: str, request_hash: bytes
) -> Kept | None:
    """The answer given before, or None: then do the work and `keep` its answer in the same transaction.

    Raises KeyReused when the key belongs to another request, KeyInFlight while another transaction works on it.
    """
    found = await repository.claim(connection, actor=actor.key_space, key=key)
    if found.request_hash is not None:
        if bytes(found.request_hash) != request_hash:
            raise KeyReused("This Idempotency-Key was used for another request. Make a new key for a new request.")
        return Kept(found.status, found.answer)
    if not found.is_claimed:
        raise _in_flight()
    return None


async def keep(
    connection: AsyncConnection,
    *,
    actor: Actor,
    key: str,
    request_hash: bytes,
    status: int,
    answer_json: str,
    now: dt.datetime,
) -> None:
    """Keep a success; errors are not kept, since a request that failed changed nothing and may be tried again."""
    try:
        await repository.keep(
            connection,
            actor=actor.key_space,
            key=key,
            request_hash=request_hash,
            status=status,
            answer=answer_json,
            now=now,
        )
    except IntegrityError as error:
        # The first request committed between our look and our lock; its answer is there for the next try.
        raise _in_flight() from error


async def forget_old(connection: AsyncConnection, *, now: dt.datetime) -> int:
    """Remove answers older than a month and count them."""
    return await repository.forget(connection, before=now - KEPT_FOR)


def _in_flight() -> KeyInFlight:
    return KeyInFlight("The first request with this Idempotency-Key is still being answered. Ask again in a second.")

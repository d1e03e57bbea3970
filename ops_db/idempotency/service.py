"""Answering a repeated request as the first time, without doing the work again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind
from ops_db.actor import Actor
from ops_db.errors import KeyInFlight, KeyReused
from ops_db.idempotency import repository
from ops_db.personal_data import PersonalData

KEPT_FOR = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer given before."""

    status: int
    answer_json: str


def request_hash(*parts: str) -> bytes:
    """The fingerprint that tells a repeated request from another one under the same key."""
    return hashlib.sha256("\n".join(parts).encode()).digest()


async def claim(
    connection: AsyncConnection, *, actor: Actor, key: str, request_hash: bytes, personal_data: PersonalData
) -> Kept | None:
    """The answer given before, or None: then do the work and `keep` its answer in the same transaction.

    Raises KeyReused when the key belongs to another request, KeyInFlight while another transaction works on it.
    """
    found = await repository.claim(connection, actor=actor.key_space, key=key)
    if found.request_hash is not None:
        if bytes(found.request_hash) != request_hash:
            raise KeyReused("This Idempotency-Key was used for another request. Make a new key for a new request.")
        return Kept(found.status, personal_data.decrypt(found.answer["sealed"].encode()))
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
    personal_data: PersonalData,
) -> None:
    """Keep a success; errors are not kept, since a request that failed changed nothing and may be tried again.

    An answer may hold what somebody wrote, or the token of a link, so it is kept encrypted.
    """
    answer = json.dumps({"sealed": personal_data.encrypt(answer_json).decode()})
    try:
        await repository.keep(
            connection,
            actor=actor.key_space,
            key=key,
            request_hash=request_hash,
            status=status,
            answer=answer,
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


def reporter_at(address: str) -> Actor:
    """Somebody without an account: their keys are kept apart by where they come from."""
    return Actor(kind=ActorKind.OWNER, ticket_id=uuid5(NAMESPACE_URL, f"anju:reporter:{address}"))

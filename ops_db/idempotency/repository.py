"""SQL of kept answers."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_CLAIM = text("""
    select pg_try_advisory_xact_lock(hashtextextended(:actor || ' ' || :key, 0)) as is_claimed,
           kept.request_hash, kept.status, kept.answer
      from (values (1)) as one
      left join ops.idempotency_key as kept on kept.actor = :actor and kept.key = :key
""")
_KEEP = text("""
    insert into ops.idempotency_key (actor, key, request_hash, status, answer, created_at)
    values (:actor, :key, :request_hash, :status, cast(:answer as jsonb), :now)
""")
_FORGET = text("delete from ops.idempotency_key where created_at < :before")


async def claim(connection: AsyncConnection, *, actor: str, key: str) -> Row[Any]:
    """Whether this transaction may answer, and the answer kept earlier, if there is one."""
    return (await connection.execute(_CLAIM, {"actor": actor, "key": key})).one()


async def keep(connection: AsyncConnection, **values: Any) -> None:
    """Keep an answer; a second one for the same key breaks the primary key."""
    await connection.execute(_KEEP, values)


async def forget(connection: AsyncConnection, *, before: dt.datetime) -> int:
    """Remove answers too old to be asked for again."""
    return (await connection.execute(_FORGET, {"before": before})).rowcount

"""The log of deeds that change no ticket and yet must be answerable for: sign-in, revealing a number, a new token."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.accounts import repository
from ops_db.actor import Actor


async def note(
    connection: AsyncConnection,
    *,
    actor: Actor,
    deed: str,
    now: dt.datetime,
    object_kind: str | None = None,
    object_id: UUID | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add a deed, `noun:verb`; it becomes permanent with the transaction it belongs to."""
    await repository.add_audit_entry(
        connection,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        deed=deed,
        object_kind=object_kind,
        object_id=object_id,
        detail=json.dumps((detail or {}) | _marks(actor), ensure_ascii=False),
        now=now,
    )


def _marks(actor: Actor) -> dict[str, Any]:
    """Whose deputy the actor was, since what was done may have been done for them."""
    return actor.marks or ({"stands_in_for": sorted(map(str, actor.stands_in_for))} if actor.stands_in_for else {})

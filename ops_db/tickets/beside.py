"""Events beside the process: they raise a ticket's version and move nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind
from ops_db.process.transitions import BESIDE_THE_PROCESS as OF_TIMERS

BESIDE_THE_PROCESS: Final = (
    *OF_TIMERS,
    "ticket:urge",
    "rating:give",
    "visit:promise_kept",
    "visit:promise_broken",
    "clock:recompute",
    "material:request",
    "material:reserve",
    "material:release",
    "material:issue",
    "material:return",
    "cost:settle",
)
"""Kinds of event that raise a ticket's version and move nothing: whoever looked at the version before saw the same."""

_BESIDE = text("""
    with changed as (
        update ops.ticket set version = version + 1 where id = :ticket_id returning id, version)
    insert into ops.ticket_event (ticket_id, version, kind, node_key, task_id, actor_kind, actor_id, staff_id,
                                  occurred_at, payload)
    select id, version, :kind, :node_key, :task_id, :actor_kind, :actor_id, :staff_id, cast(:now as timestamptz),
           cast(:payload as jsonb)
      from changed
    returning version
""")


async def write_beside(
    connection: AsyncConnection,
    *,
    ticket_id: UUID,
    kind: str,
    actor_kind: ActorKind,
    now: dt.datetime,
    payload: Mapping[str, Any],
    actor_id: UUID | None = None,
    staff_id: UUID | None = None,
    node_key: str | None = None,
    task_id: UUID | None = None,
) -> int:
    """Write such an event whatever the ticket's version is, and return the version it made."""
    values = {
        "ticket_id": ticket_id,
        "kind": kind,
        "node_key": node_key,
        "task_id": task_id,
        "actor_kind": actor_kind.value,
        "actor_id": actor_id,
        "staff_id": staff_id,
        "now": now,
        "payload": json.dumps(payload, ensure_ascii=False),
    }
    return int((await connection.execute(_BESIDE, values)).scalar_one())

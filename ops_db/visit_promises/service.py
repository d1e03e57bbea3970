"""Judging promised visits.

A promise is kept by arriving within its window, as the cockpits count it. It is broken by arriving outside of it, or
when the window passes and nobody came; then the event stands from that moment on and a late arrival adds none.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind
from ops_db.tickets.beside import write_beside
from ops_db.visit_promises import repository

KEPT: Final = "visit:promise_kept"
BROKEN: Final = "visit:promise_broken"
_LOOK_BACK: Final = dt.timedelta(days=30)


async def judge_arrival(
    connection: AsyncConnection, *, ticket_id: UUID, actor_id: UUID | None, now: dt.datetime
) -> bool:
    """Say whether the promise was kept of a visit that has just arrived; whether an event was written."""
    visits = await repository.arrived(connection, ticket_id=ticket_id, now=now)
    for visit in visits:
        is_kept = visit.promised_from <= visit.arrived_at <= visit.promised_to
        await _write(connection, visit, KEPT if is_kept else BROKEN, actor_id=actor_id, now=now)
    return bool(visits)


async def break_passed(connection: AsyncConnection, *, now: dt.datetime, limit: int = 500) -> int:
    """Say that promises are broken whose window has passed while nobody came; how many events were written."""
    written = 0
    for found in await repository.passed(connection, now=now, since=now - _LOOK_BACK, limit=limit):
        visit = await repository.still_passed(connection, id=found.id, ticket_id=found.ticket_id, now=now)
        if visit is not None:
            await _write(connection, visit, BROKEN, actor_id=None, now=now)
            written += 1
    return written


async def _write(
    connection: AsyncConnection, visit: Row[Any], kind: str, *, actor_id: UUID | None, now: dt.datetime
) -> None:
    late = None if visit.arrived_at is None else int((visit.arrived_at - visit.promised_to).total_seconds() // 60)
    await write_beside(
        connection,
        ticket_id=visit.ticket_id,
        kind=kind,
        actor_kind=ActorKind.ACCOUNT if actor_id else ActorKind.SYSTEM,
        actor_id=actor_id,
        staff_id=visit.technician_id,
        now=now,
        payload={"visit_id": str(visit.id), "promised_to": visit.promised_to_text, "late_minutes": late},
    )

"""What becomes of a ticket's timers while it is paused, and once it is resumed."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.process_vocabulary import TimerState
from core.working_time import WorkingTime
from ops_db.timers import repository
from ops_db.timers.planning import due_again_at, remaining_minutes


async def moved_rows(
    connection: AsyncConnection, ticket_id: UUID, *, is_pause: bool, now: dt.datetime, working: WorkingTime
) -> list[dict[str, Any]]:
    """The timers of a ticket as a pause holds them, or as they are planned again: rows for its guarded statement."""
    state = TimerState.PLANNED if is_pause else TimerState.HELD
    rows = []
    for timer in await repository.of_ticket(connection, ticket_id=ticket_id, state=state.value):
        if is_pause:
            left = remaining_minutes(timer.due_at, is_working_time=timer.is_working_time, now=now, working=working)
            rows.append({"id": str(timer.id), "state": TimerState.HELD.value, "remaining_minutes": left})
        else:
            due_at = due_again_at(
                timer.remaining_minutes, is_working_time=timer.is_working_time, now=now, working=working
            )
            rows.append({"id": str(timer.id), "state": TimerState.PLANNED.value, "due_at": due_at.isoformat()})
    return rows

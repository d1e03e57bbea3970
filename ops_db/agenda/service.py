"""What a technician has to do, in the order in which to do it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor, as_rows
from ops_db.agenda import repository

MOST_JOBS: Final = 200


async def jobs_of(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The actor's open jobs, those of whom they stand in for, and those of the crew that nobody has taken.

    Promised ones come first; there are none for who is not staff and stands in for none.
    """
    away = actor.away
    if actor.staff_id is None and not away:
        return []
    return await repository.jobs(
        connection, staff_id=actor.staff_id, crew_id=actor.crew_id, away=as_rows(away), limit=MOST_JOBS
    )

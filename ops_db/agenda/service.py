"""What a technician has to do, in the order in which to do it."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor
from ops_db.agenda import repository

MOST_JOBS: Final = 200


async def jobs_of(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The actor's open jobs and those of the crew that nobody has taken, promised ones first; none for non-staff."""
    if actor.staff_id is None:
        return []
    return await repository.jobs(connection, staff_id=actor.staff_id, crew_id=actor.crew_id, limit=MOST_JOBS)

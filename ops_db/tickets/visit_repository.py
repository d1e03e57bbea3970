"""SQL of trips to the home, and of the opinion asked for after a repair."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD_VISIT = text("""
    insert into ops.visit (ticket_id, task_id, technician_id, purpose, promised_from, promised_to, departed_at,
                           arrived_at)
    values (:ticket_id, :task_id, :technician_id, :purpose, cast(:promised_from as timestamptz),
            cast(:promised_to as timestamptz), :departed_at, :arrived_at)
""")
_PROMISE_VISIT = text("""
    update ops.visit set promised_from = cast(:promised_from as timestamptz),
           promised_to = cast(:promised_to as timestamptz) where id = :id
""")
_DEPART = text("update ops.visit set departed_at = :now, technician_id = :technician_id where id = :id")
_ARRIVE = text("""
    update ops.visit set arrived_at = greatest(cast(:now as timestamptz), departed_at),
           technician_id = coalesce(technician_id, :technician_id) where id = :id
""")
_LEAVE = text("""
    update ops.visit set outcome = :outcome,
           left_at = case when arrived_at is null then null else greatest(cast(:now as timestamptz), arrived_at) end
     where id = :id
""")
_REQUEST_RATING = text("""
    insert into ops.rating (ticket_id, technician_id, requested_at)
    select :ticket_id, :technician_id, :now
     where not exists (select from ops.rating where ticket_id = :ticket_id and rated_at is null)
""")
_RATE = text("""
    update ops.rating
       set rated_at = :now, process_score = :process_score, timeliness_score = :timeliness_score,
           attitude_score = :attitude_score, comment = :comment
     where ticket_id = :ticket_id and rated_at is null
    returning id
""")


async def add_visit(connection: AsyncConnection, **values: Any) -> None:
    """Add a trip, promised or begun."""
    empty = dict.fromkeys(("promised_from", "promised_to", "departed_at", "arrived_at"))
    await connection.execute(_ADD_VISIT, empty | values)


async def promise_visit(connection: AsyncConnection, *, id: UUID, promised_from: str, promised_to: str) -> None:
    """Promise another time for a trip that has not begun."""
    await connection.execute(_PROMISE_VISIT, {"id": id, "promised_from": promised_from, "promised_to": promised_to})


async def depart(connection: AsyncConnection, *, id: UUID, technician_id: UUID | None, now: dt.datetime) -> None:
    """A promised trip begins."""
    await connection.execute(_DEPART, {"id": id, "technician_id": technician_id, "now": now})


async def arrive(connection: AsyncConnection, *, id: UUID, technician_id: UUID | None, now: dt.datetime) -> None:
    """A trip reaches the home."""
    await connection.execute(_ARRIVE, {"id": id, "technician_id": technician_id, "now": now})


async def leave(connection: AsyncConnection, *, id: UUID, outcome: str, now: dt.datetime) -> None:
    """A trip is over."""
    await connection.execute(_LEAVE, {"id": id, "outcome": outcome, "now": now})


async def request_rating(
    connection: AsyncConnection, *, ticket_id: UUID, technician_id: UUID | None, now: dt.datetime
) -> None:
    """Ask for an opinion, unless one is being waited for."""
    await connection.execute(_REQUEST_RATING, {"ticket_id": ticket_id, "technician_id": technician_id, "now": now})


async def rate(connection: AsyncConnection, **values: Any) -> bool:
    """Write the opinion that is being waited for; False if none is."""
    return (await connection.execute(_RATE, values)).first() is not None

"""SQL of promised visits."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

# The ticket's row is locked before the log is read, so that two who look at once write one event.
_LOCK = text("select from ops.ticket where id = :ticket_id for update")
_JUDGED = """
    exists (select from ops.ticket_event
             where ticket_event.ticket_id = visit.ticket_id
               and ticket_event.kind in ('visit:promise_kept', 'visit:promise_broken')
               and ticket_event.payload ->> 'visit_id' = visit.id::text
               and ticket_event.payload ->> 'promised_to' = to_char(visit.promised_to at time zone 'utc',
                                                                    'YYYY-MM-DD"T"HH24:MI:SS"Z"'))
"""
_COLUMNS = """
    visit.id, visit.ticket_id, visit.technician_id, visit.promised_from, visit.promised_to, visit.arrived_at,
    to_char(visit.promised_to at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as promised_to_text
"""
_ARRIVED = text(f"""
    select {_COLUMNS} from ops.visit
     where visit.ticket_id = :ticket_id and visit.arrived_at = :now and visit.promised_to is not null and not {_JUDGED}
""")
_PASSED = text(f"""
    select {_COLUMNS} from ops.visit join ops.ticket on ticket.id = visit.ticket_id
     where visit.promised_to < :now and visit.promised_to >= :since and visit.arrived_at is null
       and visit.outcome is null and ticket.state = 'open' and not {_JUDGED}
     order by visit.promised_to limit :limit
""")
_STILL_PASSED = text(f"""
    select {_COLUMNS} from ops.visit
     where visit.id = :id and visit.promised_to < :now and visit.arrived_at is null and visit.outcome is null
       and not {_JUDGED}
""")


async def arrived(connection: AsyncConnection, *, ticket_id: UUID, now: dt.datetime) -> list[Row[Any]]:
    """Promised visits of a ticket that arrived just now and were not judged yet."""
    return list((await connection.execute(_ARRIVED, {"ticket_id": ticket_id, "now": now})).all())


async def passed(connection: AsyncConnection, *, now: dt.datetime, since: dt.datetime, limit: int) -> list[Row[Any]]:
    """Promised visits to which nobody came in time, not judged yet."""
    return list((await connection.execute(_PASSED, {"now": now, "since": since, "limit": limit})).all())


async def still_passed(connection: AsyncConnection, *, id: UUID, ticket_id: UUID, now: dt.datetime) -> Row[Any] | None:
    """One of them, with its ticket locked, unless somebody came or judged it meanwhile."""
    await connection.execute(_LOCK, {"ticket_id": ticket_id})
    return (await connection.execute(_STILL_PASSED, {"id": id, "now": now})).one_or_none()

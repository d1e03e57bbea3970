"""SQL of a technician's jobs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_JOBS = text("""
    select ticket.number, ticket.title, ticket.severity, ticket.owner_status, ticket.pause_reason, ticket.reported_at,
           ticket.resolve_due_at, task.assignee_id is not null as is_own, away.name as away_name,
           project.name as project_name,
           building.name as building_name, building.address as building_address, unit.room_number,
           space.name as space_name, promise.promised_from, promise.promised_to,
           ticket.pause_reason is null and exists (
               select from ops.visit
                where visit.task_id = task.id and visit.outcome is null
                  and (visit.departed_at is not null or visit.arrived_at is not null)) as is_begun
      from ops.task
      join ops.ticket on ticket.id = task.ticket_id
      join ops.project on project.id = ticket.project_id
      left join jsonb_to_recordset(cast(:away as jsonb)) as away (staff_id uuid, name text, project_ids uuid[])
        on away.staff_id = task.assignee_id
       and (away.project_ids is null or ticket.project_id = any(away.project_ids))
      left join ops.building on building.id = ticket.building_id
      left join ops.unit on unit.id = ticket.unit_id
      left join ops.space on space.id = ticket.space_id
      left join lateral (
           select visit.promised_from, visit.promised_to
             from ops.visit
            where visit.ticket_id = ticket.id and visit.promised_from is not null and visit.left_at is null
            order by visit.promised_from desc limit 1) as promise on true
     where task.state = 'open' and ticket.state = 'open'
       and (task.assignee_id = :staff_id or task.assignee_id is null and task.crew_id = :crew_id
            or away.staff_id is not null)
     order by promise.promised_from nulls last, ticket.resolve_due_at nulls last, ticket.reported_at
     limit :limit
""")


async def jobs(
    connection: AsyncConnection, *, staff_id: UUID | None, crew_id: UUID | None, away: str, limit: int
) -> list[Row[Any]]:
    """Open jobs of somebody, of those they stand in for, and of their crew while they name nobody."""
    values = {"staff_id": staff_id, "crew_id": crew_id, "away": away, "limit": limit}
    return list((await connection.execute(_JOBS, values)).all())

"""SQL of the lists of tickets."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

CONDITIONS = {
    "project_ids": "ticket.project_id = any(cast(:project_ids as uuid[]))",
    "project_code": "project.code = :project_code",
    "state": "ticket.state = :state",
    "node_key": "ticket.node_key = :node_key",
    "severity": "ticket.severity = :severity",
    "category_code": "ticket.category_code = :category_code",
    "is_overdue": "ticket.state = 'open' and ticket.resolve_due_at < :now",
    "is_paused": "ticket.pause_reason is not null",
    "unit_code": "ticket.unit_id in (select unit.id from ops.unit where unit.code = :unit_code)",
    "role": """ticket.id in (select task.ticket_id from ops.task where task.state = 'open' and task.role = :role)""",
    "staff_id": """ticket.id in (
        select task.ticket_id from ops.task where task.state = 'open' and task.assignee_id = :staff_id
        union all
        select task.ticket_id from ops.task
         where task.state = 'open' and task.assignee_id is null and task.crew_id = :crew_id
        union all
        select task.ticket_id
          from jsonb_to_recordset(cast(:away as jsonb)) as away (staff_id uuid, project_ids uuid[])
          join ops.task on task.assignee_id = away.staff_id and task.state = 'open'
          join ops.ticket as theirs on theirs.id = task.ticket_id
         where away.project_ids is null or theirs.project_id = any(away.project_ids))""",
    "number": "ticket.number = :number",
    "unit_code_prefix": """ticket.unit_id in (
        select unit.id from ops.unit where unit.code like :unit_code_prefix)""",
    "room_number": "ticket.unit_id in (select unit.id from ops.unit where unit.room_number = :room_number)",
    # A union, since no index serves "reported by, or lives in".
    "phone_index": """ticket.id in (
        select reported.id from ops.person join ops.ticket as reported on reported.reporter_id = person.id
         where person.phone_index = :phone_index
        union all
        select of_home.id
          from ops.person
          join ops.household_member on household_member.person_id = person.id
          join ops.ticket as of_home on of_home.unit_id = household_member.unit_id
         where person.phone_index = :phone_index and household_member.until_date is null)""",
    "words": "(ticket.title ilike :words or ticket.description ilike :words)",
    "after_at": "(ticket.reported_at, ticket.id) < (cast(:after_at as timestamptz), cast(:after_id as uuid))",
}
"""What a list may be narrowed by; each name is a parameter too."""

_ROWS = """
    with page as materialized (
        select ticket.id, ticket.reported_at
          from ops.ticket {join}
         where {conditions}
         order by ticket.reported_at desc, ticket.id desc
         limit :limit)
    select coalesce(json_agg(json_build_object(
               'id', ticket.id, 'number', ticket.number, 'title', ticket.title, 'severity', ticket.severity,
               'channel', ticket.channel, 'state', ticket.state, 'node_key', ticket.node_key,
               'owner_status', ticket.owner_status, 'pause_reason', ticket.pause_reason, 'version', ticket.version,
               'reported_at', ticket.reported_at, 'resolve_due_at', ticket.resolve_due_at,
               'closed_at', ticket.closed_at, 'category_code', ticket.category_code,
               'component_code', ticket.component_code, 'defect_code', ticket.defect_code,
               'project_code', project.code, 'project_name', project.name, 'building_code', building.code,
               'unit_code', unit.code, 'room_number', unit.room_number,
               'assignee_name', assignment.staff_name, 'crew_name', assignment.crew_name)
           order by ticket.reported_at desc, ticket.id desc), '[]'::json)::text as rows
      from page
      join ops.ticket on ticket.id = page.id
      join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
      left join ops.unit on unit.id = ticket.unit_id
      left join lateral (
           select staff.name as staff_name, crew.name as crew_name
             from ops.task
             left join ops.staff on staff.id = task.assignee_id
             left join ops.crew on crew.id = task.crew_id
            where task.ticket_id = ticket.id and task.state = 'open' and task.kind in ('task', 'approval')
            order by task.opened_at desc limit 1) as assignment on true
"""
_COUNTS = """
    select coalesce(json_object_agg(coalesce(node_key, ''), json_build_object(
               'open', open_count, 'overdue', overdue_count, 'paused', paused_count)), '{{}}'::json)::text as counts
      from (select ticket.node_key, count(*) as open_count,
                   count(*) filter (where ticket.resolve_due_at < :now) as overdue_count,
                   count(*) filter (where ticket.pause_reason is not null) as paused_count
              from ops.ticket {join}
             where ticket.state = 'open' and {conditions}
             group by ticket.node_key) as counted
"""
_JOIN_PROJECT = "join ops.project on project.id = ticket.project_id"


async def rows(connection: AsyncConnection, *, names: tuple[str, ...], values: dict[str, Any]) -> str:
    """One page as a JSON array, newest first, narrowed by the conditions named."""
    return (await connection.execute(_statement(_ROWS, names), values)).scalar_one()


async def counts(connection: AsyncConnection, *, names: tuple[str, ...], values: dict[str, Any]) -> str:
    """Open, overdue and paused tickets by the node they stand at, as a JSON object."""
    return (await connection.execute(_statement(_COUNTS, names), values)).scalar_one()


@cache
def _statement(template: str, names: tuple[str, ...]) -> TextClause:
    conditions = " and ".join(CONDITIONS[name] for name in names) or "true"
    join = _JOIN_PROJECT if "project_code" in names else ""
    return text(template.format(conditions=conditions, join=join))

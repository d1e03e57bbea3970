"""SQL of a ticket's page: one statement, its lists made by Postgres."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_TICKET = text("""
    select ticket.id, ticket.number, ticket.title, ticket.description, ticket.severity, ticket.channel, ticket.state,
           ticket.node_key, ticket.owner_status, ticket.pause_reason, ticket.version, ticket.reported_at,
           ticket.resolve_due_at, ticket.closed_at, ticket.closed_at_precision, ticket.source_system, ticket.source_key,
           ticket.category_code, category.name_zh as category_name_zh, category.name_en as category_name_en,
           ticket.component_code, component.name_zh as component_name_zh, component.name_en as component_name_en,
           ticket.defect_code, defect.name_zh as defect_name_zh, defect.name_en as defect_name_en,
           project.id as project_id, project.code as project_code, project.name as project_name,
           building.id as building_id, building.code as building_code, building.name as building_name,
           building.address as building_address,
           unit.id as unit_id, unit.code as unit_code, unit.room_number, unit.handover_date,
           unit_type.code as unit_type_code,
           space.code as space_code, space.name as space_name, space.kind as space_kind,
           ticket.reporter_id, reporter.name_ciphertext, reporter.phone_ciphertext
      from ops.ticket
      join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
      left join ops.unit on unit.id = ticket.unit_id
      left join ops.unit_type on unit_type.id = unit.unit_type_id
      left join ops.space on space.id = ticket.space_id
      left join ops.defect_category as category on category.code = ticket.category_code
      left join ops.component on component.code = ticket.component_code
      left join ops.defect on defect.code = ticket.defect_code
      left join ops.person as reporter on reporter.id = ticket.reporter_id
     where ticket.id = :id
""")
_EVENTS = text("""
    select event.version, event.kind, event.node_key, event.task_id, event.actor_kind, event.occurred_at,
           event.payload, account.display_name as actor_name, staff.name as staff_name,
           behalf.display_name as behalf_name
      from ops.ticket_event as event
      left join ops.api_token on event.actor_kind = 'token' and api_token.id = event.actor_id
      left join ops.account on account.id = coalesce(api_token.account_id, event.actor_id)
      left join ops.account as behalf on behalf.id = cast(event.payload ->> 'on_behalf_of' as uuid)
      left join ops.staff on staff.id = event.staff_id
     where event.ticket_id = :id
     order by event.version
""")
_NAMES = text("""
    select id::text as code, name as name_zh, name as name_en from ops.staff where id = any(cast(:ids as uuid[]))
    union all
    select code, name_zh, name_en from ops.role where code = any(cast(:codes as text[]))
""")
_TASKS = text("""
    select task.id, task.node_key, task.role, task.state, task.outcome, task.opened_at, task.due_at, task.ended_at,
           task.assignee_id, staff.name as assignee_name, staff.work_phone as assignee_phone,
           task.crew_id, crew.name as crew_name, task.kind, role.name_zh as role_name_zh, role.name_en as role_name_en
      from ops.task
      left join ops.role on role.code = task.role
      left join ops.staff on staff.id = task.assignee_id
      left join ops.crew on crew.id = task.crew_id
     where task.ticket_id = :id
     order by task.opened_at, task.id
""")
_VISITS = text("""
    select visit.id, visit.purpose, visit.promised_from, visit.promised_to, visit.departed_at, visit.arrived_at,
           visit.left_at, visit.outcome, visit.technician_id, staff.name as technician_name,
           staff.work_phone as technician_phone
      from ops.visit left join ops.staff on staff.id = visit.technician_id
     where visit.ticket_id = :id
     order by coalesce(visit.departed_at, visit.arrived_at, visit.promised_from), visit.id
""")
_MESSAGES = text("""
    select message.id, message.author_kind, message.body, message.is_internal, message.sent_at,
           account.display_name as author_name
      from ops.message
      left join ops.api_token on message.author_kind = 'token' and api_token.id = message.author_id
      left join ops.account on account.id = coalesce(api_token.account_id, message.author_id)
     where message.ticket_id = :id and (:with_internal or not message.is_internal)
     order by message.sent_at, message.id
""")
_ATTACHMENTS = text("""
    select id, message_id, purpose, media_type, byte_count, width, height, uploader_kind, uploaded_at
      from ops.attachment where ticket_id = :id order by uploaded_at, id
""")
_RATINGS = text("""
    select requested_at, rated_at, process_score, timeliness_score, attitude_score, comment
      from ops.rating where ticket_id = :id order by requested_at
""")
_COSTS = text("""
    select entry.id, entry.kind, entry.amount_fen, entry.quantity, entry.material_code, entry.payer,
           entry.contractor_id, contractor.name as contractor_name, entry.note, entry.incurred_at, entry.reverses_id,
           exists (select from ops.cost_entry as opposite where opposite.reverses_id = entry.id) as is_reversed
      from ops.cost_entry as entry left join ops.contractor on contractor.id = entry.contractor_id
     where entry.ticket_id = :id order by entry.incurred_at, entry.id
""")
_CALLS = text("""
    select call.id, call.direction, call.started_at, call.ended_at, call.note, staff.name as agent_name
      from ops.call left join ops.staff on staff.id = call.agent_id
     where call.ticket_id = :id order by call.started_at, call.id
""")
_EARLIER = text("""
    select number, title, state, severity, component_code, reported_at, closed_at
      from ops.ticket where unit_id = :unit_id and id <> :id order by reported_at desc limit 20
""")


async def ticket(connection: AsyncConnection, *, id: UUID) -> Row[Any]:
    """The ticket with the names of everything it refers to."""
    return (await connection.execute(_TICKET, {"id": id})).one()


async def events(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """What happened, in order."""
    return list((await connection.execute(_EVENTS, {"id": id})).all())


async def names(connection: AsyncConnection, *, ids: list[str], codes: list[str]) -> list[Row[Any]]:
    """Colleagues by their ids and roles by their codes."""
    return list((await connection.execute(_NAMES, {"ids": ids, "codes": codes})).all())


async def tasks(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """Its steps, open and ended, in order."""
    return list((await connection.execute(_TASKS, {"id": id})).all())


async def visits(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """The trips to the home, promised and made."""
    return list((await connection.execute(_VISITS, {"id": id})).all())


async def messages(connection: AsyncConnection, *, id: UUID, with_internal: bool) -> list[Row[Any]]:
    """What was written, in order."""
    return list((await connection.execute(_MESSAGES, {"id": id, "with_internal": with_internal})).all())


async def attachments(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """Its photos, in order."""
    return list((await connection.execute(_ATTACHMENTS, {"id": id})).all())


async def ratings(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """Opinions asked for and given."""
    return list((await connection.execute(_RATINGS, {"id": id})).all())


async def costs(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """What was spent on it."""
    return list((await connection.execute(_COSTS, {"id": id})).all())


async def calls(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """Telephone conversations about it, in order."""
    return list((await connection.execute(_CALLS, {"id": id})).all())


async def earlier(connection: AsyncConnection, *, id: UUID, unit_id: UUID) -> list[Row[Any]]:
    """Other tickets of the same home, newest first, at most twenty."""
    return list((await connection.execute(_EARLIER, {"id": id, "unit_id": unit_id})).all())

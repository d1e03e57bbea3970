"""SQL that opens and moves tickets. One guarded statement writes the ticket, its events and its tasks together."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection


def _promised(target: str, severity: str, category: str, reported_at: str) -> str:
    """The promise for this severity when it was reported, that of the category before the general one."""
    return f"""
    (select target_minutes from ops.sla_policy as policy
      where policy.is_active and policy.target = '{target}' and policy.severity = {severity}
        and (policy.category_code = {category} or policy.category_code is null)
        and policy.valid_from <= {reported_at} and (policy.valid_to is null or policy.valid_to > {reported_at})
      order by policy.category_code nulls last limit 1) as {target}_minutes"""


_NEW_SEVERITY = "coalesce(:severity, defect.default_severity, 'normal')"
_REPORTED_AT = "cast(:reported_at as timestamptz)"
_PLACE_COLUMNS = f"""
    project.id as project_id, project.code as project_code, project.calendar_code,
    building.id as building_id, building.code as building_code, unit.id as unit_id, space.id as space_id,
    category.code as category_code, component.code as component_code, component.category_code as component_category,
    defect.code as defect_code, defect.component_code as defect_component, {_NEW_SEVERITY} as severity,
    (select id from ops.process_definition where key = :process_key and state = 'published'
      order by version desc limit 1) as process_definition_id,
    {_promised("acknowledge", _NEW_SEVERITY, "category.code", _REPORTED_AT)},
    {_promised("resolve", _NEW_SEVERITY, "category.code", _REPORTED_AT)}
"""
_PLACE_DETAILS = """
    left join ops.space on space.code = :space_code
         and (space.unit_type_id = unit.unit_type_id or unit.id is null and space.building_id = building.id)
    left join ops.defect on defect.code = :defect_code
    left join ops.component on component.code = coalesce(:component_code, defect.component_code)
    left join ops.defect_category as category on category.code = coalesce(:category_code, component.category_code)
"""
_PLACE_OF_UNIT = text(f"""
    select {_PLACE_COLUMNS}
      from ops.unit
      join ops.building on building.id = unit.building_id
      join ops.project on project.id = unit.project_id
      {_PLACE_DETAILS}
     where unit.code = :unit_code
""")
_PLACE_OF_PROJECT = text(f"""
    select {_PLACE_COLUMNS}
      from ops.project
      left join ops.building on building.project_id = project.id and building.code = :building_code
      left join ops.unit on false
      {_PLACE_DETAILS}
     where project.code = :project_code
""")

_ROWS_OF_STEP = """
    , event as (
        insert into ops.ticket_event (ticket_id, version, kind, node_key, task_id, actor_kind, actor_id, staff_id,
                                      occurred_at, payload)
        select changed.id, event.version, event.kind, event.node_key, event.task_id, :actor_kind, :actor_id,
               event.staff_id, cast(:now as timestamptz), event.payload
          from changed, jsonb_to_recordset(cast(:events as jsonb)) as event (
               version integer, kind text, node_key text, task_id uuid, staff_id uuid, payload jsonb)
         order by event.version)
    , opened as (
        insert into ops.task (id, ticket_id, node_key, role, assignee_id, crew_id, opened_at, due_at)
        select opened.id, changed.id, opened.node_key, opened.role, opened.assignee_id,
               coalesce(opened.crew_id, (select crew_id from ops.staff where staff.id = opened.assignee_id)),
               cast(:now as timestamptz), opened.due_at
          from changed, jsonb_to_recordset(cast(:opened as jsonb)) as opened (
               id uuid, node_key text, role text, assignee_id uuid, crew_id uuid, due_at timestamptz))
"""
_CREATE = text(f"""
    with changed as (
        insert into ops.ticket (id, project_id, building_id, unit_id, space_id, category_code, component_code,
            defect_code, severity, channel, title, description, reporter_id, process_definition_id, state, node_key,
            owner_status, version, reported_at, resolve_due_at, closed_at, tracking_token_hash)
        values (:id, :project_id, :building_id, :unit_id, :space_id, :category_code, :component_code,
            :defect_code, :severity, :channel, :title, :description, :reporter_id, :process_definition_id, :state,
            :node_key, :owner_status, :version, :reported_at, :resolve_due_at, :closed_at, :tracking_token_hash)
        returning id, number)
    {_ROWS_OF_STEP}
    select id, number from changed
""")
_CHANGE = text(f"""
    with changed as (
        update ops.ticket
           set state = :state, node_key = :node_key, owner_status = :owner_status, pause_reason = :pause_reason,
               closed_at = cast(:closed_at as timestamptz), version = :version,
               resolve_due_at = cast(:resolve_due_at as timestamptz)
         where id = :id and version = :version_before and state = :state_before
        returning id, number)
    {_ROWS_OF_STEP}
    , altered as (
        update ops.task
           set state = altered.state, outcome = altered.outcome, assignee_id = altered.assignee_id,
               crew_id = coalesce(altered.crew_id,
                                  (select crew_id from ops.staff where staff.id = altered.assignee_id)),
               ended_at = case when altered.state = 'open' then null else cast(:now as timestamptz) end
          from changed, jsonb_to_recordset(cast(:altered as jsonb)) as altered (
               id uuid, state text, outcome text, assignee_id uuid, crew_id uuid)
         where task.id = altered.id)
    select id, number from changed
""")

_STANDING = text(f"""
    select ticket.id, ticket.number, ticket.version, ticket.state, ticket.node_key, ticket.owner_status,
           ticket.pause_reason, ticket.severity, ticket.channel, ticket.category_code, ticket.component_code,
           ticket.defect_code, ticket.project_id, ticket.unit_id, ticket.reported_at, ticket.closed_at,
           ticket.process_definition_id, ticket.resolve_due_at, project.code as project_code,
           project.calendar_code, building.code as building_code,
           {_promised("arrive", "ticket.severity", "ticket.category_code", "ticket.reported_at")},
           {_promised("resolve", "ticket.severity", "ticket.category_code", "ticket.reported_at")},
           (select coalesce(jsonb_agg(jsonb_build_object('id', task.id, 'node_key', task.node_key,
                        'technician_id', task.assignee_id, 'crew_id', task.crew_id)
                        order by task.opened_at, task.id), '[]')
              from ops.task where task.ticket_id = ticket.id and task.state = 'open') as tasks,
           (select jsonb_build_object('id', visit.id, 'task_id', visit.task_id,
                        'departed', visit.departed_at is not null, 'arrived', visit.arrived_at is not null)
              from ops.visit join ops.task on task.id = visit.task_id and task.state = 'open'
             where visit.ticket_id = ticket.id and visit.outcome is null
             order by visit.departed_at desc nulls last limit 1) as visit,
           (select jsonb_build_object('technician_id', task.assignee_id, 'crew_id', task.crew_id)
              from ops.task
             where task.ticket_id = ticket.id and (task.assignee_id is not null or task.crew_id is not null)
             order by task.opened_at desc, task.id desc limit 1) as last_assignment,
           (select coalesce(sum(cost_entry.amount_fen), 0)::bigint
              from ops.cost_entry where cost_entry.ticket_id = ticket.id) as cost_fen,
           (select cast(ticket_event.payload #>> '{{data,estimated_cost_fen}}' as bigint)
              from ops.ticket_event
             where ticket_event.ticket_id = ticket.id
               and ticket_event.payload #> '{{data,estimated_cost_fen}}' is not null
             order by ticket_event.version desc limit 1) as estimated_cost_fen
      from ops.ticket
      join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
     where (ticket.number = :number or ticket.id = :id)
       and (cast(:project_ids as uuid[]) is null or ticket.project_id = any(cast(:project_ids as uuid[])))
""")
_LAST_EVENT = text("""
    select kind, node_key, actor_kind, occurred_at from ops.ticket_event
     where ticket_id = :id order by version desc limit 1
""")
_KINDS_SINCE = text("select distinct kind from ops.ticket_event where ticket_id = :id and version > :version")
_BUMP = text("""
    with changed as (
        update ops.ticket set version = version + 1
         where id = :id and version = :version returning id, version)
    insert into ops.ticket_event (ticket_id, version, kind, actor_kind, actor_id, occurred_at, payload)
    select id, version, :kind, :actor_kind, :actor_id, cast(:now as timestamptz), cast(:payload as jsonb) from changed
    returning version
""")
_PAUSES = text("""
    select kind, occurred_at from ops.ticket_event
     where ticket_id = :id and kind in ('ticket:pause', 'ticket:resume', 'ticket:reopen') order by version
""")
_CALENDAR = text("""
    select calendar.timezone, calendar.holiday_region,
           (select coalesce(jsonb_agg(jsonb_build_array(weekday, start_minute, end_minute, valid_from)), '[]')
              from ops.calendar_shift where calendar_code = calendar.code) as shifts,
           (select coalesce(jsonb_agg(jsonb_build_array(on_date, is_working, like_weekday)), '[]')
              from ops.calendar_override where calendar_code = calendar.code) as overrides
      from ops.calendar where calendar.code = :code
""")
_DEFINITION = text("select definition, version from ops.process_definition where id = :id")


async def place(connection: AsyncConnection, *, unit_code: str | None, **values: Any) -> Row[Any] | None:
    """Project, building, home, room, taxonomy and process of a new ticket; None if there is no such home or project."""
    statement = _PLACE_OF_PROJECT if unit_code is None else _PLACE_OF_UNIT
    names = {"unit_code": unit_code} if unit_code is not None else {}
    if unit_code is not None:
        values = {name: value for name, value in values.items() if name not in ("project_code", "building_code")}
    return (await connection.execute(statement, values | names)).one_or_none()


async def create(connection: AsyncConnection, values: dict[str, Any]) -> Row[Any]:
    """Write a new ticket with its first events and tasks; returns its id and number."""
    return (await connection.execute(_CREATE, values)).one()


async def change(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Write a step if the ticket still has the version and state it was judged by; False if it has not."""
    return (await connection.execute(_CHANGE, values)).one_or_none() is not None


async def standing(
    connection: AsyncConnection, *, project_ids: list[UUID] | None, number: str | None = None, id: UUID | None = None
) -> Row[Any] | None:
    """Where a ticket stands, with what the process needs to know; None outside the given projects."""
    values = {"number": number, "id": id, "project_ids": project_ids}
    return (await connection.execute(_STANDING, values)).one_or_none()


async def last_event(connection: AsyncConnection, *, id: UUID) -> Row[Any]:
    """What happened to a ticket last."""
    return (await connection.execute(_LAST_EVENT, {"id": id})).one()


async def kinds_since(connection: AsyncConnection, *, id: UUID, version: int) -> set[str]:
    """The kinds of what happened to a ticket after a version of it."""
    return set((await connection.execute(_KINDS_SINCE, {"id": id, "version": version})).scalars())


async def bump(connection: AsyncConnection, **values: Any) -> int | None:
    """Write an event that moves no task; the new version, or None if the ticket changed meanwhile."""
    return (await connection.execute(_BUMP, values)).scalar_one_or_none()


async def definition(connection: AsyncConnection, *, id: UUID) -> Row[Any]:
    """One version of a process, as data."""
    return (await connection.execute(_DEFINITION, {"id": id})).one()


async def pause_events(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """When a ticket was paused, resumed and reopened, in order."""
    return list((await connection.execute(_PAUSES, {"id": id})).all())


async def calendar(connection: AsyncConnection, *, code: str) -> Row[Any]:
    """A working calendar with its shifts and its exceptional days."""
    return (await connection.execute(_CALENDAR, {"code": code})).one()


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

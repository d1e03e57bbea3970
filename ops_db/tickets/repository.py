"""SQL that opens and moves tickets. One guarded statement writes the ticket, its events and its tasks together."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import SlaTarget
from ops_db.tickets.process_choice import first_rule


def promised_minutes(target: str, severity: str, category: str, reported_at: str) -> str:
    """The promise for this severity when it was reported, that of the category before the general one."""
    return f"{_of_policy('target_minutes', target, severity, category, reported_at)} as {target}_minutes"


def _of_policy(column: str, target: str, severity: str, category: str, reported_at: str) -> str:
    return f"""
    (select {column} from ops.sla_policy as policy
      where policy.is_active and policy.target = '{target}' and policy.severity = {severity}
        and (policy.category_code = {category} or policy.category_code is null)
        and policy.valid_from <= {reported_at} and (policy.valid_to is null or policy.valid_to > {reported_at})
      order by policy.category_code nulls last limit 1)"""


_NEW_SEVERITY = "coalesce(:severity, defect.default_severity, 'normal')"
_REPORTED_AT = "cast(:reported_at as timestamptz)"
_RULE = first_rule(
    "rule.process_key",
    project="project.id",
    area="coalesce(building.area_id, project.area_id)",
    trade="component.trade",
    category="category.code",
    is_public_area="(unit.id is null)",
    severity=_NEW_SEVERITY,
)
_PLACE_COLUMNS = f"""
    project.id as project_id, project.code as project_code, project.calendar_code,
    building.id as building_id, building.code as building_code, unit.id as unit_id, space.id as space_id,
    category.code as category_code, component.code as component_code, component.category_code as component_category,
    defect.code as defect_code, defect.component_code as defect_component, {_NEW_SEVERITY} as severity,
    (select id from ops.process_definition
      where state = 'published' and key = coalesce(
            {_RULE}, :process_key)
      order by version desc limit 1) as process_definition_id,
    {promised_minutes("acknowledge", _NEW_SEVERITY, "category.code", _REPORTED_AT)},
    {promised_minutes("resolve", _NEW_SEVERITY, "category.code", _REPORTED_AT)}
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

_SIGNERS = """
    (select jsonb_agg(jsonb_build_object('id', approval.id, 'role', approval.role_code, 'staff_id', approval.staff_id,
                'position', approval.position, 'state', approval.state, 'decided_by', approval.decided_by,
                'reason', approval.reason, 'added_by', approval.added_by, 'delegated_from', approval.delegated_from)
                order by approval.position, approval.id)
       from ops.approval where approval.task_id = task.id)"""
_STANDING_COLUMNS = f"""
    select ticket.id, ticket.number, ticket.version, ticket.state, ticket.node_key, ticket.owner_status,
           ticket.pause_reason, ticket.severity, ticket.channel, ticket.category_code, ticket.component_code,
           ticket.defect_code, ticket.project_id, ticket.building_id, ticket.unit_id, ticket.reported_at,
           ticket.closed_at, ticket.process_definition_id, ticket.process_data, ticket.resolve_due_at,
           project.code as project_code,
           project.calendar_code, building.code as building_code,
           (select coalesce(jsonb_agg(jsonb_build_object('id', task.id, 'node_key', task.node_key,
                        'technician_id', task.assignee_id, 'crew_id', task.crew_id, 'kind', task.kind,
                        'fork', task.fork, 'role', task.role,
                        'signers', case when task.kind = 'approval' then {_SIGNERS} end)
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
             order by task.opened_at desc, task.id desc limit 1) as last_assignment
      from ops.ticket
      join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
"""
_STANDING = text(f"""
    {_STANDING_COLUMNS}
     where (ticket.number = :number or ticket.id = :id)
       and (cast(:project_ids as uuid[]) is null or ticket.project_id = any(cast(:project_ids as uuid[])))
""")
_STANDINGS = text(f"{_STANDING_COLUMNS} where ticket.id = any(cast(:ids as uuid[]))")
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
_OF_TICKET = ("ticket.severity", "ticket.category_code", "ticket.reported_at")
PROMISED = ",\n".join(
    promised_minutes(target.value, *_OF_TICKET)
    + f", {_of_policy('running_reasons', target.value, *_OF_TICKET)} as {target.value}_running_reasons"
    for target in SlaTarget
)
"""What a ticket was promised when it was reported: minutes, and what does not stop the clock, for each target."""

MOVES = """
    (select coalesce(jsonb_agg(jsonb_build_array(event.kind, event.occurred_at,
                event.payload #>> '{data,reason}') order by event.version), '[]')
       from ops.ticket_event as event
      where event.ticket_id = ticket.id
        and event.kind in ('ticket:pause', 'ticket:resume', 'ticket:reopen')) as moves"""
"""When a ticket was paused and why, resumed and reopened, in order."""

_PROMISED = text(f"select ticket.reported_at, {PROMISED}, {MOVES} from ops.ticket where ticket.id = :id")
IS_FIRST_STEP = """
    (exists (select from ops.ticket_event as began
              where began.ticket_id = task.ticket_id and began.version = 1 and began.occurred_at = task.opened_at)
     and not exists (select from ops.task as dispatched
                      where dispatched.ticket_id = task.ticket_id and dispatched.ended_at = task.opened_at))"""
"""Whether a ticket was opened with a step; one that dispatch opened at the same moment follows one that ended then."""

_OPEN_STEPS = text(f"""
    select task.id, task.node_key, task.opened_at, task.due_at, {IS_FIRST_STEP} as is_first
      from ops.task where task.ticket_id = :id and task.state = 'open' order by task.opened_at, task.id
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
_FACTS_OF_PLACE = text("""
    select area.code as area_code, area.lead_staff_id::text as area_lead_id,
           unit_type.code as unit_type_code, unit.floor,
           (select trade from ops.component where component.code = :component_code) as trade,
           cast(extract(year from age) * 12 + extract(month from age) as integer) as months_since_handover
      from ops.project
      left join ops.building on building.id = cast(:building_id as uuid)
      left join ops.unit on unit.id = cast(:unit_id as uuid)
      left join ops.unit_type on unit_type.id = unit.unit_type_id
      left join ops.area on area.id = coalesce(building.area_id, project.area_id)
      left join lateral age(
           cast(cast(:reported_at as timestamptz) at time zone project.timezone as date), unit.handover_date) as age
           on true
     where project.id = :project_id
""")
# An entry that was undone is none, and material the warehouse handed out counts by its line until it is brought back.
_FACTS_OF_COSTS = text("""
    with entry as (
        select kind, amount_fen,
               amount_fen > 0 and not exists (
                   select from ops.cost_entry as undoing where undoing.reverses_id = cost_entry.id) as stands,
               exists (select from ops.material_movement where cost_entry_id = cost_entry.id) as is_of_warehouse
          from ops.cost_entry where ticket_id = :id),
    line as (
        select issued - returned as used, reserved
          from ops.material_request_line as line
          join ops.material_request as request on request.id = line.request_id
         where request.ticket_id = :id)
    select coalesce(sum(amount_fen), 0)::bigint as cost_fen,
           coalesce(sum(amount_fen) filter (where kind = 'material'), 0)::bigint as material_cost_fen,
           count(*) filter (where kind = 'material' and stands and not is_of_warehouse)
           + (select count(*) from line where used > 0) as material_count,
           count(*) filter (where stands) as cost_entry_count,
           (select count(*) from line) as material_request_count,
           (select count(*) from line where reserved > 0) as material_reserved_count,
           (select coalesce(sum(abs(share.open_fen)), 0)::bigint
              from (select sum(amount_fen) as open_fen
                      from (select payer, contractor_id, amount_fen from ops.cost_entry where ticket_id = :id
                            union all
                            select payer, contractor_id, -amount_fen from ops.cost_settlement
                             where ticket_id = :id) as amounts
                     group by payer, contractor_id) as share) as open_cost_fen
      from entry
""")
_FACTS_OF_EVIDENCE = text("""
    select count(*) filter (where purpose <> 'signature') as photo_count,
           count(*) filter (where purpose = 'before') as photo_before_count,
           count(*) filter (where purpose = 'after') as photo_after_count,
           count(*) filter (where purpose = 'signature') as signature_count,
           (select count(*) from ops.message where message.ticket_id = :id) as message_count
      from ops.attachment where ticket_id = :id
""")
_ROLE_NAMES = text("select code, name_zh, name_en from ops.role")
_STAFF_IDS = text("""
    select coalesce(jsonb_object_agg(staff_number, id), '{}') from ops.staff
     where staff_number = any(cast(:numbers as text[]))
""")
_CREW_IDS = text("""
    select coalesce(jsonb_object_agg(code, id), '{}') from ops.crew where code = any(cast(:codes as text[]))
""")


async def place(connection: AsyncConnection, *, unit_code: str | None, **values: Any) -> Row[Any] | None:
    """Project, building, home, room, taxonomy and process of a new ticket; None if there is no such home or project."""
    statement = _PLACE_OF_PROJECT if unit_code is None else _PLACE_OF_UNIT
    names = {"unit_code": unit_code} if unit_code is not None else {}
    if unit_code is not None:
        values = {name: value for name, value in values.items() if name not in ("project_code", "building_code")}
    return (await connection.execute(statement, values | names)).one_or_none()


async def standing(
    connection: AsyncConnection, *, project_ids: list[UUID] | None, number: str | None = None, id: UUID | None = None
) -> Row[Any] | None:
    """Where a ticket stands, with what the process needs to know; None outside the given projects."""
    values = {"number": number, "id": id, "project_ids": project_ids}
    return (await connection.execute(_STANDING, values)).one_or_none()


async def standings(connection: AsyncConnection, *, ids: list[UUID]) -> list[Row[Any]]:
    """Where each of these tickets stands, of every project and in no order."""
    return list((await connection.execute(_STANDINGS, {"ids": ids})).all())


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


async def promised(connection: AsyncConnection, *, id: UUID) -> Row[Any]:
    """What a ticket was promised, and when its clock was stopped."""
    return (await connection.execute(_PROMISED, {"id": id})).one()


async def open_steps(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """The open steps of a ticket with what makes them due."""
    return list((await connection.execute(_OPEN_STEPS, {"id": id})).all())


async def calendar(connection: AsyncConnection, *, code: str) -> Row[Any]:
    """A working calendar with its shifts and its exceptional days."""
    return (await connection.execute(_CALENDAR, {"code": code})).one()


async def facts_of_place(connection: AsyncConnection, **values: Any) -> dict[str, Any]:
    """What conditions may ask of the place: its area and who leads it, the trade of the component, the home."""
    return dict((await connection.execute(_FACTS_OF_PLACE, values)).mappings().one())


async def facts_of_costs(connection: AsyncConnection, *, id: UUID) -> dict[str, Any]:
    """What was spent on a ticket, and how many entries say so."""
    return dict((await connection.execute(_FACTS_OF_COSTS, {"id": id})).mappings().one())


async def facts_of_evidence(connection: AsyncConnection, *, id: UUID) -> dict[str, Any]:
    """How many photos, signatures and messages a ticket has."""
    return dict((await connection.execute(_FACTS_OF_EVIDENCE, {"id": id})).mappings().one())


async def role_names(connection: AsyncConnection) -> list[Row[Any]]:
    """What every role of the house is called in both languages."""
    return list((await connection.execute(_ROLE_NAMES)).all())


async def staff_ids(connection: AsyncConnection, *, numbers: list[str]) -> dict[str, str]:
    """The ids of members of staff by their numbers; unknown numbers are left out."""
    return dict((await connection.execute(_STAFF_IDS, {"numbers": numbers})).scalar_one())


async def crew_ids(connection: AsyncConnection, *, codes: list[str]) -> dict[str, str]:
    """The ids of crews by their codes; unknown codes are left out."""
    return dict((await connection.execute(_CREW_IDS, {"codes": codes})).scalar_one())

"""SQL of dispatch: rules, what of a ticket they look at, and those who could go."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_RULES = text("""
    select id, position, is_active, project_id, area_id, category_code, component_code, severity, is_public_area,
           is_in_owner_warranty, is_in_contractor_warranty, crew_source, crew_id, mode, note
      from ops.dispatch_rule order by position
""")
_PLACE = """
    select project.id as project_id, project.code as project_code, project.timezone, project.calendar_code,
           coalesce(building.area_id, project.area_id) as area_id, building.id as building_id, unit.id as unit_id,
           component.code as component_code, category.code as category_code, component.trade,
           unit.handover_date, building.completion_acceptance_date,
           (select crew.id from ops.installed_component as installed
              join ops.crew on crew.contractor_id = installed.contractor_id
             where installed.building_id = building.id and installed.component_code = component.code
             order by crew.code limit 1) as builder_crew_id
"""
_OF_TICKET = text(f"""
    {_PLACE}, ticket.id, ticket.number, ticket.version, ticket.state, ticket.severity, ticket.defect_code,
           ticket.reported_at,
           (select jsonb_build_array(visit.promised_from, visit.promised_to) from ops.visit
             where visit.ticket_id = ticket.id and visit.promised_from is not null and visit.outcome is null
             order by visit.promised_from desc limit 1) as promised
      from ops.ticket
      join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
      left join ops.unit on unit.id = ticket.unit_id
      left join ops.component on component.code = ticket.component_code
      left join ops.defect_category as category on category.code = ticket.category_code
     where ticket.id = :id
""")
_OF_TRY = text(f"""
    {_PLACE}, defect.code as defect_code
      from ops.project
      left join ops.building on building.project_id = project.id and building.code = :building_code
      left join ops.unit on unit.building_id = building.id and unit.room_number = :room_number
      left join ops.defect on defect.code = :defect_code
      left join ops.component on component.code = coalesce(:component_code, defect.component_code)
      left join ops.defect_category as category
           on category.code = coalesce(component.category_code, cast(:category_code as text))
     where project.code = :project_code
""")
_OF_SUBJECT = text(f"""
    {_PLACE}
      from ops.project
      left join ops.building on building.id = :building_id
      left join ops.unit on unit.id = :unit_id
      left join ops.component on component.code = :component_code
      left join ops.defect_category as category on category.code = :category_code
     where project.id = :project_id
""")
_CANDIDATES = text("""
    select staff.id, staff.name, staff.staff_number, staff.crew_id, crew.name as crew_name,
           (select coalesce(array_agg(trade), '{}') from ops.technician_skill
             where technician_skill.staff_id = staff.id) as trades,
           (select count(*) from ops.task where task.assignee_id = staff.id and task.state = 'open') as open_count,
           (select coalesce(jsonb_agg(jsonb_build_array(weekday, on_date, start_minute, end_minute)), '[]')
              from ops.staff_shift
             where staff_shift.staff_id = staff.id and (on_date is null or on_date = cast(:on_date as date))) as shifts,
           (select coalesce(jsonb_agg(jsonb_build_array(from_date, to_date, reason)), '[]') from ops.staff_leave
             where staff_leave.staff_id = staff.id
               and cast(:on_date as date) between from_date and to_date) as absences,
           (select coalesce(jsonb_agg(jsonb_build_array(engagement.project_id, engagement.building_id,
                        engagement.promised_from, engagement.promised_to)), '[]')
              from ops.engagements_of(staff.id, :day_from, :day_to) as engagement
             where engagement.ticket_id is distinct from cast(:ticket_id as uuid)) as engagements
      from ops.staff
      left join ops.crew on crew.id = staff.crew_id
     where staff.is_active and staff.kind = 'technician'
       and case when cast(:crew_id as uuid) is not null then staff.crew_id = :crew_id
                else staff.crew_id is null
                     or exists (select from ops.crew_project where crew_project.crew_id = staff.crew_id
                                   and crew_project.project_id = :project_id)
                     or not exists (select from ops.crew_project where crew_project.crew_id = staff.crew_id) end
""")
_OFFER_TO_CREW = text("""
    update ops.task set crew_id = :crew_id where id = :task_id and state = 'open' and assignee_id is null
""")


async def rules(connection: AsyncConnection) -> list[Row[Any]]:
    """Every rule in order."""
    return list((await connection.execute(_RULES)).all())


async def of_ticket(connection: AsyncConnection, *, id: UUID) -> Row[Any]:
    """What of a ticket rules and ranking look at."""
    return (await connection.execute(_OF_TICKET, {"id": id})).one()


async def of_try(connection: AsyncConnection, **values: str | None) -> Row[Any] | None:
    """The same of a ticket that does not exist; None if there is no such project."""
    return (await connection.execute(_OF_TRY, values)).one_or_none()


async def of_subject(connection: AsyncConnection, **values: Any) -> Row[Any]:
    """The same of a place that is known by its ids."""
    return (await connection.execute(_OF_SUBJECT, values)).one()


async def candidates(
    connection: AsyncConnection,
    *,
    project_id: UUID,
    crew_id: UUID | None,
    on_date: dt.date,
    day_from: dt.datetime,
    day_to: dt.datetime,
    ticket_id: UUID | None,
) -> list[Row[Any]]:
    """The technicians of a crew, or of all that serve the project, with what they do that day."""
    values = {
        "project_id": project_id,
        "crew_id": crew_id,
        "on_date": on_date,
        "day_from": day_from,
        "day_to": day_to,
        "ticket_id": ticket_id,
    }
    return list((await connection.execute(_CANDIDATES, values)).all())


async def offer_to_crew(connection: AsyncConnection, *, task_id: UUID, crew_id: UUID) -> None:
    """Let the technicians of a crew see a step that somebody may take."""
    await connection.execute(_OFFER_TO_CREW, {"task_id": task_id, "crew_id": crew_id})


_RULE_COLUMNS = (
    "project_id",
    "area_id",
    "category_code",
    "component_code",
    "severity",
    "is_public_area",
    "is_in_owner_warranty",
    "is_in_contractor_warranty",
    "crew_source",
    "crew_id",
    "mode",
    "note",
)
_ADD_RULE = text(f"""
    insert into ops.dispatch_rule (position, {", ".join(_RULE_COLUMNS)})
    select coalesce(max(position), 0) + 1, {", ".join(f":{name}" for name in _RULE_COLUMNS)} from ops.dispatch_rule
    returning id
""")
_CHANGE_RULE = text(f"""
    update ops.dispatch_rule set {", ".join(f"{name} = :{name}" for name in _RULE_COLUMNS)} where id = :id returning id
""")
_ORDER_RULES = text("""
    update ops.dispatch_rule set position = ordered.position
      from unnest(cast(:ids as uuid[])) with ordinality as ordered (id, position)
     where dispatch_rule.id = ordered.id
""")
_SWITCH_RULE = text("update ops.dispatch_rule set is_active = :on where id = :id returning id")
_DELETE_RULE = text("delete from ops.dispatch_rule where id = :id returning id")
_AREAS = text("select id, code, name from ops.area order by code")


async def save_rule(connection: AsyncConnection, *, id: UUID | None, **values: Any) -> UUID | None:
    """Add a rule as the last, or change one; None if there is none of that id."""
    statement = _ADD_RULE if id is None else _CHANGE_RULE
    found: UUID | None = (await connection.execute(statement, values | ({"id": id} if id else {}))).scalar_one_or_none()
    return found


async def order_rules(connection: AsyncConnection, *, ids: list[UUID]) -> None:
    """Put rules into this order."""
    await connection.execute(_ORDER_RULES, {"ids": ids})


async def switch_rule(connection: AsyncConnection, *, id: UUID, on: bool) -> bool:
    """Let a rule count or rest; False if there is none."""
    return (await connection.execute(_SWITCH_RULE, {"id": id, "on": on})).first() is not None


async def delete_rule(connection: AsyncConnection, *, id: UUID) -> bool:
    """Take a rule away; False if there is none."""
    return (await connection.execute(_DELETE_RULE, {"id": id})).first() is not None


async def areas(connection: AsyncConnection) -> list[Row[Any]]:
    """The areas that rules may name."""
    return list((await connection.execute(_AREAS)).all())

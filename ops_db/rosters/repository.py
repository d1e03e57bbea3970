"""SQL of crews, skills, shifts, leave and appointment slots."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

# A crew without projects serves every project; somebody in no crew is seen by whoever manages every project.
_IN_SCOPE = """
    (cast(:project_ids as uuid[]) is null
     or exists (select from ops.crew_project where crew_project.crew_id = crew.id
                   and crew_project.project_id = any(cast(:project_ids as uuid[])))
     or crew.id is not null and not exists (select from ops.crew_project where crew_project.crew_id = crew.id))
"""
_PROJECTS = """
    (select coalesce(array_agg(crew_project.project_id), '{}') from ops.crew_project
      where crew_project.crew_id = crew.id) as project_ids
"""
_CREWS = text(f"""
    select crew.id, crew.code, crew.name, contractor.name as contractor_name, {_PROJECTS},
           (select coalesce(jsonb_agg(project.name order by project.code), '[]') from ops.crew_project
              join ops.project on project.id = crew_project.project_id
             where crew_project.crew_id = crew.id) as project_names
      from ops.crew left join ops.contractor on contractor.id = crew.contractor_id
     where {_IN_SCOPE}
     order by crew.contractor_id is not null, crew.code
""")
_PERSON_COLUMNS = f"""
    staff.id, staff.staff_number, staff.name, staff.crew_id, crew.name as crew_name, {_PROJECTS},
    (select coalesce(array_agg(trade order by trade), '{{}}') from ops.technician_skill
      where technician_skill.staff_id = staff.id) as trades,
    (select count(*) from ops.task where task.assignee_id = staff.id and task.state = 'open') as open_count,
    (select coalesce(jsonb_agg(jsonb_build_array(weekday, on_date, start_minute, end_minute)), '[]')
       from ops.staff_shift where staff_shift.staff_id = staff.id
        and (on_date is null or on_date between cast(:from_date as date) and cast(:to_date as date))) as shifts,
    (select coalesce(jsonb_agg(jsonb_build_array(from_date, to_date, reason, id) order by from_date), '[]')
       from ops.staff_leave where staff_leave.staff_id = staff.id
        and staff_leave.to_date >= cast(:from_date as date)
        and staff_leave.from_date <= cast(:to_date as date)) as absences
"""
_PEOPLE = text(f"""
    select {_PERSON_COLUMNS}
      from ops.staff left join ops.crew on crew.id = staff.crew_id
     where staff.is_active and staff.kind = 'technician' and {_IN_SCOPE}
     order by staff.name
""")
_PERSON = text(f"""
    select {_PERSON_COLUMNS}
      from ops.staff left join ops.crew on crew.id = staff.crew_id
     where staff.is_active and staff.staff_number = :staff_number and {_IN_SCOPE}
""")
_CLEAR_WEEK = text("delete from ops.staff_shift where staff_id = :staff_id and on_date is null")
_CLEAR_DATE = text("delete from ops.staff_shift where staff_id = :staff_id and on_date = :on_date")
_ADD_SHIFTS = text("""
    insert into ops.staff_shift (staff_id, weekday, on_date, start_minute, end_minute)
    select :staff_id, weekday, on_date, start_minute, end_minute
      from jsonb_to_recordset(cast(:rows as jsonb)) as given (
           weekday smallint, on_date date, start_minute smallint, end_minute smallint)
""")
_ADD_LEAVE = text("""
    insert into ops.staff_leave (staff_id, from_date, to_date, reason)
    values (:staff_id, :from_date, :to_date, :reason) returning id
""")
_DELETE_LEAVE = text("delete from ops.staff_leave where id = :id and staff_id = :staff_id returning id")
_CLEAR_SKILLS = text("delete from ops.technician_skill where staff_id = :staff_id and trade <> all(:trades)")
_ADD_SKILLS = text("""
    insert into ops.technician_skill (staff_id, trade) select :staff_id, trade from unnest(cast(:trades as text[])) as
    given (trade) on conflict do nothing
""")
_SET_CREW = text("update ops.staff set crew_id = :crew_id where id = :staff_id")
_SLOTS = text(f"""
    select slot.id, slot.crew_id, crew.name as crew_name, slot.weekday, slot.start_minute, slot.end_minute,
           slot.capacity, {_PROJECTS}
      from ops.appointment_slot as slot left join ops.crew on crew.id = slot.crew_id
     where slot.crew_id is null or {_IN_SCOPE}
     order by crew.code nulls first, slot.weekday, slot.start_minute
""")
_ADD_SLOTS = text("""
    insert into ops.appointment_slot (crew_id, weekday, start_minute, end_minute, capacity)
    select cast(:crew_id as uuid), weekday, :start_minute, :end_minute, :capacity
      from unnest(cast(:weekdays as smallint[])) as given (weekday)
    on conflict (crew_id, weekday, start_minute)
    do update set end_minute = excluded.end_minute, capacity = excluded.capacity
""")
_DELETE_SLOT = text("delete from ops.appointment_slot where id = :id returning id")
_SLOTS_OF_CREW = text("""
    select weekday, start_minute, end_minute, capacity from ops.appointment_slot as slot
     where slot.crew_id is not distinct from (
           select cast(:crew_id as uuid)
            where exists (select from ops.appointment_slot as own where own.crew_id = cast(:crew_id as uuid)))
     order by weekday, start_minute
""")
_BOOKED = text("""
    select visit.promised_from, visit.promised_to
      from ops.visit
      left join ops.task on task.id = visit.task_id
      left join ops.staff on staff.id = visit.technician_id
     where visit.promised_from < :until and visit.promised_to > :since
       and (visit.outcome is null or visit.arrived_at is not null)
       and coalesce(staff.crew_id, task.crew_id) is not distinct from cast(:crew_id as uuid)
""")

Scope = list[UUID] | None


async def crews(connection: AsyncConnection, *, project_ids: Scope) -> list[Row[Any]]:
    """Crews of a scope, our own first."""
    return list((await connection.execute(_CREWS, {"project_ids": project_ids})).all())


async def people(
    connection: AsyncConnection, *, project_ids: Scope, from_date: dt.date, to_date: dt.date
) -> list[Row[Any]]:
    """Technicians of a scope with their working time between two dates."""
    values = {"project_ids": project_ids, "from_date": from_date, "to_date": to_date}
    return list((await connection.execute(_PEOPLE, values)).all())


async def person(
    connection: AsyncConnection, *, staff_number: str, project_ids: Scope, from_date: dt.date, to_date: dt.date
) -> Row[Any] | None:
    """One member of staff; None outside the scope."""
    values = {"staff_number": staff_number, "project_ids": project_ids, "from_date": from_date, "to_date": to_date}
    return (await connection.execute(_PERSON, values)).one_or_none()


async def replace_week(connection: AsyncConnection, *, staff_id: UUID, rows: str) -> None:
    """Give somebody another weekly pattern."""
    await connection.execute(_CLEAR_WEEK, {"staff_id": staff_id})
    await connection.execute(_ADD_SHIFTS, {"staff_id": staff_id, "rows": rows})


async def replace_date(connection: AsyncConnection, *, staff_id: UUID, on_date: dt.date, rows: str) -> None:
    """Give somebody other shifts on one date; no rows = as every week."""
    await connection.execute(_CLEAR_DATE, {"staff_id": staff_id, "on_date": on_date})
    await connection.execute(_ADD_SHIFTS, {"staff_id": staff_id, "rows": rows})


async def add_leave(connection: AsyncConnection, **values: Any) -> UUID:
    """Write down that somebody is away."""
    id: UUID = (await connection.execute(_ADD_LEAVE, values)).scalar_one()
    return id


async def delete_leave(connection: AsyncConnection, *, id: UUID, staff_id: UUID) -> bool:
    """Take a leave back; False if there is none."""
    return (await connection.execute(_DELETE_LEAVE, {"id": id, "staff_id": staff_id})).first() is not None


async def replace_skills(connection: AsyncConnection, *, staff_id: UUID, trades: list[str]) -> None:
    """What somebody can do, and nothing else."""
    await connection.execute(_CLEAR_SKILLS, {"staff_id": staff_id, "trades": trades})
    await connection.execute(_ADD_SKILLS, {"staff_id": staff_id, "trades": trades})


async def set_crew(connection: AsyncConnection, *, staff_id: UUID, crew_id: UUID | None) -> None:
    """Put somebody into a crew."""
    await connection.execute(_SET_CREW, {"staff_id": staff_id, "crew_id": crew_id})


async def slots(connection: AsyncConnection, *, project_ids: Scope) -> list[Row[Any]]:
    """The windows of a scope's crews in which visits are promised, and those of every crew."""
    return list((await connection.execute(_SLOTS, {"project_ids": project_ids})).all())


async def add_slots(connection: AsyncConnection, **values: Any) -> None:
    """Add a window on some weekdays, or change the one that begins then."""
    await connection.execute(_ADD_SLOTS, values)


async def delete_slot(connection: AsyncConnection, *, id: int) -> bool:
    """Take a window away; False if there is none."""
    return (await connection.execute(_DELETE_SLOT, {"id": id})).first() is not None


async def slots_of_crew(connection: AsyncConnection, *, crew_id: UUID | None) -> list[Row[Any]]:
    """The windows of a crew, those of every crew where it has none of its own."""
    return list((await connection.execute(_SLOTS_OF_CREW, {"crew_id": crew_id})).all())


async def booked(
    connection: AsyncConnection, *, crew_id: UUID | None, since: dt.datetime, until: dt.datetime
) -> list[Row[Any]]:
    """Visits promised for a crew between two moments."""
    values = {"crew_id": crew_id, "since": since, "until": until}
    return list((await connection.execute(_BOOKED, values)).all())

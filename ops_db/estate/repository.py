"""SQL of the estate, the taxonomy and those who repair. Trees come as JSON that Postgres made."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_IN_SCOPE = "(cast(:project_ids as uuid[]) is null or project.id = any(cast(:project_ids as uuid[])))"

_PROJECTS = text(f"""
    select project.id, project.code, project.name, project.city, project.district
      from ops.project where {_IN_SCOPE} order by project.code
""")
_BUILDINGS = text(f"""
    select building.id, building.code, building.name, building.address, building.floor_count
      from ops.project join ops.building on building.project_id = project.id
     where project.code = :project_code and {_IN_SCOPE}
     order by building.code
""")
_HOME = """
    select unit.id, unit.code, unit.room_number, unit.floor, unit.handover_date,
           building.code as building_code, building.name as building_name,
           project.id as project_id, project.code as project_code, project.name as project_name,
           unit_type.id as unit_type_id, unit_type.code as unit_type_code
      from ops.unit
      join ops.building on building.id = unit.building_id
      join ops.project on project.id = unit.project_id
      left join ops.unit_type on unit_type.id = unit.unit_type_id
"""
_HOMES = text(f"""
    {_HOME} where project.code = :project_code and building.code = :building_code and {_IN_SCOPE}
    order by unit.floor nulls first, unit.room_number
""")
_HOMES_BY_CODE = text(f"{_HOME} where unit.code like :prefix and {_IN_SCOPE} order by unit.code limit :limit")
_HOMES_BY_ROOM = text(f"{_HOME} where unit.room_number = :room_number and {_IN_SCOPE} order by unit.code limit :limit")
_HOMES_BY_PHONE = text(f"""
    {_HOME}
      join ops.household_member on household_member.unit_id = unit.id and household_member.until_date is null
      join ops.person on person.id = household_member.person_id
     where person.phone_index = :phone_index and {_IN_SCOPE} order by unit.code limit :limit
""")
_HOME_BY_CODE = text(f"{_HOME} where unit.code = :code and {_IN_SCOPE}")
_SPACES_OF_TYPE = text("select code, kind, name from ops.space where unit_type_id = :unit_type_id order by code")
_SPACES_OF_BUILDING = text(f"""
    select space.code, space.kind, space.name
      from ops.project
      join ops.building on building.project_id = project.id
      join ops.space on space.building_id = building.id
     where project.code = :project_code and building.code = :building_code and {_IN_SCOPE} order by space.code
""")
_TICKETS_OF_HOME = text("""
    select number, title, state, severity, component_code, reported_at, closed_at
      from ops.ticket where unit_id = :unit_id order by reported_at desc limit 50
""")
_TAXONOMY = text("""
    select category.code, category.name_zh, category.name_en,
           coalesce((select jsonb_agg(jsonb_build_object('code', component.code, 'name_zh', component.name_zh,
                        'name_en', component.name_en, 'trade', component.trade, 'is_public', component.is_public,
                        'defects', (select coalesce(jsonb_agg(jsonb_build_object('code', defect.code,
                                        'name_zh', defect.name_zh, 'name_en', defect.name_en,
                                        'default_severity', defect.default_severity) order by defect.code), '[]')
                                      from ops.defect where defect.component_code = component.code))
                    order by component.code)
              from ops.component where component.category_code = category.code), '[]') as components
      from ops.defect_category as category order by category.code
""")
_TECHNICIANS = text("""
    select staff.id, staff.staff_number, staff.name, staff.crew_id, crew.name as crew_name,
           (select coalesce(array_agg(trade order by trade), '{}') from ops.technician_skill
             where technician_skill.staff_id = staff.id) as trades,
           (select count(*) from ops.task where task.assignee_id = staff.id and task.state = 'open') as open_task_count
      from ops.staff left join ops.crew on crew.id = staff.crew_id
     where staff.is_active and staff.kind = 'technician'
       and (cast(:project_code as text) is null or staff.crew_id is null
            or exists (select from ops.crew_project join ops.project on project.id = crew_project.project_id
                        where crew_project.crew_id = staff.crew_id and project.code = :project_code)
            or not exists (select from ops.crew_project where crew_project.crew_id = staff.crew_id))
       and (cast(:project_ids as uuid[]) is null or staff.crew_id is null
            or exists (select from ops.crew_project where crew_project.crew_id = staff.crew_id
                          and crew_project.project_id = any(cast(:project_ids as uuid[])))
            or not exists (select from ops.crew_project where crew_project.crew_id = staff.crew_id))
     order by open_task_count, staff.name
""")
_CREWS = text("""
    select crew.id, crew.code, crew.name,
           (select count(*) from ops.task where task.crew_id = crew.id and task.state = 'open') as open_task_count
      from ops.crew
     where (cast(:project_code as text) is null
            or exists (select from ops.crew_project join ops.project on project.id = crew_project.project_id
                        where crew_project.crew_id = crew.id and project.code = :project_code)
            or not exists (select from ops.crew_project where crew_project.crew_id = crew.id))
       and (cast(:project_ids as uuid[]) is null
            or exists (select from ops.crew_project where crew_project.crew_id = crew.id
                          and crew_project.project_id = any(cast(:project_ids as uuid[])))
            or not exists (select from ops.crew_project where crew_project.crew_id = crew.id))
     order by crew.code
""")

Scope = list[UUID] | None


async def projects(connection: AsyncConnection, *, project_ids: Scope) -> list[Row[Any]]:
    """The projects of a scope."""
    return list((await connection.execute(_PROJECTS, {"project_ids": project_ids})).all())


async def buildings(connection: AsyncConnection, *, project_code: str, project_ids: Scope) -> list[Row[Any]]:
    """The buildings of a project."""
    values = {"project_code": project_code, "project_ids": project_ids}
    return list((await connection.execute(_BUILDINGS, values)).all())


async def homes(
    connection: AsyncConnection, *, project_code: str, building_code: str, project_ids: Scope
) -> list[Row[Any]]:
    """The homes of a building, from the ground up."""
    values = {"project_code": project_code, "building_code": building_code, "project_ids": project_ids}
    return list((await connection.execute(_HOMES, values)).all())


async def homes_by_code(connection: AsyncConnection, *, prefix: str, project_ids: Scope, limit: int) -> list[Row[Any]]:
    """Homes whose code begins so."""
    values = {"prefix": prefix, "project_ids": project_ids, "limit": limit}
    return list((await connection.execute(_HOMES_BY_CODE, values)).all())


async def homes_by_room(
    connection: AsyncConnection, *, room_number: str, project_ids: Scope, limit: int
) -> list[Row[Any]]:
    """Homes with this room number in any building."""
    values = {"room_number": room_number, "project_ids": project_ids, "limit": limit}
    return list((await connection.execute(_HOMES_BY_ROOM, values)).all())


async def homes_by_phone(
    connection: AsyncConnection, *, phone_index: bytes, project_ids: Scope, limit: int
) -> list[Row[Any]]:
    """Homes in which somebody with this number lives today."""
    values = {"phone_index": phone_index, "project_ids": project_ids, "limit": limit}
    return list((await connection.execute(_HOMES_BY_PHONE, values)).all())


async def home(connection: AsyncConnection, *, code: str, project_ids: Scope) -> Row[Any] | None:
    """One home."""
    return (await connection.execute(_HOME_BY_CODE, {"code": code, "project_ids": project_ids})).one_or_none()


async def spaces_of_type(connection: AsyncConnection, *, unit_type_id: UUID | None) -> list[Row[Any]]:
    """The rooms of a floor plan."""
    return list((await connection.execute(_SPACES_OF_TYPE, {"unit_type_id": unit_type_id})).all())


async def spaces_of_building(
    connection: AsyncConnection, *, project_code: str, building_code: str, project_ids: Scope
) -> list[Row[Any]]:
    """The shared parts of a building."""
    values = {"project_code": project_code, "building_code": building_code, "project_ids": project_ids}
    return list((await connection.execute(_SPACES_OF_BUILDING, values)).all())


async def tickets_of_home(connection: AsyncConnection, *, unit_id: UUID) -> list[Row[Any]]:
    """What was reported for a home, newest first, at most fifty."""
    return list((await connection.execute(_TICKETS_OF_HOME, {"unit_id": unit_id})).all())


async def taxonomy(connection: AsyncConnection) -> list[Row[Any]]:
    """Categories with their components and their defects."""
    return list((await connection.execute(_TAXONOMY)).all())


async def technicians(connection: AsyncConnection, *, project_code: str | None, project_ids: Scope) -> list[Row[Any]]:
    """Technicians who serve a project, those with the least to do first; a crew without projects serves all."""
    values = {"project_code": project_code, "project_ids": project_ids}
    return list((await connection.execute(_TECHNICIANS, values)).all())


async def crews(connection: AsyncConnection, *, project_code: str | None, project_ids: Scope) -> list[Row[Any]]:
    """Crews that serve a project; one without projects serves all."""
    values = {"project_code": project_code, "project_ids": project_ids}
    return list((await connection.execute(_CREWS, values)).all())

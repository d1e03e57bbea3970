"""SQL of areas, their leads, and the places that belong to them. An area's version is the last transaction's id."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_IN_SCOPE = "(cast(:project_ids as uuid[]) is null or project.id = any(cast(:project_ids as uuid[])))"
_AREAS = text(f"""
    select area.id, area.code, area.name, area.lead_staff_id, area.changed_xid::text as version,
           (select count(*) from ops.process_rule where area_id = area.id)
           + (select count(*) from ops.dispatch_rule where area_id = area.id) as rule_count,
           exists (select from ops.process_definition as definition
                    where definition.state <> 'retired'
                      and jsonb_path_exists(definition.definition,
                            '$.** ? (@.field == "area_code").value ? (@ == $code)',
                            jsonb_build_object('code', area.code))) as is_in_condition,
           exists (select from ops.project where project.area_id = area.id and not {_IN_SCOPE})
           or exists (select from ops.building join ops.project on project.id = building.project_id
                       where building.area_id = area.id and not {_IN_SCOPE}) as reaches_beyond
      from ops.area order by area.code
""")
_PROJECTS = text(f"""
    select project.id, project.code, project.name, project.area_id,
           (select count(*) from ops.building where building.project_id = project.id) as building_count
      from ops.project where {_IN_SCOPE} order by project.code
""")
_BUILDINGS = text(f"""
    select building.id, building.code, building.name, building.area_id, building.project_id
      from ops.building join ops.project on project.id = building.project_id
     where {_IN_SCOPE} and (building.area_id is not null or project.id = :project_id)
     order by project.code, building.code
""")
_OPEN = text(f"""
    select project.id as project_id, coalesce(building.area_id, project.area_id) as area_id, count(*) as open_count
      from ops.ticket join ops.project on project.id = ticket.project_id
      left join ops.building on building.id = ticket.building_id
     where ticket.state = 'open' and {_IN_SCOPE}
     group by 1, 2
""")
_LEADS = text("""
    select staff.id, staff.staff_number, staff.name,
           coalesce(bool_or(held.project_id is null) filter (where held.id is not null), false) as everywhere,
           coalesce(array_agg(held.project_id) filter (where held.project_id is not null), '{}') as project_ids
      from ops.staff
      left join ops.account on account.staff_id = staff.id and account.is_active and staff.is_active
      left join ops.account_role as held on held.account_id = account.id and held.role_code = :role
     where held.id is not null or exists (select from ops.area where area.lead_staff_id = staff.id)
     group by staff.id order by staff.name, staff.staff_number
""")
_HOLDERS = text("""
    select coalesce(bool_or(held.project_id is null), false) as everywhere,
           coalesce(array_agg(held.project_id) filter (where held.project_id is not null), '{}') as project_ids
      from ops.account_role as held join ops.account on account.id = held.account_id and account.is_active
     where held.role_code = :role
""")
_ADD = text("""
    insert into ops.area (id, code, name, lead_staff_id) values (:id, :code, :name, :lead_staff_id)
    on conflict (code) do nothing returning id
""")
_CHANGE = text("""
    update ops.area set name = :name, lead_staff_id = :lead_staff_id
     where id = :id and changed_xid::text = :version returning id
""")
_REMOVE = text("delete from ops.area where id = :id and changed_xid::text = :version returning id")
_GIVE_PROJECT = text("""
    update ops.project set area_id = cast(:area_id as uuid)
     where id = :id and area_id is not distinct from cast(:before as uuid) returning id
""")
_GIVE_BUILDING = text("""
    update ops.building set area_id = cast(:area_id as uuid)
     where id = :id and area_id is not distinct from cast(:before as uuid) returning id
""")


async def areas(connection: AsyncConnection, *, project_ids: list[UUID] | None) -> list[Row[Any]]:
    """Every area; `reaches_beyond` says that something outside these projects belongs to it."""
    return list((await connection.execute(_AREAS, {"project_ids": project_ids})).all())


async def projects(connection: AsyncConnection, *, project_ids: list[UUID] | None) -> list[Row[Any]]:
    """The projects, each with its area."""
    return list((await connection.execute(_PROJECTS, {"project_ids": project_ids})).all())


async def buildings(
    connection: AsyncConnection, *, project_ids: list[UUID] | None, project_id: UUID | None = None
) -> list[Row[Any]]:
    """The buildings that have an area of their own, and all of one project."""
    values = {"project_ids": project_ids, "project_id": project_id}
    return list((await connection.execute(_BUILDINGS, values)).all())


async def open_counts(connection: AsyncConnection, *, project_ids: list[UUID] | None) -> list[Row[Any]]:
    """How many tickets are open, by project and area."""
    return list((await connection.execute(_OPEN, {"project_ids": project_ids})).all())


async def leads(connection: AsyncConnection, *, role: str) -> list[Row[Any]]:
    """Who holds the role and is a colleague, and who leads an area without holding it any more."""
    return list((await connection.execute(_LEADS, {"role": role})).all())


async def holders(connection: AsyncConnection, *, role: str) -> Row[Any]:
    """In which projects anybody holds the role, colleague or not."""
    return (await connection.execute(_HOLDERS, {"role": role})).one()


async def add(connection: AsyncConnection, **values: Any) -> bool:
    """Add an area; False if its code is taken."""
    return (await connection.execute(_ADD, values)).one_or_none() is not None


async def change(connection: AsyncConnection, **values: Any) -> bool:
    """Rename an area and set its lead; False if it was changed meanwhile."""
    return (await connection.execute(_CHANGE, values)).one_or_none() is not None


async def remove(connection: AsyncConnection, *, id: UUID, version: str) -> bool:
    """Remove an area; False if it was changed meanwhile."""
    return (await connection.execute(_REMOVE, {"id": id, "version": version})).one_or_none() is not None


async def give(
    connection: AsyncConnection, *, id: UUID, is_building: bool, before: UUID | None, area_id: UUID | None
) -> bool:
    """Let a project or building belong to another area; False if it belongs to another one than `before` by now."""
    statement = _GIVE_BUILDING if is_building else _GIVE_PROJECT
    values = {"id": id, "before": before, "area_id": area_id}
    return (await connection.execute(statement, values)).one_or_none() is not None

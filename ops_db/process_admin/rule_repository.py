"""SQL for the rules that say which process a new ticket takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.tickets.process_choice import first_rule

_RULES = text("""
    select rule.id, rule.position, rule.project_id, rule.area_id, rule.trade, rule.category_code, rule.is_public_area,
           rule.severity, rule.process_key, project.code as project_code, project.name as project_name,
           area.code as area_code, area.name as area_name, category.name_zh, category.name_en
      from ops.process_rule as rule
      left join ops.project on project.id = rule.project_id
      left join ops.area on area.id = rule.area_id
      left join ops.defect_category as category on category.code = rule.category_code
     order by rule.position
""")

_DECIDES = first_rule(
    "rule.id",
    project="cast(:project_id as uuid)",
    # A ticket of a project belongs to the project's area, unless its building has one of its own.
    area="""coalesce(cast(:area_id as uuid),
                     (select area_id from ops.project where project.id = cast(:project_id as uuid)))""",
    trade="cast(:trade as text)",
    category="cast(:category_code as text)",
    is_public_area="cast(:is_public_area as boolean)",
    severity="cast(:severity as text)",
)
_FIRST = text(f"select {_DECIDES}")

_COUNTS = text("select process_key, count(*) as rule_count from ops.process_rule group by process_key")

_HOLDERS = text("""
    select role.code, role.name_zh, role.name_en,
           coalesce(bool_or(held.project_id is null) filter (where account.id is not null), false) as everywhere,
           coalesce(array_agg(distinct held.project_id)
                    filter (where account.id is not null and held.project_id is not null), '{}') as project_ids
      from ops.role
      left join ops.account_role as held on held.role_code = role.code
      left join ops.account on account.id = held.account_id and account.is_active
     group by role.code
""")

_LOCK = text("select pg_advisory_xact_lock(hashtextextended('process_rules', 0))")

_ADD = text("""
    insert into ops.process_rule
        (id, position, project_id, area_id, trade, category_code, is_public_area, severity, process_key)
    select :id, coalesce(max(position), 0) + 1, :project_id, :area_id, :trade, :category_code, :is_public_area,
           :severity, :process_key
      from ops.process_rule
""")

_CHANGE = text("""
    update ops.process_rule
       set project_id = :project_id, area_id = :area_id, trade = :trade, category_code = :category_code,
           is_public_area = :is_public_area, severity = :severity, process_key = :process_key
     where id = :id
    returning id
""")

_REMOVE = text("delete from ops.process_rule where id = :id returning process_key, position")

_ORDER = text("""
    update ops.process_rule as rule
       set position = given.position
      from unnest(cast(:ids as uuid[])) with ordinality as given (id, position)
     where rule.id = given.id
""")

_PLACES = text("""
    select 'project' as kind, id, code, name from ops.project
    union all
    select 'area', id, code, name from ops.area
     order by 1, 3
""")


async def rules(connection: AsyncConnection) -> list[Row[Any]]:
    """The rules in their order, with the names of what they name."""
    return list((await connection.execute(_RULES)).all())


async def first_that_fits(connection: AsyncConnection, *, values: dict[str, Any]) -> UUID | None:
    """The rule that decides for such a ticket, as it would when one is opened; None for the default process."""
    return (await connection.execute(_FIRST, values)).scalar_one_or_none()


async def counts_by_process(connection: AsyncConnection) -> dict[str, int]:
    """How many rules lead to each process."""
    return {row.process_key: row.rule_count for row in await connection.execute(_COUNTS)}


async def holders(connection: AsyncConnection) -> list[Row[Any]]:
    """Every role with the projects in which an account that may sign in holds it."""
    return list((await connection.execute(_HOLDERS)).all())


async def lock(connection: AsyncConnection) -> None:
    """Let nobody else change the rules until the transaction ends."""
    await connection.execute(_LOCK)


async def add(connection: AsyncConnection, *, id: UUID, values: dict[str, Any]) -> None:
    """Add a rule after the last one."""
    await connection.execute(_ADD, values | {"id": id})


async def change(connection: AsyncConnection, *, id: UUID, values: dict[str, Any]) -> bool:
    """Change a rule where it stands; False if there is none."""
    return (await connection.execute(_CHANGE, values | {"id": id})).one_or_none() is not None


async def remove(connection: AsyncConnection, *, id: UUID) -> Row[Any] | None:
    """Remove a rule; None if there is none."""
    return (await connection.execute(_REMOVE, {"id": id})).one_or_none()


async def put_in_order(connection: AsyncConnection, *, ids: list[UUID]) -> None:
    """Number the rules from one in this order."""
    await connection.execute(_ORDER, {"ids": [str(id) for id in ids]})


async def places(connection: AsyncConnection) -> list[Row[Any]]:
    """Projects and areas a rule may name."""
    return list((await connection.execute(_PLACES)).all())

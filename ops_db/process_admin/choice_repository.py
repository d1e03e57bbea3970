"""SQL for the lists from which the properties of a process are chosen, all in one question."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_NAMED = text("""
    select 'roles' as list, code, name_zh as zh, name_en as en from ops.role
    union all select 'crews', code, name, name from ops.crew
    union all select 'staff', staff_number, name || ' ' || staff_number, name || ' ' || staff_number from ops.staff
    union all select 'forms', key, definition -> 'title' ->> 'zh-CN', definition -> 'title' ->> 'en'
                from ops.form_definition where state = 'published' and definition ->> 'purpose' = 'step'
    union all select 'fact_crew', id::text, name, name from ops.crew
    union all select 'fact_staff', id::text, name, name from ops.staff
    union all select 'fact_project', code, name, name from ops.project
    union all select distinct 'fact_building', code, code, code from ops.building
    union all select 'fact_area', code, name, name from ops.area
    union all select 'fact_category', code, name_zh, name_en from ops.defect_category
    union all select 'fact_component', code, name_zh, name_en from ops.component
    union all select 'fact_defect', code, name_zh, name_en from ops.defect
    union all select distinct 'fact_unit_type', code, name, name from ops.unit_type
     order by 1, 3, 2
""")
_REFERENCES = text("""
    select 'roles' as list, code from ops.role
    union all
    select distinct 'held_roles', account_role.role_code
      from ops.account_role join ops.account on account.id = account_role.account_id and account.is_active
    union all select 'staff', staff_number from ops.staff
    union all select 'crews', code from ops.crew
    union all
    select 'forms', key from ops.form_definition where state = 'published' and definition ->> 'purpose' = 'step'
""")


async def references(connection: AsyncConnection) -> list[Row[Any]]:
    """The codes a definition may refer to, each with the list it belongs to."""
    return list((await connection.execute(_REFERENCES)).all())


async def named(connection: AsyncConnection) -> list[Row[Any]]:
    """Everything that can be named, each with the list it belongs to."""
    return list((await connection.execute(_NAMED)).all())

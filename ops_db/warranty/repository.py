"""SQL of warranty terms, and of the days on which a ticket's clocks started."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = (
    "id, clock, trade, category_code, component_code, defect_code, month_count, season_count, season, valid_from, note"
)
_TERMS = text(f"select {_COLUMNS} from ops.warranty_term order by clock, trade, category_code, id")
_SCOPES = text("""
    select term.id, term.clock, term.trade, term.category_code, term.component_code, term.defect_code,
           term.month_count, term.season_count, term.season, term.valid_from, term.note,
           coalesce(defect.name_zh, component.name_zh, category.name_zh) as scope_name_zh,
           coalesce(defect.name_en, component.name_en, category.name_en) as scope_name_en
      from ops.warranty_term as term
      left join ops.defect on defect.code = term.defect_code
      left join ops.component on component.code = coalesce(term.component_code, defect.component_code)
      left join ops.defect_category as category on category.code = term.category_code
     order by term.clock, term.trade nulls last, term.category_code nulls last, component.code, term.defect_code,
              term.valid_from desc
""")
_ADD = text("""
    insert into ops.warranty_term (clock, trade, category_code, component_code, defect_code, month_count, season_count,
                                   season, valid_from, note)
    values (:clock, :trade, :category_code, :component_code, :defect_code, :month_count, :season_count, :season,
            :valid_from, :note)
    on conflict do nothing
    returning id
""")
_STARTS = text("""
    select unit.handover_date, building.completion_acceptance_date, component.trade,
           coalesce(cast(:defect_code as text), ticket.defect_code) as defect_code,
           project.timezone, builder.id as builder_id, builder.name as builder_name
      from ops.project
      left join ops.building on building.id = :building_id
      left join ops.unit on unit.id = :unit_id
      left join ops.component on component.code = :component_code
      left join ops.ticket on ticket.id = cast(:ticket_id as uuid)
      left join ops.installed_component as installed
           on installed.building_id = :building_id and installed.component_code = :component_code
      left join ops.contractor as builder on builder.id = installed.contractor_id
     where project.id = :project_id
""")


async def terms(connection: AsyncConnection) -> list[Row[Any]]:
    """Every term that ever held."""
    return list((await connection.execute(_TERMS)).all())


async def named_terms(connection: AsyncConnection) -> list[Row[Any]]:
    """Every term with the names of its scope, newest first within one scope."""
    return list((await connection.execute(_SCOPES)).all())


async def add(connection: AsyncConnection, **values: Any) -> int | None:
    """Keep a term; None if the scope has one from that day already."""
    return (await connection.execute(_ADD, values)).scalar_one_or_none()


async def starts(
    connection: AsyncConnection,
    *,
    project_id: UUID,
    building_id: UUID | None,
    unit_id: UUID | None,
    component_code: str | None,
    defect_code: str | None = None,
    ticket_id: UUID | None = None,
) -> Row[Any]:
    """When the clocks of a place started, and the craft of a component."""
    values = {
        "project_id": project_id,
        "building_id": building_id,
        "unit_id": unit_id,
        "component_code": component_code,
        "defect_code": defect_code,
        "ticket_id": ticket_id,
    }
    return (await connection.execute(_STARTS, values)).one()

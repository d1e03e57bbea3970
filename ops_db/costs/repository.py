"""SQL of cost entries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD = text("""
    insert into ops.cost_entry
        (ticket_id, kind, amount_fen, quantity, material_code, payer, contractor_id, note, incurred_at)
    values (:ticket_id, :kind, :amount_fen, :quantity, :material_code, :payer, :contractor_id, :note, :now)
    returning id
""")
_CONTRACTORS = text("""
    select distinct contractor.id, contractor.code, contractor.name
      from ops.contractor
      join ops.installed_component on installed_component.contractor_id = contractor.id
     where installed_component.project_id = :project_id
     order by contractor.name
""")


async def add(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep an amount."""
    return (await connection.execute(_ADD, values)).scalar_one()


async def contractors(connection: AsyncConnection, *, project_id: UUID) -> list[Row[Any]]:
    """Who built something in a project."""
    return list((await connection.execute(_CONTRACTORS, {"project_id": project_id})).all())

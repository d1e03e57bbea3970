"""SQL of cost entries."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD = text("""
    insert into ops.cost_entry
        (ticket_id, kind, amount_fen, quantity, material_code, payer, contractor_id, note, incurred_at, reverses_id)
    values (:ticket_id, :kind, :amount_fen, :quantity, :material_code, :payer, :contractor_id, :note, :now,
            :reverses_id)
    returning id
""")
_ENTRY = text("""
    select entry.id, entry.kind, entry.amount_fen, entry.quantity, entry.material_code, entry.payer,
           entry.contractor_id, entry.reverses_id,
           exists (select from ops.cost_entry as opposite where opposite.reverses_id = entry.id) as is_reversed
      from ops.cost_entry as entry where entry.id = :id and entry.ticket_id = :ticket_id
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
    return (await connection.execute(_ADD, {"reverses_id": None} | values)).scalar_one()


async def entry(connection: AsyncConnection, *, id: UUID, ticket_id: UUID) -> Row[Any] | None:
    """One amount of this ticket, and whether another one undoes it."""
    return (await connection.execute(_ENTRY, {"id": id, "ticket_id": ticket_id})).one_or_none()


async def contractors(connection: AsyncConnection, *, project_id: UUID) -> list[Row[Any]]:
    """Who built something in a project."""
    return list((await connection.execute(_CONTRACTORS, {"project_id": project_id})).all())

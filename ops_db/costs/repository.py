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
_ENTRY = text("""
    select id, kind, amount_fen, quantity, material_code, payer, contractor_id, note
      from ops.cost_entry where id = :id and ticket_id = :ticket_id for update
""")
_HAS_NOTE = text("""
    select exists (
        select from ops.cost_entry where ticket_id = :ticket_id and amount_fen = :amount_fen and note = :note)
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


async def locked_entry(connection: AsyncConnection, *, id: UUID, ticket_id: UUID) -> Row[Any] | None:
    """One amount of this ticket; whoever else wants to correct it waits until this transaction is over."""
    return (await connection.execute(_ENTRY, {"id": id, "ticket_id": ticket_id})).one_or_none()


async def is_entered(connection: AsyncConnection, *, ticket_id: UUID, amount_fen: int, note: str) -> bool:
    """Whether an amount with this note stands on the ticket."""
    values = {"ticket_id": ticket_id, "amount_fen": amount_fen, "note": note}
    return bool((await connection.execute(_HAS_NOTE, values)).scalar_one())


async def contractors(connection: AsyncConnection, *, project_id: UUID) -> list[Row[Any]]:
    """Who built something in a project."""
    return list((await connection.execute(_CONTRACTORS, {"project_id": project_id})).all())

"""SQL of logged calls."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_PLACE = text("""
    select (select jsonb_build_object('id', unit.id, 'project_id', unit.project_id)
              from ops.unit where unit.code = :unit_code) as unit,
           (select jsonb_build_object('id', ticket.id, 'project_id', ticket.project_id, 'unit_id', ticket.unit_id)
              from ops.ticket where ticket.number = :ticket_number) as ticket
""")
_ADD = text("""
    insert into ops.call (direction, project_id, unit_id, ticket_id, agent_id, exchange_key, caller_index,
                          started_at, ended_at, is_resolved, note)
    values (:direction, :project_id, :unit_id, :ticket_id, :agent_id, :exchange_key, :caller_index,
            :started_at, :ended_at, :is_resolved, :note)
    on conflict (exchange_key) do nothing
    returning id
""")
_BY_KEY = text("select id from ops.call where exchange_key = :exchange_key")


async def place(connection: AsyncConnection, *, unit_code: str | None, ticket_number: str | None) -> Row[Any]:
    """The home and the ticket a call is about."""
    values = {"unit_code": unit_code, "ticket_number": ticket_number}
    return (await connection.execute(_PLACE, values)).one()


async def add(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep a call; one the exchange numbered already is kept once."""
    added: UUID | None = (await connection.execute(_ADD, values)).scalar_one_or_none()
    if added is not None:
        return added
    return (await connection.execute(_BY_KEY, {"exchange_key": values["exchange_key"]})).scalar_one()

"""SQL of settlements."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = text("select from ops.ticket where id = :ticket_id for update")
_COSTS = text("select payer, contractor_id, amount_fen from ops.cost_entry where ticket_id = :ticket_id")
_SETTLED = text("""
    select settlement.payer, settlement.contractor_id, settlement.kind, settlement.amount_fen, settlement.reason,
           settlement.settled_at, account.display_name as settled_by
      from ops.cost_settlement as settlement left join ops.account on account.id = settlement.settled_by
     where settlement.ticket_id = :ticket_id order by settlement.settled_at, settlement.id
""")
_ADD = text("""
    insert into ops.cost_settlement (ticket_id, payer, contractor_id, kind, amount_fen, reason, settled_by, settled_at)
    values (:ticket_id, :payer, :contractor_id, :kind, :amount_fen, :reason, :settled_by, :now)
    returning id
""")
_TELL_SETTLERS = text("""
    insert into ops.notice (ticket_id, event_version, recipient_kind, role_code, title_zh, title_en, created_at)
    select ticket.id, ticket.version, 'role', role_permission.role_code, :title_zh, :title_en, :now
      from ops.ticket
      join ops.process_definition on process_definition.id = ticket.process_definition_id
     cross join ops.role_permission
     where ticket.id = :ticket_id and ticket.state <> 'open' and role_permission.permission = 'cost:settle'
       and process_definition.definition @> '{"nodes": [{"kind": "end", "needs_settlement": true}]}'
""")
_NAMES = text("select id, name from ops.contractor where id = any(cast(:ids as uuid[]))")


async def lock(connection: AsyncConnection, *, ticket_id: UUID) -> None:
    """Let whoever else settles this ticket wait until this transaction is over."""
    await connection.execute(_LOCK, {"ticket_id": ticket_id})


async def costs(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """What was spent on a ticket, and who bears it."""
    return list((await connection.execute(_COSTS, {"ticket_id": ticket_id})).all())


async def settled(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """What of it is done with, by whom and when."""
    return list((await connection.execute(_SETTLED, {"ticket_id": ticket_id})).all())


async def add(connection: AsyncConnection, **values: Any) -> UUID:
    """Be done with an amount."""
    id: UUID = (await connection.execute(_ADD, values)).scalar_one()
    return id


async def tell_settlers(connection: AsyncConnection, **values: Any) -> None:
    """Tell every role that settles costs of a ticket that has ended, if its process asks for settlement."""
    await connection.execute(_TELL_SETTLERS, values)


async def contractor_names(connection: AsyncConnection, *, ids: list[UUID]) -> dict[UUID, str]:
    """What contractors are called."""
    return {row.id: row.name for row in await connection.execute(_NAMES, {"ids": ids})}

"""What money means for the end of a ticket: a process may ask that everything is settled before.

A cost that is being entered at the same moment either comes first, and keeps the ticket open, or comes late: then
whoever settles costs is told, since nobody looks at a ticket that has ended.
"""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.errors import DomainError
from ops_db.process.definition import EndNode
from ops_db.process.state import Step
from ops_db.settlement import repository
from ops_db.settlement.service import settlement_of
from ops_db.tickets.standing import Standing


class CostsNotSettled(DomainError):
    """The process ends only when every cost is settled or written off."""

    code = "costs_not_settled"


async def require_settled(connection: AsyncConnection, standing: Standing, step: Step) -> None:
    """Raise CostsNotSettled if the step ends the ticket where its process asks for settlement and something is open."""
    ends = (standing.definition.by_key.get(event.node_key or "") for event in step.events)
    if step.state.tokens or not any(isinstance(node, EndNode) and node.needs_settlement for node in ends):
        return
    await repository.lock(connection, ticket_id=standing.ticket.id)
    kept = await settlement_of(connection, standing.ticket.id)
    if kept.open_fen:
        raise CostsNotSettled(
            "Costs of {amount} are not settled yet. Settle them or write them off, then the ticket can end.",
            amount=f"¥{kept.open_fen / 100:,.2f}",
        )


async def tell_of_late_cost(connection: AsyncConnection, ticket_id: UUID, *, now: dt.datetime) -> None:
    """Tell those who settle costs of one that came after the end, where the process asks for settlement."""
    kept = await settlement_of(connection, ticket_id)
    if kept.open_fen:
        amount = f"¥{kept.open_fen / 100:,.2f}"
        await repository.tell_settlers(
            connection,
            ticket_id=ticket_id,
            title_zh=f"工单结束后登记了费用，{amount}未结清",
            title_en=f"A cost came after the end of a ticket: {amount} not settled",
            now=now,
        )

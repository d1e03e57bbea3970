"""The costs of one ticket for whoever may see them: what was spent, who should bear more, and how far it is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import CostPayer, Permission
from ops_db.actor import Actor
from ops_db.costs import repository
from ops_db.dossier import repository as dossiers
from ops_db.dossier.service import SEES_COSTS
from ops_db.errors import NotFound, NotPermitted
from ops_db.settlement.service import Settlement, settlement_of
from ops_db.tickets.standing import standing_of
from ops_db.warranty.of_ticket import warranty_of_row


@dataclass(frozen=True, slots=True)
class Books:
    """The entries, oldest first; whom the warranty proposes to bear a cost, and which contractors there are."""

    entries: list[Row[Any]]
    proposed_payer: CostPayer | None
    proposed_contractor_id: UUID | None
    contractors: list[Row[Any]]

    @property
    def total_fen(self) -> int:
        """What it comes to, corrections included."""
        return sum(entry.amount_fen for entry in self.entries)

    def entry(self, id: UUID) -> Row[Any]:
        """One of them; raises NotFound."""
        found = next((one for one in self.entries if one.id == id), None)
        if found is None:
            raise NotFound("There is no such entry on this ticket.")
        return found


async def books_of(connection: AsyncConnection, number: str, *, actor: Actor) -> Books:
    """The costs of a ticket; raises NotFound, NotPermitted."""
    ticket = await _ticket(connection, number, actor=actor)
    warranty = await warranty_of_row(connection, ticket)
    return Books(
        await dossiers.costs(connection, id=ticket.id),
        warranty.payer,
        warranty.builder_id,
        await repository.contractors(connection, project_id=ticket.project_id),
    )


async def settled_of(connection: AsyncConnection, number: str, *, actor: Actor) -> Settlement:
    """How far the costs of a ticket are settled; raises NotFound, NotPermitted."""
    ticket = await _ticket(connection, number, actor=actor)
    return await settlement_of(connection, ticket.id)


async def _ticket(connection: AsyncConnection, number: str, *, actor: Actor) -> Row[Any]:
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    if not any(actor.may(permission, standing.ticket.project_id) for permission in SEES_COSTS):
        raise NotPermitted(
            "Your roles do not include {permission} here. Ask an administrator for it.",
            permission=Permission.COST_READ.value,
        )
    return standing.ticket

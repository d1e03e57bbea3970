"""The approvals that wait for whoever is signed in, and who is asked on a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor, as_rows
from ops_db.approvals import repository
from ops_db.notices.service import held
from ops_db.process.definition import ApprovalNode
from ops_db.tickets.standing import known_definition

LARGEST_LIST: Final = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """One approval that waits, with its node. Rows have the columns of `ops_db.approvals.repository`."""

    row: Row[Any]
    node: ApprovalNode

    @property
    def estimated_cost_fen(self) -> int | None:
        """What the repair will cost, as far as somebody said so."""
        amount = self.row.process_data.get("estimated_cost_fen")
        return amount if isinstance(amount, int) else None


async def waiting(connection: AsyncConnection, *, actor: Actor, most: int = 50) -> list[Waiting]:
    """What waits for the actor's answer by role or person, the longest first."""
    rows = await repository.waiting(connection, most=min(most, LARGEST_LIST), **_whose(actor))
    found = []
    for row in rows:
        known = await known_definition(connection, row.process_definition_id)
        found.append(Waiting(row, known.definition.approvals[row.node_key]))
    return found


async def waiting_for(connection: AsyncConnection, *, actor: Actor) -> tuple[int, int]:
    """How many notices the actor has not read, and how many approvals wait: what the header of a page counts."""
    counts = await repository.waiting_for(connection, **_whose(actor))
    return counts.unread_count, counts.approval_count


async def signers_of(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """Every signature ever asked for a ticket, in order; the caller has checked that the ticket may be read."""
    return await repository.of_ticket(connection, ticket_id=ticket_id)


async def whom_to_ask(connection: AsyncConnection, *, project_id: UUID) -> tuple[list[Row[Any]], list[Row[Any]]]:
    """Colleagues and roles that may be asked to sign in a project."""
    return await repository.candidates(connection, project_id=project_id), await repository.roles(connection)


def _whose(actor: Actor) -> dict[str, Any]:
    return held(actor) | {"staff_id": actor.staff_id, "away": as_rows(actor.away)}

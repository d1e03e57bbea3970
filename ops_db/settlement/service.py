"""Settling the costs of a ticket, step by step, each with who, when and why."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, CostPayer, Permission
from core.work_vocabulary import SettlementKind
from ops_db.actor import Actor
from ops_db.errors import InvalidInput
from ops_db.settlement import repository
from ops_db.settlement.balance import KIND_OF_PAYER, Cost, Settled, Share, fits, shares
from ops_db.tickets.beside import write_beside
from ops_db.tickets.standing import standing_of


@dataclass(frozen=True, slots=True)
class Settlement:
    """The shares of a ticket, the steps taken, and the names of the contractors in both."""

    shares: list[Share]
    steps: list[Row[Any]]
    contractor_names: dict[UUID, str]

    @property
    def open_fen(self) -> int:
        """What is still to be done with, whatever its sign, so that two wrongs do not look like nothing."""
        return sum(abs(share.open_fen) for share in self.shares)


async def settlement_of(connection: AsyncConnection, ticket_id: UUID) -> Settlement:
    """How far the costs of a ticket are settled; the caller has checked who may see them."""
    steps = await repository.settled(connection, ticket_id=ticket_id)
    found = shares(
        (Cost(CostPayer(row.payer), row.contractor_id, row.amount_fen) for row in await repository.costs(
            connection, ticket_id=ticket_id)),
        (Settled(CostPayer(row.payer), row.contractor_id, SettlementKind(row.kind), row.amount_fen) for row in steps),
    )  # fmt: skip
    ids = [share.contractor_id for share in found if share.contractor_id is not None]
    names = await repository.contractor_names(connection, ids=ids) if ids else {}
    return Settlement(found, steps, names)


async def settle(
    connection: AsyncConnection,
    number: str,
    *,
    payer: CostPayer,
    contractor_id: UUID | None,
    amount_fen: int | None,
    is_written_off: bool,
    reason: str,
    actor: Actor,
    now: dt.datetime,
) -> UUID:
    """Be done with an amount of what a payer bears, all that is open where none is given; raises InvalidInput.

    It is collected, charged or borne, as the payer says, or written off with a reason.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor.require(Permission.COST_SETTLE, standing.ticket.project_id)
    ticket_id: UUID = standing.ticket.id
    await repository.lock(connection, ticket_id=ticket_id)
    kept = await settlement_of(connection, ticket_id)
    share = next((one for one in kept.shares if (one.payer, one.contractor_id) == (payer, contractor_id)), None)
    if share is None or share.open_fen == 0:
        raise InvalidInput("There is nothing left to settle here. Look at the costs again.")
    if is_written_off and not reason.strip():
        raise InvalidInput("Say why it is written off.", fields=("reason",))
    amount = share.open_fen if amount_fen is None else amount_fen
    if not fits(share, amount):
        raise InvalidInput("No more can be settled than is open. Enter that or less.", fields=("amount",))
    kind = SettlementKind.WRITTEN_OFF if is_written_off else KIND_OF_PAYER[payer]
    id = await repository.add(
        connection,
        ticket_id=ticket_id,
        payer=payer.value,
        contractor_id=contractor_id,
        kind=kind.value,
        amount_fen=amount,
        reason=reason.strip(),
        settled_by=actor.id if actor.kind == ActorKind.ACCOUNT else None,
        now=now,
    )
    await write_beside(
        connection,
        ticket_id=ticket_id,
        kind="cost:settle",
        actor_kind=actor.kind,
        actor_id=actor.id,
        now=now,
        payload={"kind": kind.value, "payer": payer.value, "amount_fen": amount, "reason": reason.strip()},
    )
    return id

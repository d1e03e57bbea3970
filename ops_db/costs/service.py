"""Entering what a ticket costs. A correction is a second, negative entry; nothing is ever changed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import CostKind, CostPayer, Permission
from ops_db.actor import Actor
from ops_db.costs import repository
from ops_db.errors import InvalidInput, NotFound, ReferenceUnknown
from ops_db.settlement.ending import tell_of_late_cost
from ops_db.tickets.standing import standing_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCost:
    """An amount in fen, not zero; a contractor who pays is named."""

    kind: CostKind
    amount_fen: int
    payer: CostPayer = CostPayer.DEVELOPER
    contractor_id: UUID | None = None
    quantity: Decimal | None = None
    material_code: str | None = None
    note: str = ""


async def enter_cost(connection: AsyncConnection, number: str, new: NewCost, *, actor: Actor, now: dt.datetime) -> UUID:
    """Keep an amount spent on a ticket and return its id; raises a DomainError that says why not."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor.require(Permission.COST_WRITE, standing.ticket.project_id)
    if new.amount_fen == 0:
        raise InvalidInput("An amount of zero says nothing. Enter what it cost.")
    if new.amount_fen < 0 and not new.note.strip():
        raise InvalidInput("A negative amount corrects an entry. Say in the note which one.", fields=("note",))
    if new.payer == CostPayer.CONTRACTOR and new.contractor_id is None:
        raise InvalidInput("Say which contractor pays.")
    try:
        id = await repository.add(
            connection,
            ticket_id=standing.ticket.id,
            kind=new.kind.value,
            amount_fen=new.amount_fen,
            quantity=new.quantity,
            material_code=new.material_code,
            payer=new.payer.value,
            contractor_id=new.contractor_id,
            note=new.note.strip(),
            now=now,
        )
    except IntegrityError as error:
        raise ReferenceUnknown("The contractor named does not exist. Choose one from the list.") from error
    await tell_of_late_cost(connection, standing.ticket.id, now=now)
    return id


async def reverse_cost(connection: AsyncConnection, number: str, id: UUID, *, actor: Actor, now: dt.datetime) -> UUID:
    """Undo an entry by its opposite, once, and return the new id; raises NotFound, or InvalidInput."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor.require(Permission.COST_WRITE, standing.ticket.project_id)
    entry = await repository.entry(connection, id=id, ticket_id=standing.ticket.id)
    if entry is None:
        raise NotFound("There is no such entry on this ticket.")
    if entry.reverses_id is not None:
        raise InvalidInput("This entry undoes another one. Enter the right amount instead.")
    if entry.is_reversed:
        raise InvalidInput("This entry is undone already.")
    try:
        undoing = await repository.add(
            connection,
            ticket_id=standing.ticket.id,
            kind=entry.kind,
            amount_fen=-entry.amount_fen,
            quantity=-entry.quantity if entry.quantity is not None else None,
            material_code=entry.material_code,
            payer=entry.payer,
            contractor_id=entry.contractor_id,
            note="",
            reverses_id=id,
            now=now,
        )
    except IntegrityError as error:
        # The column is unique, so of two who undo an entry at once one comes too late.
        raise InvalidInput("This entry is undone already.") from error
    await tell_of_late_cost(connection, standing.ticket.id, now=now)
    return undoing


async def contractors(connection: AsyncConnection, *, project_id: UUID) -> list[Row[Any]]:
    """Who built something in a project and so may have to pay."""
    return await repository.contractors(connection, project_id=project_id)

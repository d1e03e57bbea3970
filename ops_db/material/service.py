"""Material for a ticket: asking for it, and what the warehouse does with what was asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, CostKind, CostPayer, Permission
from core.work_vocabulary import MaterialMove, MaterialRequestState
from ops_db.actor import SYSTEM, Actor
from ops_db.costs import repository as costs
from ops_db.errors import InvalidInput, NotFound, ReferenceUnknown
from ops_db.material import repository
from ops_db.settlement.ending import tell_of_late_cost
from ops_db.tickets.beside import write_beside
from ops_db.tickets.standing import standing_of
from ops_db.warranty.of_ticket import warranty_of_row

MOST_LINES: Final = 20
FOUND_AT_MOST: Final = 60
CHOSEN_FROM: Final = 400
_LARGEST: Final = Decimal(100_000)


@dataclass(frozen=True, slots=True)
class WantedLine:
    """One material and how much of it."""

    stock_id: UUID
    quantity: Decimal


async def stock(
    connection: AsyncConnection, *, actor: Actor, search: str | None = None, project_code: str | None = None
) -> list[Row[Any]]:
    """What the warehouses of the actor's projects have, or what can be asked for at one of them."""
    scope = actor.scope(Permission.MATERIAL_REQUEST)
    return await repository.stock(
        connection, project_ids=scope, search=search, limit=FOUND_AT_MOST, project_code=project_code
    )


async def stock_of_project(connection: AsyncConnection, project_id: UUID) -> list[Row[Any]]:
    """What can be asked for at one project."""
    return await repository.stock(connection, project_ids=[project_id], search=None, limit=CHOSEN_FROM)


async def waiting(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """Open requests of the actor's projects, the oldest first."""
    return await repository.waiting(connection, project_ids=actor.scope(Permission.MATERIAL_ISSUE))


async def requested_for(connection: AsyncConnection, ticket_id: UUID) -> list[Row[Any]]:
    """What was asked for on a ticket; the caller has checked who may see it."""
    return await repository.of_ticket(connection, ticket_id=ticket_id)


async def requests_of(connection: AsyncConnection, number: str, *, actor: Actor) -> list[Row[Any]]:
    """What was asked for on a ticket the actor may read, a row for each material; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    return await requested_for(connection, standing.ticket.id)


async def request_material(
    connection: AsyncConnection, number: str, lines: Sequence[WantedLine], *, note: str, actor: Actor, now: dt.datetime
) -> UUID:
    """Ask the warehouse for material; whatever is in stock is reserved at once. Raises a DomainError."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    project_id: UUID = standing.ticket.project_id
    actor.require(Permission.MATERIAL_REQUEST, project_id)
    if not 1 <= len(lines) <= MOST_LINES:
        raise InvalidInput("Choose at least one material, and at most twenty.", fields=("material",))
    for line in lines:
        _check_quantity(line.quantity)
    account_id = actor.id if actor.kind == ActorKind.ACCOUNT else None
    request_id = await repository.add_request(
        connection, ticket_id=standing.ticket.id, note=note.strip(), requested_by=account_id, now=now
    )
    for line in lines:
        try:
            added = await repository.add_line(
                connection,
                request_id=request_id,
                stock_id=line.stock_id,
                quantity=line.quantity,
                project_id=project_id,
            )
        except IntegrityError as error:
            raise InvalidInput("Name each material once.", fields=("material",)) from error
        if added is None:
            raise ReferenceUnknown("This project has no such material. Choose it from the list.", fields=("material",))
        if await repository.move(connection, kind=MaterialMove.RESERVE, id=added, quantity=line.quantity):
            await repository.add_movement(
                connection,
                line_id=added,
                kind=MaterialMove.RESERVE.value,
                quantity=line.quantity,
                cost_entry_id=None,
                account_id=account_id,
                now=now,
            )
    named = await repository.of_ticket(connection, ticket_id=standing.ticket.id)
    await _tell(
        connection,
        standing.ticket.id,
        "material:request",
        [(row.material_name, row.quantity) for row in named if row.request_id == request_id],
        actor=actor,
        now=now,
    )
    return request_id


async def move_material(
    connection: AsyncConnection,
    number: str,
    line_id: UUID,
    kind: MaterialMove,
    quantity: Decimal,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Reserve, release, issue or take back; raises InvalidInput where there is not so much.

    An issue enters what the material costs, borne by whom the warranty says; a return enters its opposite.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor.require(Permission.MATERIAL_ISSUE, standing.ticket.project_id)
    _check_quantity(quantity)
    line = await repository.locked_line(connection, id=line_id, ticket_id=standing.ticket.id)
    if line is None:
        raise NotFound("This ticket asked for no such material.")
    if not await repository.move(connection, kind=kind.value, id=line_id, quantity=quantity):
        raise InvalidInput("There is not so much of it for that. Look at the stock again.", fields=("quantity",))
    cost_entry_id = None
    if kind in (MaterialMove.ISSUE, MaterialMove.RETURN) and line.unit_price_fen:
        sign = 1 if kind == MaterialMove.ISSUE else -1
        cost_entry_id = await _enter_cost(connection, standing.ticket, line, sign * quantity, now=now)
    await repository.add_movement(
        connection,
        line_id=line_id,
        kind=kind.value,
        quantity=quantity,
        cost_entry_id=cost_entry_id,
        account_id=actor.id if actor.kind == ActorKind.ACCOUNT else None,
        now=now,
    )
    await repository.finish_if_issued(connection, id=line.request_id)
    if cost_entry_id is not None:
        await tell_of_late_cost(connection, standing.ticket.id, now=now)
    lines = [(line.material_name, quantity)]
    await _tell(connection, standing.ticket.id, f"material:{kind.value}", lines, actor=actor, now=now)


async def cancel_request(
    connection: AsyncConnection, number: str, request_id: UUID, *, actor: Actor, now: dt.datetime
) -> None:
    """Ask for nothing more: what is reserved is released, what was issued stays issued."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor.require(Permission.MATERIAL_REQUEST, standing.ticket.project_id)
    lines = [
        row
        for row in await repository.of_ticket(connection, ticket_id=standing.ticket.id)
        if row.request_id == request_id
    ]
    if not lines or not await repository.close(connection, id=request_id, state=MaterialRequestState.CANCELLED.value):
        raise NotFound("This request is closed already.")
    await _release(connection, standing.ticket.id, lines, actor=actor, now=now)


async def release_at_end(connection: AsyncConnection, ticket_id: UUID, *, now: dt.datetime) -> bool:
    """Give back what is reserved for a ticket that has ended, and close what it still asks for; whether there was any.

    What was issued stays issued, as does what it cost.
    """
    found = await repository.open_lines(connection, ticket_id=ticket_id)
    for request_id in dict.fromkeys(line.request_id for line in found):
        lines = [line for line in found if line.request_id == request_id]
        is_issued = any(line.issued for line in lines)
        state = MaterialRequestState.DONE if is_issued else MaterialRequestState.CANCELLED
        if await repository.close(connection, id=request_id, state=state.value):
            await _release(connection, ticket_id, lines, actor=SYSTEM, now=now)
    return bool(found)


async def _release(
    connection: AsyncConnection, ticket_id: UUID, lines: Sequence[Row[Any]], *, actor: Actor, now: dt.datetime
) -> None:
    for line in lines:
        if line.reserved:
            await repository.move(connection, kind=MaterialMove.RELEASE, id=line.id, quantity=line.reserved)
            await repository.add_movement(
                connection,
                line_id=line.id,
                kind=MaterialMove.RELEASE.value,
                quantity=line.reserved,
                cost_entry_id=None,
                account_id=actor.id if actor.kind == ActorKind.ACCOUNT else None,
                now=now,
            )
    named = [(line.material_name, line.reserved) for line in lines]
    await _tell(connection, ticket_id, "material:release", named, actor=actor, now=now)


def price_of(unit_price_fen: int, quantity: Decimal) -> int:
    """What so much costs, to the fen."""
    return int((unit_price_fen * quantity).quantize(Decimal(1), ROUND_HALF_UP))


async def _enter_cost(
    connection: AsyncConnection, ticket: Row[Any], line: Row[Any], quantity: Decimal, *, now: dt.datetime
) -> UUID | None:
    amount_fen = price_of(line.unit_price_fen, quantity)
    if amount_fen == 0:
        return None
    warranty = await warranty_of_row(connection, ticket)
    payer = warranty.payer or CostPayer.DEVELOPER
    return await costs.add(
        connection,
        ticket_id=ticket.id,
        kind=CostKind.MATERIAL.value,
        amount_fen=amount_fen,
        quantity=quantity,
        material_code=line.material_code,
        payer=payer.value,
        contractor_id=warranty.builder_id if payer == CostPayer.CONTRACTOR else None,
        note=line.material_name,
        now=now,
    )


def _check_quantity(quantity: Decimal) -> None:
    if not 0 < quantity <= _LARGEST or quantity != quantity.quantize(Decimal("0.001")):
        raise InvalidInput("Enter a quantity above zero, with at most three decimals.", fields=("quantity",))


async def _tell(
    connection: AsyncConnection,
    ticket_id: UUID,
    kind: str,
    lines: Sequence[tuple[str, Decimal]],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    payload = {"lines": [{"name": name, "quantity": f"{quantity.normalize():f}"} for name, quantity in lines]}
    await write_beside(
        connection,
        ticket_id=ticket_id,
        kind=kind,
        actor_kind=actor.kind,
        actor_id=actor.id,
        now=now,
        payload=payload,
    )

"""Costs of a ticket: entered, undone, settled and written off."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Response, status

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.costs import service as costs
from ops_db.costs.books import Books, books_of, settled_of
from ops_db.costs.service import NewCost
from ops_db.dossier.service import SEES_COSTS
from ops_db.settlement import service as settlement
from ops_db.settlement.service import Settlement
from ticket_service.api import cost_schemas as shapes
from ticket_service.api.schemas import CostOut, In
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.once import Key, answered_once
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/tickets/{number}", tags=["costs"], route_class=RetryingRoute)

Reader = Annotated[Actor, Depends(Allowed(*SEES_COSTS))]
Payer = Annotated[Actor, Depends(Allowed(Permission.COST_WRITE))]
Settler = Annotated[Actor, Depends(Allowed(Permission.COST_SETTLE))]


@router.get("/costs")
async def list_costs(number: str, actor: Reader, connection: Connection) -> shapes.CostsOut:
    """What a ticket costs, who bears it, and who should bear more by its warranty."""
    return _books_out(await books_of(connection, number, actor=actor))


@router.post("/costs", status_code=status.HTTP_201_CREATED, response_model=CostOut)
async def enter_cost(
    number: str, body: shapes.CostIn, actor: Payer, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Enter an amount spent; nothing is ever changed, a mistake is undone by its opposite."""

    async def work() -> CostOut:
        id = await costs.enter_cost(connection, number, NewCost(**body.model_dump()), actor=actor, now=now)
        return await _entry(connection, number, id, actor)

    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=201, scope=number
    )


@router.post("/costs/{cost_id}/reverse", status_code=status.HTTP_201_CREATED, response_model=CostOut)
async def reverse_cost(
    number: str, cost_id: UUID, actor: Payer, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Undo an entry by its opposite, once; gives the opposite."""

    async def work() -> CostOut:
        id = await costs.reverse_cost(connection, number, cost_id, actor=actor, now=now)
        return await _entry(connection, number, id, actor)

    return await answered_once(
        connection,
        work,
        actor=actor,
        key=key,
        request=In(),
        now=now,
        keys=keys,
        status=status.HTTP_201_CREATED,
        scope=f"{number}/{cost_id}",
    )


@router.get("/settlement")
async def read_settlement(number: str, actor: Reader, connection: Connection) -> shapes.SettlementOut:
    """How far the costs of a ticket are settled, payer by payer."""
    return _settlement_out(await settled_of(connection, number, actor=actor))


@router.post("/settlement", status_code=status.HTTP_201_CREATED, response_model=shapes.SettlementOut)
async def settle_costs(
    number: str, body: shapes.SettleIn, actor: Settler, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Settle or write off what a payer bears of a ticket; gives the settlement as it stands then."""

    async def work() -> shapes.SettlementOut:
        await settlement.settle(connection, number, **body.model_dump(), actor=actor, now=now)
        return _settlement_out(await settled_of(connection, number, actor=actor))

    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=201, scope=number
    )


async def _entry(connection: Connection, number: str, id: UUID, actor: Actor) -> CostOut:
    return CostOut.model_validate((await books_of(connection, number, actor=actor)).entry(id))


def _books_out(books: Books) -> shapes.CostsOut:
    return shapes.CostsOut(
        entries=[CostOut.model_validate(entry) for entry in books.entries],
        total_fen=books.total_fen,
        proposed_payer=books.proposed_payer,
        proposed_contractor_id=books.proposed_contractor_id,
        contractors=[shapes.ContractorOut.model_validate(row) for row in books.contractors],
    )


def _settlement_out(kept: Settlement) -> shapes.SettlementOut:
    return shapes.SettlementOut(
        shares=[
            shapes.ShareOut(
                payer=share.payer,
                contractor_id=share.contractor_id,
                contractor_name=kept.contractor_names.get(share.contractor_id) if share.contractor_id else None,
                cost_fen=share.cost_fen,
                settled_fen=share.settled_fen,
                written_off_fen=share.written_off_fen,
                open_fen=share.open_fen,
            )
            for share in kept.shares
        ],
        steps=[shapes.SettledOut.model_validate(step) for step in kept.steps],
        open_fen=kept.open_fen,
    )

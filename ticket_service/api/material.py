"""Material: what is in stock, what waits to be issued, and what is asked for on a ticket."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.errors import NotFound
from ops_db.material import service
from ops_db.material.service import WantedLine
from ticket_service.api import material_schemas as shapes
from ticket_service.api.schemas import In
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.once import Key, answered_once
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(tags=["material"], route_class=RetryingRoute)

Requester = Annotated[Actor, Depends(Allowed(Permission.MATERIAL_REQUEST))]
Issuer = Annotated[Actor, Depends(Allowed(Permission.MATERIAL_ISSUE))]
Reader = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]

OF_TICKET = "/tickets/{number}/material-requests"


@router.get("/material-stock")
async def list_stock(
    actor: Requester,
    connection: Connection,
    search: Annotated[str | None, Query(max_length=100, description="Part of a name or code of material.")] = None,
    project_code: Annotated[str | None, Query(max_length=80, description="What one project can ask for.")] = None,
) -> list[shapes.StockOut]:
    """What the warehouses of your projects have, at most sixty materials."""
    rows = await service.stock(connection, actor=actor, search=search, project_code=project_code)
    return [shapes.StockOut.model_validate(row) for row in rows]


@router.get("/material-requests")
async def list_waiting_requests(actor: Issuer, connection: Connection) -> list[shapes.WaitingRequestOut]:
    """Requests of your projects that wait to be issued, the oldest first."""
    return [_waiting_out(row) for row in await service.waiting(connection, actor=actor)]


@router.get(OF_TICKET)
async def list_requests(number: str, actor: Reader, connection: Connection) -> list[shapes.RequestOut]:
    """What was asked for on a ticket, and what became of it."""
    return _requests_out(await service.requests_of(connection, number, actor=actor))


@router.post(OF_TICKET, status_code=status.HTTP_201_CREATED, response_model=shapes.RequestOut)
async def request_material(
    number: str, body: shapes.RequestIn, actor: Requester, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Ask the warehouse for material; whatever is in stock is reserved at once."""

    async def work() -> shapes.RequestOut:
        lines = [WantedLine(line.stock_id, line.quantity) for line in body.lines]
        id = await service.request_material(connection, number, lines, note=body.note, actor=actor, now=now)
        return await _request(connection, number, id, actor)

    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=201, scope=number
    )


@router.post(OF_TICKET + "/{request_id}/cancel", response_model=shapes.RequestOut)
async def cancel_request(
    number: str, request_id: UUID, actor: Requester, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Ask for nothing more of a request: what is reserved is released, what was issued stays issued."""

    async def work() -> shapes.RequestOut:
        await service.cancel_request(connection, number, request_id, actor=actor, now=now)
        return await _request(connection, number, request_id, actor)

    scope = f"{number}/{request_id}"
    return await answered_once(connection, work, actor=actor, key=key, request=In(), now=now, keys=keys, scope=scope)


@router.post(OF_TICKET + "/{request_id}/lines/{line_id}/move", response_model=shapes.RequestOut)
async def move_material(
    number: str,
    request_id: UUID,
    line_id: UUID,
    body: shapes.MaterialMoveIn,
    actor: Issuer,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Reserve, release, issue or take back a material that was asked for; gives the request as it stands then."""

    async def work() -> shapes.RequestOut:
        asked = await _request(connection, number, request_id, actor)
        if line_id not in {line.id for line in asked.lines}:
            raise NotFound("This ticket asked for no such material.")
        await service.move_material(connection, number, line_id, body.kind, body.quantity, actor=actor, now=now)
        return await _request(connection, number, request_id, actor)

    scope = f"{number}/{line_id}"
    return await answered_once(connection, work, actor=actor, key=key, request=body, now=now, keys=keys, scope=scope)


async def _request(connection: AsyncConnection, number: str, id: UUID, actor: Actor) -> shapes.RequestOut:
    found = _requests_out(await service.requests_of(connection, number, actor=actor))
    asked = next((one for one in found if one.id == id), None)
    if asked is None:
        raise NotFound("This ticket asked for no such material.")
    return asked


def _requests_out(rows: Iterable[Any]) -> list[shapes.RequestOut]:
    found: dict[UUID, shapes.RequestOut] = {}
    for row in rows:
        asked = found.setdefault(
            row.request_id,
            shapes.RequestOut(
                id=row.request_id,
                state=row.state,
                note=row.note,
                requested_by=row.requested_by,
                requested_at=row.requested_at,
                lines=[],
            ),
        )
        names = shapes.LineOut.model_fields
        asked.lines.append(shapes.LineOut(**{name: getattr(row, name) for name in names}))
    return list(found.values())


def _waiting_out(row: Any) -> shapes.WaitingRequestOut:
    return shapes.WaitingRequestOut(
        id=row.request_id,
        number=row.number,
        title=row.title,
        project_name=row.project_name,
        note=row.note,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        lines=[shapes.WaitingLineOut.model_validate(line) for line in row.lines],
    )

"""Messages by which other systems open and comment tickets."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response, status
from pydantic import Field

from ops_db.webhooks import receiving
from ticket_service.api.schemas import Out
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.policies import Public
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/hooks", tags=["hooks"], route_class=RetryingRoute)


class ReceivedOut(Out):
    """What became of a message; `is_repeated` for one that had come before."""

    number: str
    is_repeated: bool = Field(examples=[False])


@router.post(
    "/{source_key}",
    status_code=status.HTTP_201_CREATED,
    dependencies=[Depends(Public("Whoever sends signs with the key of the address."))],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/HookMessage"},
                    "example": {
                        "type": "ticket.open",
                        "data": {"unit_code": "HZ01-03-1802", "description": "水表夜间持续走水", "severity": "urgent"},
                    },
                }
            },
        }
    },
)
async def receive(
    source_key: Annotated[str, Path(max_length=60)],
    request: Request,
    response: Response,
    connection: Connection,
    now: Now,
    keys: Keys,
) -> ReceivedOut:
    """Open or comment a ticket by a signed message. Sign as Standard Webhooks says: webhook-id, webhook-timestamp and
    webhook-signature over id, time and body. The same id again changes nothing more and is answered with 200.
    """
    received = await receiving.receive(
        connection, source_key, await request.body(), request.headers, now=now, personal_data=keys
    )
    if received.is_repeated:
        response.status_code = status.HTTP_200_OK
    return ReceivedOut(number=received.number, is_repeated=received.is_repeated)

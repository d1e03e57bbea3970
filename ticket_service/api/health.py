"""Whether the service lives, and whether it can work."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from sqlalchemy import select

from ticket_service.api.schemas import Out
from ticket_service.dependencies import Connection
from ticket_service.policies import Open

router = APIRouter(tags=["health"], dependencies=[Depends(Open("Says nothing but yes or no."))])


class Health(Out):
    """How the service is."""

    status: str


@router.get("/health/live")
async def live() -> Health:
    """The process answers."""
    return Health(status="live")


@router.get("/health/ready")
async def ready(connection: Connection) -> Health:
    """The database answers too; otherwise 503."""
    await connection.execute(select(1))
    return Health(status="ready")

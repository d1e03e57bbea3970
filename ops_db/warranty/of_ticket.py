"""The warranty of one ticket: both clocks on the day it was reported."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.tickets.standing import standing_of
from ops_db.warranty.service import Warranty, warranty_of


async def warranty_for(connection: AsyncConnection, number: str, *, actor: Actor) -> Warranty:
    """Both clocks of a ticket the actor may read; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    return await warranty_of_row(connection, standing.ticket)


async def warranty_of_row(connection: AsyncConnection, ticket: Row[Any]) -> Warranty:
    """Both clocks of a ticket by its row, of a standing or of a dossier; the caller has checked who may see them."""
    return await warranty_of(
        connection,
        project_id=ticket.project_id,
        building_id=ticket.building_id,
        unit_id=ticket.unit_id,
        category_code=ticket.category_code,
        component_code=ticket.component_code,
        reported_at=ticket.reported_at,
        ticket_id=ticket.id,
    )

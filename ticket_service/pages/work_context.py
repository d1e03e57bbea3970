"""What a ticket's page and a job's page show alike: warranty, material and settlement."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor
from ops_db.dossier.service import SEES_COSTS
from ticket_service.pages.material_page import money_context
from ticket_service.pages.reader import Reader
from ticket_service.pages.warranty_views import warranty_context


async def work_context(connection: AsyncConnection, ticket: Any, *, actor: Actor, reader: Reader) -> dict[str, Any]:
    """The values their templates need."""
    sees_costs = any(actor.may(permission, ticket.project_id) for permission in SEES_COSTS)
    return await warranty_context(connection, ticket, reader) | await money_context(
        connection, ticket, actor=actor, reader=reader, sees_costs=sees_costs
    )

"""What the signed-in person was told, the newest first, and what of it is unread."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.notices import service as notices
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.reader import CurrentReader, go, is_technician_only
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/notices")

Recipient = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]


@router.get("")
async def show_notices(
    reader: CurrentReader,
    actor: Recipient,
    connection: Connection,
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> Response:
    """One page of notices."""
    page = await notices.list_notices(connection, actor=actor, cursor=after or None)
    return reader.page(
        "notices.html",
        notices=page.rows,
        away=actor.stands_in_for,
        next_href=f"/notices?after={page.next_cursor}" if page.next_cursor else "",
        is_chinese=reader.language == "zh-CN",
        tickets_at="/work" if is_technician_only(actor) else "/desk/tickets",
    )


@router.post("/read")
async def mark_read(
    actor: Recipient, connection: Connection, now: Now, notice: Annotated[UUID | None, Form()] = None
) -> Response:
    """One notice is read, or every one."""
    await notices.mark_read(connection, actor=actor, id=notice, now=now)
    return go("/notices", toast="read")

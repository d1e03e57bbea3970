"""What waits for the one who asks: approvals to decide, and notices to read."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.approvals import service as approvals
from ops_db.approvals.service import Waiting
from ops_db.notices import service as notices
from ticket_service.api import waiting_schemas as schemas
from ticket_service.dependencies import Connection, Now
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(tags=["waiting"], route_class=RetryingRoute)

Signer = Annotated[Actor, Depends(Allowed(Permission.TICKET_ACT))]
Recipient = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]


@router.get("/approvals")
async def list_approvals(
    actor: Signer, connection: Connection, limit: Annotated[int, Query(ge=1, le=approvals.LARGEST_LIST)] = 50
) -> list[schemas.WaitingApprovalOut]:
    """Approvals that wait for you by role or person, the longest first; decide one as an action of its ticket."""
    return [_approval_out(one) for one in await approvals.waiting(connection, actor=actor, most=limit)]


@router.get("/notices")
async def list_notices(
    actor: Recipient,
    connection: Connection,
    is_unread_only: bool = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=notices.LARGEST_PAGE)] = 50,
) -> schemas.NoticePage:
    """What you were told, by account or role, the newest first."""
    page = await notices.list_notices(
        connection, actor=actor, is_unread_only=is_unread_only, cursor=cursor, limit=limit
    )
    return schemas.NoticePage(
        items=[schemas.NoticeOut.model_validate(row) for row in page.rows], next_cursor=page.next_cursor
    )


@router.post("/notices/read")
async def mark_all_notices_read(actor: Recipient, connection: Connection, now: Now) -> schemas.MarkedOut:
    """Every notice of yours is read; those to a role stay unread for the others who hold it."""
    return schemas.MarkedOut(marked_count=await notices.mark_read(connection, actor=actor, id=None, now=now))


@router.post("/notices/{notice_id}/read")
async def mark_notice_read(notice_id: UUID, actor: Recipient, connection: Connection, now: Now) -> schemas.MarkedOut:
    """One notice is read."""
    return schemas.MarkedOut(marked_count=await notices.mark_read(connection, actor=actor, id=notice_id, now=now))


def _approval_out(one: Waiting) -> schemas.WaitingApprovalOut:
    row = one.row
    return schemas.WaitingApprovalOut(
        number=row.number,
        title=row.title,
        version=row.version,
        task_id=row.task_id,
        node_key=row.node_key,
        node_title_zh=one.node.title.zh,
        node_title_en=one.node.title.en,
        role=row.role_code,
        is_in_person=row.staff_id is not None,
        asked_at=row.asked_at,
        due_at=row.due_at,
        project_name=row.project_name,
        unit_code=row.unit_code,
        severity=row.severity,
        is_paused=row.pause_reason is not None,
        estimated_cost_fen=one.estimated_cost_fen,
        cost_fen=row.cost_fen,
        signer_count=row.signer_count,
        approved_count=row.approved_count,
    )

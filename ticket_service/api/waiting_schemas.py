"""What goes out of the API about what waits for the one who asks: approvals and notices."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from core.vocabulary import Severity
from ticket_service.api.schemas import Out


class WaitingApprovalOut(Out):
    """An approval that waits for you."""

    number: str
    title: str
    version: int
    task_id: UUID
    node_key: str
    node_title_zh: str
    node_title_en: str
    role: str | None
    is_in_person: bool
    asked_at: dt.datetime
    due_at: dt.datetime | None
    project_name: str
    unit_code: str | None
    severity: Severity
    is_paused: bool
    estimated_cost_fen: int | None
    cost_fen: int
    signer_count: int
    approved_count: int


class NoticeOut(Out):
    """Something you were told; `role_code` names the role it was told to, null for yourself.

    It tells of a ticket, or else `link` is the page it leads to.
    """

    id: UUID
    number: str | None
    title: str | None
    link: str | None
    title_zh: str
    title_en: str
    body_zh: str
    body_en: str
    role_code: str | None
    created_at: dt.datetime
    read_at: dt.datetime | None


class NoticePage(Out):
    """Notices, and the cursor of the next page."""

    items: list[NoticeOut]
    next_cursor: str | None


class MarkedOut(Out):
    """How many were unread before."""

    marked_count: int

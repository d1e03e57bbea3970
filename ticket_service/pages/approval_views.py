"""Approvals of a ticket as its page shows them: who is asked, who has answered, and how long it has waited."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from core.language import Language
from core.process_vocabulary import SignerState
from ops_db.approvals import service as approvals
from ops_db.dossier.service import Dossier
from ops_db.process.definition import ApprovalNode
from ticket_service.pages.action_forms import Options
from ticket_service.pages.ticket_views import role_name

_TONES: Final = {
    SignerState.PENDING: "warn",
    SignerState.APPROVED: "good",
    SignerState.DECLINED: "bad",
}


@dataclass(frozen=True, slots=True)
class SignerView:
    """One who is asked: a role or a person, where they stand, and since when."""

    name: str
    state: str
    tone: str
    since: dt.datetime | None
    decided_at: dt.datetime | None
    decided_by: str
    added_by: str
    reason: str

    @property
    def is_waited_for(self) -> bool:
        """Whether the approval waits for this one now."""
        return self.tone == "warn"


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One approval: `needed_count` of its signers have to agree."""

    title: str
    is_open: bool
    opened_at: dt.datetime
    ended_at: dt.datetime | None
    approved_count: int
    needed_count: int
    signers: tuple[SignerView, ...]


def approval_views(dossier: Dossier, language: Language) -> list[ApprovalView]:
    """The approvals of a ticket, the latest first."""
    views = []
    for _, group in groupby(dossier.signers, key=lambda signer: signer.task_id):
        signers = list(group)
        first = signers[0]
        is_open = first.task_state == "open"
        counted = [one for one in signers if one.state != SignerState.DELEGATED]
        views.append(
            ApprovalView(
                title=dossier.node_title(first.node_key, language),
                is_open=is_open,
                opened_at=first.opened_at,
                ended_at=first.ended_at,
                approved_count=sum(one.state == SignerState.APPROVED for one in counted),
                needed_count=_needed(dossier.definition.by_key.get(first.node_key), len(counted)),
                signers=tuple(_signer(one, language, is_open=is_open) for one in signers),
            )
        )
    return views[::-1]


async def choices_of(connection: AsyncConnection, dossier: Dossier, language: Language) -> dict[str, Options]:
    """Colleagues and roles for the forms that ask for one; nothing is read where none does."""
    kinds = {field.kind for action in dossier.actions for field in action.form.fields}
    if kinds.isdisjoint({"staff", "role"}):
        return {}
    staff, roles = await approvals.whom_to_ask(connection, project_id=dossier.ticket.project_id)
    return {
        "staff": tuple((str(one.id), one.name) for one in staff),
        "role": tuple((one.code, one.name_zh if language == "zh-CN" else one.name_en) for one in roles),
    }


def _needed(node: Any, signer_count: int) -> int:
    if not isinstance(node, ApprovalNode) or node.mode == "all":
        return signer_count
    return 1 if node.mode == "any" else min(node.needed or signer_count, signer_count)


def _signer(row: Any, language: Language, *, is_open: bool) -> SignerView:
    state = SignerState(row.state)
    is_over = not is_open and state in (SignerState.WAITING, SignerState.PENDING)
    return SignerView(
        name=row.staff_name or role_name(row, language),
        state="" if is_over else state.label(language),
        tone="" if is_over else _TONES.get(state, ""),
        since=row.asked_at if state == SignerState.PENDING and is_open else None,
        decided_at=row.decided_at,
        decided_by=row.decided_by_name or "",
        added_by=row.added_by_name or "",
        reason=row.reason or "",
    )

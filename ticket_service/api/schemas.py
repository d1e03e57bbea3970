"""What goes into and out of the API about tickets. Nothing undeclared is taken, nothing undeclared is given."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from core.vocabulary import CallDirection, Channel, OwnerStatus, Severity, TicketState

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Body = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=30)]
Score = Annotated[int, Field(ge=1, le=5)]


class In(BaseModel):
    """A request: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class Out(BaseModel):
    """An answer."""

    model_config = ConfigDict(from_attributes=True, extra="forbid")


class ReporterIn(In):
    """Who reports: a number, and a name if it was given."""

    phone: Phone = Field(examples=["13800001234"])
    name: Line | None = Field(default=None, examples=["王芳"])


class PlaceAndDefectIn(In):
    """Where it is and what is wrong."""

    unit_code: Code | None = Field(default=None, examples=["HZ01-03-1802"])
    project_code: Code | None = None
    building_code: Code | None = None
    space_code: Code | None = None
    category_code: Code | None = None
    component_code: Code | None = None
    defect_code: Code | None = Field(default=None, examples=["bath_waterproofing_leak"])
    title: Line | None = None
    description: Body = Field(examples=["主卧卫生间门口墙面渗水，楼下已有水渍"])


class TicketIn(PlaceAndDefectIn):
    """A new ticket: the place is a home, or a project and perhaps a building for a shared part."""

    channel: Channel = Channel.PHONE
    severity: Severity | None = None
    reporter_id: UUID | None = None
    reporter: ReporterIn | None = None
    reported_at: AwareDatetime | None = None


class OpenedOut(Out):
    """A new ticket; `tracking_url` is the owner's page and is shown this once."""

    id: UUID
    number: str = Field(examples=["T00000042"])
    version: int
    state: TicketState
    node_key: str | None
    owner_status: OwnerStatus
    tracking_url: str


class TrackingLinkOut(Out):
    """A new link for the owner, shown this once."""

    tracking_url: str


class ActionIn(In):
    """One action. `version` is the one you looked at; If-Match may say it instead."""

    action: Code = Field(examples=["complete"])
    choice: Code | None = Field(default=None, examples=["accept"])
    task_id: UUID | None = None
    version: int | None = Field(default=None, ge=1)
    data: dict[str, Any] = Field(default_factory=dict, examples=[{"note": "已联系业主"}])
    answers: dict[str, Any] | None = Field(
        default=None,
        max_length=200,
        description="The answers to the form the action asks for (see its `form`), by key of the field, for example "
        '{"damage": "leak", "area": 2.5}. Left out where it asks for none.',
    )


class ActedOut(Out):
    """What became of the ticket."""

    id: UUID
    number: str
    version: int
    state: TicketState
    node_key: str | None
    owner_status: OwnerStatus


class TicketRow(Out):
    """A ticket in a list."""

    id: UUID
    number: str
    title: str
    severity: Severity
    channel: Channel
    state: TicketState
    node_key: str | None
    owner_status: OwnerStatus
    pause_reason: str | None
    version: int
    reported_at: dt.datetime
    resolve_due_at: dt.datetime | None
    closed_at: dt.datetime | None
    category_code: str | None
    component_code: str | None
    defect_code: str | None
    project_code: str
    project_name: str
    building_code: str | None
    unit_code: str | None
    room_number: str | None
    assignee_name: str | None
    crew_name: str | None


class TicketPage(Out):
    """One page of a list; `next_cursor` null on the last."""

    items: list[TicketRow]
    next_cursor: str | None


class NodeCounts(Out):
    """Open tickets at one node."""

    open: int
    overdue: int
    paused: int


class ContactOut(Out):
    """Somebody, masked."""

    id: UUID
    name: str | None = Field(examples=["王**"])
    phone: str | None = Field(examples=["138****1234"])


class FieldOut(Out):
    """A piece of data an action asks for."""

    key: str
    kind: str
    title_zh: str
    title_en: str
    is_required: bool
    options: list[dict[str, str]]
    minimum: int | None
    maximum: int | None


class EvidenceOut(Out):
    """What must be on the ticket before an action, by the fact that counts it, and how much is there."""

    fact: str
    count: int
    minimum: int


class ActionOut(Out):
    """Something the actor may do now."""

    action: str
    choice: str | None
    task_id: UUID | None
    node_key: str | None
    title_zh: str
    title_en: str
    fields: list[FieldOut]
    at_least_one: list[str]
    all_or_none: list[str]
    evidence: list[EvidenceOut]
    form: str | None = Field(description="The form to be answered with it: /api/v1/forms/{form}/schema.")


class EventOut(Out):
    """One change."""

    version: int
    kind: str
    node_key: str | None
    actor_kind: str
    actor_name: str | None
    staff_name: str | None
    occurred_at: dt.datetime
    payload: dict[str, Any]


class TaskOut(Out):
    """One step."""

    id: UUID
    node_key: str
    kind: str
    role: str
    state: str
    outcome: str | None
    assignee_name: str | None
    crew_name: str | None
    opened_at: dt.datetime
    due_at: dt.datetime | None
    ended_at: dt.datetime | None


class SignerOut(Out):
    """One who is or was asked to sign an approval."""

    id: UUID
    task_id: UUID
    node_key: str
    position: int
    role: str | None
    staff_name: str | None
    state: str
    asked_at: dt.datetime | None
    decided_at: dt.datetime | None
    decided_by_name: str | None
    added_by_name: str | None
    reason: str | None


class VisitOut(Out):
    """One trip."""

    id: UUID
    purpose: str
    promised_from: dt.datetime | None
    promised_to: dt.datetime | None
    departed_at: dt.datetime | None
    arrived_at: dt.datetime | None
    left_at: dt.datetime | None
    outcome: str | None
    technician_name: str | None
    technician_phone: str | None
    is_promise_kept: bool | None = Field(default=None, description="Null where nothing was promised or it is not over.")


class MessageOut(Out):
    """One message; `author_name` null for the owner."""

    id: UUID
    author_kind: str
    author_name: str | None
    body: str
    is_internal: bool
    sent_at: dt.datetime


class AttachmentOut(Out):
    """One photo."""

    id: UUID
    message_id: UUID | None
    purpose: str
    media_type: str
    byte_count: int
    width: int | None
    height: int | None
    uploader_kind: str
    uploaded_at: dt.datetime


class CallRecordOut(Out):
    """A telephone conversation about the ticket; of the number nothing is shown."""

    id: UUID
    direction: CallDirection
    started_at: dt.datetime
    ended_at: dt.datetime | None
    note: str
    agent_name: str | None


class ToldOut(Out):
    """Whom the ticket told what: a role, or somebody by name; of the owner only that they were told."""

    recipient_kind: str
    role_code: str | None
    display_name: str | None
    title_zh: str
    title_en: str
    created_at: dt.datetime


class RatingOut(Out):
    """A request for an opinion, and the opinion once given."""

    requested_at: dt.datetime
    rated_at: dt.datetime | None
    process_score: int | None
    timeliness_score: int | None
    attitude_score: int | None
    comment: str | None


class CostOut(Out):
    """An amount spent, in fen; one that undoes another names it in `reverses_id`."""

    id: UUID
    kind: str
    amount_fen: int
    quantity: float | None
    material_code: str | None
    payer: str
    contractor_id: UUID | None
    contractor_name: str | None
    note: str
    incurred_at: dt.datetime
    reverses_id: UUID | None
    is_reversed: bool


class EarlierOut(Out):
    """Another ticket of the same home."""

    number: str
    title: str
    state: str
    severity: str
    component_code: str | None
    reported_at: dt.datetime
    closed_at: dt.datetime | None


class TicketOut(Out):
    """A ticket with everything around it."""

    id: UUID
    number: str
    version: int
    title: str
    description: str
    severity: Severity
    channel: Channel
    state: TicketState
    node_key: str | None
    node_title_zh: str
    node_title_en: str
    owner_status: OwnerStatus
    pause_reason: str | None
    reported_at: dt.datetime
    resolve_due_at: dt.datetime | None
    closed_at: dt.datetime | None
    closed_at_precision: str
    source_system: str | None
    source_key: str | None
    project_code: str
    project_name: str
    building_code: str | None
    building_name: str | None
    unit_code: str | None
    room_number: str | None
    unit_type_code: str | None
    handover_date: dt.date | None
    space_code: str | None
    space_name: str | None
    category_code: str | None
    category_name_zh: str | None
    category_name_en: str | None
    component_code: str | None
    component_name_zh: str | None
    component_name_en: str | None
    defect_code: str | None
    defect_name_zh: str | None
    defect_name_en: str | None
    reporter: ContactOut | None
    actions: list[ActionOut]
    events: list[EventOut]
    tasks: list[TaskOut]
    signers: list[SignerOut]
    visits: list[VisitOut]
    messages: list[MessageOut]
    attachments: list[AttachmentOut]
    calls: list[CallRecordOut] = Field(description="For those who dispatch.")
    notices: list[ToldOut]
    ratings: list[RatingOut]
    costs: list[CostOut]
    earlier: list[EarlierOut]

"""Tickets and everything that happens to them.

`ticket_event` is append-only and is the truth of what happened: one row for every change of a ticket, numbered by
the version the change produced. Whatever can be derived from it (response time, pauses, reopenings) is derived in
the marts and not stored a second time; the columns of `ticket` are what a queue needs to be quick.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Numeric,
    Sequence,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.process_vocabulary import TaskKind
from core.vocabulary import (
    ActorKind,
    AttachmentPurpose,
    CallDirection,
    Channel,
    CostKind,
    CostPayer,
    OwnerStatus,
    PauseReason,
    Severity,
    TaskState,
    TicketState,
    TimePrecision,
    VisitOutcome,
    VisitPurpose,
)
from ops_db.models.base import (
    SCHEMA,
    Base,
    Extracted,
    document,
    identity_key,
    now_instant,
    one_of,
    uuid_key,
)

TICKET_NUMBERS = Sequence("ticket_number", schema=SCHEMA, metadata=Base.metadata)


class Ticket(Extracted, Base):
    """One request of one home or one shared part of a building."""

    __tablename__ = "ticket"
    __table_args__ = (
        one_of("state", TicketState),
        one_of("owner_status", OwnerStatus),
        one_of("severity", Severity),
        one_of("channel", Channel),
        one_of("pause_reason", PauseReason),
        one_of("closed_at_precision", TimePrecision),
        ForeignKeyConstraint(["project_id", "building_id"], ["building.project_id", "building.id"]),
        ForeignKeyConstraint(["building_id", "unit_id"], ["unit.building_id", "unit.id"]),
        ForeignKeyConstraint(["category_code", "component_code"], ["component.category_code", "component.code"]),
        ForeignKeyConstraint(["component_code", "defect_code"], ["defect.component_code", "defect.code"]),
        CheckConstraint("unit_id is null or building_id is not null", name="a_home_is_in_a_building"),
        CheckConstraint("(state = 'open') = (closed_at is null) or source_system is not null", name="ended_says_when"),
        CheckConstraint(
            "closed_at is null or closed_at >= reported_at or closed_at_precision = 'day'", name="ends_after_it_begins"
        ),
        CheckConstraint("(source_system is null) = (source_key is null)", name="imported_ones_say_from_where"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
        UniqueConstraint("source_system", "source_key"),
        Index("ix_ticket_queue", "project_id", "state", text("reported_at desc"), text("id desc")),
        Index("ix_ticket_reported", text("reported_at desc"), text("id desc")),
        Index("ix_ticket_unit", "unit_id", text("reported_at desc")),
        Index("ix_ticket_reporter", "reporter_id"),
    )

    id: Mapped[uuid_key]
    number: Mapped[str] = mapped_column(
        unique=True,
        server_default=text("'T' || lpad(nextval('ops.ticket_number')::text, 8, '0')"),
        comment="For people; grants nothing.",
    )
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    building_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    unit_id: Mapped[uuid.UUID | None] = mapped_column(comment="Null = a shared part of the building or the grounds.")
    space_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("space.id"))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("defect_category.code"))
    component_code: Mapped[str | None]
    defect_code: Mapped[str | None]
    severity: Mapped[str] = mapped_column(server_default="normal")
    channel: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    reporter_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    process_definition_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("process_definition.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    node_key: Mapped[str | None] = mapped_column(
        comment="Where its process stands, for the queue; tasks say it exactly."
    )
    owner_status: Mapped[str]
    pause_reason: Mapped[str | None] = mapped_column(comment="Null = the clock runs.")
    version: Mapped[int] = mapped_column(Integer, server_default=text("1"))
    reported_at: Mapped[dt.datetime]
    resolve_due_at: Mapped[dt.datetime | None]
    closed_at: Mapped[dt.datetime | None]
    closed_at_precision: Mapped[str] = mapped_column(server_default="second")
    tracking_token_hash: Mapped[bytes | None] = mapped_column(
        LargeBinary, unique=True, comment="SHA-256 of the owner's link token; the token itself is kept nowhere."
    )
    source_system: Mapped[str | None] = mapped_column(comment="Name of the older system this came from.")
    source_key: Mapped[str | None]
    created_at: Mapped[now_instant]
    process_data: Mapped[document] = mapped_column(comment="What its steps were given so far, for conditions to see.")


class TicketEvent(Extracted, Base):
    """One change of one ticket; rows are only ever added."""

    __tablename__ = "ticket_event"
    __table_args__ = (
        one_of("actor_kind", ActorKind),
        UniqueConstraint("ticket_id", "version"),
        CheckConstraint("kind ~ '^[a-z_]+:[a-z_]+$'", name="kind_is_noun_verb"),
    )

    id: Mapped[identity_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    version: Mapped[int] = mapped_column(Integer, comment="The ticket's version that this event produced.")
    kind: Mapped[str] = mapped_column(comment="noun:verb, ticket:create or task:complete for example.")
    node_key: Mapped[str | None]
    task_id: Mapped[uuid.UUID | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[uuid.UUID | None] = mapped_column(comment="Account, person or token, as the kind says.")
    staff_id: Mapped[uuid.UUID | None] = mapped_column(
        comment="Member of staff the event is about (assigned, on the way)."
    )
    occurred_at: Mapped[dt.datetime]
    payload: Mapped[document]
    payload_salt: Mapped[uuid.UUID] = mapped_column(
        server_default=FetchedValue(), comment="Keeps the hash of a short payload from being guessed."
    )
    payload_hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())
    chain_hash: Mapped[bytes] = mapped_column(
        LargeBinary, server_default=FetchedValue(), comment="Over the ticket's event before and this one; by trigger."
    )


class Task(Extracted, Base):
    """One open or finished step of a ticket's process, or a token of it that waits at a join or for the clock."""

    __tablename__ = "task"
    __table_args__ = (
        one_of("state", TaskState),
        one_of("kind", TaskKind),
        CheckConstraint("role ~ '^[a-z][a-z0-9_]*$'", name="role_is_a_code"),
        CheckConstraint("(state = 'open') = (ended_at is null)", name="ended_says_when"),
        Index("ix_task_open_role", "role", "opened_at", postgresql_where=text("state = 'open'")),
        Index("ix_task_open_assignee", "assignee_id", "opened_at", postgresql_where=text("state = 'open'")),
        Index("ix_task_open_crew", "crew_id", "opened_at", postgresql_where=text("state = 'open'")),
        Index("ix_task_ticket", "ticket_id"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    node_key: Mapped[str]
    role: Mapped[str]
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crew.id"))
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    outcome: Mapped[str | None]
    opened_at: Mapped[dt.datetime]
    due_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    kind: Mapped[str] = mapped_column(server_default="task")
    fork: Mapped[str] = mapped_column(server_default="", comment="Path of the splits it came through; empty = none.")


class Visit(Extracted, Base):
    """One trip of one technician to the place of a ticket."""

    __tablename__ = "visit"
    __table_args__ = (
        one_of("purpose", VisitPurpose),
        one_of("outcome", VisitOutcome),
        CheckConstraint("promised_from is null or promised_to > promised_from", name="promised_window_has_length"),
        CheckConstraint(
            "arrived_at is null or departed_at is null or arrived_at >= departed_at", name="arrives_after_it_departs"
        ),
        CheckConstraint(
            "left_at is null or arrived_at is not null and left_at >= arrived_at", name="leaves_after_it_arrives"
        ),
        Index("ix_visit_ticket", "ticket_id"),
        Index("ix_visit_technician", "technician_id"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    task_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("task.id"))
    technician_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    purpose: Mapped[str]
    promised_from: Mapped[dt.datetime | None]
    promised_to: Mapped[dt.datetime | None]
    departed_at: Mapped[dt.datetime | None]
    arrived_at: Mapped[dt.datetime | None]
    left_at: Mapped[dt.datetime | None]
    outcome: Mapped[str | None]


class CostEntry(Extracted, Base):
    """One amount spent on a ticket; a correction is a second, negative entry."""

    __tablename__ = "cost_entry"
    __table_args__ = (
        one_of("kind", CostKind),
        one_of("payer", CostPayer),
        CheckConstraint("payer <> 'contractor' or contractor_id is not null", name="contractor_is_named"),
        CheckConstraint("amount_fen <> 0", name="amount_is_not_zero"),
        Index("ix_cost_entry_ticket", "ticket_id"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    kind: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    quantity: Mapped[float | None] = mapped_column(Numeric(12, 3))
    material_code: Mapped[str | None]
    material_batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("material_batch.id"))
    payer: Mapped[str] = mapped_column(server_default="developer")
    contractor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contractor.id"))
    note: Mapped[str] = mapped_column(server_default="")
    incurred_at: Mapped[dt.datetime]
    reverses_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("cost_entry.id"), unique=True, comment="The entry this one undoes; null = it undoes none."
    )


class Message(Extracted, Base):
    """What owner, desk and technician write to one another."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("author_kind", ActorKind),
        CheckConstraint("length(body) <= 4000", name="body_has_a_limit"),
        Index("ix_message_ticket", "ticket_id", "sent_at"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    author_kind: Mapped[str]
    author_id: Mapped[uuid.UUID | None]
    body: Mapped[str]
    is_internal: Mapped[bool] = mapped_column(server_default=text("false"), comment="Hidden from the owner.")
    sent_at: Mapped[dt.datetime]


class Attachment(Extracted, Base):
    """A file of a ticket; its bytes are stored under the hash of what they are."""

    __tablename__ = "attachment"
    __table_args__ = (
        one_of("purpose", AttachmentPurpose),
        one_of("uploader_kind", ActorKind),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_a_hash"),
        CheckConstraint("byte_count > 0", name="file_is_not_empty"),
        UniqueConstraint("ticket_id", "sha256"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    message_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("message.id"))
    purpose: Mapped[str]
    sha256: Mapped[str]
    media_type: Mapped[str]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    uploader_kind: Mapped[str]
    uploader_id: Mapped[uuid.UUID | None]
    uploaded_at: Mapped[dt.datetime]


class Rating(Extracted, Base):
    """A request for the owner's opinion, and the opinion once it came."""

    __tablename__ = "rating"
    __table_args__ = (
        CheckConstraint(
            "num_nonnulls(rated_at, process_score, timeliness_score, attitude_score) in (0, 4)",
            name="all_scores_or_none",
        ),
        CheckConstraint("process_score between 1 and 5", name="process_score_is_1_to_5"),
        CheckConstraint("timeliness_score between 1 and 5", name="timeliness_score_is_1_to_5"),
        CheckConstraint("attitude_score between 1 and 5", name="attitude_score_is_1_to_5"),
        Index("ix_rating_ticket", "ticket_id"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    technician_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    requested_at: Mapped[dt.datetime]
    rated_at: Mapped[dt.datetime | None]
    process_score: Mapped[int | None] = mapped_column(SmallInteger)
    timeliness_score: Mapped[int | None] = mapped_column(SmallInteger)
    attitude_score: Mapped[int | None] = mapped_column(SmallInteger)
    comment: Mapped[str | None]


class Call(Extracted, Base):
    """A telephone conversation the desk logged; the exchange's own log is a feed of its own."""

    __tablename__ = "call"
    __table_args__ = (
        one_of("direction", CallDirection),
        CheckConstraint("ended_at is null or ended_at >= started_at", name="ends_after_it_begins"),
        Index("ix_call_ticket", "ticket_id"),
    )

    id: Mapped[uuid_key]
    direction: Mapped[str]
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit.id"))
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ticket.id"))
    agent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    exchange_key: Mapped[str | None] = mapped_column(unique=True, comment="The exchange's id of the same call.")
    caller_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True, comment="Blind index of the number.")
    started_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    is_resolved: Mapped[bool | None] = mapped_column(comment="Answered without a visit; null = not known yet.")
    note: Mapped[str] = mapped_column(server_default="")

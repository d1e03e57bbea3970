"""Versioned process definitions, the rows by which a process waits, and which process a ticket takes.

A published definition never changes (a trigger holds it). Tokens are rows of `task`; here are the signatures they ask
for, the timers that watch them and the notices they send.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.process_vocabulary import RecipientKind, SignerState, TimerAction, TimerState
from core.vocabulary import DefinitionState, Severity, Trade
from ops_db.models.base import Base, Extracted, now_instant, one_of, uuid_key


class ProcessDefinition(Extracted, Base):
    """One version of one process, as data for the interpreter."""

    __tablename__ = "process_definition"
    __table_args__ = (
        one_of("state", DefinitionState),
        UniqueConstraint("key", "version"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
        CheckConstraint("state = 'draft' or published_at is not null", name="published_ones_say_when"),
    )

    id: Mapped[uuid_key]
    key: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(server_default="draft")
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    source: Mapped[dict[str, Any] | None] = mapped_column(
        JSONB(none_as_null=True), comment="As it was drawn, before its subprocesses were put in; null = as it runs."
    )
    published_at: Mapped[dt.datetime | None]
    created_at: Mapped[now_instant]


class ProcessDraftSave(Base):
    """Who drew at a draft last, and when; for whoever meets a draft that is not what they looked at."""

    __tablename__ = "process_draft_save"

    definition_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("process_definition.id", ondelete="CASCADE"), primary_key=True
    )
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    saved_at: Mapped[dt.datetime]


class ProcessRule(Base):
    """Which process a new ticket takes: the first rule, by position, of which everything named is true."""

    __tablename__ = "process_rule"
    __table_args__ = (
        one_of("trade", Trade),
        one_of("severity", Severity),
        UniqueConstraint("position", deferrable=True, initially="DEFERRED"),
    )

    id: Mapped[uuid_key]
    position: Mapped[int] = mapped_column(Integer)
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area.id"))
    trade: Mapped[str | None]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("defect_category.code"))
    is_public_area: Mapped[bool | None]
    severity: Mapped[str | None]
    process_key: Mapped[str]


class Approval(Extracted, Base):
    """One signature an approval asks for: of whoever holds a role, or of one person."""

    __tablename__ = "approval"
    __table_args__ = (
        one_of("state", SignerState),
        CheckConstraint("num_nonnulls(role_code, staff_id) = 1", name="asks_one_role_or_person"),
        CheckConstraint("role_code ~ '^[a-z][a-z0-9_]*$'", name="role_is_a_code"),
        CheckConstraint("(state in ('waiting', 'pending')) = (decided_at is null)", name="decided_says_when"),
        Index("ix_approval_task", "task_id", "position"),
        Index("ix_approval_ticket", "ticket_id"),
        Index("ix_approval_pending_role", "role_code", postgresql_where=text("state = 'pending'")),
        Index("ix_approval_pending_staff", "staff_id", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[uuid_key]
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"))
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    position: Mapped[int] = mapped_column(Integer)
    role_code: Mapped[str | None]
    staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))
    state: Mapped[str]
    asked_at: Mapped[dt.datetime | None] = mapped_column(comment="Since when it waits for this signer; null = not yet.")
    decided_by: Mapped[uuid.UUID | None] = mapped_column(comment="Account.")
    decided_at: Mapped[dt.datetime | None]
    reason: Mapped[str | None]
    added_by: Mapped[uuid.UUID | None] = mapped_column(comment="Account that added this signer; null = the process.")
    delegated_from: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("approval.id"))


class Timer(Base):
    """A moment at which the process does something by itself, unless the step it watches ends before."""

    __tablename__ = "timer"
    __table_args__ = (
        one_of("action", TimerAction),
        one_of("state", TimerState),
        UniqueConstraint("task_id", "timer_key"),
        CheckConstraint("(state = 'held') = (remaining_minutes is not null)", name="held_says_what_is_left"),
        CheckConstraint("(state = 'failed') = (failure is not null)", name="failed_says_why"),
        Index("ix_timer_ticket", "ticket_id"),
        Index("ix_timer_due", "due_at", postgresql_where=text("state = 'planned'")),
        Index("ix_timer_failed", "due_at", postgresql_where=text("state = 'failed'")),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    task_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("task.id"))
    timer_key: Mapped[str]
    action: Mapped[str]
    is_working_time: Mapped[bool] = mapped_column(comment="Whether it counts working time, else the time of day.")
    due_at: Mapped[dt.datetime]
    state: Mapped[str] = mapped_column(server_default="planned")
    remaining_minutes: Mapped[float | None] = mapped_column(Float, comment="What was left when the ticket was paused.")
    claimed_until: Mapped[dt.datetime | None] = mapped_column(comment="A worker is at it until then.")
    fired_at: Mapped[dt.datetime | None]
    failure: Mapped[str | None] = mapped_column(comment="Why it could not do its work.")


class Sweep(Base):
    """When a worker last looked for what is due; one row for each thing looked for."""

    __tablename__ = "sweep"

    name: Mapped[str] = mapped_column(primary_key=True)
    swept_at: Mapped[dt.datetime]


class Notice(Base):
    """Something a person should know, told in the product; written with the change it tells of."""

    __tablename__ = "notice"
    __table_args__ = (
        one_of("recipient_kind", RecipientKind),
        CheckConstraint(
            "(recipient_kind = 'role') = (role_code is not null)"
            " and (recipient_kind = 'account') = (account_id is not null)",
            name="names_its_recipient",
        ),
        CheckConstraint(
            "(ticket_id is not null and event_version is not null) <> (link is not null)", name="leads_somewhere"
        ),
        Index("ix_notice_ticket", "ticket_id"),
        Index("ix_notice_role", "role_code", text("created_at desc")),
        Index("ix_notice_account", "account_id", text("created_at desc")),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("ticket.id"))
    event_version: Mapped[int | None] = mapped_column(Integer, comment="The event of the ticket it tells of.")
    link: Mapped[str | None] = mapped_column(
        comment="Where it leads if it tells of no ticket: an address on this site."
    )
    recipient_kind: Mapped[str]
    role_code: Mapped[str | None]
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    body_zh: Mapped[str] = mapped_column(server_default="")
    body_en: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[dt.datetime]


class NoticeRead(Base):
    """Who has read a notice: one to a role stays unread for the others who hold it."""

    __tablename__ = "notice_read"

    notice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), primary_key=True)
    read_at: Mapped[now_instant]

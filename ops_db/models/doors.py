"""Doors to other systems and to deputies: delegations, webhooks that leave, hooks by which messages come in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import DeliveryState
from ops_db.models.base import Base, TransactionId, identity_key, now_instant, one_of, uuid_key


class Delegation(Base):
    """One account holds the grants of another for a while, because that one is on leave."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("from_account_id <> to_account_id", name="nobody_stands_in_for_themselves"),
        CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
        Index("ix_delegation_to_account", "to_account_id", "ends_at"),
        Index("ix_delegation_from_account", "from_account_id", "ends_at"),
    )

    id: Mapped[uuid_key]
    from_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    to_account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    starts_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    reason: Mapped[str]
    created_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[now_instant]
    revoked_at: Mapped[dt.datetime | None] = mapped_column(comment="Ended before its time.")


class WebhookEndpoint(Base):
    """An address of another system that is told of events."""

    __tablename__ = "webhook_endpoint"

    id: Mapped[uuid_key]
    name: Mapped[str]
    url: Mapped[str]
    secret_ciphertext: Mapped[bytes] = mapped_column(LargeBinary, comment="Key of the signatures, encrypted.")
    event_kinds: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default=text("'{}'"), comment="Kinds of event to tell of; none = all."
    )
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"), comment="Null = every project.")
    cursor_xid: Mapped[int] = mapped_column(
        TransactionId(), server_default=text("pg_current_xact_id()"), comment="Events below it have their deliveries."
    )
    failing_since: Mapped[dt.datetime | None] = mapped_column(comment="First failure since the last success.")
    disabled_at: Mapped[dt.datetime | None] = mapped_column(comment="Nothing is sent from here on.")
    disabled_reason: Mapped[str | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[now_instant]


class WebhookDelivery(Base):
    """One message to one endpoint; its id is what the receiver knows it by, whatever the number of attempts."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        one_of("state", DeliveryState),
        UniqueConstraint("endpoint_id", "event_id"),
        Index("ix_webhook_delivery_waiting", "endpoint_id", "position", postgresql_where=text("state = 'waiting'")),
        Index("ix_webhook_delivery_endpoint", "endpoint_id", text("position desc")),
    )

    id: Mapped[uuid_key]
    position: Mapped[int] = mapped_column(BigInteger, Identity(), comment="Order of sending.")
    endpoint_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook_endpoint.id"))
    event_id: Mapped[int | None] = mapped_column(BigInteger, comment="Null = a test from the page.")
    kind: Mapped[str]
    body: Mapped[dict[str, Any]] = mapped_column(JSONB)
    state: Mapped[str] = mapped_column(server_default="waiting")
    attempt_count: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    next_attempt_at: Mapped[now_instant]
    leased_until: Mapped[dt.datetime | None] = mapped_column(comment="Somebody is sending it until then.")
    created_at: Mapped[now_instant]
    first_attempt_at: Mapped[dt.datetime | None]
    ended_at: Mapped[dt.datetime | None]
    last_status: Mapped[int | None] = mapped_column(SmallInteger, comment="HTTP status of the last answer.")
    last_words: Mapped[str | None] = mapped_column(comment="Beginning of the last answer, or why there was none.")


class WebhookSource(Base):
    """Another system that may open and comment tickets by signed messages."""

    __tablename__ = "webhook_source"
    __table_args__ = (CheckConstraint("key ~ '^[a-z][a-z0-9-]{2,40}$'", name="key_fits_an_address"),)

    id: Mapped[uuid_key]
    key: Mapped[str] = mapped_column(unique=True, comment="Last part of the address it sends to.")
    name: Mapped[str]
    secret_ciphertext: Mapped[bytes] = mapped_column(LargeBinary, comment="Key of the signatures, encrypted.")
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"), comment="Null = every project.")
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[now_instant]


class WebhookMessage(Base):
    """A message that came in and what became of it, so that it is worked once."""

    __tablename__ = "webhook_message"
    __table_args__ = (UniqueConstraint("source_id", "message_id"),)

    id: Mapped[identity_key]
    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("webhook_source.id"))
    message_id: Mapped[str]
    body_hash: Mapped[bytes] = mapped_column(LargeBinary)
    kind: Mapped[str]
    ticket_number: Mapped[str]
    received_at: Mapped[now_instant]

"""Versioned forms, the links to them, and the answers; a published form never changes (a trigger holds it)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import DefinitionState
from ops_db.models.base import Base, document, now_instant, one_of, uuid_key


class FormDefinition(Base):
    """One version of one form; at most one of a key is a draft, and at most one is published."""

    __tablename__ = "form_definition"
    __table_args__ = (
        one_of("state", DefinitionState),
        UniqueConstraint("key", "version"),
        CheckConstraint("version > 0", name="version_counts_from_one"),
        CheckConstraint("revision > 0", name="revision_counts_from_one"),
        CheckConstraint("state = 'draft' or published_at is not null", name="published_ones_say_when"),
        Index("uq_form_definition_draft", "key", unique=True, postgresql_where=text("state = 'draft'")),
        Index("uq_form_definition_published", "key", unique=True, postgresql_where=text("state = 'published'")),
    )

    id: Mapped[uuid_key]
    key: Mapped[str]
    version: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(server_default="draft")
    definition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    revision: Mapped[int] = mapped_column(Integer, server_default=text("1"), comment="Counts the saves of a draft.")
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[now_instant]
    saved_at: Mapped[now_instant]
    published_at: Mapped[dt.datetime | None]
    retired_at: Mapped[dt.datetime | None]


class FormLink(Base):
    """A short public address of a form for one place, as printed on a poster; it stays good when the form changes."""

    __tablename__ = "form_link"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "building_id"], ["building.project_id", "building.id"]),
        ForeignKeyConstraint(["building_id", "unit_id"], ["unit.building_id", "unit.id"]),
        CheckConstraint("unit_id is null or building_id is not null", name="a_home_is_in_a_building"),
        CheckConstraint("building_id is null or project_id is not null", name="a_building_is_in_a_project"),
        Index(
            "uq_form_link_place",
            "form_key",
            "project_id",
            "building_id",
            "unit_id",
            "asset_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("revoked_at is null"),
        ),
    )

    id: Mapped[uuid_key]
    code: Mapped[str] = mapped_column(unique=True, comment="What stands in the address; public, and grants a report.")
    form_key: Mapped[str]
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    building_id: Mapped[uuid.UUID | None]
    unit_id: Mapped[uuid.UUID | None]
    asset_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("asset.id"))
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[now_instant]
    revoked_at: Mapped[dt.datetime | None]


class FormResponse(Base):
    """The answers to one form for one ticket. Nothing of it is extracted: texts may name people."""

    __tablename__ = "form_response"
    __table_args__ = (Index("ix_form_response_ticket", "ticket_id", "created_at"),)

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    form_definition_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("form_definition.id"), index=True)
    form_link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("form_link.id"), index=True)
    node_key: Mapped[str | None] = mapped_column(comment="Step in which it was filled in; null = it opened the ticket.")
    answers: Mapped[document] = mapped_column(comment="Without personal data; of files the ids of attachments.")
    personal_ciphertext: Mapped[bytes | None] = mapped_column(
        LargeBinary, comment="Answers that say who somebody is, encrypted."
    )
    created_at: Mapped[now_instant]

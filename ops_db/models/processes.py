"""Versioned process definitions; a published one never changes (a trigger holds it)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, Integer, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import DefinitionState
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
    published_at: Mapped[dt.datetime | None]
    created_at: Mapped[now_instant]

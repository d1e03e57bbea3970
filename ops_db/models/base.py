"""What every table of the operational store shares: names of constraints, recurring columns, the change log.

`changed_xid` is the id of the transaction that last wrote a row. Extraction reads rows below the transaction
horizon by it (DECISIONS.md, "Extraction below the horizon"), so each extracted table inherits `Extracted` and is
listed in `EXTRACTED_TABLES`; the migration gives each of them the triggers that keep the column and the tombstones.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, CheckConstraint, DateTime, FetchedValue, Index, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from core.vocabulary import Term

SCHEMA = "ops"

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class TransactionId(UserDefinedType[int]):
    """Postgres' 64-bit transaction id, which never wraps and needs no epoch arithmetic."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """Return the column type as Postgres spells it."""
        return "xid8"


uuid_key = Annotated[uuid.UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))]
identity_key = Annotated[int, mapped_column(BigInteger, primary_key=True, autoincrement=True)]
instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
now_instant = Annotated[dt.datetime, mapped_column(DateTime(timezone=True), server_default=text("now()"))]
long_integer = Annotated[int, mapped_column(BigInteger)]
document = Annotated[dict[str, Any], mapped_column(JSONB, server_default=text("'{}'::jsonb"))]


class Base(DeclarativeBase):
    """Declarative base of the schema `ops`."""

    metadata = MetaData(schema=SCHEMA, naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {str: Text, dt.datetime: DateTime(timezone=True)}


class Extracted:
    """A row that the analytical side reads; the database itself stamps who changed it last."""

    changed_xid: Mapped[int] = mapped_column(
        TransactionId(),
        server_default=text("pg_current_xact_id()"),
        server_onupdate=FetchedValue(),
        comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        index=True,
    )


class Tombstone(Base):
    """A row that was deleted from an extracted table; written by trigger, read by extraction."""

    __tablename__ = "tombstone"

    id: Mapped[identity_key]
    table_name: Mapped[str]
    row_key: Mapped[str]
    changed_xid: Mapped[int] = mapped_column(TransactionId(), server_default=text("pg_current_xact_id()"), index=True)
    deleted_at: Mapped[now_instant]


def one_of(column: str, terms: type[Term]) -> CheckConstraint:
    """Return the constraint that `column` holds one of the codes of `terms` (text + CHECK, so a list can grow)."""
    codes = ", ".join(f"'{code}'" for code in terms.codes())
    return CheckConstraint(f"{column} in ({codes})", name=f"{column}_known")


__all__ = [
    "SCHEMA",
    "Base",
    "Extracted",
    "Index",
    "Tombstone",
    "TransactionId",
    "document",
    "identity_key",
    "instant",
    "long_integer",
    "now_instant",
    "one_of",
    "uuid_key",
]

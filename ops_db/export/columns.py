"""How a column leaves: which kind it is in every format, and what is asked of Postgres for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    LargeBinary,
    Numeric,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB

from ops_db.export import contents, meanings
from ops_db.export.contents import KEPT_PAYLOAD_KEYS, Reason
from ops_db.export.meanings import Meaning
from ops_db.models.base import TransactionId

TEXTUAL: Final = frozenset({"text", "json", "bytes", "texts"})
"""Kinds that can hold words, and so somebody's name."""

_ARROW: Final[dict[str, pa.DataType]] = {
    "text": pa.string(),
    "uuid": pa.string(),
    "json": pa.string(),
    "bytes": pa.binary(),
    "texts": pa.list_(pa.string()),
    "boolean": pa.bool_(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "instant": pa.timestamp("us", tz="UTC"),
}
# More exact types stand before those they are made from.
_KINDS: Final[tuple[tuple[type[Any], str], ...]] = (
    (TransactionId, "int64"),
    (JSONB, "json"),
    (ARRAY, "texts"),
    (Uuid, "uuid"),
    (SmallInteger, "int16"),
    (BigInteger, "int64"),
    (Integer, "int32"),
    (Boolean, "boolean"),
    (LargeBinary, "bytes"),
    (DateTime, "instant"),
    (Date, "date"),
    (Float, "float"),
    (Text, "text"),
)


@dataclass(frozen=True, slots=True)
class ExportedColumn:
    """One column of a file: `kind` is stable across formats, `expression` is what Postgres is asked."""

    name: str
    kind: str
    expression: str
    is_nullable: bool
    meaning: Meaning
    unit: str
    comment: str = ""
    references: str = ""
    is_sealed: bool = False

    @property
    def arrow_type(self) -> pa.DataType:
        """The type in Parquet."""
        return arrow_type(self.kind)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A column that stays behind."""

    name: str
    reason: Reason


def arrow_type(kind: str) -> pa.DataType:
    """The type of a kind in Parquet; `decimal(12,3)` carries its precision."""
    if kind.startswith("decimal("):
        precision, scale = kind.removeprefix("decimal(").removesuffix(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return _ARROW[kind]


def kind_of(column: Column[Any]) -> str:
    """The kind of a column of the models."""
    kind = column.type
    if isinstance(kind, Numeric) and not isinstance(kind, Float):
        return f"decimal({kind.precision},{kind.scale})"
    for known, name in _KINDS:
        if isinstance(kind, known):
            return name
    message = f"{column.table.name}.{column.name} has the type {kind!r}, which no format of the export knows."
    raise TypeError(message)


def columns_of(table: Table, *, with_personal_data: bool) -> tuple[list[ExportedColumn], list[LeftOut]]:
    """What of a table is exported, and what stays behind."""
    exported, left_out = [], []
    for column in table.columns:
        reason = contents.why_left_out(table.name, column.name)
        expression, kind, name = f'"{column.name}"', kind_of(column), column.name
        named = f"{table.name}.{column.name}"
        is_sealed = named in contents.OPENED
        # The salt of a hash is no text, and would give a short text away.
        if reason is None and not with_personal_data and (kind in TEXTUAL or named in contents.PERSONAL):
            treated = contents.treatment(table.name, column.name)
            if treated == "left_out":
                reason = contents.PERSONAL_REASON
            elif treated is not None:
                expression = _INITIAL.format(column=expression) if treated == "initial" else _codes(expression)
        if reason is not None:
            left_out.append(LeftOut(name, reason))
            continue
        if is_sealed:
            name, kind = contents.OPENED[named], "text"
        exported.append(
            ExportedColumn(
                name=name,
                kind=kind,
                expression=_SPELLED.get(kind, "{}").format(expression),
                is_nullable=bool(column.nullable),
                meaning=meanings.of_column(table.name, name),
                unit=meanings.unit_of(table.name, name, kind),
                comment="" if is_sealed else column.comment or "",
                references=next((f"{key.column.table.name}.{key.column.name}" for key in _nearest(column)), ""),
                is_sealed=is_sealed,
            )
        )
    return exported, left_out


def _nearest(column: Column[Any]) -> list[ForeignKey]:
    """The references of a column; one of its own before those it shares with others."""
    return sorted(
        column.foreign_keys,
        key=lambda key: (len(key.constraint.columns) if key.constraint is not None else 1, key.column.table.name),
    )


# Postgres spells true as t, and lists in a way of its own; other systems know these.
_SPELLED: Final = {"boolean": "{}::text", "texts": "to_json({})"}
_INITIAL: Final = "left({column}, 1) || '**'"


def _codes(column: str) -> str:
    """Of a document only the keys that hold codes, and only where they do."""
    keys = ", ".join(f"'{key}'" for key in KEPT_PAYLOAD_KEYS)
    return (
        f"(select coalesce(jsonb_object_agg(entry.key, entry.value), '{{}}') from jsonb_each({column}) as entry"  # noqa: S608  Names of our own.
        f" where entry.key in ({keys}) and entry.value #>> '{{}}' ~ '^[a-z][a-z_]{{0,40}}$')"
    )


def select_of(table: Table, columns: list[ExportedColumn]) -> str:
    """The statement that reads a table in the order of its key, so that two exports of the same rows are equal."""
    listed = ", ".join(column.expression for column in columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    return f'select {listed} from ops."{table.name}" order by {order}'  # noqa: S608  Names of our models alone.

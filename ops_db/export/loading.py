"""Rows of an export back into their tables: from CSV or Parquet, with what this installation has to make anew."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ops_db.errors import InvalidInput
from ops_db.export.columns import arrow_type
from ops_db.export.errors import ExportDamaged, ExportNotImportable
from ops_db.export.sealing import sealed
from ops_db.export.writing import as_csv, convert_options_of, spelled_type, typed
from ops_db.personal_data import PersonalData
from ops_db.webhooks.keeping import new_secret

_BATCH_ROWS: Final = 20_000
_BLOCK_BYTES: Final = 16 << 20
_PIECE_BYTES: Final = 1 << 20
_SWITCHED_OFF: Final = "Came with an import. Set a new key and switch it on."


@dataclass(slots=True)
class Arrival:
    """What rows are made complete with, and what was learnt on the way."""

    personal_data: PersonalData
    now: dt.datetime
    transaction: int
    shares_the_key: bool
    new_indexes: dict[bytes, bytes] = field(default_factory=dict)
    unknown_callers: int = 0


Complete = Callable[[pa.Table, Arrival], pa.Table]


def load_table(
    connection: psycopg.Connection[Any], folder: Path, entry: dict[str, Any], arrival: Arrival, tell: Callable[[], None]
) -> int:
    """Copy the rows of one table in; returns how many. Raises ExportDamaged if they are not as many as were written."""
    path = folder / next(file["path"] for file in sorted(entry["files"], key=lambda file: str(file["path"])))
    complete = COMPLETE.get(entry["name"])
    has_lists = any(column["type"] == "texts" for column in entry["columns"])
    if path.suffix == ".csv" and complete is None and not has_lists:
        names = [column["name"] for column in entry["columns"]]
        rows = _copy(connection, entry["name"], names, _pieces(path), tell, options="header match")
    else:
        tables = (complete(table, arrival) if complete else table for table in _typed_rows(path, entry))
        first = next(tables, None)
        rows = 0
        if first is not None:
            texts = (as_csv(_with_lists_of_postgres(table)) for table in _chained(first, tables))
            rows = _copy(connection, entry["name"], first.column_names, texts, tell)
    if rows != entry["row_count"]:
        message = f"{path.name} gave {rows:,} rows, and {entry['row_count']:,} were written. Copy the export again."
        raise ExportDamaged(message)
    return rows


def _chained(first: pa.Table, others: Iterator[pa.Table]) -> Iterator[pa.Table]:
    yield first
    yield from others


def _copy(
    connection: psycopg.Connection[Any],
    table: str,
    names: list[str],
    pieces: Iterator[bytes],
    tell: Callable[[], None],
    *,
    options: str = "",
) -> int:
    listed = ", ".join(f'"{name}"' for name in names)
    statement = f'copy ops."{table}" ({listed}) from stdin (format csv{", " + options if options else ""})'
    with connection.cursor() as cursor:
        try:
            with cursor.copy(statement.encode()) as copy:
                for piece in pieces:
                    copy.write(piece)
                    tell()
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            reason = str(error).splitlines()[0]
            message = f"The database does not take the rows of {table}: {reason}. Nothing was changed."
            raise ExportNotImportable(message) from error
        return cursor.rowcount


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _typed_rows(path: Path, entry: dict[str, Any]) -> Iterator[pa.Table]:
    schema = pa.schema([(column["name"], arrow_type(column["type"])) for column in entry["columns"]])
    if path.suffix == ".parquet":
        with pq.ParquetFile(path) as parquet:
            for batch in parquet.iter_batches(_BATCH_ROWS):
                yield pa.Table.from_batches([batch]).cast(schema)
        return
    if entry["row_count"] == 0:
        return
    with pa_csv.open_csv(
        path,
        read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=convert_options_of({item.name: spelled_type(item.type) for item in schema}),
    ) as reader:
        for batch in reader:
            yield typed(pa.Table.from_batches([batch]), schema)


def _with_lists_of_postgres(table: pa.Table) -> pa.Table:
    """Lists as Postgres spells them: `{"a","b"}`."""
    for number, item in enumerate(table.schema):
        if pa.types.is_list(item.type):
            lists = table.column(number).to_pylist()
            spelled = [None if one is None else _list_of_postgres(one) for one in lists]
            table = table.set_column(number, item.name, pa.array(spelled, pa.string()))
    return table


def _list_of_postgres(texts: list[str]) -> str:
    escaped = (text.replace("\\", "\\\\").replace('"', '\\"') for text in texts)
    return "{" + ",".join(f'"{text}"' for text in escaped) + "}"


def _person(rows: pa.Table, arrival: Arrival) -> pa.Table:
    """Names and numbers under the keys of this installation, and the index that its secret key makes."""
    old = rows.column("phone_index").to_pylist()
    new = [_index(arrival, phone, before) for phone, before in zip(rows.column("phone").to_pylist(), old, strict=True)]
    arrival.new_indexes |= {before: after for before, after in zip(old, new, strict=True) if before and after}
    rows = rows.append_column("name_ciphertext", sealed(rows.column("name"), arrival.personal_data))
    rows = rows.append_column("phone_ciphertext", sealed(rows.column("phone"), arrival.personal_data))
    rows = rows.set_column(rows.column_names.index("phone_index"), "phone_index", pa.array(new, pa.binary()))
    return rows.drop_columns(["name", "phone"])


def _index(arrival: Arrival, phone: str | None, before: bytes | None) -> bytes | None:
    if phone is None or before is None:
        return None
    try:
        return arrival.personal_data.phone_index(phone)
    except InvalidInput:
        # Whatever it is, it was found under this before and is no number that anybody could look for.
        return before


def _call(rows: pa.Table, arrival: Arrival) -> pa.Table:
    """A caller whose number somebody in the store has is found under it again; another stays who they were."""
    old = rows.column("caller_index").to_pylist()
    known = arrival.new_indexes
    if not arrival.shares_the_key:
        arrival.unknown_callers += sum(1 for index in old if index is not None and index not in known)
    new = pa.array([known.get(index, index) if index is not None else None for index in old], pa.binary())
    return rows.set_column(rows.column_names.index("caller_index"), "caller_index", new)


def _form_response(rows: pa.Table, arrival: Arrival) -> pa.Table:
    ciphertext = sealed(rows.column("personal"), arrival.personal_data)
    return rows.append_column("personal_ciphertext", ciphertext).drop_columns(["personal"])


def _api_token(rows: pa.Table, arrival: Arrival) -> pa.Table:
    """A token nobody holds any more, kept so that the audit log can still say whose it was."""
    hashes = pa.array([secrets.token_bytes(32) for _ in range(rows.num_rows)], pa.binary())
    number = rows.column_names.index("revoked_at")
    moments = rows.column(number).to_pylist()
    revoked = pa.array([moment or arrival.now for moment in moments], rows.schema.field(number).type)
    return rows.set_column(number, "revoked_at", revoked).append_column("token_hash", hashes)


def _with_new_secrets(rows: pa.Table, arrival: Arrival) -> pa.Table:
    made = [arrival.personal_data.encrypt(new_secret()) for _ in range(rows.num_rows)]
    return rows.append_column("secret_ciphertext", pa.array(made, pa.binary()))


def _webhook_endpoint(rows: pa.Table, arrival: Arrival) -> pa.Table:
    """Switched off until somebody sets a key that both sides know, and never told of what was before the import."""
    count = rows.num_rows
    for name, value in (("disabled_at", arrival.now), ("disabled_reason", _SWITCHED_OFF)):
        number = rows.column_names.index(name)
        rows = rows.set_column(number, name, pa.array([value] * count, rows.schema.field(number).type))
    # What is imported is written by this very transaction, so the first event to tell of is of a later one.
    cursors = pa.array([arrival.transaction + 1] * count, pa.int64())
    return _with_new_secrets(rows.append_column("cursor_xid", cursors), arrival)


def _webhook_source(rows: pa.Table, arrival: Arrival) -> pa.Table:
    number = rows.column_names.index("is_active")
    off = pa.array([False] * rows.num_rows, pa.bool_())
    return _with_new_secrets(rows.set_column(number, "is_active", off), arrival)


COMPLETE: Final[dict[str, Complete]] = {
    "person": _person,
    "call": _call,
    "form_response": _form_response,
    "api_token": _api_token,
    "webhook_endpoint": _webhook_endpoint,
    "webhook_source": _webhook_source,
}
"""Tables whose rows lack something that only this installation can make; `person` is read before `call`."""

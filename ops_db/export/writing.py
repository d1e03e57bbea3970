"""Rows into files: the CSV that Postgres writes, and Parquet made of the same bytes, each hashed while it is written.

Memory is bounded by some chunks of a few megabytes, whatever the number of rows. While Postgres fills the next chunk,
a thread parses and writes the last.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import polars as pl
import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from ops_db.export.columns import ExportedColumn
from ops_db.export.errors import ExportInterrupted

CHUNK_BYTES: Final = 4 << 20
CHUNKS_WAITING: Final = 2
FORMATS: Final = ("parquet", "csv")
Change = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A finished file: its place within the export, its size, and the hash by which it is known again."""

    path: str
    byte_count: int
    sha256: str


class HashedFile:
    """A new file for writing that knows its own hash; only its owner may read it."""

    def __init__(self, root: Path, path: str) -> None:
        self._root, self._path = root, path
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
        self._digest = hashlib.sha256()
        self._byte_count = 0
        self.closed = False

    def write(self, data: Any) -> int:
        """Add bytes."""
        size = len(memoryview(data).cast("B")) if not isinstance(data, bytes) else len(data)
        self._file.write(data)
        self._digest.update(data)
        self._byte_count += size
        return size

    def flush(self) -> None:
        """Hand what was written to the system."""
        self._file.flush()

    def close(self) -> None:
        """Bring it to the disk."""
        if not self.closed:
            self.closed = True
            try:
                self._file.flush()
                os.fsync(self._file.fileno())
            finally:
                self._file.close()

    def finished(self) -> WrittenFile:
        """Close it and say what was written."""
        self.close()
        return WrittenFile(self._path, self._byte_count, self._digest.hexdigest())


class TableFiles:
    """The files of one table, one for each format, being written."""

    def __init__(self, root: Path, place: str, schema: pa.Schema, formats: Sequence[str]) -> None:
        self._csv = HashedFile(root, f"{place}.csv") if "csv" in formats else None
        self._parquet = HashedFile(root, f"{place}.parquet") if "parquet" in formats else None
        self.row_count = 0
        # A file's own column descriptions travel with it, so that it explains itself wherever it goes.
        self._writer = (
            pq.ParquetWriter(self._parquet, schema, compression="zstd", compression_level=3)
            if self._parquet is not None
            else None
        )
        if self._csv is not None:
            self._csv.write((",".join(f'"{name}"' for name in schema.names) + "\n").encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as stack:
            for file in (self._csv, self._parquet):
                if file is not None:
                    stack.callback(file.close)
            if self._writer is not None:
                stack.callback(self._writer.close)

    @property
    def wants_rows(self) -> bool:
        """Whether typed rows are needed at all, or the text alone."""
        return self._writer is not None

    def add(self, text: bytes | None, rows: pa.Table | None) -> None:
        """Add the same rows as text and typed; what no format needs may be None."""
        if self._csv is not None and text is not None:
            self._csv.write(text)
        if self._writer is not None and rows is not None:
            self._writer.write_table(rows)

    def finished(self) -> list[WrittenFile]:
        """Close them and say what was written, Parquet first."""
        if self._writer is not None:
            self._writer.close()
        return [file.finished() for file in (self._parquet, self._csv) if file is not None]


def schema_of(columns: Sequence[ExportedColumn]) -> pa.Schema:
    """The typed columns of a table, each with what it means in both languages."""
    return pa.schema(
        [
            pa.field(
                column.name,
                column.arrow_type,
                nullable=column.is_nullable,
                metadata={"description": column.meaning.en, "description_zh": column.meaning.zh, "unit": column.unit},
            )
            for column in columns
        ]
    )


def write_table(
    connection: psycopg.Connection[Any],
    statement: str,
    files: TableFiles,
    columns: Sequence[ExportedColumn],
    *,
    change: Change | None,
    tell: Callable[[int], None],
) -> int:
    """Write what a statement selects; returns the rows. `change` turns ciphertext into text on the way.

    Raises ExportInterrupted should fewer rows arrive than the server says it sent.
    """
    schema = schema_of(columns)
    rows = 0

    def work(chunk: bytes) -> None:
        if change is None:
            files.add(chunk, parsed(chunk, schema) if files.wants_rows else None)
            return
        changed = change(parsed(chunk, _sealed_schema(columns)))
        files.add(as_csv(changed), changed.cast(schema))

    with connection.cursor() as cursor, ThreadPoolExecutor(1, "export") as pool:
        waiting: list[Future[None]] = []
        with cursor.copy(f"copy ({statement}) to stdout (format csv)".encode()) as copy:
            for count, chunk in _chunks(copy):
                if len(waiting) >= CHUNKS_WAITING:
                    waiting.pop(0).result()
                waiting.append(pool.submit(work, chunk))
                rows += count
                tell(rows)
        for future in waiting:
            future.result()
        if cursor.rowcount != rows:
            message = f"The server sent {cursor.rowcount} rows and {rows} arrived. Try again."
            raise ExportInterrupted(message)
    return rows


def _chunks(copy: Iterable[Any]) -> Iterator[tuple[int, bytes]]:
    """Whole rows in pieces of some megabytes: the server sends each row as a message of its own."""
    rows: list[bytes] = []
    size = 0
    for row in copy:
        rows.append(bytes(row))
        size += len(row)
        if size >= CHUNK_BYTES:
            yield len(rows), b"".join(rows)
            rows, size = [], 0
    if rows:
        yield len(rows), b"".join(rows)


def parsed(text: bytes, schema: pa.Schema) -> pa.Table:
    """Rows of CSV without a header as typed columns; nothing is null, and "" is an empty text."""
    spelled = {field.name: spelled_type(field.type) for field in schema}
    table = pa_csv.read_csv(
        pa.BufferReader(text),
        read_options=pa_csv.ReadOptions(column_names=schema.names, block_size=len(text) + 1, use_threads=False),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=convert_options_of(spelled),
    )
    return typed(table, schema)


def convert_options_of(spelled: dict[str, pa.DataType]) -> pa_csv.ConvertOptions:
    """How Postgres spells null, true and false in CSV."""
    return pa_csv.ConvertOptions(
        column_types=spelled,
        null_values=[""],
        strings_can_be_null=True,
        quoted_strings_can_be_null=False,
        true_values=["true", "t"],
        false_values=["false", "f"],
    )


def spelled_type(kind: pa.DataType) -> pa.DataType:
    """How a type stands in CSV before `typed` reads it."""
    return pa.string() if pa.types.is_binary(kind) or pa.types.is_list(kind) else kind


def typed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Texts that spell bytes and lists as bytes and lists."""
    columns = [_typed(table.column(field.name), field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def _typed(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if pa.types.is_binary(kind):
        texts = pl.Series(values=column, dtype=pl.String)
        return pa.chunked_array([texts.str.strip_prefix("\\x").str.decode("hex").to_arrow().cast(pa.binary())])
    if pa.types.is_list(kind):
        texts = pl.Series(values=column, dtype=pl.String)
        return pa.chunked_array([texts.str.json_decode(pl.List(pl.String)).to_arrow().cast(kind)])
    return column


def as_csv(table: pa.Table) -> bytes:
    """Typed rows as Postgres would have written them: bytes in hexadecimal, lists as JSON."""
    columns = [_untyped(table.column(name)) for name in table.column_names]
    written = pa.BufferOutputStream()
    options = pa_csv.WriteOptions(include_header=False, quoting_style="needed")
    pa_csv.write_csv(pa.Table.from_arrays(columns, names=table.column_names), written, options)
    return bytes(written.getvalue().to_pybytes())


def _untyped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_binary(column.type):
        hexadecimal = pl.Series(values=column, dtype=pl.Binary).bin.encode("hex")
        return pa.chunked_array([("\\x" + hexadecimal).to_arrow().cast(pa.string())])
    if pa.types.is_list(column.type):
        lists = pl.Series(values=column)
        return pa.chunked_array([_json_lists(lists.to_list())])
    return column


def _json_lists(lists: list[list[str] | None]) -> pa.Array:
    return pa.array(
        [None if one is None else json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in lists],
        pa.string(),
    )


def _sealed_schema(columns: Sequence[ExportedColumn]) -> pa.Schema:
    return pa.schema([(column.name, pa.binary() if column.is_sealed else column.arrow_type) for column in columns])

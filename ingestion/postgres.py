"""Reading a Postgres that is not ours to know: by URL and statement, in one snapshot, as Arrow batches into Parquet.

Fetching, converting and writing overlap: the server and the driver fill the next batch while a thread writes the last.
At most a few batches are in memory, whatever the number of rows.
"""

from __future__ import annotations

import contextlib
import itertools
import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Self

import adbc_driver_manager
import adbc_driver_postgresql.dbapi
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from ingestion.errors import SourceUnreachableError
from ingestion.pseudonyms import masked_column, masked_documents

_BATCH_BYTES: Final = 8 << 20
_BATCHES_WAITING: Final = 2
_PARAMETER: Final = "adbc.postgresql.batch_size_hint_bytes"
_POSTGRES_TYPE: Final = b"POSTGRESQL:type"
# Statistics help nobody to skip a row group by random identifiers or by documents.
_WITH_STATISTICS: Final = ("xid8", "timestamptz", "date", "int8")


class Snapshot:
    """What a database looks like at one moment; every statement sees the same."""

    def __init__(self, cursor: adbc_driver_postgresql.dbapi.Cursor) -> None:
        self._cursor = cursor

    def frame(self, statement: str) -> pl.DataFrame:
        """A small result."""
        self._cursor.execute(statement)
        reader = self._cursor.fetch_record_batch()
        batches = [_converted(batch, frozenset()) for batch in reader]
        return pl.DataFrame(pa.Table.from_batches(batches, schema=_converted_schema(reader.schema)))

    def stream(
        self,
        statement: str,
        path: Path,
        *,
        free_text: frozenset[str] = frozenset(),
        keeps_empty: bool = True,
        tell: Callable[[int], None],
    ) -> int:
        """Write a result of any size to a Parquet file; returns the rows that the database sent.

        Without any row the file is written only if `keeps_empty`.

        Columns named in `free_text`, and every JSON document, have phone numbers and the like masked on the way.
        """
        self._cursor.adbc_statement.set_options(**{_PARAMETER: str(_BATCH_BYTES)})
        self._cursor.execute(statement)
        reader = self._cursor.fetch_record_batch()
        first = next(reader, None)
        if first is None and not keeps_empty:
            return 0
        rows = 0
        with _WriterThread(path, reader.schema, free_text) as writer:
            for batch in itertools.chain([first] if first is not None else [], reader):
                rows += batch.num_rows
                writer.put(batch)
                tell(rows)
        return rows


@contextlib.contextmanager
def read_only_snapshot(url: str, *, what: str) -> Iterator[Snapshot]:
    """Open the database behind `url` for reading; raises SourceUnreachableError, which never shows the password."""
    try:
        connection = adbc_driver_postgresql.dbapi.connect(libpq_url(url))
    except adbc_driver_manager.Error as error:
        message = f"Cannot reach {what}: {_without_url(str(error), url)}"
        raise SourceUnreachableError(message) from None
    with contextlib.closing(connection), contextlib.closing(connection.cursor()) as cursor:
        cursor.execute("set transaction isolation level repeatable read read only")
        # A login that may see a part only is refused: what it does not see would look as if it had been deleted.
        cursor.execute("set local row_security = off")
        try:
            yield Snapshot(cursor)
        except adbc_driver_manager.Error as error:
            message = f"{what} refused to answer: {_without_url(str(error), url)}"
            raise SourceUnreachableError(message) from None


def libpq_url(url: str) -> str:
    """The address without the name of a Python driver, as Postgres' own library reads it."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.partition('+')[0]}{separator}{rest}"


def _without_url(text: str, url: str) -> str:
    password = url.partition("://")[2].rpartition("@")[0].partition(":")[2]
    return text.replace(password, "***") if password else text


class _WriterThread:
    """Converts and writes batches while the caller fetches the next; an error of the thread is raised in the caller."""

    def __init__(self, path: Path, source: pa.Schema, free_text: frozenset[str]) -> None:
        self._free_text = free_text
        self._waiting: queue.Queue[pa.RecordBatch | None] = queue.Queue(_BATCHES_WAITING)
        self._error: BaseException | None = None
        self.schema = _converted_schema(source)
        texts = [field.name for field in source if _kind(field) == "text"]
        self._writer = pq.ParquetWriter(
            path, self.schema, compression="zstd", compression_level=1, use_dictionary=texts
        )
        self._thread = threading.Thread(target=self._write, name=f"write {path.name}")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def put(self, batch: pa.RecordBatch) -> None:
        """Hand over a batch; waits while too many are not yet written."""
        if self._error is not None:
            raise self._error
        self._waiting.put(batch)

    def __exit__(self, *_: object) -> None:
        self._waiting.put(None)
        self._thread.join()
        self._writer.close()
        if self._error is not None:
            raise self._error

    def _write(self) -> None:
        while (batch := self._waiting.get()) is not None:
            if self._error is not None:
                continue
            try:
                self._writer.write_batch(_converted(batch, self._free_text))
            except BaseException as error:  # noqa: BLE001  It is raised again in the caller's thread.
                self._error = error


def _kind(field: pa.Field) -> str:
    kind: bytes = (field.metadata or {}).get(_POSTGRES_TYPE, b"")
    return kind.decode()


def _converted_schema(source: pa.Schema) -> pa.Schema:
    """Plain types: documents as text, transaction ids and whole numbers as int64, UUIDs as their sixteen bytes.

    Text of a UUID is made where raw is read: made here it would cost a third of the extraction.
    """
    plain = {"uuid": pa.binary(16), "json": pa.string(), "jsonb": pa.string()}
    plain |= {"xid8": pa.int64(), "int2": pa.int64(), "int4": pa.int64()}
    return pa.schema([pa.field(field.name, plain.get(_kind(field), field.type)) for field in source])


def _converted(batch: pa.RecordBatch, free_text: frozenset[str]) -> pa.RecordBatch:
    columns = [_plain(column, field, free_text) for column, field in zip(batch.columns, batch.schema, strict=True)]
    return pa.RecordBatch.from_arrays(columns, schema=_converted_schema(batch.schema))


def _plain(column: Any, field: pa.Field, free_text: frozenset[str]) -> pa.Array:
    storage = column.storage if isinstance(column, pa.ExtensionArray) else column
    match _kind(field):
        case "uuid":
            return storage
        case "xid8":
            return _transaction_ids(storage)
        case "json" | "jsonb":
            return _changed(storage, masked_documents)
        case "int2" | "int4":
            return storage.cast(pa.int64())
    return _changed(storage, masked_column) if field.name in free_text else storage


def _transaction_ids(ids: pa.BinaryArray) -> pa.Array:
    """The driver does not know the type and hands over its eight bytes, most significant first."""
    if len(ids) == 0:
        return pa.array([], pa.int64())
    return pa.array(np.frombuffer(ids.buffers()[2], dtype=">i8", count=len(ids)).astype(np.int64))


def _changed(texts: pa.Array, change: Callable[[pl.Series], pl.Series]) -> pa.Array:
    before = pl.Series("text", texts)
    after = change(before)
    return texts if after is before else after.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.string())

"""The raw zone: immutable batches of Parquet, each with a manifest that says what it holds and where it came from.

A batch is a folder `raw/<source>__<entity>/<batch_id>/` with `part-*.parquet` and `manifest.json`. It is written under
a hidden name and renamed into place when whole, so a batch is either there or not; a killed run leaves nothing that is
ever read. Content that was landed before is not landed again. The cursor of a source lives in its newest manifest and
so can never be ahead of its rows.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from ingestion.errors import NothingLandedError, RawSchemaError, RowsUnaccountedError, SuspiciousShrinkError

MANIFEST: Final = "manifest.json"
_UNFINISHED: Final = ".unfinished-"
_LEAST_SHARE_OF_LAST: Final = 0.5

_UUID_TYPE: Final = pa.binary(16)
_UUID: Final = str(_UUID_TYPE)
_HEX_PAIRS: Final = np.array([f"{byte:02x}" for byte in range(256)], dtype="S2").view(np.uint16)
# Where the groups of hexadecimal digits of a UUID begin and end: in the digits, and in the text with hyphens.
_UUID_GROUPS: Final = ((0, 8, 0), (8, 12, 9), (12, 16, 14), (16, 20, 19), (20, 32, 24))

Origin = Literal["database", "file", "rest", "mqtt"]


class Part(BaseModel):
    """One Parquet file of a batch."""

    model_config = ConfigDict(frozen=True)

    name: str
    rows: int


class Manifest(BaseModel):
    """What a committed batch holds. `rows_in` = loaded + quarantined + repeated, always.

    `timezone` is where the source stands, if its contract says that it stands elsewhere than the installation.
    """

    model_config = ConfigDict(frozen=True)

    entity: str
    batch_id: str
    origin: Origin
    loaded_at: dt.datetime
    content_sha256: str
    contract_version: int
    rows_in: int
    rows_loaded: int
    rows_quarantined: int
    rows_repeated: int = 0
    replaces_earlier: bool = False
    cursor: dict[str, Any] | None = None
    source_files: tuple[str, ...] = ()
    timezone: str | None = None
    columns: dict[str, str]
    parts: tuple[Part, ...]


class Batch:
    """A batch being written: add parts, then commit once."""

    def __init__(self, raw_dir: Path, entity: str, batch_id: str, loaded_at: dt.datetime) -> None:
        self.entity = entity
        self.batch_id = batch_id
        self.loaded_at = loaded_at
        self._home = raw_dir / entity
        self._folder = self._home / f"{_UNFINISHED}{batch_id}"
        self._folder.mkdir(parents=True)
        self._parts: list[Part] = []
        self._columns: dict[str, str] | None = None

    @property
    def row_count(self) -> int:
        """Rows of the parts added so far."""
        return sum(part.rows for part in self._parts)

    def next_part(self) -> Path:
        """Where the next Parquet file goes; `add_part` must follow once it is written."""
        return self._folder / f"part-{len(self._parts):05d}.parquet"

    def add_part(self, path: Path) -> None:
        """Count in a Parquet file written at `next_part`, by what the file itself says."""
        written = pq.read_metadata(path)
        columns = {field.name: str(field.type) for field in written.schema.to_arrow_schema()}
        if self._columns not in (None, columns):
            message = f"Parts of one batch of {self.entity} have different columns."
            raise RawSchemaError(message)
        self._columns = columns
        self._parts.append(Part(name=path.name, rows=written.num_rows))

    def add_frame(self, frame: pl.DataFrame) -> None:
        """Write a frame as the next part."""
        path = self.next_part()
        pq.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()), path, compression="zstd")
        self.add_part(path)

    def commit(
        self,
        *,
        origin: Origin,
        content_sha256: str,
        contract_version: int,
        rows_in: int,
        rows_quarantined: int = 0,
        rows_repeated: int = 0,
        replaces_earlier: bool = False,
        cursor: dict[str, Any] | None = None,
        source_files: tuple[str, ...] = (),
        timezone: str | None = None,
    ) -> Manifest:
        """Put the batch into place for good; raises RowsUnaccountedError unless every input row is accounted for."""
        rows_loaded = self.row_count
        if rows_in != rows_loaded + rows_quarantined + rows_repeated:
            message = (
                f"{self.entity}: {rows_in} rows came in, {rows_loaded} loaded, {rows_quarantined} quarantined, "
                f"{rows_repeated} landed before. Nothing was landed; this is a fault of the reader."
            )
            raise RowsUnaccountedError(message)
        manifest = Manifest(
            entity=self.entity,
            batch_id=self.batch_id,
            origin=origin,
            loaded_at=self.loaded_at,
            content_sha256=content_sha256,
            contract_version=contract_version,
            rows_in=rows_in,
            rows_loaded=rows_loaded,
            rows_quarantined=rows_quarantined,
            rows_repeated=rows_repeated,
            replaces_earlier=replaces_earlier,
            cursor=cursor,
            source_files=source_files,
            timezone=timezone,
            columns=self._columns or {},
            parts=tuple(self._parts),
        )
        (self._folder / MANIFEST).write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        for file in self._folder.iterdir():
            _to_disk(file)
        _to_disk(self._folder)
        self._folder.rename(self._home / self.batch_id)
        _to_disk(self._home)
        return manifest

    def discard(self) -> None:
        """Forget what was written so far."""
        shutil.rmtree(self._folder, ignore_errors=True)


@contextmanager
def writing(raw_dir: Path, entity: str, *, now: dt.datetime, label: str) -> Iterator[Batch]:
    """A new batch of `entity`, discarded unless committed. `label` tells batches of one instant apart."""
    batch = Batch(raw_dir, entity, batch_id_of(now, label), now)
    try:
        yield batch
    finally:
        batch.discard()


def batch_id_of(now: dt.datetime, label: str) -> str:
    """The id of a batch: sorts by time, and tells apart what landed in the same instant."""
    return f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%S%fZ}-{label[:12]}"


def sweep(raw_dir: Path, entity: str) -> None:
    """Remove what killed runs left unfinished. The caller holds the lock of the source."""
    for folder in (raw_dir / entity).glob(f"{_UNFINISHED}*"):
        shutil.rmtree(folder)


def entities(raw_dir: Path) -> list[str]:
    """Names of the entities that have a folder in raw."""
    return sorted(path.name for path in raw_dir.iterdir() if path.is_dir()) if raw_dir.exists() else []


def batches(raw_dir: Path, entity: str) -> list[Manifest]:
    """The committed batches of `entity`, oldest first."""
    found = sorted((raw_dir / entity).glob(f"[!.]*/{MANIFEST}"))
    return [Manifest.model_validate_json(path.read_text(encoding="utf-8")) for path in found]


def current_batches(raw_dir: Path, entity: str) -> list[Manifest]:
    """The batches that count: a batch that replaces earlier ones hides those before it of the same origin."""
    kept: list[Manifest] = []
    for manifest in batches(raw_dir, entity):
        if manifest.replaces_earlier:
            kept = [earlier for earlier in kept if earlier.origin != manifest.origin]
        kept.append(manifest)
    return kept


def latest(raw_dir: Path, entity: str, *, origin: Origin) -> Manifest | None:
    """The newest batch of one origin; its cursor says where to go on."""
    return next((found for found in reversed(batches(raw_dir, entity)) if found.origin == origin), None)


def retire_hidden(raw_dir: Path, entity: str) -> None:
    """Put batches that a later one replaced out of the way; they stay on disk under a hidden name.

    A source that is read often makes many small batches, and every reader opens every manifest.
    """
    kept = {manifest.batch_id for manifest in current_batches(raw_dir, entity)}
    for manifest in batches(raw_dir, entity):
        if manifest.batch_id not in kept:
            folder = raw_dir / entity / manifest.batch_id
            folder.rename(folder.with_name(f".replaced-{manifest.batch_id}"))


def was_landed(raw_dir: Path, entity: str, content_sha256: str) -> bool:
    """Whether this very content is in a batch that counts, so that landing it again would change nothing."""
    return any(found.content_sha256 == content_sha256 for found in current_batches(raw_dir, entity))


def refuse_suspicious_shrink(previous: Manifest | None, rows: int, *, is_allowed: bool) -> None:
    """Raise SuspiciousShrinkError when a full read has less than half the rows of the one before."""
    if previous is None or is_allowed or rows >= previous.rows_in * _LEAST_SHARE_OF_LAST:
        return
    message = (
        f"{previous.entity} has {rows} rows, after {previous.rows_in} last time. The last good data stays. "
        "If the source really shrank, land it once more and allow it."
    )
    raise SuspiciousShrinkError(message)


def scan(raw_dir: Path, entity: str) -> pl.LazyFrame:
    """All rows of the batches that count, with what their manifests say as `_batch_id`, `_loaded_at`, `_timezone`.

    Raises NothingLandedError without any.

    A column that the newest contract added is null in batches of an older contract version, and in no other case.
    """
    found = current_batches(raw_dir, entity)
    if not found:
        source = entity.partition("__")[0]
        message = f"Nothing has been landed as {entity} yet. Land it with `anju feed land {source}`."
        raise NothingLandedError(message)
    with_rows = [manifest for manifest in found if manifest.parts]
    newest = max(with_rows, key=lambda manifest: (manifest.contract_version, manifest.batch_id), default=None)
    if newest is None:
        message = f"No batch of {entity} holds a row yet."
        raise NothingLandedError(message)
    schema = _scan_batch(raw_dir, newest).collect_schema()
    return pl.concat(_fitted(_scan_batch(raw_dir, manifest), manifest, newest, schema) for manifest in with_rows)


def scan_or_none(raw_dir: Path, entity: str) -> pl.LazyFrame | None:
    """As `scan`, but None where nothing has been landed."""
    try:
        return scan(raw_dir, entity)
    except NothingLandedError:
        return None


def _scan_batch(raw_dir: Path, manifest: Manifest) -> pl.LazyFrame:
    folder = raw_dir / manifest.entity / manifest.batch_id
    frame = pl.scan_parquet([folder / part.name for part in manifest.parts])
    uuids = [name for name, kind in manifest.columns.items() if kind == _UUID]
    return frame.with_columns(
        *(pl.col(name).map_batches(uuid_texts, pl.String, is_elementwise=True) for name in uuids),
        _batch_id=pl.lit(manifest.batch_id),
        _timezone=pl.lit(manifest.timezone, pl.String),
        _loaded_at=pl.lit(manifest.loaded_at).dt.cast_time_unit("us").dt.convert_time_zone("UTC"),
    )


def _fitted(frame: pl.LazyFrame, manifest: Manifest, newest: Manifest, schema: pl.Schema) -> pl.LazyFrame:
    if manifest.columns == newest.columns:
        return frame
    missing = [name for name in newest.columns if name not in manifest.columns]
    changed = [name for name, kind in manifest.columns.items() if newest.columns.get(name) != kind]
    if changed or manifest.contract_version >= newest.contract_version:
        names = ", ".join(changed + missing)
        message = f"Batches {manifest.batch_id} and {newest.batch_id} of {newest.entity} differ in: {names}."
        raise RawSchemaError(message)
    return frame.with_columns(pl.lit(None, schema[name]).alias(name) for name in missing).select(schema.names())


def uuid_texts(uuids: pl.Series) -> pl.Series:
    """UUIDs of sixteen bytes as text of 36 characters, null for null."""
    present = uuids.drop_nulls()
    digits = np.frombuffer(present.to_arrow().cast(_UUID_TYPE).buffers()[1] or b"", dtype=np.uint8).reshape(-1, 16)
    pairs = np.take(_HEX_PAIRS, digits).view(np.uint8).reshape(-1, 32)
    texts = np.full((len(present), 36), ord("-"), dtype=np.uint8)
    for begin, end, place in _UUID_GROUPS:
        texts[:, place : place + end - begin] = pairs[:, begin:end]
    ends = np.arange(0, 36 * (len(present) + 1), 36, dtype=np.int64)
    array = pa.LargeStringArray.from_buffers(len(present), pa.py_buffer(ends), pa.py_buffer(texts))
    filled = pl.Series(uuids.name, array, dtype=pl.String)
    if not uuids.null_count():
        return filled
    return (
        pl.Series(uuids.name, [None], pl.String)
        .new_from_index(0, len(uuids))
        .scatter(uuids.is_not_null().arg_true(), filled)
    )


def _to_disk(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

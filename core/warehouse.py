"""The published warehouse: which build readers see, how it is opened, and how the next one takes its place.

A build is a folder `warehouse/<build_id>/` that holds `warehouse.duckdb` and everything its figures need (dbt's
manifest, the semantic manifest, a record of the build). `warehouse/current.json` names the published one and is
switched by a rename, so that a reader sees the old build or the new one and never a mixture. Readers that are at work
keep the file they have opened.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from core.settings import Settings

if TYPE_CHECKING:
    import duckdb

WAREHOUSE_FILE: Final = "warehouse.duckdb"
SEMANTIC_MANIFEST: Final = "semantic_manifest.json"
DBT_MANIFEST: Final = "manifest.json"
POINTER: Final = "current.json"
RECORD: Final = "build.json"
KEPT_BUILDS: Final = 3

_READ_ONLY: Final = 0o444
_READER_SETTINGS: Final = {
    "access_mode": "read_only",
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "lock_configuration": "true",
}


class WarehouseError(Exception):
    """The published warehouse cannot do what was asked; the message says what to do."""

    code = "warehouse_error"


class NothingPublished(WarehouseError):
    """No build has been published yet."""

    code = "nothing_published"


class BuildIncomplete(WarehouseError):
    """A build that lacks a file, or cannot be opened, must not be published."""

    code = "build_incomplete"


@dataclass(frozen=True, slots=True)
class Build:
    """One published build: where it is, when it was published, how far its data reaches, and what its gates said."""

    build_id: str
    path: Path
    published_at: dt.datetime
    data_as_of: dt.datetime
    gates: tuple[dict[str, Any], ...] = ()

    @property
    def semantic_manifest(self) -> Path:
        """The definitions of its measures."""
        return self.path.parent / SEMANTIC_MANIFEST

    @property
    def dbt_manifest(self) -> Path:
        """What dbt knows of its tables."""
        return self.path.parent / DBT_MANIFEST


def current_build(settings: Settings) -> Build | None:
    """The build that readers see, None before the first was published."""
    try:
        pointer = json.loads((settings.warehouse / POINTER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    record = json.loads((settings.warehouse / pointer["build_id"] / RECORD).read_text(encoding="utf-8"))
    return Build(
        build_id=record["build_id"],
        path=settings.warehouse / record["build_id"] / WAREHOUSE_FILE,
        published_at=dt.datetime.fromisoformat(record["published_at"]),
        data_as_of=dt.datetime.fromisoformat(record["data_as_of"]),
        gates=tuple(record["gates"]),
    )


def require_build(settings: Settings) -> Build:
    """The build that readers see; raises NothingPublished before the first."""
    build = current_build(settings)
    if build is None:
        raise NothingPublished("No figures are published yet. Run the pipeline first: anju pipeline run")
    return build


def publish(
    settings: Settings,
    build_id: str,
    *,
    gates: Sequence[dict[str, Any]],
    data_as_of: dt.datetime,
    now: dt.datetime | None = None,
) -> Build:
    """Make the finished build in `warehouse/<build_id>/` the one readers see, and remove all but the last three.

    Its file is checkpointed, made read-only and brought to the disk before the pointer names it. Raises
    BuildIncomplete, and leaves the pointer as it is, where a file is missing or the warehouse cannot be opened.
    """
    folder = settings.warehouse / build_id
    _finish(folder)
    published_at = now or dt.datetime.now(dt.UTC)
    record = {
        "build_id": build_id,
        "published_at": published_at.isoformat(),
        "data_as_of": data_as_of.isoformat(),
        "gates": list(gates),
    }
    _write_durably(folder / RECORD, record)
    _write_durably(settings.warehouse / POINTER, {"build_id": build_id})
    build = require_build(settings)
    _remove_old_builds(settings, keep=build_id, now=published_at)
    return build


def open_build(build: Build) -> duckdb.DuckDBPyConnection:
    """A connection that can only read this build: no other file, no network, no change of its own settings.

    A connection belongs to one thread at a time; `cursor()` of it serves another.
    """
    # DuckDB costs a tenth of a second to import, which commands that never ask for a figure should not pay.
    import duckdb  # noqa: PLC0415

    return duckdb.connect(str(build.path), read_only=True, config=dict(_READER_SETTINGS))


def connect_published(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection that can only read the published warehouse; raises NothingPublished before the first build."""
    return open_build(require_build(settings))


class Reader:
    """The published warehouse kept open for many threads: one connection a build, one cursor a thread.

    When another build is published the next question opens it; whoever still holds a cursor of the old one keeps
    it until done.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._build: Build | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._of_thread = threading.local()

    def cursor(self, build: Build) -> duckdb.DuckDBPyConnection:
        """The cursor of this thread on `build`."""
        held: tuple[Path, duckdb.DuckDBPyConnection] | None = getattr(self._of_thread, "held", None)
        if held is not None and held[0] == build.path:
            return held[1]
        with self._lock:
            if self._connection is None or self._build is None or self._build.path != build.path:
                self._connection = open_build(build)
                self._build = build
            cursor = self._connection.cursor()
        self._of_thread.held = (build.path, cursor)
        return cursor


def _finish(folder: Path) -> None:
    import duckdb  # noqa: PLC0415  As in `open_build`.

    path = folder / WAREHOUSE_FILE
    missing = [name for name in (WAREHOUSE_FILE, SEMANTIC_MANIFEST, DBT_MANIFEST) if not (folder / name).exists()]
    if missing:
        raise BuildIncomplete(f"Build {folder.name} lacks {', '.join(missing)}. Build it again: anju pipeline run")
    try:
        # A second publication of the same build finds it read-only and has nothing to write.
        if os.access(path, os.W_OK) and path.stat().st_mode & 0o222:
            with duckdb.connect(str(path)) as connection:
                connection.execute("force checkpoint")
        path.chmod(_READ_ONLY)
        with duckdb.connect(str(path), read_only=True, config=dict(_READER_SETTINGS)) as connection:
            connection.table("marts.fct_tickets").limit(1).fetchall()
    except duckdb.Error as error:
        message = f"Build {folder.name} cannot be read: {error}. Build it again: anju pipeline run"
        raise BuildIncomplete(message) from error
    for work in folder.glob(f"{WAREHOUSE_FILE}.work*"):
        work.unlink()
    for name in (WAREHOUSE_FILE, SEMANTIC_MANIFEST, DBT_MANIFEST):
        _sync(folder / name)
    _sync(folder)


def _write_durably(path: Path, content: dict[str, Any]) -> None:
    """Write JSON beside its place, bring it to the disk and rename it into its place."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    unfinished.write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str), encoding="utf-8")
    _sync(unfinished)
    unfinished.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_old_builds(settings: Settings, *, keep: str, now: dt.datetime) -> None:
    """Remove published builds beyond the last three, and what a day ago was left unpublished."""
    published = sorted(
        (json.loads(record.read_text(encoding="utf-8"))["published_at"], record.parent)
        for record in settings.warehouse.glob(f"*/{RECORD}")
    )
    others = [folder for _, folder in published if folder.name != keep]
    for folder in others[: max(0, len(others) - (KEPT_BUILDS - 1))]:
        shutil.rmtree(folder)
    a_day_ago = (now - dt.timedelta(days=1)).timestamp()
    for folder in settings.warehouse.iterdir():
        if folder.is_dir() and not (folder / RECORD).exists() and folder.stat().st_mtime < a_day_ago:
            shutil.rmtree(folder)

"""The folder in which outside systems drop files: which of them are whole, and where they go afterwards.

A file is whole when a marker `<name>.done` stands beside it and what the marker says is true, or, without a marker,
when nobody wrote to it for a minute and it does not stop in the middle of a row. What is not whole waits; after half an
hour it is held. Taken and held files stay in hidden folders of the inbox, since raw refers to their lines.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.settings import Settings
from ingestion.files import ends_within_a_row

TAKEN: Final = ".taken"
HELD: Final = ".held"

_MARKER: Final = ".done"
_BEING_WRITTEN: Final = (".part", ".tmp", ".crdownload", ".filepart", _MARKER)
_SETTLED: Final = dt.timedelta(seconds=60)
_PATIENCE: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A file to be taken: its content hash, and the number of rows its sender announced, if any."""

    path: Path
    sha256: str
    announced_rows: int | None = None
    is_dropped: bool = True

    @property
    def kept_name(self) -> str:
        """The name under which the file is kept: two files of one name do not meet."""
        return f"{self.sha256[:12]}-{self.path.name}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that is not whole: the reason, and whether it has been so for too long."""

    path: Path
    reason: str
    is_overdue: bool


def folder_of(settings: Settings, source: str) -> Path:
    """The inbox of one source."""
    return settings.inbox / source


def look(settings: Settings, source: str, *, now: dt.datetime) -> tuple[list[Delivery], list[Waiting]]:
    """The files that lie in the inbox of a source, whole ones and others, by name."""
    folder = folder_of(settings, source)
    paths = sorted(
        path
        for path in (folder.iterdir() if folder.exists() else ())
        if path.is_file() and not path.name.startswith(".") and path.suffix not in _BEING_WRITTEN
    )
    deliveries: list[Delivery] = []
    waiting: list[Waiting] = []
    for path in paths:
        found = _examine(path, now)
        if isinstance(found, Delivery):
            deliveries.append(found)
        else:
            waiting.append(found)
    return deliveries, waiting


def named(path: Path) -> Delivery:
    """A file that somebody names, who thereby says that it is whole; it is copied and stays where it is."""
    return Delivery(path, hash_of(path), is_dropped=False)


def hash_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def put_away(settings: Settings, source: str, delivery: Delivery, where: str) -> Path:
    """Keep the file under `.taken` or `.held`; its marker goes."""
    folder = folder_of(settings, source) / where
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / delivery.kept_name
    if not delivery.is_dropped:
        if target != delivery.path:
            shutil.copyfile(delivery.path, target)
        return target
    delivery.path.replace(target)
    _marker_of(delivery.path).unlink(missing_ok=True)
    return target


def _marker_of(path: Path) -> Path:
    return path.with_name(path.name + _MARKER)


def _examine(path: Path, now: dt.datetime) -> Delivery | Waiting:
    age = now - dt.datetime.fromtimestamp(path.stat().st_mtime, dt.UTC)
    is_overdue = age >= _PATIENCE
    marker = _marker_of(path)
    if marker.exists():
        promised = _promise(marker)
        if promised is None:
            return Waiting(path, f"{marker.name} is not readable", is_overdue)
        sha256 = hash_of(path)
        if promised.get("sha256") not in (None, sha256):
            return Waiting(path, f"{path.name} is not the file that {marker.name} announces", is_overdue)
        return Delivery(path, sha256, promised.get("rows"))
    if age < _SETTLED:
        return Waiting(path, f"{path.name} was written to less than a minute ago", is_overdue=False)
    if ends_within_a_row(path):
        return Waiting(path, f"{path.name} stops in the middle of a row", is_overdue)
    return Delivery(path, hash_of(path))


def _promise(marker: Path) -> dict[str, Any] | None:
    text = marker.read_text(encoding="utf-8").strip()
    try:
        promise = json.loads(text) if text else {}
    except ValueError:
        return None
    return promise if isinstance(promise, dict) else None

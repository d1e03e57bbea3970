"""Files that are exported as they are: photos under the hash of what they are, and the batches of other systems."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from core.settings import Settings
from ops_db.conversation.photos import place_of
from ops_db.export.dictionary import file_entry
from ops_db.export.errors import ExportDamaged
from ops_db.export.writing import HashedFile, WrittenFile

FILES: Final = "files"
FEEDS: Final = "feeds"
OWN_BATCHES: Final = "ops__"
"""Batches extracted from the operational store: they are made anew from the rows themselves."""
_MANIFEST: Final = "manifest.json"
_PIECE_BYTES: Final = 1 << 20


def copied(source: Path, root: Path, path: str) -> WrittenFile:
    """Copy a file into `root`, hashed on the way."""
    target = HashedFile(root, path)
    try:
        with source.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                target.write(piece)
    finally:
        target.close()
    return target.finished()


def copy_attachments(
    settings: Settings, hashes: Iterable[str], root: Path, *, tell: Callable[[int], None]
) -> dict[str, Any]:
    """Copy the files of tickets; one that is missing or spoiled in the store is named and keeps nothing from leaving.

    Their names are their hashes, so the dictionary needs no list of them.
    """
    count, size, missing = 0, 0, []
    for number, sha256 in enumerate(hashes, start=1):
        tell(number)
        source = place_of(settings.attachments, sha256)
        if not source.is_file():
            missing.append(sha256)
            continue
        written = copied(source, root, f"{FILES}/{sha256[:2]}/{sha256}")
        if written.sha256 != sha256:
            (root / written.path).unlink()
            missing.append(sha256)
            continue
        count, size = count + 1, size + written.byte_count
    return {"count": count, "bytes": size, "missing": missing}


def copy_feeds(settings: Settings, root: Path, *, tell: Callable[[int], None]) -> dict[str, Any]:
    """Copy the landed batches of every other system: without them the measures of those systems would be lost."""
    files = []
    for number, source in enumerate(feed_files(settings.raw), start=1):
        tell(number)
        files.append(file_entry(copied(source, root, f"{FEEDS}/{source.relative_to(settings.raw).as_posix()}")))
    return {"files": files}


def feed_files(raw: Path) -> Iterator[Path]:
    """The files of committed batches, without those of the operational store itself."""
    for manifest in sorted(raw.glob(f"*/*/{_MANIFEST}")):
        entity, batch = manifest.parent.parent.name, manifest.parent.name
        if not entity.startswith(OWN_BATCHES) and not batch.startswith("."):
            yield from sorted(path for path in manifest.parent.iterdir() if path.is_file())


def attachments_in(folder: Path) -> Iterator[Path]:
    """The files of tickets in an export, or in the store."""
    yield from sorted(path for path in folder.glob("??/*") if path.is_file() and not path.name.startswith("."))


def require_inside(root: Path, path: str) -> Path:
    """The place of a file the dictionary names; raises ExportDamaged for one that points out of the export."""
    place = (root / path).resolve()
    if not place.is_relative_to(root.resolve()):
        message = f"The dictionary names {path}, which lies outside of the export. Copy the export again."
        raise ExportDamaged(message)
    return place

"""Is an export whole, and may it be taken in here? Everything is asked before anything is written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from core.settings import Settings
from ops_db.export import contents, copying, dictionary, repository
from ops_db.export.errors import ExportDamaged, ExportNotImportable, SystemNotEmpty
from ops_db.models.base import Base

REFERENCE_TABLES: Final = frozenset(
    {
        *("role", "role_permission", "calendar", "calendar_shift", "defect_category", "component", "defect"),
        *("sla_policy", "warranty_term", "process_definition", "form_definition", "calendar_year"),
    }
)
"""Tables that a new installation fills by itself; what stands there gives way to what is taken in."""

_PIECE_BYTES: Final = 1 << 20


def whole(folder: Path, *, tell: Callable[[int, int], None]) -> dict[str, Any]:
    """The dictionary of an export in which every file is as it was written; raises ExportDamaged and names the file."""
    document = dictionary.read(folder)
    listed = dictionary.all_files(document)
    attachments = list(copying.attachments_in(folder / copying.FILES))
    of = len(listed) + len(attachments)
    for number, file in enumerate(listed, start=1):
        path = copying.require_inside(folder, file["path"])
        _require_same(path, file["path"], file["bytes"], file["sha256"])
        tell(number, of)
    if len(attachments) != document["files"]["count"]:
        message = (
            f"{folder / copying.FILES} holds {len(attachments)} files, and {document['files']['count']} were exported."
            " Copy the export again."
        )
        raise ExportDamaged(message)
    for number, path in enumerate(attachments, start=len(listed) + 1):
        _require_same(path, path.relative_to(folder).as_posix(), path.stat().st_size, path.name)
        tell(number, of)
    return document


def _require_same(path: Path, name: str, byte_count: int, sha256: str) -> None:
    if not path.is_file():
        message = f"{name} is missing from the export. Copy the export again; nothing was changed."
        raise ExportDamaged(message)
    size = path.stat().st_size
    if size != byte_count:
        message = f"{name} has {size:,} bytes and was written with {byte_count:,}. Copy the export again."
        raise ExportDamaged(f"{message} Nothing was changed.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    if digest.hexdigest() != sha256:
        message = f"{name} is damaged: its bytes are not those that were written. Copy the export again."
        raise ExportDamaged(f"{message} Nothing was changed.")


def require_importable(document: dict[str, Any], *, revision: str | None) -> None:
    """Raise ExportNotImportable for an export that this version cannot take in."""
    if not document["is_with_personal_data"]:
        message = (
            "This export was made without personal data: it is for reading, and a system could not go on with it."
            " Make one without --without-personal-data."
        )
        raise ExportNotImportable(message)
    if document["schema"] != revision:
        message = (
            f"The export has the schema {document['schema']} (Anju {document['version']}), and this installation has"
            f" {revision}. Import it with the version of Anju that has the schema {document['schema']}, then upgrade."
        )
        raise ExportNotImportable(message)
    known = {table.name for table in Base.metadata.sorted_tables}
    unknown = sorted({entry["name"] for entry in document["tables"]} - known)
    missing = sorted(known - {entry["name"] for entry in document["tables"]} - contents.LEFT_OUT_TABLES.keys())
    if unknown or missing:
        message = f"The tables of the export differ from those of this version: {', '.join(unknown or missing)}."
        raise ExportNotImportable(f"{message} Use the version of Anju that made it.")


def require_empty(connection: Connection, settings: Settings) -> None:
    """Raise SystemNotEmpty where anything was entered or landed already."""
    tables = [table.name for table in Base.metadata.sorted_tables]
    kept = [name for name in tables if name not in REFERENCE_TABLES and name not in contents.LEFT_OUT_TABLES]
    found = {name: count for name in kept if (count := repository.count(connection, name))}
    if found:
        shown = ", ".join(f"{count:,} rows of {name}" for name, count in list(found.items())[:4])
        message = (
            f"This installation is not empty: it holds {shown}{' …' if len(found) > 4 else ''}."
            " Give an empty one: another ANJU_HOME, or another database in ANJU_DATABASE_URL. Nothing was changed."
        )
        raise SystemNotEmpty(message)
    if settings.raw.is_dir() and any(settings.raw.iterdir()):
        message = f"{settings.raw} holds batches of another time. Give an empty ANJU_HOME. Nothing was changed."
        raise SystemNotEmpty(message)

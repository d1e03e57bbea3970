"""Everything leaves: one snapshot of the operational store, files, marts and measures, with a dictionary."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection

from core.measures import MeasureError
from core.settings import Settings
from core.warehouse import WarehouseError, current_build
from ops_db.engine import command_engine
from ops_db.errors import NotInstalled
from ops_db.export import columns, contents, copying, dictionary, figures, page, repository, sealing
from ops_db.export.errors import SchemaNotNewest, told
from ops_db.export.folder import require_free, written_whole
from ops_db.export.writing import FORMATS, HashedFile, TableFiles, schema_of, write_table
from ops_db.integrity import anchors
from ops_db.migrate import newest_revision
from ops_db.models.base import Base
from ops_db.personal_data import PersonalData

Tell = Callable[[str, int, int], None]
"""Progress: what is being done, how far, and of how many (0 where nobody knows)."""

ANCHORS: Final = "audit/anchors.jsonl"


@dataclass(frozen=True, slots=True)
class Options:
    """What an export is to hold."""

    formats: tuple[str, ...] = FORMATS
    with_personal_data: bool = True
    with_files: bool = True
    with_feeds: bool = True
    with_marts: bool = True


@dataclass(frozen=True, slots=True)
class Summary:
    """What an export holds."""

    folder: str
    tables: int
    rows: int
    files: int
    missing_files: int
    feed_files: int
    marts: int
    measures: int
    bytes: int
    snapshot_at: str

    def as_dict(self) -> dict[str, Any]:
        """The fields for a program to read."""
        return asdict(self)


def key_fingerprint(settings: Settings) -> str:
    """By which two installations see that they share a key, without saying anything of it."""
    key = settings.secrets.secret_key.get_secret_value().encode()
    return hmac.digest(key, b"anju key fingerprint", hashlib.sha256).hex()[:16]


def export_everything(
    settings: Settings, url: str, target: Path, options: Options, *, now: dt.datetime, tell: Tell
) -> Summary:
    """Write everything into the new folder `target`, and note in the audit log that it left.

    The folder appears whole or not at all. Raises an ExportError, or NotInstalled without tables.
    """
    target = target.expanduser().absolute()
    require_free(target)
    engine = command_engine(url)
    reading = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with written_whole(target) as folder:
        nothing_left = f"{target} was not written, and nothing was left behind."
        advice = f"{nothing_left} Look at the server and at the published marts (--without-marts leaves them out)."
        with told("The export", advice, also=(MeasureError, WarehouseError)), reading.connect() as connection:
            document = _written(connection, settings, folder, options, tell)
        tell("dictionary", 0, 0)
        document = dictionary.sealed(document)
        for name, text in ((dictionary.PAGE, page.as_html(document)), (dictionary.FILE, dictionary.as_text(document))):
            file = HashedFile(folder, name)
            file.write(text.encode())
            file.close()
        byte_count = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    summary = _summary(target, document, byte_count)
    detail = {
        "rows": summary.rows,
        "files": summary.files,
        "is_with_personal_data": options.with_personal_data,
        "seal": document["seal"],
    }
    with engine.begin() as connection:
        repository.note(connection, "installation:export", detail, now=now)
    engine.dispose()
    return summary


def _written(connection: Connection, settings: Settings, folder: Path, options: Options, tell: Tell) -> dict[str, Any]:
    revision = repository.revision(connection)
    if revision is None:
        raise NotInstalled("The database has no tables yet. Make them with `python -m ops_db migrate`.")
    if revision != newest_revision():
        message = (
            f"The database has the schema {revision} and this version of Anju exports {newest_revision()}. Bring it up"
            " first with `python -m ops_db migrate`, or export with the version of Anju it was made by."
        )
        raise SchemaNotNewest(message)
    document: dict[str, Any] = {
        "format": dictionary.FORMAT,
        "product": dictionary.PRODUCT,
        "version": version("anju"),
        "schema": revision,
        "snapshot_at": repository.moment(connection).isoformat(),
        "timezone": settings.timezone,
        "is_with_personal_data": options.with_personal_data,
        "formats": [name for name in FORMATS if name in options.formats],
        "key_fingerprint": key_fingerprint(settings),
        "notes": {name: note._asdict() for name, note in dictionary.NOTES.items()},
        "sequences": repository.sequences(connection),
        "tables": _tables(connection, settings, folder, options, tell),
        "left_out_tables": dictionary.left_out_tables(),
        "files": {
            "count": 0,
            "bytes": 0,
            "missing": [],
            "is_complete": options.with_files and options.with_personal_data,
        },
        "feeds": {"files": []},
        "anchors": [],
        "marts": None,
        "measures": [],
    }
    # Photos show homes and people, and so leave only with the personal data.
    if options.with_files and options.with_personal_data:
        hashes = repository.attachments(connection)
        copied = copying.copy_attachments(
            settings, hashes, folder, tell=lambda done: tell("photos and files", done, len(hashes))
        )
        document["files"] = copied | {"is_complete": not copied["missing"]}
    connection.rollback()
    kept = anchors.file_of(settings)
    if kept.exists():
        document["anchors"] = [dictionary.file_entry(copying.copied(kept, folder, ANCHORS))]
    if options.with_feeds and options.with_personal_data:
        document["feeds"] = copying.copy_feeds(settings, folder, tell=lambda done: tell("feeds", done, 0))
    return document | _analytical(settings, folder, options, tell)


def _tables(
    connection: Connection, settings: Settings, folder: Path, options: Options, tell: Tell
) -> list[dict[str, Any]]:
    driver: Any = connection.connection.driver_connection
    personal_data = PersonalData.of(settings)
    docstrings = {mapper.local_table.name: mapper.class_.__doc__ or "" for mapper in Base.registry.mappers}  # type: ignore[attr-defined]  # Every model has one table.
    expected = repository.estimated_rows(connection)
    entries, done = [], 0
    for table in Base.metadata.sorted_tables:
        if table.name in contents.LEFT_OUT_TABLES:
            continue
        exported, left_out = columns.columns_of(table, with_personal_data=options.with_personal_data)
        with TableFiles(folder, f"ops/{table.name}", schema_of(exported), options.formats) as files:
            rows = write_table(
                driver,
                columns.select_of(table, exported),
                files,
                exported,
                change=sealing.opening(exported, personal_data),
                tell=lambda rows, name=table.name, before=done: tell(name, before + rows, max(expected, before + rows)),  # type: ignore[misc]  # mypy cannot type defaults of a lambda.
            )
            entries.append(
                dictionary.table_entry(
                    table, docstrings[table.name], exported, left_out, rows=rows, files=files.finished()
                )
            )
        done += rows
    return entries


def _analytical(settings: Settings, folder: Path, options: Options, tell: Tell) -> dict[str, Any]:
    """Marts and measures of the published build; nothing where none was published."""
    build = current_build(settings) if options.with_marts else None
    if build is None:
        return {}
    marts = figures.write_marts(
        folder,
        build,
        formats=options.formats,
        with_personal_data=options.with_personal_data,
        tell=lambda done: tell("marts", done, 0),
    )
    tell("measures", 0, 0)
    return {"marts": marts, "measures": figures.write_measures(folder, settings, formats=options.formats)}


def _summary(target: Path, document: dict[str, Any], byte_count: int) -> Summary:
    return Summary(
        folder=str(target),
        tables=len(document["tables"]),
        rows=sum(table["row_count"] for table in document["tables"]),
        files=document["files"]["count"],
        missing_files=len(document["files"]["missing"]),
        feed_files=len(document["feeds"]["files"]),
        marts=len((document["marts"] or {}).get("tables", ())),
        measures=next((table["row_count"] for table in document["measures"]), 0),
        bytes=byte_count,
        snapshot_at=document["snapshot_at"],
    )

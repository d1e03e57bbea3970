"""An export is taken in by an empty installation: in one transaction, with its ids, versions, numbers and chains."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text

from core.settings import Settings
from ops_db.conversation.photos import place_of
from ops_db.engine import command_engine
from ops_db.export import checking, copying, repository
from ops_db.export.errors import AccountUnknown, SystemNotEmpty, told
from ops_db.export.leaving import Tell, key_fingerprint
from ops_db.export.loading import Arrival, load_table
from ops_db.integrity import chains
from ops_db.integrity.verification import anchor_now
from ops_db.models.base import Base
from ops_db.passwords import hash_password
from ops_db.personal_data import PersonalData

# Two imports at once would both find the installation empty.
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('anju import of an export', 0))")
_TRANSACTION = text("select pg_current_xact_id()::text::bigint")


@dataclass(frozen=True, slots=True)
class ArrivalSummary:
    """What was taken in, and what is left for people to do."""

    tables: int
    rows: int
    files: int
    feed_files: int
    links: int
    chains: int
    findings: int
    accounts: int
    unknown_callers: int
    webhooks: int
    snapshot_at: str

    def as_dict(self) -> dict[str, Any]:
        """The fields for a program to read."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """The one account that can sign in after an import, since no password leaves with an export."""

    login: str
    password: str


def take_in(
    settings: Settings, url: str, folder: Path, *, now: dt.datetime, tell: Tell, password: NewPassword | None = None
) -> ArrivalSummary:
    """Take the export in `folder` in, or change nothing. The database has the newest schema.

    Raises ExportDamaged, ExportNotImportable or SystemNotEmpty, each before anything is written.
    """
    folder = folder.expanduser().absolute()
    document = checking.whole(folder, tell=lambda done, of: tell("checking the files", done, of))
    engine = command_engine(url)
    advice = "Nothing was changed. Mend the cause and import again."
    with told("The import", advice, also=(OSError,)), engine.connect() as connection:
        connection.execute(_LOCK)
        checking.require_importable(document, revision=repository.revision(connection))
        checking.require_empty(connection, settings)
        _copy_attachments(settings, folder, tell)
        rows, arrival = _load(connection, settings, folder, document, now, tell)
        tell("verifying the logs", 0, 0)
        verified = [chains.verify_tickets(connection), chains.verify_deeds(connection)]
        _finish(connection, document, rows, password, now)
        with _feeds_in_place(settings, folder):
            connection.commit()
    anchor_now(settings, url, now=now, reason=f"Imported from the export of {document['snapshot_at']}.")
    with engine.begin() as connection:
        accounts, webhooks = (repository.count(connection, name) for name in ("account", "webhook_endpoint"))
    engine.dispose()
    return ArrivalSummary(
        tables=len(document["tables"]),
        rows=rows,
        files=document["files"]["count"],
        feed_files=len(document["feeds"]["files"]),
        links=sum(one.links for one in verified),
        chains=sum(one.chains for one in verified),
        findings=sum(one.finding_count for one in verified),
        accounts=accounts,
        unknown_callers=arrival.unknown_callers,
        webhooks=webhooks,
        snapshot_at=document["snapshot_at"],
    )


def _load(
    connection: Connection, settings: Settings, folder: Path, document: dict[str, Any], now: dt.datetime, tell: Tell
) -> tuple[int, Arrival]:
    """Replace what a new installation made by itself, and copy every table in the order of its references."""
    arrival = Arrival(
        personal_data=PersonalData.of(settings),
        now=now,
        transaction=connection.execute(_TRANSACTION).scalar_one(),
        shares_the_key=document["key_fingerprint"] == key_fingerprint(settings),
    )
    tables = [table.name for table in Base.metadata.sorted_tables]
    entries = {entry["name"]: entry for entry in document["tables"]}
    expected = sum(entry["row_count"] for entry in entries.values())
    driver: Any = connection.connection.driver_connection
    # The links of the logs are copied as they were, never made anew, so the triggers that would make them are off; the
    # number of the writing transaction is a default, so the next extraction sees every row all the same.
    for name in tables:
        repository.triggers(connection, name, are_on=False)
    for name in reversed(tables):
        if name in checking.REFERENCE_TABLES:
            repository.empty(connection, name)
    done = 0
    for name in tables:
        if name in entries:
            done += load_table(
                driver,
                folder,
                entries[name],
                arrival,
                lambda name=name, done=done: tell(name, done, expected),  # type: ignore[misc]  # mypy cannot type defaults of a lambda.
            )
    connection.execute(text("set constraints all immediate"))
    for name in tables:
        repository.triggers(connection, name, are_on=True)
    return done, arrival


def _finish(
    connection: Connection, document: dict[str, Any], rows: int, password: NewPassword | None, now: dt.datetime
) -> None:
    for name, last_value in document["sequences"].items():
        repository.set_sequence(connection, name, last_value)
    if password is not None:
        hashed = hash_password(password.password)
        if not repository.set_password(connection, login=password.login, password_hash=hashed):
            message = (
                f"The export has no account {password.login}, so nothing was taken in. Name one of the logins in"
                " ops/account."
            )
            raise AccountUnknown(message)
    detail = {"rows": rows, "snapshot_at": document["snapshot_at"], "seal": document["seal"]}
    repository.note(connection, "installation:import", detail, now=now)
    connection.execute(text("analyze"))


def _copy_attachments(settings: Settings, folder: Path, tell: Tell) -> None:
    """Put files where their hashes say; one that is there is the same, so doing it twice changes nothing."""
    root = folder / copying.FILES
    sources = list(copying.attachments_in(root))
    for number, source in enumerate(sources, start=1):
        tell("photos and files", number, len(sources))
        target = place_of(settings.attachments, source.name)
        if target.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished = target.with_name(f".incoming-{source.name}")
        shutil.copyfile(source, unfinished)
        unfinished.replace(target)


@contextmanager
def _feeds_in_place(settings: Settings, folder: Path) -> Iterator[None]:
    """The batches of other systems lie in raw exactly if the transaction within is committed."""
    source = folder / copying.FEEDS
    if not source.is_dir():
        yield
        return
    incoming = settings.lake / ".incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    shutil.copytree(source, incoming)
    try:
        if settings.raw.exists():
            settings.raw.rmdir()
        incoming.rename(settings.raw)
    except OSError as error:
        shutil.rmtree(incoming, ignore_errors=True)
        message = f"{settings.raw} is not empty any more. Give an empty ANJU_HOME. Nothing was changed."
        raise SystemNotEmpty(message) from error
    try:
        yield
    except BaseException:
        shutil.rmtree(settings.raw, ignore_errors=True)
        raise

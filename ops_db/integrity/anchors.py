"""Anchors: what the logs looked like at a moment, written outside the database and chained among themselves.

A chain within the database says nothing of what was cut off its end, of a chain that vanished whole, or of one that
was forged anew from its beginning. An anchor covers the rows that were settled since the one before, found below the
transaction horizon as extraction finds them, and holds their number and one hash over all their links.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from filelock import FileLock
from sqlalchemy import Connection, Row, text

from core.settings import Settings
from ops_db.integrity.chains import Finding

TABLES: Final[dict[str, str]] = {"ticket_event": "changed_xid", "audit_entry": "written_xid"}
"""The logs, each with the column of the transaction that wrote a row."""

_POSITION: Final = text("""
    select (select system_identifier::text from pg_control_system()) || '/' ||
           (select oid::text from pg_database where datname = current_database()) as database,
           case when pg_is_in_recovery() then 0
                else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end as timeline,
           pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon
""")


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line of the file."""

    at: str
    table: str
    epoch: str
    floor_id: int
    from_xid: int
    to_xid: int
    last_id: int
    count: int
    digest: str
    previous: str
    reason: str = ""

    @property
    def seal(self) -> str:
        """The hash that the next line repeats."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    def line(self) -> str:
        """As the file holds it."""
        return json.dumps(asdict(self) | {"seal": self.seal}, sort_keys=True)


class AnchorsUnreadable(RuntimeError):
    """The file of anchors was damaged."""

    code = "anchors_unreadable"


def file_of(settings: Settings) -> Path:
    """Where the anchors are kept; a copy on another machine is worth more."""
    return settings.home / "audit" / "anchors.jsonl"


def read(path: Path) -> list[Anchor]:
    """All anchors, oldest first; raises AnchorsUnreadable where a line is missing or was changed."""
    if not path.exists():
        return []
    anchors: list[Anchor] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            kept = json.loads(line)
            seal = kept.pop("seal")
            anchor = Anchor(**kept)
        except (ValueError, TypeError, KeyError) as error:
            raise AnchorsUnreadable(f"Line {number} of {path} is no anchor. Restore the file from a copy.") from error
        if anchor.seal != seal or anchor.previous != (anchors[-1].seal if anchors else ""):
            message = f"Line {number} of {path} was changed, or one before it was removed. Restore it from a copy."
            raise AnchorsUnreadable(message)
        anchors.append(anchor)
    return anchors


def add(connection: Connection, path: Path, *, now: dt.datetime, reason: str = "") -> list[Anchor]:
    """Anchor what was settled since the last time; `connection` reads in one snapshot. Returns what was added.

    A `reason` begins anew: what the anchors before it said is known not to hold any more, after a restore for example.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    added: list[Anchor] = []
    with FileLock(path.with_suffix(".lock")):
        known = read(path)
        position = connection.execute(_POSITION).one()
        epoch = f"{position.database}/{position.timeline}" + (f"/{now.isoformat()}" if reason else "")
        previous = known[-1].seal if known else ""
        for table in TABLES:
            anchor = _next(connection, table, known, position, epoch=epoch, previous=previous, now=now, reason=reason)
            if anchor is not None:
                added.append(anchor)
                previous = anchor.seal
        if added:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8") as file:
                file.writelines(f"{anchor.line()}\n" for anchor in added)
                file.flush()
                os.fsync(file.fileno())
    return added


def _next(
    connection: Connection,
    table: str,
    known: Iterable[Anchor],
    position: Row[Any],
    *,
    epoch: str,
    previous: str,
    now: dt.datetime,
    reason: str,
) -> Anchor | None:
    of_table = [anchor for anchor in known if anchor.table == table]
    last = of_table[-1] if of_table else None
    # In a restored or switched database transaction ids begin anew; what was anchored before keeps its own numbers.
    continues = last is not None and not reason and _same_database(last.epoch, epoch)
    epoch = last.epoch if last is not None and continues else epoch
    floor_id = last.floor_id if last is not None and continues else max((one.last_id for one in of_table), default=0)
    from_xid = last.to_xid if last is not None and continues else 0
    found = _digest(connection, table, floor_id, None, from_xid, position.horizon)
    if not found.row_count and not reason:
        return None
    return Anchor(
        at=now.isoformat(),
        table=table,
        epoch=epoch,
        floor_id=floor_id,
        from_xid=from_xid,
        to_xid=position.horizon,
        last_id=max(found.last_id or 0, last.last_id if last is not None else 0),
        count=found.row_count,
        digest=found.digest,
        previous=previous,
        reason=reason,
    )


def _same_database(before: str, now: str) -> bool:
    return before.split("/")[:3] == now.split("/")[:3]


def verify(connection: Connection, anchors: list[Anchor]) -> list[Finding]:
    """What is not any more as an anchor says it was."""
    findings = []
    for table in TABLES:
        of_table = [anchor for anchor in anchors if anchor.table == table]
        given_up = max((index for index, anchor in enumerate(of_table) if anchor.reason), default=0)
        for anchor in of_table[given_up:]:
            ceiling = min((one.floor_id for one in of_table if one.floor_id > anchor.floor_id), default=None)
            found = _digest(connection, table, anchor.floor_id, ceiling, anchor.from_xid, anchor.to_xid)
            where = f"{table}, anchored {anchor.at}"
            if found.row_count < anchor.count:
                sentence = f"{anchor.count} rows were anchored and {found.row_count} are left: rows were removed."
                findings.append(Finding("anchored_rows_missing", where, sentence))
            elif found.row_count > anchor.count:
                sentence = f"{anchor.count} rows were anchored and {found.row_count} are there: rows were slipped in."
                findings.append(Finding("anchored_rows_added", where, sentence))
            elif found.digest != anchor.digest:
                sentence = "The rows are as many as were anchored, and not the same."
                findings.append(Finding("anchored_rows_changed", where, sentence))
    return findings


def _digest(
    connection: Connection, table: str, floor_id: int, ceiling_id: int | None, from_xid: int, to_xid: int
) -> Row[Any]:
    column = TABLES[table]
    return connection.execute(
        text(f"""
            select count(*) as row_count, max(id) as last_id,
                   encode(sha256(coalesce(string_agg(chain_hash, ''::bytea order by id), '')), 'hex') as digest
              from ops.{table}
             where {column} >= cast(cast(:from_xid as text) as xid8) and {column} < cast(cast(:to_xid as text) as xid8)
               and id > :floor_id and (cast(:ceiling_id as bigint) is null or id <= :ceiling_id)
        """),  # noqa: S608  Table and column are constants of this module.
        {"from_xid": from_xid, "to_xid": to_xid, "floor_id": floor_id, "ceiling_id": ceiling_id},
    ).one()

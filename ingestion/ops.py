"""The operational database: every table that stamps its rows with `changed_xid`, and the tombstones of deleted rows.

Load mode: the changes since the last batch, read below the transaction horizon. `id > cursor` and `updated_at > cursor`
lose rows, since a transaction may commit after a later one was read; a row whose transaction lies below
`pg_snapshot_xmin` can no longer change hands. The cursor is the horizon together with the identity of the database: in
a restored or switched one transaction ids mean something else, so everything is read anew (a baseline).
Odd: all tables, horizon and control totals are of one snapshot; free text and documents are masked on the way.
Data flow: schema ops -> raw ops__<table>, ops__control.
Run alone: `anju feed land ops`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from core.settings import Settings
from ingestion import landing
from ingestion.dropped_files import lock_of
from ingestion.errors import IngestionError, SourceNotConfiguredError
from ingestion.landing import Batch, Manifest
from ingestion.postgres import Snapshot, read_only_snapshot
from ingestion.reports import LandingReport, Progress, no_progress

CONTROL: Final = "ops__control"
TABLES: Final = (
    *("approval", "area", "asset", "attachment", "building", "calendar", "calendar_override", "calendar_shift", "call"),
    *("component", "contractor", "cost_entry", "crew", "defect", "defect_category", "installed_component"),
    *("material_batch", "message", "process_definition", "project", "rating", "sla_policy", "space", "staff", "task"),
    *("ticket", "ticket_event", "tombstone", "unit", "unit_type", "visit"),
)
ENTITIES: Final = (*(f"ops__{table}" for table in TABLES), CONTROL)
"""What is landed today. Extraction itself finds the tables in the database; a table more is landed all the same."""
FREE_TEXT: Final = frozenset({"title", "description", "body", "note", "comment", "reason", "work_phone"})
NOT_EXTRACTED: Final = frozenset({("ticket_event", name) for name in ("payload_salt", "payload_hash", "chain_hash")})
"""The chain of the log is verified where it stands; hashes do not compress, and no figure wants them."""

_SCHEMA: Final = "ops"
_ROLE_AND_DATABASE: Final = "anju"
_CONTRACT_VERSION: Final = 1
_BATCHES_BEFORE_BASELINE: Final = 300
_LONG_TRANSACTION: Final = dt.timedelta(minutes=10)

_POSITION: Final = """
    select (select system_identifier::text from pg_control_system()) as system_identifier,
        case when pg_is_in_recovery() then (select timeline_id from pg_control_checkpoint())
            else ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int end::bigint as timeline,
        (select oid::bigint from pg_database where datname = current_database()) as database,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint as horizon,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint as beyond,
        now() as snapshot_at,
        (select extract(epoch from now() - min(xact_start))::float8
            from pg_stat_activity where backend_xid is not null) as oldest_transaction_seconds
"""
_CATALOGUE: Final = """
    select relation.relname::text as table_name, attribute.attname::text as column_name,
        format_type(attribute.atttypid, null) as type_name
    from pg_class relation
    join pg_namespace namespace on namespace.oid = relation.relnamespace and namespace.nspname = 'ops'
    join pg_attribute attribute on attribute.attrelid = relation.oid and attribute.attnum > 0 and not attisdropped
    where relation.relkind in ('r', 'p') and exists (
        select from pg_attribute stamp where stamp.attrelid = relation.oid and stamp.attname = 'changed_xid')
    order by 1, attribute.attnum
"""
_AS_IS: Final = frozenset(
    {"uuid", "xid8", "json", "jsonb", "smallint", "integer", "bigint", "boolean", "text", "date"}
    | {"timestamp with time zone", "double precision"}
)
_CAST: Final = {
    "numeric": "{}::float8",
    "real": "{}::float8",
    "bytea": "encode({}, 'hex')",
}


@dataclass(frozen=True, slots=True)
class Position:
    """Which database this is, and how far its changes are settled."""

    system_identifier: str
    timeline: int
    database: int
    horizon: int
    beyond: int
    snapshot_at: dt.datetime
    oldest_transaction_seconds: float | None

    @property
    def cursor(self) -> dict[str, Any]:
        """What the manifest keeps."""
        return {
            "system_identifier": self.system_identifier,
            "timeline": self.timeline,
            "database": self.database,
            "xid": self.horizon,
        }

    def continues(self, cursor: dict[str, Any] | None) -> bool:
        """Whether transaction ids still mean what they meant when `cursor` was written."""
        if cursor is None or cursor["xid"] > self.horizon:
            return False
        return all(cursor[name] == self.cursor[name] for name in ("system_identifier", "timeline", "database"))


@dataclass(frozen=True, slots=True)
class Table:
    """An extracted table and its columns with their types."""

    name: str
    columns: tuple[tuple[str, str], ...]

    @property
    def entity(self) -> str:
        """The name in raw."""
        return f"ops__{self.name}"

    @property
    def fingerprint(self) -> str:
        """Changes when a column is added, dropped, renamed or retyped."""
        return hashlib.sha256(repr(self.columns).encode()).hexdigest()[:16]

    def has(self, column: str) -> bool:
        """Whether the table has this column."""
        return any(name == column for name, _ in self.columns)


@dataclass(frozen=True, slots=True)
class _Pending:
    """A batch that is written and yet to be committed."""

    table: Table
    batch: Batch
    rows_in: int
    is_baseline: bool


def land(
    settings: Settings,
    *,
    files: Iterable[Path] | None = None,
    now: dt.datetime,
    progress: Progress = no_progress,
    database_url: str | None = None,
) -> LandingReport:
    """Land what changed in every extracted table since the last run, all of one snapshot.

    Raises SourceUnreachableError, or SourceNotConfiguredError when no database is set and none was ever started.
    """
    if files is not None:
        message = "The operational database is read by its address; it takes no files."
        raise IngestionError(message)
    report = LandingReport("ops")
    url = database_url or address_of(settings)
    with lock_of(settings, "ops"), read_only_snapshot(url, what="the operational database") as snapshot:
        position = Position(**snapshot.frame(_POSITION).row(0, named=True))
        _warn_of_lag(position, report)
        tables = _tables(snapshot.frame(_CATALOGUE))
        with contextlib.ExitStack() as stack:
            pending = [_extract(settings, snapshot, table, position, now, progress, stack) for table in tables]
            changed = [found for found in pending if found is not None]
            if changed or not landing.batches(settings.raw, CONTROL):
                control = _control(snapshot, tables, position)
                # All files are written, so the batches appear within moments of one another, the totals last.
                report.batches += [_commit(found, position) for found in changed]
                report.batches.append(_commit_control(settings, control, position, now))
        for manifest in report.batches:
            if manifest.replaces_earlier:
                landing.retire_hidden(settings.raw, manifest.entity)
    return report


def address_of(settings: Settings) -> str:
    """Address of the operational database: the one that is set, else the embedded server's as it wrote it down."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    port_file = settings.postgres / "port"
    if not port_file.exists():
        message = "No operational database: set ANJU_DATABASE_URL, or start the embedded one with `anju up`."
        raise SourceNotConfiguredError(message)
    password = settings.secrets.database_password.get_secret_value()
    name = _ROLE_AND_DATABASE
    return f"postgresql://{name}:{password}@127.0.0.1:{port_file.read_text(encoding='ascii').strip()}/{name}"


def _tables(catalogue: pl.DataFrame) -> list[Table]:
    wanted = [pair not in NOT_EXTRACTED for pair in catalogue.select("table_name", "column_name").iter_rows()]
    groups = (
        catalogue.filter(pl.Series(wanted, dtype=pl.Boolean))
        .group_by("table_name", maintain_order=True)
        .agg("column_name", "type_name")
    )
    return [Table(name, tuple(zip(columns, types, strict=True))) for name, columns, types in groups.iter_rows()]


def _extract(
    settings: Settings,
    snapshot: Snapshot,
    table: Table,
    position: Position,
    now: dt.datetime,
    progress: Progress,
    stack: contextlib.ExitStack,
) -> _Pending | None:
    """Write the changes of one table as a batch that is yet to be committed; None if there are none."""
    landing.sweep(settings.raw, table.entity)
    found = landing.current_batches(settings.raw, table.entity)
    cursor = found[-1].cursor if found and len(found) < _BATCHES_BEFORE_BASELINE else None
    is_baseline = cursor is None or cursor.get("columns") != table.fingerprint or not position.continues(cursor)
    label = f"{position.horizon:x}"
    batch = stack.enter_context(landing.writing(settings.raw, table.entity, now=now, label=label))
    path = batch.next_part()
    statement = _statement(table, position, None if is_baseline or cursor is None else cursor["xid"])
    rows_in = snapshot.stream(
        statement,
        path,
        free_text=FREE_TEXT,
        # An empty baseline is landed as well: it says that the table has no rows, and which columns it has.
        keeps_empty=is_baseline,
        tell=lambda row_count: progress(table.entity, row_count),
    )
    if rows_in == 0 and not is_baseline:
        return None
    batch.add_part(path)
    return _Pending(table, batch, rows_in, is_baseline)


def _statement(table: Table, position: Position, since: int | None) -> str:
    """What to read of a table: all settled rows, or those that changed since a transaction.

    Rows stamped by transactions that this database has not had yet came with a restore from another one; they are
    settled too.
    """
    columns = ", ".join(_selected(name, kind) for name, kind in table.columns)
    settled = f"changed_xid < '{position.horizon}'"
    where = (
        f"({settled} or changed_xid >= '{position.beyond}')"
        if since is None
        else f"changed_xid >= '{since}' and {settled}"
    )
    # Names come from the server's own catalogue, quoted.
    return f"select {columns} from {_SCHEMA}.{_quoted(table.name)} where {where}"  # noqa: S608


def _selected(name: str, kind: str) -> str:
    column = _quoted(name)
    if kind in _AS_IS:
        return column
    if kind.endswith("[]"):
        return f"to_json({column})::text as {column}"
    return f"{_CAST.get(kind, '{}::text').format(column)} as {column}"


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _control(snapshot: Snapshot, tables: list[Table], position: Position) -> pl.DataFrame:
    """Row counts and sums of every table in this snapshot, against which raw and the marts are reconciled."""
    settled = f"(changed_xid < '{position.horizon}' or changed_xid >= '{position.beyond}')"
    counts = [
        f"""select '{table.name}' as table_name, count(*) filter (where {settled}) as row_count,
            count(*) filter (where not {settled}) as in_flight_count,
            {f"coalesce(sum(amount_fen) filter (where {settled}), 0)" if table.has("amount_fen") else "null"}::bigint
                as amount_fen_sum
        from {_SCHEMA}.{_quoted(table.name)}"""  # noqa: S608  As above.
        for table in tables
    ]
    return snapshot.frame(" union all ".join(counts)).with_columns(
        horizon_xid=pl.lit(position.horizon, pl.Int64), snapshot_at=pl.lit(position.snapshot_at)
    )


def _commit(pending: _Pending, position: Position) -> Manifest:
    table = pending.table
    return pending.batch.commit(
        origin="database",
        content_sha256=hashlib.sha256(f"{table.name}:{position.cursor}".encode()).hexdigest(),
        contract_version=_CONTRACT_VERSION,
        rows_in=pending.rows_in,
        replaces_earlier=pending.is_baseline,
        cursor=position.cursor | {"columns": table.fingerprint},
    )


def _commit_control(settings: Settings, control: pl.DataFrame, position: Position, now: dt.datetime) -> Manifest:
    with landing.writing(settings.raw, CONTROL, now=now, label=f"{position.horizon:x}") as batch:
        batch.add_frame(control)
        return batch.commit(
            origin="database",
            content_sha256=hashlib.sha256(f"control:{position.cursor}".encode()).hexdigest(),
            contract_version=_CONTRACT_VERSION,
            rows_in=control.height,
            replaces_earlier=True,
            cursor=position.cursor,
        )


def _warn_of_lag(position: Position, report: LandingReport) -> None:
    """One writer that never ends holds the horizon back for all."""
    seconds = position.oldest_transaction_seconds or 0
    if seconds > _LONG_TRANSACTION.total_seconds():
        report.messages.append(
            f"A transaction has been writing for {seconds / 60:.0f} minutes; changes since then wait for its end."
        )

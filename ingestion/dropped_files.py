"""Files into raw: each table of a file against the contract its header meets, all tables of a file or none.

Data flow: inbox -> text rows -> contract -> (shape) -> raw batch + quarantined rows; the file is kept either way.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from filelock import FileLock

from core.settings import Settings
from ingestion import inbox, landing, quarantine
from ingestion.contracts import LINE, RULE, Contract, HeaderReading, choose_contract, landed, read_rows
from ingestion.errors import FileHeldError, TooManyBadRowsError
from ingestion.files import RAW_TEXT, TextTable, read_tables
from ingestion.inbox import Delivery
from ingestion.pseudonyms import Pseudonyms
from ingestion.quarantine import HeldFile
from ingestion.reports import LandingReport, Progress, no_progress

Shape = Callable[[pl.DataFrame], pl.DataFrame]
"""Turns the accepted rows of one contract into the columns of its entity: as many rows, in any order."""

_EXAMPLES = 20


@dataclass(frozen=True, slots=True)
class FileFeed:
    """The file side of a source: its contracts, and for a foreign format the shape it takes in raw."""

    source: str
    contracts: tuple[Contract, ...]
    shapes: Mapping[str, Shape] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Prepared:
    """One table of a file, read and ready to be committed."""

    contract: Contract
    content_sha256: str
    rows_in: int
    accepted: pl.DataFrame
    rejected: pl.DataFrame


def land_files(
    settings: Settings,
    feed: FileFeed,
    *,
    files: Iterable[Path] | None = None,
    now: dt.datetime,
    progress: Progress = no_progress,
) -> LandingReport:
    """Land the files of the inbox that are whole, or the files named (which are copied and stay where they are)."""
    report = LandingReport(feed.source)
    with lock_of(settings, feed.source):
        _sweep(settings, feed)
        if files is not None:
            deliveries = [inbox.named(path) for path in files]
        else:
            deliveries, waiting = inbox.look(settings, feed.source, now=now)
            for found in waiting:
                if found.is_overdue:
                    error = FileHeldError(f"{found.reason} for more than half an hour.", code="file_incomplete")
                    _hold(settings, feed, Delivery(found.path, inbox.hash_of(found.path)), error, now, report)
                else:
                    report.waiting.append(found.reason)
        for delivery in deliveries:
            _land_file(settings, feed, delivery, now, report)
            progress(delivery.path.name, report.rows_in)
    return report


def retry(settings: Settings, feed: FileFeed, *, now: dt.datetime) -> LandingReport:
    """Try again what was refused: held files whole, quarantined rows line by line, against the contracts of today."""
    report = LandingReport(feed.source)
    with lock_of(settings, feed.source):
        for held in quarantine.held_files(settings.quarantine, feed.source):
            path = inbox.folder_of(settings, feed.source) / inbox.HELD / f"{held.sha256[:12]}-{held.name}"
            original = path.with_name(held.name)
            path.rename(original)
            quarantine.release(settings.quarantine, held)
            _land_file(settings, feed, Delivery(original, held.sha256), now, report)
        for entity in sorted({contract.entity for contract in feed.contracts}):
            for manifest in landing.current_batches(settings.raw, entity):
                _retry_rows(settings, feed, manifest, now, report)
    return report


def lock_of(settings: Settings, source: str) -> FileLock:
    """One run at a time over one source."""
    settings.raw.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.raw / f".{source}.lock")


def _sweep(settings: Settings, feed: FileFeed) -> None:
    for entity in {contract.entity for contract in feed.contracts}:
        landing.sweep(settings.raw, entity)


def _land_file(settings: Settings, feed: FileFeed, delivery: Delivery, now: dt.datetime, report: LandingReport) -> None:
    try:
        prepared = _prepare_file(settings, feed, delivery, report)
    except FileHeldError as error:
        _hold(settings, feed, delivery, error, now, report)
        return
    for one in prepared:
        if landing.was_landed(settings.raw, one.contract.entity, one.content_sha256):
            report.unchanged.append(f"{delivery.path.name} was landed as {one.contract.entity} before.")
        else:
            report.batches.append(_commit(settings, one, delivery.path.name, delivery.kept_name, now))
    # Only now, since a run that is killed before must find the file again.
    inbox.put_away(settings, feed.source, delivery, inbox.TAKEN)


def _prepare_file(settings: Settings, feed: FileFeed, delivery: Delivery, report: LandingReport) -> list[_Prepared]:
    tables = read_tables(delivery.path)
    chosen = [(table, *choose_contract(feed.contracts, table.header)) for table in tables]
    expected = {contract.sheet for contract in feed.contracts}
    wanted = [
        (table, contract, header)
        for table, contract, header in chosen
        if header.is_met or table.sheet is None or table.sheet in expected or len(tables) == 1
    ]
    ignored = [table.sheet for table, _, _ in chosen if table.sheet not in [kept.sheet for kept, _, _ in wanted]]
    if not wanted:
        message = (
            f"No sheet of {delivery.path.name} meets a contract of {feed.source}. {chosen[0][2].problem(chosen[0][1])}"
        )
        raise FileHeldError(message, code="header_not_as_agreed")
    report.messages += [f"Sheet {sheet} of {delivery.path.name} is no feed and was left out." for sheet in ignored]
    prepared = []
    for table, contract, header in wanted:
        _check_table(delivery, table, contract, header)
        report.messages += [
            f"{delivery.path.name}: column {name} is not in {contract.name}." for name in header.unknown
        ]
        sha256 = _content_hash(delivery.sha256, table.sheet) if table.sheet else delivery.sha256
        prepared.append(_prepare(settings, feed, table, contract, header, sha256))
    announced, found = delivery.announced_rows, sum(one.rows_in for one in prepared)
    if announced not in (None, found):
        message = f"{delivery.path.name} holds {found} rows, its sender announced {announced}. It was cut or mixed up."
        raise FileHeldError(message, code="rows_differ_from_announced")
    for one in prepared:
        _refuse_bad_delivery(delivery, one)
    return prepared


def _check_table(delivery: Delivery, table: TextTable, contract: Contract, header: HeaderReading) -> None:
    name = delivery.path.name
    if not header.is_met:
        raise FileHeldError(f"{name}: {header.problem(contract)}", code="header_not_as_agreed")
    if table.source and table.encoding not in contract.encodings:
        message = f"{name} is in {table.encoding}; {contract.name} takes {', '.join(contract.encodings)}."
        raise FileHeldError(message, code="encoding_not_as_agreed")
    if table.stops_within_a_row:
        raise FileHeldError(f"{name} stops in the middle of its last row; it was cut.", code="file_cut")
    if table.row_count > contract.row_limit:
        message = f"{name} has {table.row_count} rows; {contract.name} takes at most {contract.row_limit}."
        raise FileHeldError(message, code="too_many_rows")


def _prepare(
    settings: Settings, feed: FileFeed, table: TextTable, contract: Contract, header: HeaderReading, sha256: str
) -> _Prepared:
    text_rows = table.named(header.positions)
    reading = read_rows(contract, text_rows, timezone=settings.timezone)
    accepted = landed(contract, reading.accepted, Pseudonyms(settings))
    shape = feed.shapes.get(contract.name)
    broken = reading.rejected.with_columns(table.raw_text(reading.rejected[LINE]).alias(RAW_TEXT))
    rejected = pl.concat([broken, table.malformed.select(broken.columns)]).sort(LINE)
    return _Prepared(
        contract=contract,
        content_sha256=sha256,
        rows_in=table.row_count,
        accepted=shape(accepted) if shape else accepted,
        rejected=quarantine.without_personal_data(contract, rejected, text_rows),
    )


def _refuse_bad_delivery(delivery: Delivery, prepared: _Prepared) -> None:
    bad = prepared.rejected.height
    if not prepared.contract.holds_batch(rows_in=prepared.rows_in, rows_rejected=bad):
        return
    by_rule = dict(prepared.rejected.group_by(RULE).len().sort("len", descending=True).iter_rows())
    said = ", ".join(f"{rule} {count}" for rule, count in by_rule.items())
    raise TooManyBadRowsError(
        f"{delivery.path.name}: {bad} of {prepared.rows_in} rows do not meet {prepared.contract.name} ({said}).",
        rows_in=prepared.rows_in,
        rejected_by_rule=by_rule,
        examples=[f"line {line}: {text}" for line, text in prepared.rejected.head(_EXAMPLES)[[LINE, RAW_TEXT]].rows()],
    )


def _commit(
    settings: Settings, prepared: _Prepared, source_file: str, kept_name: str, now: dt.datetime
) -> landing.Manifest:
    """Put one table into raw, its refused rows beside it."""
    entity = prepared.contract.entity
    frame = prepared.accepted.with_columns(_source_file=pl.lit(source_file))
    with landing.writing(settings.raw, entity, now=now, label=prepared.content_sha256) as batch:
        batch.add_frame(frame.select(pl.exclude(LINE, "_source_file"), "_source_file", LINE))
        quarantine.write_rows(
            settings.quarantine, entity, batch.batch_id, prepared.rejected, source_file=source_file, now=now
        )
        return batch.commit(
            origin="file",
            content_sha256=prepared.content_sha256,
            contract_version=prepared.contract.version,
            rows_in=prepared.rows_in,
            rows_quarantined=prepared.rejected.height,
            source_files=(kept_name,),
            timezone=prepared.contract.timezone,
        )


def _hold(
    settings: Settings,
    feed: FileFeed,
    delivery: Delivery,
    error: FileHeldError,
    now: dt.datetime,
    report: LandingReport,
) -> None:
    details = {}
    if isinstance(error, TooManyBadRowsError):
        details = {"rows_in": error.rows_in, "rejected_by_rule": error.rejected_by_rule, "examples": error.examples}
    held = HeldFile(
        source=feed.source,
        name=delivery.path.name,
        sha256=delivery.sha256,
        code=error.code,
        message=str(error),
        seen_at=now,
        **details,
    )
    quarantine.hold(settings.quarantine, held)
    inbox.put_away(settings, feed.source, delivery, inbox.HELD)
    report.held.append(held)


def _retry_rows(
    settings: Settings, feed: FileFeed, manifest: landing.Manifest, now: dt.datetime, report: LandingReport
) -> None:
    """Read the kept file again and land those of its quarantined lines that meet the contract of today."""
    entity = manifest.entity
    refused = quarantine.rows(settings.quarantine, settings.raw, entity).filter(_batch_id=manifest.batch_id)
    if refused.is_empty() or manifest.origin != "file":
        return
    path = inbox.folder_of(settings, feed.source) / inbox.TAKEN / manifest.source_files[0]
    for table in read_tables(path):
        contract, header = choose_contract(feed.contracts, table.header)
        if contract.entity != entity or not header.is_met:
            continue
        whole = _prepare(settings, feed, table, contract, header, manifest.content_sha256)
        again = replace(
            whole,
            content_sha256=_content_hash(manifest.content_sha256, f"retried at {now.isoformat()}"),
            rows_in=refused.height,
            accepted=whole.accepted.join(refused, on=LINE, how="semi"),
            rejected=whole.rejected.join(refused, on=LINE, how="semi"),
        )
        if again.accepted.height:
            report.batches.append(_commit(settings, again, refused["_source_file"][0], path.name, now))
            quarantine.set_retried(settings.quarantine, entity, manifest.batch_id)


def _content_hash(sha256: str, part: str) -> str:
    return hashlib.sha256(f"{sha256}:{part}".encode()).hexdigest()

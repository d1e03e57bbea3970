"""Records of a database, an interface or a message queue into raw, under the same contracts as files.

They have no lines; `_source_line` counts them within the batch, and their raw text is the record as JSON.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import polars as pl

from core.settings import Settings
from ingestion import landing, quarantine
from ingestion.contracts import LINE, RULE, Contract, landed, read_header, read_rows
from ingestion.errors import SourceUnreachableError, TooManyBadRowsError
from ingestion.files import RAW_TEXT
from ingestion.landing import Origin
from ingestion.pseudonyms import Pseudonyms
from ingestion.reports import LandingReport


def land_records(
    settings: Settings,
    contract: Contract,
    records: pl.DataFrame,
    *,
    report: LandingReport,
    origin: Origin,
    source_file: str,
    now: dt.datetime,
    replaces_earlier: bool = False,
    cursor: dict[str, Any] | None = None,
) -> landing.Manifest | None:
    """Land text records whose columns are spelled as the source spells them; None if all were landed before.

    Records that a batch that counts holds already are not landed again, unless the source is read whole. Raises
    SourceUnreachableError when a column is missing, TooManyBadRowsError when the contract says to hold the batch.
    """
    header = read_header(contract, records.columns)
    if not header.is_met:
        message = f"{source_file} does not answer as agreed. {header.problem(contract)}"
        raise SourceUnreachableError(message)
    positions = [pl.nth(place).alias(name) for name, place in header.positions.items()]
    text = records.select(positions).with_row_index(LINE, offset=1).with_columns(pl.col(LINE).cast(pl.Int64))
    reading = read_rows(contract, text, timezone=settings.timezone)
    rejected = _with_raw_text(contract, text, reading.rejected)
    if contract.holds_batch(rows_in=text.height, rows_rejected=rejected.height):
        raise _too_many(contract, source_file, text.height, rejected)
    accepted = landed(contract, reading.accepted, Pseudonyms(settings)).with_columns(_source_file=pl.lit(source_file))
    accepted = accepted.select(pl.exclude(LINE, "_source_file"), "_source_file", LINE)
    fresh = accepted if replaces_earlier else _not_landed_yet(settings, contract.entity, accepted)
    sha256 = _content_hash(fresh, rejected)
    if (fresh.is_empty() and rejected.is_empty()) or landing.was_landed(settings.raw, contract.entity, sha256):
        report.unchanged.append(f"{source_file} has nothing new for {contract.entity}.")
        return None
    with landing.writing(settings.raw, contract.entity, now=now, label=sha256) as batch:
        batch.add_frame(fresh)
        quarantine.write_rows(
            settings.quarantine, contract.entity, batch.batch_id, rejected, source_file=source_file, now=now
        )
        manifest = batch.commit(
            origin=origin,
            content_sha256=sha256,
            contract_version=contract.version,
            rows_in=text.height,
            rows_quarantined=rejected.height,
            rows_repeated=accepted.height - fresh.height,
            replaces_earlier=replaces_earlier,
            cursor=cursor,
            timezone=contract.timezone,
        )
    report.batches.append(manifest)
    return manifest


def _with_raw_text(contract: Contract, text: pl.DataFrame, rejected: pl.DataFrame) -> pl.DataFrame:
    broken = text.join(rejected, on=LINE, how="inner", maintain_order="left")
    as_json = pl.struct(pl.exclude(LINE, RULE)).struct.json_encode().alias(RAW_TEXT)
    return quarantine.without_personal_data(contract, broken.select(LINE, RULE, as_json), text)


def _not_landed_yet(settings: Settings, entity: str, accepted: pl.DataFrame) -> pl.DataFrame:
    earlier = landing.scan_or_none(settings.raw, entity)
    if earlier is None:
        return accepted
    facts = [name for name in accepted.columns if name not in ("_source_file", LINE)]
    known = earlier.select(facts).unique()
    return (
        accepted.lazy()
        .join(known, on=facts, how="anti", nulls_equal=True, maintain_order="left")
        .collect(engine="streaming")
    )


def _content_hash(fresh: pl.DataFrame, rejected: pl.DataFrame) -> str:
    digest = hashlib.sha256()
    for frame in (fresh.drop(LINE), rejected.drop(LINE)):
        digest.update(frame.write_csv(None).encode())
    return digest.hexdigest()


def _too_many(contract: Contract, source_file: str, rows_in: int, rejected: pl.DataFrame) -> TooManyBadRowsError:
    by_rule = dict(rejected.group_by(RULE).len().sort("len", descending=True).iter_rows())
    said = ", ".join(f"{rule} {count}" for rule, count in by_rule.items())
    message = (
        f"{source_file}: {rejected.height} of {rows_in} rows do not meet {contract.name} ({said}). Nothing was landed."
    )
    examples = rejected[RAW_TEXT].head(20).to_list()
    return TooManyBadRowsError(message, rows_in=rows_in, rejected_by_rule=by_rule, examples=examples)

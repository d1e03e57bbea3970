"""An older system's tickets: a file and its mapping into the canonical ticket frame, and what was refused.

Load mode: once, by hand; the operational store takes the frame and knows each ticket by system and key.
Odd: closings that are mere dates, states that contradict them, keys that come twice, places spelled in many ways.
Data flow: CSV, workbook or Parquet -> mapping -> canonical frame -> `python -m ops_db import-tickets`.
Run alone: `anju import tickets FILE --mapping MAPPING`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from core.vocabulary import TicketState
from ingestion import cells
from ingestion.contracts import LINE, RULE
from ingestion.errors import FileHeldError
from ingestion.files import RAW_TEXT, TextTable, read_tables
from ingestion.history_mapping import Candidate, Instant, Mapping, Value, load_mapping
from ingestion.pseudonyms import masked_column, masked_documents
from ingestion.quarantine import SCHEMA as QUARANTINE_SCHEMA

__all__ = ["CANONICAL", "HistoryReading", "Mapping", "load_mapping", "read_history"]

CANONICAL: Final = pl.Schema(
    dict.fromkeys(
        (
            *("source_system", "source_key", "number_hint"),
            *("project_code", "project_name", "city", "timezone"),
            *("building_code", "building_name", "building_address", "unit_code", "room_number"),
            *("category_code", "category_name", "component_code", "component_name", "defect_code", "defect_name"),
            "trade",
        ),
        pl.String(),
    )
    | {"is_public": pl.Boolean()}
    | dict.fromkeys(("severity", "channel", "title", "description", "state", "source_state"), pl.String())
    | dict.fromkeys(("reported_at", "closed_at"), pl.Datetime("us", "UTC"))
    | {"closed_at_precision": pl.String(), "is_state_in_doubt": pl.Boolean()}
    | dict.fromkeys(("resolution_text", "attributes"), pl.String())
)
"""Columns and types of the canonical frame, in order."""

_TITLE_LENGTH: Final = 200
_REQUIRED: Final = ("source_key", "project_code", "city", "category", "trade", "severity", "channel", "state")
_OPEN: Final = TicketState.OPEN.value


@dataclass(frozen=True, slots=True)
class HistoryReading:
    """The tickets in the canonical frame, the refused rows with their rule, and figures to check by."""

    tickets: pl.DataFrame
    rejected: pl.DataFrame
    counts: dict[str, int]


def read_history(file: Path, mapping: Mapping) -> HistoryReading:
    """Read an older system's tickets; every row is in `tickets` or in `rejected`.

    Raises FileHeldError when the file cannot be read or lacks a column that the mapping names.
    """
    table = _table(file, mapping)
    source = table.named({name: place for place, name in enumerate(table.header)})
    blanks = source.select(LINE, *(cells.trimmed(source[name]) for name in table.header))
    found = blanks.with_columns(_found(blanks, mapping))
    rule = found.select(_first_rule(mapping)).to_series()
    rejected = pl.concat(
        [
            _refused(table, found.select(LINE).with_columns(rule.alias(RULE)).filter(rule.is_not_null())),
            table.malformed.select(LINE, RULE, RAW_TEXT),
        ]
    ).sort(LINE)
    tickets = _canonical(found.filter(rule.is_null()), table.header, mapping)
    return HistoryReading(
        tickets=tickets,
        rejected=_in_quarantine_shape(rejected, file),
        counts=_counts(table, tickets, rejected),
    )


def _table(file: Path, mapping: Mapping) -> TextTable:
    tables = [table for table in read_tables(file) if mapping.sheet in (None, table.sheet)]
    if not tables:
        message = f"{file.name} has no sheet {mapping.sheet}."
        raise FileHeldError(message, code="sheet_missing")
    missing = sorted(mapping.source_columns - set(tables[0].header))
    if missing or len(set(tables[0].header)) < len(tables[0].header):
        what = f"lacks {', '.join(missing)}" if missing else "names a column twice"
        message = f"{file.name} does not meet mapping {mapping.name}: it {what}."
        raise FileHeldError(message, code="header_not_as_agreed")
    return tables[0]


def _found(source: pl.DataFrame, mapping: Mapping) -> list[pl.Expr]:
    """Each field under its name with a leading `=`, which no column of the source can have taken by chance."""
    fields = mapping.fields
    values = [_value(value).alias(f"={name}") for name, value in mapping.values.items()]
    unlisted = [_unlisted(value).alias(f"!{name}") for name, value in mapping.values.items()]
    given = source.columns
    fullness = pl.sum_horizontal(pl.col(name).is_not_null() for name in given if name != LINE)
    instants = [
        _instant(instant, mapping.timezone).alias(f"={name}")
        for name, instant in (("reported_at", fields.reported_at), ("closed_at", fields.closed_at))
    ]
    misread = [
        (_text(instant).is_not_null() & _instant(instant, mapping.timezone).is_null()).alias(f"!{name}")
        for name, instant in (("reported_at", fields.reported_at), ("closed_at", fields.closed_at))
    ]
    return [
        *values,
        *unlisted,
        *instants,
        *misread,
        _precision(fields.closed_at).alias("=precision"),
        fullness.alias("=fullness"),
    ]


def _value(value: Value) -> pl.Expr:
    return pl.coalesce(*(_candidate(found) for found in value.first_of), pl.lit(value.default, pl.String))


def _candidate(candidate: Candidate) -> pl.Expr:
    text = _candidate_text(candidate)
    if candidate.filled is not None:
        return pl.when(text.is_not_null()).then(pl.lit(candidate.filled))
    if not candidate.values:
        return text
    mapped = cells.choice(text, candidate.values)
    return pl.coalesce(mapped, text) if candidate.unmapped == "keep" else mapped


def _candidate_text(candidate: Candidate) -> pl.Expr:
    if candidate.constant is not None:
        return pl.lit(candidate.constant)
    texts = [pl.when(~pl.col(name).is_in(candidate.nulls)).then(pl.col(name)) for name in candidate.source_columns]
    text = texts[0] if len(texts) == 1 else pl.concat_str(texts, separator=candidate.separator, ignore_nulls=True)
    text = pl.when(text != "").then(text)
    return text.str.extract(candidate.pattern) if candidate.pattern else text


def _unlisted(value: Value) -> pl.Expr:
    """Whether a candidate that refuses what it does not list met such a text before any other gave a value."""
    refused = pl.lit(False)
    settled = pl.lit(False)
    for candidate in value.first_of:
        found = _candidate(candidate)
        if candidate.values and candidate.unmapped == "reject":
            refused |= ~settled & _candidate_text(candidate).is_not_null() & found.is_null()
        settled |= found.is_not_null()
    return refused


def _text(instant: Instant) -> pl.Expr:
    return pl.when(~pl.col(instant.column).is_in(instant.nulls)).then(pl.col(instant.column))


def _instant(instant: Instant, timezone: str) -> pl.Expr:
    moment = cells.timestamp(_text(instant), timezone, instant.formats)
    if instant.date_only == "never":
        return moment
    midnight = cells.date(_text(instant)).cast(pl.Datetime("us"))
    return pl.coalesce(moment, cells.wall_clock(midnight, timezone))


def _precision(instant: Instant) -> pl.Expr:
    """What the source knew of a closing: many systems write midnight for a mere date."""
    is_midnight = _text(instant).str.contains(r"^[^ T:]+$|[ T]0?0:00(:00(\.0+)?)?$")
    is_day = {"never": pl.lit(False), "always": pl.lit(True), "at_midnight": is_midnight}[instant.date_only]
    return pl.when(_text(instant).is_not_null()).then(pl.when(is_day).then(pl.lit("day")).otherwise(pl.lit("second")))


def _first_rule(mapping: Mapping) -> pl.Expr:
    def broken(rule: str, condition: pl.Expr) -> pl.Expr:
        return pl.when(condition).then(pl.lit(rule))

    rules = [broken(f"{name}.not_in_the_list", pl.col(f"!{name}")) for name in mapping.values]
    rules += [broken(f"{name}.missing", pl.col(f"={name}").is_null()) for name in _REQUIRED]
    rules += [
        broken("reported_at.not_a_time", pl.col("!reported_at")),
        broken("reported_at.missing", pl.col("=reported_at").is_null()),
        broken("closed_at.not_a_time", pl.col("!closed_at")),
        broken("row.closed_before_it_was_reported", pl.col("=closed_at") < _earliest_closing()),
        broken("key.repeated", ~_is_kept(mapping)),
    ]
    return pl.coalesce(*rules, pl.lit(None, pl.String)).alias(RULE)


def _earliest_closing() -> pl.Expr:
    """A mere date says its day's first moment, so it may lie up to a day before the report."""
    allowance = pl.when(pl.col("=precision") == "day").then(pl.duration(days=1)).otherwise(pl.duration(days=0))
    return pl.col("=reported_at") - allowance


def _is_kept(mapping: Mapping) -> pl.Expr:
    """Which of the rows with one key counts: the first, or the one with most cells filled (of equals the first)."""
    if mapping.repeated_keys == "reject":
        return pl.col("=source_key").is_first_distinct()
    order = pl.struct(-pl.col("=fullness").cast(pl.Int64), pl.col(LINE))
    return order.rank("ordinal").over("=source_key") == 1


def _refused(table: TextTable, refused: pl.DataFrame) -> pl.DataFrame:
    return refused.with_columns(masked_column(table.raw_text(refused[LINE])).alias(RAW_TEXT)).select(
        LINE, RULE, RAW_TEXT
    )


# Long because the canonical ticket has many columns, each named once.
def _canonical(rows: pl.DataFrame, header: tuple[str, ...], mapping: Mapping) -> pl.DataFrame:
    prefix = mapping.system

    def field(name: str) -> pl.Expr:
        return pl.col(f"={name}") if f"={name}" in rows.columns else pl.lit(None, pl.String)

    levels = rows.select(field(name).alias(name) for name in ("category", "component", "defect"))
    rows = rows.with_columns(_slugs(level).alias(f"={level.name}_slug") for level in levels.iter_columns())
    category = pl.concat_str(pl.lit(prefix), "=category_slug", separator="_")
    component = pl.concat_str(category, "=component_slug", separator="_")
    defect = pl.concat_str(component, "=defect_slug", separator="_")
    code = field("building_code")
    state, closed_at = field("state"), pl.col("=closed_at")
    framed = rows.select(
        source_system=pl.lit(prefix),
        source_key=field("source_key"),
        number_hint=field("number_hint"),
        project_code=field("project_code"),
        project_name=pl.coalesce(field("project_name"), field("project_code")),
        city=field("city"),
        timezone=pl.lit(mapping.timezone),
        building_code=code,
        building_name=pl.when(code.is_not_null()).then(
            pl.coalesce(field("building_name"), field("building_address"), code)
        ),
        building_address=pl.when(code.is_not_null()).then(field("building_address")),
        unit_code=pl.concat_str(field("project_code"), code, field("room_number"), separator="-"),
        room_number=pl.when(code.is_not_null()).then(field("room_number")),
        category_code=category,
        category_name=field("category"),
        component_code=component,
        component_name=field("component"),
        defect_code=defect,
        defect_name=pl.when(component.is_not_null()).then(field("defect")),
        trade=field("trade"),
        is_public=pl.lit(mapping.is_public),
        severity=field("severity"),
        channel=field("channel"),
        title=pl.coalesce(field("title"), field("category")).str.slice(0, _TITLE_LENGTH),
        description=field("description").fill_null(""),
        state=state,
        source_state=pl.coalesce(field("source_state"), state),
        reported_at=pl.col("=reported_at"),
        closed_at=closed_at,
        closed_at_precision=pl.col("=precision"),
        is_state_in_doubt=(state == _OPEN) == closed_at.is_not_null(),
        resolution_text=field("resolution_text"),
        attributes=_as_document(header),
    )
    one_spelling = [
        _most_frequent("category_name", over=["category_code"]),
        _most_frequent("component_name", over=["component_code"]),
        _most_frequent("defect_name", over=["defect_code"]),
        _most_frequent("trade", over=["component_code"]),
        _most_frequent("building_name", over=["project_code", "building_code"]),
        _most_frequent("building_address", over=["project_code", "building_code"]),
        _most_frequent("project_name", over=["project_code"]),
    ]
    spelled = framed.with_columns(one_spelling).select(CANONICAL.names()).cast(CANONICAL)
    texts = [masked_column(spelled[name]) for name in ("title", "description", "resolution_text")]
    return spelled.with_columns(*texts, masked_documents(spelled["attributes"]))


def _slugs(names: pl.Series) -> pl.Series:
    """Codes made of names: plain letters and digits; a name in another script is named by its hash."""
    distinct = names.drop_nulls().unique()
    name = pl.col(distinct.name)
    plain = name.str.normalize("NFKD").str.to_lowercase().str.replace_all("&", " and ", literal=True)
    words = plain.str.replace_all(r"[^a-z0-9]+", "_").str.strip_chars("_")
    hashed = pl.Series([f"x{hashlib.sha256(text.encode()).hexdigest()[:10]}" for text in distinct], dtype=pl.String)
    codes = distinct.to_frame().select(pl.when(words != "").then(words).otherwise(hashed)).to_series()
    return names.replace_strict(distinct, codes, default=None, return_dtype=pl.String)


def _most_frequent(name: str, *, over: list[str]) -> pl.Expr:
    """One spelling for one thing: the one used most; of equals the first in the alphabet."""
    return pl.col(name).drop_nulls().mode().min().over(over).alias(name)


def _as_document(header: tuple[str, ...]) -> pl.Expr:
    """The whole source row as JSON, without the cells that are empty."""
    pieces = [
        pl.when(pl.col(name).is_not_null()).then(
            pl.struct(name).struct.json_encode().str.strip_prefix("{").str.strip_suffix("}")
        )
        for name in header
    ]
    return pl.lit("{") + pl.concat_str(pieces, separator=",", ignore_nulls=True) + pl.lit("}")


def _in_quarantine_shape(rejected: pl.DataFrame, file: Path) -> pl.DataFrame:
    columns = rejected.with_columns(
        _source_file=pl.lit(file.name), _batch_id=pl.lit(None, pl.String), _seen_at=pl.lit(dt.datetime.now(dt.UTC))
    )
    return columns.select(QUARANTINE_SCHEMA.names()).cast(QUARANTINE_SCHEMA)


def _counts(table: TextTable, tickets: pl.DataFrame, rejected: pl.DataFrame) -> dict[str, int]:
    figures = tickets.select(
        open=(pl.col("state") == _OPEN).sum(),
        in_doubt=pl.col("is_state_in_doubt").sum(),
        without_closing=pl.col("closed_at").is_null().sum(),
        closed_by_date=(pl.col("closed_at_precision") == "day").sum(),
        without_building=pl.col("building_code").is_null().sum(),
        buildings=pl.struct("project_code", "building_code").filter(pl.col("building_code").is_not_null()).n_unique(),
    ).row(0, named=True)
    return {"rows": table.row_count, "tickets": tickets.height, "rejected": rejected.height} | figures

"""One truth of the clock: the working minutes in the marts are those `core.working_time` gives, for every ticket.

The marts count in SQL over segments that were compiled on the way. Here the calendars are compiled anew from the
clean operational tables and the pauses read from the events, so a fault in either way shows. All tickets are looked
up at once: `minutes_before + min(t, end) - start` over the segments is what `WorkingTime.between` computes one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import duckdb
import polars as pl

from core.public_holidays import special_days_of
from core.working_time import FIRST_YEAR, LAST_YEAR, Calendar, WorkingTime
from quality.marts import open_build, table_of
from quality.reports import GateReport, finding, report

GATE: Final = "working_time_parity"
STATIONS: Final = {
    "acknowledge": "acknowledged_at",
    "dispatch": "dispatched_at",
    "arrive": "arrived_at",
    "resolve": "resolved_at",
    "close": "closed_at",
}
PROMISES: Final = {"acknowledge": "acknowledge", "arrive": "arrive"}
"""Which promise says what pauses stop a station's clock; the others go by that of the repair."""

EXAMPLES: Final = 5

_NO_PAUSE: Final = ("ticket:resume", "ticket:reject", "ticket:reopen", "ticket:close", "ticket:cancel")
_PAUSE: Final = "ticket:pause"
_SEGMENT_TYPES: Final = {
    "calendar_code": pl.String(),
    "starts_at": pl.Datetime("us", "UTC"),
    "ends_at": pl.Datetime("us", "UTC"),
    "minutes_before": pl.Int64(),
}


def check_parity(duckdb_path: Path, clean_dir: Path) -> GateReport:
    """Compare the working minutes of every ticket and station in the build with those computed from `clean_dir`."""
    try:
        marts = _marts(duckdb_path)
    except duckdb.Error as error:
        unreadable = finding(
            "fct_tickets_is_readable", "fct_tickets", f"a check that could not run ({error})", "a readable mart",
            "error", advice="Build the marts again.", advice_zh="请重新构建集市。",
        )  # fmt: skip
        return report(GATE, [unreadable], checked_count=0)
    compared = expected_minutes(clean_dir, marts).collect()
    findings = []
    for station in STATIONS:
        wrong = compared.filter(pl.col("station") == station).filter(
            pl.col("working_minutes").ne_missing(pl.col("expected_minutes"))
        )
        if wrong.is_empty():
            continue
        examples = ", ".join(
            f"{number} {found} instead of {wanted}"
            for number, found, wanted in wrong.head(EXAMPLES)
            .select("ticket_number", "working_minutes", "expected_minutes")
            .iter_rows()
        )
        findings.append(
            finding(
                f"working_to_{station}_minutes_as_the_service_counts", "fct_tickets",
                f"{wrong.height:,} tickets that differ ({examples})", "0 tickets that differ", "error",
                advice="The marts and the service disagree on the clock: compare calendar__segments with the calendar "
                "tables, and the pauses of these tickets.",
                advice_zh="集市与业务系统的工作时间不一致：请核对日历时段与这些工单的暂停记录。",
            )
        )  # fmt: skip
    return report(GATE, findings, checked_count=compared.height)


def expected_minutes(clean_dir: Path, marts: pl.DataFrame) -> pl.LazyFrame:
    """Each ticket and station of `marts` with `expected_minutes`, null where it has not passed the station."""
    calendars = _clean(clean_dir, "project").select("calendar_code", project_id="id")
    tickets = _clean(clean_dir, "ticket").select("project_id", ticket_id="id", began_at="reported_at")
    station = pl.col("station")
    spans = (
        marts.lazy()
        .join(tickets.join(calendars, on="project_id"), on="ticket_id", how="left")
        .with_columns(target=station.replace_strict(PROMISES, default="resolve", return_dtype=pl.String))
        .with_row_index("span")
    )  # fmt: skip
    paused_for = pl.concat_str(pl.lit(","), pl.col("reason").fill_null(""), pl.lit(","))
    goes_on_in = pl.concat_str(pl.lit(","), pl.col("running_reasons").fill_null(""), pl.lit(","))
    segments = pl.LazyFrame(list(_segments(clean_dir, spans)), schema=_SEGMENT_TYPES, orient="row")
    paused = (
        spans.join(pauses(_clean(clean_dir, "ticket_event")), on="ticket_id")
        .join(running_reasons(clean_dir), on=["ticket_id", "target"], how="left")
        .filter(~goes_on_in.str.contains(paused_for, literal=True) | (paused_for == ",,"))
        # An older system may have closed a ticket before it was reported; its minutes are negative, pauses too.
        .with_columns(sign=pl.when(pl.col("began_at") <= pl.col("reached_at")).then(1).otherwise(-1))
        .with_columns(
            began_at=pl.max_horizontal("paused_from", pl.min_horizontal("began_at", "reached_at")),
            reached_at=pl.min_horizontal("paused_to", pl.max_horizontal("began_at", "reached_at")),
        )
        .filter(pl.col("began_at") < pl.col("reached_at"))
        .pipe(_worked_between, segments)
        .group_by("span")
        .agg(paused_minutes=(pl.col("sign") * pl.col("worked")).sum())
    )
    return (
        spans.pipe(_worked_between, segments)
        .join(paused, on="span", how="left")
        .select(
            "ticket_id", "ticket_number", "station", "working_minutes",
            expected_minutes=pl.col("worked") - pl.col("paused_minutes").fill_null(0),
        )
    )  # fmt: skip


def pauses(events: pl.LazyFrame) -> pl.LazyFrame:
    """The stretches `paused_from` to `paused_to` in which a ticket's clock stood; `paused_to` is null while it does."""
    is_pause = pl.col("kind") == _PAUSE
    return (
        events.filter(pl.col("kind").is_in([_PAUSE, *_NO_PAUSE]))
        .sort("ticket_id", "version")
        .filter(is_pause.ne_missing(is_pause.shift().over("ticket_id")))
        .with_columns(paused_to=pl.col("occurred_at").shift(-1).over("ticket_id"))
        .filter(is_pause)
        .select(
            "ticket_id",
            "paused_to",
            paused_from="occurred_at",
            reason=pl.col("payload").str.json_path_match("$.data.reason"),
        )
    )


def running_reasons(clean_dir: Path) -> pl.LazyFrame:
    """For each ticket and target what pauses do not stop its clock: the policy that held when it was reported."""
    tickets = (
        _clean(clean_dir, "ticket")
        .filter(pl.col("source_system").is_null())
        .select("severity", "reported_at", ticket_id="id", category="category_code")
    )
    policies = _clean(clean_dir, "sla_policy").filter("is_active")
    return (
        tickets.join(policies, on="severity")
        .filter(
            (pl.col("category_code") == pl.col("category")) | pl.col("category_code").is_null(),
            pl.col("valid_from") <= pl.col("reported_at"),
            pl.col("valid_to").is_null() | (pl.col("valid_to") > pl.col("reported_at")),
        )
        .sort("category_code", nulls_last=True)
        .group_by("ticket_id", "target", maintain_order=True)
        .agg(pl.col("running_reasons").first())
    )


def _marts(duckdb_path: Path) -> pl.DataFrame:
    """One row for each ticket and station: when it was reached, and the working minutes until then."""
    with open_build(duckdb_path) as connection:
        columns = [f"{column}, working_to_{station}_minutes" for station, column in STATIONS.items()]
        relation = table_of(connection, "fct_tickets").project(", ".join(["ticket_id, ticket_number", *columns]))
        wide: pl.DataFrame = relation.pl()
    return pl.concat(
        wide.select(
            "ticket_id",
            "ticket_number",
            station=pl.lit(station),
            reached_at=pl.col(column).cast(pl.Datetime("us")).dt.replace_time_zone("UTC"),
            working_minutes=pl.col(f"working_to_{station}_minutes").cast(pl.Float64),
        )
        for station, column in STATIONS.items()
    )


def _clean(clean_dir: Path, table: str) -> pl.LazyFrame:
    return pl.scan_parquet(clean_dir / f"ops__{table}.parquet")


def _segments(clean_dir: Path, spans: pl.LazyFrame) -> Iterator[tuple[object, ...]]:
    """The segments of every calendar over the years of the tickets, straight from `core.working_time`."""
    instants = pl.col("began_at", "reached_at").dt.year()
    bounds = spans.select(first=pl.min_horizontal(instants.min()), last=pl.max_horizontal(instants.max())).collect()
    first, last = bounds.row(0)
    if first is None:
        return
    shifts = (
        _clean(clean_dir, "calendar_shift")
        .select("calendar_code", "weekday", "start_minute", "end_minute", "valid_from")
        .collect()
    )
    overrides = _clean(clean_dir, "calendar_override").select("calendar_code", "on_date", "is_working", "like_weekday")
    days = overrides.collect()
    calendars = _clean(clean_dir, "calendar").select("code", "timezone", "holiday_region").collect()
    for code, zone, region in calendars.iter_rows():
        own_shifts, own_days = (
            frame.filter(pl.col("calendar_code") == code).drop("calendar_code").rows() for frame in (shifts, days)
        )
        calendar = Calendar.from_rows(code, zone, own_shifts, own_days)
        years = max(first - 1, FIRST_YEAR), min(last + 1, LAST_YEAR)
        yield from WorkingTime(calendar, special_days_of(region)).segments(*years)


def _worked_between(spans: pl.LazyFrame, segments: pl.LazyFrame) -> pl.LazyFrame:
    """`spans` with `worked`: the working minutes from `began_at` to `reached_at`, null where either is."""
    return (
        spans.pipe(_position, segments, "began_at", "_before")
        .pipe(_position, segments, "reached_at", "_after")
        .with_columns(worked=pl.col("_after") - pl.col("_before"))
        .drop("_before", "_after")
    )


def _position(spans: pl.LazyFrame, segments: pl.LazyFrame, instant: str, name: str) -> pl.LazyFrame:
    """`spans` with the working minutes of their calendar before the minute of `instant`."""
    minute = pl.col("_minute")
    return (
        spans.with_columns(_minute=pl.col(instant).dt.truncate("1m"))
        .sort("_minute")
        .join_asof(
            segments.sort("starts_at"),
            left_on="_minute",
            right_on="starts_at",
            by="calendar_code",
            check_sortedness=False,
        )
        .with_columns(
            (pl.col("minutes_before") + (pl.min_horizontal(minute, "ends_at") - pl.col("starts_at")).dt.total_minutes())
            .pipe(lambda worked: pl.when(minute.is_not_null()).then(worked))
            .alias(name)
        )
        .drop("_minute", "starts_at", "ends_at", "minutes_before", strict=False)
    )

"""The marts' working minutes against `core.working_time`, ticket by ticket."""

from __future__ import annotations

import datetime as dt
from itertools import zip_longest
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.public_holidays import special_days_of
from core.working_time import Calendar, WorkingTime
from quality import parity
from transforms.ops_schemas import OPS_SCHEMAS

SHIFTS = [(day, start, end) for day in range(1, 7) for start, end in ((510, 720), (810, 1080))]
MONDAY = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
CLOCK = WorkingTime(Calendar.from_rows("default", "Asia/Shanghai", SHIFTS), special_days_of("CN"))

RUNNING = "weather,waiting_material"
Moment = dt.datetime
Pauses = list[tuple[Moment, Moment | None]]


def write_clean(folder: Path, tickets: list[tuple[str, Moment, Pauses]], *, reason: str = "waiting_owner") -> Path:
    """A clean zone with one project, the service's hours, and these tickets with their pauses."""
    rows: dict[str, list[dict[str, Any]]] = {
        "calendar": [{"code": "default", "timezone": "Asia/Shanghai", "holiday_region": "CN"}],
        "calendar_shift": [
            {"id": number, "calendar_code": "default", "weekday": day, "start_minute": start, "end_minute": end}
            for number, (day, start, end) in enumerate(SHIFTS)
        ],
        "calendar_override": [],
        "project": [{"id": "p", "code": "HZ01", "calendar_code": "default"}],
        "sla_policy": [
            {
                "id": 1,
                "severity": "normal",
                "target": "resolve",
                "target_minutes": 60,
                "is_active": True,
                "valid_from": MONDAY - dt.timedelta(days=9_000),
                "running_reasons": RUNNING,
            },
        ],
        "ticket": [
            {"id": key, "project_id": "p", "severity": "normal", "reported_at": reported}
            for key, reported, _ in tickets
        ],
        "ticket_event": [
            {
                "ticket_id": key,
                "version": version,
                "kind": kind,
                "occurred_at": moment,
                "payload": f'{{"data": {{"reason": "{reason}"}}}}',
            }
            for key, _, pauses in tickets
            for version, (kind, moment) in enumerate(events(pauses), start=2)
        ],
    }
    folder.mkdir(exist_ok=True)
    for table, wanted in rows.items():
        schema = pl.Schema(OPS_SCHEMAS[table])
        frame = pl.DataFrame([dict.fromkeys(schema) | row for row in wanted], schema=schema)
        frame.write_parquet(folder / f"ops__{table}.parquet")
    return folder


def events(pauses: Pauses) -> list[tuple[str, Moment]]:
    told = []
    for paused_from, paused_to in pauses:
        told.append(("ticket:pause", paused_from))
        if paused_to is not None:
            told.append(("ticket:resume", paused_to))
    return told


def write_build(path: Path, rows: list[tuple[str, Moment | None, float | None]]) -> Path:
    """A build whose tickets were closed, and nothing else, so."""
    columns = {"ticket_id": pl.String, "closed_at": pl.Datetime("us", "UTC"), "working_to_close_minutes": pl.Float64}
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(
        pl.col("ticket_id").alias("ticket_number"),
        *(pl.lit(None, pl.Datetime("us", "UTC")).alias(at) for at in parity.STATIONS.values() if at != "closed_at"),
        *(pl.lit(None, pl.Float64).alias(f"working_to_{name}_minutes") for name in parity.STATIONS if name != "close"),
    )
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.register("given", frame)
        connection.execute("create table marts.fct_tickets as select * from given")
    return path


def at(hours: float) -> Moment:
    return MONDAY + dt.timedelta(hours=hours)


REPORTED, PAUSED, RESUMED, CLOSED = at(1), at(3), at(25), at(60)
RIGHT = CLOCK.between(REPORTED, CLOSED, [(PAUSED, RESUMED)])


def test_minutes_counted_alike_pass_and_every_ticket_was_looked_at(tmp_path: Path) -> None:
    clean = write_clean(tmp_path / "clean", [("a", REPORTED, [(PAUSED, RESUMED)]), ("b", REPORTED, [])])
    build = write_build(tmp_path / "w.duckdb", [("a", CLOSED, RIGHT), ("b", None, None)])
    report = parity.check_parity(build, clean)
    assert report.passed
    assert report.checked_count == 2 * len(parity.STATIONS)


@pytest.mark.parametrize("told", [RIGHT + 1, CLOCK.between(REPORTED, CLOSED), None])
def test_a_minute_too_many_a_forgotten_pause_or_a_missing_figure_stops_publication(
    tmp_path: Path, told: float | None
) -> None:
    clean = write_clean(tmp_path / "clean", [("a", REPORTED, [(PAUSED, RESUMED)])])
    report = parity.check_parity(write_build(tmp_path / "w.duckdb", [("a", CLOSED, told)]), clean)
    assert not report.passed
    (found,) = report.findings
    assert found.rule == "working_to_close_minutes_as_the_service_counts"
    assert f"a {told if told is None else float(told)} instead of {RIGHT}" in found.message
    assert "calendar__segments" in found.message


def test_a_pause_that_does_not_stop_the_clock_by_its_policy_takes_nothing_off(tmp_path: Path) -> None:
    clean = write_clean(tmp_path / "clean", [("a", REPORTED, [(PAUSED, RESUMED)])], reason="weather")
    whole = CLOCK.between(REPORTED, CLOSED)
    assert parity.check_parity(write_build(tmp_path / "1.duckdb", [("a", CLOSED, whole)]), clean).passed
    report = parity.check_parity(write_build(tmp_path / "2.duckdb", [("a", CLOSED, RIGHT)]), clean)
    assert f"a {float(RIGHT)} instead of {whole}" in report.findings[0].message


def test_a_figure_for_a_ticket_that_never_closed_or_does_not_exist_is_red(tmp_path: Path) -> None:
    clean = write_clean(tmp_path / "clean", [("a", REPORTED, [])])
    assert not parity.check_parity(write_build(tmp_path / "1.duckdb", [("a", None, 3.0)]), clean).passed
    assert not parity.check_parity(write_build(tmp_path / "2.duckdb", [("x", CLOSED, 3.0)]), clean).passed


def test_a_build_without_tickets_cannot_be_compared_and_is_red(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    report = parity.check_parity(tmp_path / "empty.duckdb", write_clean(tmp_path / "clean", []))
    assert not report.passed
    assert "could not run" in report.findings[0].message


def test_a_ticket_paused_until_now_is_paused_until_it_is_looked_at(tmp_path: Path) -> None:
    clean = write_clean(tmp_path / "clean", [("a", REPORTED, [(PAUSED, None)])])
    expected = CLOCK.between(REPORTED, PAUSED)
    assert parity.check_parity(write_build(tmp_path / "w.duckdb", [("a", CLOSED, expected)]), clean).passed


moments = st.integers(0, 60 * 24 * 400 * 60).map(lambda seconds: MONDAY + dt.timedelta(seconds=seconds))


tickets = st.tuples(moments, moments, st.lists(moments, max_size=8, unique=True).map(sorted))


@settings(max_examples=15)
@given(st.lists(tickets, min_size=10, max_size=40))
def test_looking_all_tickets_up_at_once_counts_as_the_service_does(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[Moment, Moment, list[Moment]]]
) -> None:
    told: list[tuple[str, Moment, Pauses]] = []
    expected: dict[str, int] = {}
    for number, (reported, closed, turns) in enumerate(drawn):
        pauses: Pauses = list(zip_longest(turns[::2], turns[1::2]))
        told.append((str(number), reported, pauses))
        ended = [(start, end or max(start, closed, reported)) for start, end in pauses]
        expected[str(number)] = CLOCK.between(reported, closed, ended)
    clean = write_clean(tmp_path_factory.getbasetemp() / "property", told)
    marts = pl.DataFrame({"ticket_id": expected.keys(), "reached_at": [closed for _, closed, _ in drawn]}).with_columns(
        pl.col("reached_at").cast(pl.Datetime("us", "UTC")),
        ticket_number=pl.col("ticket_id"),
        station=pl.lit("close"),
        working_minutes=pl.lit(0.0),
    )
    found = parity.expected_minutes(clean, marts).select("ticket_id", "expected_minutes").collect()
    assert dict(found.iter_rows()) == expected

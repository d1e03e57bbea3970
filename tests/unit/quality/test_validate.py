"""Every expectation goes red when its fault is planted, and says what to do."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

from quality import validate
from quality.expectations import CLEAN, MARTS, Filled, Fresh, Kept, Rare, Related, Rule, Steady, Unique, Volume, Within
from quality.reports import Finding
from transforms.catalogue import CLEAN_TABLES

AS_OF = dt.datetime(2026, 3, 10, 6, tzinfo=dt.UTC)

TICKETS = pl.DataFrame(
    {
        "number": [f"T{number:08d}" for number in range(100)],
        "minutes": [float(number) for number in range(100)],
        "component": ["tap"] * 90 + [None] * 10,
        "is_odd": [number % 10 == 0 for number in range(100)],
    }
)


def faults(frame: pl.DataFrame, *rules: Rule, before: int | None = None) -> list[Finding]:
    previous = None if before is None else {"row_count": before}
    return list(validate.check_clean("ops__ticket", frame, previous, rules=rules).findings)


GOOD: list[Rule] = [
    Volume(100),
    Steady(0.1, growth=0.5),
    Unique("number"),
    Filled("component", 0.85),
    Within("minutes", 0, 99),
    Rare("is_odd", 0.15),
]


def test_a_table_as_expected_passes_and_says_how_much_was_looked_at() -> None:
    report = validate.check_clean("ops__ticket", TICKETS, {"row_count": 104}, rules=GOOD)
    assert report.passed
    assert list(report.findings) == []
    assert report.checked_count == len(GOOD)
    assert report.measured == {"row_count": 100}


@pytest.mark.parametrize(
    ("broken", "rule", "observed"),
    [
        (TICKETS.head(99), "has_rows", "99 rows"),
        (TICKETS.with_columns(number=pl.lit("T1")), "number_is_unique", "100 rows, among them T1"),
        (TICKETS.with_columns(component=pl.lit(None, pl.String)), "component_is_filled", "100 rows without"),
        (TICKETS.with_columns(minutes=pl.col("minutes") - 1), "minutes_is_plausible", "1 rows, among them -1.0"),
        (TICKETS.with_columns(is_odd=pl.lit(value=True)), "is_odd_is_rare", "100.0%"),
    ],
)
def test_a_planted_fault_turns_its_own_rule_red_and_no_other(broken: pl.DataFrame, rule: str, observed: str) -> None:
    (found,) = faults(broken, *GOOD)
    assert (found.rule, found.observed, found.severity) == (rule, observed, "error")
    assert found.table == "ops__ticket"
    for part in (found.table, found.rule, found.observed, found.expected):
        assert part in found.message
        assert part in found.message_zh


@pytest.mark.parametrize(("before", "is_steady"), [(100, True), (110, True), (130, False), (60, False)])
def test_a_sudden_shrink_or_growth_is_seen(before: int, is_steady: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quality.expectations.MANY_ROWS", 10)
    found = faults(TICKETS, Steady(0.1, growth=0.5), before=before)
    assert [one.rule for one in found] == ([] if is_steady else ["row_count_is_steady"])


@pytest.mark.parametrize(
    ("rows", "rejected_count", "is_kept"), [(100, 20, True), (100, 21, False), (2_000, 40, True), (2_000, 41, False)]
)
def test_rows_turned_away_in_numbers_are_seen_from_those_that_are_left(
    rows: int, rejected_count: int, is_kept: bool
) -> None:
    frame = TICKETS.sample(rows, with_replacement=True, seed=1)
    report = validate.check_clean("ops__ticket", frame, rejected_count=rejected_count, rules=[Kept()])
    assert [found.rule for found in report.findings] == ([] if is_kept else ["rows_are_kept"])


def test_a_warning_does_not_stop_publication() -> None:
    report = validate.check_clean("ops__ticket", TICKETS, rules=[Volume(101, severity="warning")])
    assert report.passed
    assert [found.severity for found in report.findings] == ["warning"]


def test_a_check_that_cannot_run_is_an_error_even_where_it_would_only_warn() -> None:
    (missing,) = faults(TICKETS, Within("no_such_column", 0, 1, severity="warning"))
    assert missing.severity == "error"
    assert "could not run" in missing.observed
    (of_text,) = faults(TICKETS, Within("number", 0, 1, severity="warning"))
    assert of_text.severity == "error"
    assert "could not run" in of_text.observed


def test_values_that_are_not_there_are_not_wrong_unless_they_must_be_there() -> None:
    empty = TICKETS.clear()
    assert faults(empty, *GOOD[1:]) == []
    hollow = TICKETS.with_columns(minutes=pl.lit(None, pl.Float64), is_odd=pl.lit(None, pl.Boolean))
    assert faults(hollow, Within("minutes", 0, 99), Rare("is_odd", 0.1)) == []
    assert [found.rule for found in faults(hollow, Filled("minutes", 0.5))] == ["minutes_is_filled"]


def test_a_report_is_plain_json() -> None:
    report = validate.check_clean("ops__ticket", TICKETS.head(3), rules=GOOD)
    told = json.loads(json.dumps(report.as_dict()))
    assert told["passed"] is False
    assert told["findings"][0]["rule"] == "has_rows"


def test_expected_columns_exist_in_the_clean_tables() -> None:
    for table, rules in CLEAN.items():
        columns = set(pl.Schema(CLEAN_TABLES[table].schema))
        assert {column for rule in rules if (column := getattr(rule, "column", None))} <= columns, table


def build(path: Path, **tables: pl.DataFrame) -> Path:
    """A build with these marts."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for name, frame in tables.items():
            connection.register("given", frame)
            connection.execute(f"create table marts.{name} as select * from given")
            connection.unregister("given")
    return path


def marts(*, rows: int = 50, newest: dt.datetime = AS_OF, unit: str = "HZ01-03-1802") -> dict[str, pl.DataFrame]:
    return {
        "fct_tickets": pl.DataFrame({"reported_at": [newest] * rows, "data_as_of": [AS_OF] * rows}),
        "dim_homes": pl.DataFrame({"unit_code": ["HZ01-03-1802", "HZ01-03-1801"]}),
        "fct_meter_days": pl.DataFrame({"unit_code": [unit, unit, None], "on_date": [newest.date()] * 3}),
    }


RULES: dict[str, list[Rule]] = {
    "fct_tickets": [Steady(0.02), Fresh("reported_at", 3)],
    "fct_meter_days": [Fresh("on_date", 3), Related("unit_code", "dim_homes", "unit_code", share=0.95)],
}


def found_in(path: Path, previous: Path | None = None, rules: Any = None) -> list[tuple[str, str, str]]:
    report = validate.check_marts(path, previous, rules=rules or RULES)
    return [(found.table, found.rule, found.observed) for found in report.findings]


def test_marts_as_expected_pass(tmp_path: Path) -> None:
    before = build(tmp_path / "before.duckdb", **marts(rows=51))
    now = build(tmp_path / "now.duckdb", **marts(rows=50))
    report = validate.check_marts(now, before, rules=RULES)
    assert report.passed
    assert report.measured == {"fct_tickets": 50, "fct_meter_days": 3}


def test_rows_lost_since_the_published_build_stop_the_next(tmp_path: Path) -> None:
    before = build(tmp_path / "before.duckdb", **marts(rows=100))
    now = build(tmp_path / "now.duckdb", **marts(rows=80))
    assert found_in(now, before) == [("fct_tickets", "row_count_is_steady", "80 rows")]


def test_a_stale_feed_is_seen(tmp_path: Path) -> None:
    old = build(tmp_path / "old.duckdb", **marts(newest=AS_OF - dt.timedelta(days=5)))
    assert found_in(old) == [
        ("fct_tickets", "reported_at_is_fresh", "the newest 5.0 days old"),
        ("fct_meter_days", "on_date_is_fresh", "the newest 5.2 days old"),
    ]


def test_meters_of_unknown_homes_are_seen(tmp_path: Path) -> None:
    strange = build(tmp_path / "strange.duckdb", **marts(unit="HZ09-99-1"))
    assert found_in(strange) == [("fct_meter_days", "unit_code_is_known", "0.0%")]


def test_a_mart_that_is_not_there_is_red(tmp_path: Path) -> None:
    lacking = {name: frame for name, frame in marts().items() if name != "fct_meter_days"}
    found = found_in(build(tmp_path / "lacking.duckdb", **lacking))
    assert {(table, rule) for table, rule, _ in found} == {
        ("fct_meter_days", "on_date_is_fresh"),
        ("fct_meter_days", "unit_code_is_known"),
    }
    assert all("could not run" in observed for _, _, observed in found)


def test_a_mart_new_in_this_build_has_no_past(tmp_path: Path) -> None:
    before = build(tmp_path / "before.duckdb", dim_homes=marts()["dim_homes"])
    assert found_in(build(tmp_path / "now.duckdb", **marts()), before) == []


def test_expected_marts_and_columns_are_described_in_the_dbt_project() -> None:
    folder = Path(__file__).parents[3] / "dbt_project" / "models" / "marts"
    for table, rules in MARTS.items():
        described = (folder / f"{table}.yml").read_text(encoding="utf-8")
        for rule in rules:
            column = getattr(rule, "column", None)
            assert column is None or f"- name: {column}\n" in described, (table, column)

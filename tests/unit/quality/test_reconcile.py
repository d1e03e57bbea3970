"""What the store counted against what the marts hold."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import polars as pl
import pytest

from ops_db.models import EXTRACTED_TABLES
from quality import reconcile
from quality.reconcile import COUNTERPARTS
from quality.reports import GateReport

SNAPSHOT = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)
ROWS = 10


def control(*, in_flight: int = 0, amount: int = 5_500, leave_out: str = "") -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "table_name": table,
                "row_count": ROWS,
                "in_flight_count": in_flight,
                "amount_fen_sum": amount if table == "cost_entry" else None,
                "horizon_xid": 900,
                "snapshot_at": SNAPSHOT,
            }
            for table in COUNTERPARTS
            if table != leave_out
        ]
    )


@pytest.fixture
def build(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        for counterpart in COUNTERPARTS.values():
            connection.execute(
                f"create table marts.{counterpart.mart} as "
                f"select key, cast(key * 100 as bigint) as amount_fen from range(1, {ROWS + 1}) as numbers(key)"
            )
    return path


def change(build: Path, statement: str) -> Path:
    with duckdb.connect(str(build)) as connection:
        connection.execute(statement)
    return build


def rules(report: GateReport) -> list[tuple[str, str]]:
    return [(found.table, found.rule) for found in report.findings]


def test_equal_totals_pass(build: Path) -> None:
    report = reconcile.reconcile(build, control())
    assert report.passed
    assert report.checked_count == len(COUNTERPARTS)


def test_a_lost_ticket_stops_publication_and_says_how_many(build: Path) -> None:
    report = reconcile.reconcile(change(build, "delete from marts.fct_tickets where key = 3"), control())
    assert not report.passed
    assert rules(report) == [("fct_tickets", "rows_of_ticket")]
    assert "Found 9 rows, expected 10 rows." in report.findings[0].message


def test_a_doubled_event_stops_publication(build: Path) -> None:
    doubled = change(build, "insert into marts.fct_ticket_events select * from marts.fct_ticket_events where key = 1")
    assert rules(reconcile.reconcile(doubled, control())) == [("fct_ticket_events", "rows_of_ticket_event")]


def test_one_fen_too_many_stops_publication(build: Path) -> None:
    wrong = change(build, "update marts.fct_costs set amount_fen = amount_fen + 1 where key = 1")
    report = reconcile.reconcile(wrong, control())
    assert not report.passed
    assert rules(report) == [("fct_costs", "amount_of_cost_entry")]
    assert "5,501 fen" in report.findings[0].message


def test_as_many_rows_may_differ_as_were_in_flight_and_not_one_more(build: Path) -> None:
    lacking_two = change(build, "delete from marts.fct_tickets where key <= 2")
    assert reconcile.reconcile(lacking_two, control(in_flight=2)).passed
    assert not reconcile.reconcile(lacking_two, control(in_flight=1)).passed


def test_money_in_flight_is_told_and_stops_nothing(build: Path) -> None:
    report = reconcile.reconcile(build, control(in_flight=1, amount=5_000))
    assert report.passed
    assert [found.severity for found in report.findings] == ["warning"]


@pytest.mark.parametrize(
    ("totals", "found"),
    [
        (None, [("every mart", "rows_of_ops")]),
        (control().clear(), [("every mart", "rows_of_ops")]),
        (control(leave_out="ticket"), [("fct_tickets", "rows_of_ticket")]),
    ],
)
def test_without_the_stores_count_nothing_is_published(
    build: Path, totals: pl.DataFrame | None, found: list[tuple[str, str]]
) -> None:
    report = reconcile.reconcile(build, totals)
    assert not report.passed
    assert rules(report) == found


def test_a_missing_mart_is_red(build: Path) -> None:
    report = reconcile.reconcile(change(build, "drop table marts.fct_visits"), control())
    assert rules(report) == [("fct_visits", "mart_is_readable")]


def test_every_compared_table_is_extracted() -> None:
    assert set(COUNTERPARTS) <= set(EXTRACTED_TABLES)

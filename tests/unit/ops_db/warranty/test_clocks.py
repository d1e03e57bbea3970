"""Both clocks of a warranty: which term counts, until when, and what the cockpits count beside it."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import duckdb
import yaml
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import Trade
from core.work_vocabulary import WarrantyClock, WarrantySeason
from ops_db.seed import WARRANTY_FILE
from ops_db.warranty.clocks import Fault, Standing, Term, judge, months_later, season_end

OWNER, CONTRACTOR = WarrantyClock.OWNER, WarrantyClock.CONTRACTOR
START = dt.date(2000, 1, 30)
SEED = Path(__file__).parents[4] / "dbt_project" / "seeds" / "warranty_terms.csv"
TERMS = (
    Term(clock=OWNER, trade="waterproofing", month_count=12, valid_from=START),
    Term(clock=OWNER, component_code="roof_waterproofing", month_count=36, valid_from=START),
    Term(clock=OWNER, trade="plumbing", month_count=12, valid_from=START),
    Term(clock=OWNER, defect_code="drain_pipe_blocked", month_count=2, valid_from=START),
    Term(clock=CONTRACTOR, trade="waterproofing", month_count=60, valid_from=START),
    Term(clock=OWNER, trade="waterproofing", month_count=24, valid_from=dt.date(2027, 1, 1)),
    Term(
        clock=OWNER,
        component_code="floor_heating",
        season_count=1,
        season=WarrantySeason.HEATING,
        valid_from=START,
    ),
)
HANDOVER = dt.date(2025, 6, 15)
BATH = Fault(trade="waterproofing", category_code="water", component_code="bath_waterproofing")


def test_a_repair_is_owed_to_the_last_day_and_not_the_day_after() -> None:
    last = judge(OWNER, BATH, start=HANDOVER, on=dt.date(2026, 6, 14), terms=TERMS)
    assert (last.standing, last.end, last.days_left) == (Standing.RUNNING, dt.date(2026, 6, 15), 1)
    after = judge(OWNER, BATH, start=HANDOVER, on=dt.date(2026, 6, 15), terms=TERMS)
    assert (after.standing, after.days_left, after.is_in_warranty) == (Standing.ENDED, 0, False)


def test_the_most_exact_term_counts() -> None:
    roof = Fault(trade="waterproofing", component_code="roof_waterproofing")
    assert judge(OWNER, roof, start=HANDOVER, on=HANDOVER, terms=TERMS).end == dt.date(2028, 6, 15)
    blocked = Fault(trade="plumbing", component_code="drain_pipe", defect_code="drain_pipe_blocked")
    assert judge(OWNER, blocked, start=HANDOVER, on=HANDOVER, terms=TERMS).end == dt.date(2025, 8, 15)
    leaking = Fault(trade="plumbing", component_code="drain_pipe", defect_code="drain_pipe_leak")
    assert judge(OWNER, leaking, start=HANDOVER, on=HANDOVER, terms=TERMS).end == dt.date(2026, 6, 15)


def test_the_terms_of_the_day_the_clock_started_count_whatever_came_later() -> None:
    before = judge(OWNER, BATH, start=dt.date(2026, 12, 31), on=dt.date(2027, 5, 1), terms=TERMS)
    since = judge(OWNER, BATH, start=dt.date(2027, 1, 1), on=dt.date(2027, 5, 1), terms=TERMS)
    assert (before.end, since.end) == (dt.date(2027, 12, 31), dt.date(2029, 1, 1))


def test_a_clock_that_never_started_or_has_no_term_says_so() -> None:
    assert judge(OWNER, BATH, start=None, on=HANDOVER, terms=TERMS).standing == Standing.NO_START
    unknown = judge(CONTRACTOR, Fault(trade="lift"), start=HANDOVER, on=HANDOVER, terms=TERMS)
    assert (unknown.standing, unknown.is_in_warranty) == (Standing.NO_TERM, None)


def test_a_heating_season_counts_only_from_its_beginning() -> None:
    heating = WarrantySeason.HEATING
    assert season_end(dt.date(2025, 11, 15), heating, 1) == dt.date(2026, 3, 16)
    assert season_end(dt.date(2025, 11, 16), heating, 1) == dt.date(2027, 3, 16)
    assert season_end(dt.date(2026, 2, 1), heating, 2) == dt.date(2028, 3, 16)
    assert season_end(dt.date(2026, 1, 1), WarrantySeason.COOLING, 1) == dt.date(2026, 10, 1)
    floor = Fault(trade="equipment", component_code="floor_heating")
    assert judge(OWNER, floor, start=HANDOVER, on=HANDOVER, terms=TERMS).end == dt.date(2026, 3, 16)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2080, 1, 1)), st.integers(1, 1200))
def test_months_are_added_as_the_marts_add_them(start: dt.date, months: int) -> None:
    [(expected,)] = duckdb.sql(f"select (date '{start}' + interval ({months}) month)::date").fetchall()
    assert months_later(start, months) == expected


def test_the_terms_of_each_trade_are_those_the_marts_count_with() -> None:
    with SEED.open(encoding="utf-8") as file:
        counted = {
            (clock, row["trade_code"], row["valid_from_date"]): int(row[f"{clock}_month_count"])
            for row in csv.DictReader(file)
            for clock in WarrantyClock.codes()
        }
    reference = yaml.safe_load(WARRANTY_FILE.read_text(encoding="utf-8"))
    kept = {
        (term["clock"], term["trade"], reference["valid_from"].isoformat()): term["months"]
        for term in reference["terms"]
        if "trade" in term
    }
    assert kept == counted
    assert {trade for _, trade, _ in kept} == set(Trade.codes())

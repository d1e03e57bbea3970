"""Periods and what they are compared with."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards import periods
from dashboards.periods import Period

TODAY = dt.date(2026, 6, 30)
DAYS = st.dates(dt.date(1995, 1, 1), dt.date(2040, 12, 31))


@pytest.mark.parametrize(
    ("code", "start", "end", "before"),
    [
        ("30d", "2026-06-01", "2026-06-30", ("2026-05-02", "2026-05-31")),
        ("12m", "2025-07-01", "2026-06-30", ("2024-07-01", "2025-06-30")),
        ("ytd", "2026-01-01", "2026-06-30", ("2025-01-01", "2025-06-30")),
        ("2026-03", "2026-03-01", "2026-03-31", ("2026-02-01", "2026-02-28")),
        ("2024-03", "2024-03-01", "2024-03-31", ("2024-02-01", "2024-02-29")),
        ("2026-05-01..2026-05-10", "2026-05-01", "2026-05-10", ("2026-04-21", "2026-04-30")),
    ],
)
def test_a_code_names_days_and_those_before(code: str, start: str, end: str, before: tuple[str, str]) -> None:
    found = periods.period(code, today=TODAY)
    assert found is not None
    assert (str(found.start), str(found.end)) == (start, end)
    earlier = found.before()
    assert earlier is not None
    assert (str(earlier.start), str(earlier.end)) == before


def test_everything_has_nothing_before() -> None:
    assert periods.period("all", today=TODAY) == Period(None, TODAY)
    assert Period(None, TODAY).before() is None


@pytest.mark.parametrize(
    "code",
    [
        "",
        "13m",
        "2026-13",
        "0000-01",
        "2026-02-30..2026-03-01",
        "2026-03-02..2026-03-01",
        "1066-10-14..2026-01-01",
        "x",
    ],
)
def test_what_names_no_days_is_no_period(code: str) -> None:
    assert periods.period(code, today=TODAY) is None


@given(st.tuples(DAYS, DAYS).map(sorted))
def test_days_of_a_readers_own_follow_on_as_many_before_them(days: list[dt.date]) -> None:
    start, end = days
    found = periods.period(periods.code_of_days(start, end), today=TODAY)
    assert found == Period(start, end)
    earlier = found.before()
    assert earlier is not None
    assert earlier.start is not None
    assert earlier.end + dt.timedelta(days=1) == start
    assert earlier.end - earlier.start == end - start


@given(DAYS, st.sampled_from(["12m", "ytd"]))
def test_a_year_is_compared_with_the_same_days_of_the_year_before(today: dt.date, code: str) -> None:
    found = periods.period(code, today=today)
    assert found is not None
    earlier = found.before()
    assert earlier is not None
    assert found.start is not None
    assert earlier.start is not None
    assert (found.start.year - earlier.start.year, found.end.year - earlier.end.year) == (1, 1)
    assert (found.end.month, found.start.month) == (earlier.end.month, earlier.start.month)
    assert abs(found.end.day - earlier.end.day) <= 1

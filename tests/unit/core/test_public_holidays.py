"""China's public holidays, every day of three published years, and the years nobody has published yet."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from core.public_holidays import china_special_days, special_days_of
from core.working_time import DEFAULT_CALENDAR, Calendar, CalendarError, Shift, WorkingTime

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = dt.timedelta(days=1)

# The notices of the State Council's General Office: each holiday's first and last day, and the days worked for it.
# For 2024 the notice lets New Year (1 January) and Dragon Boat (10 June) join the weekend before.
HOLIDAYS = {
    2024: ["01-01 01-01", "02-10 02-17", "04-04 04-06", "05-01 05-05", "06-08 06-10", "09-15 09-17", "10-01 10-07"],
    2025: ["01-01 01-01", "01-28 02-04", "04-04 04-06", "05-01 05-05", "05-31 06-02", "10-01 10-08"],
    2026: ["01-01 01-03", "02-15 02-23", "04-04 04-06", "05-01 05-05", "06-19 06-21", "09-25 09-27", "10-01 10-07"],
}
MAKEUP_DAYS = {
    2024: ["02-04", "02-18", "04-07", "04-28", "05-11", "09-14", "09-29", "10-12"],
    2025: ["01-26", "02-08", "04-27", "09-28", "10-11"],
    2026: ["01-04", "02-14", "02-28", "05-09", "09-20", "10-10"],
}


def published_holidays(year: int) -> set[dt.date]:
    days: set[dt.date] = set()
    for stretch in HOLIDAYS[year]:
        first, last = (dt.date.fromisoformat(f"{year}-{part}") for part in stretch.split())
        days |= {first + number * DAY for number in range((last - first).days + 1)}
    return days


def published_makeup_days(year: int) -> set[dt.date]:
    return {dt.date.fromisoformat(f"{year}-{part}") for part in MAKEUP_DAYS[year]}


@pytest.mark.parametrize("year", HOLIDAYS)
def test_every_day_of_a_published_year_is_as_the_notice_says(year: int) -> None:
    special = china_special_days(year)
    assert special.holidays == published_holidays(year)
    assert special.makeup_days == published_makeup_days(year)
    assert not special.is_provisional


@pytest.mark.parametrize("year", HOLIDAYS)
def test_every_day_has_the_working_hours_the_notice_leaves_it(year: int) -> None:
    office = Calendar("office", "Asia/Shanghai", (*[(Shift(540, 1080),)] * 5, (), ()))
    working_time = WorkingTime(office, china_special_days)
    day = dt.datetime(year, 1, 1, tzinfo=SHANGHAI)
    while day.year == year:
        is_weekday = day.weekday() < 5 and day.date() not in published_holidays(year)
        expected = 540 if is_weekday or day.date() in published_makeup_days(year) else 0
        assert working_time.between(day, day + DAY) == expected, day.date()
        day += DAY


def test_the_saturday_of_a_holiday_is_free_where_saturdays_are_worked() -> None:
    service = WorkingTime(DEFAULT_CALENDAR, special_days_of("CN"))
    spring_festival = dt.datetime(2026, 2, 15, tzinfo=SHANGHAI)
    assert service.between(spring_festival, spring_festival + 9 * DAY) == 0
    assert service.between(spring_festival - DAY, spring_festival) == 480


def test_a_promise_over_the_spring_festival_is_due_after_it() -> None:
    service = WorkingTime(DEFAULT_CALENDAR, special_days_of("CN"))
    reported = dt.datetime(2026, 2, 14, 17, 0, tzinfo=SHANGHAI)
    assert service.deadline(reported, 120) == dt.datetime(2026, 2, 24, 9, 30, tzinfo=SHANGHAI)


def test_a_year_not_yet_published_is_provisional_and_no_error() -> None:
    special = china_special_days(2035)
    assert special.is_provisional
    assert dt.date(2035, 10, 1) in special.holidays
    assert special.makeup_days == frozenset()


def test_a_promise_may_reach_into_a_year_not_yet_published() -> None:
    service = WorkingTime(DEFAULT_CALENDAR, special_days_of("CN"))
    provisional = service.provisional_years(2024, 2035)
    assert 2035 in provisional
    assert not {2024, 2025, 2026} & set(provisional)
    eve = dt.datetime(provisional[0] - 1, 12, 31, 23, 0, tzinfo=SHANGHAI)
    due = service.deadline(eve, 600)
    assert due.year == provisional[0]
    assert service.between(eve, due) == 600


def test_a_calendar_without_region_knows_no_holidays() -> None:
    assert special_days_of(None)(2026).holidays == frozenset()


def test_a_region_nobody_knows_is_named() -> None:
    with pytest.raises(CalendarError, match="no public holidays for XX"):
        special_days_of("XX")

"""Working time against a count minute by minute, and the segments the marts join against both."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.working_time import (
    DEFAULT_CALENDAR,
    Calendar,
    CalendarError,
    CalendarOutOfRange,
    Shift,
    ShiftRow,
    SpecialDays,
    WorkingTime,
)

MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")
OFFICE = (Shift(9 * 60, 12 * 60), Shift(13 * 60, 18 * 60))
ALL_DAY = (Shift(0, 24 * 60),)
WEEKDAYS_ONLY = Calendar("office", "Asia/Shanghai", (*[OFFICE] * 5, (), ()))
ROUND_THE_CLOCK = Calendar("always", "America/New_York", (ALL_DAY,) * 7)

# Monday 5 January 2026 is an ordinary week's first day.
MONDAY = dt.datetime(2026, 1, 5, tzinfo=SHANGHAI)


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A time of the week of MONDAY; day 0 is the Monday."""
    return MONDAY + day * DAY + dt.timedelta(hours=hour, minutes=minute)


@pytest.fixture(scope="module")
def office() -> WorkingTime:
    return WorkingTime(WEEKDAYS_ONLY)


# Examples -------------------------------------------------------------------------------------------------------------


def test_the_lunch_break_does_not_count(office: WorkingTime) -> None:
    assert office.between(at(0, 11), at(0, 14)) == 120


def test_the_night_and_the_weekend_do_not_count(office: WorkingTime) -> None:
    assert office.between(at(4, 17), at(7, 10)) == 120


def test_an_instant_counts_as_the_minute_it_falls_in(office: WorkingTime) -> None:
    late = dt.timedelta(seconds=59, microseconds=999_999)
    assert office.between(at(0, 9) + late, at(0, 9, 1)) == 1
    assert office.between(at(0, 9), at(0, 9) + late) == 0


def test_minutes_run_over_to_the_next_working_day(office: WorkingTime) -> None:
    assert office.add(at(4, 17), 120) == at(7, 10)


def test_a_promise_ends_with_the_day_where_work_goes_on_the_next(office: WorkingTime) -> None:
    assert office.deadline(at(0, 9), 480) == at(0, 18)
    assert office.add(at(0, 9), 480) == at(1, 9)
    assert office.between(at(0, 9), at(1, 9)) == 480


def test_no_minutes_added_at_night_is_the_next_morning(office: WorkingTime) -> None:
    assert office.add(at(0, 20), 0) == at(1, 9)
    assert office.deadline(at(0, 20), 0) == at(0, 20)


def test_a_pause_over_the_weekend_takes_only_its_working_minutes(office: WorkingTime) -> None:
    pause = (at(4, 17), at(7, 10))
    assert office.between(at(4, 16), at(7, 11), [pause]) == 120
    assert office.add(at(4, 16), 120, [pause]) == at(7, 11)


def test_overlapping_pauses_count_once(office: WorkingTime) -> None:
    pauses = [(at(0, 10), at(0, 12)), (at(0, 11), at(0, 14)), (at(0, 11, 30), at(0, 11, 40))]
    assert office.between(at(0, 9), at(0, 15), pauses) == 120


def test_a_pause_outside_the_time_asked_about_does_not_count(office: WorkingTime) -> None:
    assert office.between(at(0, 9), at(0, 12), [(at(1, 9), at(1, 12)), (at(-3, 9), at(-3, 12))]) == 180


def test_a_holiday_has_no_working_time_and_its_make_up_day_has() -> None:
    tuesday, sunday = (MONDAY + DAY).date(), (MONDAY + 6 * DAY).date()
    special = SpecialDays(frozenset([tuesday]), frozenset([sunday]))
    working_time = WorkingTime(WEEKDAYS_ONLY, lambda _year: special)
    assert working_time.between(at(1, 0), at(2, 0)) == 0
    assert working_time.between(at(6, 0), at(7, 0)) == 480


def test_an_override_outranks_holidays_make_up_days_and_weekdays() -> None:
    tuesday, sunday = (MONDAY + DAY).date(), (MONDAY + 6 * DAY).date()
    special = SpecialDays(frozenset([tuesday]), frozenset([sunday]))
    calendar = Calendar("override", "Asia/Shanghai", WEEKDAYS_ONLY.week, {tuesday: (Shift(600, 660),), sunday: ()})
    working_time = WorkingTime(calendar, lambda _year: special)
    assert working_time.between(at(1, 0), at(2, 0)) == 60
    assert working_time.between(at(6, 0), at(7, 0)) == 0


def test_a_calendar_is_read_from_the_rows_of_its_tables() -> None:
    saturday, sunday, monday = dt.date(2026, 1, 10), dt.date(2026, 1, 11), dt.date(2026, 1, 12)
    calendar = Calendar.from_rows(
        "rows",
        "Asia/Shanghai",
        [(2, 780, 1080), (2, 540, 720), (6, 540, 600)],
        [(saturday, True, None), (sunday, True, 6), (monday, False, None)],
    )
    assert calendar.week == ((), OFFICE, (), (), (), (Shift(540, 600),), ())
    assert calendar.overrides == {saturday: OFFICE, sunday: (Shift(540, 600),), monday: ()}


def test_a_week_that_changes_leaves_what_was_worked_before_as_it_was() -> None:
    rows: list[ShiftRow] = [(day, 540, 720, dt.date(2020, 1, 1)) for day in range(1, 6)]
    before = WorkingTime(Calendar.from_rows("rows", "Asia/Shanghai", rows))
    later = [*rows, *((day, 600, 660, dt.date(2026, 1, 7)) for day in range(1, 8))]
    wednesday, sunday, monday = dt.date(2026, 1, 7), dt.date(2026, 1, 11), dt.date(2026, 1, 12)
    after = WorkingTime(Calendar.from_rows("rows", "Asia/Shanghai", later, [(monday, True, None)]))
    assert after.between(at(-400, 0), at(2, 0)) == before.between(at(-400, 0), at(2, 0))
    assert [after.between(at(day, 0), at(day + 1, 0)) for day in range(8)] == [180, 180, *[60] * 6]
    assert after.calendar.shifts_on(sunday, SpecialDays()) == (Shift(600, 660),)
    assert after.calendar.shifts_on(wednesday, SpecialDays(makeup_days=frozenset([wednesday]))) == (Shift(600, 660),)


def test_the_usual_service_week_has_six_days_of_eight_hours() -> None:
    assert WorkingTime(DEFAULT_CALENDAR).between(at(0, 0), at(7, 0)) == 6 * 480


# Summer time ----------------------------------------------------------------------------------------------------------


def test_the_day_summer_time_begins_has_23_hours_and_the_day_it_ends_25() -> None:
    always = WorkingTime(ROUND_THE_CLOCK)
    begins, ends = dt.datetime(2026, 3, 8, tzinfo=NEW_YORK), dt.datetime(2026, 11, 1, tzinfo=NEW_YORK)
    assert always.between(begins, dt.datetime(2026, 3, 9, tzinfo=NEW_YORK)) == 23 * 60
    assert always.between(ends, dt.datetime(2026, 11, 2, tzinfo=NEW_YORK)) == 25 * 60


def test_a_shift_within_the_skipped_hour_has_no_length() -> None:
    night = Calendar("night", "America/New_York", ((Shift(2 * 60, 2 * 60 + 30), Shift(3 * 60, 4 * 60)),) * 7)
    begins = dt.datetime(2026, 3, 8, tzinfo=NEW_YORK)
    assert WorkingTime(night).between(begins, begins + DAY) == 60


def test_shanghai_had_summer_time_in_1988() -> None:
    summer = WorkingTime(DEFAULT_CALENDAR).segments(1988, 1988)
    winter_openings = {row.starts_at.time() for row in summer if row.starts_at.month in (1, 2, 12)}
    summer_openings = {row.starts_at.time() for row in summer if row.starts_at.month in (5, 6, 7, 8)}
    assert winter_openings == {dt.time(0, 30), dt.time(5, 30)} | {dt.time(16, 0)}
    assert summer_openings == {dt.time(23, 30), dt.time(4, 30)}


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shifts",
    [(Shift(540, 540),), (Shift(540, 720), Shift(700, 800)), (Shift(-1, 60),), (Shift(540, 1441),)],
)
def test_shifts_that_make_no_day_are_refused(shifts: tuple[Shift, ...]) -> None:
    with pytest.raises(CalendarError, match="Put them in order"):
        Calendar("bad", "Asia/Shanghai", (shifts, *[()] * 6))


def test_a_week_without_work_is_refused() -> None:
    with pytest.raises(CalendarError, match="Nobody works"):
        Calendar("idle", "Asia/Shanghai", ((),) * 7)


def test_a_week_of_six_days_is_refused() -> None:
    with pytest.raises(CalendarError, match="all seven"):
        Calendar("short", "Asia/Shanghai", (OFFICE,) * 6)


def test_times_without_zone_and_negative_minutes_are_refused(office: WorkingTime) -> None:
    with pytest.raises(CalendarError, match="no zone"):
        office.between(dt.datetime(2026, 1, 5, 9), at(0, 10))  # noqa: DTZ001  A naive time is what is refused.
    with pytest.raises(CalendarError, match="from 0 on"):
        office.add(at(0, 9), -1)


def test_years_no_calendar_covers_are_named(office: WorkingTime) -> None:
    with pytest.raises(CalendarOutOfRange, match="from 1970 to 2099"):
        office.between(at(0, 9), dt.datetime(2150, 1, 1, tzinfo=SHANGHAI))
    with pytest.raises(CalendarOutOfRange):
        office.add(at(0, 9), 100_000_000)


# Properties -----------------------------------------------------------------------------------------------------------

ZONES = ["Asia/Shanghai", "America/New_York", "UTC", "Australia/Lord_Howe", "Asia/Kolkata"]
# Beside ordinary weeks: summer time beginning and ending in New York and on Lord Howe (by half an hour), the turn of a
# year, and the Shanghai summer of 1988.
FIRST_DAYS = [dt.date(2026, 3, 5), dt.date(2026, 10, 29), dt.date(2026, 10, 1), dt.date(2026, 4, 2)]
FIRST_DAYS += [dt.date(2025, 12, 28), dt.date(2024, 2, 26), dt.date(1988, 4, 14), dt.date(1988, 9, 8)]
WINDOW_DAYS = 8


@st.composite
def shifts_of_a_day(draw: st.DrawFn) -> tuple[Shift, ...]:
    bounds = sorted(draw(st.sets(st.integers(0, 96), max_size=6)))
    return tuple(Shift(15 * a, 15 * b) for a, b in zip(bounds[::2], bounds[1::2], strict=False))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Calendar, SpecialDays, dt.date]:
    first_day = draw(st.sampled_from(FIRST_DAYS))
    days = st.integers(0, WINDOW_DAYS - 1).map(lambda number: first_day + number * DAY)
    week = draw(st.tuples(*[shifts_of_a_day()] * 7).filter(any))
    overrides = draw(st.dictionaries(days, shifts_of_a_day(), max_size=2))
    special = SpecialDays(draw(st.frozensets(days, max_size=3)), draw(st.frozensets(days, max_size=2)))
    return Calendar("any", draw(st.sampled_from(ZONES)), week, overrides), special, first_day


def counted_minutes(calendar: Calendar, special: SpecialDays, first_day: dt.date) -> tuple[dt.datetime, list[bool]]:
    """The oracle: watch a clock on the wall, minute by minute, that does not go back when summer time ends."""
    zone = ZoneInfo(calendar.zone)
    start = dt.datetime.combine(first_day, dt.time(), zone).astimezone(dt.UTC)
    shown = dt.datetime.combine(first_day, dt.time())
    works = []
    for number in range(WINDOW_DAYS * 24 * 60):
        shown = max(shown, (start + number * MINUTE).astimezone(zone).replace(tzinfo=None))
        minute = shown.hour * 60 + shown.minute
        works.append(any(begin <= minute < end for begin, end in expected_shifts(calendar, special, shown.date())))
    return start, works


def expected_shifts(calendar: Calendar, special: SpecialDays, day: dt.date) -> tuple[Shift, ...]:
    if day in calendar.overrides:
        return calendar.overrides[day]
    if day in special.makeup_days:
        return next(shifts for shifts in calendar.week if shifts)
    return () if day in special.holidays else calendar.week[day.weekday()]


def ask_sixty_times(situation: tuple[Calendar, SpecialDays, dt.date], seed: int) -> None:
    """Counts, sums, order, pauses, and the way back."""
    calendar, special, first_day = situation
    start, works = counted_minutes(calendar, special, first_day)
    working_time = WorkingTime(calendar, lambda _year: special)
    worked = [0, *itertools.accumulate(works)]
    chance = random.Random(seed)
    for _ in range(60):
        a, b, c, d = sorted(chance.randrange(len(works)) for _ in range(4))
        at_a, at_b, at_c, at_d = (start + number * MINUTE for number in (a, b, c, d))
        assert working_time.between(at_a, at_d) == worked[d] - worked[a]
        assert working_time.between(at_d, at_a) == -(worked[d] - worked[a])
        assert working_time.between(at_a, at_b) + working_time.between(at_b, at_d) == working_time.between(at_a, at_d)
        assert 0 <= working_time.between(at_a, at_b) <= working_time.between(at_a, at_c)
        assert working_time.is_working(at_b) == works[b]

        pauses = [(at_b, at_c), (at_b + (c - b) // 2 * MINUTE, at_c)]
        running = worked[b] - worked[a] + worked[d] - worked[c]
        assert working_time.between(at_a, at_d, pauses) == running
        if works[d]:
            assert working_time.add(at_a, worked[d] - worked[a]) == at_d
            assert working_time.add(at_a, running, pauses) == at_d
        due = working_time.deadline(at_a, running, pauses)
        assert due <= at_d
        assert working_time.between(at_a, due, pauses) == running
        if running:
            assert working_time.between(at_a, due - MINUTE, pauses) == running - 1


@settings(max_examples=100, deadline=None)
@given(situation=situations(), seed=st.integers(0, 2**32))
def test_every_count_equals_the_count_minute_by_minute(
    situation: tuple[Calendar, SpecialDays, dt.date], seed: int
) -> None:
    ask_sixty_times(situation, seed)


@pytest.mark.long
@pytest.mark.timeout(3600)
@settings(max_examples=1_700, deadline=None)
@given(situation=situations(), seed=st.integers(0, 2**32))
def test_a_hundred_thousand_counts_equal_the_count_minute_by_minute(
    situation: tuple[Calendar, SpecialDays, dt.date], seed: int
) -> None:
    ask_sixty_times(situation, seed)


@settings(max_examples=15, deadline=None)
@given(
    calendar=st.builds(
        lambda week, zone: Calendar("far", zone, week),
        st.tuples(*[shifts_of_a_day()] * 7).filter(any),
        st.sampled_from(ZONES),
    ),
    # The zone is given beside.
    start=st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2030, 1, 1), timezones=st.just(dt.UTC)),  # noqa: DTZ001
    minutes=st.lists(st.integers(0, 200_000), min_size=2, max_size=2),
)
def test_years_are_compiled_in_any_order_and_give_the_same_answer(
    calendar: Calendar, start: dt.datetime, minutes: list[int]
) -> None:
    fresh, used = WorkingTime(calendar), WorkingTime(calendar)
    used.between(dt.datetime(2020, 6, 1, tzinfo=dt.UTC), dt.datetime(2021, 6, 1, tzinfo=dt.UTC))
    used.between(dt.datetime(2005, 6, 1, tzinfo=dt.UTC), dt.datetime(2005, 6, 2, tzinfo=dt.UTC))
    end = fresh.add(start, minutes[0])
    assert used.add(start, minutes[0]) == end
    assert used.between(start, end) == fresh.between(start, end) == minutes[0]
    assert fresh.add(end, minutes[1]) == fresh.add(start, sum(minutes))


# The marts ------------------------------------------------------------------------------------------------------------


def test_the_segments_joined_in_sql_count_like_the_service() -> None:
    working_time = WorkingTime(DEFAULT_CALENDAR)
    chance = random.Random(7)
    origin = dt.datetime(2025, 1, 1, tzinfo=SHANGHAI)
    instants = [origin + dt.timedelta(seconds=chance.randrange(2 * 365 * 86_400)) for _ in range(400)]
    instants += [
        origin,
        dt.datetime(2025, 1, 1, 8, 30, tzinfo=SHANGHAI),
        dt.datetime(2025, 1, 1, 18, 0, tzinfo=SHANGHAI),
    ]
    rows = working_time.segments(2025, 2026)
    with duckdb.connect() as connection:
        connection.register("segment", pa.Table.from_pylist([row._asdict() for row in rows]))
        connection.register("asked", pa.table({"number": range(len(instants)), "asked_at": instants}))
        found = connection.execute(
            """
            select minutes_before + date_diff('minute', starts_at, least(date_trunc('minute', asked_at), ends_at))
            from asked asof join segment on asked.asked_at >= segment.starts_at
            order by number
            """
        ).fetchall()
    assert [count for (count,) in found] == [working_time.between(origin, instant) for instant in instants]


def test_the_rows_for_the_marts_begin_with_the_year_and_do_not_overlap() -> None:
    rows = WorkingTime(DEFAULT_CALENDAR).segments(2026, 2026)
    first = rows[0]
    assert (first.starts_at, first.ends_at, first.minutes_before) == (
        dt.datetime(2026, 1, 1, tzinfo=SHANGHAI),
        dt.datetime(2026, 1, 1, tzinfo=SHANGHAI),
        0,
    )
    for row, following in itertools.pairwise(rows):
        assert row.ends_at <= following.starts_at
        assert following.minutes_before == row.minutes_before + (row.ends_at - row.starts_at) // MINUTE
        assert row.starts_at.tzinfo is dt.UTC

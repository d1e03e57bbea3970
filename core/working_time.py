"""Working time: how many minutes of a calendar lie between two instants, and which instant lies so many minutes on.

A calendar (zone, split shifts by weekday, days that are different) compiles year by year into segments: stretches of
working time in UTC, each with the working minutes before it. The service looks instants up in them by bisection, and
the marts join the very same rows, so both count alike.

Every count is in whole minutes and every instant counts as the minute it falls in. So counts add up exactly, and SQL
gets the same ones from the row found: `minutes_before` plus the minutes from `starts_at` to the earlier of `ends_at`
and the instant cut to its minute.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

FIRST_YEAR: Final = 1970
LAST_YEAR: Final = 2099

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MINUTE: Final = dt.timedelta(minutes=1)
_DAY: Final = dt.timedelta(days=1)

Pause = tuple[dt.datetime, dt.datetime]


class CalendarError(ValueError):
    """A calendar, or a question to it, that cannot be used."""

    code = "calendar_invalid"


class CalendarOutOfRange(CalendarError):
    """A question about years that no calendar covers."""

    code = "calendar_out_of_range"


class Shift(NamedTuple):
    """A working stretch of one day, in minutes from local midnight; half-open, and 1440 is the next midnight."""

    start_minute: int
    end_minute: int


class SpecialDays(NamedTuple):
    """The days of one year on which the weekday does not decide: public holidays, and working days made up for them.

    `is_provisional` says that the authorities have not published the year yet, so that it may still change.
    """

    holidays: frozenset[dt.date] = frozenset()
    makeup_days: frozenset[dt.date] = frozenset()
    is_provisional: bool = False


class Segment(NamedTuple):
    """Working time `[starts_at, ends_at)` in UTC, with the working minutes before it since the first row."""

    calendar_code: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    minutes_before: int


Week = tuple[tuple[Shift, ...], ...]
ShiftRow = tuple[int, int, int] | tuple[int, int, int, dt.date | None]


@dataclass(frozen=True)
class Calendar:
    """Working days and hours: the shifts from Monday to Sunday, and days that are different from all rules.

    An override holds the shifts of its own day; none means closed. `later_weeks` are the versions that follow `week`,
    each by the first day it holds for, in order: what was worked before a change stays what it was.
    """

    code: str
    zone: str
    week: Week
    overrides: Mapping[dt.date, tuple[Shift, ...]] = field(default_factory=dict)
    later_weeks: Mapping[dt.date, Week] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse shifts that overlap or leave the day, and a week in which nobody works."""
        weeks = (self.week, *self.later_weeks.values())
        for week in weeks:
            if len(week) != len(WEEKDAYS):
                raise CalendarError(f"Calendar {self.code} has {len(week)} weekdays. Give shifts for all seven.")
            if not any(week):
                raise CalendarError(f"Nobody works in calendar {self.code}. Give at least one weekday a shift.")
        for shifts in (*(shifts for week in weeks for shifts in week), *self.overrides.values()):
            end_before = 0
            for shift in shifts:
                if not end_before <= shift.start_minute < shift.end_minute <= MINUTES_OF_DAY:
                    raise CalendarError(
                        f"The shifts {[tuple(one) for one in shifts]} of calendar {self.code} cannot be used. "
                        f"Put them in order, without overlap, between 0 and {MINUTES_OF_DAY} minutes."
                    )
                end_before = shift.end_minute

    @classmethod
    def from_rows(
        cls,
        code: str,
        zone: str,
        shifts: Iterable[ShiftRow],
        overrides: Iterable[tuple[dt.date, bool, int | None]] = (),
    ) -> Calendar:
        """The calendar of table rows.

        Shifts are (ISO weekday, start minute, end minute, first day of their version of the week, which may be left
        out where there is one version only). Overrides are (date, whether it is worked, the ISO weekday whose shifts it
        then has, None = those of a make-up day).
        """
        rows: dict[dt.date, list[tuple[int, int, int]]] = {}
        for weekday, start, end, *since in shifts:
            rows.setdefault((since[0] if since else None) or dt.date.min, []).append((weekday, start, end))
        weeks = {since: _week(rows[since]) for since in sorted(rows)} or {dt.date.min: ((),) * 7}
        first, *later = weeks
        plain = cls(code, zone, weeks[first], later_weeks={since: weeks[since] for since in later})
        days = {
            day: (plain.week_on(day)[like - 1] if like else plain.makeup_shifts_on(day)) if is_working else ()
            for day, is_working, like in overrides
        }
        return cls(code, zone, plain.week, days, plain.later_weeks)

    def week_on(self, day: dt.date) -> Week:
        """The version of the week that holds on a date; the first one before all others begin."""
        week = self.week
        for since, later in self.later_weeks.items():
            if since > day:
                break
            week = later
        return week

    def makeup_shifts_on(self, day: dt.date) -> tuple[Shift, ...]:
        """The shifts of a make-up day, which stands for a working day: those of the first working day of the week."""
        return next(shifts for shifts in self.week_on(day) if shifts)

    def shifts_on(self, day: dt.date, special: SpecialDays) -> tuple[Shift, ...]:
        """The shifts of one date: what an override says, else a make-up day, else a holiday, else the weekday."""
        override = self.overrides.get(day)
        if override is not None:
            return override
        if day in special.makeup_days:
            return self.makeup_shifts_on(day)
        return () if day in special.holidays else self.week_on(day)[day.weekday()]


def _week(rows: Iterable[tuple[int, int, int]]) -> Week:
    ordered = sorted(rows)
    return tuple(tuple(Shift(start, end) for day, start, end in ordered if day == weekday) for weekday in range(1, 8))


WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES_OF_DAY: Final = 24 * 60

_SERVICE_HOURS: Final = (Shift(8 * 60 + 30, 12 * 60), Shift(13 * 60 + 30, 18 * 60))
DEFAULT_CALENDAR: Final = Calendar("service", "Asia/Shanghai", (*[_SERVICE_HOURS] * 6, ()))
"""The usual service hours of the trade: Monday to Saturday 08:30-12:00 and 13:30-18:00, on public holidays closed."""


def no_special_days(_year: int) -> SpecialDays:
    """A year in which every weekday is an ordinary one."""
    return SpecialDays()


class _Compiled(NamedTuple):
    """Whole years of segments, in minutes since 1970 UTC; `total` is the working time of all."""

    first_year: int
    last_year: int
    covers_from: int
    covers_to: int
    starts: list[int]
    ends: list[int]
    before: list[int]
    total: int

    def worked(self, minute: int) -> int:
        """Working minutes of these years before `minute`."""
        index = bisect_right(self.starts, minute) - 1
        return self.before[index] + min(minute, self.ends[index]) - self.starts[index] if index >= 0 else 0

    def put_off(self, target: int, pauses: Iterable[tuple[int, int]]) -> int:
        """The amount of working time at which a target is reached that pauses put off by what they take away."""
        for paused_from, paused_to in pauses:
            if self.worked(paused_from) <= target:
                target += self.worked(paused_to) - self.worked(paused_from)
        return target


class WorkingTime:
    """A calendar compiled as far as it has been asked about; years are added when a question needs them.

    It is safe to share between threads: a longer compilation replaces the shorter one whole.
    """

    def __init__(self, calendar: Calendar, special_days: Callable[[int], SpecialDays] = no_special_days) -> None:
        self.calendar = calendar
        self._special_days = special_days
        self._zone = ZoneInfo(calendar.zone)
        self._years: dict[int, list[tuple[int, int]]] = {}
        self._compiled: _Compiled | None = None

    def between(self, start: dt.datetime, end: dt.datetime, pauses: Iterable[Pause] = ()) -> int:
        """Working minutes in `[start, end)` outside the pauses; their negative where `end` is the earlier one.

        Instants are aware. Pauses may overlap; a pause that still lasts ends at the `end` asked about.
        """
        first, last = _minute(start), _minute(end)
        if last < first:
            return -self.between(end, start, pauses)
        compiled = self._covering(first, last)
        worked = compiled.worked(last) - compiled.worked(first)
        for paused_from, paused_to in _merged(pauses):
            if paused_from < last and paused_to > first:
                worked -= compiled.worked(min(paused_to, last)) - compiled.worked(max(paused_from, first))
        return worked

    def add(self, start: dt.datetime, minutes: int, pauses: Iterable[Pause] = ()) -> dt.datetime:
        """The first working minute, outside the pauses, by which `minutes` of working time have passed since `start`.

        So `add(a, between(a, b)) == b` for every b that begins a working minute. With 0 minutes it is `start` cut to
        its minute, or when work next begins. `minutes` is not negative.
        """
        if minutes < 0:
            raise CalendarError(f"{minutes} minutes cannot be added. Give a number of minutes from 0 on.")
        first = _minute(start)
        merged = [
            (max(paused_from, first), paused_to) for paused_from, paused_to in _merged(pauses) if paused_to > first
        ]
        compiled = self._covering(first, max(first, merged[-1][1] if merged else first))
        while (target := compiled.put_off(compiled.worked(first) + minutes, merged)) >= compiled.total:
            compiled = self._extended(compiled.first_year, compiled.last_year + 1)
        index = bisect_right(compiled.before, target) - 1
        return _instant(compiled.starts[index] + target - compiled.before[index])

    def deadline(self, start: dt.datetime, minutes: int, pauses: Iterable[Pause] = ()) -> dt.datetime:
        """The earliest instant by which `minutes` have passed: 18:00 of a day, where `add` says 08:30 of the next.

        This is what a promise shows. It is broken when more than `minutes` have passed.
        """
        return self.add(start, minutes - 1, pauses) + _MINUTE if minutes else start

    def is_working(self, at: dt.datetime) -> bool:
        """Whether anybody works at this instant."""
        return self.add(at, 0) == _instant(_minute(at))

    def segments(self, first_year: int, last_year: int) -> list[Segment]:
        """The rows of these years for the marts, in order.

        The first row is empty and lies at the beginning of the first year, so that a look-up backwards (ASOF) finds a
        row for every instant of the years. `minutes_before` counts from there.
        """
        compiled = self._compile(first_year, last_year)
        code, origin = self.calendar.code, _instant(compiled.covers_from)
        rows = zip(compiled.starts, compiled.ends, compiled.before, strict=True)
        return [
            Segment(code, origin, origin, 0),
            *(Segment(code, _instant(start), _instant(end), before) for start, end, before in rows),
        ]

    def provisional_years(self, first_year: int, last_year: int) -> list[int]:
        """The years among these whose holidays are not published yet."""
        return [year for year in range(first_year, last_year + 1) if self._special_days(year).is_provisional]

    def _covering(self, first: int, last: int) -> _Compiled:
        compiled = self._compiled
        if compiled is not None and compiled.covers_from <= first and last < compiled.covers_to:
            return compiled
        return self._extended(*(_instant(minute).astimezone(self._zone).year for minute in (first, last)))

    def _extended(self, first_year: int, last_year: int) -> _Compiled:
        if self._compiled is not None:
            first_year = min(first_year, self._compiled.first_year)
            last_year = max(last_year, self._compiled.last_year)
        self._compiled = compiled = self._compile(first_year, last_year)
        return compiled

    def _compile(self, first_year: int, last_year: int) -> _Compiled:
        if not FIRST_YEAR <= first_year <= last_year <= LAST_YEAR:
            raise CalendarOutOfRange(
                f"Working time is known from {FIRST_YEAR} to {LAST_YEAR}, not from {first_year} to {last_year}. "
                "Correct the time asked about."
            )
        starts: list[int] = []
        ends: list[int] = []
        before: list[int] = []
        total = 0
        for year in range(first_year, last_year + 1):
            for start, end in self._segments_of(year):
                starts.append(start)
                ends.append(end)
                before.append(total)
                total += end - start
        covers_from = _local_minute(dt.date(first_year, 1, 1), 0, self._zone)
        covers_to = _local_minute(dt.date(last_year + 1, 1, 1), 0, self._zone)
        return _Compiled(first_year, last_year, covers_from, covers_to, starts, ends, before, total)

    def _segments_of(self, year: int) -> list[tuple[int, int]]:
        if year not in self._years:
            self._years[year] = list(self._stretches(year))
        return self._years[year]

    def _stretches(self, year: int) -> Iterator[tuple[int, int]]:
        special, zone = self._special_days(year), self._zone
        day, midnight = dt.date(year, 1, 1), _local_minute(dt.date(year, 1, 1), 0, zone)
        while day.year == year:
            following = day + _DAY
            next_midnight = _local_minute(following, 0, zone)
            for start, end in self.calendar.shifts_on(day, special):
                if next_midnight - midnight == MINUTES_OF_DAY:
                    yield midnight + start, midnight + end
                else:
                    # The clock is put forward or back on this day; a shift within the hour it skips has no length.
                    starts, ends = _local_minute(day, start, zone), _local_minute(day, end, zone)
                    if starts < ends:
                        yield starts, ends
            day, midnight = following, next_midnight


def _minute(at: dt.datetime) -> int:
    if at.tzinfo is None:
        raise CalendarError(f"The time {at} has no zone. Give an aware time.")
    return (at - _EPOCH) // _MINUTE


def _instant(minute: int) -> dt.datetime:
    return _EPOCH + minute * _MINUTE


def _merged(pauses: Iterable[Pause]) -> list[tuple[int, int]]:
    """The pauses in minutes, in order and without overlap."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((_minute(paused_from), _minute(paused_to)) for paused_from, paused_to in pauses):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged


def _local_minute(day: dt.date, minute_of_day: int, zone: ZoneInfo) -> int:
    """When the clock on the wall first shows this minute or a later one, in minutes since 1970 UTC."""
    wall = dt.datetime.combine(day, dt.time()) + minute_of_day * _MINUTE
    first, second = (_minute(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if first <= second:
        return first
    # The clock skips this minute. Both readings of it lie around the skip, which halving finds.
    shown, skipped = second, first
    while shown < skipped:
        middle = (shown + skipped) // 2
        if _instant(middle).astimezone(zone).replace(tzinfo=None) < wall:
            shown = middle + 1
        else:
            skipped = middle
    return shown

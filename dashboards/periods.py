"""Periods: how a span of days is named in an address, which days it covers, and what it is compared with."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from typing import Final

PRESETS: Final = ("30d", "90d", "12m", "ytd", "all")
DEFAULT: Final = "12m"

_DAYS = {"30d": 30, "90d": 90}
_MONTH = re.compile(r"([1-9]\d{3})-(0[1-9]|1[0-2])")
_SPAN = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")
_FIRST_DAY: Final = dt.date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `start` to `end`, both included; without a start, everything up to the end.

    A period of whole months is compared with the one `months` earlier, any other with as many days just before it.
    """

    start: dt.date | None
    end: dt.date
    months: int | None = None

    def before(self) -> Period | None:
        """The period to compare with; None where everything is looked at."""
        if self.start is None:
            return None
        if self.months is not None:
            return Period(_months_earlier(self.start, self.months), _months_earlier(self.end, self.months), self.months)
        length = self.end - self.start
        last = self.start - dt.timedelta(days=1)
        return Period(last - length, last)


def period(code: str, *, today: dt.date) -> Period | None:
    """The days that `code` names, seen from the last day of the data; None if it names none.

    A code is a preset (30d, 90d, 12m: this month and the eleven before it, ytd, all), a month (2025-03) or two days
    (2025-01-01..2025-03-31).
    """
    if code == "all":
        return Period(None, today)
    if code in _DAYS:
        return Period(today - dt.timedelta(days=_DAYS[code] - 1), today)
    if code == "12m":
        return Period(_months_earlier(today.replace(day=1), 11), today, months=12)
    if code == "ytd":
        return Period(today.replace(month=1, day=1), today, months=12)
    if found := _MONTH.fullmatch(code):
        start = dt.date(int(found[1]), int(found[2]), 1)
        return Period(start, _last_of_month(start), months=1) if start >= _FIRST_DAY else None
    if found := _SPAN.fullmatch(code):
        return _span(found[1], found[2])
    return None


def code_of_days(start: dt.date, end: dt.date) -> str:
    """The code that names these days."""
    return f"{start.isoformat()}..{end.isoformat()}"


def _span(first: str, last: str) -> Period | None:
    try:
        start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    except ValueError:
        return None
    return Period(start, end) if _FIRST_DAY <= start <= end else None


def _months_earlier(day: dt.date, months: int) -> dt.date:
    """The same day of an earlier month; the last of a month stays the last."""
    count = day.year * 12 + day.month - 1 - months
    last = _last_of_month(dt.date(count // 12, count % 12 + 1, 1))
    return last if day == _last_of_month(day) else last.replace(day=min(day.day, last.day))


def _last_of_month(day: dt.date) -> dt.date:
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def year_until(end: dt.date) -> Period:
    """The month of `end` and the eleven before it, whole months at the start."""
    return Period(_months_earlier(end.replace(day=1), 11), end, months=12)

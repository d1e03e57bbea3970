"""Public holidays of China as the State Council publishes them, with the working days made up for them (调休).

The days come from the `holidays` package, which knows the days a notice moves. A weekend that joins such a day belongs
to the same holiday unless it is a make-up day, and must not count as working where Saturdays do, so it is added here.
A year without a notice yet has its statutory days and is marked provisional: it is never an error.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Final

from core.working_time import CalendarError, SpecialDays, no_special_days

_DAY: Final = dt.timedelta(days=1)
_SATURDAY: Final = 5


def special_days_of(region: str | None) -> Callable[[int], SpecialDays]:
    """What tells the special days of a year in `region`: "CN", or None for a calendar without public holidays."""
    if region is None:
        return no_special_days
    if region != "CN":
        raise CalendarError(f"There are no public holidays for {region}. Use CN, or none and a table of overrides.")
    return china_special_days


@cache
def china_special_days(year: int) -> SpecialDays:
    """The holidays and make-up days of one year in mainland China."""
    # The package loads every country, which takes more than a second that a process without calendars need not spend.
    from holidays import country_holidays  # noqa: PLC0415

    # The weekend at a turn of the year may join a holiday of the year beside it.
    calendar = country_holidays("CN", years=[year - 1, year, year + 1])
    makeup_days = calendar.weekend_workdays
    days_off = set(calendar) - makeup_days
    return SpecialDays(
        holidays=frozenset(day for day in _with_weekends(days_off, makeup_days) if day.year == year),
        makeup_days=frozenset(day for day in makeup_days if day.year == year),
        is_provisional=year > max(calendar.special_public_holidays),
    )


def _with_weekends(days_off: AbstractSet[dt.date], makeup_days: AbstractSet[dt.date]) -> Iterator[dt.date]:
    """The days off and every weekend day that joins one, directly or over the other day of its weekend."""
    for day in days_off:
        yield day
        for step in (_DAY, -_DAY):
            beside = day + step
            while beside.weekday() >= _SATURDAY and beside not in makeup_days:
                yield beside
                beside += step

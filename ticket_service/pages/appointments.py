"""Windows for a visit that a dispatcher may promise with one tap."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from ticket_service.pages.reader_times import ReaderClock

SLOTS: Final = ((9, 11), (14, 16), (16, 18))
_DAYS_AHEAD: Final = 3
_MOST: Final = 6
_NOTICE: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Window:
    """A span as the inputs of a form take it, and as a person reads it."""

    start: str
    end: str
    text: str


def suggested_windows(clock: ReaderClock) -> list[Window]:
    """The next slots of today and the following days that do not begin within half an hour."""
    found = []
    for days in range(_DAYS_AHEAD):
        date = clock.today + dt.timedelta(days=days)
        for first_hour, last_hour in SLOTS:
            start = dt.datetime.combine(date, dt.time(first_hour), clock.zone)
            end = dt.datetime.combine(date, dt.time(last_hour), clock.zone)
            if start > clock.now + _NOTICE:
                found.append(Window(clock.field_value(start), clock.field_value(end), clock.window(start, end)))
    return found[:_MOST]

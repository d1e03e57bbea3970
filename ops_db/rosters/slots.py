"""Windows a crew can still promise: its slots, less what is booked. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo


class Slot(NamedTuple):
    """A window of one weekday (ISO), in minutes from local midnight, and how many visits it holds."""

    weekday: int
    start_minute: int
    end_minute: int
    capacity: int


@dataclass(frozen=True, slots=True)
class FreeWindow:
    """A window on one day, and how many visits it still holds."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    free_count: int


def free_windows(
    slots: Iterable[Slot],
    booked: Iterable[tuple[dt.datetime, dt.datetime]],
    *,
    first_day: dt.date,
    days: int,
    zone: ZoneInfo,
    not_before: dt.datetime,
) -> Iterator[FreeWindow]:
    """Every window of the days that begins after `not_before` and is not full; a booking fills whatever it overlaps."""
    slots, booked = list(slots), list(booked)
    for offset in range(days):
        day = first_day + dt.timedelta(days=offset)
        midnight = dt.datetime.combine(day, dt.time(), zone)
        for slot in sorted(one for one in slots if one.weekday == day.isoweekday()):
            # Local wall time: an hour later by the clock, also on the day the clock is put forward.
            start = midnight + dt.timedelta(minutes=slot.start_minute)
            end = midnight + dt.timedelta(minutes=slot.end_minute)
            taken = sum(since < end and start < until for since, until in booked)
            if start > not_before and taken < slot.capacity:
                yield FreeWindow(start, end, slot.capacity - taken)

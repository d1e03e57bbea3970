"""Dates of a form as the moments at which these days begin and end for the reader."""

from __future__ import annotations

import datetime as dt

from ops_db.errors import InvalidInput
from ticket_service.pages.reader_times import ReaderClock


def day_of(typed: str, clock: ReaderClock, *, default: dt.datetime) -> dt.datetime:
    """The beginning of the day typed, or `default` for none and for today."""
    if not typed:
        return default
    day = _day(typed)
    begins = dt.datetime.combine(day, dt.time(), clock.zone).astimezone(dt.UTC)
    return default if clock.date_of(default) == day else begins


def day_after(typed: str, clock: ReaderClock) -> dt.datetime:
    """The end of the day typed."""
    day = _day(typed)
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), clock.zone).astimezone(dt.UTC)


def _day(typed: str) -> dt.date:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError as error:
        raise InvalidInput("Choose a day.", fields=("until",)) from error

"""What the service promises for a ticket, as instants: working minutes laid out over the project's calendar."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.public_holidays import special_days_of
from core.working_time import Calendar, Pause, WorkingTime
from ops_db.tickets import repository

_READ_AGAIN_AFTER_SECONDS: Final = 60.0

_known: WeakKeyDictionary[AsyncEngine, dict[str, tuple[float, WorkingTime]]] = WeakKeyDictionary()


async def due_at(
    connection: AsyncConnection,
    minutes: int | None,
    *,
    calendar_code: str,
    start: dt.datetime,
    pauses: Iterable[Pause] = (),
) -> dt.datetime | None:
    """By when `minutes` of working time will have passed; None where nothing is promised."""
    if minutes is None:
        return None
    return (await working_time(connection, calendar_code)).deadline(start, minutes, pauses)


def forget(connection: AsyncConnection, calendar_code: str) -> None:
    """Read a calendar again before it is next used here."""
    _known.get(connection.engine, {}).pop(calendar_code, None)


async def working_time(connection: AsyncConnection, calendar_code: str) -> WorkingTime:
    """A calendar, compiled. A change of it counts within a minute; reading it for each ticket would cost more."""
    calendars = _known.setdefault(connection.engine, {})
    read_at, known = calendars.get(calendar_code, (0.0, None))
    if known is None or time.monotonic() - read_at > _READ_AGAIN_AFTER_SECONDS:
        row = await repository.calendar(connection, code=calendar_code)
        shifts = [(day, start, end, dt.date.fromisoformat(since)) for day, start, end, since in row.shifts]
        overrides = [(dt.date.fromisoformat(day), is_working, like) for day, is_working, like in row.overrides]
        calendar = Calendar.from_rows(calendar_code, row.timezone, shifts, overrides)
        if known is None or known.calendar != calendar:
            known = WorkingTime(calendar, special_days_of(row.holiday_region))
        calendars[calendar_code] = (time.monotonic(), known)
    return known

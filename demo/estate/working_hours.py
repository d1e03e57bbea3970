"""Working time for whole arrays at once: when work begun at some moment is done, by the calendars of core."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from core.public_holidays import special_days_of
from core.working_time import DEFAULT_CALENDAR, Calendar, Shift, WorkingTime
from demo.estate.draws import Floats, Integers

CHINA_OFFSET: Final = 8 * 3600
"""Seconds that the estate's cities are ahead of UTC, all year."""
DESK_CALENDAR: Final = Calendar("desk", "Asia/Shanghai", ((Shift(8 * 60, 21 * 60),),) * 7)
"""The desk answers every day, on holidays too."""
CREW_CALENDAR: Final = DEFAULT_CALENDAR


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Stretches of work in Unix seconds, and how many minutes of work lie before each of them."""

    starts: Integers
    ends: Integers
    minutes_before: Floats

    def worked(self, seconds: Integers) -> Floats:
        """Minutes of work before each moment."""
        stretch = np.clip(np.searchsorted(self.starts, seconds, side="right") - 1, 0, None)
        within = np.clip(np.minimum(seconds, self.ends[stretch]) - self.starts[stretch], 0, None)
        return np.asarray(self.minutes_before[stretch] + within / 60.0)

    def add(self, seconds: Integers, minutes: Floats) -> Integers:
        """The moments at which `minutes` of work are done that begin at `seconds`.

        What is done as a stretch ends is done then, and not when the next one begins.
        """
        target = self.worked(seconds) + minutes
        landing = np.clip(np.searchsorted(self.minutes_before, target, side="left") - 1, 0, None)
        return np.asarray(self.starts[landing] + np.round((target - self.minutes_before[landing]) * 60)).astype(
            np.int64
        )


@cache
def desk_hours(first_year: int, last_year: int) -> WorkingHours:
    """The hours of the desk from the first day of one year to the last day of another."""
    return _compiled(WorkingTime(DESK_CALENDAR), first_year, last_year)


@cache
def crew_hours(first_year: int, last_year: int) -> WorkingHours:
    """The hours of supervisors and crews, by which the service counts its promises too."""
    return _compiled(WorkingTime(CREW_CALENDAR, special_days_of("CN")), first_year, last_year)


def _compiled(time: WorkingTime, first_year: int, last_year: int) -> WorkingHours:
    rows = time.segments(first_year, last_year)[1:]
    return WorkingHours(
        starts=np.array([int(row.starts_at.timestamp()) for row in rows]),
        ends=np.array([int(row.ends_at.timestamp()) for row in rows]),
        minutes_before=np.array([float(row.minutes_before) for row in rows]),
    )

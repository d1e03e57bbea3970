"""When somebody works: the weekly pattern, single dates that differ from it, and leave. Pure, in local time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple


class Stretch(NamedTuple):
    """Working time of one day, in minutes from local midnight; half-open."""

    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One row of a roster: weekly (`weekday`, ISO) or on one date; no minutes = that date is off."""

    weekday: int | None
    on_date: dt.date | None
    start_minute: int | None
    end_minute: int | None


@dataclass(frozen=True, slots=True)
class Absence:
    """Days away, both included."""

    from_date: dt.date
    to_date: dt.date
    reason: str

    def covers(self, day: dt.date) -> bool:
        """Whether somebody is away on that day."""
        return self.from_date <= day <= self.to_date


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything known about somebody's working time."""

    shifts: tuple[ShiftRow, ...] = ()
    absences: tuple[Absence, ...] = ()

    def stretches_on(self, day: dt.date) -> tuple[Stretch, ...] | None:
        """The shifts of a date, none while away; None where no pattern is kept, so that nobody can say."""
        if self.absence_on(day) is not None:
            return ()
        dated = [row for row in self.shifts if row.on_date == day]
        weekly = [row for row in self.shifts if row.on_date is None]
        if not dated and not weekly:
            return None
        rows = dated or [row for row in weekly if row.weekday == day.isoweekday()]
        return tuple(
            sorted(
                Stretch(row.start_minute, row.end_minute)
                for row in rows
                if row.start_minute is not None and row.end_minute is not None
            )
        )

    def absence_on(self, day: dt.date) -> Absence | None:
        """Why somebody is away on a date."""
        return next((one for one in self.absences if one.covers(day)), None)

    def works_at(self, at: dt.datetime) -> bool | None:
        """Whether somebody works at a local moment; None where no pattern is kept."""
        stretches = self.stretches_on(at.date())
        if stretches is None:
            return None
        minute = at.hour * 60 + at.minute
        return any(one.start_minute <= minute < one.end_minute for one in stretches)

"""Whether a repair is owed, by which term, and until when: pure, dates in and dates out.

A term counts whole months from the day its clock started, or whole seasons: a season that had begun by then does not
count, because nobody could try the heating over all of it. The terms of the start day count, whatever came later.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from core.work_vocabulary import WarrantyClock, WarrantySeason

SEASONS: Final = MappingProxyType(
    {WarrantySeason.HEATING: ((11, 15), (3, 15)), WarrantySeason.COOLING: ((6, 1), (9, 30))}
)
"""First and last day of a season, as month and day; a last day before the first lies in the following year."""

_MONTHS_OF_YEAR: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """How long one clock runs for one scope; exactly one of the four scopes, and months or seasons."""

    clock: WarrantyClock
    valid_from: dt.date
    trade: str | None = None
    category_code: str | None = None
    component_code: str | None = None
    defect_code: str | None = None
    month_count: int | None = None
    season_count: int | None = None
    season: WarrantySeason | None = None
    note: str = ""

    @property
    def exactness(self) -> int:
        """How exact the scope is; the most exact term that fits counts."""
        scopes = (self.defect_code, self.component_code, self.category_code, self.trade)
        return next(len(scopes) - place for place, scope in enumerate(scopes) if scope is not None)

    def covers(self, fault: Fault) -> bool:
        """Whether the fault lies in the scope."""
        return (
            (self.defect_code is not None and self.defect_code == fault.defect_code)
            or (self.component_code is not None and self.component_code == fault.component_code)
            or (self.category_code is not None and self.category_code == fault.category_code)
            or (self.trade is not None and self.trade == fault.trade)
        )

    def end(self, start: dt.date) -> dt.date:
        """The first day on which the repair is no longer owed."""
        if self.month_count is not None:
            return months_later(start, self.month_count)
        if self.season is None or self.season_count is None:
            raise ValueError("a term counts months or seasons")
        return season_end(start, self.season, self.season_count)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong, as exactly as it is known."""

    trade: str | None = None
    category_code: str | None = None
    component_code: str | None = None
    defect_code: str | None = None


class Standing(StrEnum):
    """How a clock stands, or why nobody can say."""

    RUNNING = "running"
    ENDED = "ended"
    NO_START = "no_start"
    NO_TERM = "no_term"


@dataclass(frozen=True, slots=True)
class Judgement:
    """One clock of one ticket on the day it was reported. `end` is the first day on which nothing is owed."""

    clock: WarrantyClock
    standing: Standing
    start: dt.date | None = None
    end: dt.date | None = None
    days_left: int | None = None
    term: Term | None = None

    @property
    def is_in_warranty(self) -> bool | None:
        """Whether the repair is owed; None where it cannot be said."""
        return {Standing.RUNNING: True, Standing.ENDED: False}.get(self.standing)


def judge(
    clock: WarrantyClock, fault: Fault, *, start: dt.date | None, on: dt.date, terms: Iterable[Term]
) -> Judgement:
    """How `clock` stands on the day `on`; `days_left` is negative once it has run out."""
    if start is None:
        return Judgement(clock, Standing.NO_START)
    term = term_of(clock, fault, start=start, terms=terms)
    if term is None:
        return Judgement(clock, Standing.NO_TERM, start)
    end = term.end(start)
    standing = Standing.RUNNING if on < end else Standing.ENDED
    return Judgement(clock, standing, start, end, (end - on).days, term)


def term_of(clock: WarrantyClock, fault: Fault, *, start: dt.date, terms: Iterable[Term]) -> Term | None:
    """The most exact term, and of that the last one that began by the day the clock started."""
    fitting = [term for term in terms if term.clock == clock and term.valid_from <= start and term.covers(fault)]
    return max(fitting, key=lambda term: (term.exactness, term.valid_from), default=None)


def months_later(start: dt.date, months: int) -> dt.date:
    """The same day so many months on, or the last day of a month that is too short for it."""
    index = start.year * _MONTHS_OF_YEAR + start.month - 1 + months
    year, month = index // _MONTHS_OF_YEAR, index % _MONTHS_OF_YEAR + 1
    return dt.date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def season_end(start: dt.date, season: WarrantySeason, count: int) -> dt.date:
    """The day after the last of `count` seasons that begin on `start` or later."""
    first, last = SEASONS[season]
    year = start.year if dt.date(start.year, *first) >= start else start.year + 1
    year += count - 1
    return dt.date(year + (last < first), *last) + dt.timedelta(days=1)

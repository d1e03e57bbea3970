"""Who of a crew should go: points for each reason, added up, the same for the same facts. Pure.

The points are few and written here, so that a dispatcher can work a rank out by hand. Whoever is away is not ranked;
whoever lacks the trade, is off shift or has promised the time to somebody else is, far down, with the reason.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from ops_db.dispatch.shifts import Roster

SKILL: Final = 50
NO_SKILL: Final = -60
OPEN_TASK: Final = -6
MOST_OPEN_COUNTED: Final = 8
OFF_SHIFT: Final = -40
SAME_BUILDING: Final = 14
SAME_PROJECT: Final = 6
BUSY_THEN: Final = -30


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is to be done: where, which trade it takes, and the local window somebody has to be there in."""

    project_id: UUID
    building_id: UUID | None
    trade: str | None
    starts_at: dt.datetime
    ends_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Engagement:
    """A visit somebody makes that day; times are local, None where nothing was promised."""

    project_id: UUID
    building_id: UUID | None
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who could go."""

    staff_id: UUID
    name: str
    crew_id: UUID | None = None
    crew_name: str | None = None
    trades: frozenset[str] = frozenset()
    open_count: int = 0
    roster: Roster = field(default_factory=Roster)
    engagements: tuple[Engagement, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody ranks where they do: a code for the words, the points it gave, and what the words need."""

    code: str
    points: int
    value: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One candidate with all reasons; `is_available` is false for somebody away."""

    candidate: Candidate
    points: int
    reasons: tuple[Reason, ...]
    is_available: bool = True

    @property
    def is_fit(self) -> bool:
        """Whether somebody may be sent without a second look: there, of the trade, on shift and free."""
        return self.is_available and all(reason.points >= 0 or reason.code == "load" for reason in self.reasons)


def ranked(candidates: Iterable[Candidate], job: Job) -> list[Suggestion]:
    """Everybody, the best first; equal points go by load and then by name. Those away stand last."""
    suggestions = [_suggestion(candidate, job) for candidate in candidates]
    return sorted(
        suggestions,
        key=lambda one: (
            not one.is_available,
            -one.points,
            one.candidate.open_count,
            one.candidate.name,
            str(one.candidate.staff_id),
        ),
    )


def _suggestion(candidate: Candidate, job: Job) -> Suggestion:
    absence = candidate.roster.absence_on(job.starts_at.date())
    if absence is not None:
        return Suggestion(
            candidate, 0, (Reason("away", 0, absence.to_date.isoformat()), _load(candidate)), is_available=False
        )
    reasons = tuple(_reasons(candidate, job))
    return Suggestion(candidate, sum(reason.points for reason in reasons), reasons)


def _reasons(candidate: Candidate, job: Job) -> Iterator[Reason]:
    yield _load(candidate)
    if job.trade is not None:
        has_it = job.trade in candidate.trades
        yield Reason("skill" if has_it else "no_skill", SKILL if has_it else NO_SKILL, job.trade)
    works = candidate.roster.works_at(job.starts_at)
    if works is not None:
        yield Reason("on_shift" if works else "off_shift", 0 if works else OFF_SHIFT)
    # Shared grounds have no building, and being in none of them is not being in the same one.
    if job.building_id is not None and any(one.building_id == job.building_id for one in candidate.engagements):
        yield Reason("same_building", SAME_BUILDING)
    elif any(one.project_id == job.project_id for one in candidate.engagements):
        yield Reason("same_project", SAME_PROJECT)
    if any(_overlaps(one, job) for one in candidate.engagements):
        yield Reason("busy_then", BUSY_THEN)


def _load(candidate: Candidate) -> Reason:
    return Reason("load", OPEN_TASK * min(candidate.open_count, MOST_OPEN_COUNTED), str(candidate.open_count))


def _overlaps(engagement: Engagement, job: Job) -> bool:
    start, end = engagement.starts_at, engagement.ends_at
    return start is not None and end is not None and start < job.ends_at and job.starts_at < end

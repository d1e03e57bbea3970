"""Where every ticket stands while the generator takes it through the process, and the world it does so in."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from core.vocabulary import OwnerStatus, TicketState
from demo.estate.arrivals import Arrivals
from demo.estate.draws import Flags, Floats, Integers, stream
from demo.estate.faults import Faults
from demo.estate.journey_log import NEVER
from demo.estate.property import DAY_SECONDS
from demo.estate.workforce import Workforce
from demo.estate.working_hours import WorkingHours, crew_hours, desk_hours

NODES: Final = ("intake", "dispatch", "site_survey", "repair", "acceptance", "return_visit", "closed")
INTAKE, DISPATCH, SURVEY, REPAIR, ACCEPTANCE, RETURN_VISIT, ENDED = range(len(NODES))
STATES: Final = TicketState.codes()
OPEN, CLOSED, REJECTED, CANCELLED = range(len(STATES))
OWNER_STATUSES: Final = OwnerStatus.codes()

LAST_ROUND: Final = 4
"""Whatever technicians have come for so often is done properly at last."""

_REOPENED_SHARE: Final = 0.02
_QUARTER: Final = 91 * DAY_SECONDS


@dataclass(slots=True)
class Standing:
    """One entry a ticket. `at` is when it came to its node, or what happens next if that is still ahead of now.

    `due` is by when it is to be resolved.
    """

    at: Integers
    node: Integers
    state: Integers
    owner_status: Integers
    pause_reason: Integers
    closed_at: Integers
    due: Integers
    technician: Integers
    rounds: Integers
    promised_from: Integers
    promised_to: Integers
    was_late: Flags
    will_reopen: Flags
    rating_asked: Integers
    rated_technician: Integers

    @classmethod
    def of(cls, arrivals: Arrivals, due: Integers, rng: np.random.Generator) -> Standing:
        """Every ticket at intake, where it has just been reported."""
        count = len(arrivals)
        every = partial(np.full, count)
        return cls(
            at=arrivals.reported.copy(),
            node=every(INTAKE),
            state=every(OPEN),
            owner_status=every(OWNER_STATUSES.index(OwnerStatus.RECEIVED)),
            pause_reason=every(-1),
            closed_at=every(NEVER),
            due=due,
            technician=every(-1),
            rounds=every(0),
            promised_from=every(NEVER),
            promised_to=every(NEVER),
            was_late=np.zeros(count, dtype=bool),
            will_reopen=rng.random(count) < _REOPENED_SHARE,
            rating_asked=every(NEVER),
            rated_technician=every(-1),
        )

    def is_resting(self, now: int) -> Flags:
        """Which tickets have nothing more to happen until now."""
        return np.asarray((self.at > now) | ((self.state != OPEN) & ~self.will_reopen))


@dataclass(frozen=True, slots=True)
class World:
    """What journeys need to know besides the tickets. `pace` is how slow a project was in a quarter, 1 being usual."""

    now: int
    workforce: Workforce
    faults: Faults
    desk: WorkingHours
    crew: WorkingHours
    pace: Floats

    def work(self, severity: Integers, seconds: Integers, minutes: Floats) -> Integers:
        """When crews have done `minutes` of work; in an emergency somebody is on call as long as the desk is."""
        return np.where(severity == 0, self.desk.add(seconds, minutes), self.crew.add(seconds, minutes))

    def pace_of(self, project: Integers, seconds: Integers) -> Floats:
        """How slow each project was at each moment."""
        return np.asarray(self.pace[project, seconds // _QUARTER % self.pace.shape[1]])


def make_world(seed: int, now: int, project_count: int, workforce: Workforce, faults: Faults) -> World:
    """The hours people work, and how projects differ."""
    this_year = 1970 + now // (365 * DAY_SECONDS)
    years = (this_year - 7, this_year + 1)
    rng = stream(seed, "pace")
    pace = np.exp(rng.normal(0, 0.18, (project_count, 1)) + rng.normal(0, 0.15, (project_count, 40)))
    return World(
        now=now,
        workforce=workforce,
        faults=faults,
        desk=desk_hours(*years),
        crew=crew_hours(*years),
        pace=pace,
    )

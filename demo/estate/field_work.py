"""What technicians do: set off, find somebody at home or not, look, repair, wait for material, come again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from core.vocabulary import OwnerStatus, PauseReason, SlaTarget
from demo.estate import phrases
from demo.estate.behaviour import SEASONS, taxonomy
from demo.estate.draws import Flags, Floats, Integers, around, labels, pick
from demo.estate.journey_log import NEVER, payload, quoted, task_node
from demo.estate.promises import put_off
from demo.estate.property import DAY_SECONDS
from demo.estate.standing import (
    ACCEPTANCE,
    DISPATCH,
    LAST_ROUND,
    NODES,
    OWNER_STATUSES,
    REPAIR,
    RETURN_VISIT,
    SURVEY,
)

if TYPE_CHECKING:
    from demo.estate.journeys import Journeys

PAUSE_REASONS: Final = PauseReason.codes()
_HOUR: Final = 3600
_NO_ACCESS_SHARE: Final = 0.035
_CANCELLED_SHARE: Final = 0.012
_PAUSED_SHARE: Final = 0.22


@dataclass(frozen=True, slots=True)
class _Trip:
    """One trip of each ticket; `outcome` 0 and 1: in vain, as nobody was at home or the ticket was cancelled before."""

    departed: Integers
    arrived: Integers
    left: Integers
    technician: Integers
    outcome: Integers

    @property
    def worked(self) -> Flags:
        """Whether the technician got in."""
        return self.outcome > 1


def survey(journeys: Journeys, tickets: Integers) -> None:
    """The technician looks, repairs on the spot if it is little, and says what comes next."""
    rng, count = journeys.rng, len(tickets)
    found = pick(rng, [56.0, 31.0, 7.0, 6.0], count)
    trip = _travel(journeys, SURVEY, tickets, journeys.standing.at[tickets], around(rng, 28.0, 0.45, count), found + 2)
    choices = ("needs_repair", "fixed_at_survey", "no_repair_needed", "owner_responsible")
    task = _write_trip(journeys, SURVEY, tickets, trip, choices, ("surveyed", "fixed", "surveyed", "surveyed"))
    estimate = around(rng, 260.0, 0.8, count).astype(np.int64) * 100
    data = (
        {"note": journeys.said(phrases.NEEDS_REPAIR, count), "estimated_cost_fen": pl.Series(estimate)},
        {"note": journeys.said(phrases.FIXED, count)},
        {"note": journeys.said(phrases.NO_REPAIR, count)},
        {"note": journeys.said(phrases.OWNER_RESPONSIBLE, count)},
    )
    nodes = (REPAIR, ACCEPTANCE, RETURN_VISIT, RETURN_VISIT)
    for index, (choice, to, given) in enumerate(zip(choices, nodes, data, strict=True)):
        chosen = trip.worked & (found == index)
        journeys.complete(
            SURVEY,
            choice,
            tickets,
            trip.left,
            task,
            chosen,
            to=to,
            account=trip.technician,
            staff=trip.technician,
            data=given,
        )
    _note_work(journeys, tickets, trip, found == 1, is_repair=0)


def repair(journeys: Journeys, tickets: Integers) -> None:
    """The technician repairs, after a pause if material or somebody else is missing, and succeeds mostly."""
    rng, standing, count = journeys.rng, journeys.standing, len(tickets)
    fails = (rng.random(count) < 0.09) & (standing.rounds[tickets] < LAST_ROUND)
    begins = _pause(journeys, tickets)
    trip = _travel(journeys, REPAIR, tickets, begins, around(rng, 75.0, 0.6, count), np.where(fails, 3, 2))
    choices = ("fixed", "not_fixed")
    task = _write_trip(journeys, REPAIR, tickets, trip, choices, ("fixed", "not_fixed"))
    said = (phrases.FIXED, phrases.NOT_FIXED)
    for index, (choice, to) in enumerate(zip(choices, (ACCEPTANCE, DISPATCH), strict=True)):
        journeys.complete(
            REPAIR,
            choice,
            tickets,
            trip.left,
            task,
            trip.worked & (fails == bool(index)),
            to=to,
            account=trip.technician,
            staff=trip.technician,
            data={"note": journeys.said(said[index], count)},
        )
    _note_work(journeys, tickets, trip, np.ones(count, dtype=bool), is_repair=1)


def _pause(journeys: Journeys, tickets: Integers) -> Integers:
    """Stop the clock of some tickets that have no appointment; returns when work can begin."""
    rng, standing, world = journeys.rng, journeys.standing, journeys.world
    came = standing.at[tickets]
    stops = (rng.random(len(tickets)) < _PAUSED_SHARE) & (standing.promised_from[tickets] == NEVER)
    mine = tickets[stops]
    begun = world.crew.add(came[stops], around(rng, 60.0, 0.6, len(mine)))
    ended = world.crew.add(
        begun + (around(rng, 2.6, 0.7, len(mine)) * DAY_SECONDS).astype(np.int64), np.full(len(mine), 20.0)
    )
    is_outdoors = np.array([SEASONS[kind.season] == "rain" for kind in taxonomy().components])[
        journeys.arrivals.component[mine]
    ]
    reason = pick(rng, [22.0, 50.0, 28.0, 0.0], len(mine))
    reason = np.where(is_outdoors & (rng.random(len(mine)) < 0.5), PAUSE_REASONS.index(PauseReason.WEATHER), reason)
    technician = standing.technician[mine]
    given = {"reason": quoted(labels(PAUSE_REASONS, reason))}
    written = payload(len(mine), owner_status=OwnerStatus.PAUSED, data=given)
    journeys.log.event("ticket:pause", NODES[REPAIR], begun, mine, written=written, account=technician)
    status = task_node(NODES[REPAIR]).owner_status
    written = payload(len(mine), owner_status=status)
    journeys.log.event("ticket:resume", NODES[REPAIR], ended, mine, written=written, account=technician)
    stands = (begun <= world.now) & (world.now < ended)
    standing.pause_reason[mine[stands]] = reason[stands]
    standing.owner_status[mine[stands]] = OWNER_STATUSES.index(OwnerStatus.PAUSED)
    resumed = ended <= world.now
    for due in (standing.due, journeys.due[SlaTarget.ARRIVE]):
        due[mine[resumed]] = put_off(world.crew, due[mine[resumed]], begun[resumed], ended[resumed])
    ready = came.copy()
    ready[stops] = ended
    return ready


def _travel(
    journeys: Journeys, node: int, tickets: Integers, ready: Integers, minutes: Floats, outcome: Integers
) -> _Trip:
    """Times of a trip: within the promised window mostly, else as soon as somebody can come."""
    rng, standing, world, count = journeys.rng, journeys.standing, journeys.world, len(tickets)
    promised = standing.promised_from[tickets]
    has_promise = promised != NEVER
    severity = journeys.arrivals.severity[tickets]
    soon = world.work(severity, ready, around(rng, 420.0 * journeys.pace[tickets], 0.7, count))
    lateness = np.where(rng.random(count) < 0.13, rng.uniform(2.1, 6.0, count), rng.uniform(0.0, 1.8, count))
    planned = np.where(has_promise, promised, 0) + (lateness * _HOUR).astype(np.int64)
    arrived = np.maximum(np.where(has_promise, planned, soon), ready + 25 * 60)
    departed = np.maximum(arrived - rng.integers(12 * 60, 45 * 60, count), ready + 60)
    in_vain = rng.random(count)
    outcome = np.where(in_vain < _NO_ACCESS_SHARE, 0, outcome)
    cancelled = (in_vain > 1 - _CANCELLED_SHARE) & (node == SURVEY)
    outcome = np.where(cancelled, 1, outcome)
    left = np.where(outcome > 1, arrived + (minutes * 60).astype(np.int64), arrived + 10 * 60)
    left = np.where(cancelled, (ready + departed) // 2, left)
    late = has_promise & (outcome > 1) & (arrived > standing.promised_to[tickets])
    standing.was_late[tickets[late]] = True
    technician = standing.technician[tickets]
    return _Trip(
        departed=np.where(cancelled, NEVER, departed),
        arrived=np.where(outcome > 1, arrived, NEVER),
        left=left,
        technician=technician,
        outcome=outcome,
    )


def _write_trip(
    journeys: Journeys,
    node: int,
    tickets: Integers,
    trip: _Trip,
    choices: tuple[str, ...],
    visit_outcomes: tuple[str, ...],
) -> Integers:
    """Write task, visit and events of a trip up to its end, and end the trips that were in vain; returns the tasks."""
    standing, log, now = journeys.standing, journeys.log, journeys.world.now
    outcomes = ("returned", "withdrawn", *choices)
    task = journeys.end_task(node, tickets, trip.left, trip.outcome, outcomes, technician=trip.technician)
    log.visits(
        "survey" if node == SURVEY else "repair",
        labels(("no_access", "no_access", *visit_outcomes), trip.outcome),
        ticket=tickets,
        task=task,
        technician=trip.technician,
        promised_from=standing.promised_from[tickets],
        promised_to=standing.promised_to[tickets],
        departed=trip.departed,
        arrived=trip.arrived,
        left=trip.left,
    )
    for kind, moment, status in (
        ("visit:depart", trip.departed, OwnerStatus.ON_THE_WAY),
        ("visit:arrive", trip.arrived, task_node(NODES[node]).owner_status_on_site),
    ):
        written = payload(len(tickets), owner_status=status)
        log.event(
            kind,
            NODES[node],
            moment,
            tickets,
            written=written,
            task=task,
            account=trip.technician,
            staff=trip.technician,
        )
        standing.owner_status[tickets[moment <= now]] = OWNER_STATUSES.index(status)
    _return_to_dispatch(
        journeys, node, tickets[trip.outcome == 0], trip.left[trip.outcome == 0], task[trip.outcome == 0]
    )
    cancelled = trip.outcome == 1
    journeys.give_up(node, tickets, trip.left, journeys.agent[tickets], np.zeros(len(tickets), dtype=bool), cancelled)
    standing.promised_from[tickets] = NEVER
    standing.promised_to[tickets] = NEVER
    return task


def _return_to_dispatch(journeys: Journeys, node: int, tickets: Integers, moment: Integers, task: Integers) -> None:
    """Nobody was at home: somebody must find another time."""
    status = task_node(NODES[DISPATCH]).owner_status
    reason = {"reason": journeys.said(phrases.NO_ACCESS, len(tickets))}
    written = payload(len(tickets), choice=NODES[DISPATCH], owner_status=status, data=reason)
    technician = journeys.standing.technician[tickets]
    journeys.log.event(
        "task:return", NODES[node], moment, tickets, written=written, task=task, account=technician, staff=technician
    )
    journeys.move(tickets, moment, DISPATCH, status)


def _note_work(journeys: Journeys, tickets: Integers, trip: _Trip, counts: Flags, *, is_repair: int) -> None:
    """Remember what was done at homes by now, for its costs."""
    done = trip.worked & counts & (trip.left <= journeys.world.now)
    journeys.works.append(
        {
            "ticket": tickets[done],
            "at": trip.left[done],
            "technician": trip.technician[done],
            "minutes": (trip.left - trip.arrived)[done] // 60,
            "is_repair": np.full(int(done.sum()), is_repair),
        }
    )

"""What becomes of tickets: each goes through the shipped process, all tickets of a node at a time, until now.

One round takes every ticket that rests on some node, draws what happens there and when, writes it to the log and moves
the ticket on. What falls after now is not written, and the ticket rests where it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import polars as pl

from core.vocabulary import Channel, OwnerStatus, SlaTarget, Trade
from demo.estate import phrases
from demo.estate.arrivals import CHANNELS, Arrivals
from demo.estate.behaviour import taxonomy
from demo.estate.draws import Flags, Integers, around, labels, pick, pick_from_groups, stream
from demo.estate.faults import DISPATCH_FACTOR
from demo.estate.field_work import repair, survey
from demo.estate.journey_log import NEVER, JourneyLog, milestone, payload, quoted, task_node
from demo.estate.opinions import Opinions
from demo.estate.promises import due
from demo.estate.property import DAY_SECONDS
from demo.estate.standing import (
    ACCEPTANCE,
    CANCELLED,
    CLOSED,
    DISPATCH,
    ENDED,
    INTAKE,
    LAST_ROUND,
    NODES,
    OPEN,
    OWNER_STATUSES,
    REJECTED,
    REPAIR,
    RETURN_VISIT,
    SURVEY,
    Standing,
    World,
)
from demo.estate.working_hours import CHINA_OFFSET

_TRADES: Final = Trade.codes()
_SEVERITY_PACE: Final = np.array([0.12, 0.45, 1.0, 1.7])
"""By severity: how long everything takes, relative to a normal ticket."""
_SELF_SERVED: Final = [CHANNELS.index(name) for name in (Channel.WECHAT, Channel.PORTAL, Channel.QR)]
_TASK_TARGET: Final = {INTAKE: SlaTarget.ACKNOWLEDGE, SURVEY: SlaTarget.ARRIVE, REPAIR: SlaTarget.ARRIVE}
"""What makes a task due; the others are due when the ticket is."""
_HOUR: Final = 3600
_PATIENCE: Final = 72 * _HOUR
"""After which a repair that nobody speaks about counts as accepted."""
_WINDOWS: Final = np.array([9, 11, 14, 16]) * _HOUR


class Journeys:
    """All tickets of one part on their way.

    `works` collects what was done at homes, for the costs; `called_back` is when the desk rang an owner last.
    """

    def __init__(self, seed: int, part: int, arrivals: Arrivals, world: World) -> None:
        self.rng = stream(seed, "journeys", part)
        self.arrivals = arrivals
        self.world = world
        self.log = JourneyLog(world.now)
        self.due = {
            target: due(world.crew, arrivals.reported, arrivals.severity, target)
            for target in (SlaTarget.ACKNOWLEDGE, SlaTarget.ARRIVE)
        }
        resolve_due = due(world.crew, arrivals.reported, arrivals.severity, SlaTarget.RESOLVE)
        self.standing = Standing.of(arrivals, resolve_due, self.rng)
        self.opinions = Opinions(seed, part, world.now)
        self.works: list[dict[str, Integers]] = []
        self.called_back = np.full(len(arrivals), NEVER)
        self.agent = world.workforce.agents[self.rng.integers(0, len(world.workforce.agents), len(arrivals))]
        self.trade = np.array([_TRADES.index(kind.trade) for kind in taxonomy().components])[arrivals.component]
        self.pace = _SEVERITY_PACE[arrivals.severity] * world.pace_of(arrivals.project, arrivals.reported)

    def run(self) -> None:
        """Take every ticket as far as it has come by now."""
        steps: dict[int, Callable[[Integers], None]] = {
            INTAKE: self._intake,
            DISPATCH: self._dispatch,
            SURVEY: lambda tickets: survey(self, tickets),
            REPAIR: lambda tickets: repair(self, tickets),
            ACCEPTANCE: self._accept,
            RETURN_VISIT: self._call_back,
            ENDED: self._reopen,
        }
        self._report()
        while not (resting := self.standing.is_resting(self.world.now)).all():
            node = np.where(resting, -1, self.standing.node)
            for key, step in steps.items():
                tickets = np.flatnonzero(node == key)
                if len(tickets):
                    step(tickets)
        self.opinions.leave_unanswered(self.standing)

    # What a node does to tickets, for the steps here and in the field.

    def end_task(
        self,
        node: int,
        tickets: Integers,
        ended: Integers,
        outcome: Integers,
        choices: tuple[str, ...],
        *,
        technician: Integers | None = None,
    ) -> Integers:
        """Write the task of each ticket, opened when it came here; returns their numbers."""
        states = ["cancelled" if choice in ("withdrawn", "returned") else "done" for choice in choices]
        crew = None if technician is None else self.world.workforce.staff_crew[technician]
        return self.log.tasks(
            NODES[node],
            tickets,
            self.standing.at[tickets],
            self.due[_TASK_TARGET[node]][tickets] if node in _TASK_TARGET else self.standing.due[tickets],
            ended,
            state=labels(states, outcome),
            outcome=labels(choices, outcome),
            crew=crew,
            assignee=technician,
        )

    def complete(
        self,
        node: int,
        choice: str,
        tickets: Integers,
        done: Integers,
        task: Integers,
        chosen: Flags,
        *,
        to: int,
        account: Integers | None = None,
        person: Integers | None = None,
        staff: Integers | None = None,
        data: Mapping[str, pl.Series | str] | None = None,
    ) -> None:
        """Complete the task of the `chosen` tickets with one choice and move them to the next node."""
        if not chosen.any():
            return
        mine, moment, number, account, person, staff = _chosen(chosen, tickets, done, task, account, person, staff)
        known = pl.Series(chosen)
        data = {name: _filtered(value, known) for name, value in (data or {}).items()}
        status = OwnerStatus.FINISHED if to == ENDED else task_node(NODES[to]).owner_status
        meaning = milestone(NODES[node], choice)
        written = payload(
            len(mine), choice=choice, milestone=meaning, owner_status=None if to == ENDED else status, data=data
        )
        self.log.event(
            "task:complete",
            NODES[node],
            moment,
            mine,
            written=written,
            task=number,
            account=account,
            person=person,
            staff=staff,
        )
        if to == ENDED:
            written = payload(len(mine), owner_status=status)
            self.log.event("ticket:close", "closed", moment, mine, written=written, account=account, person=person)
        if meaning == "fixed":
            self.opinions.ask(self.standing, mine, moment)
        self.move(mine, moment, to, status)

    def move(self, tickets: Integers, moment: Integers, to: int, status: OwnerStatus) -> None:
        """Let tickets come to a node at a moment, or wait for it if it is ahead."""
        standing = self.standing
        standing.at[tickets] = moment
        tickets, moment = tickets[moment <= self.world.now], moment[moment <= self.world.now]
        standing.node[tickets] = to
        standing.owner_status[tickets] = OWNER_STATUSES.index(status)
        if to == ENDED:
            standing.state[tickets] = CLOSED
            standing.closed_at[tickets] = moment

    def give_up(
        self, node: int, tickets: Integers, moment: Integers, account: Integers, rejected: Flags, cancelled: Flags
    ) -> None:
        """End the `rejected` and the `cancelled` tickets; half of those cancelled are so by their owners."""
        owner = np.where(self.rng.random(len(tickets)) < 0.5, self.arrivals.reporter[tickets], -1)
        for kind, ended, state, status, said in (
            ("ticket:reject", rejected, REJECTED, OwnerStatus.REJECTED, phrases.REJECTED),
            ("ticket:cancel", cancelled, CANCELLED, OwnerStatus.CANCELLED, phrases.CANCELLED),
        ):
            mine, when, desk, person = _chosen(ended, tickets, moment, account, owner)
            person = np.full(len(mine), -1) if state == REJECTED else person
            written = payload(len(mine), owner_status=status, data={"reason": self.said(said, len(mine))})
            self.log.event(
                kind, NODES[node], when, mine, written=written, account=np.where(person < 0, desk, -1), person=person
            )
            self.move(mine, when, ENDED, status)
            self.standing.state[mine[when <= self.world.now]] = state
            self.standing.will_reopen[mine] = False

    def said(self, phrases: tuple[str, ...], count: int) -> pl.Series:
        """Some of these phrases, as JSON."""
        return quoted(labels(phrases, self.rng.integers(0, len(phrases), count)))

    # The steps that the desk, the supervisor and the owner take.

    def _report(self) -> None:
        arrivals = self.arrivals
        person = np.where(np.isin(arrivals.channel, _SELF_SERVED), arrivals.reporter, -1)
        by_sensor = arrivals.channel == CHANNELS.index(Channel.SENSOR)
        account = np.where(by_sensor | (person >= 0), -1, self.agent)
        tickets = np.arange(len(arrivals))
        written = payload(len(tickets), owner_status=OwnerStatus.RECEIVED)
        self.log.event(
            "ticket:create", "reported", arrivals.reported, tickets, written=written, account=account, person=person
        )

    def _intake(self, tickets: Integers) -> None:
        count = len(tickets)
        by_phone = self.arrivals.channel[tickets] == CHANNELS.index(Channel.PHONE)
        minutes = around(self.rng, np.where(by_phone, 5.0, 32.0) * np.sqrt(self.pace[tickets]), 0.7, count)
        done = self.world.desk.add(self.standing.at[tickets], minutes)
        outcome = pick(self.rng, [92.0, 3.2, 2.6, 2.2], count)
        account = self.agent[tickets]
        task = self.end_task(INTAKE, tickets, done, outcome, ("accept", "solved_by_phone", "withdrawn", "withdrawn"))
        self.complete(INTAKE, "accept", tickets, done, task, outcome == 0, to=DISPATCH, account=account)
        note = {"note": self.said(phrases.SOLVED_BY_PHONE, count)}
        self.complete(
            INTAKE, "solved_by_phone", tickets, done, task, outcome == 1, to=ENDED, account=account, data=note
        )
        self.give_up(INTAKE, tickets, done, account, outcome == 2, outcome == 3)

    def _dispatch(self, tickets: Integers) -> None:
        count, standing, workforce = len(tickets), self.standing, self.world.workforce
        project = self.arrivals.project[tickets]
        is_again = standing.rounds[tickets] > 0
        slow = np.where(np.isin(project, self.world.faults.supervisor_projects), DISPATCH_FACTOR, 1.0)
        minutes = 95.0 * self.pace[tickets] * slow * np.where(is_again, 0.6, 1.0)
        severity = self.arrivals.severity[tickets]
        done = self.world.work(severity, standing.at[tickets], around(self.rng, minutes, 0.8, count))
        group = project * len(_TRADES) + self.trade[tickets]
        technician = workforce.able[pick_from_groups(self.rng, workforce.offsets, group)]
        outcome = pick(self.rng, [97.8, 2.2], count)
        is_clear = self.rng.random(count) < np.where(is_again, 0.85, 0.45)
        begins, ends = self._promises(tickets, done)
        account = workforce.project_supervisor[project]
        task = self.end_task(DISPATCH, tickets, done, outcome, ("dispatch", "withdrawn"))
        named = {"technician_id": quoted(labels(workforce.staff_ids, technician))}
        for promised in (True, False):
            window = {"promised_from": _iso(begins), "promised_to": _iso(ends)} if promised else {}
            for clear in (True, False):
                self.complete(
                    DISPATCH,
                    "dispatch",
                    tickets,
                    done,
                    task,
                    (outcome == 0) & ((begins != NEVER) == promised) & (is_clear == clear),
                    to=REPAIR if clear else SURVEY,
                    account=account,
                    staff=technician,
                    data=named | window | ({"skips_survey": "true"} if clear else {}),
                )
        standing.technician[tickets], standing.promised_from[tickets], standing.promised_to[tickets] = (
            technician,
            begins,
            ends,
        )
        standing.rounds[tickets] += 1
        self.give_up(DISPATCH, tickets, done, account, np.zeros(count, dtype=bool), outcome == 1)

    def _promises(self, tickets: Integers, dispatched: Integers) -> tuple[Integers, Integers]:
        """Windows of two hours, some working hours ahead; for emergencies and one in seven others there is none."""
        count = len(tickets)
        ahead = self.world.crew.add(dispatched, 45.0 + around(self.rng, 480.0 * self.pace[tickets], 0.7, count))
        midnight = ahead - (ahead + CHINA_OFFSET) % DAY_SECONDS
        slot = np.searchsorted(_WINDOWS, ahead - midnight)
        begins = midnight + np.where(slot < len(_WINDOWS), _WINDOWS[slot % len(_WINDOWS)], DAY_SECONDS + _WINDOWS[0])
        none = (self.rng.random(count) < 0.14) | (self.arrivals.severity[tickets] == 0)
        return np.where(none, NEVER, begins), np.where(none, NEVER, begins + 2 * _HOUR)

    def _accept(self, tickets: Integers) -> None:
        count, standing = len(tickets), self.standing
        asked = standing.at[tickets]
        has_owner = self.arrivals.reporter[tickets] >= 0
        answers = self.opinions.will_answer(self.rng, has_owner, np.isin(self.arrivals.channel[tickets], _SELF_SERVED))
        refuses = has_owner & (self.rng.random(count) < 0.035) & (standing.rounds[tickets] < LAST_ROUND)
        outcome = np.where(refuses, 2, np.where(answers, 0, 1))
        spoken = asked + (around(self.rng, 7.0, 1.0, count) * _HOUR).astype(np.int64)
        silent = asked + _PATIENCE + self.rng.integers(0, 900, count)
        done = np.where(outcome == 1, silent, spoken)
        task = self.end_task(ACCEPTANCE, tickets, done, outcome, ("accept", "accept", "not_accepted"))
        owner = self.arrivals.reporter[tickets]
        scores = self.opinions.answer(standing, self.arrivals, tickets, done, outcome == 0, self.pace[tickets])
        for has_comment in (True, False):
            chosen = (outcome == 0) & (scores.has_comment == has_comment)
            data = scores.data(with_comment=has_comment)
            self.complete(ACCEPTANCE, "accept", tickets, done, task, chosen, to=RETURN_VISIT, person=owner, data=data)
        self.complete(ACCEPTANCE, "accept", tickets, done, task, outcome == 1, to=RETURN_VISIT)
        note = {"note": self.said(phrases.NOT_ACCEPTED, count)}
        self.complete(ACCEPTANCE, "not_accepted", tickets, done, task, refuses, to=REPAIR, person=owner, data=note)
        standing.rounds[tickets[refuses]] += 1
        standing.promised_from[tickets] = NEVER

    def _call_back(self, tickets: Integers) -> None:
        count = len(tickets)
        done = self.world.desk.add(self.standing.at[tickets], around(self.rng, 700.0, 0.7, count))
        outcome = pick(self.rng, [80.0, 16.0, 4.0], count)
        outcome[(outcome == 2) & (self.standing.rounds[tickets] >= LAST_ROUND)] = 0
        self.called_back[tickets] = done
        account = self.agent[tickets]
        choices = ("satisfied", "unreachable", "unresolved")
        task = self.end_task(RETURN_VISIT, tickets, done, outcome, choices)
        for index, choice in enumerate(choices[:2]):
            self.complete(RETURN_VISIT, choice, tickets, done, task, outcome == index, to=ENDED, account=account)
        note = {"note": self.said(phrases.UNRESOLVED, count)}
        self.complete(
            RETURN_VISIT, choices[2], tickets, done, task, outcome == 2, to=DISPATCH, account=account, data=note
        )

    def _reopen(self, tickets: Integers) -> None:
        """Owners come back within days of the end; each ticket at most once."""
        count, standing = len(tickets), self.standing
        moment = self.world.desk.add(
            standing.at[tickets] + self.rng.integers(DAY_SECONDS, 12 * DAY_SECONDS, count), np.full(count, 15.0)
        )
        person = np.where(self.rng.random(count) < 0.6, self.arrivals.reporter[tickets], -1)
        account = np.where(person < 0, self.agent[tickets], -1)
        status = task_node(NODES[DISPATCH]).owner_status
        written = payload(count, owner_status=status, data={"reason": self.said(phrases.REOPENED, count)})
        self.log.event(
            "ticket:reopen", NODES[DISPATCH], moment, tickets, written=written, account=account, person=person
        )
        self.move(tickets, moment, DISPATCH, status)
        happened = tickets[moment <= self.world.now]
        standing.state[happened] = OPEN
        standing.closed_at[happened] = NEVER
        severity = self.arrivals.severity[happened]
        standing.due[happened] = due(self.world.crew, standing.at[happened], severity, SlaTarget.RESOLVE)
        standing.will_reopen[tickets] = False


def _chosen(chosen: Flags, *arrays: Integers | None) -> list[Integers]:
    nobody = np.full(len(chosen), -1)
    return [(nobody if array is None else array)[chosen] for array in arrays]


def _filtered(value: pl.Series | str, chosen: pl.Series) -> pl.Series | str:
    return value.filter(chosen) if isinstance(value, pl.Series) else value


def _iso(seconds: Integers) -> pl.Series:
    known = np.where(seconds == NEVER, 0, seconds)
    local = pl.Series((known + CHINA_OFFSET) * 1_000_000).cast(pl.Datetime("us"))
    return local.dt.strftime('"%Y-%m-%dT%H:%M:%S+08:00"')

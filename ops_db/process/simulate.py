"""Trying a process out without a ticket: a session of values, with a clock that moves only when told to.

`begin` opens a pretend ticket, `offered` lists what somebody may do, `apply` does it and `wait` lets time pass, firing
the timers that run down meanwhile, each once. Every one returns a new session; the old one can be gone back to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from core.vocabulary import OwnerStatus, Role, TicketState
from core.working_time import DEFAULT_CALENDAR, WorkingTime
from ops_db.process import interpreter, offers
from ops_db.process.definition import Definition, JoinNode
from ops_db.process.errors import ActionNotAllowed
from ops_db.process.facts import NEVER_KEPT
from ops_db.process.node_parts import TimerClock
from ops_db.process.state import NOTHING, Action, Actor, Notice, State, Step, Token
from ops_db.process.transitions import TIMER
from ops_db.timers.planning import PlannedTimer, due_again_at, planned_timers, remaining_minutes

BEGIN: Final = dt.datetime(2026, 6, 1, 1, 0, tzinfo=dt.UTC)
"""When a pretend ticket is reported: a Monday, 09:00 in Shanghai."""

CLOCK: Final = Actor.of(Role.SYSTEM)
_MOST_FIRINGS: Final = 1_000
_MOST_WAITING: Final = 366 * 24 * 60


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: when, what and by whom, where it was done, and how the ticket stands since."""

    at: dt.datetime
    action: str
    node_key: str | None
    choice: str | None
    actor: Actor | None
    data: Mapping[str, Any]
    events: tuple[str, ...]
    notices: tuple[Notice, ...]
    left: tuple[str, ...]
    standing_at: tuple[str, ...]
    owner_status: OwnerStatus
    ticket_state: TicketState
    timer: str | None = None


@dataclass(frozen=True, slots=True)
class HeldTimer:
    """A timer that runs, or is held with `remaining` minutes while the ticket is paused."""

    planned: PlannedTimer
    remaining: float | None = None


@dataclass(frozen=True, slots=True)
class Tryout:
    """A pretend ticket: its state, what is known of it, the time, the timers that run, and everything so far."""

    definition: Definition
    state: State
    facts: Mapping[str, Any]
    now: dt.datetime
    due_at: dt.datetime | None
    timers: tuple[HeldTimer, ...]
    trace: tuple[Moment, ...]
    owner_status: OwnerStatus

    @property
    def standing_at(self) -> tuple[str, ...]:
        """The nodes it stands at, in order; a path that waits at its join is not one of them."""
        return _standing_at(self.definition, self.state.tokens)


def begin(
    definition: Definition,
    *,
    facts: Mapping[str, Any] = NOTHING,
    now: dt.datetime = BEGIN,
    due_in_minutes: int | None = None,
) -> Tryout:
    """Open a pretend ticket of a process fit to run; `due_in_minutes` of working time after which its steps are due."""
    due_at = _working_time().deadline(now, due_in_minutes) if due_in_minutes is not None else None
    step = interpreter.start(definition, facts=facts)
    empty = Tryout(definition, State(tokens=()), dict(facts), now, due_at, (), (), step.owner_status)
    return _after(empty, step, "open", None)


def offered(tryout: Tryout, actor: Actor) -> tuple[Action, ...]:
    """What `actor` may do now."""
    return offers.allowed_actions(tryout.definition, tryout.state, actor=actor, facts=tryout.facts)


def apply(
    tryout: Tryout,
    action: str,
    *,
    actor: Actor,
    task: str | None = None,
    choice: str | None = None,
    data: Mapping[str, Any] = NOTHING,
) -> Tryout:
    """Do one action; raises the ProcessError that the real ticket would. `task` is the id of a token, or its node."""
    named = [one.id for one in tryout.state.tokens if one.node_key == task]
    token_id = named[0] if len(named) == 1 else task
    step = interpreter.act(
        tryout.definition,
        tryout.state,
        action,
        actor=actor,
        task=token_id,
        choice=choice,
        data=data,
        facts=tryout.facts,
    )
    return _after(tryout, step, action, actor)


def learn(tryout: Tryout, facts: Mapping[str, Any]) -> Tryout:
    """Facts that come from outside of the process: a picture was taken, a cost was entered."""
    return replace(tryout, facts={**tryout.facts, **facts})


def wait(tryout: Tryout, minutes: int, *, clock: TimerClock = "calendar") -> Tryout:
    """Let time pass, by the working time of the usual calendar or round the clock; timers that run down fire."""
    if not 0 <= minutes <= _MOST_WAITING:
        raise ActionNotAllowed("Wait between 0 and {most} minutes.", most=_MOST_WAITING)
    until = tryout.now + dt.timedelta(minutes=minutes)
    if clock == "working":
        until = _working_time().deadline(tryout.now, minutes)
    for _ in range(_MOST_FIRINGS):
        due = [one.planned for one in tryout.timers if one.remaining is None and one.planned.due_at <= until]
        if not due:
            return replace(tryout, now=until)
        tryout = _fire(tryout, min(due, key=lambda one: one.due_at))
    raise ActionNotAllowed(
        "More than {most} timers would fire in this time. Wait for a shorter time.", most=_MOST_FIRINGS
    )


def _fire(tryout: Tryout, timer: PlannedTimer) -> Tryout:
    rest = tuple(one for one in tryout.timers if one.planned is not timer)
    at_hand = replace(tryout, now=max(tryout.now, timer.due_at), timers=rest)
    step = interpreter.act(
        tryout.definition,
        tryout.state,
        "time_out",
        actor=CLOCK,
        task=timer.task_id,
        data={TIMER.key: timer.timer_key},
        facts=tryout.facts,
    )
    return _after(at_hand, step, "time_out", CLOCK, timer.timer_key)


def _after(tryout: Tryout, step: Step, action: str, actor: Actor | None, timer: str | None = None) -> Tryout:
    event = step.events[0]
    kept = {name: value for name, value in event.data.items() if name not in NEVER_KEPT}
    definition = tryout.definition
    moment = Moment(
        at=tryout.now,
        action=action,
        node_key=event.node_key,
        choice=event.choice,
        actor=actor,
        data=event.data,
        events=tuple(one.kind for one in step.events),
        notices=step.notices,
        left=tuple(one.token.node_key for one in step.ended),
        standing_at=_standing_at(definition, step.state.tokens),
        owner_status=step.owner_status,
        ticket_state=step.state.ticket_state,
        timer=timer,
    )
    return replace(
        tryout,
        state=step.state,
        facts={**tryout.facts, **kept},
        timers=tuple(_timers_after(tryout, step)),
        trace=(*tryout.trace, moment),
        owner_status=step.owner_status,
    )


def _timers_after(tryout: Tryout, step: Step) -> Iterable[HeldTimer]:
    """The timers that still run: those of live tokens, held and let go with the ticket, and those of new tokens."""
    working, now = _working_time(), tryout.now
    live = {token.id for token in step.state.tokens}
    for held in tryout.timers:
        planned = held.planned
        if planned.task_id not in live:
            continue
        if step.state.is_paused and held.remaining is None:
            left = remaining_minutes(planned.due_at, is_working_time=planned.is_working_time, now=now, working=working)
            yield HeldTimer(planned, left)
        elif not step.state.is_paused and held.remaining is not None:
            due = due_again_at(held.remaining, is_working_time=planned.is_working_time, now=now, working=working)
            yield HeldTimer(planned._replace(due_at=due))
        else:
            yield held
    for token in step.opened:
        node = tryout.definition.by_key[token.node_key]
        for planned in planned_timers(token, node, now=now, due_at=tryout.due_at, working=working):
            yield HeldTimer(planned)


def _standing_at(definition: Definition, tokens: Iterable[Token]) -> tuple[str, ...]:
    return tuple(one.node_key for one in tokens if not isinstance(definition.by_key[one.node_key], JoinNode))


@cache
def _working_time() -> WorkingTime:
    return WorkingTime(DEFAULT_CALENDAR)

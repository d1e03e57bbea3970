"""When the timers of a step are due, and what is left of them while a ticket is paused. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from math import floor
from typing import Any, NamedTuple

from core.process_vocabulary import TimerAction
from core.working_time import WorkingTime
from ops_db.process.definition import AnyNode, ApprovalNode, TaskNode, TimerNode
from ops_db.process.node_parts import NodeTimer, TimerClock
from ops_db.process.state import Token
from ops_db.process.transitions import GO_ON

_MINUTE = dt.timedelta(minutes=1)


class PlannedTimer(NamedTuple):
    """One row of `ops.timer` to be."""

    task_id: str
    timer_key: str
    action: TimerAction
    is_working_time: bool
    due_at: dt.datetime

    @property
    def row(self) -> dict[str, Any]:
        """The row, ready for JSON."""
        return self._asdict() | {"action": self.action.value, "due_at": self.due_at.isoformat()}


def planned_timers(
    token: Token, node: AnyNode, *, now: dt.datetime, due_at: dt.datetime | None, working: WorkingTime
) -> Iterator[PlannedTimer]:
    """The timers of a token that begins to rest at `node`, where the step is due at `due_at`.

    One that counts from a due time is left out where nothing is due.
    """
    if isinstance(node, TimerNode):
        is_working = node.clock == "working"
        go_on_at = _after(now, node.minutes, node.clock, working)
        yield PlannedTimer(token.id, GO_ON, TimerAction.GO_ON, is_working, go_on_at)
    elif isinstance(node, TaskNode | ApprovalNode):
        for timer in node.timers:
            due = due_at_of(timer, opened_at=now, step_due_at=due_at, working=working)
            if due is not None:
                yield PlannedTimer(token.id, timer.key, TimerAction(timer.do), timer.clock == "working", due)


def due_at_of(
    timer: NodeTimer, *, opened_at: dt.datetime, step_due_at: dt.datetime | None, working: WorkingTime
) -> dt.datetime | None:
    """When a timer is due; one before a due time that is nearer than its minutes is due as soon as the step opens."""
    if timer.since == "opened":
        return _after(opened_at, timer.minutes, timer.clock, working)
    if step_due_at is None:
        return None
    if timer.since == "after_due":
        return _after(step_due_at, timer.minutes, timer.clock, working)
    if timer.clock == "calendar":
        return max(opened_at, step_due_at - timer.minutes * _MINUTE)
    minutes = working.between(opened_at, step_due_at) - timer.minutes
    return working.deadline(opened_at, minutes) if minutes > 0 else opened_at


def remaining_minutes(due_at: dt.datetime, *, is_working_time: bool, now: dt.datetime, working: WorkingTime) -> float:
    """What is left of a timer, to the second, so that many short pauses add up to nothing; 0 for one overdue."""
    if due_at <= now:
        return 0.0
    if not is_working_time:
        return (due_at - now) / _MINUTE
    return working.between(now, due_at) - _into_minute(now, working) + _into_minute(due_at, working)


def due_again_at(remaining: float, *, is_working_time: bool, now: dt.datetime, working: WorkingTime) -> dt.datetime:
    """When a held timer is due after all: `remaining_minutes` of it is `remaining` again."""
    if not is_working_time:
        return now + remaining * _MINUTE
    if remaining <= 0:
        return now
    minutes = remaining + _into_minute(now, working)
    whole = floor(minutes)
    seconds = (minutes - whole) * 60
    if round(seconds, 3) == 0:
        return working.deadline(now, whole)
    return working.add(now, whole) + dt.timedelta(seconds=seconds)


def _after(start: dt.datetime, minutes: int, clock: TimerClock, working: WorkingTime) -> dt.datetime:
    return working.deadline(start, minutes) if clock == "working" else start + minutes * _MINUTE


def _into_minute(at: dt.datetime, working: WorkingTime) -> float:
    """How much of the working minute it falls in has passed at an instant; calendars count whole minutes."""
    passed = (at.second + at.microsecond / 1_000_000) / 60
    return passed if passed and working.is_working(at) else 0.0

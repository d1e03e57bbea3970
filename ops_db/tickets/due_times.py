"""By when a running ticket, its open steps and their timers are due, told from what was promised and what happened.

Whatever is stored can be told anew from here, by the calendar as it is now: with an unchanged calendar every time comes
out as it stands. A pause that still lasts puts nothing off yet; what it took is known when it ends. Pure.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from core.vocabulary import SlaTarget
from core.working_time import WorkingTime
from ops_db.process.definition import AnyNode, ApprovalNode, TaskNode
from ops_db.process.state import Token
from ops_db.tickets.pauses import Move, course_of
from ops_db.timers.planning import due_again_at, planned_timers, remaining_minutes


@dataclass(frozen=True, slots=True)
class Promised:
    """What a ticket was promised, in working minutes by target, and what stopped its clock since, in order.

    `running_reasons` are those of pauses that do not stop the clock of a target.
    """

    reported_at: dt.datetime
    minutes: Mapping[SlaTarget, int | None]
    moves: Sequence[Move]
    running_reasons: Mapping[SlaTarget, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, ticket: Any, moves: Sequence[Move]) -> Promised:
        """That of a row with a column of minutes, and one of reasons, for each target."""
        minutes = {target: getattr(ticket, f"{target.value}_minutes") for target in SlaTarget}
        reasons = {
            target: frozenset((getattr(ticket, f"{target.value}_running_reasons") or "").split(","))
            for target in SlaTarget
        }
        return cls(ticket.reported_at, minutes, moves, reasons)

    def due_at(
        self, target: SlaTarget, working: WorkingTime, *, known_at: dt.datetime | None = None
    ) -> dt.datetime | None:
        """By when, as far as was known at an instant (None = by all that happened); None where nothing is promised."""
        minutes = self.minutes.get(target)
        if minutes is None:
            return None
        happened = [move for move in self.moves if known_at is None or move.occurred_at <= known_at]
        running = self.running_reasons.get(target, frozenset())
        course = course_of(self.reported_at, happened, running_reasons=running)
        return working.deadline(course.start, minutes, course.pauses)


class OpenStep(NamedTuple):
    """An open task as its row is; `is_first` says that the ticket was opened with it."""

    id: str
    node_key: str
    opened_at: dt.datetime
    due_at: dt.datetime | None
    is_first: bool


class WaitingTimer(NamedTuple):
    """A timer that is planned, or held for `remaining_minutes`, as its row is."""

    id: str
    task_id: str
    timer_key: str
    due_at: dt.datetime
    remaining_minutes: float | None


class Standing(NamedTuple):
    """When a timer is due, and what is left of it while it is held; None = it runs."""

    due_at: dt.datetime
    remaining_minutes: float | None


def target_of(node: AnyNode | None, *, is_first: bool) -> SlaTarget | None:
    """Which promise makes a step due: the answer at the first, arrival at one with a visit, else the repair."""
    if not isinstance(node, TaskNode | ApprovalNode):
        return None
    if is_first:
        return SlaTarget.ACKNOWLEDGE
    return SlaTarget.ARRIVE if isinstance(node, TaskNode) and node.has_visits else SlaTarget.RESOLVE


def step_due_at(step: OpenStep, node: AnyNode | None, promised: Promised, working: WorkingTime) -> dt.datetime | None:
    """By when an open step is due; one that had no due time gets none."""
    target = target_of(node, is_first=step.is_first)
    if target is None or step.due_at is None:
        return step.due_at
    return promised.due_at(target, working) or step.due_at


def timer_standing(
    timer: WaitingTimer, step: OpenStep, node: AnyNode, promised: Promised, working: WorkingTime
) -> Standing | None:
    """When a timer is due after every pause of its step; None where its node does not know it any more."""
    target = target_of(node, is_first=step.is_first)
    due_at = promised.due_at(target, working, known_at=step.opened_at) if target and step.due_at else None
    planned = planned_timers(Token(step.id, step.node_key), node, now=step.opened_at, due_at=due_at, working=working)
    first = next((one for one in planned if one.timer_key == timer.timer_key), None)
    if first is None:
        return None
    due, left, is_working = first.due_at, None, first.is_working_time
    for move in promised.moves:
        if move.occurred_at < step.opened_at:
            continue
        if move.kind == "ticket:pause":
            left = remaining_minutes(due, is_working_time=is_working, now=move.occurred_at, working=working)
        elif left is not None:
            due = due_again_at(left, is_working_time=is_working, now=move.occurred_at, working=working)
            left = None
    return Standing(due, left)

"""Counting the due times of running tickets anew by the calendar as it is: looked at first, then done in parts.

Every open ticket of a calendar is counted, the paused and the overdue ones too, with its open steps and the timers that
wait. What happened stays: a timer that has fired does not fire again, and what was late when it ended stays late. What
is counted anew by an unchanged calendar comes out as it stands, so it can be done as often as one likes.
"""

from __future__ import annotations

import datetime as dt
import heapq
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, SlaTarget
from core.working_time import WorkingTime
from ops_db import audit
from ops_db.actor import Actor
from ops_db.clock import recounting_repository as repository
from ops_db.clock import years
from ops_db.clock.service import changeable
from ops_db.errors import InvalidInput
from ops_db.process.definition import Definition
from ops_db.tickets import promises
from ops_db.tickets.due_times import OpenStep, Promised, WaitingTimer, step_due_at, timer_standing
from ops_db.tickets.pauses import moves_of
from ops_db.tickets.standing import known_definition

PART: Final = 200
"""Tickets of one transaction: about a second."""

_FURTHEST: Final = 10
_TRIES: Final = 3
_ALIKE: Final = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Recounted:
    """A ticket of which something is due at another time; steps and timers are those that move."""

    row: Row[Any]
    due_at: dt.datetime | None
    steps: tuple[tuple[OpenStep, dt.datetime], ...]
    timers: tuple[tuple[WaitingTimer, dt.datetime, float | None], ...]

    @property
    def moves_by(self) -> dt.timedelta:
        """How far that of its times moves which moves furthest; its own first, as that is what people look at."""
        if self.due_at is not None and self.due_at != self.row.resolve_due_at:
            found: dt.timedelta = self.due_at - self.row.resolve_due_at
            return found
        others = [due - step.due_at for step, due in self.steps if step.due_at is not None]
        others += [due - timer.due_at for timer, due, _ in self.timers]
        return max(others, key=abs, default=dt.timedelta())


@dataclass(frozen=True, slots=True)
class Preview:
    """What counting anew would do: of `total` running tickets `moved` move.

    `furthest` are those among them that move furthest and that whoever looks may read.
    """

    total: int
    moved: int
    step_count: int
    timer_count: int
    furthest: tuple[Recounted, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part did; `after` is the number the next one begins beyond, `passed` those others were moving."""

    looked: int
    moved: int
    passed: int
    after: str
    left: int


async def preview(connection: AsyncConnection, code: str, *, actor: Actor) -> Preview:
    """What would move; raises NotFound, NotPermitted."""
    await changeable(connection, code, actor=actor)
    total = moved = step_count = timer_count = 0
    furthest: list[tuple[float, str, Recounted]] = []
    promises.forget(connection, code)
    async for looked, found in _every(connection, code):
        total += looked
        moved += len(found)
        step_count += sum(len(one.steps) for one in found)
        timer_count += sum(len(one.timers) for one in found)
        shown = (one for one in found if actor.may(Permission.TICKET_READ, one.row.project_id))
        by_length = ((abs(one.moves_by.total_seconds()), one.row.number, one) for one in shown)
        furthest = heapq.nlargest(_FURTHEST, [*furthest, *by_length])
    return Preview(total, moved, step_count, timer_count, tuple(one for _, _, one in furthest))


async def recount_part(
    connection: AsyncConnection,
    code: str,
    *,
    reason: str,
    after: str,
    actor: Actor,
    now: dt.datetime,
    most: int = PART,
) -> Part:
    """Count the next tickets beyond the number `after` anew; each that moves gets an event with the reason.

    Raises NotFound, NotPermitted, InvalidInput.
    """
    await changeable(connection, code, actor=actor)
    if not reason.strip():
        raise InvalidInput("Say why deadlines are counted anew; each ticket keeps the reason.", fields=("reason",))
    promises.forget(connection, code)
    working = await promises.working_time(connection, code)
    moved = waiting = 0
    rows: list[Row[Any]] = []
    for _ in range(_TRIES):
        rows = await repository.running(connection, code=code, after=after, most=most)
        found = await _counted(connection, rows, working)
        done = await _move(connection, found, reason=reason.strip(), actor=actor, now=now)
        moved, waiting = moved + done, len(found) - done
        if not waiting:
            break
    last = rows[-1].number if rows else after
    left = await repository.left(connection, code=code, after=last) if rows else 0
    if moved:
        detail = {"code": code, "tickets": moved, "reason": reason.strip()}
        await audit.note(
            connection, actor=actor, deed="calendar:recompute", now=now, object_kind="calendar", detail=detail
        )
    if not left:
        await years.keep_counted(connection, code, now=now)
    return Part(len(rows), moved, waiting, last, left)


async def _every(connection: AsyncConnection, code: str) -> AsyncIterator[tuple[int, list[Recounted]]]:
    """Part after part of the running tickets: how many were looked at, and those that would move."""
    working, after = await promises.working_time(connection, code), ""
    while rows := await repository.running(connection, code=code, after=after, most=PART):
        yield len(rows), await _counted(connection, rows, working)
        after = rows[-1].number


async def _counted(connection: AsyncConnection, rows: Sequence[Row[Any]], working: WorkingTime) -> list[Recounted]:
    counted = []
    for row in rows:
        known = await known_definition(connection, row.process_definition_id)
        counted.append(recounted(row, known.definition, working))
    return [one for one in counted if one.due_at != one.row.resolve_due_at or one.steps or one.timers]


def recounted(row: Any, definition: Definition, working: WorkingTime) -> Recounted:
    """A running ticket with what of it is due at another time; whatever had no due time gets none."""
    promised = Promised.of(row, moves_of(row.moves))
    due_at = promised.due_at(SlaTarget.RESOLVE, working) if row.resolve_due_at is not None else None
    steps = {
        id: OpenStep(id, node, _instant(opened), _instant(due) if due else None, is_first)
        for id, node, opened, due, is_first in row.steps
    }
    moved_steps = []
    for step in steps.values():
        due = step_due_at(step, definition.by_key.get(step.node_key), promised, working)
        if due is not None and due != step.due_at:
            moved_steps.append((step, due))
    moved_timers = []
    for id, task_id, key, timer_due, left in row.timers:
        timer = WaitingTimer(id, task_id, key, _instant(timer_due), left)
        here = steps.get(task_id)
        node = definition.by_key.get(here.node_key) if here else None
        standing = timer_standing(timer, here, node, promised, working) if here and node else None
        if standing is not None and _is_elsewhere(timer, standing.due_at, standing.remaining_minutes):
            moved_timers.append((timer, standing.due_at, standing.remaining_minutes))
    return Recounted(row, due_at or row.resolve_due_at, tuple(moved_steps), tuple(moved_timers))


def _is_elsewhere(timer: WaitingTimer, due_at: dt.datetime, left: float | None) -> bool:
    if (timer.remaining_minutes is None) != (left is None):
        # Held or not is what its ticket says; only the time is counted here.
        return False
    if timer.remaining_minutes is not None and left is not None:
        return abs(timer.remaining_minutes - left) * 60 >= _ALIKE.total_seconds()
    return abs(timer.due_at - due_at) >= _ALIKE


async def _move(
    connection: AsyncConnection, found: Sequence[Recounted], *, reason: str, actor: Actor, now: dt.datetime
) -> int:
    if not found:
        return 0
    tickets, steps, timers = [], [], []
    for one in found:
        ticket_id = str(one.row.id)
        payload: dict[str, Any] = {"reason": reason, "steps": len(one.steps), "timers": len(one.timers)}
        if one.due_at != one.row.resolve_due_at:
            payload |= {"before": one.row.resolve_due_at.isoformat(), "after": _written(one.due_at)}
        tickets.append(
            {"id": ticket_id, "version": one.row.version, "due_at": _written(one.due_at), "payload": payload}
        )
        steps += [{"id": step.id, "ticket_id": ticket_id, "due_at": _written(due)} for step, due in one.steps]
        timers += [
            {"id": timer.id, "ticket_id": ticket_id, "due_at": _written(due), "remaining_minutes": left}
            for timer, due, left in one.timers
        ]
    done = await repository.move(
        connection,
        tickets=json.dumps(tickets, ensure_ascii=False),
        steps=json.dumps(steps),
        timers=json.dumps(timers),
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        now=now,
    )
    return len(done)


def _written(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)

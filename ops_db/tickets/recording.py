"""Writing a step of the process down: events, tasks, signatures, timers and notices, in one guarded statement."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.process_vocabulary import TaskKind
from core.vocabulary import Role, SlaTarget, TicketState
from core.working_time import WorkingTime
from ops_db.actor import Actor
from ops_db.errors import ReferenceUnknown
from ops_db.notices.composing import notice_rows
from ops_db.process.definition import AnyNode, ApprovalNode, Definition, TaskNode
from ops_db.process.state import ChangedSigner, EndedToken, Event, Step, Token
from ops_db.tickets import change_repository, promises, repository
from ops_db.tickets.change_repository import PARTS
from ops_db.tickets.due_times import OpenStep, Promised, step_due_at
from ops_db.tickets.facts import kept
from ops_db.tickets.pauses import Move, moves_of
from ops_db.tickets.standing import Standing
from ops_db.tickets.visit_recording import subject_of, write_rating, write_visit
from ops_db.timers.pausing import moved_rows
from ops_db.timers.planning import planned_timers

_FOREIGN_KEY_VIOLATION: Final = "23503"


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement that writes a step takes: its parameters, and which parts it needs besides the events."""

    values: dict[str, Any]
    parts: tuple[str, ...]
    has_data: bool


@dataclass(frozen=True, slots=True)
class Due:
    """When the steps opened are due, those with a visit apart, and the calendar that timers count by."""

    step_at: dt.datetime | None
    visit_at: dt.datetime | None
    working: WorkingTime | None

    def at(self, node: AnyNode) -> dt.datetime | None:
        """When a step at `node` is due."""
        if isinstance(node, TaskNode):
            return self.visit_at if node.has_visits else self.step_at
        return self.step_at if isinstance(node, ApprovalNode) else None


def rows_of_step(
    step: Step, definition: Definition, *, actor: Actor, now: dt.datetime, due: Due, given: Mapping[str, Any]
) -> Rows:
    """The rows of a step; `given` is what of its data stays known to the process."""
    lists = {
        "opened": [_opened_row(token, definition, due) for token in step.opened],
        "altered": [*map(_ended_row, step.ended), *map(_altered_row, step.changed)],
        "signers": [_signer_row(changed) for changed in step.signers],
        "timers": _timer_rows(step, definition, due, now=now),
        "notices": notice_rows(step, definition),
    }
    values = {
        "state": step.state.ticket_state.value,
        "node_key": step.state.node_key,
        "owner_status": step.owner_status.value,
        "version": step.state.version,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "now": now,
        "events": _json(event_rows(step, actor)),
        "process_data": _json(given),
    }
    written = {name: _json(rows) for name, rows in lists.items() if rows}
    return Rows(values | written, tuple(name for name in PARTS if name in written), bool(given))


def event_rows(step: Step, actor: Actor) -> list[dict[str, Any]]:
    """The rows of a step in the log of its ticket; the last says what the owner sees after it."""
    rows = [_event_row(event, step) for event in step.events]
    rows[-1]["payload"] |= {"owner_status": step.owner_status.value} | actor.marks
    return rows


async def write_change(
    connection: AsyncConnection,
    standing: Standing,
    step: Step,
    *,
    actor: Actor,
    now: dt.datetime,
    fired_id: UUID | None = None,
    answers: Mapping[str, Any] = MappingProxyType({}),
) -> bool:
    """Write a step of an existing ticket; False if somebody else was quicker and nothing was written.

    `fired_id` is the timer that made the step, which fires with it or not at all; `answers` are those of the
    step's form that stay known to the process. Raises ReferenceUnknown when the
    step names a technician or crew that does not exist.
    """
    is_open = step.state.ticket_state == TicketState.OPEN
    promised = await _promised(connection, standing, step, now=now)
    resolve_due_at = await _resolve_due_at(connection, standing, step, promised)
    due = await _due(connection, standing, step, promised, resolve_due_at)
    given = kept(event.data for event in step.events) | dict(answers)
    rows = rows_of_step(step, standing.definition, actor=actor, now=now, due=due, given=given)
    timers = await _timers_touched(connection, standing, step, now=now, fired_id=fired_id)
    timers |= await _steps_put_off(connection, standing, step, promised)
    values = (
        rows.values
        | timers
        | {
            "resolve_due_at": resolve_due_at,
            "id": standing.ticket.id,
            "version_before": standing.state.version,
            "state_before": standing.state.ticket_state.value,
            "pause_reason": step.state.pause_reason.value if step.state.pause_reason else None,
            "closed_at": None if is_open else max(now, standing.ticket.reported_at),
        }
    )
    parts = tuple(
        name for name in PARTS if name in rows.parts or name in timers or (name == "fired" and fired_id is not None)
    )
    with references_exist():
        if not await change_repository.change(connection, values, parts, has_data=rows.has_data):
            return False
    await write_visit(connection, standing, step, actor=actor, now=now)
    await write_rating(connection, standing, step, now=now)
    return True


async def _timers_touched(
    connection: AsyncConnection, standing: Standing, step: Step, *, now: dt.datetime, fired_id: UUID | None
) -> dict[str, Any]:
    """The parameters about timers planned before: those that fire, end with their step, or stand with the ticket."""
    if not standing.needs.has_timers:
        return {}
    touched: dict[str, Any] = {"fired_id": fired_id}
    if step.ended:
        touched |= {"ended_timers": True, "ended_ids": [ended.token.id for ended in step.ended]}
    kind = step.events[0].kind
    if kind in ("ticket:pause", "ticket:resume"):
        working = await promises.working_time(connection, standing.ticket.calendar_code)
        moved = await moved_rows(
            connection, standing.ticket.id, is_pause=kind == "ticket:pause", now=now, working=working
        )
        touched |= {"moved_timers": _json(moved)} if moved else {}
    return touched


async def _promised(
    connection: AsyncConnection, standing: Standing, step: Step, *, now: dt.datetime
) -> Promised | None:
    """What the ticket was promised and how its clock ran, as far as the step asks for it."""
    kind = step.events[0].kind
    if kind not in ("ticket:resume", "ticket:reopen") and not _opens_visit(standing, step):
        return None
    row = await repository.promised(connection, id=standing.ticket.id)
    now_moved = [Move(kind, now)] if kind in ("ticket:resume", "ticket:reopen") else []
    return Promised.of(row, [*moves_of(row.moves), *now_moved])


def _opens_visit(standing: Standing, step: Step) -> bool:
    nodes = (standing.definition.by_key[token.node_key] for token in step.opened)
    return any(isinstance(node, TaskNode) and node.has_visits for node in nodes)


async def _due(
    connection: AsyncConnection,
    standing: Standing,
    step: Step,
    promised: Promised | None,
    resolve_due_at: dt.datetime | None,
) -> Due:
    """A visit is due when arrival was promised, any other step when the ticket is."""
    is_visit, is_timed = _opens_visit(standing, step), standing.needs.has_timers and bool(step.opened)
    if not is_visit and not is_timed:
        return Due(resolve_due_at, None, None)
    working = await promises.working_time(connection, standing.ticket.calendar_code)
    visit_at = promised.due_at(SlaTarget.ARRIVE, working) if promised is not None and is_visit else None
    return Due(resolve_due_at, visit_at, working if is_timed else None)


async def _steps_put_off(
    connection: AsyncConnection, standing: Standing, step: Step, promised: Promised | None
) -> dict[str, Any]:
    """The parameter about open steps that are due later by the pause that ends."""
    if promised is None or step.events[0].kind != "ticket:resume":
        return {}
    working = await promises.working_time(connection, standing.ticket.calendar_code)
    moved = []
    for row in await repository.open_steps(connection, id=standing.ticket.id):
        one = OpenStep(str(row.id), row.node_key, row.opened_at, row.due_at, row.is_first)
        due_at = step_due_at(one, standing.definition.by_key.get(one.node_key), promised, working)
        if due_at != one.due_at and due_at is not None:
            moved.append({"id": one.id, "due_at": due_at.isoformat()})
    return {"due_steps": _json(moved)} if moved else {}


def _timer_rows(step: Step, definition: Definition, due: Due, *, now: dt.datetime) -> list[dict[str, Any]]:
    working = due.working
    if working is None:
        return []
    return [
        planned.row
        for token in step.opened
        for planned in planned_timers(
            token,
            definition.by_key[token.node_key],
            now=now,
            due_at=due.at(definition.by_key[token.node_key]),
            working=working,
        )
    ]


async def _resolve_due_at(
    connection: AsyncConnection, standing: Standing, step: Step, promised: Promised | None
) -> dt.datetime | None:
    """The promise as it is, put off by the pauses once the ticket is resumed, and anew once it is reopened."""
    if promised is None or step.events[0].kind not in ("ticket:resume", "ticket:reopen"):
        due_at: dt.datetime | None = standing.ticket.resolve_due_at
        return due_at
    working = await promises.working_time(connection, standing.ticket.calendar_code)
    return promised.due_at(SlaTarget.RESOLVE, working)


@contextmanager
def references_exist() -> Iterator[None]:
    """Turn a reference to nothing into a sentence."""
    try:
        yield
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != _FOREIGN_KEY_VIOLATION:
            raise
        raise ReferenceUnknown("The technician or crew named does not exist. Choose one from the list.") from error
    except DataError as error:
        raise ReferenceUnknown("An id in this request is malformed. Choose the entry from the list again.") from error


def _event_row(event: Event, step: Step) -> dict[str, Any]:
    return {
        "version": event.version,
        "kind": event.kind,
        "node_key": event.node_key,
        "task_id": event.token_id,
        "staff_id": subject_of(event, step),
        "payload": event.payload,
    }


def _opened_row(token: Token, definition: Definition, due: Due) -> dict[str, Any]:
    node = definition.by_key[token.node_key]
    due_at = due.at(node)
    return {
        "id": token.id,
        "node_key": token.node_key,
        "kind": TaskKind(node.kind).value,
        "role": _role(token, node),
        "fork": token.fork,
        "assignee_id": token.technician_id,
        "crew_id": token.crew_id,
        "due_at": due_at.isoformat() if due_at else None,
    }


def _role(token: Token, node: AnyNode) -> str:
    """Whose step it is: for a list of work; an approval counts as the first role's that it asks."""
    if isinstance(node, TaskNode):
        return token.role or node.role
    asked = (signer.role for signer in token.signers if signer.role)
    return next(asked, Role.SYSTEM.value)


def _signer_row(changed: ChangedSigner) -> dict[str, Any]:
    signer = changed.signer
    # The system decides too when time is up, and is no account.
    return signer._asdict() | {
        "task_id": changed.token_id,
        "decided_by": _account(signer.decided_by),
        "added_by": _account(signer.added_by),
    }


def _account(identity: str | None) -> str | None:
    try:
        return str(UUID(identity)) if identity else None
    except ValueError:
        return None


def _ended_row(ended: EndedToken) -> dict[str, Any]:
    is_done = ended.how == "completed"
    return _altered_row(ended.token) | {
        "state": "done" if is_done else "cancelled",
        "outcome": ended.choice if is_done else ended.how,
    }


def _altered_row(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "state": "open",
        "role": token.role,
        "assignee_id": token.technician_id,
        "crew_id": token.crew_id,
    }


def _json(rows: Any) -> str:
    return json.dumps(rows, ensure_ascii=False)

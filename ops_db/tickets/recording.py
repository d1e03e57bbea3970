"""Writing a step of the process down: events, tasks, visits, requests for an opinion."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import TicketState, VisitOutcome, VisitPurpose
from core.working_time import Pause
from ops_db.actor import Actor
from ops_db.errors import ReferenceUnknown
from ops_db.process.definition import Definition, TaskNode
from ops_db.process.state import EndedToken, Event, Step, Token
from ops_db.tickets import promises, repository
from ops_db.tickets.standing import Standing

SCORES: Final = ("process_score", "timeliness_score", "attitude_score")

_FOREIGN_KEY_VIOLATION = "23503"
_OUTCOME_OF_MILESTONE = {"surveyed": VisitOutcome.SURVEYED, "fixed": VisitOutcome.FIXED}


def rows_of_step(
    step: Step, definition: Definition, *, actor: Actor, now: dt.datetime, task_due_at: dt.datetime | None
) -> dict[str, Any]:
    """The parameters that every statement writing a step takes; `task_due_at` is when the steps opened are due."""
    events = [_event_row(event, step) for event in step.events]
    events[-1]["payload"] |= {"owner_status": step.owner_status.value}
    due_at = task_due_at.isoformat() if task_due_at else None
    return {
        "state": step.state.ticket_state.value,
        "node_key": step.state.node_key,
        "owner_status": step.owner_status.value,
        "version": step.state.version,
        "actor_kind": actor.kind.value,
        "actor_id": actor.id,
        "now": now,
        "events": json.dumps(events, ensure_ascii=False),
        "opened": json.dumps([_opened_row(token, definition) | {"due_at": due_at} for token in step.opened]),
    }


async def write_change(
    connection: AsyncConnection, standing: Standing, step: Step, *, actor: Actor, now: dt.datetime
) -> bool:
    """Write a step of an existing ticket; False if somebody else was quicker and nothing was written.

    Raises ReferenceUnknown when the step names a technician or crew that does not exist.
    """
    is_open = step.state.ticket_state == TicketState.OPEN
    resolve_due_at = await _resolve_due_at(connection, standing, step, now=now)
    task_due_at = await _task_due_at(connection, standing, step, resolve_due_at)
    values = rows_of_step(step, standing.definition, actor=actor, now=now, task_due_at=task_due_at) | {
        "resolve_due_at": resolve_due_at,
        "id": standing.ticket.id,
        "version_before": standing.state.version,
        "state_before": standing.state.ticket_state.value,
        "pause_reason": step.state.pause_reason.value if step.state.pause_reason else None,
        "closed_at": None if is_open else max(now, standing.ticket.reported_at),
        "altered": json.dumps([*map(_ended_row, step.ended), *map(_altered_row, step.changed)]),
    }
    with references_exist():
        if not await repository.change(connection, values):
            return False
    await _write_visit(connection, standing, step, actor=actor, now=now)
    await _write_rating(connection, standing, step, now=now)
    return True


async def _resolve_due_at(
    connection: AsyncConnection, standing: Standing, step: Step, *, now: dt.datetime
) -> dt.datetime | None:
    """The promise as it is, put off by the pauses once the ticket is resumed, and anew once it is reopened."""
    ticket, kind = standing.ticket, step.events[0].kind
    if kind not in ("ticket:resume", "ticket:reopen"):
        due_at: dt.datetime | None = ticket.resolve_due_at
        return due_at
    start: dt.datetime = ticket.reported_at
    pauses: list[Pause] = []
    for event in await repository.pause_events(connection, id=ticket.id) if kind == "ticket:resume" else ():
        if event.kind == "ticket:reopen":
            start, pauses = event.occurred_at, []
        elif event.kind == "ticket:pause":
            pauses.append((event.occurred_at, now))
        else:
            pauses[-1] = (pauses[-1][0], event.occurred_at)
    return await promises.due_at(
        connection,
        ticket.resolve_minutes,
        calendar_code=ticket.calendar_code,
        start=now if kind == "ticket:reopen" else start,
        pauses=pauses,
    )


async def _task_due_at(
    connection: AsyncConnection, standing: Standing, step: Step, resolve_due_at: dt.datetime | None
) -> dt.datetime | None:
    """A visit is due when arrival was promised, any other step when the ticket is."""
    if any(_task_node(standing.definition, token).has_visits for token in step.opened):
        ticket = standing.ticket
        return await promises.due_at(
            connection, ticket.arrive_minutes, calendar_code=ticket.calendar_code, start=ticket.reported_at
        )
    return resolve_due_at


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
        "staff_id": _subject(event, step),
        "payload": event.payload,
    }


def _subject(event: Event, step: Step) -> str | None:
    """The technician an event is about: the one named now, else the one whose task it was."""
    named: str | None = event.data.get("technician_id")
    if named is not None:
        return named
    tokens = [ended.token for ended in step.ended] + list(step.changed)
    return next((token.technician_id for token in tokens if token.id == event.token_id), None)


def _opened_row(token: Token, definition: Definition) -> dict[str, Any]:
    return {
        "id": token.id,
        "node_key": token.node_key,
        "role": token.role or _task_node(definition, token).role,
        "assignee_id": token.technician_id,
        "crew_id": token.crew_id,
    }


def _ended_row(ended: EndedToken) -> dict[str, Any]:
    is_done = ended.how == "completed"
    return _altered_row(ended.token) | {
        "state": "done" if is_done else "cancelled",
        "outcome": ended.choice if is_done else ended.how,
    }


def _altered_row(token: Token) -> dict[str, Any]:
    return {"id": token.id, "state": "open", "assignee_id": token.technician_id, "crew_id": token.crew_id}


def _task_node(definition: Definition, token: Token) -> TaskNode:
    node = definition.by_key[token.node_key]
    if not isinstance(node, TaskNode):
        raise TypeError(f"a token rests on {node.key}, which is no task")
    return node


def _purpose(definition: Definition, token: Token) -> VisitPurpose:
    milestones = {choice.milestone for choice in _task_node(definition, token).choices}
    return VisitPurpose.SURVEY if "surveyed" in milestones else VisitPurpose.REPAIR


async def _write_visit(
    connection: AsyncConnection, standing: Standing, step: Step, *, actor: Actor, now: dt.datetime
) -> None:
    visit = standing.ticket.visit
    for ended in step.ended:
        if visit and visit["task_id"] == ended.token.id:
            await repository.leave(connection, id=visit["id"], outcome=_outcome(ended, visit, step).value, now=now)
            visit = None
    event = step.events[0]
    if event.kind in ("visit:depart", "visit:arrive"):
        token = next(token for token in step.changed if token.id == event.token_id)
        technician_id = UUID(token.technician_id) if token.technician_id else actor.staff_id
        is_departure = event.kind == "visit:depart"
        if is_departure and visit and visit["arrived"]:
            await repository.leave(connection, id=visit["id"], outcome=VisitOutcome.NOT_FIXED.value, now=now)
            visit = None
        if visit:
            write = repository.depart if is_departure else repository.arrive
            await write(connection, id=visit["id"], technician_id=technician_id, now=now)
        else:
            await repository.add_visit(
                connection,
                ticket_id=standing.ticket.id,
                task_id=token.id,
                technician_id=technician_id,
                purpose=_purpose(standing.definition, token).value,
                **{"departed_at" if is_departure else "arrived_at": now},
            )
    elif "promised_from" in event.data:
        await _promise(connection, standing, step, event, visit)


async def _promise(
    connection: AsyncConnection, standing: Standing, step: Step, event: Event, visit: dict[str, Any] | None
) -> None:
    window = {"promised_from": event.data["promised_from"], "promised_to": event.data["promised_to"]}
    if dt.datetime.fromisoformat(window["promised_to"]) <= dt.datetime.fromisoformat(window["promised_from"]):
        raise ReferenceUnknown("The promised window ends before it begins. Give a later end.", fields=("promised_to",))
    if visit and not visit["departed"] and not visit["arrived"]:
        await repository.promise_visit(connection, id=visit["id"], **window)
        return
    for token in step.opened or step.changed:
        if _task_node(standing.definition, token).has_visits:
            await repository.add_visit(
                connection,
                ticket_id=standing.ticket.id,
                task_id=token.id,
                technician_id=token.technician_id,
                purpose=_purpose(standing.definition, token).value,
                **window,
            )


def _outcome(ended: EndedToken, visit: dict[str, Any], step: Step) -> VisitOutcome:
    milestone = next((event.milestone for event in step.events if event.token_id == ended.token.id), None)
    if ended.how == "completed" and milestone in _OUTCOME_OF_MILESTONE:
        return _OUTCOME_OF_MILESTONE[milestone]
    return VisitOutcome.NOT_FIXED if visit["arrived"] else VisitOutcome.NO_ACCESS


async def _write_rating(connection: AsyncConnection, standing: Standing, step: Step, *, now: dt.datetime) -> None:
    ticket_id: UUID = standing.ticket.id
    for event in step.events:
        if event.milestone == "fixed":
            technician_id = _subject(event, step)
            await repository.request_rating(
                connection, ticket_id=ticket_id, technician_id=UUID(technician_id) if technician_id else None, now=now
            )
        if SCORES[0] in event.data:
            scores = {name: event.data[name] for name in SCORES}
            await repository.rate(connection, ticket_id=ticket_id, now=now, comment=event.data.get("comment"), **scores)

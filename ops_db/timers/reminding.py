"""Reminders and reports upwards of many tickets in one statement: they move nothing but a version.

Each ticket keeps a guard of its own: one that somebody moved since it was read, or is moving at this moment, is left
alone, and so is a timer that is not planned any more. What is left is for the path that everything else takes.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.process_vocabulary import TimerAction
from ops_db.actor import SYSTEM
from ops_db.errors import DomainError
from ops_db.notices.composing import notice_rows
from ops_db.process import interpreter
from ops_db.process.definition import Definition
from ops_db.process.errors import ProcessError
from ops_db.process.state import Step
from ops_db.tickets import repository as tickets
from ops_db.tickets.recording import event_rows
from ops_db.tickets.standing import known_definition, state_of
from ops_db.timers import repository

TELLING: Final = frozenset({TimerAction.WARN.value, TimerAction.ESCALATE.value})
"""The actions of timers that only tell somebody."""


async def remind(connection: AsyncConnection, timers: Sequence[Row[Any]], *, now: dt.datetime) -> set[UUID]:
    """Let timers that only tell somebody fire together, one of each ticket at most; the ids of those that did."""
    standings = {row.id: row for row in await tickets.standings(connection, ids=[timer.ticket_id for timer in timers])}
    steps, events, notices = [], [], []
    for timer in timers:
        ticket = standings[timer.ticket_id]
        definition = (await known_definition(connection, ticket.process_definition_id)).definition
        step = _step(definition, ticket, timer)
        if step is None or step.ended or step.opened or step.changed or step.signers:
            continue
        whose = {"ticket_id": str(ticket.id)}
        steps.append(_step_row(step, ticket, timer))
        events += [whose | row for row in event_rows(step, SYSTEM)]
        notices += [whose | row for row in notice_rows(step, definition)]
    if not steps:
        return set()
    return await repository.fire_many(
        connection,
        steps=_json(steps),
        events=_json(events),
        notices=_json(notices),
        now=now,
        actor_kind=SYSTEM.kind.value,
        actor_id=SYSTEM.id,
    )


def _step(definition: Definition, ticket: Row[Any], timer: Row[Any]) -> Step | None:
    """What the timer does to its ticket; None where it may not, which the usual path words and keeps."""
    try:
        return interpreter.act(
            definition,
            state_of(ticket),
            "time_out",
            actor=SYSTEM.in_process(ticket.project_id),
            task=str(timer.task_id),
            data={"timer": timer.timer_key},
        )
    except (DomainError, ProcessError):
        return None


def _step_row(step: Step, ticket: Row[Any], timer: Row[Any]) -> dict[str, Any]:
    return {
        "timer_id": str(timer.id),
        "ticket_id": str(ticket.id),
        "version_before": ticket.version,
        "state_before": ticket.state,
        "version": step.state.version,
        "node_key": step.state.node_key,
        "owner_status": step.owner_status.value,
    }


def _json(rows: list[dict[str, Any]]) -> str:
    return json.dumps(rows, ensure_ascii=False)

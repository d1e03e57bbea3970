"""What dispatch does by itself when a ticket comes to a step that dispatches: assign, or offer to the crew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.vocabulary import Permission, Role
from core.work_vocabulary import DispatchMode
from ops_db.actor import SYSTEM
from ops_db.dispatch import repository
from ops_db.dispatch.ranking import Suggestion
from ops_db.dispatch.reason_words import kept
from ops_db.dispatch.suggesting import Plan, plan_for
from ops_db.process import interpreter
from ops_db.process.definition import Definition, TaskNode
from ops_db.process.node_parts import Choice
from ops_db.process.state import Actor as ProcessActor
from ops_db.process.state import Step, Token
from ops_db.process.transitions import TECHNICIAN
from ops_db.tickets.beside import write_beside
from ops_db.tickets.recording import write_change
from ops_db.tickets.standing import Standing, standing_of
from ops_db.visit_promises import service as visit_promises


def dispatch_choice(definition: Definition, node_key: str) -> Choice | None:
    """The choice by which a step hands the ticket to a technician; None at a step that does not dispatch."""
    node = definition.by_key.get(node_key)
    if not isinstance(node, TaskNode):
        return None
    named = node.dispatch_choice
    for choice in node.choices:
        if choice.key == named or (
            named is None
            and choice.milestone == "dispatched"
            and any(field.key == TECHNICIAN.key for field in choice.fields)
        ):
            return choice
    return None


async def after_step(
    connection: AsyncConnection, standing: Standing, step: Step, *, actor_id: UUID | None = None, now: dt.datetime
) -> bool:
    """Do what follows from a step just written; whether the ticket has moved on by that."""
    if step.events[0].kind == "visit:arrive":
        return await visit_promises.judge_arrival(connection, ticket_id=standing.ticket.id, actor_id=actor_id, now=now)
    return await after_opening(connection, standing.ticket.id, standing.definition, step.opened, now=now)


async def after_opening(
    connection: AsyncConnection, ticket_id: UUID, definition: Definition, opened: Iterable[Token], *, now: dt.datetime
) -> bool:
    """Dispatch the steps just opened that dispatch; whether the ticket has moved on by that."""
    is_moved = False
    for token in opened:
        choice = dispatch_choice(definition, token.node_key)
        if choice is not None:
            plan = await plan_for(connection, ticket_id, now=now)
            is_moved = await _dispatch(connection, ticket_id, token, choice, plan, now=now) or is_moved
    return is_moved


async def _dispatch(
    connection: AsyncConnection, ticket_id: UUID, token: Token, choice: Choice, plan: Plan, *, now: dt.datetime
) -> bool:
    best = plan.best
    if plan.rule is None or best is None:
        return False
    if plan.mode == DispatchMode.ASSIGN:
        return await _assign(connection, ticket_id, token, choice, plan, best, now=now)
    if plan.mode == DispatchMode.GRAB and plan.crew_id is not None:
        await repository.offer_to_crew(connection, task_id=UUID(token.id), crew_id=plan.crew_id)
        payload = _payload(plan, best) | {"crew_id": str(plan.crew_id)}
        await _write(connection, ticket_id, token, "dispatch:offer", payload, staff_id=None, now=now)
        return True
    return False


async def _assign(
    connection: AsyncConnection,
    ticket_id: UUID,
    token: Token,
    choice: Choice,
    plan: Plan,
    best: Suggestion,
    *,
    now: dt.datetime,
) -> bool:
    """Complete the step for the technician who fits best. The system acts in the role whose step it is."""
    row = await repository.of_ticket(connection, id=ticket_id)
    standing = await standing_of(connection, row.number, actor=SYSTEM, permission=Permission.TICKET_READ)
    node = standing.definition.tasks[token.node_key]
    step = interpreter.act(
        standing.definition,
        standing.state,
        "complete",
        actor=ProcessActor.of(Role.SYSTEM, node.role),
        task=token.id,
        choice=choice.key,
        data={TECHNICIAN.key: str(best.candidate.staff_id)},
        facts=standing.facts,
        new_id=lambda: str(uuid7()),
    )
    if not await write_change(connection, standing, step, actor=SYSTEM, now=now):
        return False
    staff_id = best.candidate.staff_id
    await _write(connection, ticket_id, token, "dispatch:assign", _payload(plan, best), staff_id=staff_id, now=now)
    return True


def _payload(plan: Plan, best: Suggestion) -> dict[str, Any]:
    return {
        "rule_id": str(plan.rule.id) if plan.rule else None,
        "position": plan.rule.position if plan.rule else None,
        "name": best.candidate.name,
        "points": best.points,
        "reasons": kept(best.reasons),
        "considered": len(plan.suggestions),
    }


async def _write(
    connection: AsyncConnection,
    ticket_id: UUID,
    token: Token,
    kind: str,
    payload: dict[str, Any],
    *,
    staff_id: UUID | None,
    now: dt.datetime,
) -> None:
    await write_beside(
        connection,
        ticket_id=ticket_id,
        kind=kind,
        node_key=token.node_key,
        task_id=UUID(token.id),
        actor_kind=SYSTEM.kind,
        staff_id=staff_id,
        now=now,
        payload=payload,
    )

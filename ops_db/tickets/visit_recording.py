"""Writing down what a step means for the trips to the home and for the owner's opinion."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import VisitOutcome, VisitPurpose
from ops_db.actor import Actor
from ops_db.errors import ReferenceUnknown
from ops_db.process.definition import Definition, TaskNode
from ops_db.process.state import EndedToken, Event, Step, Token
from ops_db.tickets import visit_repository
from ops_db.tickets.standing import Standing

SCORES: Final = ("process_score", "timeliness_score", "attitude_score")

_OUTCOME_OF_MILESTONE = {"surveyed": VisitOutcome.SURVEYED, "fixed": VisitOutcome.FIXED}


def subject_of(event: Event, step: Step) -> str | None:
    """The technician an event is about: the one named now, else the one whose task it was."""
    named: str | None = event.data.get("technician_id")
    if named is not None:
        return named
    tokens = [ended.token for ended in step.ended] + list(step.changed)
    return next((token.technician_id for token in tokens if token.id == event.token_id), None)


def _task_node(definition: Definition, token: Token) -> TaskNode:
    node = definition.by_key[token.node_key]
    if not isinstance(node, TaskNode):
        raise TypeError(f"a token rests on {node.key}, which is no task")
    return node


def _purpose(definition: Definition, token: Token) -> VisitPurpose:
    milestones = {choice.milestone for choice in _task_node(definition, token).choices}
    return VisitPurpose.SURVEY if "surveyed" in milestones else VisitPurpose.REPAIR


async def write_visit(
    connection: AsyncConnection, standing: Standing, step: Step, *, actor: Actor, now: dt.datetime
) -> None:
    """Write the trip that a step promises, begins or ends."""
    visit = standing.ticket.visit
    for ended in step.ended:
        if visit and visit["task_id"] == ended.token.id:
            outcome = _outcome(ended, visit, step)
            await visit_repository.leave(connection, id=visit["id"], outcome=outcome.value, now=now)
            visit = None
    event = step.events[0]
    if event.kind in ("visit:depart", "visit:arrive"):
        token = next(token for token in step.changed if token.id == event.token_id)
        technician_id = UUID(token.technician_id) if token.technician_id else actor.staff_id
        if actor.behalf is not None and actor.staff_id is not None:
            # Whoever stands at the door is the deputy, whatever the plan says.
            technician_id = actor.staff_id
        is_departure = event.kind == "visit:depart"
        if is_departure and visit and visit["arrived"]:
            await visit_repository.leave(connection, id=visit["id"], outcome=VisitOutcome.NOT_FIXED.value, now=now)
            visit = None
        if visit:
            write = visit_repository.depart if is_departure else visit_repository.arrive
            await write(connection, id=visit["id"], technician_id=technician_id, now=now)
        else:
            await visit_repository.add_visit(
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
        await visit_repository.promise_visit(connection, id=visit["id"], **window)
        return
    for token in step.opened or step.changed:
        node = standing.definition.by_key[token.node_key]
        if isinstance(node, TaskNode) and node.has_visits:
            await visit_repository.add_visit(
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


async def write_rating(connection: AsyncConnection, standing: Standing, step: Step, *, now: dt.datetime) -> None:
    """Ask for an opinion after a repair, and write down the one a step gives."""
    ticket_id: UUID = standing.ticket.id
    for event in step.events:
        if event.milestone == "fixed":
            technician_id = subject_of(event, step)
            await visit_repository.request_rating(
                connection, ticket_id=ticket_id, technician_id=UUID(technician_id) if technician_id else None, now=now
            )
        if SCORES[0] in event.data:
            scores = {name: event.data[name] for name in SCORES}
            comment = event.data.get("comment")
            await visit_repository.rate(connection, ticket_id=ticket_id, now=now, comment=comment, **scores)

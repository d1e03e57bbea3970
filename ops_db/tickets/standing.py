"""Where a ticket stands: its row as the process engine's state and facts, and the definition it runs on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.process_vocabulary import TaskKind
from core.vocabulary import ActorKind, PauseReason, Permission, TicketState
from ops_db.actor import Actor
from ops_db.errors import NotFound, VersionConflict
from ops_db.process.definition import Definition
from ops_db.process.loading import published_definition
from ops_db.process.state import Signer, State, Token
from ops_db.tickets import repository
from ops_db.tickets.facts import Needs, needs_of, read_facts
from ops_db.tickets.subject import Subject


class Known(NamedTuple):
    """A published version, and what running it takes."""

    definition: Definition
    needs: Needs


_known: dict[UUID, Known] = {}


@dataclass(frozen=True, slots=True)
class Standing:
    """A ticket at this moment: its row, its definition, and both as the engine wants them."""

    ticket: Row[Any]
    definition: Definition
    needs: Needs
    state: State
    facts: dict[str, Any]

    def summary(self) -> dict[str, Any]:
        """What somebody needs who acted on an older version."""
        ticket = self.ticket
        return {name: getattr(ticket, name) for name in ("number", "version", "state", "node_key", "owner_status")}


async def standing_of(
    connection: AsyncConnection, number: str | None = None, *, actor: Actor, permission: Permission
) -> Standing:
    """The ticket, if it exists and the actor holds `permission` in its project; otherwise NotFound, either way.

    An owner needs no number: the link stands for one ticket.
    """
    if actor.kind == ActorKind.OWNER:
        ticket = await repository.standing(connection, id=actor.ticket_id, project_ids=None)
    else:
        ticket = await repository.standing(connection, number=number, project_ids=actor.scope(permission))
    if ticket is None:
        raise NotFound("There is no ticket {number} in your projects.", number=number or "")
    definition, needs = await known_definition(connection, ticket.process_definition_id)
    facts = _facts(ticket) | await read_facts(connection, needs, _subject(ticket))
    return Standing(ticket, definition, needs, state_of(ticket), facts)


async def known_definition(connection: AsyncConnection, id: UUID) -> Known:
    """One published version and what it needs. It never changes, so each process reads it once."""
    known = _known.get(id)
    if known is None:
        row = await repository.definition(connection, id=id)
        definition = published_definition(row.definition)
        known = _known[id] = Known(definition, needs_of(definition))
    return known


async def conflict(connection: AsyncConnection, standing: Standing, *, actor: Actor) -> VersionConflict:
    """The refusal of an action that came too late, with the ticket as it is now."""
    fresh = await standing_of(connection, standing.ticket.number, actor=actor, permission=Permission.TICKET_READ)
    last = await repository.last_event(connection, id=fresh.ticket.id)
    current = fresh.summary() | {"last_event": last._asdict()}
    return VersionConflict(
        "Ticket {number} was changed meanwhile. Look at it again and repeat the action if it still applies.",
        number=fresh.ticket.number,
        current=current,
    )


def state_of(ticket: Row[Any]) -> State:
    """The row of a ticket as the engine's state."""
    tokens = tuple(_token(task, ticket.visit) for task in ticket.tasks)
    pause_reason = PauseReason(ticket.pause_reason) if ticket.pause_reason else None
    return State(tokens, TicketState(ticket.state), pause_reason, ticket.version)


def _token(task: dict[str, Any], visit: dict[str, Any] | None) -> Token:
    return Token(
        task["id"],
        task["node_key"],
        task["technician_id"],
        task["crew_id"],
        _visit_state(visit) if visit and visit["task_id"] == task["id"] else None,
        task["fork"],
        task["role"] if task["kind"] == TaskKind.TASK else None,
        tuple(Signer(**signer) for signer in task["signers"] or ()),
    )


def _visit_state(visit: dict[str, Any]) -> Any:
    if visit["arrived"]:
        return "arrived"
    return "departed" if visit["departed"] else None


def _subject(ticket: Row[Any]) -> Subject:
    return Subject(
        ticket.id,
        ticket.project_id,
        ticket.building_id,
        ticket.unit_id,
        ticket.category_code,
        ticket.component_code,
        ticket.defect_code,
        ticket.severity,
        ticket.reported_at,
    )


def _facts(ticket: Row[Any]) -> dict[str, Any]:
    names = ("project_code", "building_code", "severity", "channel", "category_code", "component_code", "defect_code")
    facts = ticket.process_data | {name: getattr(ticket, name) for name in names}
    facts |= {"is_public_area": ticket.unit_id is None, **(ticket.last_assignment or {})}
    return {name: value for name, value in facts.items() if value is not None}

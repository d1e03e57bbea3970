"""Whose deed it is: a deputy acts for themselves where that suffices, else for the one person whose rights they need.

The rights of two people never add up: what neither of them may do alone, with their own roles in the ticket's project
and what was given to them in person, nobody may do by standing in.
"""

from __future__ import annotations

from uuid import UUID

from core.vocabulary import ActorKind, Permission
from ops_db.actor import Actor
from ops_db.process.offers import allowed_actions
from ops_db.process.state import Action
from ops_db.tickets.standing import Standing


def persons(actor: Actor, project_id: UUID) -> tuple[Actor, ...]:
    """The actor alone, and as each person they stand in for, as far as each may act on tickets of the project."""
    if actor.kind not in (ActorKind.ACCOUNT, ActorKind.TOKEN):
        return (actor,)
    each = (actor.with_grants_of(account_id) for account_id in (None, *actor.stands_in_for))
    return tuple(one for one in each if one.may(Permission.TICKET_ACT, project_id))


def offers_to(standing: Standing, actor: Actor) -> tuple[Action, ...]:
    """Everything the actor may do with a ticket, for themselves or for somebody they stand in for; each once."""
    project_id = standing.ticket.project_id
    found: dict[tuple[str, str | None, str | None], Action] = {}
    for person in persons(actor, project_id):
        offered = allowed_actions(
            standing.definition, standing.state, actor=person.in_process(project_id), facts=standing.facts
        )
        for one in offered:
            found.setdefault((one.name, one.token_id, one.choice), one)
    return tuple(found.values())


def as_whom(actor: Actor, standing: Standing, *, action: str, task_id: UUID | None, choice: str | None) -> Actor:
    """The actor as the first person to whom this is offered; where it is offered to none, as themselves."""
    if not actor.stands_in_for:
        return actor
    project_id = standing.ticket.project_id
    for person in persons(actor, project_id):
        offered = allowed_actions(
            standing.definition, standing.state, actor=person.in_process(project_id), facts=standing.facts
        )
        if any(
            one.name == action
            and one.choice == choice
            and task_id in (None, UUID(one.token_id) if one.token_id else None)
            for one in offered
        ):
            return person
    return actor.with_grants_of(None)

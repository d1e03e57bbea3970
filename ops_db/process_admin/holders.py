"""Steps that nobody could do: a published process asks for a role that no account holds where its tickets come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, Role
from ops_db.actor import Actor
from ops_db.areas.gaps import Held
from ops_db.process.definition import ApprovalNode, Definition, TaskNode
from ops_db.process.text import Text
from ops_db.process_admin import repository, rule_repository
from ops_db.tickets.opening import DEFAULT_PROCESS
from ops_db.tickets.standing import known_definition

_NOBODYS: Final = frozenset({Role.OWNER.value, Role.SYSTEM.value})
_NOT_HELD: Final = Held()


@dataclass(frozen=True, slots=True)
class Unheld:
    """A step and the roles that could do it, none of which anybody holds; `project_name` where a rule is for one."""

    step: Text
    roles: tuple[Text, ...]
    project_name: str | None


@dataclass(frozen=True, slots=True)
class Lacking:
    """What keeps a process from being done; `is_taken` is false while no rule leads to it."""

    key: str
    title: Text
    is_taken: bool
    steps: tuple[Unheld, ...]


async def lacking(connection: AsyncConnection, *, actor: Actor) -> list[Lacking]:
    """The published processes with a step that nobody could do, as far as rules of the actor's projects lead there."""
    actor.require(Permission.PROCESS_MANAGE)
    held, names = {}, {}
    for row in await rule_repository.holders(connection):
        held[row.code] = Held(row.everywhere, frozenset(row.project_ids))
        names[row.code] = Text(zh=row.name_zh, en=row.name_en)
    places: dict[str, dict[UUID | None, str | None]] = {DEFAULT_PROCESS: {None: None}}
    scope = actor.scope(Permission.PROCESS_MANAGE)
    for rule in await rule_repository.rules(connection):
        if scope is not None and rule.project_id is not None and rule.project_id not in scope:
            continue
        places.setdefault(rule.process_key, {})[rule.project_id] = rule.project_name
    found = []
    for row in await repository.published(connection):
        definition = (await known_definition(connection, row.id)).definition
        here = places.get(row.key, {None: None})
        steps = tuple(
            Unheld(title, tuple(names.get(role, Text(zh=role, en=role)) for role in roles), name)
            for project_id, name in here.items()
            for title, roles in unheld(definition, held, project_id)
        )
        if steps:
            found.append(Lacking(row.key, Text.model_validate(row.title), row.key in places, steps))
    return found


def unheld(
    definition: Definition, held: Mapping[str, Held], project_id: UUID | None
) -> Iterator[tuple[Text, Sequence[str]]]:
    """Each step whose roles nobody holds in the project, or anywhere if none is named, with those roles."""
    for node in definition.nodes:
        if isinstance(node, TaskNode):
            asked: list[tuple[str, ...]] = [(node.role, *node.deputies)]
        elif isinstance(node, ApprovalNode):
            asked = [(role,) for one in node.approvers if (role := one.role or one.person)]
        else:
            continue
        for roles in asked:
            if _NOBODYS.isdisjoint(roles) and not any(
                _is_held(held.get(role, _NOT_HELD), project_id) for role in roles
            ):
                yield node.title, roles


def _is_held(held: Held, project_id: UUID | None) -> bool:
    return held.somewhere() if project_id is None else held.in_project(project_id)

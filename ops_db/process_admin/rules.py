"""The rules that say which process a new ticket takes: the first, by position, of which everything named is true.

A rule that names a project belongs to it and is changed by whoever manages it; one that names none counts in every
project. Rules of other projects are not shown: they are true of no ticket of the reader's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.vocabulary import Permission, Severity, Trade
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import NotFound, NotPermitted, ReferenceUnknown
from ops_db.process_admin import repository, rule_repository
from ops_db.tickets.opening import DEFAULT_PROCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """What a rule asks of a ticket, or what a ticket is; None means that it does not matter, or is not known."""

    project_id: UUID | None = None
    area_id: UUID | None = None
    trade: Trade | None = None
    category_code: str | None = None
    is_public_area: bool | None = None
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, with the names of what it names."""

    id: UUID
    position: int
    conditions: Conditions
    process_key: str
    project_name: str | None
    area_name: str | None
    category_name_zh: str | None
    category_name_en: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Which process a ticket would take, and by which rule; None means that no rule fits and the default is taken."""

    process_key: str
    rule: Rule | None


async def rules(connection: AsyncConnection, *, actor: Actor) -> list[Rule]:
    """The rules that count in the actor's projects, in their order."""
    actor.require(Permission.PROCESS_MANAGE)
    return [_rule(row) for row in await rule_repository.rules(connection) if _is_seen(row.project_id, actor)]


def is_changeable(rule: Rule, *, actor: Actor) -> bool:
    """Whether the actor may change, move or remove a rule they see."""
    return actor.scope(Permission.PROCESS_MANAGE) is None or rule.conditions.project_id is not None


async def places(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The actor's projects, and the areas a rule may name, with `kind`, `id`, `code` and `name`."""
    actor.require(Permission.PROCESS_MANAGE)
    found = await rule_repository.places(connection)
    return [one for one in found if one.kind != "project" or _is_seen(one.id, actor)]


async def which_process(connection: AsyncConnection, ticket: Conditions, *, actor: Actor) -> Answer:
    """Which process such a ticket would take now: the question that opening one asks, put to the same rules.

    Raises ReferenceUnknown for a project that is none of the actor's.
    """
    if ticket.project_id is not None and not _is_seen(ticket.project_id, actor):
        raise _unknown_reference()
    known = {rule.id: rule for rule in await rules(connection, actor=actor)}
    id = await rule_repository.first_that_fits(connection, values=_terms(ticket))
    rule = known.get(id) if id else None
    return Answer(rule.process_key if rule else DEFAULT_PROCESS, rule)


async def add_rule(
    connection: AsyncConnection, conditions: Conditions, *, actor: Actor, process_key: str, now: dt.datetime
) -> UUID:
    """Add a rule after the last one; raises ReferenceUnknown, NotPermitted."""
    _require_place(conditions.project_id, actor)
    await rule_repository.lock(connection)
    await _require_published(connection, process_key)
    id = uuid7()
    try:
        async with connection.begin_nested():
            await rule_repository.add(connection, id=id, values=_values(conditions, process_key))
    except IntegrityError as error:
        raise _unknown_reference() from error
    await _note(connection, "process_rule:add", id, actor=actor, now=now, process_key=process_key)
    return id


async def change_rule(
    connection: AsyncConnection, id: UUID, conditions: Conditions, *, actor: Actor, process_key: str, now: dt.datetime
) -> None:
    """Change a rule where it stands; raises NotFound, ReferenceUnknown, NotPermitted."""
    await _changeable(connection, id, actor=actor)
    _require_place(conditions.project_id, actor)
    await _require_published(connection, process_key)
    try:
        async with connection.begin_nested():
            is_changed = await rule_repository.change(connection, id=id, values=_values(conditions, process_key))
    except IntegrityError as error:
        raise _unknown_reference() from error
    if not is_changed:
        raise _no_rule()
    await _note(connection, "process_rule:change", id, actor=actor, now=now, process_key=process_key)


async def remove_rule(connection: AsyncConnection, id: UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Remove a rule; raises NotFound, NotPermitted."""
    await rule_repository.lock(connection)
    await _changeable(connection, id, actor=actor)
    gone = await rule_repository.remove(connection, id=id)
    if gone is None:
        raise _no_rule()
    remaining = await rule_repository.rules(connection)
    await rule_repository.put_in_order(connection, ids=[row.id for row in remaining])
    await _note(connection, "process_rule:remove", id, actor=actor, now=now, process_key=gone.process_key)


async def move_rule(connection: AsyncConnection, id: UUID, *, actor: Actor, position: int, now: dt.datetime) -> None:
    """Put a rule at `position` among those the actor sees, counted from one; the others make room.

    Rules of other projects keep their order; of no ticket are they and this one both true. Raises NotFound,
    NotPermitted.
    """
    await rule_repository.lock(connection)
    await _changeable(connection, id, actor=actor)
    seen = [rule.id for rule in await rules(connection, actor=actor) if rule.id != id]
    ids = [row.id for row in await rule_repository.rules(connection) if row.id != id]
    place = max(0, position - 1)
    ids.insert(ids.index(seen[place]) if place < len(seen) else len(ids), id)
    await rule_repository.put_in_order(connection, ids=ids)
    await _note(connection, "process_rule:move", id, actor=actor, now=now, position=ids.index(id) + 1)


def _is_seen(project_id: UUID | None, actor: Actor) -> bool:
    return project_id is None or actor.may(Permission.PROCESS_MANAGE, project_id)


async def _changeable(connection: AsyncConnection, id: UUID, *, actor: Actor) -> None:
    rule = next((one for one in await rules(connection, actor=actor) if one.id == id), None)
    if rule is None:
        raise _no_rule()
    _require_place(rule.conditions.project_id, actor)


def _require_place(project_id: UUID | None, actor: Actor) -> None:
    actor.require(Permission.PROCESS_MANAGE)
    if project_id is None:
        if actor.scope(Permission.PROCESS_MANAGE) is not None:
            raise NotPermitted(
                "A rule without a project counts in every one, so whoever manages all of them changes it.",
                permission=Permission.PROCESS_MANAGE.value,
            )
    elif not _is_seen(project_id, actor):
        # Another's project looks like one that does not exist.
        raise _unknown_reference()


async def _require_published(connection: AsyncConnection, process_key: str) -> None:
    if process_key not in {row.key for row in await repository.published(connection)}:
        raise ReferenceUnknown("The process {key} has no published version. Publish it first.", key=process_key)


async def _note(
    connection: AsyncConnection, deed: str, id: UUID, *, actor: Actor, now: dt.datetime, **detail: Any
) -> None:
    await audit.note(
        connection, actor=actor, deed=deed, now=now, object_kind="process_rule", object_id=id, detail=detail
    )


def _values(conditions: Conditions, process_key: str) -> dict[str, Any]:
    return _terms(conditions) | {"process_key": process_key}


def _terms(conditions: Conditions) -> dict[str, Any]:
    values = asdict(conditions)
    return values | {name: values[name].value if values[name] else None for name in ("trade", "severity")}


def _rule(row: Row[Any]) -> Rule:
    conditions = Conditions(
        project_id=row.project_id,
        area_id=row.area_id,
        trade=Trade(row.trade) if row.trade else None,
        category_code=row.category_code,
        is_public_area=row.is_public_area,
        severity=Severity(row.severity) if row.severity else None,
    )
    return Rule(
        row.id,
        row.position,
        conditions,
        row.process_key,
        row.project_name,
        row.area_name,
        row.name_zh,
        row.name_en,
    )


def _no_rule() -> NotFound:
    return NotFound("This rule is gone. Load the list again.")


def _unknown_reference() -> ReferenceUnknown:
    return ReferenceUnknown("A project, area or category the rule names is gone. Load the page again.")

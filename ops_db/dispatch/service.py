"""Keeping the rules of dispatch, and trying them out.

A rule that names a project belongs to it and is changed by whoever manages it; one that names none counts in every
project. Rules of other projects are not shown: they are true of no ticket of the reader's.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, Severity
from core.work_vocabulary import CrewSource, DispatchMode
from ops_db import audit
from ops_db.actor import Actor
from ops_db.dispatch import repository
from ops_db.dispatch.rules import Rule, Verdict
from ops_db.dispatch.suggesting import Plan, forget_rules, fresh_rules, held_against, plan_of
from ops_db.errors import InvalidInput, NotFound, NotPermitted, ReferenceUnknown
from ops_db.rosters import repository as rosters


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRule:
    """What a rule says; whatever is None may be anything."""

    crew_source: CrewSource
    mode: DispatchMode
    project_id: UUID | None = None
    area_id: UUID | None = None
    category_code: str | None = None
    component_code: str | None = None
    severity: Severity | None = None
    is_public_area: bool | None = None
    is_in_owner_warranty: bool | None = None
    is_in_contractor_warranty: bool | None = None
    crew_id: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """Who would get a ticket, and why: each rule held against it, and the ranking under the one that decides."""

    verdicts: list[Verdict]
    plan: Plan
    place: Row[Any]


async def rules(connection: AsyncConnection, *, actor: Actor) -> tuple[Rule, ...]:
    """The rules that count in the actor's projects, in order."""
    actor.require(Permission.DISPATCH_MANAGE)
    return tuple(rule for rule in await fresh_rules(connection) if _is_seen(rule, actor))


def is_changeable(rule: Rule, *, actor: Actor) -> bool:
    """Whether the actor may change, move or remove a rule they see."""
    return actor.scope(Permission.DISPATCH_MANAGE) is None or rule.project_id is not None


def _is_seen(rule: Rule, actor: Actor) -> bool:
    return rule.project_id is None or actor.may(Permission.DISPATCH_MANAGE, rule.project_id)


async def _changeable(connection: AsyncConnection, id: UUID, *, actor: Actor) -> Rule:
    rule = next((one for one in await rules(connection, actor=actor) if one.id == id), None)
    if rule is None:
        raise NotFound("There is no such rule any more. Look at the list again.")
    _require_place(rule.project_id, actor)
    return rule


def _require_place(project_id: UUID | None, actor: Actor) -> None:
    if project_id is None:
        if actor.scope(Permission.DISPATCH_MANAGE) is not None:
            raise NotPermitted(
                "A rule without a project counts in every one, so whoever manages all of them changes it.",
                permission=Permission.DISPATCH_MANAGE.value,
            )
    elif not actor.may(Permission.DISPATCH_MANAGE, project_id):
        # Another's project looks like one that does not exist.
        raise _unknown_reference()


def _unknown_reference() -> ReferenceUnknown:
    return ReferenceUnknown("Something this rule names does not exist any more. Choose it again.")


async def save_rule(
    connection: AsyncConnection, new: NewRule, *, id: UUID | None, actor: Actor, now: dt.datetime
) -> UUID:
    """Add a rule at the end, or change one; raises InvalidInput, NotFound, NotPermitted or ReferenceUnknown."""
    if id is not None:
        await _changeable(connection, id, actor=actor)
    _require_place(new.project_id, actor)
    if new.crew_source == CrewSource.NAMED and new.crew_id is None:
        raise InvalidInput("Choose the crew this rule sends tickets to.", fields=("crew",))
    if new.mode == DispatchMode.GRAB and new.crew_source == CrewSource.ANY:
        raise InvalidInput("A ticket is offered to one crew. Choose which one.", fields=("crew",))
    if new.crew_source == CrewSource.NAMED and new.crew_id not in [
        crew.id for crew in await rosters.crews(connection, project_ids=actor.scope(Permission.DISPATCH_MANAGE))
    ]:
        raise _unknown_reference()
    values: dict[str, Any] = {
        "project_id": new.project_id,
        "area_id": new.area_id,
        "category_code": new.category_code,
        "component_code": new.component_code,
        "severity": new.severity.value if new.severity else None,
        "is_public_area": new.is_public_area,
        "is_in_owner_warranty": new.is_in_owner_warranty,
        "is_in_contractor_warranty": new.is_in_contractor_warranty,
        "crew_source": new.crew_source.value,
        "crew_id": new.crew_id if new.crew_source == CrewSource.NAMED else None,
        "mode": new.mode.value,
        "note": new.note.strip(),
    }
    try:
        saved = await repository.save_rule(connection, id=id, **values)
    except IntegrityError as error:
        raise _unknown_reference() from error
    if saved is None:
        raise NotFound("There is no such rule any more. Look at the list again.")
    await _note(connection, "dispatch_rule:change" if id else "dispatch_rule:add", saved, actor, now, values)
    return saved


async def move_rule(connection: AsyncConnection, id: UUID, *, up: bool, actor: Actor, now: dt.datetime) -> None:
    """Let a rule be asked before its neighbour, or after it; at the end of the list nothing changes.

    Its neighbour is the next rule the actor sees. What lies between belongs to other projects, and of no ticket are a
    rule of one project and a rule of another both true, so nothing changes for them.
    """
    await _changeable(connection, id, actor=actor)
    seen = [rule.id for rule in await rules(connection, actor=actor)]
    neighbour = seen.index(id) + (-1 if up else 1)
    if not 0 <= neighbour < len(seen):
        return
    ids = [rule.id for rule in await fresh_rules(connection) if rule.id != id]
    there = ids.index(seen[neighbour]) + (0 if up else 1)
    ids.insert(there, id)
    await repository.order_rules(connection, ids=ids)
    await _note(connection, "dispatch_rule:move", id, actor, now, {"position": there + 1})


async def switch_rule(connection: AsyncConnection, id: UUID, *, on: bool, actor: Actor, now: dt.datetime) -> None:
    """Let a rule count, or rest."""
    await _changeable(connection, id, actor=actor)
    if not await repository.switch_rule(connection, id=id, on=on):
        raise NotFound("There is no such rule any more. Look at the list again.")
    await _note(connection, "dispatch_rule:switch", id, actor, now, {"is_active": on})


async def delete_rule(connection: AsyncConnection, id: UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Take a rule away; what it decided stays decided."""
    await _changeable(connection, id, actor=actor)
    if not await repository.delete_rule(connection, id=id):
        raise NotFound("There is no such rule any more. Look at the list again.")
    await repository.order_rules(connection, ids=[rule.id for rule in await fresh_rules(connection)])
    await _note(connection, "dispatch_rule:delete", id, actor, now, {})


async def try_out(
    connection: AsyncConnection,
    *,
    project_code: str,
    building_code: str | None,
    room_number: str | None,
    category_code: str | None,
    component_code: str | None,
    severity: Severity,
    actor: Actor,
    now: dt.datetime,
    defect_code: str | None = None,
) -> Trial:
    """Who would get a ticket reported now, and why; raises ReferenceUnknown."""
    place = await repository.of_try(
        connection,
        project_code=project_code,
        building_code=building_code,
        room_number=room_number,
        category_code=category_code,
        component_code=component_code,
        defect_code=defect_code,
    )
    if place is None or not actor.may(Permission.DISPATCH_MANAGE, place.project_id):
        raise ReferenceUnknown("There is no {name} in your projects. Check the code.", name=project_code)
    for given, found in (
        (building_code, place.building_id),
        (room_number, place.unit_id),
        (component_code, place.component_code),
        (defect_code, place.defect_code),
    ):
        if given and found is None:
            raise ReferenceUnknown("There is no {name} here. Choose it from the list.", name=given)
    plan = await plan_of(
        connection, place, severity=severity.value, defect_code=place.defect_code, reported_at=now, now=now
    )
    verdicts = held_against(await fresh_rules(connection), plan)
    return Trial([one for one in verdicts if _is_seen(one.rule, actor)], plan, place)


async def _note(
    connection: AsyncConnection, deed: str, id: UUID, actor: Actor, now: dt.datetime, values: dict[str, Any]
) -> None:
    forget_rules(connection)
    detail = {name: value if isinstance(value, bool | int) else str(value) for name, value in values.items() if value}
    await audit.note(
        connection, actor=actor, deed=deed, now=now, object_kind="dispatch_rule", object_id=id, detail=detail
    )

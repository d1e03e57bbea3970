"""Areas seen and changed by whoever keeps the rules of dispatch: name, lead, and the places that belong to each.

An area may reach over several projects. Somebody who manages some of them sees what is theirs of it, and changes its
name and lead only if all of it is; which area a project of theirs belongs to is theirs to say.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.vocabulary import Permission, Role
from ops_db import audit
from ops_db.actor import Actor
from ops_db.areas import repository
from ops_db.areas.errors import AreaChanged, AreaInUse
from ops_db.areas.gaps import AskingProcess, Held, Lead, Spot, Want, Way, wants
from ops_db.errors import InvalidInput, NotFound, NotPermitted, ReferenceUnknown
from ops_db.process.text import Text
from ops_db.process_admin import repository as processes
from ops_db.process_admin import rule_repository
from ops_db.tickets.opening import DEFAULT_PROCESS
from ops_db.tickets.standing import known_definition

LONGEST_NAME: Final = 40
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,29}")
_NEED: Final = Permission.DISPATCH_MANAGE
_LEAD_FACT: Final = "area_lead_id"


@dataclass(frozen=True, slots=True)
class Area:
    """An area with what of it the reader manages."""

    id: UUID
    code: str
    name: str
    version: str
    lead: Lead | None
    spots: tuple[Spot, ...]
    open_count: int
    rule_count: int
    is_in_condition: bool
    reaches_beyond: bool

    @property
    def is_unused(self) -> bool:
        """Whether nothing belongs to it or names it, so that it may go."""
        return not (self.spots or self.rule_count or self.is_in_condition or self.reaches_beyond)


@dataclass(frozen=True, slots=True)
class ProjectLine:
    """A project and where it belongs; `others` are the buildings of it that belong elsewhere."""

    row: Row[Any]
    area: Area | None
    others: tuple[Spot, ...]
    open_count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything about areas that a reader may see."""

    areas: tuple[Area, ...]
    projects: tuple[ProjectLine, ...]
    leads: tuple[Lead, ...]
    wants: tuple[Want, ...]

    def area(self, code: str) -> Area:
        """The area of a code; raises NotFound."""
        found = next((one for one in self.areas if one.code == code), None)
        if found is None:
            raise NotFound("There is no such area. Choose one from the list.")
        return found

    def could_lead(self, area: Area | None = None) -> list[Lead]:
        """Who could lead an area: whoever holds the role in every project of it."""
        projects = {spot.project_id for spot in area.spots} if area else set()
        return [lead for lead in self.leads if _can_lead(lead, projects)]


@dataclass(frozen=True, slots=True)
class Belonging:
    """A project and each of its buildings, with the area of each; None is none, for a building that of the project."""

    project: Row[Any]
    buildings: list[Row[Any]]
    overview: Overview


async def overview(connection: AsyncConnection, *, actor: Actor) -> Overview:
    """Areas, projects, who could lead, and where a lead is missing."""
    actor.require(_NEED)
    scope = actor.scope(_NEED)
    rows = await repository.areas(connection, project_ids=scope)
    projects = await repository.projects(connection, project_ids=scope)
    own = await repository.buildings(connection, project_ids=scope)
    counts = await repository.open_counts(connection, project_ids=scope)
    known = {row.id: _lead(row) for row in await repository.leads(connection, role=Role.AREA_LEAD.value)}
    spots = _spots(projects, own)
    areas = {row.id: _area(row, known, spots, counts) for row in rows}
    seen = scope if scope is None else set(scope)
    lines = tuple(
        ProjectLine(
            row,
            areas.get(row.area_id),
            tuple(
                one for one in spots if one.project_id == row.id and one.building_code and one.area_id != row.area_id
            ),
            sum(count.open_count for count in counts if count.project_id == row.id),
        )
        for row in projects
    )
    found = await _wants(connection, spots, {id: area.lead for id, area in areas.items()})
    leads = tuple(one for one in known.values() if seen is None or one.held.everywhere or one.held.project_ids & seen)
    return Overview(tuple(areas.values()), lines, leads, tuple(found))


async def belonging(connection: AsyncConnection, project_code: str, *, actor: Actor) -> Belonging:
    """A project with its buildings; raises NotFound."""
    seen = await overview(connection, actor=actor)
    line = next((one for one in seen.projects if one.row.code == project_code), None)
    if line is None:
        raise NotFound("There is no project {name} among yours.", name=project_code)
    id = line.row.id
    buildings = await repository.buildings(connection, project_ids=actor.scope(_NEED), project_id=id)
    return Belonging(line.row, [one for one in buildings if one.project_id == id], seen)


async def add_area(
    connection: AsyncConnection, *, code: str, name: str, lead: UUID | None, actor: Actor, now: dt.datetime
) -> None:
    """Make an area; raises InvalidInput."""
    seen = await overview(connection, actor=actor)
    if not _CODE.fullmatch(code):
        raise InvalidInput("A code has letters, digits and hyphens, at most 30.", fields=("code",))
    id = uuid7()
    values = {"name": _name(name), "lead_staff_id": _checked_lead(seen, None, lead)}
    if not await repository.add(connection, id=id, code=code, **values):
        raise InvalidInput("There is an area with this code already. Choose another code.", fields=("code",))
    await _note(connection, "area:add", id, actor, now, _detail(seen, code, values))


async def change_area(
    connection: AsyncConnection,
    code: str,
    *,
    version: str,
    name: str,
    lead: UUID | None,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Rename an area and say who leads it; raises NotFound, NotPermitted, InvalidInput, AreaChanged."""
    seen = await overview(connection, actor=actor)
    area = _changeable(seen, code)
    values = {"name": _name(name), "lead_staff_id": _checked_lead(seen, area, lead)}
    if not await repository.change(connection, id=area.id, version=version, **values):
        raise _changed()
    await _note(connection, "area:change", area.id, actor, now, _detail(seen, code, values))


async def remove_area(connection: AsyncConnection, code: str, *, version: str, actor: Actor, now: dt.datetime) -> None:
    """Remove an area to which nothing belongs and which nothing names; raises AreaInUse, AreaChanged."""
    area = _changeable(await overview(connection, actor=actor), code)
    if not area.is_unused:
        raise AreaInUse("Something belongs to this area or names it. Move that first.")
    try:
        async with connection.begin_nested():
            is_gone = await repository.remove(connection, id=area.id, version=version)
    except IntegrityError as error:
        raise AreaInUse("Something belongs to this area or names it. Move that first.") from error
    if not is_gone:
        raise _changed()
    await _note(connection, "area:remove", area.id, actor, now, {"code": code, "name": area.name})


async def assign(
    connection: AsyncConnection,
    project_code: str,
    wanted: Mapping[str, str],
    *,
    shown: Mapping[str, str],
    actor: Actor,
    now: dt.datetime,
) -> int:
    """Say to which area a project and its buildings belong, by the codes of areas; returns how many were moved.

    The project itself stands under the empty code. `shown` is what the page said, and what has changed since is not
    overwritten. Raises NotFound, ReferenceUnknown, AreaChanged.
    """
    found = await belonging(connection, project_code, actor=actor)
    ids = {area.code: area.id for area in found.overview.areas} | {"": None}
    places = {"": found.project} | {one.code: one for one in found.buildings}
    moved = []
    for code, area_code in wanted.items():
        before = shown.get(code, "")
        if area_code == before:
            continue
        if code not in places or area_code not in ids or before not in ids:
            raise ReferenceUnknown("An area or a building is gone. Load the page again.")
        is_given = await repository.give(
            connection, id=places[code].id, is_building=bool(code), before=ids[before], area_id=ids[area_code]
        )
        if not is_given:
            raise _changed()
        moved.append(f"{code or project_code} → {area_code or '–'}")
    if moved:
        detail = {"project_code": project_code, "moved": moved}
        await audit.note(
            connection,
            actor=actor,
            deed="area:assign",
            now=now,
            object_kind="project",
            object_id=found.project.id,
            detail=detail,
        )
    return len(moved)


async def _wants(connection: AsyncConnection, spots: list[Spot], leads: dict[UUID, Lead | None]) -> list[Want]:
    asking = [
        AskingProcess(row.key, Text.model_validate(row.title))
        for row in await processes.published(connection)
        if _LEAD_FACT in (await known_definition(connection, row.id)).needs.facts
    ]
    ways = [Way(row.process_key, row.project_id, row.area_id) for row in await rule_repository.rules(connection)] + [
        Way(DEFAULT_PROCESS)
    ]
    anybody = await repository.holders(connection, role=Role.AREA_LEAD.value)
    return wants(asking, ways, spots, leads=leads, holders=_held(anybody))


def _elsewhere(project: Row[Any], spots: list[Spot]) -> tuple[Spot, ...]:
    buildings = (one for one in spots if one.project_id == project.id and one.building_code)
    return tuple(one for one in buildings if one.area_id != project.area_id)


def _spots(projects: list[Row[Any]], buildings: list[Row[Any]]) -> list[Spot]:
    named = {row.id: row for row in projects}
    spots = [Spot(row.id, row.code, row.name, row.area_id) for row in projects]
    for row in buildings:
        project = named[row.project_id]
        spots.append(Spot(project.id, project.code, project.name, row.area_id, row.code, row.name))
    return sorted(spots, key=lambda one: (one.project_code, one.building_code or ""))


def _area(row: Row[Any], leads: dict[UUID, Lead], spots: list[Spot], counts: list[Row[Any]]) -> Area:
    return Area(
        row.id,
        row.code,
        row.name,
        row.version,
        leads.get(row.lead_staff_id),
        tuple(one for one in spots if one.area_id == row.id),
        sum(count.open_count for count in counts if count.area_id == row.id),
        row.rule_count,
        row.is_in_condition,
        row.reaches_beyond,
    )


def _lead(row: Row[Any]) -> Lead:
    return Lead(row.id, row.staff_number, row.name, _held(row))


def _held(row: Row[Any]) -> Held:
    return Held(row.everywhere, frozenset(row.project_ids))


def _can_lead(lead: Lead, project_ids: set[UUID]) -> bool:
    return lead.held.somewhere() and all(lead.held.in_project(id) for id in project_ids)


def _changeable(seen: Overview, code: str) -> Area:
    area = seen.area(code)
    if area.reaches_beyond:
        raise NotPermitted(
            "This area reaches into projects you do not manage. Ask somebody who manages every project.",
            permission=_NEED.value,
        )
    return area


def _checked_lead(seen: Overview, area: Area | None, lead: UUID | None) -> UUID | None:
    # Who leads the area already may stay while something else is changed; the page warns of it.
    stays = area is not None and area.lead is not None and area.lead.staff_id == lead
    if lead is not None and not stays and lead not in {one.staff_id for one in seen.could_lead(area)}:
        raise InvalidInput(
            "Whoever leads an area is a colleague with an account and the role of area lead in every project of it.",
            fields=("lead",),
        )
    return lead


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME:
        raise InvalidInput("Give the area a name of at most 40 characters.", fields=("name",))
    return name


def _detail(seen: Overview, code: str, values: Mapping[str, Any]) -> dict[str, Any]:
    lead = next((one for one in seen.leads if one.staff_id == values["lead_staff_id"]), None)
    return {"code": code, "name": values["name"], "lead": lead.staff_number if lead else None}


def _changed() -> AreaChanged:
    return AreaChanged("Somebody else changed this meanwhile. Below is how it stands now; make your change again.")


async def _note(
    connection: AsyncConnection, deed: str, id: UUID, actor: Actor, now: dt.datetime, detail: dict[str, Any]
) -> None:
    await audit.note(connection, actor=actor, deed=deed, now=now, object_kind="area", object_id=id, detail=detail)

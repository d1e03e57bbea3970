"""Areas: who leads each, what belongs to it, and where a process would look for a lead in vain."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.areas import service
from ops_db.areas.gaps import Gap, Reason
from ops_db.areas.service import LONGEST_NAME, Overview
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.form_ids import id_in
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.answering import NOTHING_REFUSED, Refused, taken
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/areas")

Manager = Annotated[Actor, Depends(Allowed(Permission.DISPATCH_MANAGE))]
HERE: Final = "/manage/areas"
_MOST_BUILDINGS: Final = 5000
_GIVEN, _SHOWN = "area_", "shown_"


@router.get("")
async def list_areas(reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """Every area, every project with where it belongs, and what is missing."""
    return await _list(connection, reader, actor)


@router.post("")
async def add_area(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Make an area."""
    typed = (await submitted(request)).typed

    async def work() -> Response:
        code = typed.get("code", "")
        await service.add_area(
            connection, code=code, name=typed.get("name", ""), lead=id_in(typed, "lead"), actor=actor, now=now
        )
        return go(f"{HERE}/{code}", toast="done")

    async def show(refused: Refused) -> Response:
        return await _list(connection, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.get("/projects/{project_code}")
async def show_project(project_code: str, reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """Where one project and each of its buildings belongs."""
    return await _project(connection, project_code, reader, actor)


@router.post("/projects/{project_code}")
async def assign(
    project_code: str, request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Say where they belong."""
    typed = (await submitted(request, most_fields=2 * _MOST_BUILDINGS)).typed

    async def work() -> Response:
        wanted, shown = _below(typed, _GIVEN), _below(typed, _SHOWN)
        await service.assign(connection, project_code, wanted, shown=shown, actor=actor, now=now)
        return go(f"{HERE}/projects/{project_code}", toast="done")

    async def show(refused: Refused) -> Response:
        return await _project(connection, project_code, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.get("/{code}")
async def show_area(code: str, reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """One area."""
    return await _area(connection, code, reader, actor)


@router.post("/{code}")
async def change_area(
    code: str, request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Rename the area and say who leads it, or remove it, as the button says."""
    typed = (await submitted(request)).typed

    async def work() -> Response:
        version = typed.get("version", "")
        if typed.get("deed") == "remove":
            await service.remove_area(connection, code, version=version, actor=actor, now=now)
            return go(HERE, toast="done")
        name, lead = typed.get("name", ""), id_in(typed, "lead")
        await service.change_area(connection, code, version=version, name=name, lead=lead, actor=actor, now=now)
        return go(f"{HERE}/{code}", toast="done")

    async def show(refused: Refused) -> Response:
        return await _area(connection, code, reader, actor, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


def _below(typed: Mapping[str, str], beginning: str) -> dict[str, str]:
    return {name.removeprefix(beginning): value for name, value in typed.items() if name.startswith(beginning)}


async def _list(
    connection: AsyncConnection, reader: Reader, actor: Actor, *, refused: Refused = NOTHING_REFUSED
) -> Response:
    seen = await service.overview(connection, actor=actor)
    return manage_page(
        reader,
        "manage/areas.html",
        status=refused.status,
        here=HERE,
        seen=seen,
        wants=_wants(seen, reader),
        longest_name=LONGEST_NAME,
        refused=refused,
    )


async def _area(
    connection: AsyncConnection, code: str, reader: Reader, actor: Actor, *, refused: Refused = NOTHING_REFUSED
) -> Response:
    seen = await service.overview(connection, actor=actor)
    area = seen.area(code)
    own = {(spot.project_code, spot.building_code) for spot in area.spots}
    wants = _wants(seen, reader, only=lambda gap: (gap.spot.project_code, gap.spot.building_code) in own)
    return manage_page(
        reader,
        "manage/area.html",
        status=refused.status,
        here=HERE,
        area=area,
        leads=seen.could_lead(area),
        wants=wants,
        projects=seen.projects,
        longest_name=LONGEST_NAME,
        refused=refused,
    )


async def _project(
    connection: AsyncConnection, project_code: str, reader: Reader, actor: Actor, *, refused: Refused = NOTHING_REFUSED
) -> Response:
    found = await service.belonging(connection, project_code, actor=actor)
    areas = {area.id: area for area in found.overview.areas}
    return manage_page(
        reader,
        "manage/area_project.html",
        status=refused.status,
        here=HERE,
        project=found.project,
        area=areas.get(found.project.area_id),
        buildings=[(one, areas.get(one.area_id)) for one in found.buildings],
        areas=found.overview.areas,
        # A link of an area's page comes with that area chosen; it counts once the form is sent.
        wanted=reader.request.query_params.get("area"),
        wants=_wants(found.overview, reader, only=lambda gap: gap.spot.project_code == project_code),
        refused=refused,
    )


def _wants(seen: Overview, reader: Reader, *, only: Callable[[Gap], bool] | None = None) -> list[dict[str, Any]]:
    """What each process lacks, in words: the place, why there is nobody, and what happens to its tickets then."""
    lines = []
    for want in seen.wants:
        gaps = [(gap.spot, _why(seen, gap, reader)) for gap in want.gaps if only is None or only(gap)]
        if gaps:
            lines.append({"title": want.process.title.label(reader.language), "is_taken": want.is_taken, "gaps": gaps})
    return lines


def _why(seen: Overview, gap: Gap, reader: Reader) -> str:
    _ = reader.translate
    area = next((one for one in seen.areas if one.id == gap.spot.area_id), None)
    if area is not None and area.lead is not None and gap.reason is Reason.LEAD_LACKS_ROLE:
        return _(
            "%(name)s leads %(area)s and is no area lead there: the step waits for somebody who cannot do it.",
            name=area.lead.name,
            area=area.name,
        )
    missing = _("%(area)s has no lead", area=area.name) if area is not None else _("Belongs to no area")
    if gap.others:
        return _("%(missing)s: the step goes to everybody who is area lead there.", missing=missing)
    return _("%(missing)s: the step waits for nobody.", missing=missing)

"""Areas: who leads each, and what belongs to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.areas import service
from ops_db.areas.service import Area, Belonging
from ticket_service.api import area_schemas as shapes
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.once import Key, answered_once
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(tags=["areas"], route_class=RetryingRoute)

Manager = Annotated[Actor, Depends(Allowed(Permission.DISPATCH_MANAGE))]
AreaCode = Annotated[str, Path(max_length=30)]


@router.get("/areas")
async def list_areas(actor: Manager, connection: Connection) -> list[shapes.AreaOut]:
    """Every area with who leads it, and what of it is yours."""
    return [_area_out(one) for one in (await service.overview(connection, actor=actor)).areas]


@router.post("/areas", status_code=status.HTTP_201_CREATED, response_model=shapes.AreaOut)
async def add_area(
    body: shapes.AreaIn, actor: Manager, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Make an area; nothing belongs to it yet."""

    async def work() -> shapes.AreaOut:
        await service.add_area(
            connection, code=body.code, name=body.name, lead=body.lead_staff_id, actor=actor, now=now
        )
        return await _kept(connection, body.code, actor)

    return await answered_once(connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=201)


@router.put("/areas/{area_code}", response_model=shapes.AreaOut)
async def change_area(
    area_code: AreaCode,
    body: shapes.AreaChangeIn,
    actor: Manager,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Rename an area and say who leads it."""

    async def work() -> shapes.AreaOut:
        await service.change_area(
            connection, area_code, version=body.version, name=body.name, lead=body.lead_staff_id, actor=actor, now=now
        )
        return await _kept(connection, area_code, actor)

    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, scope=area_code
    )


@router.delete("/areas/{area_code}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_area(
    area_code: AreaCode,
    version: Annotated[str, Query(max_length=40, description="The version that was looked at.")],
    actor: Manager,
    connection: Connection,
    now: Now,
) -> None:
    """Remove an area to which nothing belongs and which nothing names."""
    await service.remove_area(connection, area_code, version=version, actor=actor, now=now)


@router.get("/projects/{project_code}/areas")
async def read_belonging(project_code: str, actor: Manager, connection: Connection) -> shapes.BelongingOut:
    """To which area a project and each of its buildings belongs."""
    return _belonging_out(await service.belonging(connection, project_code, actor=actor))


@router.put("/projects/{project_code}/areas", response_model=shapes.BelongingOut)
async def assign_areas(
    project_code: str,
    body: shapes.BelongingIn,
    actor: Manager,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Say to which area a project and its buildings belong."""

    async def work() -> shapes.BelongingOut:
        before = _belonging_out(await service.belonging(connection, project_code, actor=actor))
        wanted = {"": body.area_code or ""} | {code: area or "" for code, area in body.building_areas.items()}
        shown = {"": before.area_code or ""} | {code: area or "" for code, area in before.building_areas.items()}
        await service.assign(connection, project_code, wanted, shown=shown, actor=actor, now=now)
        return _belonging_out(await service.belonging(connection, project_code, actor=actor))

    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, scope=project_code
    )


async def _kept(connection: AsyncConnection, code: str, actor: Actor) -> shapes.AreaOut:
    return _area_out((await service.overview(connection, actor=actor)).area(code))


def _area_out(area: Area) -> shapes.AreaOut:
    return shapes.AreaOut(
        code=area.code,
        name=area.name,
        version=area.version,
        lead=shapes.LeadOut(staff_id=area.lead.staff_id, staff_number=area.lead.staff_number, name=area.lead.name)
        if area.lead
        else None,
        places=[
            shapes.PlaceOut(project_code=spot.project_code, building_code=spot.building_code) for spot in area.spots
        ],
        open_count=area.open_count,
        is_changeable=not area.reaches_beyond,
    )


def _belonging_out(found: Belonging) -> shapes.BelongingOut:
    codes = {area.id: area.code for area in found.overview.areas}
    return shapes.BelongingOut(
        project_code=found.project.code,
        area_code=codes.get(found.project.area_id),
        building_areas={row.code: codes.get(row.area_id) for row in found.buildings},
    )

"""Project, building, home: the lists of the form at the desk, filled as far as was chosen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.estate import service as estate
from ticket_service.dependencies import Connection
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False)

CanCreate = Annotated[Actor, Depends(Allowed(Permission.TICKET_CREATE))]
Code = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Places:
    """The choices of each list; buildings and homes are empty until the list before was chosen."""

    projects: Sequence[Any]
    buildings: Sequence[Any] = field(default_factory=list)
    homes: Sequence[Any] = field(default_factory=list)


async def places_of(connection: AsyncConnection, chosen: Mapping[str, str], *, actor: Actor) -> Places:
    """The lists for what was chosen, within the actor's projects."""
    projects = await estate.projects(connection, actor=actor)
    project, building = chosen.get("project", ""), chosen.get("building", "")
    if not project:
        return Places(projects)
    buildings = await estate.buildings(connection, project, actor=actor)
    if not building:
        return Places(projects, buildings)
    return Places(projects, buildings, await estate.homes(connection, project, building, actor=actor))


@router.get("/places")
async def list_places(
    actor: CanCreate, connection: Connection, project: Code = "", building: Code = ""
) -> dict[str, list[dict[str, str]]]:
    """The next list as codes and names, for the linked selects."""
    found = await places_of(connection, {"project": project, "building": building}, actor=actor)
    return {
        "buildings": [{"code": one.code, "name": one.name} for one in found.buildings],
        "homes": [{"code": one.code, "name": one.room_number} for one in found.homes],
    }

"""Look-ups of the estate, and the people in it: masked, unless somebody says why they need the number."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.calls import service as calls
from ops_db.estate import service as estate
from ops_db.people import service as people
from ticket_service.api import estate_schemas as shapes
from ticket_service.api.schemas import ContactOut, EarlierOut
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(tags=["estate"], route_class=RetryingRoute)

Reader = Annotated[Actor, Depends(Allowed(Permission.ESTATE_READ))]
ProjectCode = Annotated[str | None, Query(description="Only those who serve this project.")]


@router.get("/projects")
async def list_projects(actor: Reader, connection: Connection) -> list[shapes.ProjectOut]:
    """The projects you serve."""
    return [shapes.ProjectOut.model_validate(row) for row in await estate.projects(connection, actor=actor)]


@router.get("/projects/{project_code}/buildings")
async def list_buildings(project_code: str, actor: Reader, connection: Connection) -> list[shapes.BuildingOut]:
    """The buildings of a project."""
    rows = await estate.buildings(connection, project_code, actor=actor)
    return [shapes.BuildingOut.model_validate(row) for row in rows]


@router.get("/projects/{project_code}/buildings/{building_code}/homes")
async def list_homes(
    project_code: str, building_code: str, actor: Reader, connection: Connection
) -> list[shapes.HomeOut]:
    """The homes of a building."""
    rows = await estate.homes(connection, project_code, building_code, actor=actor)
    return [shapes.HomeOut.model_validate(row) for row in rows]


@router.get("/projects/{project_code}/buildings/{building_code}/spaces")
async def list_shared_spaces(
    project_code: str, building_code: str, actor: Reader, connection: Connection
) -> list[shapes.SpaceOut]:
    """The shared parts of a building."""
    rows = await estate.shared_spaces(connection, project_code, building_code, actor=actor)
    return [shapes.SpaceOut.model_validate(row) for row in rows]


@router.get("/homes")
async def find_homes(
    actor: Reader,
    connection: Connection,
    keys: Keys,
    search: Annotated[str, Query(min_length=1, max_length=60, description="Phone, room, or beginning of a code.")],
) -> list[shapes.HomeOut]:
    """At most twenty homes."""
    rows = await estate.find_homes(connection, search, actor=actor, personal_data=keys)
    return [shapes.HomeOut.model_validate(row) for row in rows]


@router.get("/homes/{unit_code}")
async def read_home(unit_code: str, actor: Reader, connection: Connection, keys: Keys) -> shapes.HomeFileOut:
    """A home with its rooms, its people (masked) and its tickets."""
    file = await estate.home_file(connection, unit_code, actor=actor, personal_data=keys)
    home = shapes.HomeOut.model_validate(file.home).model_dump()
    return shapes.HomeFileOut(
        **home,
        project_name=file.home.project_name,
        building_name=file.home.building_name,
        spaces=[shapes.SpaceOut.model_validate(row) for row in file.spaces],
        household=[
            shapes.HouseholdOut(
                id=member.contact.id,
                name=member.contact.name,
                phone=member.contact.phone,
                role=member.role,
                since_date=member.since_date,
                until_date=member.until_date,
            )
            for member in file.household
        ],
        tickets=[EarlierOut.model_validate(row) for row in file.tickets],
    )


@router.get("/taxonomy")
async def read_taxonomy(_actor: Reader, connection: Connection) -> list[shapes.CategoryOut]:
    """Categories with their components and their defects."""
    return [shapes.CategoryOut.model_validate(row) for row in await estate.taxonomy(connection)]


@router.get("/technicians")
async def list_technicians(
    actor: Reader, connection: Connection, project_code: ProjectCode = None
) -> list[shapes.TechnicianOut]:
    """Technicians of your projects, those with the least to do first."""
    rows = await estate.technicians(connection, project_code=project_code, actor=actor)
    return [shapes.TechnicianOut.model_validate(row) for row in rows]


@router.get("/crews")
async def list_crews(actor: Reader, connection: Connection, project_code: ProjectCode = None) -> list[shapes.CrewOut]:
    """Crews of your projects, with how much each has to do."""
    rows = await estate.crews(connection, project_code=project_code, actor=actor)
    return [shapes.CrewOut.model_validate(row) for row in rows]


@router.post("/people/{person_id}/reveal")
async def reveal(
    person_id: UUID,
    body: shapes.RevealIn,
    actor: Annotated[Actor, Depends(Allowed(Permission.PERSON_REVEAL))],
    connection: Connection,
    now: Now,
    keys: Keys,
) -> ContactOut:
    """Name and number in full; who asked, for whom and why goes into the audit log."""
    contact = await people.reveal(
        connection, actor=actor, id=person_id, reason=body.reason, now=now, personal_data=keys
    )
    return ContactOut.model_validate(contact)


@router.post("/calls", status_code=201)
async def log_call(
    body: shapes.CallIn,
    actor: Annotated[Actor, Depends(Allowed(Permission.CALL_LOG))],
    connection: Connection,
    keys: Keys,
) -> shapes.CallOut:
    """Log a telephone conversation; of the number only an index is kept."""
    call_id = await calls.log_call(connection, calls.NewCall(**body.model_dump()), actor=actor, personal_data=keys)
    return shapes.CallOut(id=call_id)

"""What goes into and out of the API about areas."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from ops_db.areas.service import LONGEST_NAME
from ticket_service.api.schemas import In, Out

AreaName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NAME)]
AreaCode = Annotated[str, StringConstraints(strip_whitespace=True, max_length=30)]


class LeadOut(Out):
    """Who leads an area."""

    staff_id: UUID
    staff_number: str
    name: str = Field(examples=["周明"])


class PlaceOut(Out):
    """A project that belongs to an area, or one building of it."""

    project_code: str
    building_code: str | None


class AreaOut(Out):
    """An area with what of it is yours; one that reaches into projects you do not manage is changed by others."""

    code: str = Field(examples=["EAST"])
    name: str = Field(examples=["东片区"])
    version: str = Field(examples=["90217"], description="Name it when you change or remove the area.")
    lead: LeadOut | None
    places: list[PlaceOut]
    open_count: int
    is_changeable: bool


class AreaChangeIn(In):
    """What an area is called and who leads it, and the version that was looked at."""

    name: AreaName = Field(examples=["东片区"])
    lead_staff_id: UUID | None = Field(default=None, examples=[None])
    version: str = Field(min_length=1, max_length=40, examples=["90217"])


class AreaIn(In):
    """A new area."""

    code: AreaCode = Field(examples=["EAST"])
    name: AreaName = Field(examples=["东片区"])
    lead_staff_id: UUID | None = Field(default=None, examples=[None])


class BelongingIn(In):
    """To which area a project belongs, and which of its buildings belong elsewhere.

    Null is none, for a building that of the project. Buildings left out stay as they are.
    """

    area_code: AreaCode | None = Field(default=None, examples=[None])
    building_areas: dict[str, AreaCode | None] = Field(
        default_factory=dict, max_length=5000, examples=[{}], description="By the code of the building."
    )


class BelongingOut(Out):
    """To which area a project and each of its buildings belongs; null is none, for a building that of the project."""

    project_code: str
    area_code: str | None = Field(examples=["EAST"])
    building_areas: dict[str, str | None] = Field(examples=[{"03": "EAST"}])

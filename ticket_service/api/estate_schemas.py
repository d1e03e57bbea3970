"""What goes into and out of the API about the estate, its people, and telephone calls."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, Field, StringConstraints

from core.vocabulary import CallDirection, Severity
from ticket_service.api.schemas import Code, EarlierOut, In, Line, Out, Phone


class RevealIn(In):
    """Why the number is needed; kept in the audit log."""

    reason: Line = Field(examples=["约上门时间"])


class ProjectOut(Out):
    """A development."""

    code: str
    name: str
    city: str
    district: str | None


class BuildingOut(Out):
    """A block."""

    code: str
    name: str
    address: str | None
    floor_count: int | None


class HomeOut(Out):
    """A home in a list."""

    code: str
    room_number: str
    floor: int | None
    building_code: str
    project_code: str
    unit_type_code: str | None
    handover_date: dt.date | None


class SpaceOut(Out):
    """A room, or a shared part."""

    code: str
    kind: str
    name: str


class HouseholdOut(Out):
    """Somebody of a household, masked."""

    id: UUID
    name: str | None
    phone: str | None
    role: str
    since_date: dt.date
    until_date: dt.date | None


class HomeFileOut(HomeOut):
    """A home with its rooms, its people (masked) and its tickets."""

    project_name: str
    building_name: str
    spaces: list[SpaceOut]
    household: list[HouseholdOut]
    tickets: list[EarlierOut]


class DefectOut(Out):
    """How something is broken."""

    code: str
    name_zh: str
    name_en: str
    default_severity: Severity


class ComponentOut(Out):
    """What is broken."""

    code: str
    name_zh: str
    name_en: str
    trade: str
    is_public: bool
    defects: list[DefectOut]


class CategoryOut(Out):
    """The first level of the taxonomy."""

    code: str
    name_zh: str
    name_en: str
    components: list[ComponentOut]


class TechnicianOut(Out):
    """A technician with what they can do and how much they have to do."""

    id: UUID
    staff_number: str
    name: str
    crew_id: UUID | None
    crew_name: str | None
    trades: list[str]
    open_task_count: int


class CrewOut(Out):
    """A crew."""

    id: UUID
    code: str
    name: str
    open_task_count: int


class CallIn(In):
    """A telephone conversation."""

    direction: CallDirection = CallDirection.INBOUND
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    phone: Phone | None = None
    unit_code: Code | None = None
    ticket_number: Code | None = None
    exchange_key: Code | None = None
    is_resolved: bool | None = None
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] = ""


class CallOut(Out):
    """The call that was logged."""

    id: UUID

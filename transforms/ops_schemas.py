"""What a current row of each extracted operational table looks like in the clean zone.

Column names are those of the operational store. Identifiers are text, JSON and hashes are text, numbers are 64 bits
wide, instants are microseconds in UTC. This room may not import the store, so the columns stand here a second time
and a test compares them with the models.
"""

from __future__ import annotations

from typing import Final

import dataframely as dy

from transforms.extracted import Extracted, instant
from transforms.ops_ticket_schemas import (
    Approval,
    Attachment,
    Call,
    CostEntry,
    Message,
    ProcessDefinition,
    Rating,
    Task,
    Ticket,
    TicketEvent,
    Visit,
)


class Area(Extracted):
    """Part of a city or of a project that one person leads."""

    id = dy.String(primary_key=True)
    code = dy.String()
    name = dy.String()
    lead_staff_id = dy.String(nullable=True)


class Asset(Extracted):
    """A single thing with a serial number: a lift, a water meter."""

    id = dy.String(primary_key=True)
    project_id = dy.String()
    building_id = dy.String()
    unit_id = dy.String(nullable=True)
    component_code = dy.String()
    serial_number = dy.String()
    is_active = dy.Bool()


class Building(Extracted):
    """One block of a project."""

    id = dy.String(primary_key=True)
    project_id = dy.String()
    code = dy.String()
    name = dy.String()
    address = dy.String(nullable=True)
    floor_count = dy.Int64(nullable=True)
    completion_acceptance_date = dy.Date(nullable=True)
    area_id = dy.String(nullable=True)


class Calendar(Extracted):
    """Working days and hours of a project."""

    code = dy.String(primary_key=True)
    name = dy.String()
    timezone = dy.String()
    holiday_region = dy.String(nullable=True)


class CalendarOverride(Extracted):
    """A day that is not what the weekday and the public holidays say."""

    id = dy.Int64(primary_key=True)
    calendar_code = dy.String()
    on_date = dy.Date()
    is_working = dy.Bool()
    like_weekday = dy.Int64(nullable=True)
    reason = dy.String()


class CalendarShift(Extracted):
    """One working stretch of a weekday, in minutes from local midnight."""

    id = dy.Int64(primary_key=True)
    calendar_code = dy.String()
    weekday = dy.Int64()
    start_minute = dy.Int64()
    end_minute = dy.Int64()
    valid_from = dy.Date()


class Component(Extracted):
    """Second level of the defect taxonomy."""

    code = dy.String(primary_key=True)
    category_code = dy.String()
    name_zh = dy.String()
    name_en = dy.String()
    trade = dy.String()
    is_public = dy.Bool()


class Contractor(Extracted):
    """A company that built something and answers for it."""

    id = dy.String(primary_key=True)
    code = dy.String()
    name = dy.String()


class Crew(Extracted):
    """A team that repairs."""

    id = dy.String(primary_key=True)
    code = dy.String()
    name = dy.String()
    contractor_id = dy.String(nullable=True)


class Defect(Extracted):
    """Third level of the defect taxonomy."""

    code = dy.String(primary_key=True)
    component_code = dy.String()
    name_zh = dy.String()
    name_en = dy.String()
    default_severity = dy.String()


class DefectCategory(Extracted):
    """First level of the defect taxonomy."""

    code = dy.String(primary_key=True)
    name_zh = dy.String()
    name_en = dy.String()


class InstalledComponent(Extracted):
    """What is built in where, by which contractor, from which batch."""

    id = dy.String(primary_key=True)
    project_id = dy.String()
    building_id = dy.String()
    component_code = dy.String()
    contractor_id = dy.String()
    material_batch_id = dy.String(nullable=True)
    installed_date = dy.Date(nullable=True)


class MaterialBatch(Extracted):
    """One delivery of one material."""

    id = dy.String(primary_key=True)
    code = dy.String()
    material_code = dy.String()
    material_name = dy.String()
    supplier_name = dy.String(nullable=True)
    received_date = dy.Date(nullable=True)


class Project(Extracted):
    """A named development in one city."""

    id = dy.String(primary_key=True)
    code = dy.String()
    name = dy.String()
    city = dy.String()
    district = dy.String(nullable=True)
    developer_name = dy.String(nullable=True)
    property_company_name = dy.String(nullable=True)
    timezone = dy.String()
    calendar_code = dy.String()
    created_at = instant()
    area_id = dy.String(nullable=True)


class SlaPolicy(Extracted):
    """A promise in working minutes."""

    id = dy.Int64(primary_key=True)
    severity = dy.String()
    category_code = dy.String(nullable=True)
    target = dy.String()
    target_minutes = dy.Int64()
    is_active = dy.Bool()
    valid_from = instant()
    valid_to = instant(nullable=True)
    running_reasons = dy.String()


class Space(Extracted):
    """A room of a unit type, or a shared part of a building."""

    id = dy.String(primary_key=True)
    unit_type_id = dy.String(nullable=True)
    building_id = dy.String(nullable=True)
    code = dy.String()
    kind = dy.String()
    name = dy.String()


class Staff(Extracted):
    """Somebody who works for the after-sales service."""

    id = dy.String(primary_key=True)
    staff_number = dy.String()
    name = dy.String()
    work_phone = dy.String(nullable=True)
    kind = dy.String()
    crew_id = dy.String(nullable=True)
    is_active = dy.Bool()


class Unit(Extracted):
    """One home; `code` is the canonical spelling every feed is brought to."""

    id = dy.String(primary_key=True)
    project_id = dy.String()
    building_id = dy.String()
    unit_type_id = dy.String(nullable=True)
    code = dy.String()
    room_number = dy.String()
    floor = dy.Int64(nullable=True)
    handover_date = dy.Date(nullable=True)


class UnitType(Extracted):
    """A floor plan that many homes share."""

    id = dy.String(primary_key=True)
    project_id = dy.String()
    code = dy.String()
    name = dy.String()
    area_m2 = dy.Float64()
    bedroom_count = dy.Int64()
    bathroom_count = dy.Int64()


class Tombstone(dy.Schema):
    """A row that was deleted; raw only."""

    id = dy.Int64(primary_key=True)
    table_name = dy.String()
    row_key = dy.String()
    changed_xid = dy.Int64()
    deleted_at = instant()


class Control(dy.Schema):
    """What the store itself counted when a table was extracted, to be compared with the marts."""

    table_name = dy.String(primary_key=True)
    row_count = dy.Int64(min=0)
    in_flight_count = dy.Int64(min=0)
    amount_fen_sum = dy.Int64(nullable=True)
    horizon_xid = dy.Int64()
    snapshot_at = instant()


OPS_SCHEMAS: Final[dict[str, type[Extracted]]] = {
    "approval": Approval,
    "area": Area,
    "asset": Asset,
    "attachment": Attachment,
    "building": Building,
    "calendar": Calendar,
    "calendar_override": CalendarOverride,
    "calendar_shift": CalendarShift,
    "call": Call,
    "component": Component,
    "contractor": Contractor,
    "cost_entry": CostEntry,
    "crew": Crew,
    "defect": Defect,
    "defect_category": DefectCategory,
    "installed_component": InstalledComponent,
    "material_batch": MaterialBatch,
    "message": Message,
    "process_definition": ProcessDefinition,
    "project": Project,
    "rating": Rating,
    "sla_policy": SlaPolicy,
    "space": Space,
    "staff": Staff,
    "task": Task,
    "ticket": Ticket,
    "ticket_event": TicketEvent,
    "unit": Unit,
    "unit_type": UnitType,
    "visit": Visit,
}
"""The schema of each extracted table, by the table's name."""

NOT_CARRIED: Final[frozenset[tuple[str, str]]] = frozenset(
    {
        ("ticket", "tracking_token_hash"),
        ("ticket", "process_data"),
        ("process_definition", "source"),
        ("ticket_event", "payload_salt"),
        ("ticket_event", "payload_hash"),
        ("ticket_event", "chain_hash"),
    }
)
"""Columns that stop before the clean zone: nothing is counted by a hash, and the rest stands elsewhere too."""

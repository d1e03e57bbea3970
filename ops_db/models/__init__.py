"""All tables of the operational store."""

from ops_db.models.accounts import (
    Account,
    AccountRole,
    ApiToken,
    AuditEntry,
    IdempotencyKey,
    RolePermission,
    RoleRecord,
    Session,
    SignInFailure,
)
from ops_db.models.base import SCHEMA, Base, Extracted, Tombstone
from ops_db.models.clock import Calendar, CalendarOverride, CalendarShift, CalendarYear, SlaPolicy
from ops_db.models.dispatch import AppointmentSlot, DispatchRule, StaffLeave, StaffShift
from ops_db.models.doors import Delegation, WebhookDelivery, WebhookEndpoint, WebhookMessage, WebhookSource
from ops_db.models.estate import (
    Area,
    Asset,
    Building,
    Contractor,
    InstalledComponent,
    MaterialBatch,
    Project,
    Space,
    Unit,
    UnitType,
)
from ops_db.models.forms import FormDefinition, FormLink, FormResponse
from ops_db.models.money import CostSettlement, MaterialMovement, MaterialRequest, MaterialRequestLine, MaterialStock
from ops_db.models.people import Crew, CrewProject, HouseholdMember, Person, Staff, TechnicianSkill
from ops_db.models.processes import (
    Approval,
    Notice,
    NoticeRead,
    ProcessDefinition,
    ProcessDraftSave,
    ProcessRule,
    Sweep,
    Timer,
)
from ops_db.models.taxonomy import Component, Defect, DefectCategory
from ops_db.models.tickets import (
    Attachment,
    Call,
    CostEntry,
    Message,
    Rating,
    Task,
    Ticket,
    TicketEvent,
    Visit,
)
from ops_db.models.warranty import WarrantyTerm

EXTRACTED_TABLES: tuple[str, ...] = tuple(
    sorted(
        table.name
        for table in Base.metadata.tables.values()
        if "changed_xid" in table.columns and table.name != Tombstone.__tablename__
    )
)
"""Names of the tables that carry `changed_xid` and leave tombstones."""

APPEND_ONLY_TABLES: tuple[str, ...] = ("ticket_event", "audit_entry", "material_movement", "cost_settlement")
"""Names of the tables whose rows are only ever added."""

__all__ = [
    "APPEND_ONLY_TABLES",
    "EXTRACTED_TABLES",
    "SCHEMA",
    "Account",
    "AccountRole",
    "ApiToken",
    "AppointmentSlot",
    "Approval",
    "Area",
    "Asset",
    "Attachment",
    "AuditEntry",
    "Base",
    "Building",
    "Calendar",
    "CalendarOverride",
    "CalendarShift",
    "CalendarYear",
    "Call",
    "Component",
    "Contractor",
    "CostEntry",
    "CostSettlement",
    "Crew",
    "CrewProject",
    "Defect",
    "DefectCategory",
    "Delegation",
    "DispatchRule",
    "Extracted",
    "FormDefinition",
    "FormLink",
    "FormResponse",
    "HouseholdMember",
    "IdempotencyKey",
    "InstalledComponent",
    "MaterialBatch",
    "MaterialMovement",
    "MaterialRequest",
    "MaterialRequestLine",
    "MaterialStock",
    "Message",
    "Notice",
    "NoticeRead",
    "Person",
    "ProcessDefinition",
    "ProcessDraftSave",
    "ProcessRule",
    "Project",
    "Rating",
    "RolePermission",
    "RoleRecord",
    "Session",
    "SignInFailure",
    "SlaPolicy",
    "Space",
    "Staff",
    "StaffLeave",
    "StaffShift",
    "Sweep",
    "Task",
    "TechnicianSkill",
    "Ticket",
    "TicketEvent",
    "Timer",
    "Tombstone",
    "Unit",
    "UnitType",
    "Visit",
    "WarrantyTerm",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookMessage",
    "WebhookSource",
]

"""Reference data of a new installation: roles, calendar, promises, the process of the trade, the defect taxonomy.

Loading it again adds what is missing and changes nothing that an administrator may have changed.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import yaml
from sqlalchemy import Connection, Table, func, literal, select
from sqlalchemy.dialects.postgresql import insert

from core.vocabulary import ROLE_PERMISSIONS, DefinitionState, Role, Severity, SlaTarget
from core.working_time import DEFAULT_CALENDAR
from ops_db.forms.loading import as_data, default_report
from ops_db.models import (
    Base,
    Calendar,
    CalendarShift,
    Component,
    Defect,
    DefectCategory,
    FormDefinition,
    ProcessDefinition,
    RolePermission,
    RoleRecord,
    SlaPolicy,
    WarrantyTerm,
)
from ops_db.process.loading import shipped_definitions

TAXONOMY_FILE: Final = Path(__file__).parent / "reference" / "taxonomy.yaml"
WARRANTY_FILE: Final = Path(__file__).parent / "reference" / "warranty_terms.yaml"

CALENDAR_CODE: Final = "default"

PROMISED_MINUTES: Final[dict[Severity, dict[SlaTarget, int]]] = {
    Severity.EMERGENCY: {SlaTarget.ACKNOWLEDGE: 15, SlaTarget.ARRIVE: 120, SlaTarget.RESOLVE: 480},
    Severity.URGENT: {SlaTarget.ACKNOWLEDGE: 60, SlaTarget.ARRIVE: 480, SlaTarget.RESOLVE: 1_440},
    Severity.NORMAL: {SlaTarget.ACKNOWLEDGE: 120, SlaTarget.ARRIVE: 1_440, SlaTarget.RESOLVE: 3_360},
    Severity.LOW: {SlaTarget.ACKNOWLEDGE: 480, SlaTarget.ARRIVE: 3_360, SlaTarget.RESOLVE: 7_200},
}
"""Working minutes a new installation promises; a working day of the usual service hours has 480 of them."""


def seed(connection: Connection, *, now: dt.datetime) -> dict[str, int]:
    """Add what is missing; the number of rows added, by table."""
    return {
        **_add_roles(connection),
        **_add_calendar(connection),
        **_add_taxonomy(connection),
        **_add_policies(connection),
        **_add_warranty_terms(connection),
        **_add_processes(connection, now=now),
        **_add_form(connection, now=now),
    }


def _add_roles(connection: Connection) -> dict[str, int]:
    roles = [{"code": role.value, "name_zh": role.zh, "name_en": role.en} for role in Role]
    known = set(connection.scalars(select(RoleRecord.code)))
    added = _add(connection, RoleRecord, roles)
    # Only a role that is new gets its permissions: those of the others are the administrator's affair.
    permissions = [
        {"role_code": role.value, "permission": permission.value}
        for role, permitted in ROLE_PERMISSIONS.items()
        if role.value not in known
        for permission in permitted
    ]
    return {"role": added, "role_permission": _add(connection, RolePermission, permissions)}


def _add_calendar(connection: Connection) -> dict[str, int]:
    calendar = {
        "code": CALENDAR_CODE,
        "name": "服务时间",
        "timezone": DEFAULT_CALENDAR.zone,
        "holiday_region": "CN",
    }
    added = _add(connection, Calendar, [calendar])
    shifts = [
        {"calendar_code": CALENDAR_CODE, "weekday": weekday, "start_minute": start, "end_minute": end}
        for weekday, shifts_of_day in enumerate(DEFAULT_CALENDAR.week, start=1)
        for start, end in shifts_of_day
    ]
    return {"calendar": added, "calendar_shift": _add(connection, CalendarShift, shifts if added else [])}


def _add_policies(connection: Connection) -> dict[str, int]:
    policies = [
        {"severity": severity.value, "target": target.value, "target_minutes": minutes}
        for severity, promises in PROMISED_MINUTES.items()
        for target, minutes in promises.items()
    ]
    return {"sla_policy": _add(connection, SlaPolicy, policies)}


def _add_warranty_terms(connection: Connection) -> dict[str, int]:
    terms = [
        {
            "clock": term["clock"],
            "trade": term.get("trade"),
            "category_code": term.get("category"),
            "component_code": term.get("component"),
            "defect_code": term.get("defect"),
            "month_count": term.get("months"),
            "season_count": term.get("seasons"),
            "season": term.get("season"),
            "valid_from": reference["valid_from"],
            "note": reference["sources"][term["clock"]],
        }
        for reference in (yaml.safe_load(WARRANTY_FILE.read_text(encoding="utf-8")),)
        for term in reference["terms"]
    ]
    return {"warranty_term": _add(connection, WarrantyTerm, terms)}


def _add_taxonomy(connection: Connection) -> dict[str, int]:
    categories = yaml.safe_load(TAXONOMY_FILE.read_text(encoding="utf-8"))["categories"]
    components = [
        {
            "code": component["code"],
            "category_code": category["code"],
            "name_zh": component["name_zh"],
            "name_en": component["name_en"],
            "trade": component["trade"],
            "is_public": component.get("public", False),
            "defects": component["defects"],
        }
        for category in categories
        for component in category["components"]
    ]
    defects = [
        {
            "code": defect["code"],
            "component_code": component["code"],
            "name_zh": defect["name_zh"],
            "name_en": defect["name_en"],
            "default_severity": defect.get("severity", Severity.NORMAL.value),
        }
        for component in components
        for defect in component.pop("defects")
    ]
    names = [{name: category[name] for name in ("code", "name_zh", "name_en")} for category in categories]
    return {
        "defect_category": _add(connection, DefectCategory, names),
        "component": _add(connection, Component, components),
        "defect": _add(connection, Defect, defects),
    }


def _add_processes(connection: Connection, *, now: dt.datetime) -> dict[str, int]:
    """The shipped processes, each unless there is a version of it: which one is in use is the managers' affair.

    Only the default one is taken by tickets; a rule may lead to the other.
    """
    known = set(connection.scalars(select(ProcessDefinition.key)))
    rows = [
        {
            "key": definition.key,
            "version": definition.version,
            "state": DefinitionState.PUBLISHED.value,
            "definition": definition.model_dump(mode="json", by_alias=True),
            "published_at": now,
        }
        for definition in shipped_definitions()
        if definition.key not in known
    ]
    return {"process_definition": _add(connection, ProcessDefinition, rows)}


def _add_form(connection: Connection, *, now: dt.datetime) -> dict[str, int]:
    """The report form, unless there is one of any version: which one is in use is the managers' affair."""
    definition = default_report()
    known = set(connection.scalars(select(FormDefinition.key)))
    row = {
        "key": definition.key,
        "version": definition.version,
        "state": DefinitionState.PUBLISHED.value,
        "definition": as_data(definition),
        "published_at": now,
    }
    return {"form_definition": _add(connection, FormDefinition, [] if definition.key in known else [row])}


def _add(connection: Connection, model: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert rows that are not there yet and count them."""
    table = model.__table__
    if not rows or not isinstance(table, Table):
        return 0
    key = next(iter(table.primary_key.columns))
    statement = insert(table).values(rows).on_conflict_do_nothing().returning(key)
    added = statement.cte("added")
    return connection.execute(select(func.count(literal(1))).select_from(added)).scalar_one()

"""A store with rows of every table: one with everything filled in, as awkwardly as the rules allow, and one without.

Rows are made from the models themselves, so a table added tomorrow is in it; only what the constraints demand beyond
types, references and lists of codes is said here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, Column, Connection, Table, insert, select
from sqlalchemy.types import ARRAY, Boolean, Date, DateTime, Float, Integer, LargeBinary, Numeric, Text, Uuid

from core.identifiers import uuid7
from ops_db.models.base import Base, TransactionId
from ops_db.personal_data import PersonalData
from ops_db.webhooks.keeping import new_secret

NOW = dt.datetime(2026, 11, 20, 8, 30, 15, 123456, tzinfo=dt.UTC)
AWKWARD = '=1+1,"王,阿姨"\n第二行\t\\N \\. \' 😀 '
PHONE = "13800138000"
_CODES = re.compile(r"^(\w+) in \('([^']+)'")
# Columns the trigger of a chain fills in.
_CHAINED = {"payload_hash", "payload_salt", "chain_hash", "stream", "position", "detail_salt", "detail_hash"}


def fill(connection: Connection, personal_data: PersonalData, *, photo_sha256: str) -> None:
    """Add two rows to every table of a database that has none; of their files only the first is one."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for table in Base.metadata.sorted_tables:
        for number in (1, 2):
            values = _row(table, number, rows, personal_data)
            if table.name == "attachment" and number == 1:
                values["sha256"] = photo_sha256
            added = connection.execute(insert(table).values(values).returning(*table.columns)).one()
            rows.setdefault(table.name, []).append(dict(added._mapping))


def _row(
    table: Table, number: int, rows: dict[str, list[dict[str, Any]]], personal_data: PersonalData
) -> dict[str, Any]:
    demanded = _demanded(table.name, number, rows, personal_data)
    codes = dict(_codes(table))
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name in demanded:
            values[column.name] = demanded[column.name]
        elif (
            isinstance(column.type, TransactionId)
            or column.name in (_CHAINED if _is_log(table) else ())
            or (isinstance(column.type, Integer) and column.primary_key and not column.foreign_keys)
        ):
            continue
        elif number == 2 and column.nullable:
            values[column.name] = None
        else:
            values[column.name] = _value(column, number, rows, codes)
    return values


def _is_log(table: Table) -> bool:
    return table.name in {"ticket_event", "audit_entry"}


def _codes(table: Table) -> Iterator[tuple[str, str]]:
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and (found := _CODES.match(str(constraint.sqltext))):
            yield found.group(1), found.group(2)


# One case for each type.
def _value(  # noqa: C901  As above.
    column: Column[Any], number: int, rows: dict[str, list[dict[str, Any]]], codes: dict[str, str]
) -> Any:
    for key in column.foreign_keys:
        known = rows.get(key.column.table.name)
        return known[0 if number == 1 else -1][key.column.name] if known else None
    if column.name in codes:
        return codes[column.name]
    match column.type:
        case Uuid():
            return uuid7()
        case Boolean():
            return number == 1
        case Float():
            return 0.1 + 0.2
        case Numeric():
            return Decimal("1.50")
        case Integer():
            return number
        case DateTime():
            return NOW + dt.timedelta(hours=number)
        case Date():
            return NOW.date() + dt.timedelta(days=number)
        case LargeBinary():
            return bytes([0, 255, 10, number]) * 8
        case ARRAY():
            return ["ticket:read", 'a "b" \\ c'] if number == 1 else []
        case Text():
            return f"{AWKWARD}{number}" if number == 1 else f"text {number}"
    return {"note": AWKWARD, "amount": 0.1, "large": 12345678901234567890, "list": [None, True]} if number == 1 else {}


# Long because each table states its own invariants once.
def _demanded(  # noqa: C901, PLR0912  As above.
    table: str, number: int, rows: dict[str, list[dict[str, Any]]], personal_data: PersonalData
) -> dict[str, Any]:
    """What the constraints of a table want beyond types, references and codes."""
    first = number == 1
    minutes = {"start_minute": 480 * number, "end_minute": 480 * number + 30, "weekday": number}
    match table:
        case "person":
            if not first:
                return {}
            return {
                "name_ciphertext": personal_data.encrypt(f"王小明{AWKWARD}"),
                "phone_ciphertext": personal_data.encrypt(PHONE),
                "phone_index": personal_data.phone_index(PHONE),
            }
        case "call":
            return {"caller_index": personal_data.phone_index(PHONE if first else "13900000000"), "ended_at": None}
        case "form_response":
            return {"personal_ciphertext": personal_data.encrypt('{"name": "王小明"}') if first else None}
        case "webhook_endpoint" | "webhook_source":
            key = {"key": f"source-{number}"} if table == "webhook_source" else {}
            return {"secret_ciphertext": personal_data.encrypt(new_secret()), **key}
        case "calendar_shift" | "appointment_slot":
            return minutes | ({"capacity": 3} if table == "appointment_slot" else {})
        case "staff_shift":
            return minutes | {"on_date": None} if first else {"weekday": None, "on_date": NOW.date()}
        case "staff_leave":
            return {"from_date": NOW.date(), "to_date": NOW.date()}
        case "delegation":
            accounts = [row["id"] for row in rows["account"]]
            ends = NOW + dt.timedelta(days=9)
            return {"from_account_id": accounts[0], "to_account_id": accounts[1], "starts_at": NOW, "ends_at": ends}
        case "warranty_term":
            none = dict.fromkeys(("trade", "category_code", "component_code", "defect_code"))
            scope = {"category_code": rows["defect_category"][number - 1]["code"]}
            return none | scope | {"month_count": 24, "season": None, "season_count": None}
        case "calendar_year":
            return {"year": 2025 + number}
        case "sla_policy":
            return {"valid_to": None, "running_reasons": "weather,waiting_owner" if first else ""}
        case "unit_type" | "building" | "unit":
            return _in_project(table, rows)
        case "space":
            return {"unit_type_id": rows["unit_type"][0]["id"], "building_id": None, "code": f"room-{number}"}
        case "installed_component" | "asset" | "form_link":
            return _in_project(table, rows, number)
        case "ticket":
            return _ticket(rows, first=first)
        case "ticket_event":
            ticket = rows["ticket"][number - 1]["id"]
            payload = {"note": f"王小明 {PHONE}", "milestone": "fixed", "choice": "Ring 王小明"} if first else {}
            return {"ticket_id": ticket, "version": 1, "kind": "ticket:create", "payload": payload}
        case "process_definition" | "form_definition":
            return {"key": f"key_{number}", "published_at": NOW, "state": "published"}
        case "dispatch_rule":
            crew = rows["crew"][0]["id"]
            return {"crew_source": "named", "crew_id": crew, "position": number}
        case "task":
            return {"role": "desk", "state": "open", "ended_at": None}
        case "timer":
            return {"state": "held", "remaining_minutes": 0.1 + 0.2, "failure": None, "timer_key": f"key {number}"}
        case "approval":
            role = {"role_code": "desk", "staff_id": None, "delegated_from": None}
            return role | {"state": "pending", "decided_at": None, "decided_by": None}
        case "notice":
            link = {"link": None} if first else {"link": "/manage/processes"}
            return {"recipient_kind": "role", "role_code": "desk", "account_id": None} | link
        case "visit":
            later = NOW + dt.timedelta(hours=2)
            window = {"promised_from": NOW, "promised_to": later, "departed_at": NOW}
            return window | {"arrived_at": later, "left_at": later} if first else {}
        case "cost_entry":
            return {"payer": "developer", "amount_fen": 9_007_199_254_740_993 if first else -5}
        case "cost_settlement":
            return {"payer": "developer", "kind": "borne", "contractor_id": None, "amount_fen": number}
        case "material_request_line":
            stock = rows["material_stock"][number - 1]["id"]
            return {"quantity": Decimal("9.125"), "reserved": 1, "issued": 2, "returned": 1, "stock_id": stock}
        case "attachment":
            return {"sha256": "d" * 64}
        case "idempotency_key":
            return {"status": 200, "key": f"key {number}"}
        case "rating":
            scores = dict.fromkeys(("process_score", "timeliness_score", "attitude_score"), 4)
            return scores | {"rated_at": NOW} if first else {}
        case "household_member":
            dates = {"since_date": NOW.date(), "until_date": None}
            return dates | {"person_id": rows["person"][number - 1]["id"]}
        case "role_permission":
            return {"role_code": rows["role"][number - 1]["code"]}
        case "notice_read":
            return {"notice_id": rows["notice"][number - 1]["id"]}
        case "crew_project":
            return {"crew_id": rows["crew"][number - 1]["id"]}
        case "technician_skill":
            return {"staff_id": rows["staff"][number - 1]["id"]}
    return {}


def _in_project(table: str, rows: dict[str, list[dict[str, Any]]], number: int = 1) -> dict[str, Any]:
    """Project, building and home that belong together."""
    place: dict[str, Any] = {"project_id": rows["project"][0]["id"]}
    if table in {"unit", "installed_component", "asset", "form_link"}:
        place["building_id"] = rows["building"][0]["id"]
    if table == "unit":
        place["unit_type_id"] = rows["unit_type"][0]["id"]
    if table in {"asset", "form_link"} and number == 1:
        place["unit_id"] = rows["unit"][0]["id"]
    if table == "installed_component":
        place["component_code"] = rows["component"][number - 1]["code"]
    return place


def _ticket(rows: dict[str, list[dict[str, Any]]], *, first: bool) -> dict[str, Any]:
    component, defect = rows["component"][0], rows["defect"][0]
    place = _in_project("unit", rows)
    if not first:
        return {"project_id": place["project_id"], "state": "open", "version": 1, "number": "T00000002"}
    return {
        "project_id": place["project_id"],
        "building_id": place["building_id"],
        "unit_id": rows["unit"][0]["id"],
        "category_code": component["category_code"],
        "component_code": component["code"],
        "defect_code": defect["code"],
        "state": "closed",
        "reported_at": NOW,
        "closed_at": NOW,
        "source_system": None,
        "source_key": None,
        "version": 1,
        "number": "T00000001",
    }


def contents(connection: Connection, table: Table, *, without: set[str]) -> list[tuple[Any, ...]]:
    """Every row of a table in the order of its key, without the columns named."""
    columns = [column for column in table.columns if column.name not in without]
    return [tuple(row) for row in connection.execute(select(*columns).order_by(*table.primary_key.columns))]

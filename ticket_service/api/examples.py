"""One example for each word of the API, and from them an example of every request and answer.

An example is put together from the schema, so that it is never out of date; a word without one is found by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

UUID: Final = "0191d3a2-7c4e-7b1a-9f00-5a2d3c4e5f60"
MOMENT: Final = "2026-03-02T10:05:00+08:00"

WORDS: Final[Mapping[str, Any]] = {
    "accept-language": "zh-CN",
    "difference": "changed",
    "en": "Accept",
    "from_version": 1,
    "node": "acceptance",
    "path": "nodes.acceptance.title",
    "previous": 1,
    "process_key": "standard_repair",
    "revision": 4,
    "rule": "reachable",
    "rule_count": 2,
    "running": 12,
    "running_count": 12,
    "text": "The step can never be reached.",
    "zh-CN": "受理",
    "due_in_minutes": 480,
    "left": ["intake"],
    "notice": "Supervisor is told",
    "now": "Mon 1 Jun 09:00",
    "owner_status": "accepted",
    "pack": "process: standard_repair",
    "passed": 8,
    "place": "Step 3",
    "refused": "Please fill in the technician and try again.",
    "refused_at": 1,
    "standing_at": ["dispatch"],
    "step": "Intake",
    "task": "intake",
    "ticket_state": "open",
    "wait_minutes": 120,
    "what": "Warn",
    "when": "Mon 1 Jun 11:00",
    "who": "desk",
    "action": "complete",
    "address": "余杭区文一西路88号",
    "actor_kind": "account",
    "actor_name": "李静",
    "all_or_none": ["promised_from", "promised_to"],
    "evidence": [],
    "form": "handover_check",
    "amount_fen": 12_000,
    "assignee_name": "周师傅",
    "body_en": "It has waited for 30 minutes.",
    "body_zh": "该步骤已等待 30 分钟。",
    "cost_fen": 12_000,
    "decided_by_name": "周明",
    "estimated_cost_fen": 60_000,
    "is_in_person": False,
    "is_paused": False,
    "is_unread_only": True,
    "marked_count": 3,
    "notice_id": UUID,
    "position": 1,
    "role_code": "finance",
    "signer_count": 2,
    "approved_count": 1,
    "added_by_name": "周明",
    "asked_at": MOMENT,
    "at_least_one": ["technician_id", "crew_id"],
    "attitude_score": 5,
    "author_kind": "account",
    "author_name": "李静",
    "body": "师傅明天上午九点到，请留人在家。",
    "building_code": "03",
    "building_name": "3号楼",
    "byte_count": 183_204,
    "category_code": "waterproofing",
    "category_name_en": "Waterproofing",
    "category_name_zh": "防水",
    "channel": "phone",
    "choice": "accept",
    "city": "杭州",
    "closed_at_precision": "second",
    "code": "HZ01-03-1802",
    "comment": "来得很快",
    "component_code": "bath_waterproofing",
    "component_name_en": "Bathroom waterproofing",
    "component_name_zh": "卫生间防水",
    "crew_name": "防水一班",
    "cursor": "WyIyMDI2LTAzLTAyVDAyOjA1OjAwKzAwOjAwIl0",
    "default_severity": "urgent",
    "defect_code": "bath_waterproofing_leak",
    "defect_name_en": "Bathroom leaks",
    "defect_name_zh": "卫生间渗漏",
    "description": "主卧卫生间门口墙面渗水，楼下已有水渍",
    "detail": "Ticket T00000042 was changed meanwhile.",
    "direction": "inbound",
    "display_name": "李静",
    "district": "余杭区",
    "exchange_key": "call-20260302-000918",
    "file": "photo.jpg",
    "floor": 18,
    "floor_count": 26,
    "handover_date": "2024-06-30",
    "height": 1_440,
    "Idempotency-Key": "0191d3a2-7c4e-7b1a",
    "If-Match": '"3"',
    "if-match": '"3"',
    "is_current": True,
    "is_required": True,
    "key": "note",
    "kind": "task:complete",
    "language": "zh-CN",
    "link": "/manage/webhooks",
    "limit": 50,
    "login": "desk",
    "material_code": "M-2041",
    "maximum": 100,
    "media_type": "image/jpeg",
    "message": "Field required",
    "minimum": 1,
    "name": "王**",
    "name_en": "Bathroom waterproofing",
    "name_zh": "卫生间防水",
    "next_cursor": "WyIyMDI2LTAzLTAyVDAyOjA1OjAwKzAwOjAwIl0",
    "node_key": "acceptance",
    "node_title_en": "Accept",
    "node_title_zh": "受理",
    "note": "下午在家",
    "number": "T00000042",
    "open": 12,
    "open_task_count": 2,
    "options": [{"code": "yes", "title_zh": "是", "title_en": "Yes"}],
    "outcome": "accept",
    "overdue": 1,
    "password": "a long phrase",
    "pause_reason": "waiting_owner",
    "paused": 2,
    "payer": "developer",
    "payload": {"choice": "accept", "owner_status": "accepted"},
    "permissions": ["ticket:read", "ticket:create"],
    "phone": "138****1234",
    "process_score": 5,
    "project_code": "HZ01",
    "project_codes": ["HZ01"],
    "project_name": "安居花园",
    "purpose": "before",
    "quantity": 2.5,
    "reason": "约上门时间",
    "role": "desk",
    "roles": ["desk"],
    "room_number": "1802",
    "search": "1802",
    "scopes": ["ticket:create"],
    "severity": "urgent",
    "source_key": "meters",
    "source_system": "old_crm",
    "space_code": "bathroom-1",
    "space_name": "主卫",
    "staff_name": "周师傅",
    "staff_number": "S-0007",
    "state": "open",
    "status": "ready",
    "technician_name": "周师傅",
    "technician_phone": "0571-88880000",
    "ticket_number": "T00000042",
    "timeliness_score": 4,
    "title": "主卫渗水",
    "title_en": "Note",
    "title_zh": "备注",
    "token": "3vX1s0gk9nU2bq7R5tYw8A",
    "tracking_url": "https://anju.example/track/3vX1s0gk9nU2bq7R5tYw8A",
    "trade": "waterproofing",
    "trades": ["waterproofing"],
    "unit_code": "HZ01-03-1802",
    "unit_type_code": "B2",
    "uploader_kind": "account",
    "version": 3,
    "width": 1_080,
    "agent_name": "李静",
    "recipient_kind": "role",
    "area_code": "EAST",
    "available": 37.5,
    "calendar_code": "default",
    "contractor_name": "宏远建设",
    "days_left": 212,
    "end_minute": 720,
    "free_count": 2,
    "holiday_region": "CN",
    "issued": 1,
    "like_weekday": 1,
    "material_name": "防水涂料",
    "month_count": 60,
    "on_hand": 40,
    "open_count": 12,
    "open_fen": 12_000,
    "points": 50,
    "process_title_en": "Standard repair",
    "process_title_zh": "标准报修流程",
    "process_version": 1,
    "remaining_minutes": 42.5,
    "requested_by": "李静",
    "reserved": 2.5,
    "returned": 0,
    "season_count": 2,
    "settled_by": "李静",
    "settled_fen": 48_000,
    "start_minute": 510,
    "target_minutes": 1_440,
    "timer_key": "warn",
    "timezone": "Asia/Shanghai",
    "total_fen": 60_000,
    "unit": "kg",
    "unit_price_fen": 2_400,
    "warehouse": "CK-HZ01",
    "warehouse_code": "CK-HZ01",
    "weekday": 1,
    "written_off_fen": 0,
}
"""By the name of a field or parameter; a schema that has examples of its own goes first."""

_FORMATS: Final[Mapping[str, Any]] = {
    "uuid": UUID,
    "date-time": MOMENT,
    "date": "2026-03-02",
    "binary": "photo.jpg",
    "uri": "https://hooks.example/anju",
}
_DEEPEST: Final = 8


class Examples:
    """Makes examples out of the schemas of one description, and remembers the words it had none for."""

    def __init__(self, components: Mapping[str, Any]) -> None:
        """Take the schemas that others refer to."""
        self._components = components
        self.unexplained: set[str] = set()

    def of(self, schema: Mapping[str, Any], name: str = "", depth: int = 0) -> Any:
        """An example of `schema`; `name` is the word it stands behind."""
        schema = self._resolved(schema)
        if schema.get("examples"):
            return schema["examples"][0]
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return WORDS[name] if WORDS.get(name) in schema["enum"] else schema["enum"][0]
        for choices in ("anyOf", "oneOf", "allOf"):
            if schema.get(choices):
                real = [one for one in schema[choices] if one.get("type") != "null"]
                return self.of(real[0], name, depth) if real else None
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        match schema.get("type"):
            case "object":
                return self._object(schema, name, depth)
            case "array":
                return self._array(schema, name, depth)
            case "boolean":
                return WORDS.get(name, False)
            case "null":
                return None
        return self._plain(schema, name)

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._components[schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _object(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        if depth > _DEEPEST:
            return {}
        if "properties" in schema:
            return {key: self.of(one, key, depth + 1) for key, one in schema["properties"].items()}
        if isinstance(WORDS.get(name), dict):
            return WORDS[name]
        values = schema.get("additionalProperties")
        return {WORDS["node_key"]: self.of(values, "", depth + 1)} if isinstance(values, dict) else {}

    def _array(self, schema: Mapping[str, Any], name: str, depth: int) -> Any:
        if isinstance(WORDS.get(name), list):
            return WORDS[name]
        return [] if depth > _DEEPEST else [self.of(schema.get("items", {}), name.removesuffix("s"), depth + 1)]

    def _plain(self, schema: Mapping[str, Any], name: str) -> Any:
        is_number = schema.get("type") in ("integer", "number")
        known = WORDS.get(name)
        if known is not None and isinstance(known, int | float) == is_number:
            return known
        if known is not None and not is_number:
            return str(known)
        if "default" in schema or not name:
            return schema.get("default", 1 if is_number else "…")
        self.unexplained.add(name)
        return schema.get("minimum", 1) if is_number else name

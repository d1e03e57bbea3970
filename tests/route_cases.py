"""What stands in the addresses and requests of the matrix: a line for each path parameter, a form for each page.

Whoever adds a route whose address has a new kind of part adds it here; the matrix says which is missing.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from tests.route_world import Side

ZERO: Final = "00000000-0000-0000-0000-000000000000"

SHARED: Final[Mapping[str, Mapping[str, str]]] = {
    "/cockpits/": {"page": "executive"},
    "/f/": {"code": "nobody-printed-this"},
    "/manage/forms/": {"key": "owner_report", "number": "1"},
    "/api/v1/tokens/": {"token_id": ZERO},
    "/api/v1/processes/": {"key": "standard_repair", "version": "1"},
    "/api/v1/notices/": {"notice_id": ZERO},
    "/notices/": {"notice_id": ZERO},
    "/manage/processes/": {"key": "standard_repair", "version": "1"},
    "/manage/people/": {"staff_number": "S-W1"},
    "/manage/areas/projects/": {},
    "/api/v1/areas/": {"area_code": "nowhere"},
    "/manage/areas/": {"code": "nowhere"},
    "/manage/accounts/": {"account_id": ZERO},
    "/manage/webhooks/": {"endpoint_id": ZERO},
    "/api/v1/hooks/": {"source_key": "meters"},
    "/api/v1/forms/": {"key": "owner_report"},
}
"""Beginnings of addresses of what belongs to no project, with what stands for their parts."""

UNKNOWN_IN_ANY: Final[Mapping[str, str]] = {"response_id": ZERO, "key": "phone"}
"""Parts below something of a project that the world does not hold."""

OF_A_PROJECT: Final = frozenset(
    {
        *("number", "token", "attachment_id", "project_code", "building_code", "unit_code", "person_id"),
        *("cost_id", "request_id", "line_id", "rule_id", "id"),
    }
)
"""Parts of addresses that `Side.words` knows: each project has its own."""

FORMS: Final[Mapping[str, Mapping[str, str]]] = {
    "/account/delegation": {"to": ZERO, "from": "2031-01-01", "until": "2031-01-08", "reason": "年假"},
    "/account/delegation/end": {"delegation": ZERO},
    "/account/password": {"present": "-", "chosen": "a new long phrase", "repeated": "a new long phrase"},
    "/account/tokens": {"name": "水表告警", "scopes": "ticket:read"},
    "/account/tokens/revoke": {"token": ZERO},
    "/manage/accounts": {"login": "li.jing", "display_name": "李静", "language": "zh-CN"},
    "/manage/accounts/{account_id}": {"deed": "grant", "role": "desk", "project": ""},
    "/manage/accounts/{account_id}/delegations/end": {"delegation": ZERO},
    "/manage/processes/{key}/move": {"from": "1", "to": "2", "confirmed": "3"},
    "/manage/calendars/due-times": {"code": "default", "reason": "封控"},
    "/manage/areas": {"code": "EAST", "name": "东片区", "lead": ""},
    "/manage/areas/{code}": {"name": "东片区", "lead": "", "version": "1"},
    "/manage/areas/projects/{project_code}": {"area_": "", "shown_": ""},
    "/manage/webhooks": {"name": "ERP", "url": "https://erp.example/hook", "kinds": "ticket:close", "project": ""},
    "/manage/webhooks/sources": {"name": "水表平台", "key": "meters", "project": ""},
    "/manage/webhooks/sources/switch": {"source": ZERO, "is_active": "1"},
    "/manage/webhooks/{endpoint_id}": {"deed": "test"},
    "/manage/roles": {"code": "night_guard", "name_zh": "夜间值班", "name_en": "Night guard"},
    "/manage/roles/permissions": {"shown": "quality", "permitted": "quality ticket:read"},
    "/manage/roles/remove": {"code": "night_guard"},
    "/sign-in": {"login": "nobody", "password": "wrong"},
    "/language": {"language": "en"},
    "/report": {"description": "客厅地板起拱", "phone": "13700004321", "name": "陈思远", "channel": "qr", "home": ""},
    "/desk/new": {
        "phone": "138 0000 1234",
        "name": "王芳",
        "project": "",
        "building": "",
        "home": "",
        "title": "主卫渗水",
        "severity": "urgent",
        "channel": "phone",
    },
    "/desk/new/caller": {"phone": "13900004321"},
    "/desk/tickets/{number}/act": {"action": "complete", "choice": "accept", "task": "", "version": ""},
    "/desk/tickets/{number}/messages": {"body": "明天上午九点到"},
    "/desk/tickets/{number}/costs": {"kind": "material", "amount": "120.50", "payer": "developer", "note": "地板"},
    "/desk/tickets/{number}/costs/reverse": {"entry": ""},
    "/desk/tickets/{number}/calls": {"call_note": "下午在家", "direction": "outbound", "minutes": "3"},
    "/desk/tickets/{number}/reveal": {"person": ""},
    "/desk/tickets/{number}/tracking-link": {},
    "/approvals/{number}": {"action": "approve", "task": "", "version": "", "words": "同意"},
    "/notices/read": {},
    "/work/{number}/act": {"action": "complete", "choice": "accept", "task": "", "version": ""},
    "/work/{number}/photos": {},
    "/work/{number}/messages": {"body": "明天上午九点到"},
    "/work/{number}/costs": {"kind": "material", "amount": "120.50", "payer": "developer", "note": "地板"},
    "/work/{number}/costs/reverse": {"entry": ""},
    "/work/{number}/call": {},
    "/track/{token}/messages": {"body": "什么时候来？"},
    "/track/{token}/urge": {},
    "/track/{token}/rate": {"process_score": "5", "timeliness_score": "4", "attitude_score": "5"},
    "/track/{token}/act": {"action": "cancel", "choice": "", "task": "", "version": "", "reason": "自行处理"},
}
"""What is typed into the form of a page; an empty value is taken from the project, if it knows the word."""


class NoCaseError(AssertionError):
    """A route has no case."""


def address(path: str, side: Side) -> str:
    """The address of `path` in a project; raises NoCaseError for a part nobody described."""

    def part(match: re.Match[str]) -> str:
        name = match[1].split(":")[0]
        shared = shared_words(path)
        if name in shared:
            return shared[name]
        if name in OF_A_PROJECT:
            return str(side.words[name])
        if name in UNKNOWN_IN_ANY and any(f"{{{one}}}" in path for one in OF_A_PROJECT):
            return UNKNOWN_IN_ANY[name]
        message = f"{path} has a part {name} that tests/route_cases.py does not know. Add it to SHARED or OF_A_PROJECT."
        raise NoCaseError(message)

    return re.sub(r"\{([^}]+)\}", part, path)


def is_of_a_project(path: str) -> bool:
    """Whether the address names something of one project."""
    return "{" in path and not shared_words(path)


def shared_words(path: str) -> Mapping[str, str]:
    """What stands for the parts of an address that belongs to no project."""
    return next((parts for beginning, parts in SHARED.items() if path.startswith(beginning)), {})


def form(path: str, side: Side) -> dict[str, str]:
    """The form of a page with a key of its own."""
    typed = {name: value or str(side.words.get(name, "")) for name, value in FORMS.get(path, {}).items()}
    return typed | {"idempotency_key": str(uuid.uuid4())}


def filled_in(example: Any, side: Side) -> Any:
    """An example of the API's description with the words of a project instead."""
    if isinstance(example, dict):
        return {
            name: side.words[name] if name in side.words else filled_in(value, side) for name, value in example.items()
        }
    return [filled_in(one, side) for one in example] if isinstance(example, list) else example

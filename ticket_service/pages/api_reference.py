"""The reference of the API as a page: every operation with its words, examples and refusals."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ticket_service.api.description import describe
from ticket_service.pages.reader import CurrentReader, marked
from ticket_service.policies import Public

router = APIRouter(include_in_schema=False)

SUBJECTS: Final[Mapping[str, tuple[str, str]]] = {
    "tickets": (marked("Tickets"), marked("Open, find, read and act on them.")),
    "waiting": (marked("Waiting for you"), marked("Approvals that you are asked for, and what you were told.")),
    "conversation": (marked("Conversation"), marked("Messages, photos and ratings of a ticket.")),
    "dispatch": (marked("Dispatch"), marked("Which crew and whom a ticket goes to.")),
    "clock": (marked("Time and warranty"), marked("Deadlines, pauses, warranty and way of a ticket; calendars.")),
    "costs": (marked("Costs"), marked("What a ticket costs, who bears it, and how far it is settled.")),
    "material": (marked("Material"), marked("Stock, and material asked for on tickets.")),
    "owner": (marked("Owners"), marked("Reports without an account, and the page behind the link of a ticket.")),
    "estate": (marked("Estate"), marked("Projects, buildings, homes, people, technicians, crews and calls.")),
    "areas": (marked("Areas"), marked("Which parts of the estate belong together, and who leads each.")),
    "processes": (marked("Processes"), marked("Versions, drafts, publication, and which process a ticket takes.")),
    "notices": (marked("Notices"), marked("What the process tells a person.")),
    "approvals": (marked("Approvals"), marked("What waits for a person's signature.")),
    "forms": (marked("Forms"), marked("Versioned definitions, and the answers to them.")),
    "sessions": (marked("Signing in"), marked("Who is signed in, and tokens for programs.")),
    "hooks": (marked("Hooks"), marked("Signed messages by which other systems open tickets and comment on them.")),
    "health": (marked("Health"), marked("Whether the service lives and can work.")),
}
"""Every tag of the description, in the order of the page: its title, and what it is about."""


@router.get("/api/docs", dependencies=[Depends(Public("It describes and discloses nothing."))])
async def show_reference(request: Request, reader: CurrentReader) -> Response:
    """The description, by subject."""
    described = describe(request.app)
    subjects: dict[str, list[dict[str, Any]]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            subjects.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    order = {tag: place for place, tag in enumerate(SUBJECTS)}
    return reader.page(
        "api_reference.html",
        subjects=sorted(subjects.items(), key=lambda one: order[one[0]]),
        words=SUBJECTS,
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {})
    answers, refusals = [], []
    for status, answer in sorted(operation["responses"].items()):
        contents = answer.get("content", {})
        if status < "400":
            example = next((one["example"] for one in contents.values() if "example" in one), None)
            answers.append((status, _pretty(example)))
        else:
            examples = next(iter(contents.values()))["examples"]
            refusals.append((status, [(code, one["summary"]) for code, one in examples.items()]))
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "description": operation["description"].split("\n\n")[0],
        "permission": _permission(operation.get("x-permission", "")),
        "is_open": "security" not in operation,
        "parameters": operation.get("parameters", []),
        "body": _pretty(next((one["example"] for one in body.values() if "example" in one), None)),
        "body_type": next(iter(body), ""),
        "answers": answers,
        "refusals": refusals,
    }


def _permission(named: str | list[str]) -> str:
    return named if isinstance(named, str) else " / ".join(named)


def _pretty(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)

"""The reference of the API as a page: every operation with its words, examples and refusals."""

from __future__ import annotations

import json
from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from ticket_service.api.description import TAGS, describe
from ticket_service.pages.reader import CurrentReader
from ticket_service.policies import Public

router = APIRouter(include_in_schema=False)


@router.get("/api/docs", dependencies=[Depends(Public("It describes and discloses nothing."))])
async def show_reference(request: Request, reader: CurrentReader) -> Response:
    """The description, by subject."""
    described = describe(request.app)
    subjects: dict[str, list[dict[str, Any]]] = {}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            subjects.setdefault(operation["tags"][0], []).append(_operation(method, path, operation))
    order = {tag: place for place, tag in enumerate(TAGS)}
    return reader.page(
        "api_reference.html",
        about=described["info"]["description"].split("\n\n"),
        subjects=sorted(subjects.items(), key=lambda one: order.get(one[0], len(order))),
        abouts=TAGS,
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
        "permission": operation.get("x-permission", ""),
        "is_open": "security" not in operation,
        "parameters": operation.get("parameters", []),
        "body": _pretty(next((one["example"] for one in body.values() if "example" in one), None)),
        "body_type": next(iter(body), ""),
        "answers": answers,
        "refusals": refusals,
    }


def _pretty(example: Any) -> str:
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)

"""No write of the API takes a column it does not declare: each is refused by name, and nothing is changed."""

from __future__ import annotations

from typing import Any

from core.identifiers import uuid7
from ops_db.models import Base
from tests.route_cases import address, filled_in
from tests.route_world import OWN, World
from ticket_service.api.description import describe

COLUMNS = sorted({column.name for table in Base.metadata.tables.values() for column in table.columns})
FREE = {"/api/v1/hooks/{source_key}"}
"""Bodies that are signed, and checked by their own tests."""


def writes(world: World) -> list[tuple[str, str, dict[str, Any], set[str]]]:
    """Method, address, example and declared fields of every operation that takes JSON."""
    described = describe(world.app)
    found = []
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content is None or path in FREE:
                continue
            schema = content["schema"]
            while "$ref" in schema:
                schema = described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
            if "properties" in schema:
                found.append((method.upper(), path, content["example"], set(schema["properties"])))
    return found


def test_every_column_sent_to_every_write_is_refused_by_name(world: World) -> None:
    tried, taken = 0, []
    for method, path, example, declared in writes(world):
        wanted = [column for column in COLUMNS if column not in declared]
        body = filled_in(example, world.sides[OWN]) | dict.fromkeys(wanted, "x")
        headers = {"Idempotency-Key": f"mass-{uuid7()}"}
        answer = world.ask("administrator", method, address(path, world.sides[OWN]), json=body, headers=headers)
        assert answer.response is not None
        problem = answer.response.json()
        refused = {error["field"].removeprefix("body.") for error in problem.get("errors", ())}
        tried += len(wanted)
        taken += [(method, path, column) for column in wanted if column not in refused]
        assert answer.status == 422, (method, path, answer.text[:200])
    print(f"{tried} columns tried, {len(taken)} taken")
    assert taken == []
    assert tried > 2_000

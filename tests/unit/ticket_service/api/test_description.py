"""The description of the API is complete: words, examples and refusals for every operation, and they are true."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from ticket_service.api.description import MEDIA_TYPE, describe, words_without_example
from ticket_service.policies import Allowed, declared_policies
from ticket_service.problems import PROBLEMS

Operation = tuple[str, str, dict[str, Any]]


@pytest.fixture(scope="module")
def description(built_app: FastAPI) -> dict[str, Any]:
    return describe(built_app)


def operations(description: dict[str, Any]) -> Iterator[Operation]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_every_route_of_the_api_is_described(built_app: FastAPI, description: dict[str, Any]) -> None:
    described = {(method, path) for method, path, _ in operations(description)}
    declared = {(method, path) for method, path, _ in declared_policies(built_app) if path.startswith("/api/v1/")}
    assert declared - {("GET", "/api/v1/openapi.json")} <= described
    assert len(described) > 35


def test_every_operation_has_summary_description_tag_and_a_name_of_its_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]
    assert len(names) == len(set(names))
    known = {tag["name"] for tag in description["tags"]}
    for method, path, operation in operations(description):
        assert 5 < len(operation["summary"]) <= 110, (method, path)
        assert operation["description"].startswith(operation["summary"][:20]), (method, path)
        assert set(operation["tags"]) <= known, (method, path)
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (method, path, parameter["name"])
            assert "example" in parameter, (method, path, parameter["name"])


def test_every_request_and_answer_has_an_example_that_fits_its_schema(description: dict[str, Any]) -> None:
    checked = 0
    for method, path, operation in operations(description):
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for body in bodies:
            for media_type, content in body.get("content", {}).items():
                if "schema" not in content or "json" not in media_type:
                    continue
                schema = content["schema"] | {"components": description["components"]}
                given = (
                    [content["example"]]
                    if "example" in content
                    else [one["value"] for one in content["examples"].values()]
                )
                for example in given:
                    jsonschema.validate(example, schema)
                    checked += 1
                assert given, (method, path, media_type)
    assert checked > 300


def test_no_word_of_the_api_is_without_an_example(built_app: FastAPI) -> None:
    assert words_without_example(built_app) == set()


def test_every_operation_declares_what_it_refuses_with_the_code_in_an_example(description: dict[str, Any]) -> None:
    for method, path, operation in operations(description):
        refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
        assert {"500", "503"} <= set(refusals), (method, path)
        for status, answer in refusals.items():
            for code, example in answer["content"][MEDIA_TYPE]["examples"].items():
                assert PROBLEMS[code][0].value == int(status) == example["value"]["status"], (method, path, code)


def test_a_guarded_operation_names_its_permission_and_says_401_and_403(
    built_app: FastAPI, description: dict[str, Any]
) -> None:
    met = 0
    for method, path, policy in declared_policies(built_app):
        operation = description["paths"].get(path, {}).get(method.lower())
        if operation is None or not isinstance(policy, Allowed):
            continue
        met += 1
        named = operation["x-permission"]
        assert tuple([named] if isinstance(named, str) else named) == policy.permissions, (method, path)
        assert {"401", "403"} <= set(operation["responses"]), (method, path)
        assert operation["security"], (method, path)
    assert met > 20


def test_the_description_is_served_and_names_no_machine(client: TestClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"].startswith("3.")
    assert "/work/" not in answer.text

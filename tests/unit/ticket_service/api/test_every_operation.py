"""Schemathesis sends every operation its examples and what breaks them: no error of ours, nothing undeclared."""

from __future__ import annotations

import copy
import json
from collections import Counter
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.openapi.checks import JsonSchemaError, UndefinedContentType, UndefinedStatusCode

from tests.route_cases import filled_in, shared_words
from tests.route_world import ORIGIN, OWN, PICTURE, ROLES, Answer, World
from ticket_service.api.description import describe

SEED = 20_260_302
CASES_PER_OPERATION = 4
CHECKS = ("not_a_server_error", "status_code_conformance", "content_type_conformance", "response_schema_conformance")
LEFT_OUT = {("delete", "/api/v1/session")}


def schema_for(world: World, described: dict[str, Any]) -> Any:
    """The description with the words of the world as its examples."""
    side = world.sides[OWN]
    for path, operations in described["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                known = {**side.words, **shared_words(path)}.get(parameter["name"])
                if known is not None and (parameter["in"] == "path" or parameter["name"] == "project_code"):
                    parameter["example"] = known
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if "example" in content:
                    content["example"] = filled_in(content["example"], side)
    return schemathesis.openapi.from_dict(described)


class Trial:
    """What was sent, what came back, and what should not have."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reached: dict[str, set[int]] = {}
        self.count: Counter[str] = Counter()
        self.wrong: list[str] = []

    def send(self, case: Any, who: str, *, is_example: bool = False) -> None:
        given_by = case.as_transport_kwargs(base_url=ORIGIN)
        sent = {name: given_by[name] for name in ("params", "json", "data", "files") if given_by.get(name) is not None}
        if isinstance(sent.get("data"), bytes):
            sent["content"] = sent.pop("data")
        if is_example and "files" in sent:
            sent["files"] = {"file": ("photo.jpg", PICTURE, "image/jpeg")}
        headers = {name: value for name, value in (given_by.get("headers") or {}).items() if name != "Authorization"}
        if "files" in sent:
            headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        path = given_by["url"].removeprefix(ORIGIN) or "/"
        try:
            answer = self.world.ask(who, given_by["method"], path, headers=headers, **sent)
        except (UnicodeEncodeError, ValueError, httpx.InvalidURL, httpx.LocalProtocolError):
            # What no client can put on the wire.
            self.count["unsendable"] += 1
            return
        label = f"{case.operation.method.upper()} {case.operation.path}"
        self.reached.setdefault(label, set()).add(answer.status)
        self.count["sent"] += 1
        place = f"{label} as {who}: {answer.status} {answer.code} {path} {sent}"
        if answer.status >= 500:
            self.wrong.append(f"{place} {answer.text[:300]}")
        elif answer.status != 405:
            self._compare(case, answer, place)

    def _compare(self, case: Any, answer: Answer, place: str) -> None:
        assert answer.response is not None
        if not hasattr(answer.response.request, "_content"):
            # A streamed upload was consumed; the checks only want to show it.
            answer.response.request._content = b""
        try:
            case.validate_response(answer.response, checks=_checks())
        except FailureGroup as group:
            for failure in group.exceptions:
                if isinstance(failure, UndefinedStatusCode | UndefinedContentType | JsonSchemaError):
                    self.wrong.append(f"{place} {str(failure)[:400]}")


def _checks() -> list[Any]:
    from schemathesis import checks  # noqa: PLC0415  Loads its checks when asked.

    checks.load_all_checks()
    return [checks.CHECKS.get_one(name) for name in CHECKS]


def try_out(
    world: World, roles: tuple[str, ...], cases_per_operation: int, described: dict[str, Any] | None = None
) -> Trial:
    trial = Trial(world)
    for result in schema_for(world, described or copy.deepcopy(describe(world.app))).get_all_operations():
        operation = result.ok()
        if (operation.method, operation.path) in LEFT_OUT:
            continue
        for strategy in operation.get_strategies_from_examples():
            for who in roles:
                _draw(strategy, lambda case, who=who: trial.send(case, who, is_example=True), 1)
        wrong = operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE)
        whole = st.one_of(operation.as_strategy(), wrong)
        _draw(st.tuples(whole, st.sampled_from(roles)), lambda pair: trial.send(*pair), cases_per_operation)
    return trial


def _draw(strategy: Any, use: Any, count: int) -> None:
    """Use `count` examples of a strategy, always the same ones."""

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=count,
        phases=[Phase.generate],
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(value: Any) -> None:
        use(value)

    run()


def judged(trial: Trial) -> None:
    reached = {label for label, statuses in trial.reached.items() if any(200 <= status < 300 for status in statuses)}
    share = len(reached) / len(trial.reached)
    print(f"{trial.count['sent']} requests, {len(trial.reached)} operations, {share:.0%} reached 2xx")
    print("never 2xx:", sorted(set(trial.reached) - reached))
    assert not trial.wrong, f"{len(trial.wrong)} surprises:\n" + "\n".join(sorted(set(trial.wrong))[:12])
    assert share >= 0.6, json.dumps(sorted(set(trial.reached) - reached), indent=1)


def test_no_request_to_any_operation_meets_an_error_of_ours_or_an_undeclared_answer(world: World) -> None:
    judged(try_out(world, ("administrator", "desk@own"), CASES_PER_OPERATION))


def test_an_undeclared_answer_and_one_of_another_shape_are_noticed(world: World) -> None:
    described = copy.deepcopy(describe(world.app))
    described["paths"] = {path: described["paths"][path] for path in ("/api/v1/crews", "/api/v1/tickets/{number}")}
    described["paths"]["/api/v1/tickets/{number}"]["get"]["responses"].pop("404")
    described["components"]["schemas"]["CrewOut"]["properties"]["name"]["type"] = "integer"
    trial = try_out(world, ("desk",), CASES_PER_OPERATION, described)
    assert {one.split(" as ")[0] for one in trial.wrong} == {"GET /api/v1/crews", "GET /api/v1/tickets/{number}"}


@pytest.mark.long
@pytest.mark.timeout(7_200)
def test_the_same_for_long_as_every_role(world: World) -> None:
    judged(try_out(world, ("", "None", *map(str, ROLES), *(f"{role}@own" for role in ROLES)), 200))

"""Every route says who may use it; test_role_matrix.py has every role meet every route."""

from __future__ import annotations

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from ops_db.errors import DomainError
from ops_db.process.errors import ProcessError
from ticket_service.policies import PolicyMissing, declared_policies, require_policies
from ticket_service.problems import PROBLEMS


def test_the_service_does_not_start_while_a_route_declares_no_policy() -> None:
    router = APIRouter(prefix="/inner")
    router.get("/open-to-all")(lambda: None)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    with pytest.raises(PolicyMissing, match="/inner/open-to-all"):
        require_policies(app)


def test_a_route_that_is_none_of_ours_is_refused_too() -> None:
    with pytest.raises(PolicyMissing):
        require_policies(FastAPI())


def test_the_service_has_routes_and_each_has_its_policy(app: FastAPI) -> None:
    policies = list(declared_policies(app))
    assert len([path for _, path, _ in policies if path.startswith("/api/v1")]) > 30


def test_every_refusal_has_its_line_in_the_table_of_problems() -> None:
    def family(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*(family(child) for child in kind.__subclasses__()))

    # Every error of ours has a code.
    codes = {kind.code for kind in family(DomainError) | family(ProcessError)}  # type: ignore[attr-defined]
    assert len(codes) > 20
    assert codes <= set(PROBLEMS)


def test_the_description_of_the_api_has_examples_and_says_what_is_refused(client: TestClient) -> None:
    description = client.get("/api/v1/openapi.json").json()
    ticket_in = description["components"]["schemas"]["TicketIn"]
    assert ticket_in["additionalProperties"] is False
    assert ticket_in["properties"]["description"]["examples"]
    assert all(path.startswith(("/api/v1", "/health")) for path in description["paths"])

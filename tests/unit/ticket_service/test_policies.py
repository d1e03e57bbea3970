"""Every route says who may use it, and every role meets every route."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient

from core.vocabulary import ROLE_PERMISSIONS, Role
from ops_db.errors import DomainError
from ops_db.process.errors import ProcessError
from ticket_service.policies import Allowed, OwnerLink, PolicyMissing, SignedIn, declared_policies, require_policies
from ticket_service.problems import PROBLEMS

SignIn = Callable[..., TestClient]

ROLES = [role for role in Role if ROLE_PERMISSIONS[role]]
ZERO = "00000000-0000-0000-0000-000000000000"


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


@pytest.mark.parametrize("role", ROLES)
def test_a_role_passes_exactly_the_policies_it_has_the_permission_for(
    app: FastAPI, sign_in: SignIn, role: Role
) -> None:
    client = sign_in(role, project="HZ01")
    met = 0
    for method, path, policy in declared_policies(app):
        # Signing out would end the session this test goes on with.
        if not path.startswith("/api/v1") or (method, path) == ("DELETE", "/api/v1/session"):
            continue
        answer = client.request(method, re.sub(r"\{\w*id\}", ZERO, re.sub(r"\{(?!\w*id)\w+\}", "X", path)))
        place = f"{method} {path} as {role}: {answer.status_code} {answer.text[:200]}"
        assert answer.status_code < 500, place
        if isinstance(policy, Allowed):
            met += 1
            refused = answer.status_code == 403 and answer.json()["code"] == "not_permitted"
            assert refused == (policy.permission not in ROLE_PERMISSIONS[role]), place
        elif isinstance(policy, OwnerLink):
            assert answer.status_code in (404, 422), place
    assert met > 15


def test_nobody_passes_without_signing_in(app: FastAPI, client: TestClient) -> None:
    for method, path, policy in declared_policies(app):
        if path.startswith("/api/v1") and isinstance(policy, Allowed | SignedIn):
            answer = client.request(method, re.sub(r"\{\w*id\}", ZERO, re.sub(r"\{(?!\w*id)\w+\}", "X", path)))
            assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), (method, path)


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

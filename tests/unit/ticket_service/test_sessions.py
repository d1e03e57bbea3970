"""Signing in and out, tokens, and requests that another site made."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from core.settings import Settings
from ticket_service.app import create_app

SignIn = Callable[..., TestClient]
WRONG = {"login": "desk-None-None", "password": "wrong"}


def test_the_cookie_of_a_session_is_out_of_reach_of_scripts_and_other_sites(sign_in: SignIn) -> None:
    desk = sign_in("desk")
    answer = desk.post("/api/v1/session", json={"login": "desk-None-None", "password": "correct horse battery"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie
    session = desk.get("/api/v1/session").json()
    assert session["roles"] == ["desk"]
    assert session["project_codes"] is None
    assert "ticket:create" in session["permissions"]


def test_over_https_the_cookie_is_secure(settings: Settings, sign_in: SignIn) -> None:
    sign_in("desk")
    app = create_app(settings.model_copy(update={"service_base_url": "https://service.example"}))
    with TestClient(app, base_url="https://service.example") as client:
        body = {"login": "desk-None-None", "password": "correct horse battery"}
        answer = client.post("/api/v1/session", json=body, headers={"origin": "https://service.example"})
    assert "secure" in answer.headers["set-cookie"].lower()
    assert "strict-transport-security" in answer.headers


def test_roles_of_one_project_are_shown_with_its_code(sign_in: SignIn) -> None:
    assert sign_in("quality", project="SH02").get("/api/v1/session").json()["project_codes"] == ["SH02"]


def test_only_the_hash_of_a_session_is_kept_and_signing_out_ends_it(sign_in: SignIn, engine: Engine) -> None:
    desk = sign_in("desk")
    cookie = desk.cookies["anju_session"]
    with engine.begin() as connection:
        # The column is never null.
        assert cookie.encode() != bytes(connection.scalar(text("select token_hash from ops.session")))  # type: ignore[arg-type]
    assert desk.delete("/api/v1/session").status_code == 204
    desk.cookies.set("anju_session", cookie)
    assert desk.get("/api/v1/session").status_code == 401


@pytest.mark.parametrize(
    "change",
    [
        "update ops.account set is_active = false",
        "update ops.session set expires_at = now()",
        "update ops.session set revoked_at = now()",
    ],
)
def test_a_closed_account_or_an_ended_session_counts_at_once(sign_in: SignIn, engine: Engine, change: str) -> None:
    desk = sign_in("desk")
    with engine.begin() as connection:
        connection.execute(text(change))
    assert desk.get("/api/v1/tickets").status_code == 401


def test_a_role_taken_away_counts_at_once(sign_in: SignIn, engine: Engine) -> None:
    desk = sign_in("desk")
    with engine.begin() as connection:
        connection.execute(text("delete from ops.account_role"))
    assert desk.get("/api/v1/tickets").status_code == 403


def test_guessing_is_slowed_down_and_the_right_password_does_not_help_then(sign_in: SignIn, client: TestClient) -> None:
    sign_in("desk")
    statuses = [client.post("/api/v1/session", json=WRONG).status_code for _ in range(6)]
    assert statuses == [*[401] * 5, 429]
    answer = client.post("/api/v1/session", json=WRONG | {"password": "correct horse battery"})
    assert (answer.status_code, answer.json()["code"]) == (429, "sign_in_throttled")
    assert 0 < int(answer.headers["retry-after"]) <= 900


def test_an_unknown_login_is_answered_like_a_wrong_password(sign_in: SignIn, client: TestClient) -> None:
    sign_in("desk")
    known, unknown = (
        client.post("/api/v1/session", json=WRONG | {"login": login}) for login in (WRONG["login"], "who")
    )
    assert known.json() == unknown.json()
    # Both hash a password; without that the unknown login would be answered some fifty times as fast.
    began = time.perf_counter()
    client.post("/api/v1/session", json=WRONG | {"login": "somebody"})
    assert time.perf_counter() - began > 0.01


def issue(client: TestClient, *scopes: str) -> dict[str, Any]:
    answer = client.post("/api/v1/tokens", json={"name": "Meters", "scopes": scopes})
    assert answer.status_code == 201, answer.text
    issued: dict[str, Any] = answer.json()
    return issued


def test_a_token_may_do_what_its_scopes_say_and_no_more(
    sign_in: SignIn, client: TestClient, ticket_body: dict[str, Any]
) -> None:
    desk = sign_in("desk", project="HZ01")
    token = issue(desk, "ticket:create")
    headers = {"Authorization": f"Bearer {token['token']}", "Idempotency-Key": "alarm-0001"}
    created = client.post("/api/v1/tickets", json=ticket_body | {"channel": "sensor"}, headers=headers)
    assert created.status_code == 201
    assert client.get("/api/v1/tickets", headers=headers).status_code == 403
    foreign = client.post(
        "/api/v1/tickets",
        json=ticket_body | {"unit_code": "SH02-03-1801"},
        headers=headers | {"Idempotency-Key": "alarm-0002"},
    )
    assert foreign.status_code == 422
    events = desk.get(f"/api/v1/tickets/{created.json()['number']}").json()["events"]
    assert events[0]["actor_kind"] == "token"


def test_a_token_cannot_exceed_its_account_and_ends_when_revoked(sign_in: SignIn, client: TestClient) -> None:
    desk = sign_in("desk")
    beyond = desk.post("/api/v1/tokens", json={"name": "Too much", "scopes": ["account:manage"]})
    assert beyond.json()["code"] == "invalid_input"
    token = issue(desk, "ticket:read")
    headers = {"Authorization": f"Bearer {token['token']}"}
    assert client.get("/api/v1/tickets", headers=headers).status_code == 200
    assert token["token"] not in desk.get("/api/v1/tokens").text
    assert sign_in("supervisor").delete(f"/api/v1/tokens/{token['id']}").status_code == 404
    assert desk.delete(f"/api/v1/tokens/{token['id']}").status_code == 204
    assert client.get("/api/v1/tickets", headers=headers).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://testserver"},
        {"origin": "", "referer": "https://evil.example/testserver"},
    ],
)
def test_a_write_that_another_site_made_the_browser_send_is_refused(
    sign_in: SignIn, ticket_body: dict[str, Any], headers: dict[str, str]
) -> None:
    desk = sign_in("desk")
    answer = desk.post("/api/v1/tickets", json=ticket_body, headers={"Idempotency-Key": "cross-site"} | headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "cross_site_request")


def test_a_cookie_without_a_word_on_its_origin_is_refused(sign_in: SignIn, ticket_body: dict[str, Any]) -> None:
    desk = sign_in("desk")
    del desk.headers["origin"]
    answer = desk.post("/api/v1/tickets", json=ticket_body, headers={"Idempotency-Key": "no-origin"})
    assert answer.status_code == 403
    assert desk.get("/api/v1/tickets").status_code == 200


def test_every_answer_carries_the_security_headers(client: TestClient, app: FastAPI) -> None:
    for path in ("/health/live", "/api/v1/tickets", "/api/v1/nowhere"):
        headers = client.get(path).headers
        assert "unsafe-inline" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"

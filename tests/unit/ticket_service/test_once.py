"""A repeated write is answered as the first time and done once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
PATH = "/api/v1/tickets"
KEY = {"Idempotency-Key": "5f0c6a52-0001"}


def test_a_repeated_request_gets_the_first_answer_and_changes_nothing(
    sign_in: SignIn, ticket_body: dict[str, Any], engine: Engine
) -> None:
    desk = sign_in("desk")
    first, second = (desk.post(PATH, json=ticket_body, headers=KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (first.headers["idempotency-replayed"], second.headers["idempotency-replayed"]) == ("false", "true")
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from ops.ticket")) == 1


def test_a_key_cannot_be_used_for_another_request(sign_in: SignIn, ticket_body: dict[str, Any]) -> None:
    desk = sign_in("desk")
    desk.post(PATH, json=ticket_body, headers=KEY)
    other = desk.post(PATH, json=ticket_body | {"description": "厨房漏水"}, headers=KEY)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_two_actors_may_use_the_same_key(sign_in: SignIn, ticket_body: dict[str, Any]) -> None:
    answers = [sign_in(role).post(PATH, json=ticket_body, headers=KEY).json() for role in ("desk", "supervisor")]
    assert answers[0]["number"] != answers[1]["number"]


def test_a_key_is_asked_for(sign_in: SignIn, ticket_body: dict[str, Any]) -> None:
    answer = sign_in("desk").post(PATH, json=ticket_body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_an_error_is_not_kept_so_that_the_request_can_be_put_right(
    sign_in: SignIn, ticket_body: dict[str, Any], engine: Engine
) -> None:
    desk = sign_in("desk")
    body = ticket_body | {"unit_code": "HZ01-03-9999"}
    assert desk.post(PATH, json=body, headers=KEY).status_code == 422
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from ops.idempotency_key")) == 0
    assert desk.post(PATH, json=ticket_body, headers=KEY).status_code == 201


def test_a_request_in_flight_makes_the_second_one_wait_for_its_answer(
    sign_in: SignIn, ticket_body: dict[str, Any], engine: Engine
) -> None:
    desk = sign_in("desk")
    with engine.begin() as connection:
        account_id = connection.scalar(text("select id from ops.account"))
        lock = text("select pg_advisory_xact_lock(hashtextextended(:actor || ' ' || :key, 0))")
        connection.execute(lock, {"actor": f"account:{account_id}", "key": KEY["Idempotency-Key"]})
        answer = desk.post(PATH, json=ticket_body, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_flight")
    assert desk.post(PATH, json=ticket_body, headers=KEY).status_code == 201


def test_a_kept_answer_cannot_be_read_in_the_database(
    sign_in: SignIn, ticket_body: dict[str, Any], engine: Engine
) -> None:
    created = sign_in("desk").post(PATH, json=ticket_body, headers=KEY).json()
    with engine.begin() as connection:
        kept = str(connection.scalar(text("select answer from ops.idempotency_key")))
    assert created["tracking_url"] not in kept
    assert created["tracking_url"].rpartition("/")[2] not in kept


def test_an_action_may_carry_a_key_too(sign_in: SignIn, ticket_body: dict[str, Any]) -> None:
    desk = sign_in("desk")
    number = desk.post(PATH, json=ticket_body, headers=KEY).json()["number"]
    body = {"action": "complete", "choice": "accept", "version": 1}
    answers = [desk.post(f"{PATH}/{number}/actions", json=body, headers={"Idempotency-Key": "act-once"}) for _ in "ab"]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()

"""The owner's side: reporting without an account, the link, urging, rating."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.tracking.service import REPORTS_PER_HOME

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]


def report(client: TestClient, body: dict[str, Any], key: str = "poster-0001") -> Any:
    return client.post("/api/v1/reports", json=body, headers={"Idempotency-Key": key})


def link_of(answer: dict[str, Any]) -> str:
    return "/api/v1/track/" + answer["tracking_url"].rpartition("/")[2]


def act(client: TestClient, path: str, **body: Any) -> None:
    answer = client.post(f"{path}/actions", json=body)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def fixed(sign_in: SignIn, create: Create) -> tuple[TestClient, str, str]:
    """A ticket that waits for the owner's acceptance: the desk, its path, the owner's link."""
    desk = sign_in("supervisor")
    created = create(desk)
    path = f"/api/v1/tickets/{created['number']}"
    act(desk, path, action="complete", choice="accept", version=1)
    technician = desk.get("/api/v1/technicians").json()[0]["id"]
    data = {"technician_id": technician, "skips_survey": True}
    act(desk, path, action="complete", choice="dispatch", version=2, data=data)
    act(desk, path, action="complete", choice="fixed", version=3, data={"note": "已修复"})
    return desk, path, link_of(created)


def test_a_report_needs_no_account_and_gives_a_link_that_shows_it(
    client: TestClient, ticket_body: dict[str, Any], engine: Engine
) -> None:
    answer = report(client, ticket_body)
    assert answer.status_code == 201, answer.text
    assert set(answer.json()) == {"number", "tracking_url"}
    seen = client.get(link_of(answer.json())).json()
    assert seen["number"] == answer.json()["number"]
    assert (seen["owner_status"], seen["unit_code"]) == ("received", "HZ01-03-1802")
    assert [one["status"] for one in seen["stations"] if one["is_current"]] == ["received"]
    assert seen["stations"][0]["reached_at"] is not None
    token = answer.json()["tracking_url"].rpartition("/")[2]
    with engine.begin() as connection:
        kept = connection.execute(text("select tracking_token_hash, channel from ops.ticket")).one()
    assert token.encode() not in bytes(kept.tracking_token_hash)
    assert kept.channel == "qr"


def test_a_repeated_report_gives_the_same_link(client: TestClient, ticket_body: dict[str, Any]) -> None:
    assert report(client, ticket_body).json() == report(client, ticket_body).json()


def test_too_many_reports_of_one_home_are_sent_to_the_telephone(
    client: TestClient, ticket_body: dict[str, Any]
) -> None:
    answers = [report(client, ticket_body, key=f"poster-{number:04}") for number in range(REPORTS_PER_HOME + 1)]
    assert [answer.status_code for answer in answers] == [*[201] * REPORTS_PER_HOME, 429]
    assert int(answers[-1].headers["retry-after"]) > 0
    neighbour = report(client, ticket_body | {"unit_code": "HZ01-03-1801"}, key="poster-next")
    assert neighbour.status_code == 201


@pytest.mark.parametrize("change", [{"channel": "phone"}, {"severity": "emergency"}, {"reporter": None}])
def test_a_stranger_cannot_pretend_to_be_the_desk(
    client: TestClient, ticket_body: dict[str, Any], change: dict[str, Any]
) -> None:
    assert report(client, ticket_body | change).status_code == 422


@pytest.mark.parametrize("token", ["", "x", "A" * 22, "T00000001", "%00"])
def test_a_guessed_link_leads_nowhere(client: TestClient, ticket_body: dict[str, Any], token: str) -> None:
    report(client, ticket_body)
    assert client.get(f"/api/v1/track/{token}").status_code in (404, 405)


def test_a_new_link_ends_the_old_one(sign_in: SignIn, create: Create, client: TestClient) -> None:
    desk = sign_in("desk")
    created = create(desk)
    renewed = desk.post(f"/api/v1/tickets/{created['number']}/tracking-link").json()
    assert client.get(link_of(created)).status_code == 404
    assert client.get(link_of(renewed)).json()["number"] == created["number"]


def test_the_owner_may_urge_once_an_hour_and_the_log_shows_it(
    sign_in: SignIn, create: Create, client: TestClient
) -> None:
    desk = sign_in("desk")
    created = create(desk)
    assert client.post(f"{link_of(created)}/urge", json={"note": "漏得更厉害了"}).status_code == 204
    again = client.post(f"{link_of(created)}/urge", json={})
    assert (again.status_code, again.json()["code"]) == (429, "quota_exceeded")
    events = desk.get(f"/api/v1/tickets/{created['number']}").json()["events"]
    assert [event["kind"] for event in events] == ["ticket:create", "ticket:urge"]


def test_the_owner_accepts_by_rating(fixed: tuple[TestClient, str, str], client: TestClient) -> None:
    desk, path, link = fixed
    assert client.get(link).json()["owner_status"] == "to_rate"
    scores = {"process_score": 5, "timeliness_score": 3, "attitude_score": 5, "comment": "很好"}
    assert client.post(f"{link}/rating", json=scores).status_code == 204
    ticket = desk.get(path).json()
    assert ticket["node_key"] == "return_visit"
    assert ticket["ratings"][0]["comment"] == "很好"
    assert client.post(f"{link}/rating", json=scores).json()["code"] == "rating_not_possible"


def test_a_rating_may_come_after_the_ticket_was_closed(fixed: tuple[TestClient, str, str], client: TestClient) -> None:
    desk, path, link = fixed
    act(desk, path, action="complete", choice="accept", version=4)
    act(desk, path, action="complete", choice="unreachable", version=5)
    scores = {"process_score": 1, "timeliness_score": 1, "attitude_score": 2}
    assert client.post(f"{link}/rating", json=scores).status_code == 204
    ticket = desk.get(path).json()
    assert (ticket["state"], ticket["events"][-1]["kind"]) == ("closed", "rating:give")
    assert ticket["version"] == ticket["events"][-1]["version"]


def test_the_owner_may_refuse_the_repair_and_cancel_only_what_has_not_begun(
    fixed: tuple[TestClient, str, str], client: TestClient
) -> None:
    desk, path, link = fixed
    seen = client.get(link).json()
    assert {action["choice"] for action in seen["actions"]} >= {"accept", "not_accepted"}
    cancel = {"action": "cancel", "version": seen["version"], "data": {"reason": "不用了"}}
    assert client.post(f"{link}/actions", json=cancel).status_code == 403
    refuse = {"action": "complete", "choice": "not_accepted", "version": seen["version"], "data": {"note": "仍渗水"}}
    assert client.post(f"{link}/actions", json=refuse).status_code == 200
    assert desk.get(path).json()["node_key"] == "repair"


def test_a_score_is_between_one_and_five(fixed: tuple[TestClient, str, str], client: TestClient) -> None:
    scores = {"process_score": 6, "timeliness_score": 0, "attitude_score": 5}
    assert client.post(f"{fixed[2]}/rating", json=scores).status_code == 422


def test_what_is_not_finished_cannot_be_rated(client: TestClient, ticket_body: dict[str, Any]) -> None:
    link = link_of(report(client, ticket_body).json())
    scores = {"process_score": 5, "timeliness_score": 5, "attitude_score": 5}
    assert client.post(f"{link}/rating", json=scores).json()["code"] == "rating_not_possible"


def test_the_owner_sees_nothing_that_is_not_declared(client: TestClient, ticket_body: dict[str, Any]) -> None:
    seen = client.get(link_of(report(client, ticket_body).json()))
    assert {"events", "costs", "reporter", "earlier", "tasks"} & set(seen.json()) == set()
    assert "13800001234" not in seen.text

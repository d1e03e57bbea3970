"""Tickets through the API on a real database."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text


def test_a_created_ticket_has_one_event_and_one_task_and_can_be_read(sign_in, create, engine: Engine) -> None:
    desk: TestClient = sign_in("desk")
    created = create(desk)
    assert created["state"] == "open" and created["node_key"] == "intake" and created["version"] == 1
    ticket = desk.get(f"/api/v1/tickets/{created['number']}").json()
    assert [event["kind"] for event in ticket["events"]] == ["ticket:create"]
    assert ticket["severity"] == "urgent"
    assert ticket["reporter"]["phone"] == "138****1234"
    rows = desk.get("/api/v1/tickets").json()
    assert rows["items"][0]["number"] == created["number"]

"""Look-ups of the estate and its people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]


def test_projects_buildings_and_homes_lead_from_one_to_the_next_within_the_scope(sign_in: SignIn) -> None:
    everywhere, here = sign_in("desk"), sign_in("desk", project="HZ01")
    assert [one["code"] for one in everywhere.get("/api/v1/projects").json()] == ["HZ01", "SH02"]
    assert [one["code"] for one in here.get("/api/v1/projects").json()] == ["HZ01"]
    assert [one["code"] for one in here.get("/api/v1/projects/HZ01/buildings").json()] == ["03"]
    homes = here.get("/api/v1/projects/HZ01/buildings/03/homes").json()
    assert [one["code"] for one in homes] == ["HZ01-03-1801", "HZ01-03-1802"]
    assert here.get("/api/v1/projects/SH02/buildings").json() == []
    assert here.get("/api/v1/projects/SH02/buildings/03/homes").json() == []
    assert here.get("/api/v1/homes/SH02-03-1801").status_code == 404


@pytest.mark.parametrize("typed", ["hz01-03-18", "1801", "13911112222", "+86 139 1111 2222"])
def test_a_home_is_found_by_code_room_or_a_number_of_its_household(
    sign_in: SignIn, create: Create, engine: Engine, typed: str
) -> None:
    desk = sign_in("desk")
    create(desk, reporter={"phone": "13911112222", "name": "李雷"})
    with engine.begin() as connection:
        connection.execute(
            text("""insert into ops.household_member (unit_id, person_id, role, since_date)
                    select unit.id, person.id, 'owner', '2024-05-01' from ops.unit, ops.person
                     where unit.code = 'HZ01-03-1801'""")
        )
    found = desk.get("/api/v1/homes", params={"search": typed}).json()
    assert "HZ01-03-1801" in [one["code"] for one in found]
    assert sign_in("desk", project="SH02").get("/api/v1/homes", params={"search": "13911112222"}).json() == []
    file = desk.get("/api/v1/homes/HZ01-03-1801").json()
    assert file["household"][0]["phone"] == "139****2222"
    assert [space["code"] for space in file["spaces"]] == ["bathroom-1"]


def test_who_may_not_read_people_sees_a_home_without_them(sign_in: SignIn, engine: Engine) -> None:
    file = sign_in("finance").get("/api/v1/homes/HZ01-03-1801").json()
    assert file["household"] == []


def test_revealing_a_number_takes_a_reason_and_is_remembered(sign_in: SignIn, create: Create, engine: Engine) -> None:
    desk = sign_in("desk")
    number = create(desk)["number"]
    person = desk.get(f"/api/v1/tickets/{number}").json()["reporter"]["id"]
    assert desk.post(f"/api/v1/people/{person}/reveal", json={"reason": " "}).status_code == 422
    revealed = desk.post(f"/api/v1/people/{person}/reveal", json={"reason": "约上门时间"})
    assert revealed.json() == {"id": person, "name": "王芳", "phone": "13800001234"}
    with engine.begin() as connection:
        entry = connection.execute(
            text("""select audit_entry.detail, account.login from ops.audit_entry
                      join ops.account on account.id = audit_entry.actor_id where deed = 'person:reveal'""")
        ).one()
        assert connection.scalar(text("select phone_ciphertext from ops.person")) not in (b"13800001234", None)
    assert (entry.detail, entry.login) == ({"reason": "约上门时间"}, "desk-None-None")
    assert (
        sign_in("technician", staff="S-W1").post(f"/api/v1/people/{person}/reveal", json={"reason": "?"}).status_code
        == 403
    )
    assert (
        sign_in("desk", project="SH02").post(f"/api/v1/people/{person}/reveal", json={"reason": "?"}).status_code == 404
    )


def test_the_taxonomy_is_a_tree_of_three_levels(sign_in: SignIn) -> None:
    categories = sign_in("desk").get("/api/v1/taxonomy").json()
    water = next(one for one in categories if one["code"] == "water")
    bath = next(one for one in water["components"] if one["code"] == "bath_waterproofing")
    assert "bath_waterproofing_leak" in [one["code"] for one in bath["defects"]]


def test_technicians_and_crews_of_other_projects_are_not_listed(sign_in: SignIn, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("""insert into ops.crew_project (crew_id, project_id)
                    select crew.id, project.id from ops.crew join ops.project
                        on (crew.code, project.code) = ('P1', 'SH02')""")
        )
    here, there = sign_in("desk", project="HZ01"), sign_in("desk", project="SH02")
    assert [one["code"] for one in here.get("/api/v1/crews").json()] == ["W1"]
    assert [one["staff_number"] for one in here.get("/api/v1/technicians").json()] == ["S-W1"]
    assert [one["code"] for one in there.get("/api/v1/crews").json()] == ["P1", "W1"]
    asked = {"project_code": "SH02"}
    assert [one["code"] for one in here.get("/api/v1/crews", params=asked).json()] == ["W1"]


def test_technicians_and_crews_show_how_much_they_have_to_do(sign_in: SignIn) -> None:
    desk = sign_in("desk")
    assert [one["open_task_count"] for one in desk.get("/api/v1/technicians").json()] == [0, 0]
    assert [one["code"] for one in desk.get("/api/v1/crews").json()] == ["P1", "W1"]


def test_a_call_is_logged_with_its_ticket_and_without_its_number(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk = sign_in("desk")
    body = {
        "started_at": "2026-03-02T10:00:00+08:00",
        "ended_at": "2026-03-02T10:04:00+08:00",
        "phone": "13800001234",
        "ticket_number": create(desk)["number"],
        "exchange_key": "PBX-1",
        "is_resolved": True,
    }
    first, again = (desk.post("/api/v1/calls", json=body) for _ in range(2))
    assert first.status_code == 201, first.text
    assert first.json() == again.json(), "The exchange numbers its calls; one is logged once."
    with engine.begin() as connection:
        call = connection.execute(text("select * from ops.call")).one()
    assert call.unit_id is not None
    assert b"13800001234" not in bytes(call.caller_index)
    assert sign_in("desk", project="SH02").post("/api/v1/calls", json=body).status_code == 422
    early = body | {"ended_at": "2026-03-02T09:00:00+08:00", "exchange_key": "PBX-2"}
    assert desk.post("/api/v1/calls", json=early).json()["code"] == "invalid_input"

"""What the pages do at a ticket, over the API alone: costs, settlement, material, dispatch, clock, warranty, areas."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]

TICKETS = "/api/v1/tickets"
RULES = "/api/v1/dispatch-rules"
_KEYS = itertools.count()


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def send(client: TestClient, path: str, body: Any = None, *, key: str = "", method: str = "POST") -> Any:
    headers = {"Idempotency-Key": key or f"work-key-{next(_KEYS)}"}
    return client.request(method, path, json=body, headers=headers)


def done(client: TestClient, path: str, body: Any = None, *, method: str = "POST") -> Any:
    answer = send(client, path, body, method=method)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def read(client: TestClient, path: str, **params: Any) -> Any:
    answer = client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def act(client: TestClient, number: str, **body: Any) -> dict[str, Any]:
    version = read(client, f"{TICKETS}/{number}")["version"]
    acted: dict[str, Any] = done(client, f"{TICKETS}/{number}/actions", body | {"version": version})
    return acted


@pytest.fixture
def sign_in(sign_in: SignIn) -> SignIn:
    """The same client for the same person, however often it is asked for."""
    known: dict[tuple[Any, ...], TestClient] = {}

    def signed_in(role: str, *, project: str | None = None, staff: str | None = None) -> TestClient:
        who = (role, project, staff)
        if who not in known:
            known[who] = sign_in(role, project=project, staff=staff)
        return known[who]

    return signed_in


@pytest.fixture
def ticket(sign_in: SignIn, create: Create) -> str:
    """The address of a new ticket."""
    return f"{TICKETS}/{create(sign_in('desk'))['number']}"


def test_a_cost_is_entered_once_undone_once_and_settled_to_the_fen(ticket: str, sign_in: SignIn) -> None:
    supervisor, finance = sign_in("supervisor"), sign_in("finance")
    new = {"kind": "labour", "amount_fen": 60_000, "payer": "owner", "quantity": 2.5, "note": "两小时"}
    first = send(supervisor, f"{ticket}/costs", new, key="cost-key-1")
    again = send(supervisor, f"{ticket}/costs", new, key="cost-key-1")
    assert (first.status_code, first.json()) == (201, again.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert send(supervisor, f"{ticket}/costs", new | {"amount_fen": 1}, key="cost-key-1").status_code == 422
    wrong = done(supervisor, f"{ticket}/costs", {"kind": "material", "amount_fen": 999, "payer": "developer"})
    opposite = done(supervisor, f"{ticket}/costs/{wrong['id']}/reverse")
    assert (opposite["amount_fen"], opposite["reverses_id"]) == (-999, wrong["id"])
    assert send(supervisor, f"{ticket}/costs/{wrong['id']}/reverse").json()["code"] == "invalid_input"
    books = read(finance, f"{ticket}/costs")
    assert (books["total_fen"], [one["is_reversed"] for one in books["entries"]]) == (60_000, [False, True, False])
    unpaid = {"kind": "labour", "amount_fen": 5, "payer": "contractor"}
    assert send(supervisor, f"{ticket}/costs", unpaid).status_code == 422

    settle = f"{ticket}/settlement"
    after = done(finance, settle, {"payer": "owner", "amount_fen": 48_000})
    assert after["open_fen"] == 12_000
    assert send(finance, settle, {"payer": "owner", "is_written_off": True}).status_code == 422
    assert send(finance, settle, {"payer": "owner", "amount_fen": 12_001}).status_code == 422
    done(finance, settle, {"payer": "owner", "is_written_off": True, "reason": "业主失联"})
    kept = read(finance, settle)
    owner = next(one for one in kept["shares"] if one["payer"] == "owner")
    assert (owner["cost_fen"], owner["settled_fen"], owner["written_off_fen"], owner["open_fen"]) == (
        60_000,
        48_000,
        12_000,
        0,
    )
    assert [(one["kind"], one["reason"]) for one in kept["steps"]] == [("collected", ""), ("written_off", "业主失联")]


def test_costs_are_shown_to_those_who_answer_for_them_within_their_projects(ticket: str, sign_in: SignIn) -> None:
    supervisor = sign_in("supervisor")
    done(supervisor, f"{ticket}/costs", {"kind": "labour", "amount_fen": 100, "payer": "owner"})
    for role, status in (("technician", 200), ("desk", 200), ("finance", 200), ("warehouse", 403)):
        assert sign_in(role).get(f"{ticket}/costs").status_code == status, role
    stranger = sign_in("finance", project="SH02")
    assert stranger.get(f"{ticket}/costs").status_code == 404
    assert send(stranger, f"{ticket}/settlement", {"payer": "owner"}).status_code == 404


@pytest.fixture
def stock(engine: Engine) -> dict[str, str]:
    """The stock of both projects, by the code of the project."""
    run(
        engine,
        """insert into ops.material_stock (warehouse_code, project_id, material_code, material_name, unit, on_hand,
                                           unit_price_fen, counted_on)
           select 'CK-' || code, id, 'M-1', '防水涂料' || code, 'kg', 3, 2400, current_date from ops.project""",
    )
    with engine.connect() as connection:
        rows = connection.execute(text("select right(warehouse_code, 4), id::text from ops.material_stock")).all()
    return {row[0]: row[1] for row in rows}


def test_material_is_asked_for_issued_returned_and_its_cost_follows(
    ticket: str, stock: dict[str, str], sign_in: SignIn
) -> None:
    technician, warehouse = sign_in("technician", staff="S-W1"), sign_in("warehouse", project="HZ01")
    found = read(technician, "/api/v1/material-stock", search="防水", project_code="HZ01")
    assert [(one["id"], one["available"]) for one in found] == [(stock["HZ01"], 3.0)]
    assert len(read(technician, "/api/v1/material-stock")) == 2
    assert [one["id"] for one in read(warehouse, "/api/v1/material-stock")] == [stock["HZ01"]]
    here = f"{ticket}/material-requests"
    foreign = {"lines": [{"stock_id": stock["SH02"], "quantity": 1}]}
    assert send(technician, here, foreign).json()["code"] == "reference_unknown"
    asked = done(technician, here, {"lines": [{"stock_id": stock["HZ01"], "quantity": 2.5}], "note": "今天"})
    line = asked["lines"][0]
    assert (asked["state"], line["reserved"], line["available"]) == ("open", 2.5, 0.5)
    waiting = read(warehouse, "/api/v1/material-requests")
    assert [(one["id"], one["lines"][0]["id"]) for one in waiting] == [(asked["id"], line["id"])]
    assert read(sign_in("warehouse", project="SH02"), "/api/v1/material-requests") == []
    move = f"{here}/{asked['id']}/lines/{line['id']}/move"
    assert send(warehouse, move, {"kind": "issue", "quantity": 3}).status_code == 422
    assert send(technician, move, {"kind": "issue", "quantity": 1}).status_code == 403
    issued = done(warehouse, move, {"kind": "issue", "quantity": 2})
    assert (issued["lines"][0]["issued"], issued["lines"][0]["reserved"]) == (2.0, 0.5)
    done(warehouse, move, {"kind": "return", "quantity": 0.5})
    books = read(technician, f"{ticket}/costs")
    assert [one["amount_fen"] for one in books["entries"]] == [4_800, -1_200]
    ended = done(technician, f"{here}/{asked['id']}/cancel")
    assert (ended["state"], ended["lines"][0]["reserved"], ended["lines"][0]["issued"]) == ("cancelled", 0.0, 2.0)
    assert send(technician, f"{here}/{asked['id']}/cancel").status_code == 404
    assert sign_in("warehouse", project="SH02").get(here).status_code == 404


def test_a_line_is_moved_under_its_own_request_alone(ticket: str, stock: dict[str, str], sign_in: SignIn) -> None:
    warehouse, here = sign_in("warehouse"), f"{ticket}/material-requests"
    one = done(warehouse, here, {"lines": [{"stock_id": stock["HZ01"], "quantity": 1}]})
    other = done(warehouse, here, {"lines": [{"stock_id": stock["HZ01"], "quantity": 1}]})
    path = f"{here}/{one['id']}/lines/{other['lines'][0]['id']}/move"
    assert send(warehouse, path, {"kind": "issue", "quantity": 1}).status_code == 404


def test_suggestions_name_the_rule_and_the_reasons_in_the_language_asked_for(
    ticket: str, sign_in: SignIn, engine: Engine
) -> None:
    run(
        engine,
        """insert into ops.technician_skill (staff_id, trade)
           select id, case staff_number when 'S-W1' then 'waterproofing' else 'plumbing' end from ops.staff""",
    )
    rule = done(sign_in("manager"), RULES, {"crew_source": "any", "mode": "assign", "category_code": "water"})
    desk = sign_in("desk")
    found = read(desk, f"{ticket}/suggestions")
    assert (found["rule_id"], found["position"], found["mode"]) == (rule["id"], 1, "assign")
    best, other = found["suggestions"]
    assert (best["name"], best["is_fit"], best["points"]) == ("师傅W1", True, 50)
    assert [(one["code"], one["text"]) for one in best["reasons"]] == [
        ("load", "0 open"),
        ("skill", "has Waterproofing"),
    ]
    assert ("no_skill", -60) in {(one["code"], one["points"]) for one in other["reasons"]}
    chinese = desk.get(f"{ticket}/suggestions", headers={"accept-language": "zh-CN"}).json()
    assert chinese["suggestions"][0]["reasons"][1]["text"] == "会防水"
    assert sign_in("desk", project="SH02").get(f"{ticket}/suggestions").status_code == 404
    assert sign_in("technician").get(f"{ticket}/suggestions").status_code == 403


def test_a_window_that_is_free_is_promised_and_whether_it_was_kept_stands_with_the_visit(
    ticket: str, sign_in: SignIn, engine: Engine
) -> None:
    desk, number = sign_in("desk"), ticket.rsplit("/", 1)[1]
    assert read(desk, f"{ticket}/windows") == {"crew_id": read(desk, f"{ticket}/windows")["crew_id"], "windows": []}
    run(
        engine,
        """insert into ops.appointment_slot (crew_id, weekday, start_minute, end_minute, capacity)
           select null, day, 0, 1440, 1 from generate_series(1, 7) as day""",
    )
    windows = read(desk, f"{ticket}/windows", days=3)["windows"]
    assert [one["free_count"] for one in windows] == [1, 1]
    act(desk, number, action="complete", choice="accept")
    staff = read(desk, f"{ticket}/suggestions")["suggestions"][0]["technician_id"]
    start = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    window = {"promised_from": start.isoformat(), "promised_to": (start + dt.timedelta(hours=3)).isoformat()}
    act(desk, number, action="complete", choice="dispatch", data={"technician_id": staff} | window)
    assert [one["is_promise_kept"] for one in read(desk, ticket)["visits"]] == [None]
    with engine.connect() as connection:
        who = connection.scalar(text("select staff_number from ops.staff where id = :id"), {"id": staff})
    act(sign_in("technician", staff=who), number, action="arrive")
    assert [one["is_promise_kept"] for one in read(desk, ticket)["visits"]] == [True]


def test_the_clock_says_what_was_promised_and_while_what_it_stood_still(
    ticket: str, sign_in: SignIn, engine: Engine
) -> None:
    run(engine, "update ops.sla_policy set running_reasons = 'waiting_contractor' where target = 'resolve'")
    desk, number = sign_in("desk"), ticket.rsplit("/", 1)[1]
    act(desk, number, action="complete", choice="accept")
    before = read(desk, f"{ticket}/clock")
    assert [one["target"] for one in before["deadlines"]] == ["acknowledge", "arrive", "resolve"]
    assert [one["running_reasons"] for one in before["deadlines"]] == [[], [], ["waiting_contractor"]]
    assert before["deadlines"][2]["due_at"] == read(desk, ticket)["resolve_due_at"]
    assert (before["pauses"], before["pause_reason"]) == ([], None)
    act(desk, number, action="pause", data={"reason": "waiting_owner"})
    paused = read(desk, f"{ticket}/clock")
    assert paused["pause_reason"] == "waiting_owner"
    assert [(one["reason"], one["until"]) for one in paused["pauses"]] == [("waiting_owner", None)]
    assert {one["state"] for one in paused["timers"]} <= {"held"}
    act(desk, number, action="resume")
    resumed = read(desk, f"{ticket}/clock")
    assert resumed["pauses"][0]["until"] is not None
    assert resumed["pause_reason"] is None


def test_both_warranty_clocks_are_read_with_their_days_left(ticket: str, sign_in: SignIn, engine: Engine) -> None:
    desk = sign_in("desk")
    unknown = read(desk, f"{ticket}/warranty")
    assert (unknown["owner"]["standing"], unknown["owner"]["is_in_warranty"], unknown["payer"]) == (
        "no_start",
        None,
        None,
    )
    run(engine, "update ops.unit set handover_date = current_date - 100")
    known = read(desk, f"{ticket}/warranty")
    assert (known["owner"]["standing"], known["payer"]) == ("running", "developer")
    assert known["owner"]["days_left"] > 0
    assert known["owner"]["month_count"]
    assert read(desk, f"{ticket}/costs")["proposed_payer"] == "developer"


def test_the_path_has_the_steps_with_their_times_and_the_rules_for_dispatchers_alone(
    ticket: str, sign_in: SignIn
) -> None:
    desk, number = sign_in("desk"), ticket.rsplit("/", 1)[1]
    act(desk, number, action="complete", choice="accept")
    path = read(desk, f"{ticket}/path")
    assert (path["process_key"], path["process_version"]) == ("standard_repair", 1)
    first, second = path["steps"]
    assert (first["node_key"], first["state"], first["outcome"], first["is_late"]) == (
        "intake",
        "done",
        "accept",
        False,
    )
    assert first["ended_at"] >= first["opened_at"]
    assert (second["state"], second["ended_at"]) == ("open", None)
    assert second["node_title_zh"] != second["node_title_en"]

    def conditions(drawing: dict[str, Any]) -> list[Any]:
        return [case["when"] for node in drawing["nodes"] for case in node.get("cases", ()) if case["when"]]

    assert conditions(path["drawing"])
    assert not conditions(read(sign_in("technician"), f"{ticket}/path")["drawing"])


def test_dispatch_rules_are_added_tried_moved_rested_and_taken_away(sign_in: SignIn) -> None:
    manager = sign_in("manager")
    severe = done(manager, RULES, {"crew_source": "any", "mode": "assign", "severity": "emergency"})
    every = done(manager, RULES, {"crew_source": "any", "mode": "suggest", "note": "其他"})
    moved = done(manager, f"{RULES}/{every['id']}/move", {"is_earlier": True})
    assert moved["position"] == 1
    asked = {"project_code": "HZ01", "severity": "emergency"}
    assert read(manager, f"{RULES}/which", **asked)["rule_id"] == every["id"]
    done(manager, f"{RULES}/{every['id']}/switch", {"is_active": False})
    trial = read(manager, f"{RULES}/which", **asked)
    assert trial["rule_id"] == severe["id"]
    assert [(one["failed"], one["is_chosen"]) for one in trial["verdicts"]] == [("is_active", False), (None, True)]
    changed = done(manager, f"{RULES}/{every['id']}", {"crew_source": "any", "mode": "assign"}, method="PUT")
    assert (changed["mode"], changed["note"], changed["is_active"]) == ("assign", "", False)
    assert send(manager, RULES, {"crew_source": "named", "mode": "assign"}).status_code == 422
    assert manager.delete(f"{RULES}/{every['id']}").status_code == 204
    assert [one["id"] for one in read(manager, RULES)] == [severe["id"]]
    assert manager.get(f"{RULES}/which", params={"project_code": "XX"}).json()["code"] == "reference_unknown"


def test_areas_are_made_given_places_and_removed_by_the_version_that_was_looked_at(sign_in: SignIn) -> None:
    manager, areas = sign_in("manager"), "/api/v1/areas"
    made = done(manager, areas, {"code": "EAST", "name": "东片区"})
    assert (made["lead"], made["places"], made["is_changeable"]) == (None, [], True)
    named = done(manager, f"{areas}/EAST", {"name": "东一区", "version": made["version"]}, method="PUT")
    assert named["name"] == "东一区"
    stale = send(manager, f"{areas}/EAST", {"name": "西", "version": made["version"]}, method="PUT")
    assert stale.json()["code"] == "area_changed"
    project = "/api/v1/projects/HZ01/areas"
    given = done(manager, project, {"building_areas": {"03": "EAST"}}, method="PUT")
    assert (given["area_code"], given["building_areas"]) == (None, {"03": "EAST"})
    assert read(manager, project) == given
    local = sign_in("manager", project="SH02")
    assert local.get(project).status_code == 404
    assert [(one["code"], one["places"], one["is_changeable"]) for one in read(local, areas)] == [("EAST", [], False)]
    version = read(manager, areas)[0]["version"]
    assert manager.delete(f"{areas}/EAST", params={"version": version}).json()["code"] == "area_in_use"
    done(manager, project, {"building_areas": {"03": None}}, method="PUT")
    assert manager.delete(f"{areas}/EAST", params={"version": version}).status_code == 204


def test_calendars_and_service_levels_are_read_with_what_of_them_is_ones_own(sign_in: SignIn) -> None:
    everywhere, local = sign_in("manager"), sign_in("manager", project="HZ01")
    whole, mine = (read(one, "/api/v1/calendars")[0] for one in (everywhere, local))
    assert (whole["project_codes"], whole["is_changeable"]) == (["HZ01", "SH02"], True)
    assert (mine["project_codes"], mine["is_changeable"]) == (["HZ01"], False)
    assert {one["weekday"] for one in whole["shifts"]} == set(range(1, 7))
    levels = read(local, "/api/v1/service-levels")
    assert {one["target"] for one in levels} == {"acknowledge", "arrive", "resolve"}


def test_a_text_that_cannot_be_kept_is_refused_and_no_error_of_ours(ticket: str, sign_in: SignIn) -> None:
    body = {"kind": "labour", "amount_fen": 5, "payer": "owner", "note": "a\x00b"}
    answer = send(sign_in("supervisor"), f"{ticket}/costs", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_calls_about_a_ticket_are_listed_for_dispatchers_without_a_number(ticket: str, sign_in: SignIn) -> None:
    desk, number = sign_in("desk"), ticket.rsplit("/", 1)[1]
    body = {
        "started_at": "2026-03-02T10:00:00+08:00",
        "phone": "13800001234",
        "ticket_number": number,
        "note": "下午在家",
    }
    assert desk.post("/api/v1/calls", json=body).status_code == 201
    whole = desk.get(ticket)
    assert [one["note"] for one in whole.json()["calls"]] == ["下午在家"]
    assert "13800001234" not in whole.text
    assert read(sign_in("technician"), ticket)["calls"] == []
    assert read(desk, ticket)["notices"] == []

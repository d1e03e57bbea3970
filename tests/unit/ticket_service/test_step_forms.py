"""The form of a step: asked for on the pages and by the API, judged on the server, kept, and known to the process."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.personal_data import PersonalData
from tests.watched_process import publish, task, words
from ticket_service.pages.submitting import new_key

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]

FORM: dict[str, Any] = {
    "key": "inspection",
    "version": 1,
    "title": {"zh-CN": "现场查勘", "en": "Inspection"},
    "purpose": "step",
    "fields": [
        {
            "key": "damage",
            "kind": "choice",
            "label": {"zh-CN": "损坏情况", "en": "Damage"},
            "is_required": True,
            "options": [
                {"code": "light", "label": {"zh-CN": "轻微", "en": "Light"}},
                {"code": "heavy", "label": {"zh-CN": "严重", "en": "Heavy"}},
            ],
        },
        {"key": "area", "kind": "number", "label": {"zh-CN": "面积", "en": "Area"}, "decimals": 1, "maximum": 500},
        {"key": "witness", "kind": "text", "label": {"zh-CN": "见证人", "en": "Witness"}, "is_personal": True},
        {"key": "rooms", "kind": "choices", "label": {"zh-CN": "房间", "en": "Rooms"},
         "options": [{"code": one, "label": {"zh-CN": one, "en": one}} for one in ("kitchen", "bath")]},
    ],
}  # fmt: skip


def inspected() -> dict[str, Any]:
    """A process whose first step asks for the form, and whose way depends on an answer."""
    intake = task("intake", "desk", "how_bad")
    intake["choices"][0]["form"] = "inspection"
    intake["choices"].append({"key": "skip", "title": words("skip"), "next": "closed"})
    heavy = {"when": {"field": "form_damage", "op": "eq", "value": "heavy"}, "next": "rebuild"}
    return {
        "key": "inspected",
        "version": 1,
        "title": words("inspected"),
        "nodes": [
            {"kind": "start", "key": "begin", "next": "intake"},
            intake,
            {"kind": "branch", "key": "how_bad", "cases": [heavy], "default": "patch"},
            task("patch", "technician", "closed"),
            task("rebuild", "desk", "closed"),
            {"kind": "end", "key": "closed"},
        ],
        "controls": [],
    }


def publish_form(engine: Engine, **changes: Any) -> None:
    """Publish the form in place of the version before."""
    definition = FORM | changes
    with engine.begin() as connection:
        connection.execute(
            text("update ops.form_definition set state = 'retired', retired_at = now() where key = 'inspection'")
        )
        connection.execute(
            text("""
                insert into ops.form_definition (key, version, state, definition, published_at)
                values ('inspection', :version, 'published', cast(:definition as jsonb), now())
            """),
            {"version": definition["version"], "definition": json.dumps(definition)},
        )


@pytest.fixture
def desk(engine: Engine, sign_in: SignIn) -> TestClient:
    """Somebody at the desk of a house where the form and the process are published."""
    publish_form(engine)
    with engine.begin() as connection:
        publish(connection, inspected())
    return sign_in("desk")


def take(client: TestClient, number: str, choice: str = "done", **more: Any) -> Any:
    body = {"action": "complete", "choice": choice, "version": 1} | more
    return client.post(f"/api/v1/tickets/{number}/actions", json=body)


def answers_of(engine: Engine, number: str) -> list[Any]:
    statement = text("""
        select response.node_key, response.answers, response.personal_ciphertext, definition.version,
               ticket.process_data
          from ops.ticket join ops.form_response as response on response.ticket_id = ticket.id
          join ops.form_definition as definition on definition.id = response.form_definition_id
         where ticket.number = :number order by response.created_at
    """)
    with engine.connect() as connection:
        return list(connection.execute(statement, {"number": number}))


def test_a_step_with_a_form_is_not_taken_without_its_answers(desk: TestClient, create: Create, engine: Engine) -> None:
    number = create(desk)["number"]
    ticket = desk.get(f"/api/v1/tickets/{number}").json()
    assert {one["choice"]: one["form"] for one in ticket["actions"] if one["choice"]} == {
        "done": "inspection",
        "skip": None,
    }
    missing = take(desk, number)
    assert (missing.status_code, missing.json()["code"]) == (422, "form_needed")
    wrong = take(desk, number, answers={"area": 900, "stolen": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "answers_refused")
    assert sorted(wrong.json()["fields"]) == ["area", "damage", "stolen"]
    unasked = take(desk, number, choice="skip", answers={"damage": "light"})
    assert (unasked.status_code, unasked.json()["code"]) == (422, "invalid_input")
    assert desk.get(f"/api/v1/tickets/{number}").json()["version"] == ticket["version"]
    assert answers_of(engine, number) == []


def test_answers_are_facts_from_the_step_on_and_personal_ones_are_not(
    desk: TestClient, create: Create, engine: Engine, settings: Any
) -> None:
    number = create(desk)["number"]
    taken = take(desk, number, answers={"damage": "heavy", "area": 2.5, "witness": "王芳", "rooms": ["bath"]})
    assert taken.status_code == 200, taken.text
    assert taken.json()["node_key"] == "rebuild"
    [kept] = answers_of(engine, number)
    assert kept.node_key == "intake"
    assert kept.answers == {"damage": "heavy", "area": 2.5, "rooms": ["bath"]}
    assert json.loads(PersonalData.of(settings).decrypt(kept.personal_ciphertext)) == {"witness": "王芳"}
    facts = {name: value for name, value in kept.process_data.items() if name.startswith("form_")}
    assert facts == {"form_damage": "heavy", "form_area": 2.5}
    page = desk.get(f"/desk/tickets/{number}", headers={"Accept-Language": "zh"}).text
    assert "现场查勘" in page
    assert "严重" in page
    assert "王芳" not in page


def test_who_may_not_take_the_step_is_told_that_and_nothing_of_the_form(
    desk: TestClient, create: Create, sign_in: SignIn
) -> None:
    number = create(desk)["number"]
    refused = take(sign_in("technician", staff="S-W1"), number)
    assert refused.json()["code"] not in ("form_needed", "answers_refused")
    assert refused.status_code >= 400


def test_the_form_is_the_version_published_when_the_step_is_taken(
    desk: TestClient, create: Create, engine: Engine
) -> None:
    number, later = create(desk)["number"], create(desk)["number"]
    publish_form(engine, version=2, fields=FORM["fields"][:1])
    assert take(desk, number, answers={"damage": "light", "area": 1}).json()["fields"] == ["area"]
    assert take(desk, number, answers={"damage": "light"}).json()["node_key"] == "patch"
    with engine.begin() as connection:
        connection.execute(text("update ops.form_definition set state = 'retired', retired_at = now()"))
    assert take(desk, later, answers={"damage": "light"}).status_code == 200
    assert [one.version for number in (number, later) for one in answers_of(engine, number)] == [2, 2]


def test_the_page_asks_for_the_form_and_a_refusal_keeps_what_was_typed(
    desk: TestClient, create: Create, engine: Engine
) -> None:
    number = create(desk)["number"]
    here = f"/desk/tickets/{number}"
    desk.headers.update({"origin": "http://testserver", "Accept-Language": "zh"})
    page = desk.get(here).text
    assert 'name="q-damage"' in page
    assert "data-designed-form" in page
    token = re.search(r'name="task" value="([^"]+)"', page)
    assert token is not None
    step = {"action": "complete", "task": token[1], "choice": "done", "version": "1"}
    typed = step | {"q-area": "九百", "q-witness": "王芳"}
    rooms = typed | {"idempotency_key": new_key(), "q-rooms": ["kitchen", "bath"]}
    refused = desk.post(f"{here}/act", data=rooms)
    assert refused.status_code == 422, refused.text
    assert 'value="九百"' in refused.text
    assert 'value="王芳"' in refused.text
    assert re.findall(r'value="(kitchen|bath)" checked', refused.text) == ["kitchen", "bath"]
    assert refused.text.count('aria-invalid="true"') == 1
    assert answers_of(engine, number) == []
    mended = rooms | {"idempotency_key": new_key(), "q-area": "9.5", "q-damage": "light"}
    done = desk.post(f"{here}/act", data=mended)
    assert done.status_code == 200, done.text
    assert [one.answers for one in answers_of(engine, number)] == [
        {"damage": "light", "area": 9.5, "rooms": ["kitchen", "bath"]}
    ]


def test_the_designer_offers_forms_and_their_answers_and_checks_both(desk: TestClient, sign_in: SignIn) -> None:
    manager = sign_in("manager")
    processes = "/api/v1/processes"
    begun = manager.post(f"{processes}/import", json={"text": json.dumps(inspected() | {"key": "drawn"})})
    assert (begun.status_code, begun.json()["problems"]) == (201, [])
    page = manager.get("/manage/processes/drawn/draft").text
    assert "form_damage" in page
    assert "inspection" in page
    assert "form_witness" not in page
    other = json.dumps(inspected() | {"key": "other"}).replace('"inspection"', '"nothing"')
    faults = manager.post(f"{processes}/import", json={"text": other.replace("form_damage", "form_absent")})
    assert {one["node"] for one in faults.json()["problems"]} == {"intake", "how_bad"}


def test_answers_are_read_over_the_api_with_the_personal_ones_masked_or_left_out(
    desk: TestClient, create: Create, sign_in: SignIn
) -> None:
    number = create(desk)["number"]
    assert take(desk, number, answers={"damage": "heavy", "area": 2.5, "witness": "王芳"}).status_code == 200
    address = f"/api/v1/tickets/{number}/answers"
    (given,) = desk.get(address).json()
    assert (given["form_key"], given["form_version"], given["node_key"]) == ("inspection", 1, "intake")
    assert given["answers"] == {"damage": "heavy", "area": 2.5}
    assert given["personal"] == {"witness": "王*"}
    (without,) = sign_in("warehouse").get(address).json()
    assert (without["answers"], without["personal"]) == (given["answers"], {})
    assert sign_in("desk", project="SH02").get(address).status_code == 404

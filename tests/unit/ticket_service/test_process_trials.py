"""Processes tried out over the API: a pretend ticket replayed step by step, and scenario packs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.process_admin.trying import shipped_packs

SIMULATE = "/api/v1/processes/simulate"
SCENARIOS = "/api/v1/processes/scenarios"
ACCEPT = {"action": "complete", "who": "desk", "choice": "accept"}


@pytest.fixture
def manager(sign_in: Callable[..., TestClient]) -> TestClient:
    """A manager who reads Chinese."""
    manager = sign_in("manager")
    manager.headers["accept-language"] = "zh-CN"
    return manager


@pytest.fixture
def definition(manager: TestClient) -> dict[str, Any]:
    """The process as shipped."""
    found: dict[str, Any] = manager.get("/api/v1/processes/standard_repair/versions/1").json()["definition"]
    return found


def simulate(manager: TestClient, definition: dict[str, Any], *steps: dict[str, Any], **rest: Any) -> dict[str, Any]:
    answer = manager.post(SIMULATE, json={"definition": definition, "steps": list(steps), **rest})
    assert answer.status_code == 200, answer.text
    trial: dict[str, Any] = answer.json()
    return trial


def test_a_pretend_ticket_goes_where_the_steps_lead_and_nothing_is_kept(
    manager: TestClient, definition: dict[str, Any], engine: Engine
) -> None:
    dispatch = {"action": "complete", "who": "supervisor", "choice": "dispatch", "data": {"technician_id": "T-1"}}
    trial = simulate(manager, definition, ACCEPT, dispatch)
    assert [token["node"] for token in trial["tokens"]] == ["site_survey"]
    assert (trial["owner_status"], trial["refused"]) == ("已派单", None)
    assert [one["title"] for one in trial["trace"]] == ["工单报修", "受理 · 受理", "派单 · 派单"]
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from ops.ticket")).scalar_one() == 0


def test_everybody_who_could_do_something_is_offered_it(manager: TestClient, definition: dict[str, Any]) -> None:
    offers = simulate(manager, definition)["offers"]
    assert ("客服", "受理") in {(one["name"], one["title"]) for one in offers}
    assert {one["who"] for one in offers} >= {"desk", "supervisor", "owner"}


def test_a_step_that_is_refused_says_why_and_leaves_the_ticket_where_it_was(
    manager: TestClient, definition: dict[str, Any]
) -> None:
    trial = simulate(manager, definition, ACCEPT, {"action": "complete", "who": "finance", "choice": "dispatch"})
    assert trial["refused_at"] == 1
    assert "派单" in trial["refused"]
    assert [token["node"] for token in trial["tokens"]] == ["dispatch"]


def test_time_passes_only_when_told_to(manager: TestClient, definition: dict[str, Any]) -> None:
    assert simulate(manager, definition)["now"] == "6月1日 周一 09:00"
    assert simulate(manager, definition, {"wait_minutes": 90})["now"] == "6月1日 周一 10:30"


def test_facts_decide_where_a_branch_leads(manager: TestClient, definition: dict[str, Any]) -> None:
    known = {"action": "complete", "who": "supervisor", "choice": "dispatch"}
    data = {"technician_id": "T-1", "skips_survey": True}
    trial = simulate(manager, definition, ACCEPT, known | {"data": data})
    assert [token["node"] for token in trial["tokens"]] == ["repair"]


def test_the_shipped_pack_of_a_process_passes_and_a_changed_process_says_where_it_differs(
    manager: TestClient, definition: dict[str, Any]
) -> None:
    pack = shipped_packs()["default"]
    ran = manager.post(SCENARIOS, json={"definition": definition, "pack": pack}).json()
    assert ran["passed"] == len(ran["outcomes"]) > 0
    dispatch = next(node for node in definition["nodes"] if node["key"] == "intake")
    dispatch["choices"][0]["next"] = "repair"
    ran = manager.post(SCENARIOS, json={"definition": definition, "pack": pack}).json()
    failed = next(one for one in ran["outcomes"] if not one["is_passed"])
    assert failed["place"].startswith("第 ")
    assert failed["difference"]


@pytest.mark.parametrize("pack", ["", "- 1", "process: x", "key: &a [*a]", "{", "process: a\ntitle: b\nscenarios: []"])
def test_a_pack_that_cannot_be_read_gets_a_sentence(manager: TestClient, definition: dict[str, Any], pack: str) -> None:
    refused = manager.post(SCENARIOS, json={"definition": definition, "pack": pack})
    assert refused.status_code == 422


def test_what_cannot_run_is_not_tried(manager: TestClient, definition: dict[str, Any]) -> None:
    del definition["nodes"][1]["choices"][0]["next"]
    refused = manager.post(SIMULATE, json={"definition": definition})
    assert (refused.status_code, refused.json()["code"]) == (422, "definition_invalid")


def test_the_page_offers_to_try_and_says_what_stands_in_the_way(
    manager: TestClient, definition: dict[str, Any]
) -> None:
    assert "data-try" in manager.get("/manage/processes/standard_repair/versions/1/try").text
    manager.post("/manage/processes/standard_repair/draft", data={"from_version": "1"})
    draft = manager.get("/api/v1/processes/standard_repair/draft").json()
    del draft["definition"]["nodes"][1]["choices"][0]["next"]
    body = {"revision": draft["revision"], "definition": draft["definition"]}
    manager.put("/api/v1/processes/standard_repair/draft", json=body)
    page = manager.get("/manage/processes/standard_repair/versions/2/try").text
    assert "data-try" not in page
    assert "有一个出口还没有连到下一步，请拖线连接。" in page

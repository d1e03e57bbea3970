"""Processes over the API: drawn, checked, published, retired, carried elsewhere and chosen by rules."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
PROCESSES = "/api/v1/processes"
DEFAULT = f"{PROCESSES}/standard_repair"
RULES = "/api/v1/process-rules"


@pytest.fixture
def manager(sign_in: SignIn) -> TestClient:
    """A manager."""
    return sign_in("manager")


def begin_draft(manager: TestClient) -> dict[str, Any]:
    answer = manager.post(f"{DEFAULT}/draft", json={"from_version": 1})
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def node_of(definition: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(node for node in definition["nodes"] if node["key"] == key)
    return found


def save(manager: TestClient, revision: str, definition: dict[str, Any]) -> Any:
    return manager.put(f"{DEFAULT}/draft", json={"revision": revision, "definition": definition})


def test_who_comes_too_late_to_a_draft_is_told_who_changed_it_and_when(
    manager: TestClient, sign_in: SignIn, engine: Engine
) -> None:
    draft = begin_draft(manager)
    other = sign_in("administrator")
    changed = copy.deepcopy(draft["definition"])
    node_of(changed, "intake")["title"]["zh-CN"] = "接单"
    assert save(other, draft["revision"], changed).status_code == 200

    def refused(who: TestClient, language: str) -> str:
        body = {"revision": draft["revision"], "definition": draft["definition"]}
        answer = who.put(f"{DEFAULT}/draft", json=body, headers={"accept-language": language})
        assert (answer.status_code, answer.json()["current"]["saved_by"]) == (409, "administrator-None-None")
        return str(answer.json()["detail"])

    assert refused(manager, "en").startswith("administrator-None-None has changed this draft just now.")
    assert refused(other, "en").startswith("You have changed this draft in another window.")
    with engine.begin() as connection:
        connection.execute(text("update ops.process_draft_save set saved_at = now() - interval '7 minutes'"))
    assert refused(manager, "zh-CN").startswith("administrator-None-None修改了此草稿，最近一次在 7 分钟前。")
    assert manager.delete(f"{DEFAULT}/draft").status_code == 204


def test_a_draft_begins_as_a_copy_and_there_is_one_at_a_time(manager: TestClient) -> None:
    draft = begin_draft(manager)
    assert (draft["version"], draft["problems"]) == (2, [])
    assert draft["definition"] | {"version": 1} == manager.get(f"{DEFAULT}/versions/1").json()["definition"]
    again = manager.post(f"{DEFAULT}/draft", json={"from_version": 1})
    assert (again.status_code, again.json()["code"]) == (409, "draft_exists")


def test_saving_says_at_once_what_is_wrong_and_in_the_readers_language(manager: TestClient) -> None:
    draft = begin_draft(manager)
    definition = draft["definition"]
    del node_of(definition, "repair")["choices"][0]["next"]
    saved = manager.put(
        f"{DEFAULT}/draft",
        json={"revision": draft["revision"], "definition": definition},
        headers={"Accept-Language": "zh-CN"},
    ).json()
    [problem] = saved["problems"]
    assert (problem["node"], problem["path"], problem["title"]) == ("repair", "choices.0.next", "维修")
    assert problem["message"] == "有一个出口还没有连到下一步，请拖线连接。"


def test_two_managers_do_not_overwrite_each_other(manager: TestClient, sign_in: SignIn) -> None:
    draft = begin_draft(manager)
    mine, theirs = copy.deepcopy(draft["definition"]), copy.deepcopy(draft["definition"])
    mine["title"]["zh-CN"], theirs["title"]["zh-CN"] = "我的", "他的"
    assert save(manager, draft["revision"], mine).status_code == 200
    refused = save(sign_in("administrator"), draft["revision"], theirs)
    assert (refused.status_code, refused.json()["code"]) == (409, "version_conflict")
    assert manager.get(f"{DEFAULT}/draft").json()["definition"]["title"]["zh-CN"] == "我的"


def test_publishing_freezes_the_draft_and_replaces_the_version_before(manager: TestClient, engine: Engine) -> None:
    draft = begin_draft(manager)
    published = manager.post(f"{DEFAULT}/draft/publish", json={"revision": draft["revision"]})
    assert published.json() == {"key": "standard_repair", "version": 2}
    process, _other = manager.get(PROCESSES).json()
    assert [(one["version"], one["state"]) for one in process["versions"]] == [(2, "published"), (1, "retired")]
    with engine.connect() as connection:
        deeds = connection.execute(text("select deed, detail from ops.audit_entry where deed like 'process:%'")).all()
    assert {row.deed for row in deeds} == {"process:draft", "process:publish"}


def test_a_draft_with_problems_is_not_published(manager: TestClient) -> None:
    draft = begin_draft(manager)
    definition = draft["definition"]
    del node_of(definition, "repair")["choices"][0]["next"]
    revision = save(manager, draft["revision"], definition).json()["revision"]
    refused = manager.post(f"{DEFAULT}/draft/publish", json={"revision": revision})
    assert (refused.status_code, refused.json()["code"]) == (422, "definition_invalid")
    assert manager.get(PROCESSES).json()[0]["versions"][0]["state"] == "draft"


def test_a_draft_that_changed_since_it_was_looked_at_is_not_published(manager: TestClient) -> None:
    draft = begin_draft(manager)
    changed = draft["definition"] | {"title": {"zh-CN": "新", "en": "New"}}
    assert save(manager, draft["revision"], changed).status_code == 200
    refused = manager.post(f"{DEFAULT}/draft/publish", json={"revision": draft["revision"]})
    assert refused.status_code == 409


def test_the_summary_says_what_differs_and_what_is_not_touched(
    manager: TestClient, sign_in: SignIn, create: Callable[..., dict[str, Any]]
) -> None:
    create(sign_in("desk"))
    draft = begin_draft(manager)
    node_of(draft["definition"], "intake")["role"] = "supervisor"
    save(manager, draft["revision"], draft["definition"])
    summary = manager.get(f"{DEFAULT}/draft/summary", headers={"Accept-Language": "zh"}).json()
    assert (summary["version"], summary["previous"], summary["running"]) == (2, 1, 1)
    assert summary["differences"] == ["修改：受理（由谁办理）"]
    assert summary["rules"] == ["没有规则指定的所有工单"]


def test_a_draft_can_be_thrown_away(manager: TestClient) -> None:
    begin_draft(manager)
    assert manager.delete(f"{DEFAULT}/draft").status_code == 204
    assert manager.get(f"{DEFAULT}/draft").status_code == 404


def test_what_is_exported_can_be_imported_under_another_name(manager: TestClient) -> None:
    for form in ("yaml", "json"):
        exported = manager.get(f"{DEFAULT}/versions/1/file", params={"format": form})
        document = yaml.safe_load(exported.text) | {"key": f"copy_{form}"}
        imported = manager.post(f"{PROCESSES}/import", json={"text": yaml.safe_dump(document, allow_unicode=True)})
        assert (imported.status_code, imported.json()["problems"]) == (201, [])
        assert imported.json()["definition"] == document


@pytest.mark.parametrize(
    "file",
    ["{", "key: [1", "- a\n- b", "key: &a [x]\nnodes: *a", "!!python/object/apply:os.system [ls]", "key: K\nnodes: []"],
)
def test_a_file_that_is_no_definition_gets_a_sentence(manager: TestClient, file: str) -> None:
    refused = manager.post(f"{PROCESSES}/import", json={"text": file})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input")


def test_a_process_that_tickets_need_is_not_taken_out_of_use(manager: TestClient) -> None:
    refused = manager.post(f"{DEFAULT}/versions/1/retire")
    assert (refused.status_code, refused.json()["code"]) == (409, "process_in_use")


def test_the_first_rule_that_fits_says_which_process_a_ticket_takes(manager: TestClient) -> None:
    publish_new(manager, "lifts")
    manager.post(RULES, json={"process_key": "standard_repair", "trade": "lift", "is_public_area": False})
    rules = manager.post(RULES, json={"process_key": "lifts", "trade": "lift"}).json()
    assert [rule["position"] for rule in rules] == [1, 2]
    which = f"{RULES}/which"
    assert manager.get(which, params={"trade": "lift", "is_public_area": True}).json()["process_key"] == "lifts"
    assert manager.get(which, params={"trade": "lift", "is_public_area": False}).json()["position"] == 1
    assert manager.get(which, params={"trade": "masonry"}).json() == {
        "process_key": "standard_repair",
        "rule_id": None,
        "position": None,
    }
    moved = manager.post(f"{RULES}/{rules[1]['id']}/move", json={"position": 1}).json()
    assert [rule["process_key"] for rule in moved] == ["lifts", "standard_repair"]
    assert manager.get(which, params={"trade": "lift", "is_public_area": False}).json()["process_key"] == "lifts"
    assert manager.delete(f"{RULES}/{rules[1]['id']}").status_code == 204
    assert [rule["position"] for rule in manager.get(RULES).json()] == [1]


def test_a_rule_leads_only_to_a_published_process(manager: TestClient) -> None:
    refused = manager.post(RULES, json={"process_key": "unheard_of"})
    assert (refused.status_code, refused.json()["code"]) == (422, "reference_unknown")
    refused = manager.post(RULES, json={"process_key": "standard_repair", "category_code": "unheard_of"})
    assert (refused.status_code, refused.json()["code"]) == (422, "reference_unknown")


def test_a_process_that_rules_lead_to_is_not_taken_out_of_use(manager: TestClient) -> None:
    publish_new(manager, "lifts")
    manager.post(RULES, json={"process_key": "lifts"})
    assert manager.post(f"{PROCESSES}/lifts/versions/1/retire").status_code == 409


def test_only_whoever_manages_processes_sees_them(sign_in: SignIn) -> None:
    for role in ("desk", "supervisor", "technician", "executive"):
        assert sign_in(role).get(PROCESSES).status_code == 403


def test_a_hundred_steps_are_published_within_a_second(manager: TestClient) -> None:
    draft = begin_draft(manager)
    definition = draft["definition"]
    repair = node_of(definition, "repair")
    for number in range(100 - len(definition["nodes"])):
        added = copy.deepcopy(repair) | {"key": f"step_{number}"}
        repair["choices"][0]["next"] = added["key"]
        definition["nodes"].append(added)
        repair = added
    assert len(definition["nodes"]) == 100
    revision = save(manager, draft["revision"], definition).json()["revision"]
    began = time.perf_counter()
    published = manager.post(f"{DEFAULT}/draft/publish", json={"revision": revision})
    assert published.status_code == 200, published.text
    assert time.perf_counter() - began < 1


def publish_new(manager: TestClient, key: str) -> None:
    begun = manager.post(PROCESSES, json={"key": key, "title_zh": "电梯", "title_en": "Lifts"})
    assert begun.status_code == 201, begun.text
    answer = manager.post(f"{PROCESSES}/{key}/draft/publish", json={"revision": begun.json()["revision"]})
    assert answer.status_code == 200, answer.text

"""The pages on which processes are drawn: who finds them, and that no word or property is forgotten."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ops_db.process.loading import definition_schema
from ticket_service.pages.manage.process_hints import HINTS
from ticket_service.pages.manage.process_lists import KINDS, LISTS
from ticket_service.pages.manage.process_words import WORDS

SignIn = Callable[..., TestClient]
Fill = Callable[..., dict[str, str]]
SCRIPTS = Path(__file__).parents[4] / "ticket_service" / "static" / "js" / "designer"
CONDITIONS = {"AllOf", "AnyOf", "NoneOf", "Comparison"}
NOT_SHOWN = {"Definition": {"key", "version", "nodes", "layout"}, "Position": {"x", "y"}, "Text": {"zh-CN", "en"}}


def test_the_words_of_the_scripts_are_those_that_are_translated() -> None:
    spoken = {
        word
        for path in SCRIPTS.glob("*.js")
        for word in re.findall(r'\bt\(\s*"((?:[^"\\]|\\.)*)"', path.read_text(encoding="utf-8"))
    }
    assert spoken == set(WORDS)


def test_every_property_of_a_process_has_a_name_and_none_has_one_in_vain() -> None:
    schema = definition_schema()
    models = {"Definition": schema, **schema["$defs"]}
    shown = {
        f"{model}.{name}"
        for model, given in models.items()
        for name, about in given.get("properties", {}).items()
        if model not in CONDITIONS and name not in NOT_SHOWN.get(model, set()) and "const" not in about
    }
    # The name a node has for the system is a field of its own on the panel.
    named_apart = {f"{model}.key" for model in models if model.endswith("Node")}
    assert shown - named_apart == set(HINTS)


def test_every_list_a_property_chooses_from_is_there(sign_in: SignIn) -> None:
    manager = sign_in("manager")
    data = draft_data(manager)
    drawn = {"nodes", "tasks", "joins", "steps", "choices", "field_keys", "roles", "forms"}
    wanted = {hint.source for hint in HINTS.values() if hint.source} - drawn
    assert wanted <= set(data["catalogue"]["options"])
    assert {fact["source"] for fact in data["catalogue"]["facts"] if fact["source"]} >= {"fact_severity", "fact_trade"}
    assert data["catalogue"]["kinds"].keys() == KINDS.keys()
    assert LISTS.keys() <= data["catalogue"]["options"].keys()


def draft_data(manager: TestClient) -> dict[str, Any]:
    made = manager.post("/manage/processes/standard_repair/draft", data={"from_version": "1"})
    assert made.status_code == 200
    found = re.search(r'<script type="application/json" id="designer-data">(.*?)</script>', made.text, re.DOTALL)
    assert found is not None
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_a_process_is_begun_drawn_published_compared_and_taken_out_of_use(sign_in: SignIn) -> None:
    manager = sign_in("manager")
    typed = {"key": "lifts", "title_zh": "电梯维修", "title_en": "Lift repair"}
    drawing = manager.post("/manage/processes", data=typed)
    assert drawing.url.path == "/manage/processes/lifts/draft"
    draft = manager.get("/api/v1/processes/lifts/draft").json()
    manager.post("/api/v1/processes/lifts/draft/publish", json={"revision": draft["revision"]})
    assert "电梯维修" in manager.get("/manage/processes/lifts/versions/1?published=1").text
    manager.post("/manage/processes/lifts/draft", data={"from_version": "1"})
    compared = manager.get("/manage/processes/lifts/compare?old=1&new=2")
    assert "两个版本没有差异。" in compared.text
    manager.post("/manage/processes/lifts/draft/discard")
    after = manager.post("/manage/processes/lifts/versions/1/retire")
    assert "该版本已停用。" in after.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"key": "Lifts", "title_zh": "电梯", "title_en": "Lifts"}, "流程的短名称只能用小写字母"),
        ({"key": "standard_repair", "title_zh": "电梯", "title_en": "Lifts"}, "已有流程 standard_repair"),
        ({"key": "lifts", "title_zh": "电梯", "title_en": ""}, "请填写流程的中文名和英文名"),
    ],
)
def test_a_refused_beginning_keeps_what_was_typed(sign_in: SignIn, typed: dict[str, str], said: str) -> None:
    page = sign_in("manager").post("/manage/processes", data=typed)
    assert page.status_code in (409, 422)
    assert said in page.text
    assert 'value="电梯"' in unescape(page.text)


def test_rules_are_added_moved_changed_and_tried_without_scripts(sign_in: SignIn, fill: Fill) -> None:
    manager = sign_in("manager")
    here = "/manage/process-rules"
    for trade in ("lift", "masonry"):
        manager.post(here, data={"trade": trade, "process_key": "standard_repair"})
    page = manager.get(here).text
    ids = re.findall(r'data-rule="([^"]+)"', page)
    assert [re.sub(r"\s+", "", one) for one in re.findall(r'rule-text"><p>(.*?)</p>', page)[:2]] == [
        "规则1：电梯",
        "规则2：土建",
    ]
    manager.post(f"{here}/{ids[1]}", data={"do": "move", "position": "1"})
    manager.post(f"{here}/{ids[0]}", data={"do": "change", "severity": "urgent", "process_key": "standard_repair"})
    tried = manager.get(f"{here}?ask=1&severity=urgent").text
    assert "依据：规则 2：紧急" in tried
    manager.post(f"{here}/{ids[0]}", data={"do": "remove"})
    assert re.findall(r'data-rule="([^"]+)"', manager.get(here).text) == [ids[1]]
    assert manager.post(here, data={"trade": "magic", "process_key": "standard_repair"}).status_code == 422


@pytest.mark.parametrize("path", ["/manage/processes", "/manage/process-rules"])
def test_the_pages_are_open_to_managers_only(sign_in: SignIn, path: str) -> None:
    assert sign_in("manager").get(path).status_code == 200
    assert sign_in("desk").get(path).status_code == 403

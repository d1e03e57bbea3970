"""What differs between two versions is said with the names that each kind of step has on its panel."""

from __future__ import annotations

from typing import Any

import pytest

from ops_db.process_admin.differences import differences
from ticket_service.pages.process_sentences import differences_in


def drawing(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"key": "p", "version": 1, "title": {"zh-CN": "流程", "en": "Process"}, "nodes": list(nodes)}


SPLIT = {"kind": "split", "key": "both", "next": ["left", "right"], "join": "met"}


@pytest.mark.parametrize(
    ("node", "changed", "zh", "en"),
    [
        ({"kind": "start", "key": "begin", "next": "a"}, {"next": "b"}, "开始 begin", "Start begin (Leads to)"),
        (SPLIT, {"next": ["left", "middle"]}, "同时进行的支路", "Paths that go on at the same time"),
        (
            {"kind": "timer", "key": "wait", "title": {"zh-CN": "等", "en": "Wait a day"}, "next": "a"},
            {"next": "b"},
            "等",
            "Wait a day (Leads to)",
        ),
    ],
)
def test_a_way_out_is_called_as_on_the_panel_of_its_step(
    node: dict[str, Any], changed: dict[str, Any], zh: str, en: str
) -> None:
    found = differences(drawing(node), drawing(node | changed))
    [chinese], [english] = differences_in(found, "zh-CN"), differences_in(found, "en")
    assert zh in chinese
    assert en in english
    assert ("同时进行的支路" in chinese) == (node["kind"] == "split")
    assert ("at the same time" in english) == (node["kind"] == "split")

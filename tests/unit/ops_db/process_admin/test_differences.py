"""Two drawings compared: what was added, removed and changed, and nothing that is only drawn elsewhere."""

from __future__ import annotations

from typing import Any

from ops_db.process_admin.differences import differences


def drawing(*nodes: dict[str, Any], **rest: Any) -> dict[str, Any]:
    return {"key": "p", "version": 1, "title": {"zh-CN": "流程", "en": "Process"}, "nodes": list(nodes)} | rest


INTAKE = {"kind": "task", "key": "intake", "title": {"zh-CN": "受理", "en": "Intake"}, "role": "desk"}
END = {"kind": "end", "key": "closed"}


def test_steps_that_come_and_go_are_named() -> None:
    found = differences(drawing(INTAKE), drawing(END))
    assert [(one.kind, one.node) for one in found] == [("added", "closed"), ("removed", "intake")]


def test_a_changed_step_says_which_of_its_properties_changed() -> None:
    [found] = differences(drawing(INTAKE), drawing(INTAKE | {"role": "supervisor", "has_visits": True}))
    assert (found.kind, found.node, found.properties) == ("changed", "intake", ("role", "has_visits"))


def test_where_a_step_stands_and_which_version_it_is_make_no_difference() -> None:
    assert differences(drawing(INTAKE), drawing(INTAKE, layout={"intake": {"x": 4, "y": 2}}) | {"version": 2}) == []


def test_what_goes_without_saying_makes_no_difference() -> None:
    assert differences(drawing(INTAKE), drawing(INTAKE | {"deputies": [], "has_visits": False, "crew": None})) == []


def test_the_process_as_a_whole_can_differ() -> None:
    [found] = differences(drawing(END), drawing(END, controls=[{"action": "cancel", "roles": ["desk"]}]))
    assert (found.node, found.properties) == (None, ("controls",))

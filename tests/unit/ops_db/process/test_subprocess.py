"""Processes put into others when they are published."""

from __future__ import annotations

from typing import Any

import pytest

from ops_db.process.definition import Definition
from ops_db.process.errors import DefinitionInvalid
from ops_db.process.interpreter import act, start
from ops_db.process.loading import load_definition, parse_definition
from ops_db.process.problems import problems
from ops_db.process.state import Actor
from ops_db.process.subprocess import drawn_key, expanded
from tests.drawn_processes import WORDS, choice, task, written

DESK = Actor.of("desk", account_id="a1")


def child(name: str, **more: Any) -> Definition:
    data = written(
        "look",
        task("look", choice("good", "over"), choice("bad", "refused")),
        controls=[
            {"action": "pause", "roles": ["desk"]},
            {"action": "assign", "roles": ["desk"]},
            {"action": "reopen", "roles": ["desk"], "to": ["look"]},
        ],
    )
    return parse_definition(data | {"key": name} | more)


def sub(**more: Any) -> dict[str, Any]:
    return {"kind": "subprocess", "key": "trade", "title": WORDS, "process": "wet", "next": "last"} | more


def parent(**more: Any) -> Definition:
    return parse_definition(
        written("first", task("first", "trade"), sub(**more), task("last", "over", choice("no", "refused")))
    )


CHILDREN = {"wet": child("wet"), "dry": child("dry")}


def done(definition: Definition, state: Any, what: str) -> Any:
    return act(definition, state, "complete", actor=DESK, choice=what).state


def test_a_process_is_put_in_under_the_key_of_its_node() -> None:
    whole = load_definition(expanded(parent(), CHILDREN.get).model_dump(mode="json", by_alias=True))
    assert [node.key for node in whole.nodes if "__" in node.key] == ["trade__look", "trade__refused"]
    state = done(whole, start(whole).state, "done")
    assert state.node_key == "trade__look"
    assert done(whole, state, "good").node_key == "last"
    assert done(whole, state, "bad").ticket_state.value == "rejected"
    assert drawn_key(parent(), "trade__look") == "trade"
    assert [one.action for one in whole.controls] == ["pause", "assign"], "reopening is the parent's to say"
    assert {one.at for one in whole.controls} == {("trade__look",)}


def test_a_refusal_within_may_lead_on_outside() -> None:
    whole = expanded(parent(rejected="first"), CHILDREN.get)
    state = done(whole, done(whole, start(whole).state, "done"), "bad")
    assert state.node_key == "first"


def test_one_of_several_is_taken_by_its_condition() -> None:
    cases = [{"when": {"field": "trade", "op": "eq", "value": "electric"}, "process": "dry"}]
    whole = expanded(parent(cases=cases), CHILDREN.get)
    assert problems(whole) == []
    begun = act(whole, start(whole).state, "complete", actor=DESK, choice="done", facts={"trade": "electric"})
    assert begun.state.node_key == "trade__dry__look"
    assert done(whole, start(whole).state, "done").node_key == "trade__wet__look"
    skipping = expanded(parent(cases=cases, process=None), CHILDREN.get)
    assert done(skipping, start(skipping).state, "done").node_key == "last"


def test_what_cannot_be_put_in_names_the_node() -> None:
    looped = child("wet", nodes=written("trade", sub(next="over"))["nodes"], controls=[])
    for lookup, code in (
        ({}.get, "unknown_process"),
        ({"wet": looped}.get, "process_within_itself"),
    ):
        with pytest.raises(DefinitionInvalid) as invalid:
            expanded(parent(), lookup)
        assert [(one.code, one.node) for one in invalid.value.problems] == [(code, "trade")]


def test_processes_that_multiply_are_stopped_early() -> None:
    def many(name: str, inner: str) -> Definition:
        nodes = [
            {"kind": "subprocess", "key": f"s{n}", "title": WORDS, "process": inner, "next": f"s{n + 1}"}
            for n in range(60)
        ]
        nodes[-1]["next"] = "over"
        return parse_definition(written("s0", *nodes) | {"key": name})

    known = {"p0": child("p0"), **{f"p{n}": many(f"p{n}", f"p{n - 1}") for n in range(1, 5)}}
    with pytest.raises(DefinitionInvalid, match="more than 500 nodes"):
        expanded(many("top", "p4"), known.get)
    deep = {}
    for number in range(9):
        inner = sub(key="s", process=f"q{number + 1}", next="over")
        deep[f"q{number}"] = parse_definition(written("s", inner) | {"key": f"q{number}"})
    with pytest.raises(DefinitionInvalid, match="more than 5 deep"):
        expanded(deep["q0"], deep.get)


def test_a_return_offered_anywhere_stays_within_the_forks_of_what_is_put_in() -> None:
    data = written(
        "look",
        task("look", "both"),
        {"kind": "split", "key": "both", "next": ["left", "right"], "join": "met"},
        task("left", "more"),
        task("more", "met"),
        task("right", "met"),
        {"kind": "join", "key": "met", "next": "over"},
        controls=[{"action": "return", "roles": ["desk"], "to": ["look", "left"]}],
    )
    forked = parse_definition(data | {"key": "wet"})
    assert problems(forked) == []
    whole = load_definition(
        expanded(parent(), lambda key: forked if key == "wet" else None).model_dump(mode="json", by_alias=True)
    )
    back = {one.to: set(one.at) for one in whole.controls}
    assert back == {
        ("trade__look",): {"trade__look", "trade__left", "trade__more", "trade__right"},
        ("trade__left",): {"trade__left", "trade__more", "trade__right"},
    }

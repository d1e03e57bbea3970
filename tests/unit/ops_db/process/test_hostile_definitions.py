"""Malformed, huge, circular and hostile definitions get a message that names the place, quickly and in memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from typing import Any

import pytest

from ops_db.process.errors import DefinitionInvalid
from ops_db.process.loading import parse_definition, parse_definition_text
from ops_db.process.problems import problems
from tests.drawn_processes import WORDS, task, written

LAUGHS = "\n".join(f"l{n}: &l{n} [" + ", ".join([f"*l{n - 1}"] * 10 if n else ["ha"] * 10) + "]" for n in range(12))


def nested(depth: int) -> dict[str, Any]:
    condition: dict[str, Any] = {"field": "floor", "op": "is_set"}
    for _ in range(depth):
        condition = {"all": [condition]}
    return condition


def branching(condition: Any) -> dict[str, Any]:
    cases = [{"when": condition, "next": "over"}]
    data = written("b", {"kind": "branch", "key": "b", "cases": [], "default": "over"})
    data["nodes"][1]["cases"] = cases
    return data


def circular() -> dict[str, Any]:
    condition: dict[str, Any] = {"all": []}
    condition["all"].append(condition)
    return branching(condition)


TEXTS = {
    "a billion laughs": (LAUGHS, "values"),
    "an anchor that refers to itself": ("key: &a [*a]\n", "refers to itself"),
    "brackets without end": ("[" * 100_000, "nested more than"),
    "JSON brackets without end": ('{"nodes":' * 50_000, "line 1"),
    "a file that is too large": ("# " + "x" * 1_000_000, "larger than"),
    "a tag that would run code": ("nodes: !!python/object/apply:os.system [id]", "cannot be read"),
    "a number without end": (f"version: {'9' * 20_000}", "cannot be read"),
    "no text at all": ("\x00\x01\x02", "cannot be read"),
    "a broken line": ("key: [a\nnodes: }", "line 2"),
    "a list": ("- a\n- b\n", "one mapping"),
    "nothing": ("", "one mapping"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_file_is_refused_with_its_place(name: str) -> None:
    text, said = TEXTS[name]
    tracemalloc.start()
    began = time.process_time()
    with pytest.raises(DefinitionInvalid) as invalid:
        parse_definition_text(text, name="process.yaml")
    assert time.process_time() - began < 5
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()
    assert "process.yaml" in str(invalid.value)
    assert said in str(invalid.value)


MANY = [{"kind": "end", "key": f"n{number}"} for number in range(1_000)]
DATA: dict[str, tuple[Any, str]] = {
    "a million nodes": ({"key": "k", "version": 1, "title": WORDS, "nodes": MANY * 1_000}, "more than"),
    "a thousand nodes": ({"key": "k", "version": 1, "title": WORDS, "nodes": MANY}, "nodes has more than 500 entries"),
    "a condition in a circle": (circular(), "b: something here is nested more than 64 deep"),
    "a condition nested without end": (branching(nested(5_000)), "nested more than 64 deep"),
    "nodes that are no list": (written("a") | {"nodes": 7}, "nodes"),
    "a node that is no mapping": (written("a") | {"nodes": [7]}, "nodes[0]"),
    "a node without a kind": (written("a") | {"nodes": [{"key": "a"}]}, "a: "),
    "a key of another kind": (written("a", task("a", "over") | {"key": 5}), "key"),
    "a key that is too long": (written("a", task("a" * 300, "over")), "is longer than 200 characters"),
    "minutes that are none": (
        written("a", task("a", "over", timers=[{"key": "t", "minutes": -5, "do": "warn"}])),
        "a: timers.0.minutes must be more than 0",
    ),
    "a drawing beyond the paper": (
        written("a", task("a", "over")) | {"layout": {"a": {"x": float("inf"), "y": 0}}},
        "layout.a.x",
    ),
    "a text without end": (
        written("a", task("a", "over") | {"title": {"zh-CN": "x" * 2_000_000, "en": "y"}}),
        "a text here is longer than",
    ),
}


@pytest.mark.parametrize("name", DATA)
def test_hostile_data_is_refused_with_its_place(name: str) -> None:
    data, said = DATA[name]
    began = time.process_time()
    with pytest.raises(DefinitionInvalid) as invalid:
        parse_definition(data)
    assert time.process_time() - began < 5
    assert said in str(invalid.value)
    assert len(str(invalid.value)) < 100_000


def test_a_condition_is_nested_twenty_deep_at_most() -> None:
    assert problems(parse_definition(branching(nested(19)))) == []
    (fault,) = problems(parse_definition(branching(nested(20))))
    assert (fault.code, fault.node) == ("condition_too_deep", "b")


def test_json_may_be_indented_by_tabs() -> None:
    text = json.dumps(written("a", task("a", "over")), indent="\t")
    assert parse_definition_text(text).key == "drawn"


def test_an_anchor_may_be_used_within_reason() -> None:
    text = "words: &w {zh-CN: 甲, en: A}\n"
    with pytest.raises(DefinitionInvalid, match="words is no property here"):
        parse_definition_text(text + "key: k\nversion: 1\ntitle: *w\nnodes: [{kind: end, key: over}]\n")

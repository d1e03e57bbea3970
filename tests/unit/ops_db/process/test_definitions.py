"""Definitions as data: what loads, and how each fault is named."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml

from core.vocabulary import OwnerStatus, PauseReason, Role
from ops_db.process.definition import Definition
from ops_db.process.errors import DefinitionInvalid
from ops_db.process.interpreter import _APPLY
from ops_db.process.loading import (
    DEFAULT_DEFINITION_FILE,
    SCHEMA_FILE,
    default_definition,
    definition_schema,
    load_definition,
    load_definition_file,
    parse_definition,
)
from ops_db.process.problems import problems
from ops_db.process.transitions import EVENT_KINDS, TRANSITIONS, transition_table

WORDS = {"zh-CN": "步骤", "en": "Step"}


def choice(key: str, leads_to: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": WORDS, "next": leads_to, **more}


def task(key: str, *choices: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "kind": "task",
        "key": key,
        "title": WORDS,
        "role": "desk",
        "owner_status": "received",
        "choices": list(choices),
        **more,
    }


def small() -> dict[str, Any]:
    """A process of one task and one branch, valid until a test spoils it."""
    costly = {"field": "cost_fen", "op": "gt", "value": 50_000}
    return {
        "key": "small",
        "version": 1,
        "title": WORDS,
        "nodes": [
            {"kind": "start", "key": "begin", "next": "work"},
            task("work", choice("done", "is_costly")),
            {"kind": "branch", "key": "is_costly", "cases": [{"when": costly, "next": "check"}], "default": "over"},
            task("check", choice("done", "over")),
            {"kind": "end", "key": "over"},
        ],
        "controls": [{"action": "reopen", "roles": ["desk"], "to": ["work"]}],
    }


def found(data: dict[str, Any]) -> set[tuple[str, str]]:
    return {(problem.code, problem.node) for problem in problems(parse_definition(data))}


def test_the_default_process_has_no_problems() -> None:
    assert problems(default_definition()) == []


def test_the_default_process_pauses_for_the_reasons_and_shows_the_stations_of_the_vocabulary() -> None:
    options = TRANSITIONS["pause"].fields[0].options
    assert [option.code for option in options] == list(PauseReason.codes())
    stations = [node.owner_status for node in default_definition().tasks.values()]
    assert stations == [
        OwnerStatus.RECEIVED,
        OwnerStatus.ACCEPTED,
        OwnerStatus.DISPATCHED,
        OwnerStatus.IN_REPAIR,
        OwnerStatus.TO_RATE,
        OwnerStatus.FOLLOW_UP,
    ]


def test_the_default_process_speaks_both_languages() -> None:
    intake = default_definition().tasks["intake"]
    assert (intake.title.label("zh-CN"), intake.title.label("en")) == ("受理", "Intake")


def test_a_definition_survives_being_written_and_read_again() -> None:
    written = default_definition().model_dump_json(by_alias=True)
    assert load_definition(json.loads(written)) == default_definition()


def test_the_published_schema_is_the_one_of_the_models() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == definition_schema()


def test_the_published_schema_accepts_the_default_process_and_refuses_a_spoiled_one() -> None:
    data = yaml.safe_load(DEFAULT_DEFINITION_FILE.read_text(encoding="utf-8"))
    jsonschema.validate(data, definition_schema())
    data["nodes"][1]["role"] = "A plumber"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, definition_schema())


def test_the_small_process_is_sound() -> None:
    assert found(small()) == set()


def _nodes(data: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["key"]: node for node in data["nodes"]}


Spoil = Callable[[dict[str, Any]], object]

FAULTS: dict[str, tuple[Spoil, set[tuple[str, str]]]] = {
    "two nodes with one key": (
        lambda d: d["nodes"].append(task("check", choice("done", "over"))),
        {("duplicate_key", "check")},
    ),
    "two starts": (
        lambda d: d["nodes"].append({"kind": "start", "key": "again", "next": "work"}),
        {("start_count", "begin, again")},
    ),
    "no start": (lambda d: d["nodes"].pop(0), {("start_count", "definition")}),
    "no end": (
        lambda d: d["nodes"].pop(),
        {("no_end", "definition"), ("unknown_node", "is_costly"), ("unknown_node", "check")},
    ),
    "a step into nowhere": (lambda d: _nodes(d)["begin"].update(next="lost"), {("unknown_node", "begin")}),
    "a step to the start": (
        lambda d: _nodes(d)["check"].update(choices=[choice("done", "over"), choice("again", "begin")]),
        {("leads_to_start", "check")},
    ),
    "a branch without default": (lambda d: _nodes(d)["is_costly"].update(default=None), {("no_default", "is_costly")}),
    "a task without exit": (lambda d: _nodes(d)["check"].update(choices=[]), {("no_exit", "check")}),
    "a task whose every exit has a condition": (
        lambda d: _nodes(d)["check"].update(
            choices=[choice("done", "over", when={"field": "needs_purchase", "op": "is_set"})]
        ),
        {("no_exit", "check")},
    ),
    "a node nobody reaches": (
        lambda d: d["nodes"].append(task("island", choice("done", "over"))),
        {("unreachable", "island")},
    ),
    "a circle without way out": (
        lambda d: _nodes(d)["check"].update(choices=[choice("again", "check")]),
        {("no_way_out", "check")},
    ),
    "branches that go round": (
        lambda d: (
            d["nodes"].append(
                {
                    "kind": "branch",
                    "key": "round",
                    "cases": [{"when": {"field": "floor", "op": "is_set"}, "next": "over"}],
                    "default": "is_costly",
                }
            )
            or _nodes(d)["is_costly"].update(default="round")
        ),
        {("endless_branches", "is_costly"), ("endless_branches", "round")},
    ),
    "two choices with one key": (
        lambda d: _nodes(d)["check"].update(choices=[choice("done", "over"), choice("done", "work")]),
        {("duplicate_choice", "check")},
    ),
    "one field twice": (
        lambda d: _nodes(d)["check"].update(
            choices=[choice("done", "over", fields=[{"key": "size", "kind": "integer", "title": WORDS}] * 2)]
        ),
        {("duplicate_field", "check")},
    ),
    "a need for a field that is not there": (
        lambda d: _nodes(d)["check"].update(choices=[choice("done", "over", at_least_one=["size"])]),
        {("unknown_field", "check")},
    ),
    "an assigned task of the desk": (
        lambda d: _nodes(d)["check"].update(is_assigned=True),
        {("assigned_role", "check")},
    ),
    "a control at a node that is no task": (
        lambda d: d["controls"].append({"action": "pause", "roles": ["desk"], "at": ["over"]}),
        {("unknown_node", "controls[1] (pause)")},
    ),
    "reopening to nowhere": (lambda d: d["controls"][0].update(to=[]), {("target_count", "controls[0] (reopen)")}),
    "reopening at a node": (
        lambda d: d["controls"][0].update(at=["work"]),
        {("needless_nodes", "controls[0] (reopen)")},
    ),
    "a return to nowhere": (
        lambda d: d["controls"].append({"action": "return", "roles": ["desk"]}),
        {("target_count", "controls[1] (return)")},
    ),
    "a pause that leads somewhere": (
        lambda d: d["controls"].append({"action": "pause", "roles": ["desk"], "to": ["work"]}),
        {("needless_nodes", "controls[1] (pause)")},
    ),
    "a control that asks again for the reason": (
        lambda d: d["controls"][0].update(fields=[{"key": "reason", "kind": "text", "title": WORDS}]),
        {("duplicate_field", "controls[0] (reopen)")},
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_names_its_node(fault: str) -> None:
    spoil, expected = FAULTS[fault]
    data = small()
    spoil(data)
    assert found(data) == expected
    with pytest.raises(DefinitionInvalid) as invalid:
        load_definition(data)
    assert invalid.value.code == "definition_invalid"
    assert all(node in str(invalid.value) for _, node in expected)


def test_every_fault_is_named_at_once() -> None:
    data = small()
    _nodes(data)["is_costly"]["default"] = None
    _nodes(data)["check"]["choices"] = []
    assert found(data) == {("no_default", "is_costly"), ("no_exit", "check")}


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: _nodes(d)["work"].update(role="A plumber"), "work: role must fit the pattern ^[a-z]"),
        (lambda d: _nodes(d)["work"].pop("title"), "work: title is missing"),
        (lambda d: _nodes(d)["work"].update(title={"en": "Work"}), "work: title.zh-CN is missing"),
        (lambda d: _nodes(d)["work"].update(colour="red"), "work: colour is no property here"),
        (lambda d: _nodes(d)["work"].update(kind="spell"), "work: there is no kind of node spell; use one of"),
        (
            lambda d: _nodes(d)["is_costly"].update(cases=[{"when": "cost > 5", "next": "check"}]),
            "is_costly: cases.0.when",
        ),
        (lambda d: d["controls"][0].update(action="explode"), "controls[0]: action must be one of 'return', "),
        (lambda d: d.pop("version"), "definition: version is missing"),
    ],
)
def test_a_fault_of_shape_names_node_and_key(spoil: Spoil, message: str) -> None:
    data = copy.deepcopy(small())
    spoil(data)
    with pytest.raises(DefinitionInvalid) as invalid:
        parse_definition(data)
    assert message in str(invalid.value)


def test_a_file_that_is_no_mapping_says_so(tmp_path: Any) -> None:
    file = tmp_path / "process.yaml"
    file.write_text("- a list", encoding="utf-8")
    with pytest.raises(DefinitionInvalid, match="one mapping"):
        load_definition_file(file)


def test_a_definition_cannot_be_changed_after_loading() -> None:
    with pytest.raises(ValueError, match="frozen"):
        default_definition().version = 2  # type: ignore[misc]  # That it is frozen is the point.
    assert isinstance(default_definition(), Definition)


def test_every_role_in_the_default_process_is_one_of_the_vocabulary() -> None:
    roles = {role for node in default_definition().tasks.values() for role in (node.role, *node.deputies)}
    assert roles == {Role.DESK, Role.SUPERVISOR, Role.TECHNICIAN, Role.OWNER, Role.SYSTEM}


def test_every_action_of_the_table_is_one_the_interpreter_applies() -> None:
    assert set(_APPLY) == set(TRANSITIONS)


def test_the_table_of_actions_names_every_action_and_event() -> None:
    table = transition_table()
    assert all(f"| {action} |" in table for action in TRANSITIONS)
    assert all(f"`{kind}`" in table for kind in EVENT_KINDS if kind not in ("ticket:create", "ticket:close"))

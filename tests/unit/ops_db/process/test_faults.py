"""What cannot work is found before publishing, and the node is named."""

from __future__ import annotations

import time
from typing import Any

import pytest

from ops_db.process.errors import DefinitionInvalid
from ops_db.process.interpreter import start
from ops_db.process.loading import (
    DEFINITIONS,
    default_definition,
    load_definition,
    load_definition_file,
    parse_definition,
)
from ops_db.process.problems import problems
from tests.drawn_processes import WORDS, approval, choice, faults, join, split, task, written

URGENT = {"field": "severity", "op": "eq", "value": "urgent"}
TIMER = {"key": "t", "minutes": 5}


def branch(key: str, *targets: str, when: Any = URGENT, default: str | None = "over") -> dict[str, Any]:
    return {"kind": "branch", "key": key, "cases": [{"when": when, "next": to} for to in targets], "default": default}


def notice(key: str, leads_to: str, *to: str) -> dict[str, Any]:
    return {"kind": "notice", "key": key, "title": WORDS, "to": list(to), "body": WORDS, "next": leads_to}


def field(key: str, kind: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "title": WORDS, **more}


def timed(**timer: Any) -> dict[str, Any]:
    return written("work", task("work", "over", timers=[TIMER | timer]))


def when(condition: Any) -> dict[str, Any]:
    return written("b", branch("b", "over", when=condition))


CASES: dict[str, tuple[dict[str, Any], set[tuple[str, str]]]] = {
    "a path of a fork that ends": (
        written("f", split("f", "a", "b", join="j"), task("a", "j"), task("b", "over"), join("j", "over")),
        {("end_in_fork", "over")},
    ),
    "a path that leaves a fork": (
        written("f", split("f", "a", "b", join="j"), task("a", "j"), task("b", "c"), join("j", "c"), task("c", "over")),
        {("fork_crossed", "c"), ("end_in_fork", "over")},
    ),
    "a split whose join is none": (
        written("f", split("f", "a", "b", join="c"), task("a", "c"), task("b", "c"), task("c", "over")),
        {("join_missing", "f"), ("end_in_fork", "over")},
    ),
    "a join without a split": (written("j", join("j", "over")), {("join_without_split", "j")}),
    "paths that come to another join": (
        written("f", split("f", "a", "b", join="k"), task("a", "j"), task("b", "j"), join("j", "k"), join("k", "over")),
        {("wrong_join", "j"), ("join_without_split", "k")},
    ),
    "a split of one path": (
        written("f", split("f", "a", join="j"), task("a", "j"), join("j", "over")),
        {("split_paths", "f")},
    ),
    "one path twice": (
        written("f", split("f", "a", "a", join="j"), task("a", "j"), join("j", "over")),
        {("duplicate_path", "f")},
    ),
    "an approval of nobody": (written("ask", approval("ask")), {("no_approver", "ask")}),
    "an approval of more than are asked": (
        written("ask", approval("ask", "finance", mode="count", needed=2)),
        {("approval_count", "ask")},
    ),
    "an approval of a number not said": (
        written("ask", approval("ask", "finance", mode="count")),
        {("approval_count", "ask")},
    ),
    "a number nobody needs": (written("ask", approval("ask", "finance", needed=1)), {("needless_count", "ask")}),
    "an approver who is two things": (
        written("ask", approval("ask", {"role": "finance", "staff_number": "N1"})),
        {("approver_kind", "ask")},
    ),
    "a return to no task": (
        written("ask", approval("ask", "finance", return_to=["over"])),
        {("unknown_node", "ask")},
    ),
    "a circle of branches and notices": (
        written("a", branch("a", "n"), notice("n", "a", "owner")),
        {("endless_branches", "a"), ("endless_branches", "n")},
    ),
    "a circle through a wait of no time": (
        written(
            "a",
            branch("a", "w"),
            {"kind": "timer", "key": "w", "title": WORDS, "minutes": 0, "owner_status": "received", "next": "a"},
        ),
        {("endless_branches", "a"), ("endless_branches", "w")},
    ),
    "a notice to nobody": (written("n", notice("n", "over")), {("notice_without_recipient", "n")}),
    "a fact nobody knows": (when({"field": "colour", "op": "is_set"}), {("unknown_fact", "b")}),
    "text that is more": (when({"field": "severity", "op": "gt", "value": "urgent"}), {("fact_not_ordered", "b")}),
    "money that is text": (when({"field": "cost_fen", "op": "gt", "value": "500"}), {("fact_kind", "b")}),
    "a number that is true": (when({"field": "floor", "op": "eq", "value": True}), {("fact_kind", "b")}),
    "a word of the vocabulary misspelt": (
        when({"all": [{"field": "severity", "op": "in", "value": ["urgent", "urgnet"]}]}),
        {("unknown_value", "b")},
    ),
    "one key of two kinds": (
        written("a", task("a", choice("done", "b", fields=[field("cost_fen", "text")])), task("b", "over")),
        {("field_kind", "a")},
    ),
    "a key that is taken": (
        written("a", task("a", choice("done", "over", fields=[field("form_colour", "text")]))),
        {("reserved_field", "a")},
    ),
    "two timers of one key": (
        written("a", task("a", "over", timers=[TIMER | {"do": "warn", "to": ["desk"]}] * 2)),
        {("duplicate_timer", "a")},
    ),
    "a warning to nobody": (timed(do="warn"), {("timer_without_recipient", "work")}),
    "a timer that takes no choice": (timed(do="advance", choice="other"), {("timer_choice", "work")}),
    "a timer that hands over to nobody": (timed(do="reassign"), {("timer_target", "work")}),
    "a timer that hands over to a crew where none is": (
        timed(do="reassign", crew="night"),
        {("crew_not_assigned", "work")},
    ),
    "a clock that must fill in a form": (
        written(
            "a",
            task(
                "a",
                choice("done", "over", fields=[field("size", "text", is_required=True)]),
                timers=[TIMER | {"do": "advance", "choice": "done"}],
            ),
        ),
        {("advance_needs_data", "a")},
    ),
    "a clock that must take a picture": (
        written(
            "a",
            task(
                "a",
                choice("done", "over", evidence=[{"kind": "photo"}]),
                timers=[TIMER | {"do": "advance", "choice": "done"}],
            ),
        ),
        {("advance_needs_data", "a")},
    ),
    "a signature from before": (
        written("a", task("a", choice("done", "over", evidence=[{"kind": "signature", "purpose": "before"}]))),
        {("evidence_purpose", "a")},
    ),
    "a dispatching choice that is none": (
        written("a", task("a", "over", dispatch_choice="send")),
        {("unknown_choice", "a")},
    ),
    "a return into a fork": (
        written(
            "a",
            task("a", "f"),
            split("f", "b", "c", join="j"),
            task("b", "j"),
            task("c", "j"),
            join("j", "over"),
            controls=[{"action": "return", "roles": ["desk"], "at": ["a"], "to": ["b"]}],
        ),
        {("return_into_fork", "controls[0] (return)")},
    ),
    "a reopening into a fork": (
        written(
            "f",
            split("f", "b", "c", join="j"),
            task("b", "j"),
            task("c", "j"),
            join("j", "over"),
            controls=[{"action": "reopen", "roles": ["desk"], "to": ["b"]}],
        ),
        {("return_into_fork", "controls[0] (reopen)")},
    ),
    "a job to be taken where nothing is dispatched": (
        written("a", task("a", "over"), controls=[{"action": "grab", "roles": ["technician"], "at": ["a"]}]),
        {("grab_without_dispatch", "controls[0] (grab)")},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_found_and_names_its_node(case: str) -> None:
    data, expected = CASES[case]
    assert faults(data) == expected
    for one in problems(parse_definition(data)):
        assert one.message == one.template.format(**one.values)


def test_conditions_over_answers_of_steps_and_forms_are_known() -> None:
    asked = task("a", choice("done", "b", fields=[field("size", "integer")]))
    both = {"all": [{"field": "size", "op": "gt", "value": 3}, {"field": "form_colour", "op": "eq", "value": "red"}]}
    data = written("a", asked, branch("b", "over", when=both))
    assert faults(data) == set()
    assert faults(data, form_facts={"form_colour": "text"}) == set()
    assert faults(data, form_facts={"form_colour": "integer"}) == {("fact_kind", "b")}
    assert faults(data, form_facts={}) == {("unknown_fact", "b")}


def test_what_lies_outside_is_checked_against_what_there_is() -> None:
    data = written(
        "a",
        task("a", choice("done", "ask", form="checklist"), role="lift_crew", crew="lifts"),
        approval("ask", "finance", {"staff_number": "N7"}),
    )
    assert faults(data) == set()
    known = {
        "known_roles": ["desk", "finance"],
        "held_roles": ["desk"],
        "known_staff": ["N1"],
        "known_crews": ["plumbers"],
        "known_forms": [],
    }
    assert faults(data, **known) == {
        ("unknown_role", "a"),
        ("unknown_crew", "a"),
        ("unknown_form", "a"),
        ("role_held_by_nobody", "ask"),
        ("unknown_staff", "ask"),
    }


def test_a_subprocess_must_be_put_in_before_it_runs() -> None:
    node = {"kind": "subprocess", "key": "sub", "title": WORDS, "process": "wet", "next": "over"}
    data = written("sub", node)
    assert faults(data) == set()
    assert faults(data, known_processes=["dry"]) == {("unknown_process", "sub")}
    with pytest.raises(DefinitionInvalid, match="put in when"):
        load_definition(data)


@pytest.mark.parametrize("name", ["default", "property_repair"])
def test_the_shipped_processes_have_no_fault(name: str) -> None:
    definition = load_definition_file(DEFINITIONS / f"{name}.yaml")
    assert problems(definition, known_crews=[], known_staff=[], known_forms=[]) == []


def test_a_hundred_nodes_are_checked_within_a_second() -> None:
    nodes = [task(f"n{i}", choice("done", f"n{i + 1}"), choice("back", f"n{max(0, i - 7)}")) for i in range(49)]
    nodes += [branch(f"n{i}", f"n{i + 1}", f"n{min(i + 5, 98)}", default=f"n{i + 1}") for i in range(49, 98)]
    data = written("n0", *nodes, task("n98", "over"))
    assert len(data["nodes"]) == 101
    began = time.process_time()
    assert load_definition(data).by_key["n98"].key == "n98"
    assert time.process_time() - began < 1


def test_five_hundred_branches_in_a_row_neither_overflow_nor_take_long() -> None:
    nodes = [branch(f"n{i}", f"n{i + 1}", default=f"n{i + 1}") for i in range(497)]
    definition = load_definition(written("n0", *nodes, task("n497", "over")))
    assert start(definition).state.node_key == "n497"


def test_the_default_process_names_its_dispatch_step() -> None:
    assert default_definition().tasks["dispatch"].dispatch_choice == "dispatch"

"""What two versions differ in, and whether running tickets can be moved from one to the other."""

from __future__ import annotations

import copy
from typing import Any

from ops_db.process.compare import Edge, NodeChange, compare
from ops_db.process.definition import Definition
from ops_db.process.interpreter import act, start
from ops_db.process.loading import default_definition, load_definition
from ops_db.process.migration_plan import Live, plan, suggested_map
from ops_db.process.state import Actor, State
from tests.drawn_processes import choice, drawn, join, split, task

DESK = Actor.of("desk", account_id="a1")
FORK = (
    task("first", "f"),
    split("f", "a", "b", join="j"),
    task("a", "j"),
    task("b", "j"),
    join("j", "last"),
    task("last", "over"),
)


def changed(**spoil: Any) -> Definition:
    data = copy.deepcopy(default_definition().model_dump(mode="json", by_alias=True))
    nodes = {node["key"]: node for node in data["nodes"]}
    for key, more in spoil.items():
        nodes[key].update(more)
    return load_definition(data | {"version": 2})


def test_a_version_compared_with_itself_changes_nothing() -> None:
    assert compare(default_definition(), default_definition()).is_none
    data = default_definition().model_dump(mode="json", by_alias=True)
    moved = load_definition(data | {"version": 2, "layout": {"intake": {"x": 1, "y": 2}}})
    assert compare(default_definition(), moved).is_none, "where a node stands is no difference"


def test_changed_properties_and_edges_are_named() -> None:
    new = changed(return_visit={"role": "supervisor"}, is_fault_known={"default": "repair"})
    found = compare(default_definition(), new)
    assert found.changed == (NodeChange("return_visit", ("role",)),)
    assert found.edges_added == (Edge("is_fault_known", "default", "repair"),)
    assert found.edges_removed == (Edge("is_fault_known", "default", "site_survey"),)
    assert (found.added, found.removed, found.properties) == ((), (), ())


def test_added_and_removed_nodes_and_controls_are_named() -> None:
    old = drawn("a", task("a", "b"), task("b", "over"))
    new = drawn("a", task("a", "c"), task("c", "over"), controls=[{"action": "cancel", "roles": ["desk"]}])
    found = compare(old, new)
    assert (found.added, found.removed, found.properties) == (("c",), ("b",), ("controls",))
    assert Edge("a", "done", "c") in found.edges_added
    assert Edge("b", "done", "over") in found.edges_removed


def forked() -> tuple[Definition, State]:
    definition = drawn("first", *FORK)
    return definition, act(definition, start(definition).state, "complete", actor=DESK, choice="done").state


def test_running_tickets_move_by_the_map_and_go_on_in_the_new_version() -> None:
    old, state = forked()
    new = drawn("first", FORK[0], split("f", "a", "c", join="j"), task("a", "j"), task("c", "j"), *FORK[4:])
    found = plan(old, new, [Live("T1", state)], suggested_map(old, new) | {"b": "c"})
    assert found.fits
    (moved,) = found.moved
    assert {token.node_key for token in moved.state.tokens} == {"a", "c"}
    token = next(one.id for one in moved.state.tokens if one.node_key == "c")
    step = act(new, moved.state, "complete", actor=DESK, task=token, choice="done")
    assert {one.node_key for one in step.state.tokens} == {"a", "j"}


def test_every_task_that_does_not_fit_is_listed_with_its_reason() -> None:
    old, state = forked()
    straight = drawn("first", task("first", "a"), task("a", "last"), task("last", "over"))
    found = plan(old, straight, [Live("T1", state), Live("T2", start(old).state)], {"first": "first", "a": "a"})
    assert [(one.ticket, one.node_key, one.problem.code) for one in found.misfits] == [
        ("T1", "a", "fork_changed"),
        ("T1", "b", "not_mapped"),
    ]
    assert [one.ticket for one in found.moved] == ["T2"]
    assert not found.fits
    codes = {
        key: plan(old, straight, [Live("T1", start(old).state)], {"first": key}).misfits[0].problem.code
        for key in ("gone", "over")
    }
    assert codes == {"gone": "no_such_node", "over": "other_kind"}


def test_a_ticket_in_no_fork_cannot_move_into_one() -> None:
    old = drawn("a", task("a", choice("done", "over")))
    new = drawn("first", *FORK)
    (misfit,) = plan(old, new, [Live("T1", start(old).state)], {"a": "a"}).misfits
    assert misfit.problem.code == "other_fork"


def test_somebodys_task_does_not_become_nobodys() -> None:
    assigned = drawn("a", task("a", "over", role="technician", is_assigned=True, has_visits=True))
    free = drawn("a", task("a", "over", role="technician"))
    state = start(assigned, facts={"technician_id": "wang"}).state
    (misfit,) = plan(assigned, free, [Live("T1", state)], {"a": "a"}).misfits
    assert misfit.problem.code == "assigned"
    wang = Actor.of("technician", staff_id="wang")
    left = drawn(
        "a",
        task("a", "over", role="technician", is_assigned=True, has_visits=True),
        controls=[{"action": "depart", "roles": ["technician"]}],
    )
    gone = act(left, state, "depart", actor=wang).state
    (misfit,) = plan(assigned, free, [Live("T1", gone)], {"a": "a"}).misfits
    assert misfit.problem.code == "on_the_way"

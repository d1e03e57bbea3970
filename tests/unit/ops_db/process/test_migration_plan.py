"""Whether running tickets can be moved from one version to another."""

from __future__ import annotations

from ops_db.process.definition import Definition
from ops_db.process.interpreter import act, start
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

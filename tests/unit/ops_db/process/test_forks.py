"""Parallel paths: they meet once, and what is left of them is withdrawn when one goes back."""

from __future__ import annotations

from ops_db.process.definition import Definition
from ops_db.process.interpreter import act, start
from ops_db.process.offers import allowed_actions
from ops_db.process.state import Actor, State, Step
from tests.drawn_processes import drawn, join, split, task

DESK = Actor.of("desk", account_id="a1")
NESTED = (
    split("fork", "a", "inner", join="meet"),
    task("a", "meet"),
    split("inner", "b", "c", join="inner_meet"),
    task("b", "inner_meet"),
    task("c", "inner_meet"),
    join("inner_meet", "d"),
    task("d", "meet"),
    join("meet", "last"),
    task("last", "over"),
)
BACK = [{"action": "return", "roles": ["desk"], "to": ["first", "d"]}]


def process() -> Definition:
    return drawn("first", task("first", "fork"), *NESTED, controls=BACK)


def done(definition: Definition, state: State, node: str) -> Step:
    token = next(one.id for one in state.tokens if one.node_key == node)
    return act(definition, state, "complete", actor=DESK, task=token, choice="done")


def at(state: State) -> set[str]:
    return {one.node_key for one in state.tokens}


def test_a_join_waits_for_every_path_and_goes_on_once() -> None:
    definition = process()
    state = done(definition, start(definition).state, "first").state
    assert at(state) == {"a", "b", "c"}
    assert {one.node_key: one.fork for one in state.tokens} == {
        "a": "fork:0",
        "b": "fork:1/inner:0",
        "c": "fork:1/inner:1",
    }
    state = done(definition, state, "a").state
    assert at(state) == {"meet", "b", "c"}
    assert state.node_key != "meet", "what waits at a join does not say where the ticket stands"
    state = done(definition, state, "c").state
    step = done(definition, state, "b")
    assert at(step.state) == {"meet", "d"}
    assert [one.choice for one in step.ended] == ["done", "joined"]
    step = done(definition, step.state, "d")
    assert at(step.state) == {"last"}
    assert step.state.tokens[0].fork == ""
    assert len(step.events) == 1
    assert done(definition, step.state, "last").state.ticket_state.value == "closed"


def test_a_return_out_of_a_fork_withdraws_the_other_paths() -> None:
    definition = process()
    state = done(definition, start(definition).state, "first").state
    state = done(definition, state, "a").state
    token = next(one.id for one in state.tokens if one.node_key == "b")
    step = act(definition, state, "return", actor=DESK, task=token, choice="first", data={"reason": "Wrong"})
    assert at(step.state) == {"first"}
    assert {(one.token.node_key, one.how) for one in step.ended} == {
        ("b", "returned"),
        ("c", "withdrawn"),
        ("meet", "withdrawn"),
    }
    again = done(definition, step.state, "first").state
    assert at(again) == {"a", "b", "c"}, "the fork begins anew"


def test_a_return_leads_out_of_a_fork_but_never_into_one() -> None:
    definition = process()
    first = start(definition).state
    assert not [one for one in allowed_actions(definition, first, actor=DESK) if one.name == "return"]
    state = done(definition, first, "first").state
    returns = {
        (one.node_key, one.choice) for one in allowed_actions(definition, state, actor=DESK) if one.name == "return"
    }
    assert returns == {("a", "first"), ("a", "d"), ("b", "first"), ("b", "d"), ("c", "first"), ("c", "d")}
    inner = next(one.id for one in state.tokens if one.node_key == "b")
    step = act(definition, state, "return", actor=DESK, task=inner, choice="d", data={"reason": "Enough"})
    assert at(step.state) == {"a", "d"}
    assert {one.node_key: one.fork for one in step.state.tokens} == {"a": "fork:0", "d": "fork:1"}


def test_paths_that_nobody_stops_meet_at_once() -> None:
    definition = drawn(
        "fork",
        split("fork", "meet", "wait", join="meet"),
        {"kind": "timer", "key": "wait", "title": {"zh-CN": "等", "en": "Wait"}, "minutes": 0, "next": "meet"}
        | {"owner_status": "received"},
        join("meet", "last"),
        task("last", "over"),
    )
    step = start(definition)
    assert [one.node_key for one in step.opened] == ["last"]
    assert step.ended == ()


def test_cancelling_withdraws_every_path() -> None:
    definition = drawn("first", task("first", "fork"), *NESTED, controls=[{"action": "cancel", "roles": ["desk"]}])
    state = done(definition, start(definition).state, "first").state
    step = act(definition, state, "cancel", actor=DESK, data={"reason": "Sold"})
    assert {one.how for one in step.ended} == {"withdrawn"}
    assert (len(step.ended), step.state.tokens) == (3, ())

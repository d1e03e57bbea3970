"""What is true of every path through every process: nothing moves without its event, and closed is closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from core.vocabulary import OwnerStatus, Role, TicketState
from ops_db.process.data_fields import DataField, Form
from ops_db.process.definition import BranchNode, Definition, EndNode, next_keys
from ops_db.process.errors import ProcessError, TicketClosed
from ops_db.process.interpreter import act, start
from ops_db.process.loading import default_definition, load_definition, parse_definition
from ops_db.process.offers import allowed_actions
from ops_db.process.problems import problems
from ops_db.process.state import Action, Actor, Event, State, Step
from ops_db.process.transitions import END_EVENTS, EVENT_KINDS, TRANSITIONS

WORDS = {"zh-CN": "步骤", "en": "Step"}
ROLES = [Role.DESK, Role.SUPERVISOR, Role.TECHNICIAN, Role.OWNER]
ACTORS = [
    Actor.of("desk"),
    Actor.of("supervisor"),
    Actor.of("owner"),
    Actor.of("system"),
    Actor.of("technician", staff_id="t1", crew_id="c1"),
    Actor.of("technician", staff_id="t2", crew_id="c2"),
    Actor.of("technician", "supervisor", staff_id="t3", crew_id="c1"),
]
FACTS = st.fixed_dictionaries({}, optional={"cost_fen": st.integers(0, 9), "is_urgent": st.booleans()})
CONDITIONS = st.one_of(
    st.integers(0, 9).map(lambda limit: {"field": "cost_fen", "op": "gt", "value": limit}),
    st.booleans().map(lambda wanted: {"field": "is_urgent", "op": "eq", "value": wanted}),
)


# Random definitions ---------------------------------------------------------------------------------------------------


@st.composite
def definitions(draw: st.DrawFn) -> Definition:
    """A sound process: each node leads forward at least once, some also back, and what nobody reaches is left out."""
    keys = [f"n{index}" for index in range(draw(st.integers(1, 6)))]
    tasks = [keys[0], *(key for key in keys[1:] if draw(st.booleans()))]
    nodes: list[dict[str, Any]] = [{"kind": "start", "key": "begin", "next": "n0"}]
    for index, key in enumerate(keys):
        forward = st.sampled_from([*keys[index + 1 :], "over"])
        nodes.append(draw(_task(key, forward, tasks) if key in tasks else _branch(key, forward)))
    nodes.append({"kind": "end", "key": "over", "ticket_state": draw(st.sampled_from(["closed", "rejected"]))})
    data = {"key": "random", "version": 1, "title": WORDS, "nodes": nodes}
    reached = _reached(parse_definition(data))
    data["nodes"] = [node for node in nodes if node["key"] in reached]
    data["controls"] = draw(_controls([key for key in tasks if key in reached]))
    return load_definition(data)


def _task(key: str, forward: st.SearchStrategy[str], tasks: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    kinds = st.sampled_from(["text", "integer", "boolean", "date_time", "technician"])
    fields = st.lists(
        st.builds(
            lambda name, kind, is_required: {"key": name, "kind": kind, "title": WORDS, "is_required": is_required},
            st.sampled_from(["size", "cost_fen", "technician_id"]),
            kinds,
            st.booleans(),
        ),
        max_size=2,
        unique_by=lambda field: str(field["key"]),
    ).filter(lambda some: all((one["key"] == "cost_fen") <= (one["kind"] == "integer") for one in some))
    exits = st.tuples(forward, fields).map(lambda pair: _choice("on", pair[0], None, pair[1]))
    others = st.tuples(st.sampled_from([*tasks, "over"]), st.none() | CONDITIONS, fields)
    return st.builds(
        lambda role, first, more, is_technical: {
            "kind": "task",
            "key": key,
            "title": WORDS,
            "role": "technician" if is_technical else role,
            "is_assigned": is_technical,
            "has_visits": is_technical,
            "deputies": ["supervisor"],
            "owner_status": "received",
            "choices": [first, *(_choice(f"other_{number}", *one) for number, one in enumerate(more))],
        },
        st.sampled_from([role.value for role in ROLES]),
        exits,
        st.lists(others, max_size=2),
        st.booleans(),
    )


def _choice(key: str, leads_to: str, when: Any, fields: list[dict[str, Any]]) -> dict[str, Any]:
    return {"key": key, "title": WORDS, "next": leads_to, "when": when, "fields": fields}


def _branch(key: str, forward: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    cases = st.lists(
        st.builds(lambda when, to: {"when": when, "next": to}, CONDITIONS, forward), min_size=1, max_size=2
    )
    return st.builds(lambda some, to: {"kind": "branch", "key": key, "cases": some, "default": to}, cases, forward)


def _controls(tasks: list[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    some = st.lists(st.sampled_from(tasks), max_size=2, unique=True)
    roles = st.lists(st.sampled_from([role.value for role in ROLES]), min_size=1, max_size=2, unique=True)
    plain = st.builds(
        lambda action, who, at: {"action": action, "roles": who, "at": at},
        st.sampled_from(["assign", "depart", "arrive", "pause", "resume", "reject", "cancel"]),
        roles,
        some,
    )
    back = st.builds(lambda who, to: {"action": "return", "roles": who, "to": [to]}, roles, st.sampled_from(tasks))
    reopen = st.builds(lambda who, to: {"action": "reopen", "roles": who, "to": [to]}, roles, st.sampled_from(tasks))
    return st.lists(st.one_of(plain, back, reopen), max_size=8)


def _reached(definition: Definition) -> set[str]:
    reached, waiting = set(), ["begin"]
    while waiting:
        key = waiting.pop()
        if key not in reached:
            reached.add(key)
            waiting.extend(next_keys(definition.by_key[key]))
    return reached


# Random walks ---------------------------------------------------------------------------------------------------------


def filled(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Data that `form` accepts: all that is needed, and sometimes more."""
    needed = {field.key for field in form.fields if field.is_required} | {*form.at_least_one, *form.all_or_none}
    values = {field.key: _value(field) for field in form.fields}
    return st.fixed_dictionaries(
        {key: values[key] for key in needed}, optional={key: values[key] for key in values.keys() - needed}
    )


def _value(field: DataField) -> st.SearchStrategy[Any]:
    low, high = field.minimum or 0, 9 if field.maximum is None else field.maximum
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(low, high),
        "money": st.integers(low, high),
        "boolean": st.booleans(),
        "choice": st.sampled_from([option.code for option in field.options] or [""]),
        "date_time": st.just("2026-05-31T09:00:00+08:00"),
        "technician": st.sampled_from(["t1", "t2"]),
        "crew": st.sampled_from(["c1", "c2"]),
    }
    return kinds.get(field.kind, st.just("Words"))


def offered(definition: Definition, state: State, facts: dict[str, Any]) -> list[tuple[Actor, Action]]:
    return [(who, one) for who in ACTORS for one in allowed_actions(definition, state, actor=who, facts=facts)]


def check_step(definition: Definition, before: State, action: str | None, step: Step) -> None:
    """Whatever an action does, this is true of it."""
    after = step.state
    assert [one.version for one in step.events] == list(range(before.version + 1, after.version + 1))
    assert {one.kind for one in step.events} <= set(EVENT_KINDS)
    expected = [TRANSITIONS[action].event if action else "ticket:create"]
    if after.ticket_state != TicketState.OPEN and action not in ("reject", "cancel"):
        expected.append(END_EVENTS[after.ticket_state])
    assert [one.kind for one in step.events] == expected

    assert (after.ticket_state == TicketState.OPEN) == bool(after.tokens)
    assert all(token.node_key in definition.tasks for token in after.tokens)
    ended = {one.token.id for one in step.ended}
    kept = {token.id for token in before.tokens} - ended
    assert {token.id for token in after.tokens} == kept | {token.id for token in step.opened}
    assert {token.id for token in step.changed} <= kept
    unchanged = kept - {token.id for token in step.changed}
    assert {token for token in after.tokens if token.id in unchanged} <= set(before.tokens)
    assert isinstance(step.owner_status, OwnerStatus)
    assert (step.owner_status == OwnerStatus.PAUSED) == after.is_paused


def replayed(events: Iterable[Event]) -> tuple[TicketState, bool, set[str]]:
    """Ticket state, pause, and nodes of tasks done or returned, told from the log alone."""
    state, is_paused, left = TicketState.OPEN, False, set()
    for one in events:
        noun, verb = one.kind.split(":")
        if noun == "ticket":
            ends = {"close": TicketState.CLOSED, "reject": TicketState.REJECTED, "cancel": TicketState.CANCELLED}
            state = ends.get(verb, TicketState.OPEN)
            is_paused = verb == "pause"
        elif verb in ("complete", "return"):
            left.add(str(one.token_id))
    return state, is_paused, left


def walk(data: st.DataObject, definition: Definition, length: int) -> list[int]:
    """Act at random and hold every step to its rules; returns the versions of all events."""
    facts = data.draw(FACTS)
    step = start(definition, facts=facts)
    check_step(definition, State(tokens=()), None, step)
    log, ids = list(step.events), [token.id for token in step.opened]
    ended = {one.token.id for one in step.ended if one.how != "withdrawn"}
    for _ in range(length):
        state = step.state
        offers = offered(definition, state, facts)
        if not offers:
            assert state.ticket_state != TicketState.OPEN or state.is_paused
            break
        actor, offer = data.draw(st.sampled_from(offers))
        given_data = data.draw(filled(offer.form))
        step = act(
            definition,
            state,
            offer.name,
            actor=actor,
            task=offer.token_id,
            choice=offer.choice,
            data=given_data,
            facts=facts,
        )
        check_step(definition, state, offer.name, step)
        log += step.events
        ids += [token.id for token in step.opened]
        ended |= {one.token.id for one in step.ended if one.how != "withdrawn"}
        if state.ticket_state != TicketState.OPEN:
            assert offer.name == "reopen"
        event(offer.name)
    assert len(ids) == len(set(ids))
    assert replayed(log) == (step.state.ticket_state, step.state.is_paused, ended)
    return [one.version for one in log]


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_every_path_of_the_default_process_writes_exactly_one_event_a_change(data: st.DataObject) -> None:
    versions = walk(data, default_definition(), 25)
    assert versions == list(range(1, len(versions) + 1))


@settings(max_examples=60, deadline=None)
@given(data=st.data(), definition=definitions())
def test_every_path_of_any_sound_process_writes_exactly_one_event_a_change(
    data: st.DataObject, definition: Definition
) -> None:
    versions = walk(data, definition, 12)
    assert versions == list(range(1, len(versions) + 1))


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_is_not_offered_is_refused_with_a_code(data: st.DataObject) -> None:
    definition = default_definition()
    step = start(definition)
    for _ in range(data.draw(st.integers(0, 10))):
        actor, offer = data.draw(st.sampled_from(offered(definition, step.state, {})))
        given_data = data.draw(filled(offer.form))
        step = act(definition, step.state, offer.name, actor=actor, choice=offer.choice, data=given_data)
    actor = data.draw(st.sampled_from(ACTORS))
    action = data.draw(st.sampled_from(list(TRANSITIONS)))
    choices = {one.key for node in definition.tasks.values() for one in node.choices} | set(definition.tasks)
    choice = data.draw(st.none() | st.sampled_from(sorted(choices)))
    is_offered = any(
        (one.name, one.choice) == (action, choice) for one in allowed_actions(definition, step.state, actor=actor)
    )
    before = step.state
    refusal = refusal_of(definition, step.state, action, actor, choice)
    if refusal is None:
        assert is_offered
    else:
        assert refusal.code == "missing_data" or not is_offered
        assert str(refusal) == refusal.template.format(**refusal.values)
        assert str(refusal).endswith(".")
    assert step.state == before


def refusal_of(
    definition: Definition, state: State, action: str, actor: Actor, choice: str | None
) -> ProcessError | None:
    try:
        act(definition, state, action, actor=actor, choice=choice)
    except ProcessError as refusal:
        return refusal
    return None


@settings(max_examples=30, deadline=None)
@given(data=st.data(), ending=st.sampled_from(["reject", "cancel", "solved_by_phone"]))
def test_an_ended_ticket_takes_nothing_but_reopening(data: st.DataObject, ending: str) -> None:
    definition, desk = default_definition(), Actor.of("desk")
    opened = start(definition).state
    if ending == "solved_by_phone":
        ended = act(definition, opened, "complete", actor=desk, choice=ending, data={"note": "Explained"}).state
    else:
        ended = act(definition, opened, ending, actor=desk, data={"reason": "Reported twice"}).state
    actor = data.draw(st.sampled_from(ACTORS))
    action = data.draw(st.sampled_from([name for name in TRANSITIONS if name != "reopen"]))
    with pytest.raises(TicketClosed):
        act(definition, ended, action, actor=actor)
    assert {one.name for one in allowed_actions(definition, ended, actor=actor)} <= {"reopen"}


@settings(max_examples=60, deadline=None)
@given(data=st.data(), definition=definitions())
def test_taking_away_a_way_out_or_a_default_is_always_found(data: st.DataObject, definition: Definition) -> None:
    spoilt = definition.model_dump(mode="json", by_alias=True)
    victim = data.draw(st.sampled_from([node for node in spoilt["nodes"] if node["kind"] in ("task", "branch")]))
    if victim["kind"] == "task":
        victim["choices"] = []
    else:
        victim["default"] = None
    code = "no_exit" if victim["kind"] == "task" else "no_default"
    assert (code, victim["key"]) in {(one.code, one.node) for one in problems(parse_definition(spoilt))}


def test_random_definitions_reach_branches_and_both_ends() -> None:
    """The generator itself: a property that never meets a branch would say nothing about branches."""
    met: set[str] = set()

    @settings(max_examples=40, deadline=None, database=None)
    @given(definition=definitions())
    def collect(definition: Definition) -> None:
        for node in definition.nodes:
            if isinstance(node, BranchNode):
                met.add("branch")
            if isinstance(node, EndNode):
                met.add(node.ticket_state.value)

    collect()
    assert met == {"branch", "closed", "rejected"}

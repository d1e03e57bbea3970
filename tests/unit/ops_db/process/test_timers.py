"""What happens when the time of a step is up; only the system itself says so."""

from __future__ import annotations

import pytest

from ops_db.process.errors import ActionNotAllowed, InvalidData, TicketPaused
from ops_db.process.interpreter import act, start
from ops_db.process.offers import allowed_actions
from ops_db.process.state import Actor, Notice
from tests.drawn_processes import approval, drawn, task

SYSTEM = Actor.of("system")
DESK = Actor.of("desk", account_id="a1")
SUPERVISOR = Actor.of("supervisor", account_id="a2")
TIMERS = [
    {"key": "soon", "minutes": 5, "do": "warn", "to": ["assignee"]},
    {"key": "late", "minutes": 10, "do": "escalate", "to": ["supervisor", "manager"]},
    {"key": "over", "minutes": 15, "do": "reassign", "role": "supervisor"},
    {"key": "end", "minutes": 20, "do": "advance", "choice": "done"},
]
WORK = drawn("work", task("work", "over", timers=TIMERS), controls=[{"action": "pause", "roles": ["desk"]}])


@pytest.mark.parametrize(("timer", "to"), [("soon", ("assignee",)), ("late", ("supervisor", "manager"))])
def test_a_warning_tells_and_moves_nothing(timer: str, to: tuple[str, ...]) -> None:
    opened = start(WORK)
    step = act(WORK, opened.state, "time_out", actor=SYSTEM, data={"timer": timer})
    assert step.notices == (Notice("work", to, timer, opened.opened[0].id),)
    assert step.state.tokens == opened.state.tokens
    assert step.events[0].kind == ("timer:warn" if timer == "soon" else "timer:escalate")
    assert step.events[0].data == {"timer": timer}


def test_advancing_takes_the_choice() -> None:
    step = act(WORK, start(WORK).state, "time_out", actor=SYSTEM, data={"timer": "end"})
    assert [(one.kind, one.choice) for one in step.events] == [("timer:advance", "done"), ("ticket:close", None)]


def test_reassigning_hands_the_step_to_another_role() -> None:
    step = act(WORK, start(WORK).state, "time_out", actor=SYSTEM, data={"timer": "over"})
    assert (step.events[0].kind, step.changed[0].role) == ("timer:reassign", "supervisor")
    with pytest.raises(ActionNotAllowed, match="done by supervisor"):
        act(WORK, step.state, "complete", actor=DESK, choice="done")
    assert act(WORK, step.state, "complete", actor=SUPERVISOR, choice="done").state.ticket_state.value == "closed"


def test_nobody_but_the_system_says_that_time_is_up() -> None:
    state = start(WORK).state
    with pytest.raises(ActionNotAllowed):
        act(WORK, state, "time_out", actor=DESK, data={"timer": "soon"})
    assert "time_out" not in {one.name for one in allowed_actions(WORK, state, actor=DESK)}


def test_a_timer_that_is_not_there_is_refused() -> None:
    with pytest.raises(InvalidData, match="soon, late, over, end"):
        act(WORK, start(WORK).state, "time_out", actor=SYSTEM, data={"timer": "other"})


def test_while_a_ticket_is_paused_no_time_is_up() -> None:
    paused = act(WORK, start(WORK).state, "pause", actor=DESK, data={"reason": "weather"}).state
    with pytest.raises(TicketPaused):
        act(WORK, paused, "time_out", actor=SYSTEM, data={"timer": "end"})


def test_a_wait_goes_on_by_itself() -> None:
    wait = {"kind": "timer", "key": "wait", "title": {"zh-CN": "等", "en": "Wait"}, "minutes": 30, "next": "over"}
    definition = drawn("wait", wait | {"owner_status": "follow_up"})
    opened = start(definition)
    assert (opened.owner_status.value, opened.state.node_key) == ("follow_up", "wait")
    step = act(definition, opened.state, "time_out", actor=SYSTEM, data={"timer": "go_on"})
    assert [one.kind for one in step.events] == ["timer:go_on", "ticket:close"]


def test_an_approval_that_takes_too_long_is_decided_or_asked_of_another_role() -> None:
    timers = [
        {"key": "else", "minutes": 5, "do": "reassign", "role": "executive"},
        {"key": "no", "minutes": 9, "do": "advance", "choice": "declined"},
    ]
    definition = drawn("ask", approval("ask", "finance", "quality", timers=timers))
    state = start(definition).state
    step = act(definition, state, "time_out", actor=SYSTEM, data={"timer": "else"})
    assert [(one.role, one.state) for one in step.state.tokens[0].signers] == [
        ("finance", "delegated"),
        ("executive", "pending"),
        ("quality", "delegated"),
        ("executive", "pending"),
    ]
    ended = act(definition, step.state, "time_out", actor=SYSTEM, data={"timer": "no"})
    assert (ended.state.ticket_state.value, ended.events[0].choice) == ("rejected", "declined")


def test_a_crew_by_its_code_takes_over_an_assigned_step() -> None:
    timers = [{"key": "else", "minutes": 5, "do": "reassign", "crew": "night"}]
    definition = drawn("work", task("work", "over", role="technician", is_assigned=True, timers=timers))
    facts = {"technician_id": "t1", "crew_ids": {"night": "c7"}}
    state = start(definition, facts=facts).state
    assert state.tokens[0].technician_id == "t1"
    step = act(definition, state, "time_out", actor=SYSTEM, data={"timer": "else"}, facts=facts)
    assert (step.changed[0].technician_id, step.changed[0].crew_id) == (None, "c7")
    assert definition.crew_codes == {"night"}

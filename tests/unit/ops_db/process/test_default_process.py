"""The default process of the trade, walked as people would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from core.vocabulary import OwnerStatus, PauseReason, TicketState
from ops_db.process.errors import (
    ActionNotAllowed,
    InvalidData,
    MissingData,
    ProcessError,
    TaskNotOpen,
    TaskOfAnother,
    TicketClosed,
    TicketPaused,
)
from ops_db.process.interpreter import act, start
from ops_db.process.loading import default_definition
from ops_db.process.offers import allowed_actions
from ops_db.process.state import Actor, State, Step

DESK = Actor.of("desk", staff_id="desk-1")
SUPERVISOR = Actor.of("supervisor", staff_id="supervisor-1")
WANG = Actor.of("technician", staff_id="wang", crew_id="crew-1")
LI = Actor.of("technician", staff_id="li", crew_id="crew-2")
OWNER = Actor.of("owner")
SCORES = {"process_score": 5, "timeliness_score": 4, "attitude_score": 5}

Move = tuple[str, Actor, str | None, Mapping[str, Any]]

ACCEPT: Move = ("complete", DESK, "accept", {})
DISPATCH: Move = ("complete", DESK, "dispatch", {"technician_id": "wang"})
SURVEY: Move = ("complete", WANG, "needs_repair", {})
FIX: Move = ("complete", WANG, "fixed", {"note": "Joint sealed anew"})
CONFIRM: Move = ("complete", OWNER, "accept", SCORES)
CLOSE: Move = ("complete", DESK, "satisfied", {})


def walked(*moves: Move) -> list[Step]:
    steps = [start(default_definition())]
    for action, actor, choice, data in moves:
        steps.append(act(default_definition(), steps[-1].state, action, actor=actor, choice=choice, data=data))
    return steps


def after(*moves: Move) -> State:
    return walked(*moves)[-1].state


def do(state: State, action: str, actor: Actor, choice: str | None = None, **data: Any) -> Step:
    return act(default_definition(), state, action, actor=actor, choice=choice, data=data)


def names(state: State, actor: Actor) -> set[tuple[str, str | None]]:
    return {(one.name, one.choice) for one in allowed_actions(default_definition(), state, actor=actor)}


def test_a_repair_goes_from_the_report_to_the_closed_ticket() -> None:
    trip: list[Move] = [("depart", WANG, None, {}), ("arrive", WANG, None, {})]
    steps = walked(ACCEPT, DISPATCH, *trip, SURVEY, FIX, CONFIRM, CLOSE)
    assert [step.owner_status.value for step in steps] == [
        "received",
        "accepted",
        "dispatched",
        "on_the_way",
        "in_repair",
        "in_repair",
        "to_rate",
        "follow_up",
        "finished",
    ]
    events = [event for step in steps for event in step.events]
    assert [event.kind for event in events] == [
        "ticket:create",
        "task:complete",
        "task:complete",
        "visit:depart",
        "visit:arrive",
        "task:complete",
        "task:complete",
        "task:complete",
        "task:complete",
        "ticket:close",
    ]
    assert [event.version for event in events] == list(range(1, 11))
    assert [event.milestone for event in events if event.milestone] == [
        "accepted",
        "dispatched",
        "surveyed",
        "fixed",
        "confirmed",
        "followed_up",
    ]
    assert steps[-1].state == State(tokens=(), ticket_state=TicketState.CLOSED, version=10)


def test_a_known_fault_skips_the_survey() -> None:
    state = do(after(ACCEPT), "complete", DESK, "dispatch", crew_id="crew-1", skips_survey=True).state
    assert state.node_key == "repair"
    assert state.tokens[0].crew_id == "crew-1"


def test_the_technician_of_the_survey_also_repairs() -> None:
    assert after(ACCEPT, DISPATCH, SURVEY).tokens[0].technician_id == "wang"


def test_a_repair_the_owner_does_not_accept_goes_back_to_whom_the_facts_name() -> None:
    state = after(ACCEPT, DISPATCH, SURVEY, FIX)
    step = act(
        default_definition(),
        state,
        "complete",
        actor=OWNER,
        choice="not_accepted",
        data={"note": "Still drips"},
        facts={"technician_id": "wang"},
    )
    assert (step.opened[0].node_key, step.opened[0].technician_id) == ("repair", "wang")


@pytest.mark.parametrize("choice", ["no_repair_needed", "owner_responsible"])
def test_a_survey_may_find_nothing_to_repair(choice: str) -> None:
    state = do(after(ACCEPT, DISPATCH), "complete", WANG, choice, note="Condensation, no leak").state
    assert state.node_key == "return_visit"


def test_only_the_assigned_technician_does_the_task() -> None:
    state = after(ACCEPT, DISPATCH)
    assert ("complete", "needs_repair") in names(state, WANG)
    assert names(state, LI) == set()
    with pytest.raises(TaskOfAnother, match="not assigned to you"):
        do(state, "complete", LI, "needs_repair")
    with pytest.raises(TaskOfAnother):
        do(state, "pause", LI, reason="weather")


def test_any_technician_of_the_crew_does_a_task_assigned_to_the_crew() -> None:
    state = do(after(ACCEPT), "complete", DESK, "dispatch", crew_id="crew-1").state
    assert do(state, "complete", WANG, "needs_repair").state.node_key == "repair"
    with pytest.raises(TaskOfAnother):
        do(state, "complete", LI, "needs_repair")


def test_a_supervisor_completes_in_the_technicians_stead() -> None:
    assert do(after(ACCEPT, DISPATCH), "complete", SUPERVISOR, "needs_repair").state.node_key == "repair"


def test_reassigning_replaces_the_technician_and_forgets_the_trip() -> None:
    state = after(ACCEPT, DISPATCH, ("depart", WANG, None, {}))
    step = do(state, "assign", SUPERVISOR, technician_id="li")
    assert step.changed[0].technician_id == "li"
    assert step.owner_status == OwnerStatus.DISPATCHED
    assert step.events[0].kind == "task:assign"
    with pytest.raises(TaskOfAnother):
        do(step.state, "complete", WANG, "needs_repair")


def test_one_task_may_take_several_trips() -> None:
    state = after(ACCEPT, DISPATCH, *[(verb, WANG, None, {}) for verb in ("depart", "arrive", "depart", "arrive")])
    assert state.tokens[0].visit == "arrived"
    with pytest.raises(ActionNotAllowed, match="arrived already"):
        do(state, "arrive", WANG)


def test_dispatch_needs_a_technician_or_a_crew() -> None:
    with pytest.raises(MissingData) as missing:
        do(after(ACCEPT), "complete", DESK, "dispatch")
    assert missing.value.code == "missing_data"
    assert missing.value.values["fields"] == ("technician_id", "crew_id")


def test_a_completed_repair_says_what_was_done() -> None:
    with pytest.raises(MissingData, match="note"):
        do(after(ACCEPT, DISPATCH, SURVEY), "complete", WANG, "fixed", note="  ")


def test_the_owner_rates_with_all_scores_or_with_none() -> None:
    state = after(ACCEPT, DISPATCH, SURVEY, FIX)
    with pytest.raises(MissingData, match="timeliness_score, attitude_score"):
        do(state, "complete", OWNER, "accept", process_score=5)
    with pytest.raises(InvalidData, match="the most is 5"):
        do(state, "complete", OWNER, "accept", **{**SCORES, "process_score": 6})
    assert do(state, "complete", OWNER, "accept").state.node_key == "return_visit"


def test_the_desk_accepts_for_the_owner_on_the_phone() -> None:
    assert do(after(ACCEPT, DISPATCH, SURVEY, FIX), "complete", DESK, "accept").state.node_key == "return_visit"


def test_a_paused_ticket_waits_until_it_is_resumed() -> None:
    step = do(after(ACCEPT, DISPATCH), "pause", WANG, reason="waiting_material")
    assert step.state.pause_reason == PauseReason.WAITING_MATERIAL
    assert step.owner_status == OwnerStatus.PAUSED
    with pytest.raises(TicketPaused, match="Resume it"):
        do(step.state, "complete", WANG, "needs_repair")
    assert names(step.state, DESK) == {("assign", None), ("resume", None), ("reject", None), ("cancel", None)}
    resumed = do(step.state, "resume", DESK)
    assert (resumed.state.pause_reason, resumed.events[0].kind) == (None, "ticket:resume")


def test_a_pause_gives_one_of_the_reasons_of_the_trade() -> None:
    with pytest.raises(InvalidData, match="waiting_owner, waiting_material, waiting_contractor, weather"):
        do(after(ACCEPT, DISPATCH), "pause", WANG, reason="lunch")


@pytest.mark.parametrize(
    ("action", "state", "status"),
    [("reject", TicketState.REJECTED, OwnerStatus.REJECTED), ("cancel", TicketState.CANCELLED, OwnerStatus.CANCELLED)],
)
def test_ending_a_paused_ticket_withdraws_its_task_and_ends_the_pause(
    action: str, state: TicketState, status: OwnerStatus
) -> None:
    paused = after(ACCEPT, DISPATCH, ("pause", WANG, None, {"reason": "weather"}))
    step = do(paused, action, DESK, reason="Reported twice")
    assert (step.state.ticket_state, step.state.tokens, step.state.is_paused) == (state, (), False)
    assert [(ended.token.node_key, ended.how) for ended in step.ended] == [("site_survey", "withdrawn")]
    assert [event.kind for event in step.events] == [f"ticket:{action}"]
    assert step.owner_status == status


def test_the_owner_cancels_only_before_the_repair_begins() -> None:
    assert ("cancel", None) in names(after(ACCEPT), OWNER)
    assert ("cancel", None) not in names(after(ACCEPT, DISPATCH, SURVEY), OWNER)
    with pytest.raises(ActionNotAllowed, match=r"It is for desk, supervisor\."):
        do(after(ACCEPT, DISPATCH, SURVEY), "cancel", OWNER, reason="Sold the home")


def test_a_closed_ticket_takes_nothing_but_reopening() -> None:
    closed = after(ACCEPT, DISPATCH, SURVEY, FIX, CONFIRM, CLOSE)
    assert names(closed, DESK) == {("reopen", None)}
    with pytest.raises(TicketClosed, match="Reopen it first"):
        do(closed, "pause", DESK, reason="weather")
    step = do(closed, "reopen", OWNER, reason="It drips again")
    assert step.state.ticket_state == TicketState.OPEN
    assert (step.events[0].kind, step.opened[0].node_key) == ("ticket:reopen", "dispatch")


def test_a_return_names_the_earlier_step() -> None:
    state = after(ACCEPT, DISPATCH, SURVEY)
    assert {choice for name, choice in names(state, WANG) if name == "return"} == {"dispatch", "site_survey"}
    step = do(state, "return", WANG, "dispatch", reason="Needs a waterproofing crew")
    assert [(ended.how, ended.choice) for ended in step.ended] == [("returned", "dispatch")]
    assert step.opened[0].node_key == "dispatch"
    with pytest.raises(ProcessError, match="Use one of: dispatch, site_survey") as unknown:
        do(state, "return", WANG, "acceptance", reason="x")
    assert unknown.value.code == "choice_unknown"


def test_a_task_done_meanwhile_is_named_as_not_open() -> None:
    first = start(default_definition())
    later = act(default_definition(), first.state, "complete", actor=DESK, choice="accept", task=first.opened[0].id)
    with pytest.raises(TaskNotOpen, match="Reload"):
        act(default_definition(), later.state, "complete", actor=DESK, choice="accept", task=first.opened[0].id)


def test_data_nobody_asked_for_is_refused() -> None:
    with pytest.raises(InvalidData, match="does not ask for colour"):
        do(after(), "complete", DESK, "accept", colour="blue")


def test_a_service_can_name_the_tokens_itself() -> None:
    assert start(default_definition(), new_id=lambda: "0198-uuid").opened[0].id == "0198-uuid"

"""Approvals: countersigned, by any one, by a number; in parallel and in order; a person counts once."""

from __future__ import annotations

from typing import Any

import pytest

from ops_db.process.definition import Definition
from ops_db.process.errors import ActionNotAllowed, AlreadySigned, InvalidData, MissingData
from ops_db.process.interpreter import act, start
from ops_db.process.offers import allowed_actions
from ops_db.process.state import Actor, State, Step
from tests.drawn_processes import approval, choice, drawn, task

FINANCE = Actor.of("finance", account_id="a1", staff_id="s1")
FINANCE_TOO = Actor.of("finance", account_id="a2", staff_id="s2")
QUALITY = Actor.of("quality", account_id="a3", staff_id="s3")
BOTH = Actor.of("finance", "quality", account_id="a4", staff_id="s4")
LEAD = Actor.of("area_lead", account_id="a5", staff_id="lead")


def sign(definition: Definition, state: State, actor: Actor, action: str = "approve", **data: Any) -> Step:
    if action == "decline":
        data.setdefault("reason", "No")
    return act(definition, state, action, actor=actor, data=data)


def pending(state: State) -> list[str | None]:
    return [one.role or one.staff_id for one in state.tokens[0].signers if one.state == "pending"]


def test_all_must_approve_and_the_first_refusal_decides() -> None:
    definition = drawn("ask", approval("ask", "finance", "quality"))
    opened = start(definition)
    assert [one.signer.role for one in opened.signers] == ["finance", "quality"]
    first = sign(definition, opened.state, FINANCE)
    assert (first.events[0].kind, first.events[0].choice, pending(first.state)) == (
        "approval:approve",
        None,
        ["quality"],
    )
    assert first.signers[0].signer.decided_by == "a1"
    done = sign(definition, first.state, QUALITY)
    assert [one.kind for one in done.events] == ["approval:approve", "ticket:close"]
    assert (done.ended[0].how, done.ended[0].choice) == ("completed", "approved")
    refused = sign(definition, first.state, QUALITY, "decline", reason="Too dear")
    assert refused.state.ticket_state.value == "rejected"
    assert refused.signers[0].signer.reason == "Too dear"


def test_any_one_approves_and_only_all_can_refuse() -> None:
    definition = drawn("ask", approval("ask", "finance", "quality", mode="any"))
    state = start(definition).state
    assert sign(definition, state, QUALITY).state.ticket_state.value == "closed"
    after = sign(definition, state, QUALITY, "decline").state
    assert after.ticket_state.value == "open"
    assert sign(definition, after, FINANCE, "decline").state.ticket_state.value == "rejected"


def test_two_of_three_approve_by_two_people() -> None:
    definition = drawn("ask", approval("ask", "finance", "finance", "quality", mode="count", needed=2))
    state = sign(definition, start(definition).state, FINANCE).state
    with pytest.raises(AlreadySigned, match="signed ask already"):
        sign(definition, state, FINANCE)
    assert sign(definition, state, FINANCE_TOO).state.ticket_state.value == "closed"


def test_a_person_of_two_roles_counts_once() -> None:
    definition = drawn("ask", approval("ask", "finance", "quality"))
    state = sign(definition, start(definition).state, BOTH).state
    assert pending(state) == ["quality"]
    with pytest.raises(AlreadySigned):
        sign(definition, state, BOTH)
    assert not any(one.name == "approve" for one in allowed_actions(definition, state, actor=BOTH))


def test_in_order_only_the_first_who_waits_is_asked() -> None:
    definition = drawn("ask", approval("ask", "finance", "quality", order="sequence"))
    state = start(definition).state
    assert pending(state) == ["finance"]
    with pytest.raises(ActionNotAllowed, match="asked before you"):
        sign(definition, state, QUALITY)
    step = sign(definition, state, FINANCE)
    assert pending(step.state) == ["quality"]
    assert [one.signer.state for one in step.signers] == ["approved", "pending"]


def test_a_signer_is_added_right_after_who_asks() -> None:
    definition = drawn("ask", approval("ask", "finance", "quality", order="sequence", may_add_signer=True))
    step = sign(definition, start(definition).state, FINANCE, "add_signer", role="executive")
    assert step.events[0].kind == "approval:add_signer"
    assert [(one.role, one.position) for one in step.state.tokens[0].signers] == [
        ("finance", 1),
        ("executive", 2),
        ("quality", 3),
    ]
    state = sign(definition, step.state, FINANCE).state
    assert pending(state) == ["executive"]


def test_nobody_named_is_asked_twice_and_the_data_names_somebody() -> None:
    definition = drawn("ask", approval("ask", "finance", {"staff_number": "s3"}, may_add_signer=True))
    state = start(definition).state
    with pytest.raises(InvalidData, match="asked already"):
        sign(definition, state, FINANCE, "add_signer", staff_id="s3")
    with pytest.raises(MissingData):
        sign(definition, state, FINANCE, "add_signer")


def test_handing_over_puts_another_in_the_place() -> None:
    definition = drawn("ask", approval("ask", "finance", may_delegate=True))
    step = sign(definition, start(definition).state, FINANCE, "delegate", staff_id="s3", note="On leave")
    gone, instead = step.state.tokens[0].signers
    assert (gone.state, gone.decided_by, gone.reason) == ("delegated", "a1", "On leave")
    assert (instead.staff_id, instead.delegated_from, instead.state) == ("s3", gone.id, "pending")
    with pytest.raises(ActionNotAllowed, match="a person named"):
        sign(definition, step.state, FINANCE)
    assert sign(definition, step.state, QUALITY).state.ticket_state.value == "closed"


def test_where_it_is_not_allowed_nobody_is_added_or_replaced() -> None:
    definition = drawn("ask", approval("ask", "finance"))
    for action in ("add_signer", "delegate"):
        with pytest.raises(ActionNotAllowed):
            sign(definition, start(definition).state, FINANCE, action, role="quality")


def test_the_lead_of_the_area_is_asked_in_person_and_without_one_any_lead() -> None:
    definition = drawn("ask", approval("ask", {"person": "area_lead"}))
    named = start(definition, facts={"area_lead_id": "lead"}).state
    other = Actor.of("area_lead", account_id="a6", staff_id="other")
    assert pending(named) == ["lead"]
    with pytest.raises(ActionNotAllowed):
        sign(definition, named, other)
    assert sign(definition, named, LEAD).state.ticket_state.value == "closed"
    assert sign(definition, start(definition).state, other).state.ticket_state.value == "closed"


def test_a_staff_number_becomes_the_id_the_facts_give() -> None:
    definition = drawn("ask", approval("ask", {"staff_number": "N1"}, {"staff_number": "N1"}))
    state = start(definition, facts={"staff_ids": {"N1": "s1"}}).state
    assert definition.staff_numbers == {"N1"}
    assert pending(state) == ["s1"], "somebody named twice is asked once"
    assert sign(definition, state, FINANCE).state.ticket_state.value == "closed"


def test_an_approval_by_somebody_who_is_gone_is_refused_by_name() -> None:
    definition = drawn("ask", approval("ask", {"staff_number": "N1"}))
    with pytest.raises(ActionNotAllowed, match="N1, who is not in the books") as refused:
        start(definition, facts={"staff_ids": {}})
    assert refused.value.values["number"] == "N1"


def test_an_approver_returns_the_ticket_to_a_named_step() -> None:
    definition = drawn("work", task("work", "ask"), approval("ask", "finance", return_to=["work"]))
    state = act(definition, start(definition).state, "complete", actor=Actor.of("desk"), choice="done").state
    step = act(definition, state, "return", actor=FINANCE, choice="work", data={"reason": "Which bill?"})
    assert (step.events[0].kind, step.state.node_key, step.ended[0].how) == ("task:return", "work", "returned")


def test_what_an_approval_asks_for_is_known_to_the_branches_after_it() -> None:
    field = {
        "key": "granted_fen",
        "kind": "money",
        "title": {"zh-CN": "批准金额", "en": "Granted"},
        "is_required": True,
    }
    cases = [{"when": {"field": "granted_fen", "op": "gt", "value": 100}, "next": "over"}]
    definition = drawn(
        "ask",
        approval("ask", "finance", fields=[field], approved="much"),
        {"kind": "branch", "key": "much", "cases": cases, "default": "work"},
        task("work", choice("done", "over")),
    )
    state = start(definition).state
    with pytest.raises(MissingData):
        sign(definition, state, FINANCE)
    assert sign(definition, state, FINANCE, granted_fen=50).state.node_key == "work"
    assert sign(definition, state, FINANCE, granted_fen=500).state.ticket_state.value == "closed"

"""The step from one state of a ticket to the next.

`start` opens a process and `act` does one action or raises a ProcessError; `offers.allowed_actions` says beforehand
what `act` accepts. All are pure: facts about the ticket come in, what changed comes out as a Step to write down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.vocabulary import PauseReason
from ops_db.process import approvals
from ops_db.process.change import Change, Facts, NewId
from ops_db.process.definition import AnyNode, ApprovalNode, Definition, TaskNode, TimerNode
from ops_db.process.errors import ActionUnknown, MissingEvidence, ProcessError
from ops_db.process.evidence import counted
from ops_db.process.node_parts import APPROVED, NodeTimer
from ops_db.process.offers import Situation, chosen, named_token, refusal_by_state
from ops_db.process.state import NOTHING, Action, Actor, Notice, Signer, State, Step, Token
from ops_db.process.timers import timer_called
from ops_db.process.transitions import CREW, GO_ON, OPEN_EVENT, ROLE, TECHNICIAN, TIMER, TIMER_EVENTS, TRANSITIONS


def start(definition: Definition, *, facts: Facts = NOTHING, new_id: NewId | None = None) -> Step:
    """Open a ticket: its first event and the tasks that wait now. `new_id` names tokens, which else are numbered."""
    change = Change(definition, State(tokens=()), facts, NOTHING, new_id)
    change.write(OPEN_EVENT, definition.start_node.key)
    change.enter(definition.start_node.key, None)
    return change.step()


def act(
    definition: Definition,
    state: State,
    action: str,
    *,
    actor: Actor,
    task: str | None = None,
    choice: str | None = None,
    data: Mapping[str, Any] = NOTHING,
    facts: Facts = NOTHING,
    new_id: NewId | None = None,
) -> Step:
    """Do one action and return what changed; raises a ProcessError and changes nothing when it is not allowed.

    `task` is the id of the token meant, needed only where several are open. `choice` is the outcome of a completion, or
    the node a return goes back to. `data` is what the action's fields ask for; branches see it together with `facts`.
    """
    transition = TRANSITIONS.get(action)
    if transition is None:
        raise ActionUnknown(
            "There is no action {action}. Use one of {known}.", action=action, known=", ".join(TRANSITIONS)
        )
    refusal = refusal_by_state(transition, state)
    if refusal is not None:
        raise refusal
    token = named_token(definition, state, task) if transition.subject == "task" else None
    offer = chosen(Situation(definition, state, actor, facts), transition, token, choice)
    change = Change(definition, state, facts, offer.form.checked(data), new_id, actor)
    if offer.evidence:
        _require_evidence(offer, change.facts)
    _APPLY[action](change, offer, token)
    return change.step()


def form_asked(
    definition: Definition,
    state: State,
    action: str,
    *,
    actor: Actor,
    task: str | None,
    choice: str | None,
    facts: Facts = NOTHING,
) -> Action | None:
    """The action if a form has to be answered with it; raises like `act` where it is not allowed."""
    nodes = (definition.tasks.get(token.node_key) for token in state.tokens)
    choices = [node.choices_by_key.get(choice or "") for node in nodes if node is not None]
    if action != "complete" or all(one is None or one.form is None for one in choices):
        return None
    transition = TRANSITIONS[action]
    refusal = refusal_by_state(transition, state)
    if refusal is not None:
        raise refusal
    token = named_token(definition, state, task)
    offer = chosen(Situation(definition, state, actor, facts), transition, token, choice)
    return offer if offer.form_key is not None else None


def _require_evidence(offer: Action, facts: Facts) -> None:
    """Raise MissingEvidence naming everything that is not on the ticket yet."""
    missing = [one for one in counted(offer.evidence, facts) if one.is_missing]
    if missing:
        raise MissingEvidence(
            "Before this step the ticket needs: {evidence}. Add it and try again.",
            evidence=", ".join(f"{one.fact} ≥ {one.minimum}" for one in missing),
            facts=tuple(one.fact for one in missing),
        )


# Applying each action; its event and the state it leads to stand in the table.


def _complete(change: Change, offer: Action, token: Token) -> None:
    _take(change, token, str(offer.choice), TRANSITIONS["complete"].event)


def _take(change: Change, token: Token, choice_key: str, event: str) -> None:
    """Leave a task by one of its choices."""
    choice = change.definition.tasks[token.node_key].choices_by_key[choice_key]
    change.end(token, "completed", choice.key)
    change.write(event, token.node_key, token, choice.key, choice.milestone)
    change.move(token, choice.next)


def _grab(change: Change, _offer: Action, token: Token) -> None:
    node = change.definition.tasks[token.node_key]
    technician_id = change.actor.staff_id if change.actor is not None else None
    change.given = {**change.given, TECHNICIAN.key: technician_id}
    change.facts = {**change.facts, **change.given}
    _take(change, token, str(node.dispatch_choice), TRANSITIONS["grab"].event)


def _return(change: Change, offer: Action, token: Token) -> None:
    change.end(token, "returned", offer.choice)
    change.write(TRANSITIONS[offer.name].event, token.node_key, token, offer.choice)
    change.go_back(token, str(offer.choice))


def _assign(change: Change, offer: Action, token: Token) -> None:
    # Whoever takes over has not set off yet.
    technician_id, crew_id = change.given.get(TECHNICIAN.key), change.given.get(CREW.key)
    change.alter(token, token._replace(technician_id=technician_id, crew_id=crew_id, visit=None, role=None))
    change.write(TRANSITIONS[offer.name].event, token.node_key, token)


def _travel(change: Change, offer: Action, token: Token) -> None:
    change.alter(token, token._replace(visit="departed" if offer.name == "depart" else "arrived"))
    change.write(TRANSITIONS[offer.name].event, token.node_key, token)


def _answer(change: Change, offer: Action, token: Token) -> None:
    node, actor, slot = _asked(change, token)
    state: Any = "approved" if offer.name == "approve" else "declined"
    reason = change.given.get("reason") or change.given.get("note")
    signed = change.sign(token, approvals.answered(node, token, slot, state, actor, reason))
    outcome = approvals.outcome(node, signed.signers)
    _decide(change, node, signed, outcome, TRANSITIONS[offer.name].event)


def _decide(change: Change, node: ApprovalNode, token: Token, outcome: str | None, event: str) -> None:
    """Write the event, and go on where the answers decide."""
    if outcome is not None:
        change.end(token, "completed", outcome)
    change.write(event, token.node_key, token, outcome)
    if outcome is not None:
        change.move(token, node.approved if outcome == APPROVED else node.declined)


def _ask_others(change: Change, offer: Action, token: Token) -> None:
    node, actor, slot = _asked(change, token)
    new_id = change.id_of_signer(token, len(token.signers))
    if offer.name == "delegate":
        signers = approvals.handed_over(token, slot, change.given, actor, new_id)
    else:
        signers = approvals.one_more(node, token, slot, change.given, actor, new_id)
    change.sign(token, signers)
    change.write(TRANSITIONS[offer.name].event, token.node_key, token)


def _asked(change: Change, token: Token) -> tuple[ApprovalNode, Actor, Signer]:
    """The approval, who answers, and as whom; the offer has said before that they may."""
    actor = change.actor or Actor(frozenset())
    slot = approvals.slot_of(token, actor, to_sign=False)
    if isinstance(slot, ProcessError):
        raise slot
    return change.definition.approvals[token.node_key], actor, slot


def _time_out(change: Change, _offer: Action, token: Token) -> None:
    node: AnyNode = change.definition.by_key[token.node_key]
    if isinstance(node, TimerNode):
        change.end(token, "completed", GO_ON)
        change.write(TIMER_EVENTS[GO_ON], node.key, token, GO_ON)
        change.move(token, node.next)
        return
    timer = timer_called(node, change.given[TIMER.key])
    if timer is None or not isinstance(node, TaskNode | ApprovalNode):
        raise TypeError(f"no timer runs at {node.key}")
    event = TIMER_EVENTS[timer.do]
    if timer.do in ("warn", "escalate"):
        change.notices += (Notice(node.key, timer.to, timer.key, token.id),)
        change.write(event, node.key, token)
    elif timer.do == "reassign":
        _reassign(change, timer, token)
        change.write(event, node.key, token)
    elif isinstance(node, ApprovalNode):
        _decide(change, node, token, timer.choice, event)
    else:
        _take(change, token, str(timer.choice), event)


def _reassign(change: Change, timer: NodeTimer, token: Token) -> None:
    """Hand a task over to a role or a crew; at an approval whoever has not answered is replaced by the role."""
    if token.signers:
        given = {ROLE.key: timer.role}
        new_id = change.id_of_signer(token, len(token.signers))
        signers = token.signers
        for slot in [one for one in signers if one.state == "pending"]:
            signers = approvals.handed_over(token._replace(signers=signers), slot, given, None, new_id)
        change.sign(token, signers)
        return
    crew_id = change.crew_id(timer.crew) if timer.crew else None
    change.alter(token, token._replace(technician_id=None, crew_id=crew_id, visit=None, role=timer.role))


def _stop_or_go(change: Change, offer: Action, _token: None) -> None:
    change.pause_reason = PauseReason(change.given["reason"]) if offer.name == "pause" else None
    change.write(TRANSITIONS[offer.name].event, change.tokens[-1].node_key)


def _give_up(change: Change, offer: Action, _token: None) -> None:
    transition, node_key = TRANSITIONS[offer.name], change.tokens[-1].node_key
    change.finish(transition.leads_to or change.ticket_state)
    change.write(transition.event, node_key)


def _reopen(change: Change, offer: Action, _token: None) -> None:
    transition = TRANSITIONS[offer.name]
    change.ticket_state = transition.leads_to or change.ticket_state
    change.write(transition.event, offer.node_key)
    change.enter(offer.node_key, None)


_APPLY: Final[dict[str, Callable[..., None]]] = {
    "complete": _complete,
    "return": _return,
    "assign": _assign,
    "depart": _travel,
    "arrive": _travel,
    "grab": _grab,
    "approve": _answer,
    "decline": _answer,
    "add_signer": _ask_others,
    "delegate": _ask_others,
    "time_out": _time_out,
    "pause": _stop_or_go,
    "resume": _stop_or_go,
    "reject": _give_up,
    "cancel": _give_up,
    "reopen": _reopen,
}

"""What an actor may do with a ticket at this point of its process, and why not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.vocabulary import TicketState
from ops_db.process import approvals, timers
from ops_db.process.conditions import Condition, holds
from ops_db.process.definition import AnyNode, ApprovalNode, Control, Definition, JoinNode, TaskNode
from ops_db.process.errors import (
    ActionNotAllowed,
    ChoiceUnknown,
    ProcessError,
    TaskNotNamed,
    TaskNotOpen,
    TaskOfAnother,
    TicketClosed,
    TicketPaused,
)
from ops_db.process.node_parts import Choice
from ops_db.process.state import NOTHING, Action, Actor, State, Token
from ops_db.process.text import Text
from ops_db.process.transitions import RETURN_FORM, SIGNING, SIGNING_FORMS, TRANSITIONS, Transition

Facts = Mapping[str, Any]


class Situation(NamedTuple):
    """Everything that decides what is allowed."""

    definition: Definition
    state: State
    actor: Actor
    facts: Facts


def allowed_actions(
    definition: Definition, state: State, *, actor: Actor, facts: Facts = NOTHING
) -> tuple[Action, ...]:
    """Everything `actor` may do now, tasks first; `act` accepts exactly these."""
    situation = Situation(definition, state, actor, facts)
    actions: list[Action] = []
    for transition in TRANSITIONS.values():
        if refusal_by_state(transition, state) is None:
            for token in state.tokens if transition.subject == "task" else (None,):
                offered = offers(situation, transition, token)
                if not isinstance(offered, ProcessError):
                    actions += offered
    return tuple(actions)


def refusal_by_state(transition: Transition, state: State) -> ProcessError | None:
    """Why the ticket as a whole does not take this action now; None when it does."""
    if state.ticket_state is TicketState.OPEN and state.pause_reason is None and transition.takes_running:
        return None
    action = transition.action
    if state.ticket_state not in transition.states:
        if state.ticket_state == TicketState.OPEN:
            return ActionNotAllowed("The ticket is open already; there is nothing to {action}.", action=action)
        return TicketClosed("The ticket is {state}. Reopen it first.", state=state.ticket_state.value)
    if transition.clock == "running" and state.pause_reason is not None:
        return TicketPaused("The ticket is paused. Resume it before you {action}.", action=action)
    if transition.clock == "paused" and state.pause_reason is None:
        return ActionNotAllowed("The ticket is not paused; there is nothing to {action}.", action=action)
    return None


def named_token(definition: Definition, state: State, task: str | None) -> Token:
    """The live token `task`, or the only one when none is named; raises TaskNotOpen or TaskNotNamed."""
    if task is None and len(state.tokens) == 1:
        return state.tokens[0]
    for token in state.tokens:
        if token.id == task:
            return token
    # What waits at a join is nobody's task.
    waiting = [one for one in state.tokens if not isinstance(definition.by_key[one.node_key], JoinNode)]
    if task is None and len(waiting) == 1:
        return waiting[0]
    listed = ", ".join(f"{token.id} ({token.node_key})" for token in waiting)
    if task is None:
        raise TaskNotNamed("Several tasks are open: {tasks}. Say which one.", tasks=listed)
    raise TaskNotOpen(
        "Task {task} is not open any more. Reload the ticket; open now: {tasks}.", task=task, tasks=listed
    )


def offers(situation: Situation, transition: Transition, token: Token | None) -> list[Action] | ProcessError:
    """The forms this action takes here and now for this actor, or the reason why there is none."""
    if token is None:
        return _steering_offers(situation, transition, None)
    node = situation.definition.by_key[token.node_key]
    action = transition.action
    if action == "time_out":
        return _time_outs(situation, transition, node, token)
    if isinstance(node, ApprovalNode):
        return _approval_offers(situation, transition, node, token)
    if not isinstance(node, TaskNode) or action in SIGNING:
        return _not_here(action, node)
    if action == "complete":
        refusal = _refusal_by_role(node, token, situation.actor)
        return refusal or [completion(token, one) for one in node.choices if is_true(one.when, situation.facts)]
    if action == "grab":
        return _refusal_of_grabbing(situation, node) or _steering_offers(situation, transition, token)
    if action == "assign":
        if node.takes_assignment:
            return _steering_offers(situation, transition, token)
        return ActionNotAllowed("The step {node} is done by any {role}, not assigned.", node=node.key, role=node.role)
    if action == "return":
        return _steering_offers(situation, transition, token)
    refusal = _refusal_of_visit(node, token, action) or _refusal_by_role(node, token, situation.actor)
    return refusal or _steering_offers(situation, transition, token)


def chosen(situation: Situation, transition: Transition, token: Token | None, choice: str | None) -> Action:
    """The form of this action that `choice` names; raises ChoiceUnknown, or the reason why there is none."""
    if transition.action == "complete" and token is not None:
        # By far the most frequent action: look the choice up and leave the other forms undrawn.
        node = situation.definition.tasks.get(token.node_key)
        wanted = node.choices_by_key.get(choice or "") if node is not None else None
        if (
            node is not None
            and wanted is not None
            and (wanted.when is None or holds(wanted.when, situation.facts))
            and _refusal_by_role(node, token, situation.actor) is None
        ):
            return completion(token, wanted)
    offered = offers(situation, transition, token)
    if isinstance(offered, ProcessError):
        raise offered
    for action in offered:
        if action.choice == choice:
            return action
    known = ", ".join(action.choice for action in offered if action.choice) or "no choice"
    raise ChoiceUnknown("There is no choice {choice} here. Use one of: {known}.", choice=choice, known=known)


def _not_here(action: str, node: AnyNode) -> ActionNotAllowed:
    return ActionNotAllowed("The step {node} does not take {action}. Reload the ticket.", node=node.key, action=action)


def _time_outs(
    situation: Situation, transition: Transition, node: AnyNode, token: Token
) -> list[Action] | ProcessError:
    form = timers.form_at(node)
    if not timers.is_clock(situation.actor) or form is None:
        return _not_here(transition.action, node)
    return [Action(transition.action, transition.title, form, token.id, token.node_key)]


def _approval_offers(
    situation: Situation, transition: Transition, node: ApprovalNode, token: Token
) -> list[Action] | ProcessError:
    action = transition.action
    if action not in SIGNING and action != "return":
        return _not_here(action, node)
    if (action == "add_signer" and not node.may_add_signer) or (action == "delegate" and not node.may_delegate):
        return _not_here(action, node)
    slot = approvals.slot_of(token, situation.actor, to_sign=action not in ("delegate", "return"))
    if action == "return":
        steering = _steering_offers(situation, transition, token)
        own = []
        if not isinstance(slot, ProcessError):
            own = [_return_to(situation.definition, token, key, RETURN_FORM) for key in node.return_to]
        if isinstance(steering, ProcessError):
            return own or (slot if isinstance(slot, ProcessError) and node.return_to else steering)
        return own + [one for one in steering if one.choice not in node.return_to or not own]
    if isinstance(slot, ProcessError):
        return slot
    if action in ("add_signer", "delegate") and len(token.signers) >= approvals.MOST_SIGNERS:
        return ActionNotAllowed("Nobody more can be asked at {node}. Approve or decline.", node=node.key)
    form = node.asked if action == "approve" else SIGNING_FORMS[action]
    return [Action(action, transition.title, form, token.id, token.node_key)]


def _refusal_by_role(node: TaskNode, token: Token, actor: Actor) -> ProcessError | None:
    if not actor.roles.isdisjoint(node.deputies):
        return None
    role = token.role or node.role
    if role not in actor.roles:
        return ActionNotAllowed(
            "The step {node} is done by {roles}. Ask one of them, or return the ticket to an earlier step.",
            node=node.key,
            roles=", ".join((role, *node.deputies)),
        )
    return None if _is_own(node, token, actor) else _task_of_another(token)


def _is_own(node: TaskNode, token: Token, actor: Actor) -> bool:
    """Whether the role of the node is held; at an assigned node only the technician named does, else the crew named."""
    if token.role not in (None, node.role) or not node.takes_assignment:
        return True
    if token.technician_id is not None:
        return token.technician_id == actor.staff_id
    if token.crew_id is not None:
        return token.crew_id == actor.crew_id
    return not node.is_assigned


def _task_of_another(token: Token) -> TaskOfAnother:
    return TaskOfAnother("The step {node} is not assigned to you. Ask the desk to assign it.", node=token.node_key)


def _refusal_of_visit(node: TaskNode, token: Token, action: str) -> ProcessError | None:
    if not node.has_visits:
        return ActionNotAllowed("The step {node} has no visit.", node=node.key)
    if token.visit == ("departed" if action == "depart" else "arrived"):
        return ActionNotAllowed("The technician has {visit} already. Go on with the next step.", visit=token.visit)
    return None


def _refusal_of_grabbing(situation: Situation, node: TaskNode) -> ProcessError | None:
    facts, actor = situation.facts, situation.actor
    choice = node.choices_by_key.get(node.dispatch_choice or "")
    if choice is None or facts.get("dispatch_mode") != "grab" or not is_true(choice.when, facts):
        return ActionNotAllowed("The step {node} is not offered to be taken. Wait until it is assigned.", node=node.key)
    if actor.staff_id is None or actor.crew_id is None or actor.crew_id != facts.get("dispatch_crew_id"):
        return ActionNotAllowed("The step {node} is offered to another crew.", node=node.key)
    return None


def is_true(when: Condition | None, facts: Facts) -> bool:
    """Whether a condition holds; none always does."""
    return when is None or holds(when, facts)


def completion(token: Token, choice: Choice) -> Action:
    """The form that takes `choice`."""
    return Action(
        "complete", choice.title, choice.asked, token.id, token.node_key, choice.key, choice.evidence, choice.form
    )


def _steering_offers(situation: Situation, transition: Transition, token: Token | None) -> list[Action] | ProcessError:
    """What the first control that fits the actor, the nodes and the facts offers."""
    definition, state, actor, facts = situation
    tokens = state.tokens if token is None else (token,)
    of_another: ProcessError | None = None
    for control in definition.controls_by_action.get(transition.action, ()):
        roles = actor.roles.intersection(control.roles)
        here = [one for one in tokens if not control.at or one.node_key in control.at]
        if not roles or (tokens and not here) or not is_true(control.when, facts):
            continue
        # A technician steers only the tasks of their own; any other role that may steer is not bound to one.
        if here and not any(_is_steerable(definition.by_key[one.node_key], one, actor, roles) for one in here):
            of_another = _task_of_another(here[0])
            continue
        return _steering(definition, transition, control, token)
    return of_another or _steered_by_others(situation, transition, tokens)


def _steered_by_others(situation: Situation, transition: Transition, tokens: tuple[Token, ...]) -> ActionNotAllowed:
    definition, state = situation.definition, situation.state
    controls = definition.controls_by_action.get(transition.action, ())
    node = ", ".join(one.node_key for one in tokens) or state.ticket_state.value
    if not controls:
        return ActionNotAllowed(
            "You may not {action} this ticket at {node}. This process does not provide for it.",
            action=transition.action,
            node=node,
        )
    keys = {one.node_key for one in tokens}
    here = [one for one in controls if not one.at or not keys.isdisjoint(one.at)]
    roles = ", ".join(dict.fromkeys(role for one in here or controls for role in one.roles))
    if not here:
        steps = ", ".join(dict.fromkeys(key for one in controls for key in one.at))
        return ActionNotAllowed(
            "You may not {action} this ticket at {node}. It is for {roles}, at {steps}.",
            action=transition.action,
            node=node,
            roles=roles,
            steps=steps,
        )
    return ActionNotAllowed(
        "You may not {action} this ticket at {node}. It is for {roles}.",
        action=transition.action,
        node=node,
        roles=roles,
    )


def _is_steerable(node: AnyNode, token: Token, actor: Actor, roles: frozenset[str]) -> bool:
    if not isinstance(node, TaskNode) or node.dispatch_choice is not None:
        return True
    return roles != {token.role or node.role} or _is_own(node, token, actor)


def _steering(definition: Definition, transition: Transition, control: Control, token: Token | None) -> list[Action]:
    name, title = transition.action, transition.title
    if token is None:
        return [Action(name, title, control.asked, node_key=control.to[0] if control.to else None)]
    if name != "return":
        return [Action(name, title, control.asked, token.id, token.node_key)]
    here = definition.scopes.get(token.node_key, ())
    # A path cannot jump into a fork; it may return within its own, or out of it.
    return [
        _return_to(definition, token, key, control.asked)
        for key in control.to
        if key != token.node_key and here[: len(scope := definition.scopes.get(key, ()))] == scope
    ]


def _return_to(definition: Definition, token: Token, key: str, form: Any) -> Action:
    title = definition.tasks[key].title
    words = Text(zh=f"退回至{title.zh}", en=f"Return to {title.en}")
    return Action("return", words, form, token.id, token.node_key, key)

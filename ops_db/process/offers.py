"""What an actor may do with a ticket at this point of its process, and why not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from core.vocabulary import TicketState
from ops_db.process.conditions import Condition, holds
from ops_db.process.definition import Control, Definition, TaskNode
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
from ops_db.process.transitions import TRANSITIONS, Transition

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
    action = transition.action
    if state.ticket_state not in transition.states:
        if state.ticket_state == TicketState.OPEN:
            return ActionNotAllowed("The ticket is open already; there is nothing to {action}.", action=action)
        return TicketClosed("The ticket is {state}. Reopen it first.", state=state.ticket_state.value)
    if transition.clock == "running" and state.is_paused:
        return TicketPaused("The ticket is paused. Resume it before you {action}.", action=action)
    if transition.clock == "paused" and not state.is_paused:
        return ActionNotAllowed("The ticket is not paused; there is nothing to {action}.", action=action)
    return None


def named_token(state: State, task: str | None) -> Token:
    """The live token `task`, or the only one when none is named; raises TaskNotOpen or TaskNotNamed."""
    if task is None and len(state.tokens) == 1:
        return state.tokens[0]
    for token in state.tokens:
        if token.id == task:
            return token
    listed = ", ".join(f"{token.id} ({token.node_key})" for token in state.tokens)
    if task is None:
        raise TaskNotNamed("Several tasks are open: {tasks}. Say which one.", tasks=listed)
    raise TaskNotOpen(
        "Task {task} is not open any more. Reload the ticket; open now: {tasks}.", task=task, tasks=listed
    )


def offers(situation: Situation, transition: Transition, token: Token | None) -> list[Action] | ProcessError:
    """The forms this action takes here and now for this actor, or the reason why there is none."""
    if token is None or transition.action == "return":
        return _steering_offers(situation, transition, token)
    node = situation.definition.tasks[token.node_key]
    if transition.action == "complete":
        refusal = _refusal_by_role(node, token, situation.actor)
        return refusal or [_completion(token, one) for one in node.choices if _is_true(one.when, situation.facts)]
    if transition.action in ("grab", "approve", "decline", "add_signer", "delegate", "time_out"):
        return _steering_refusal(situation, transition, (token,))
    if transition.action == "assign":
        if node.is_assigned:
            return _steering_offers(situation, transition, token)
        return ActionNotAllowed("The step {node} is done by any {role}, not assigned.", node=node.key, role=node.role)
    refusal = _refusal_of_visit(node, token, transition.action) or _refusal_by_role(node, token, situation.actor)
    return refusal or _steering_offers(situation, transition, token)


def chosen(offered: list[Action], choice: str | None) -> Action:
    """The one of these forms that `choice` names; raises ChoiceUnknown."""
    for action in offered:
        if action.choice == choice:
            return action
    known = ", ".join(action.choice for action in offered if action.choice) or "no choice"
    raise ChoiceUnknown("There is no choice {choice} here. Use one of: {known}.", choice=choice, known=known)


def _refusal_by_role(node: TaskNode, token: Token, actor: Actor) -> ProcessError | None:
    if not actor.roles.isdisjoint(node.deputies):
        return None
    if node.role not in actor.roles:
        return ActionNotAllowed(
            "The step {node} is done by {roles}. Ask one of them, or return the ticket to an earlier step.",
            node=node.key,
            roles=", ".join((node.role, *node.deputies)),
        )
    return None if _is_own(node, token, actor) else _task_of_another(token)


def _is_own(node: TaskNode, token: Token, actor: Actor) -> bool:
    """Whether the role of the node is held; at an assigned node only the technician named does, else the crew named."""
    if not node.is_assigned:
        return True
    if token.technician_id is not None:
        return token.technician_id == actor.staff_id
    return token.crew_id is not None and token.crew_id == actor.crew_id


def _task_of_another(token: Token) -> TaskOfAnother:
    return TaskOfAnother("The task {task} is not assigned to you. Ask the desk to assign it.", task=token.id)


def _refusal_of_visit(node: TaskNode, token: Token, action: str) -> ProcessError | None:
    if not node.has_visits:
        return ActionNotAllowed("The step {node} has no visit.", node=node.key)
    if token.visit == ("departed" if action == "depart" else "arrived"):
        return ActionNotAllowed("The technician has {visit} already. Go on with the next step.", visit=token.visit)
    return None


def _is_true(when: Condition | None, facts: Facts) -> bool:
    return when is None or holds(when, facts)


def _completion(token: Token, choice: Choice) -> Action:
    return Action("complete", choice.title, choice.asked, token.id, token.node_key, choice.key)


def _steering_offers(situation: Situation, transition: Transition, token: Token | None) -> list[Action] | ProcessError:
    """What the first control that fits the actor, the nodes and the facts offers."""
    definition, state, actor, facts = situation
    tokens = state.tokens if token is None else (token,)
    of_another: ProcessError | None = None
    for control in definition.controls_by_action.get(transition.action, ()):
        roles = actor.roles.intersection(control.roles)
        here = [one for one in tokens if not control.at or one.node_key in control.at]
        if not roles or (tokens and not here) or not _is_true(control.when, facts):
            continue
        # A technician steers only the tasks of their own; any other role that may steer is not bound to one.
        if here and not any(_is_steerable(definition.tasks[one.node_key], one, actor, roles) for one in here):
            of_another = _task_of_another(here[0])
            continue
        return _steering(definition, transition, control, token)
    return of_another or _steering_refusal(situation, transition, tokens)


def _steering_refusal(situation: Situation, transition: Transition, tokens: tuple[Token, ...]) -> ActionNotAllowed:
    return ActionNotAllowed(
        "You may not {action} this ticket at {node}. {roles}",
        action=transition.action,
        node=", ".join(one.node_key for one in tokens) or situation.state.ticket_state.value,
        roles=_who_may(situation.definition, transition),
    )


def _is_steerable(node: TaskNode, token: Token, actor: Actor, roles: frozenset[str]) -> bool:
    return roles != {node.role} or _is_own(node, token, actor)


def _who_may(definition: Definition, transition: Transition) -> str:
    controls = definition.controls_by_action.get(transition.action)
    if not controls:
        return "This process does not provide for it."
    parts = (f"{', '.join(one.roles)} at {', '.join(one.at) or 'any step'}" for one in controls)
    return f"It is for {'; '.join(parts)}."


def _steering(definition: Definition, transition: Transition, control: Control, token: Token | None) -> list[Action]:
    name, title = transition.action, transition.title
    if token is None:
        return [Action(name, title, control.asked, node_key=control.to[0] if control.to else None)]
    if name != "return":
        return [Action(name, title, control.asked, token.id, token.node_key)]
    targets = [definition.tasks[key] for key in control.to if key != token.node_key]
    return [Action(name, _return_title(to), control.asked, token.id, token.node_key, to.key) for to in targets]


def _return_title(node: TaskNode) -> Text:
    return Text(zh=f"退回至{node.title.zh}", en=f"Return to {node.title.en}")

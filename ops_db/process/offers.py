"""What an actor may do with a ticket at this point of its process, and why not otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.vocabulary import Role, TicketState
from ops_db.process.conditions import Condition, holds
from ops_db.process.data_fields import NOTE, DataField
from ops_db.process.definition import Choice, Control, Definition, TaskNode
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
from ops_db.process.state import NOTHING, Action, Actor, State, Token
from ops_db.process.text import Text
from ops_db.process.transitions import TRANSITIONS, Transition

Facts = Mapping[str, Any]


def allowed_actions(definition: Definition, state: State, *, actor: Actor, facts: Facts = NOTHING) -> tuple[Action, ...]:
    """Everything `actor` may do now, tasks first; `act` accepts exactly these."""
    actions: list[Action] = []
    for transition in TRANSITIONS.values():
        if refusal_by_state(transition, state) is not None:
            continue
        for token in state.tokens if transition.subject == "task" else (None,):
            offered = offers(definition, state, transition, token, actor, facts)
            if not isinstance(offered, ProcessError):
                actions += offered
    return tuple(actions)


def refusal_by_state(transition: Transition, state: State) -> ProcessError | None:
    if state.ticket_state not in transition.states:
        if state.ticket_state == TicketState.OPEN:
            return ActionNotAllowed("The ticket is open already; there is nothing to {action}.", action=transition.action)
        return TicketClosed("The ticket is {state}. Reopen it first.", state=state.ticket_state.value)
    if transition.clock == "running" and state.is_paused:
        return TicketPaused("The ticket is paused. Resume it before you {action}.", action=transition.action)
    if transition.clock == "paused" and not state.is_paused:
        return ActionNotAllowed("The ticket is not paused; there is nothing to resume.")
    return None


def named_token(state: State, task: str | None) -> Token:
    if task is None:
        if len(state.tokens) > 1:
            raise TaskNotNamed("Several tasks are open: {tasks}. Say which one.", tasks=_listed(state))
        return state.tokens[0]
    for token in state.tokens:
        if token.id == task:
            return token
    raise TaskNotOpen("Task {task} is not open any more. Open now: {tasks}. Reload the ticket.", task=task, tasks=_listed(state))


def _listed(state: State) -> str:
    return ", ".join(f"{token.id} ({token.node_key})" for token in state.tokens)


def offers(
    definition: Definition, state: State, transition: Transition, token: Token | None, actor: Actor, facts: Facts
) -> list[Action] | ProcessError:
    """The forms this action takes here and now for this actor, or why there is none."""
    if token is None:
        return _steering_offers(definition, state, transition, None, actor, facts)
    node = definition.task(token.node_key)
    if transition.action == "complete":
        refusal = _refusal_by_role(node, token, actor)
        return refusal or [_completion(token, choice) for choice in node.choices if _is_offered(choice.when, facts)]
    if transition.action in ("depart", "arrive"):
        refusal = _refusal_of_visit(node, token, transition.action) or _refusal_by_role(node, token, actor)
        return refusal or _steering_offers(definition, state, transition, token, actor, facts)
    if transition.action == "assign" and not node.is_assigned:
        return ActionNotAllowed("The step {node} is not assigned to anyone; {role} does it.", node=node.key, role=node.role.value)
    return _steering_offers(definition, state, transition, token, actor, facts)


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
    """Whether the role of the node is held: at an assigned node only by the technician named, else by the crew named."""
    if not node.is_assigned:
        return True
    if token.technician_id is not None:
        return token.technician_id == actor.id
    return token.crew_id is not None and token.crew_id == actor.crew_id


def _task_of_another(token: Token) -> TaskOfAnother:
    return TaskOfAnother("The task {task} is not assigned to you. Ask the desk to assign it.", task=token.id)


def _refusal_of_visit(node: TaskNode, token: Token, action: str) -> ProcessError | None:
    if not node.has_visits:
        return ActionNotAllowed("The step {node} has no visit.", node=node.key)
    if token.visit == ("departed" if action == "depart" else "arrived"):
        return ActionNotAllowed(
            "The technician has {visit} already. Complete the task, or {action} after the other.",
            visit=token.visit,
            action=action,
        )
    return None


def _is_offered(when: Condition | None, facts: Facts) -> bool:
    return when is None or holds(when, facts)


def _completion(token: Token, choice: Choice) -> Action:
    return Action(
        name="complete",
        title=choice.title,
        token_id=token.id,
        node_key=token.node_key,
        choice=choice.key,
        fields=_with_note(choice.fields),
        at_least_one=choice.at_least_one,
        all_or_none=choice.all_or_none,
    )


def _steering_offers(
    definition: Definition, state: State, transition: Transition, token: Token | None, actor: Actor, facts: Facts
) -> list[Action] | ProcessError:
    """What the first control that fits actor, nodes and facts offers."""
    tokens = state.tokens if token is None else (token,)
    of_another: ProcessError | None = None
    for control in definition.controls_by_action.get(transition.action, ()):
        roles = actor.roles.intersection(control.roles)
        if not roles or not _is_offered(control.when, facts):
            continue
        here = [one for one in tokens if not control.at or one.node_key in control.at]
        if control.at and not here:
            continue
        # A technician steers only the tasks of their own; any other role that may steer is not bound to one.
        if here and not any(_is_steerable(definition.task(one.node_key), one, actor, roles) for one in here):
            of_another = _task_of_another(here[0])
            continue
        return _steering(definition, transition, control, token)
    if of_another is not None:
        return of_another
    return ActionNotAllowed(
        "You may not {action} this ticket at {node}. {roles}",
        action=transition.action,
        node=", ".join(one.node_key for one in tokens) or state.ticket_state.value,
        roles=_who_may(definition, transition),
    )


def _is_steerable(node: TaskNode, token: Token, actor: Actor, roles: frozenset[Role]) -> bool:
    return roles != {node.role} or _is_own(node, token, actor)


def _who_may(definition: Definition, transition: Transition) -> str:
    controls = definition.controls_by_action.get(transition.action)
    if not controls:
        return "This process does not provide for it."
    parts = (f"{', '.join(one.roles)} at {', '.join(one.at) or 'any step'}" for one in controls)
    return f"It is for {'; '.join(parts)}."


def _steering(definition: Definition, transition: Transition, control: Control, token: Token | None) -> list[Action]:
    fields = _with_note((*transition.fields, *control.fields))
    base = Action(
        name=transition.action,
        title=transition.title,
        token_id=token.id if token else None,
        node_key=token.node_key if token else None,
        fields=fields,
        at_least_one=transition.at_least_one,
    )
    if transition.action == "reopen":
        return [replace(base, node_key=control.to[0])]
    if transition.action != "return":
        return [base]
    targets = [definition.task(key) for key in control.to if key != base.node_key]
    return [replace(base, choice=node.key, title=_return_title(node)) for node in targets]


def _return_title(node: TaskNode) -> Text:
    return Text(zh=f"退回至{node.title.zh}", en=f"Return to {node.title.en}")


def _with_note(fields: tuple[DataField, ...]) -> tuple[DataField, ...]:
    return fields if any(field.key == NOTE.key for field in fields) else (*fields, NOTE)


def chosen(offers: list[Action], choice: str | None) -> Action:
    for offer in offers:
        if offer.choice == choice:
            return offer
    known = ", ".join(offer.choice for offer in offers if offer.choice) or "no choice"
    raise ChoiceUnknown("There is no choice {choice} here. Use one of: {known}.", choice=choice, known=known)

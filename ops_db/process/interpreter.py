"""The step from one state of a ticket to the next.

`start` opens a process and `act` does one action or raises a ProcessError; `offers.allowed_actions` says beforehand
what `act` accepts. All are pure: facts about the ticket come in, what changed comes out as a Step to write down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from core.vocabulary import OwnerStatus, PauseReason, TicketState
from ops_db.process.conditions import holds
from ops_db.process.definition import BranchNode, Definition, EndNode, StartNode, TaskNode
from ops_db.process.errors import ActionUnknown, ProcessError
from ops_db.process.offers import Facts, Situation, chosen, named_token, offers, refusal_by_state
from ops_db.process.state import NOTHING, Action, Actor, EndedToken, Event, HowEnded, State, Step, Token
from ops_db.process.transitions import CREW, END_EVENTS, OPEN_EVENT, TECHNICIAN, TRANSITIONS

NewId = Callable[[], str]

_ENDED_STATUS: Final = MappingProxyType(
    {
        TicketState.CLOSED: OwnerStatus.FINISHED,
        TicketState.REJECTED: OwnerStatus.REJECTED,
        TicketState.CANCELLED: OwnerStatus.CANCELLED,
    }
)


def start(definition: Definition, *, facts: Facts = NOTHING, new_id: NewId | None = None) -> Step:
    """Open a ticket: its first event and the tasks that wait now. `new_id` names tokens, which else are numbered."""
    change = _Change(State(tokens=()), facts, NOTHING, new_id)
    change.write(OPEN_EVENT, definition.start_node.key)
    change.enter(definition, definition.start_node.key, None)
    return change.step(definition)


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
    token = named_token(state, task) if transition.subject == "task" else None
    offered = offers(Situation(definition, state, actor, facts), transition, token)
    if isinstance(offered, ProcessError):
        raise offered
    offer = chosen(offered, choice)
    change = _Change(state, facts, offer.form.checked(data), new_id)
    _APPLY[action](change, definition, offer, token)
    return change.step(definition)


def owner_status(definition: Definition, state: State) -> OwnerStatus:
    """What the owner sees of this state."""
    if state.ticket_state != TicketState.OPEN:
        return _ENDED_STATUS[state.ticket_state]
    if state.is_paused:
        return OwnerStatus.PAUSED
    token = state.tokens[-1]
    if token.visit == "departed":
        return OwnerStatus.ON_THE_WAY
    node = definition.tasks[token.node_key]
    return node.owner_status_on_site if token.visit == "arrived" else node.owner_status


class _Change:
    """The state while one action is applied: events are numbered, and tokens move until each rests or ends."""

    __slots__ = (
        "changed",
        "ended",
        "events",
        "facts",
        "given",
        "new_id",
        "opened",
        "pause_reason",
        "ticket_state",
        "tokens",
        "version",
    )

    def __init__(self, state: State, facts: Facts, given: Mapping[str, Any], new_id: NewId | None) -> None:
        self.facts = {**facts, **given} if given else facts
        self.given = given
        self.new_id = new_id
        self.tokens = state.tokens
        self.ticket_state = state.ticket_state
        self.pause_reason = state.pause_reason
        self.version = state.version
        self.events: tuple[Event, ...] = ()
        self.opened: tuple[Token, ...] = ()
        self.ended: tuple[EndedToken, ...] = ()
        self.changed: tuple[Token, ...] = ()

    def write(
        self,
        kind: str,
        node_key: str | None,
        token: Token | None = None,
        choice: str | None = None,
        milestone: str | None = None,
    ) -> None:
        """Add the event of this action, with the data given."""
        self.version += 1
        event = Event(kind, self.version, node_key, token.id if token else None, choice, milestone, self.given)
        self.events += (event,)

    def enter(self, definition: Definition, key: str, origin: Token | None) -> None:
        """Move on into a node; `origin` is the token that left the node before."""
        node = definition.by_key[key]
        ENTER[type(node)](self, definition, node, origin)

    def rest(self, node: TaskNode, technician_id: str | None, crew_id: str | None) -> None:
        """Open a token that waits at `node`."""
        number = len(self.opened) + 1
        token = Token(self.new_id() if self.new_id else f"{self.version}.{number}", node.key, technician_id, crew_id)
        self.tokens += (token,)
        self.opened += (token,)

    def end(self, token: Token, how: HowEnded, choice: str | None = None) -> None:
        """Let a token live no longer."""
        self.tokens = tuple(one for one in self.tokens if one is not token)
        self.ended += (EndedToken(token, how, choice),)

    def alter(self, token: Token, altered: Token) -> None:
        """Change a token where it rests; having moved last it then speaks for the ticket."""
        self.tokens = (*(one for one in self.tokens if one is not token), altered)
        self.changed += (altered,)

    def finish(self, ticket_state: TicketState) -> None:
        """End the ticket; what is still open is withdrawn, and the end of the ticket ends its pause."""
        for token in self.tokens:
            self.end(token, "withdrawn")
        self.ticket_state = ticket_state
        self.pause_reason = None

    def step(self, definition: Definition) -> Step:
        """Everything that changed."""
        state = State(self.tokens, self.ticket_state, self.pause_reason, self.version)
        status = owner_status(definition, state)
        return Step(state, self.events, self.opened, self.ended, self.changed, status)


# Entering a node of each kind.


def _enter_start(change: _Change, definition: Definition, node: StartNode, origin: Token | None) -> None:
    change.enter(definition, node.next, origin)


def _enter_task(change: _Change, _definition: Definition, node: TaskNode, origin: Token | None) -> None:
    technician_id, crew_id = _assignment(change, origin) if node.is_assigned else (None, None)
    change.rest(node, technician_id, crew_id)


def _assignment(change: _Change, origin: Token | None) -> tuple[str | None, str | None]:
    """Who does an assigned task: whom the data names, else who did the step before, else whom the facts name."""
    given = change.given.get(TECHNICIAN.key), change.given.get(CREW.key)
    if any(given):
        return given
    if origin is not None and (origin.technician_id or origin.crew_id):
        return origin.technician_id, origin.crew_id
    return change.facts.get(TECHNICIAN.key), change.facts.get(CREW.key)


def _enter_branch(change: _Change, definition: Definition, node: BranchNode, origin: Token | None) -> None:
    for case in node.cases:
        if holds(case.when, change.facts):
            change.enter(definition, case.next, origin)
            return
    if node.default is None:
        raise ValueError(f"branch {node.key} has no default; load definitions with load_definition")
    change.enter(definition, node.default, origin)


def _enter_end(change: _Change, _definition: Definition, node: EndNode, _origin: Token | None) -> None:
    # While other tokens live, one that reaches an end only ceases; the last one ends the ticket.
    if not change.tokens:
        change.given = NOTHING
        change.finish(node.ticket_state)
        change.write(END_EVENTS[change.ticket_state], node.key)


ENTER: Final[dict[type, Callable[..., None]]] = {
    StartNode: _enter_start,
    TaskNode: _enter_task,
    BranchNode: _enter_branch,
    EndNode: _enter_end,
}
"""What happens when a token enters a node of each kind; a new kind of node is one more line."""


# Applying each action; its event and the state it leads to stand in the table.


def _complete(change: _Change, definition: Definition, offer: Action, token: Token) -> None:
    choice = next(one for one in definition.tasks[token.node_key].choices if one.key == offer.choice)
    change.end(token, "completed", choice.key)
    change.write(TRANSITIONS[offer.name].event, token.node_key, token, choice.key, choice.milestone)
    change.enter(definition, choice.next, token)


def _return(change: _Change, definition: Definition, offer: Action, token: Token) -> None:
    change.end(token, "returned", offer.choice)
    change.write(TRANSITIONS[offer.name].event, token.node_key, token, offer.choice)
    change.enter(definition, str(offer.choice), token)


def _assign(change: _Change, _definition: Definition, offer: Action, token: Token) -> None:
    # Whoever takes over has not set off yet.
    assigned = Token(token.id, token.node_key, change.given.get(TECHNICIAN.key), change.given.get(CREW.key))
    change.alter(token, assigned)
    change.write(TRANSITIONS[offer.name].event, token.node_key, token)


def _travel(change: _Change, _definition: Definition, offer: Action, token: Token) -> None:
    change.alter(token, token._replace(visit="departed" if offer.name == "depart" else "arrived"))
    change.write(TRANSITIONS[offer.name].event, token.node_key, token)


def _stop_or_go(change: _Change, _definition: Definition, offer: Action, _token: None) -> None:
    change.pause_reason = PauseReason(change.given["reason"]) if offer.name == "pause" else None
    change.write(TRANSITIONS[offer.name].event, change.tokens[-1].node_key)


def _give_up(change: _Change, _definition: Definition, offer: Action, _token: None) -> None:
    transition, node_key = TRANSITIONS[offer.name], change.tokens[-1].node_key
    change.finish(transition.leads_to or change.ticket_state)
    change.write(transition.event, node_key)


def _reopen(change: _Change, definition: Definition, offer: Action, _token: None) -> None:
    transition = TRANSITIONS[offer.name]
    change.ticket_state = transition.leads_to or change.ticket_state
    change.write(transition.event, offer.node_key)
    change.enter(definition, str(offer.node_key), None)


_APPLY: Final[dict[str, Callable[..., None]]] = {
    "complete": _complete,
    "return": _return,
    "assign": _assign,
    "depart": _travel,
    "arrive": _travel,
    "pause": _stop_or_go,
    "resume": _stop_or_go,
    "reject": _give_up,
    "cancel": _give_up,
    "reopen": _reopen,
}

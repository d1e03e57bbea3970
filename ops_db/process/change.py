"""The state of a ticket while one action is applied: tokens move until each rests at a node or ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.vocabulary import OwnerStatus, TicketState
from ops_db.process import approvals
from ops_db.process.conditions import holds
from ops_db.process.definition import (
    AnyNode,
    ApprovalNode,
    BranchNode,
    Definition,
    EndNode,
    JoinNode,
    NoticeNode,
    RestingNode,
    SplitNode,
    StartNode,
    SubprocessNode,
    TaskNode,
    TimerNode,
)
from ops_db.process.facts import CREW_IDS
from ops_db.process.forks import inside, left_when_returning, outside
from ops_db.process.state import (
    NOTHING,
    Actor,
    ChangedSigner,
    EndedToken,
    Event,
    HowEnded,
    Notice,
    Signer,
    State,
    Step,
    Token,
)
from ops_db.process.transitions import CREW, END_EVENTS, TECHNICIAN

NewId = Callable[[], str]
Facts = Mapping[str, Any]

JOINED: Final = "joined"
"""How the log says that a path of a fork came to its join and all went on together."""

_RULES: Final = {"area_lead": "area_lead_id", "dispatch": "dispatch_technician_id"}
_ENDED_STATUS: Final = {
    TicketState.CLOSED: OwnerStatus.FINISHED,
    TicketState.REJECTED: OwnerStatus.REJECTED,
    TicketState.CANCELLED: OwnerStatus.CANCELLED,
}


class Change:
    """What one action does, as it grows: events are numbered, and `fork` is where the moving token runs."""

    # Defaults of the class, since most actions leave most of these as they are.
    fork: str = ""
    events: tuple[Event, ...] = ()
    opened: tuple[Token, ...] = ()
    ended: tuple[EndedToken, ...] = ()
    changed: tuple[Token, ...] = ()
    signers: tuple[ChangedSigner, ...] = ()
    notices: tuple[Notice, ...] = ()

    def __init__(
        self,
        definition: Definition,
        state: State,
        facts: Facts,
        given: Mapping[str, Any],
        new_id: NewId | None,
        actor: Actor | None = None,
    ) -> None:
        self.definition = definition
        self.facts = {**facts, **given} if given else facts
        self.given = given
        self.new_id = new_id
        self.actor = actor
        self.tokens, self.ticket_state, self.pause_reason, self.version = state

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
        token_id = token.id if token is not None else None
        self.events += (Event(kind, self.version, node_key, token_id, choice, milestone, self.given),)

    def move(self, token: Token, key: str) -> None:
        """Let an ended token go on into the node `key`, within its fork."""
        self.fork = token.fork
        self.enter(key, token)

    def go_back(self, token: Token, key: str) -> None:
        """Let an ended token return to `key`; where that leaves forks, what else runs within them is withdrawn."""
        region, self.fork = left_when_returning(token.fork, len(self.definition.scopes.get(key, ())))
        if region is not None:
            for other in self.tokens:
                if other.fork.startswith(region):
                    self.end(other, "withdrawn")
        self.enter(key, token)

    def enter(self, key: str | None, origin: Token | None) -> None:
        """Move into a node and on until the token rests or ends; `origin` is the token that left the node before."""
        by_key = self.definition.by_key
        while key is not None:
            node = by_key[key]
            key = ENTER[type(node)](self, node, origin)

    def rest(
        self, node: RestingNode, technician_id: str | None = None, crew_id: str | None = None, *, is_last: bool = True
    ) -> Token:
        """Open a token that waits at `node`; one that is not the last to move does not speak for the ticket."""
        number = len(self.opened) + 1
        token_id = self.new_id() if self.new_id else f"{self.version}.{number}"
        token = Token(token_id, node.key, technician_id, crew_id, None, self.fork)
        self.tokens = (*self.tokens, token) if is_last else (token, *self.tokens)
        self.opened = (*self.opened, token)
        return token

    def ask(self, node: ApprovalNode) -> None:
        """Open a token that waits for the signers of `node`."""
        token = self.rest(node)
        signers = approvals.asked_at(node, self.facts, self.id_of_signer(token, 0))
        asked = token._replace(signers=signers)
        self.tokens = (*self.tokens[:-1], asked)
        self.opened = (*self.opened[:-1], asked)
        self.signers += tuple(ChangedSigner(token.id, one) for one in signers)

    def id_of_signer(self, token: Token, count: int) -> NewId:
        """Names the signers of an approval that has `count` of them already."""
        if self.new_id is not None:
            return self.new_id
        numbers = iter(range(count + 1, count + approvals.MOST_SIGNERS + 1))
        return lambda: f"{token.id}/{next(numbers)}"

    def crew_id(self, code: str) -> str:
        """The id of a crew the definition names by its code."""
        return str(self.facts.get(CREW_IDS, NOTHING).get(code, code))

    def sign(self, token: Token, signers: tuple[Signer, ...]) -> Token:
        """Put down how the signers of an approval stand now; returns the token, which still lives."""
        self.signers += tuple(ChangedSigner(token.id, one) for one in signers if one not in token.signers)
        signed = token._replace(signers=signers)
        self.alter(token, signed)
        return signed

    def end(self, token: Token, how: HowEnded, choice: str | None = None) -> None:
        """Let a token live no longer."""
        # Nearly always there is one token, which is this one.
        self.tokens = () if len(self.tokens) == 1 else tuple([one for one in self.tokens if one is not token])
        if self.changed:
            self.changed = tuple([one for one in self.changed if one is not token])
        self.ended += (EndedToken(token, how, choice),)

    def alter(self, token: Token, altered: Token) -> None:
        """Change a token where it rests; having moved last it then speaks for the ticket."""
        others = () if len(self.tokens) == 1 else [one for one in self.tokens if one is not token]
        self.tokens = (*others, altered)
        self.changed += (altered,)

    def finish(self, ticket_state: TicketState) -> None:
        """End the ticket; what is still open is withdrawn, and the end of the ticket ends its pause."""
        for token in self.tokens:
            self.end(token, "withdrawn")
        self.ticket_state = ticket_state
        self.pause_reason = None

    def step(self) -> Step:
        """Everything that changed."""
        state = State(self.tokens, self.ticket_state, self.pause_reason, self.version)
        return Step(
            state,
            self.events,
            self.opened,
            self.ended,
            self.changed,
            owner_status(self.definition, state),
            self.signers,
            self.notices,
        )


def owner_status(definition: Definition, state: State) -> OwnerStatus:
    """What the owner sees of this state: of the step that moved last."""
    if state.ticket_state != TicketState.OPEN:
        return _ENDED_STATUS[state.ticket_state]
    if state.pause_reason is not None:
        return OwnerStatus.PAUSED
    for token in reversed(state.tokens):
        node = definition.by_key[token.node_key]
        if isinstance(node, TaskNode):
            if token.visit is None:
                return node.owner_status
            return OwnerStatus.ON_THE_WAY if token.visit == "departed" else node.owner_status_on_site
        if isinstance(node, ApprovalNode | TimerNode):
            return node.owner_status
    raise ValueError("no token of an open ticket rests at a step; load definitions with load_definition")


# Entering a node of each kind: what happens, and the key of the node to go on to at once, None where the token rests.


def _enter_start(_change: Change, node: StartNode, _origin: Token | None) -> str:
    return node.next


def _enter_task(change: Change, node: TaskNode, origin: Token | None) -> None:
    if node.takes_assignment:
        change.rest(node, *_assignment(change, node, origin))
    else:
        change.rest(node)


def _assignment(change: Change, node: TaskNode, origin: Token | None) -> tuple[str | None, str | None]:
    """Who does an assigned task: whom the data names, else the rule, else who did the step before, else the facts."""
    given = change.given.get(TECHNICIAN.key), change.given.get(CREW.key)
    if any(given):
        return given
    if node.person is not None and (person := change.facts.get(_RULES[node.person])) is not None:
        return person, None
    if node.crew is not None:
        return None, change.crew_id(node.crew)
    if not node.is_assigned:
        return None, None
    if origin is not None and (origin.technician_id or origin.crew_id):
        return origin.technician_id, origin.crew_id
    return change.facts.get(TECHNICIAN.key), change.facts.get(CREW.key)


def _enter_approval(change: Change, node: ApprovalNode, _origin: Token | None) -> None:
    change.ask(node)


def _enter_branch(change: Change, node: BranchNode, _origin: Token | None) -> str:
    for case in node.cases:
        if holds(case.when, change.facts):
            return case.next
    if node.default is None:
        raise ValueError(f"branch {node.key} has no default; load definitions with load_definition")
    return node.default


def _enter_split(change: Change, node: SplitNode, origin: Token | None) -> None:
    outer = change.fork
    for number, key in enumerate(node.next):
        change.fork = inside(outer, node.key, number)
        change.enter(key, origin)


def _enter_join(change: Change, node: JoinNode, _origin: Token | None) -> str | None:
    outer, split = outside(change.fork)
    siblings = [one for one in change.tokens if one.node_key == node.key and outside(one.fork) == (outer, split)]
    split_node = change.definition.by_key[split]
    if not isinstance(split_node, SplitNode):
        raise TypeError(f"{split} is no split; load definitions with load_definition")
    if len(siblings) + 1 < len(split_node.next):
        # A path that waits at its join says nothing of where the ticket stands.
        change.rest(node, is_last=False)
        return None
    for one in siblings:
        if any(one is opened for opened in change.opened):
            # Every path went through at once, and nothing of it is left to write down.
            change.tokens = tuple(token for token in change.tokens if token is not one)
            change.opened = tuple(token for token in change.opened if token is not one)
        else:
            change.end(one, "completed", JOINED)
    change.fork = outer
    return node.next


def _enter_timer(change: Change, node: TimerNode, _origin: Token | None) -> str | None:
    if node.minutes == 0:
        return node.next
    change.rest(node)
    return None


def _enter_notice(change: Change, node: NoticeNode, origin: Token | None) -> str:
    change.notices += (Notice(node.key, node.to, None, origin.id if origin else None),)
    return node.next


def _enter_subprocess(_change: Change, node: SubprocessNode, _origin: Token | None) -> None:
    raise ValueError(f"subprocess {node.key} was not put in; publish the definition, or use subprocess.expanded")


def _enter_end(change: Change, node: EndNode, _origin: Token | None) -> None:
    # While other tokens live, one that reaches an end only ceases; the last one ends the ticket.
    if not change.tokens:
        change.given = NOTHING
        change.finish(node.ticket_state)
        change.write(END_EVENTS[change.ticket_state], node.key)


ENTER: Final[dict[type[AnyNode], Callable[..., str | None]]] = {
    StartNode: _enter_start,
    TaskNode: _enter_task,
    ApprovalNode: _enter_approval,
    BranchNode: _enter_branch,
    SplitNode: _enter_split,
    JoinNode: _enter_join,
    TimerNode: _enter_timer,
    NoticeNode: _enter_notice,
    SubprocessNode: _enter_subprocess,
    EndNode: _enter_end,
}
"""What happens when a token enters a node of each kind; a new kind of node is one more line."""

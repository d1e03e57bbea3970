"""What a process is made of, as data: nodes, the choices at each, and who may steer the ticket from where.

A new kind of node is one model in `Node` and one function in `interpreter.ENTER`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Final, Literal

from pydantic import Field

from core.vocabulary import OwnerStatus, TicketState
from ops_db.process.conditions import Condition
from ops_db.process.data_fields import DataField, Form
from ops_db.process.node_parts import Approver, Choice, Key, NodeTimer, Part, Recipient, RoleCode, TimerClock
from ops_db.process.text import Text
from ops_db.process.transitions import TRANSITIONS

MOST_NODES: Final = 500

ControlAction = Literal["return", "assign", "depart", "arrive", "pause", "resume", "reject", "cancel", "reopen", "grab"]
Timers = Annotated[tuple[NodeTimer, ...], Field(max_length=20)]


class StartNode(Part):
    """Where a new ticket enters."""

    kind: Literal["start"]
    key: Key
    title: Text | None = None
    next: Key


class TaskNode(Part):
    """A step somebody does.

    `role` is whose step it is, `deputies` may do it in their stead. At an assigned node the role is held only by the
    technician (or, where none is named, the crew) the task is assigned to. `person` or `crew` assign it by rule; where
    the rule names nobody, anybody of the role may do it. `has_visits` lets them set off and arrive. `dispatch_choice`
    is the choice that hands the ticket to a technician, and marks the step where dispatch rules apply.
    """

    kind: Literal["task"]
    key: Key
    title: Text
    role: RoleCode
    deputies: tuple[RoleCode, ...] = Field(default=(), max_length=20)
    person: Literal["area_lead", "dispatch"] | None = None
    crew: str | None = Field(default=None, min_length=1, max_length=100)
    owner_status: OwnerStatus
    owner_status_on_site: OwnerStatus = OwnerStatus.IN_REPAIR
    is_assigned: bool = False
    has_visits: bool = False
    dispatch_choice: Key | None = None
    choices: tuple[Choice, ...] = Field(default=(), max_length=50)
    timers: Timers = ()

    @cached_property
    def takes_assignment(self) -> bool:
        """Whether the step is somebody's in person."""
        return self.is_assigned or self.person is not None or self.crew is not None

    @cached_property
    def choices_by_key(self) -> dict[str, Choice]:
        """The choices by their key."""
        return {choice.key: choice for choice in self.choices}


class ApprovalNode(Part):
    """Several are asked, in parallel or in order, until all, any or `needed` of them have approved.

    One who is asked may decline, and where allowed ask one more, hand over to somebody else, or return the ticket to
    one of `return_to`. A person counts once, whatever roles they hold.
    """

    kind: Literal["approval"]
    key: Key
    title: Text
    owner_status: OwnerStatus
    approvers: tuple[Approver, ...] = Field(default=(), max_length=20)
    mode: Literal["all", "any", "count"] = "all"
    needed: int | None = Field(default=None, ge=1, le=20)
    order: Literal["parallel", "sequence"] = "parallel"
    approved: Key
    declined: Key
    return_to: tuple[Key, ...] = Field(default=(), max_length=50)
    may_add_signer: bool = False
    may_delegate: bool = False
    fields: tuple[DataField, ...] = Field(default=(), max_length=100)
    timers: Timers = ()

    @cached_property
    def asked(self) -> Form:
        """The data an approval asks for."""
        return Form(self.fields)


class BranchCase(Part):
    """One arm of a branch."""

    when: Condition
    next: Key
    title: Text | None = None


class BranchNode(Part):
    """Goes on with the first case that is true of the facts, else with `default`."""

    kind: Literal["branch"]
    key: Key
    title: Text | None = None
    cases: tuple[BranchCase, ...] = Field(min_length=1, max_length=50)
    default: Key | None = None


class SplitNode(Part):
    """Goes on along every one of `next` at once; all of them meet again at `join`."""

    kind: Literal["split"]
    key: Key
    title: Text | None = None
    next: tuple[Key, ...] = Field(max_length=20)
    join: Key


class JoinNode(Part):
    """Waits until every path of its split has come, and goes on once."""

    kind: Literal["join"]
    key: Key
    title: Text | None = None
    next: Key


class TimerNode(Part):
    """Waits a while, then goes on by itself."""

    kind: Literal["timer"]
    key: Key
    title: Text
    minutes: int = Field(ge=0, le=1_000_000)
    clock: TimerClock = "working"
    owner_status: OwnerStatus
    next: Key


class NoticeNode(Part):
    """Tells somebody and goes on."""

    kind: Literal["notice"]
    key: Key
    title: Text
    to: tuple[Recipient, ...] = Field(default=(), max_length=20)
    body: Text
    next: Key


class SubprocessCase(Part):
    """One process that may be put in, and when."""

    when: Condition
    process: Key


class SubprocessNode(Part):
    """Stands for another process, put in when the definition is published: the first case that is true, else `process`.

    An end of the other process that leaves a ticket closed leads to `next`, one that leaves it rejected to `rejected`.
    """

    kind: Literal["subprocess"]
    key: Key
    title: Text
    cases: tuple[SubprocessCase, ...] = Field(default=(), max_length=50)
    process: Key | None = None
    next: Key
    rejected: Key | None = None


class EndNode(Part):
    """Where the process ends, leaving the ticket closed or rejected.

    `needs_settlement` lets nobody come here while something of what the ticket cost is neither settled nor written off.
    """

    kind: Literal["end"]
    key: Key
    title: Text | None = None
    ticket_state: Literal[TicketState.CLOSED, TicketState.REJECTED] = TicketState.CLOSED
    needs_settlement: bool = False


AnyNode = (
    StartNode
    | TaskNode
    | ApprovalNode
    | BranchNode
    | SplitNode
    | JoinNode
    | TimerNode
    | NoticeNode
    | SubprocessNode
    | EndNode
)
Node = Annotated[AnyNode, Field(discriminator="kind")]
RestingNode = TaskNode | ApprovalNode | TimerNode | JoinNode
"""A node where a token rests; at all others it passes through."""

RESTING_KINDS: Final = (TaskNode, ApprovalNode, TimerNode, JoinNode)
STEP_KINDS: Final = (TaskNode, ApprovalNode, TimerNode)
"""The resting nodes the ticket as a whole can be said to stand at."""


class Control(Part):
    """Who may steer a ticket besides completing its tasks: an action, its roles, and at which nodes (else all).

    `to` names the nodes a return may go back to, and the one node a reopened ticket goes on from.
    """

    action: ControlAction
    roles: tuple[RoleCode, ...] = Field(min_length=1, max_length=50)
    at: tuple[Key, ...] = Field(default=(), max_length=MOST_NODES)
    to: tuple[Key, ...] = Field(default=(), max_length=MOST_NODES)
    when: Condition | None = None
    fields: tuple[DataField, ...] = Field(default=(), max_length=100)

    @cached_property
    def asked(self) -> Form:
        """The data the action asks for anywhere, and what this process asks for besides."""
        transition = TRANSITIONS[self.action]
        return Form((*transition.fields, *self.fields), transition.at_least_one)


class Position(Part):
    """Where a node stands on the drawing."""

    x: float = Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)
    y: float = Field(ge=-1_000_000, le=1_000_000, allow_inf_nan=False)


class Definition(Part):
    """One version of one process. `layout` is how it is drawn and changes nothing of what it does."""

    key: Key
    version: int = Field(ge=1)
    title: Text
    description: Text | None = None
    nodes: tuple[Node, ...] = Field(min_length=1, max_length=MOST_NODES)
    controls: tuple[Control, ...] = Field(default=(), max_length=MOST_NODES)
    layout: dict[Key, Position] = Field(default_factory=dict, max_length=MOST_NODES)

    @cached_property
    def by_key(self) -> dict[str, AnyNode]:
        """The nodes by their key."""
        return {node.key: node for node in self.nodes}

    @cached_property
    def tasks(self) -> dict[str, TaskNode]:
        """The task nodes by their key: what somebody does."""
        return {node.key: node for node in self.nodes if isinstance(node, TaskNode)}

    @cached_property
    def approvals(self) -> dict[str, ApprovalNode]:
        """The approval nodes by their key."""
        return {node.key: node for node in self.nodes if isinstance(node, ApprovalNode)}

    @cached_property
    def steps(self) -> dict[str, TaskNode | ApprovalNode | TimerNode]:
        """The nodes a ticket can be said to stand at, by their key: tasks, approvals and timers."""
        return {node.key: node for node in self.nodes if isinstance(node, STEP_KINDS)}

    @cached_property
    def titles(self) -> dict[str, Text]:
        """What the nodes that have a name are called, by their key."""
        return {node.key: title for node in self.nodes if (title := getattr(node, "title", None)) is not None}

    @cached_property
    def timed_steps(self) -> tuple[TaskNode | ApprovalNode, ...]:
        """The nodes that may have timers."""
        return tuple(node for node in self.nodes if isinstance(node, TaskNode | ApprovalNode))

    @cached_property
    def start_node(self) -> StartNode:
        """The one node a new ticket enters."""
        return next(node for node in self.nodes if isinstance(node, StartNode))

    @cached_property
    def controls_by_action(self) -> dict[str, tuple[Control, ...]]:
        """The controls of each action, in the order they are written."""
        actions = dict.fromkeys(control.action for control in self.controls)
        return {action: tuple(one for one in self.controls if one.action == action) for action in actions}

    @cached_property
    def scopes(self) -> dict[str, tuple[str, ...]]:
        """Within which splits each node stands, outermost first, as the first path that reaches it tells."""
        found: dict[str, tuple[str, ...]] = {}
        waiting: list[tuple[str, tuple[str, ...]]]
        # The last is taken first: what the start reaches goes before what only a return or a reopening does.
        again = (key for control in self.controls for key in control.to)
        starts = (node.key for node in self.nodes if isinstance(node, StartNode))
        waiting = [(key, ()) for key in (*again, *starts)]
        while waiting:
            key, scope = waiting.pop()
            node = self.by_key.get(key)
            if key in found or node is None:
                continue
            found[key] = scope
            waiting.extend((following, scope_after(node, scope)) for following in next_keys(node))
        return found

    @cached_property
    def staff_numbers(self) -> frozenset[str]:
        """The members of staff asked by number: their ids are needed as facts (`facts.STAFF_IDS`)."""
        approvers = (one for node in self.approvals.values() for one in node.approvers)
        return frozenset(one.staff_number for one in approvers if one.staff_number is not None)

    @cached_property
    def crew_codes(self) -> frozenset[str]:
        """The crews named by code: their ids are needed as facts (`facts.CREW_IDS`)."""
        codes = {node.crew for node in self.tasks.values()}
        codes |= {timer.crew for node in self.timed_steps for timer in node.timers}
        return frozenset(code for code in codes if code is not None)


def edges(node: AnyNode) -> Iterator[tuple[str, str]]:
    """Every way on from `node`: what it hangs on (a choice, a case, a path) and the key it leads to."""
    if isinstance(node, TaskNode):
        yield from ((choice.key, choice.next) for choice in node.choices)
    elif isinstance(node, ApprovalNode):
        yield "approved", node.approved
        yield "declined", node.declined
    elif isinstance(node, BranchNode):
        yield from ((str(number), case.next) for number, case in enumerate(node.cases, 1))
        if node.default is not None:
            yield "default", node.default
    elif isinstance(node, SplitNode):
        yield from ((str(number), key) for number, key in enumerate(node.next, 1))
    elif isinstance(node, SubprocessNode):
        yield "next", node.next
        if node.rejected is not None:
            yield "rejected", node.rejected
    elif not isinstance(node, EndNode):
        yield "next", node.next


def scope_after(node: AnyNode, scope: tuple[str, ...]) -> tuple[str, ...]:
    """Within which splits the nodes after `node` stand: a split adds itself, and a join takes its split away.

    A join belongs to the scope it ends.
    """
    if isinstance(node, SplitNode):
        return (*scope, node.key)
    return scope[:-1] if isinstance(node, JoinNode) else scope


def next_keys(node: AnyNode) -> Iterator[str]:
    """The keys of all nodes that may follow `node`."""
    return (key for _, key in edges(node))

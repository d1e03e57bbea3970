"""What a process is made of, as data: nodes, the choices at each, and who may steer the ticket from where.

A new kind of node is one model in `Node` and one function in `interpreter.ENTER`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.vocabulary import OwnerStatus, Role, TicketState
from ops_db.process.conditions import Condition
from ops_db.process.data_fields import DataField, Form
from ops_db.process.text import Text
from ops_db.process.transitions import TRANSITIONS

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Milestone = Literal["accepted", "dispatched", "surveyed", "fixed", "confirmed", "followed_up"]
ControlAction = Literal["return", "assign", "depart", "arrive", "pause", "resume", "reject", "cancel", "reopen"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Choice(_Part):
    """One way to complete a task, and where the process goes then.

    `milestone` says in the words of the trade what it means, so that measures do not depend on how a house names its
    nodes. `at_least_one` and `all_or_none` name fields. `when` offers the choice only where it is true of the facts.
    """

    key: Key
    title: Text
    next: Key
    milestone: Milestone | None = None
    when: Condition | None = None
    fields: tuple[DataField, ...] = ()
    at_least_one: tuple[Key, ...] = ()
    all_or_none: tuple[Key, ...] = ()

    @cached_property
    def form(self) -> Form:
        """The data this choice asks for."""
        return Form(self.fields, self.at_least_one, self.all_or_none)


class StartNode(_Part):
    """Where a new ticket enters."""

    kind: Literal["start"]
    key: Key
    next: Key


class TaskNode(_Part):
    """A step somebody does.

    `role` is whose step it is, `deputies` may do it in their stead. At an assigned node the role is held only by the
    technician (or, where none is named, the crew) the task is assigned to. `has_visits` lets them set off and arrive.
    """

    kind: Literal["task"]
    key: Key
    title: Text
    role: Role
    deputies: tuple[Role, ...] = ()
    owner_status: OwnerStatus
    owner_status_on_site: OwnerStatus = OwnerStatus.IN_REPAIR
    is_assigned: bool = False
    has_visits: bool = False
    choices: tuple[Choice, ...] = ()


class BranchCase(_Part):
    """One arm of a branch."""

    when: Condition
    next: Key


class BranchNode(_Part):
    """Goes on with the first case that is true of the facts, else with `default`."""

    kind: Literal["branch"]
    key: Key
    cases: tuple[BranchCase, ...] = Field(min_length=1)
    default: Key | None = None


class EndNode(_Part):
    """Where the process ends, leaving the ticket closed or rejected."""

    kind: Literal["end"]
    key: Key
    ticket_state: Literal[TicketState.CLOSED, TicketState.REJECTED] = TicketState.CLOSED


Node = Annotated[StartNode | TaskNode | BranchNode | EndNode, Field(discriminator="kind")]


class Control(_Part):
    """Who may steer a ticket besides completing its tasks: an action, its roles, and at which nodes (else all).

    `to` names the nodes a return may go back to, and the one node a reopened ticket goes on from.
    """

    action: ControlAction
    roles: tuple[Role, ...] = Field(min_length=1)
    at: tuple[Key, ...] = ()
    to: tuple[Key, ...] = ()
    when: Condition | None = None
    fields: tuple[DataField, ...] = ()

    @cached_property
    def form(self) -> Form:
        """The data the action asks for anywhere, and what this process asks for besides."""
        transition = TRANSITIONS[self.action]
        return Form((*transition.fields, *self.fields), transition.at_least_one)


class Definition(_Part):
    """One version of one process."""

    key: Key
    version: int = Field(ge=1)
    title: Text
    nodes: tuple[Node, ...] = Field(min_length=1)
    controls: tuple[Control, ...] = ()

    @cached_property
    def by_key(self) -> dict[str, StartNode | TaskNode | BranchNode | EndNode]:
        """The nodes by their key."""
        return {node.key: node for node in self.nodes}

    @cached_property
    def tasks(self) -> dict[str, TaskNode]:
        """The task nodes by their key: where tokens rest."""
        return {node.key: node for node in self.nodes if isinstance(node, TaskNode)}

    @cached_property
    def start_node(self) -> StartNode:
        """The one node a new ticket enters."""
        return next(node for node in self.nodes if isinstance(node, StartNode))

    @cached_property
    def controls_by_action(self) -> dict[str, tuple[Control, ...]]:
        """The controls of each action, in the order they are written."""
        actions = dict.fromkeys(control.action for control in self.controls)
        return {action: tuple(one for one in self.controls if one.action == action) for action in actions}


def next_keys(node: StartNode | TaskNode | BranchNode | EndNode) -> Iterator[str]:
    """The keys of all nodes that may follow `node`."""
    if isinstance(node, StartNode):
        yield node.next
    elif isinstance(node, TaskNode):
        yield from (choice.next for choice in node.choices)
    elif isinstance(node, BranchNode):
        yield from (case.next for case in node.cases)
        if node.default is not None:
            yield node.default

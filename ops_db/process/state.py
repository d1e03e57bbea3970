"""The small values that pass through the interpreter: where a ticket stands, who acts, and what one step changed.

All are immutable. Ids are text, so that a state can be written as JSON and compared; the service turns them into UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from core.vocabulary import OwnerStatus, PauseReason, Role, TicketState
from ops_db.process.data_fields import Form
from ops_db.process.text import Text

NOTHING: Final[MappingProxyType[str, Any]] = MappingProxyType({})

Visit = Literal["departed", "arrived"]
HowEnded = Literal["completed", "returned", "withdrawn"]


class Token(NamedTuple):
    """One live point of a process; one that rests on a task node is an open task."""

    id: str
    node_key: str
    technician_id: str | None = None
    crew_id: str | None = None
    visit: Visit | None = None


class State(NamedTuple):
    """Where a ticket stands: it is open exactly while tokens live, and each event raises `version` by one."""

    tokens: tuple[Token, ...]
    ticket_state: TicketState = TicketState.OPEN
    pause_reason: PauseReason | None = None
    version: int = 0

    @property
    def is_paused(self) -> bool:
        """Whether the clock of the ticket stands."""
        return self.pause_reason is not None

    @property
    def node_key(self) -> str | None:
        """Where the process stands for a list: the node of the token that moved last; None once it has ended."""
        return self.tokens[-1].node_key if self.tokens else None


class Actor(NamedTuple):
    """Who acts: the roles held, and for technicians who and of which crew they are."""

    roles: frozenset[Role]
    staff_id: str | None = None
    crew_id: str | None = None

    @classmethod
    def of(cls, *roles: Role | str, staff_id: str | None = None, crew_id: str | None = None) -> Actor:
        """An actor with these roles."""
        return cls(frozenset(Role(role) for role in roles), staff_id, crew_id)


class Event(NamedTuple):
    """One change, to be written as one row of the ticket's log under this version."""

    kind: str
    version: int
    node_key: str | None = None
    token_id: str | None = None
    choice: str | None = None
    milestone: str | None = None
    data: Mapping[str, Any] = NOTHING

    @property
    def payload(self) -> dict[str, Any]:
        """What the columns of the log do not hold, ready for JSON."""
        parts = {"choice": self.choice, "milestone": self.milestone, "data": dict(self.data) or None}
        return {name: value for name, value in parts.items() if value is not None}


class EndedToken(NamedTuple):
    """A token that is no longer live, and how it ended."""

    token: Token
    how: HowEnded
    choice: str | None = None


class Step(NamedTuple):
    """What one action changed; `state` is the whole new state, the rest is the difference."""

    state: State
    events: tuple[Event, ...]
    opened: tuple[Token, ...] = ()
    ended: tuple[EndedToken, ...] = ()
    changed: tuple[Token, ...] = ()
    owner_status: OwnerStatus = OwnerStatus.RECEIVED


class Action(NamedTuple):
    """One thing an actor may do now, with the data it asks for; enough to draw its form."""

    name: str
    title: Text
    form: Form
    token_id: str | None = None
    node_key: str | None = None
    choice: str | None = None

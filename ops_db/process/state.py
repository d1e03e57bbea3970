"""The small values that pass through the interpreter: where a ticket stands, who acts, and what one step changed.

All are immutable. Ids are text, so that a state can be written as JSON and compared; the service turns them into UUIDs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from core.vocabulary import OwnerStatus, PauseReason, TicketState
from ops_db.process.data_fields import Form
from ops_db.process.node_parts import Evidence
from ops_db.process.text import Text

NOTHING: Final[MappingProxyType[str, Any]] = MappingProxyType({})

Visit = Literal["departed", "arrived"]
HowEnded = Literal["completed", "returned", "withdrawn"]
SignerState = Literal["waiting", "pending", "approved", "declined", "delegated"]


class Signer(NamedTuple):
    """One who is asked in an approval: a role, or one member of staff.

    Asked in order, only the first who has not answered is `pending` and the others are `waiting`. `decided_by` is the
    identity of who answered; `added_by` of who asked for this one besides, `delegated_from` the signer replaced.
    """

    id: str
    role: str | None
    staff_id: str | None
    position: int
    state: SignerState
    decided_by: str | None = None
    reason: str | None = None
    added_by: str | None = None
    delegated_from: str | None = None


class Token(NamedTuple):
    """One live point of a process; it rests on a task, an approval, a timer or a join.

    `fork` is the path of splits it runs within, `split:branch` for each, joined by `/`. `role` is whose step it is now,
    where that is not the role of the node. `signers` are those of an approval.
    """

    id: str
    node_key: str
    technician_id: str | None = None
    crew_id: str | None = None
    visit: Visit | None = None
    fork: str = ""
    role: str | None = None
    signers: tuple[Signer, ...] = ()


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
    """Who acts: the roles held, for staff who and of which crew they are, and the account."""

    roles: frozenset[str]
    staff_id: str | None = None
    crew_id: str | None = None
    account_id: str | None = None

    @classmethod
    def of(
        cls,
        *roles: str,
        staff_id: str | None = None,
        crew_id: str | None = None,
        account_id: str | None = None,
    ) -> Actor:
        """An actor with these roles."""
        return cls(frozenset(str(role) for role in roles), staff_id, crew_id, account_id)

    @property
    def identity(self) -> str:
        """Who this is when persons are counted: the account, else the member of staff, else the roles."""
        return self.account_id or self.staff_id or "+".join(sorted(self.roles))


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


class ChangedSigner(NamedTuple):
    """A signer as asked or as answered, and the approval's token."""

    token_id: str
    signer: Signer


class Notice(NamedTuple):
    """Somebody is to be told: at a notice node passed through, or by the timer `timer_key` of a node.

    A recipient is a role, `assignee` or `owner`; the words stand at the node.
    """

    node_key: str
    to: tuple[str, ...]
    timer_key: str | None = None
    token_id: str | None = None


class Step(NamedTuple):
    """What one action changed; `state` is the whole new state, the rest is the difference."""

    state: State
    events: tuple[Event, ...]
    opened: tuple[Token, ...] = ()
    ended: tuple[EndedToken, ...] = ()
    changed: tuple[Token, ...] = ()
    owner_status: OwnerStatus = OwnerStatus.RECEIVED
    signers: tuple[ChangedSigner, ...] = ()
    notices: tuple[Notice, ...] = ()


class Action(NamedTuple):
    """One thing an actor may do now, with the data it asks for; enough to draw its form.

    `evidence` must be on the ticket before, `form_key` names a form definition to be answered.
    """

    name: str
    title: Text
    form: Form
    token_id: str | None = None
    node_key: str | None = None
    choice: str | None = None
    evidence: tuple[Evidence, ...] = ()
    form_key: str | None = None

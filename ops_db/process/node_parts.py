"""What nodes are made of: who is asked, what must be shown, which clocks run, and the choices of a step."""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from ops_db.process.conditions import Condition
from ops_db.process.data_fields import DataField, Form
from ops_db.process.text import Text

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=200)]
RoleCode = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]
Recipient = RoleCode
"""A role, or one of `assignee` (whose step it is) and `owner`."""

Milestone = Literal["accepted", "dispatched", "surveyed", "fixed", "confirmed", "followed_up"]
EvidenceKind = Literal["photo", "signature", "material", "cost", "message"]
TimerClock = Literal["working", "calendar"]
TimerDeed = Literal["warn", "escalate", "advance", "reassign"]

APPROVED = "approved"
DECLINED = "declined"
"""The two ways out of an approval, as an event and a timer that advances name them."""


class Part(BaseModel):
    """Part of a definition: cannot be changed, and knows every one of its properties."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Evidence(Part):
    """What must be on the ticket before a choice is taken; counted among the facts."""

    kind: EvidenceKind
    purpose: Literal["before", "after"] | None = None
    minimum: int = Field(default=1, ge=1, le=100)
    when: Condition | None = None

    @property
    def fact(self) -> str:
        """The fact that counts it."""
        if self.kind == "photo":
            return f"photo_{self.purpose}_count" if self.purpose else "photo_count"
        return "cost_entry_count" if self.kind == "cost" else f"{self.kind}_count"


class NodeTimer(Part):
    """A clock that runs while a task or an approval waits, and what happens when it has run down.

    `warn` and `escalate` tell `to` and move nothing. `advance` takes `choice`, or at an approval `approved` or
    `declined`. `reassign` hands the step to `role`, or to `crew`.
    """

    key: Key
    minutes: int = Field(gt=0, le=1_000_000)
    since: Literal["opened", "before_due", "after_due"] = "opened"
    clock: TimerClock = "working"
    do: TimerDeed
    to: tuple[Recipient, ...] = Field(default=(), max_length=20)
    choice: Key | None = None
    role: RoleCode | None = None
    crew: str | None = Field(default=None, min_length=1, max_length=100)
    text: Text | None = None


class Approver(Part):
    """One who is asked: exactly one of a role, a member of staff, or a person chosen by rule."""

    role: RoleCode | None = None
    staff_number: str | None = Field(default=None, min_length=1, max_length=100)
    person: Literal["area_lead"] | None = None


class Choice(Part):
    """One way to complete a task, and where the process goes then.

    `milestone` says in the words of the trade what it means, so that measures do not depend on how a house names its
    nodes. `at_least_one` and `all_or_none` name fields. `when` offers the choice only where it is true of the facts.
    `evidence` must be on the ticket before; `form` is the key of a form definition to be answered.
    """

    key: Key
    title: Text
    next: Key
    milestone: Milestone | None = None
    when: Condition | None = None
    fields: tuple[DataField, ...] = Field(default=(), max_length=100)
    at_least_one: tuple[Key, ...] = ()
    all_or_none: tuple[Key, ...] = ()
    evidence: tuple[Evidence, ...] = Field(default=(), max_length=20)
    form: Key | None = None

    @cached_property
    def asked(self) -> Form:
        """The data this choice asks for."""
        return Form(self.fields, self.at_least_one, self.all_or_none)

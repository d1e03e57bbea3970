"""What goes into and out of the API about trying a process out."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from ticket_service.api.schemas import Out

Fact = StrictBool | StrictInt | StrictFloat | StrictStr


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class DeedIn(_In):
    """One thing done so far: an action as somebody, waiting, or a fact that became known."""

    action: str | None = Field(default=None, max_length=100)
    who: str | None = Field(default=None, max_length=200, pattern=r"^(staff:.+|[a-z][a-z0-9_]*)$")
    task: str | None = Field(default=None, max_length=200)
    choice: str | None = Field(default=None, max_length=200)
    data: dict[str, Fact] = Field(default_factory=dict, max_length=100)
    wait_minutes: int | None = Field(default=None, ge=0, le=366 * 24 * 60)
    clock: Literal["working", "calendar"] = "calendar"
    facts: dict[str, Fact] = Field(default_factory=dict, max_length=100)


class TrialIn(_In):
    """A definition, what is known of the pretend ticket, and everything done to it so far."""

    definition: dict[str, Any]
    facts: dict[str, Fact] = Field(default_factory=dict, max_length=200)
    due_in_minutes: int | None = Field(default=None, ge=1, le=366 * 24 * 60)
    steps: list[DeedIn] = Field(default_factory=list, max_length=100)


class SignerOut(Out):
    """Whom an approval asks, and how that stands."""

    name: str
    state: str


class TokenOut(Out):
    """One point the ticket stands at."""

    node: str
    title: str
    signers: list[SignerOut]


class TimerOut(Out):
    """A clock that runs; `due_at` None while the ticket is paused."""

    node: str
    title: str
    what: str
    due_at: dt.datetime | None
    when: str


class TraceOut(Out):
    """One thing that happened."""

    node: str | None
    title: str
    who: str
    when: str
    choice: str | None
    left: list[str]
    standing_at: list[str]
    notices: list[str]


class OfferOut(Out):
    """One thing somebody could do now, with the data it asks for."""

    who: str
    name: str
    action: str
    choice: str | None
    task: str | None
    title: str
    step: str
    fields: list[dict[str, Any]]


class TrialOut(Out):
    """How the pretend ticket stands; `refused` says why the last of the steps could not be done."""

    now: str
    owner_status: str
    ticket_state: str
    is_open: bool
    tokens: list[TokenOut]
    timers: list[TimerOut]
    trace: list[TraceOut]
    offers: list[OfferOut]
    refused: str | None
    refused_at: int | None


class PackIn(_In):
    """A definition, and a scenario pack in YAML to run against it."""

    definition: dict[str, Any]
    pack: str = Field(min_length=1, max_length=200_000)


class OutcomeOut(Out):
    """How one scenario went; `difference` is the first thing that was not as expected."""

    name: str
    title: str
    is_passed: bool
    place: str
    difference: str
    trace: list[TraceOut]
    standing_at: list[str]


class PackOut(Out):
    """How a whole pack went."""

    title: str
    passed: int
    outcomes: list[OutcomeOut]

"""What goes into and out of the API about dispatch: who should go, the rules, and the windows to promise."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import Field

from core.vocabulary import Severity
from core.work_vocabulary import CrewSource, DispatchMode
from ticket_service.api.cost_schemas import Words
from ticket_service.api.schemas import Code, In, Out


class ReasonOut(Out):
    """One reason of a rank: its code, the points it gave, and what it says in the language asked for."""

    code: str = Field(examples=["skill"])
    points: int
    value: str = Field(examples=["waterproofing"])
    text: str = Field(examples=["has Waterproofing"])


class SuggestionOut(Out):
    """Somebody who could go. `is_fit` is whether without a second look: there, of the trade, on shift and free."""

    technician_id: UUID
    name: str
    crew_id: UUID | None
    crew_name: str | None
    open_task_count: int
    points: int
    is_available: bool
    is_fit: bool
    reasons: list[ReasonOut]


class SuggestionsOut(Out):
    """Whom dispatch proposes, the best first, for the window somebody has to be there in.

    `rule_id` is the rule that decides, null where none fits and the desk decides among all who serve the project.
    """

    rule_id: UUID | None
    position: int | None
    mode: DispatchMode
    crew_id: UUID | None
    starts_at: dt.datetime
    ends_at: dt.datetime
    suggestions: list[SuggestionOut]


class WindowOut(Out):
    """A window that can still be promised, and for how many visits."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    free_count: int


class WindowsOut(Out):
    """What a crew can promise. Empty where no windows are kept; null is every crew without windows of its own."""

    crew_id: UUID | None
    windows: list[WindowOut]


class DispatchRuleIn(In):
    """Which tickets go to which crew, and how; what is left out may be anything."""

    crew_source: CrewSource
    mode: DispatchMode
    project_id: UUID | None = Field(default=None, examples=[None])
    area_id: UUID | None = Field(default=None, examples=[None])
    category_code: Code | None = Field(default=None, examples=[None])
    component_code: Code | None = Field(default=None, examples=[None])
    severity: Severity | None = None
    is_public_area: bool | None = None
    is_in_owner_warranty: bool | None = None
    is_in_contractor_warranty: bool | None = None
    crew_id: UUID | None = Field(default=None, examples=[None], description="The crew, where `crew_source` is `named`.")
    note: Words = ""


class DispatchRuleOut(Out):
    """A rule where it stands; `is_changeable` is whether you may change it."""

    id: UUID
    position: int
    is_active: bool
    is_changeable: bool
    crew_source: CrewSource
    mode: DispatchMode
    project_id: UUID | None
    area_id: UUID | None
    category_code: str | None
    component_code: str | None
    severity: Severity | None
    is_public_area: bool | None
    is_in_owner_warranty: bool | None
    is_in_contractor_warranty: bool | None
    crew_id: UUID | None
    note: str


class EarlierIn(In):
    """Whether the rule is asked before its neighbour, or else after it."""

    is_earlier: bool


class SwitchIn(In):
    """Whether the rule counts, or rests."""

    is_active: bool


class VerdictOut(Out):
    """A rule held against a ticket: `failed` is the first condition that is not true, null where it fits."""

    rule_id: UUID
    position: int
    failed: str | None = Field(examples=["category_code"])
    is_chosen: bool


class DispatchTrialOut(SuggestionsOut):
    """Who would get such a ticket reported now, and why each rule does or does not fit."""

    verdicts: list[VerdictOut]

"""What goes out of the API about time: a ticket's clock, its warranty and its way, calendars and service levels."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import Field

from core.process_vocabulary import TimerAction, TimerState
from core.vocabulary import CostPayer, PauseReason, Severity, SlaTarget
from core.work_vocabulary import WarrantyClock, WarrantySeason
from ops_db.warranty.clocks import Standing
from ticket_service.api.schemas import Out


class DeadlineOut(Out):
    """One promise: working minutes of the ticket's calendar, and the instant they come to."""

    target: SlaTarget
    target_minutes: int
    due_at: dt.datetime | None
    running_reasons: list[PauseReason] = Field(examples=[["weather"]], description="Pauses that do not stop it.")


class HaltOut(Out):
    """A pause; `until` null while it lasts."""

    since: dt.datetime
    until: dt.datetime | None
    reason: PauseReason | None = Field(examples=["waiting_owner"])


class TicketTimerOut(Out):
    """What the process does by itself unless somebody acts before; a pause holds it with `remaining_minutes` left."""

    timer_key: str
    action: TimerAction
    state: TimerState
    is_working_time: bool
    due_at: dt.datetime
    remaining_minutes: float | None
    node_key: str
    node_title_zh: str
    node_title_en: str


class ClockOut(Out):
    """The clock of a ticket. Pausing and resuming are actions of the ticket."""

    calendar_code: str
    running_since: dt.datetime
    pause_reason: PauseReason | None
    deadlines: list[DeadlineOut]
    pauses: list[HaltOut]
    timers: list[TicketTimerOut]


class WarrantyClockOut(Out):
    """One clock on the day the ticket was reported.

    `end_date` is the first day on which nothing is owed, `days_left` negative once it is over. The term is the one in
    force when the clock started; without a start or a term `standing` says which is missing.
    """

    clock: WarrantyClock
    standing: Standing
    is_in_warranty: bool | None
    start_date: dt.date | None
    end_date: dt.date | None
    days_left: int | None
    month_count: int | None
    season_count: int | None
    season: WarrantySeason | None
    valid_from: dt.date | None
    note: str | None


class WarrantyOut(Out):
    """The two clocks of a ticket, and who should bear its cost by them: null where nobody can say."""

    owner: WarrantyClockOut
    contractor: WarrantyClockOut
    payer: CostPayer | None
    contractor_id: UUID | None
    contractor_name: str | None


class StepOut(Out):
    """One step the ticket stood at, from when to when, and who it was given to."""

    task_id: UUID
    node_key: str
    node_title_zh: str
    node_title_en: str
    state: str = Field(examples=["done"])
    outcome: str | None
    assignee_name: str | None
    crew_name: str | None
    opened_at: dt.datetime
    due_at: dt.datetime | None
    ended_at: dt.datetime | None
    is_late: bool


class PathOut(Out):
    """The way of a ticket through its process; the drawing has the rules of the house for those who dispatch alone."""

    process_key: str
    process_version: int
    process_title_zh: str
    process_title_en: str
    steps: list[StepOut]
    drawing: dict[str, Any] = Field(examples=[{"key": "standard_repair", "version": 1, "nodes": []}])


class ShiftOut(Out):
    """Working time on one weekday (1 is Monday), in minutes from midnight, from a day on."""

    weekday: int
    start_minute: int
    end_minute: int
    valid_from: dt.date


class OverrideOut(Out):
    """A day that is different: worked, like a weekday or as usual, or closed."""

    on_date: dt.date
    is_working: bool
    like_weekday: int | None
    reason: str


class CalendarOut(Out):
    """A calendar; beside it count the public holidays of its region. `is_changeable` is whether you may change it."""

    code: str = Field(examples=["default"])
    name: str = Field(examples=["默认日历"])
    timezone: str
    holiday_region: str | None
    is_changeable: bool
    project_codes: list[str]
    shifts: list[ShiftOut]
    overrides: list[OverrideOut]


class ServiceLevelOut(Out):
    """What is or was promised, in working minutes; without a category it is for those that have no own promise."""

    severity: Severity
    category_code: str | None
    target: SlaTarget
    target_minutes: int
    running_reasons: list[PauseReason] = Field(examples=[["weather"]], description="Pauses that do not stop it.")
    valid_from: dt.datetime
    valid_to: dt.datetime | None

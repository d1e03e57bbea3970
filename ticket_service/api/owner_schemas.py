"""What goes into and out of the API on the side of the owner, and what is said about a ticket."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from pydantic import StringConstraints

from core.vocabulary import Channel, OwnerStatus, TicketState
from ticket_service.api.schemas import (
    ActionOut,
    AttachmentOut,
    Body,
    In,
    MessageOut,
    Out,
    PlaceAndDefectIn,
    RatingOut,
    ReporterIn,
    Score,
    VisitOut,
)


class MessageIn(In):
    """A message; an internal one is hidden from the owner."""

    body: Body
    is_internal: bool = False


class RatingIn(In):
    """Three scores of 1 to 5 and a comment."""

    process_score: Score
    timeliness_score: Score
    attitude_score: Score
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)] | None = None


class UrgeIn(In):
    """The owner is waiting (催单)."""

    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


class OwnerMessageIn(In):
    """A message of the owner."""

    body: Body


class StationOut(Out):
    """One station of a repair."""

    status: OwnerStatus
    name_zh: str
    name_en: str
    reached_at: dt.datetime | None
    is_current: bool


class TrackedOut(Out):
    """What the owner sees."""

    number: str
    version: int
    title: str
    description: str
    owner_status: OwnerStatus
    state: TicketState
    reported_at: dt.datetime
    closed_at: dt.datetime | None
    project_name: str
    unit_code: str | None
    stations: list[StationOut]
    visits: list[VisitOut]
    messages: list[MessageOut]
    attachments: list[AttachmentOut]
    ratings: list[RatingOut]
    actions: list[ActionOut]


class ReportIn(PlaceAndDefectIn):
    """A report by somebody without an account."""

    reporter: ReporterIn
    channel: Channel = Channel.QR


class ReportedOut(Out):
    """What the reporter learns."""

    number: str
    tracking_url: str

"""The clock: working calendars, holidays, and what the service promises."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import Severity, SlaTarget
from ops_db.models.base import Base, Extracted, identity_key, one_of


class Calendar(Extracted, Base):
    """Working days and hours of a project."""

    __tablename__ = "calendar"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(server_default="Asia/Shanghai")
    holiday_region: Mapped[str | None] = mapped_column(comment="CN for example; null = no public holidays.")


class CalendarShift(Extracted, Base):
    """One working stretch of a weekday, in minutes from local midnight.

    Those of one `valid_from` are one version of the week, which holds until the next one begins. A version that has
    begun never changes, so the minutes counted so far stay what they were.
    """

    __tablename__ = "calendar_shift"
    __table_args__ = (
        CheckConstraint("weekday between 1 and 7", name="weekday_is_iso"),
        CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440", name="within_the_day"
        ),
        UniqueConstraint("calendar_code", "valid_from", "weekday", "start_minute"),
    )

    id: Mapped[identity_key]
    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendar.code"))
    weekday: Mapped[int] = mapped_column(SmallInteger, comment="1 = Monday, as ISO counts.")
    start_minute: Mapped[int] = mapped_column(SmallInteger)
    end_minute: Mapped[int] = mapped_column(SmallInteger)
    valid_from: Mapped[dt.date] = mapped_column(
        server_default=text("'1970-01-01'::date"), comment="First day of this version of the week."
    )


class CalendarOverride(Extracted, Base):
    """A day that is not what the weekday and the public holidays say."""

    __tablename__ = "calendar_override"
    __table_args__ = (UniqueConstraint("calendar_code", "on_date"),)

    id: Mapped[identity_key]
    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendar.code"))
    on_date: Mapped[dt.date]
    is_working: Mapped[bool]
    like_weekday: Mapped[int | None] = mapped_column(
        SmallInteger, comment="Whose shifts a make-up day has; null = Monday's."
    )
    reason: Mapped[str]


class SlaPolicy(Extracted, Base):
    """A promise in working minutes for tickets of one severity (and category, where one is named).

    A ticket is promised what held when it was reported: a change ends one row and begins another.
    """

    __tablename__ = "sla_policy"
    __table_args__ = (
        one_of("severity", Severity),
        one_of("target", SlaTarget),
        CheckConstraint("target_minutes > 0", name="target_is_positive"),
        CheckConstraint("valid_to is null or valid_to > valid_from", name="ends_after_it_begins"),
        CheckConstraint("running_reasons ~ '^([a-z_]+(,[a-z_]+)*)?$'", name="running_reasons_are_codes"),
        UniqueConstraint("severity", "category_code", "target", "valid_from", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[identity_key]
    severity: Mapped[str]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("defect_category.code"))
    target: Mapped[str]
    target_minutes: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    valid_from: Mapped[dt.datetime] = mapped_column(server_default=text("'1970-01-01 00:00:00+00'::timestamptz"))
    valid_to: Mapped[dt.datetime | None] = mapped_column(comment="Null = it holds for tickets reported now.")
    running_reasons: Mapped[str] = mapped_column(
        server_default="",
        comment="Reasons of pauses that do not stop this clock, with commas between; empty = every pause stops it.",
    )


class CalendarYear(Base):
    """The days of a year of a calendar as its running deadlines were last counted with, and what managers were told."""

    __tablename__ = "calendar_year"

    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendar.code"), primary_key=True)
    year: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    day_hash: Mapped[str] = mapped_column(comment="SHA-256 of the hours of all its days.")
    counted_at: Mapped[dt.datetime]
    told_changed_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When managers were told that its days changed since; null = not yet."
    )
    told_missing_at: Mapped[dt.datetime | None] = mapped_column(
        comment="When managers were asked to enter its holidays; null = not yet."
    )

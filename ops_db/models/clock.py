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
    """One working stretch of a weekday, in minutes from local midnight."""

    __tablename__ = "calendar_shift"
    __table_args__ = (
        CheckConstraint("weekday between 1 and 7", name="weekday_is_iso"),
        CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440", name="within_the_day"
        ),
        UniqueConstraint("calendar_code", "weekday", "start_minute"),
    )

    id: Mapped[identity_key]
    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendar.code"))
    weekday: Mapped[int] = mapped_column(SmallInteger, comment="1 = Monday, as ISO counts.")
    start_minute: Mapped[int] = mapped_column(SmallInteger)
    end_minute: Mapped[int] = mapped_column(SmallInteger)


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
    """A promise in working minutes for tickets of one severity (and category, where one is named)."""

    __tablename__ = "sla_policy"
    __table_args__ = (
        one_of("severity", Severity),
        one_of("target", SlaTarget),
        CheckConstraint("target_minutes > 0", name="target_is_positive"),
        UniqueConstraint("severity", "category_code", "target", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[identity_key]
    severity: Mapped[str]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("defect_category.code"))
    target: Mapped[str]
    target_minutes: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

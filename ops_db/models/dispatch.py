"""Who can go when, which crew gets which ticket, and how many appointments a crew can keep. Not extracted."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import Severity
from core.work_vocabulary import AbsenceReason, CrewSource, DispatchMode
from ops_db.models.base import Base, identity_key, one_of, uuid_key


class StaffShift(Base):
    """A stretch in which somebody works: every week on a weekday, or on one date in place of that day's pattern."""

    __tablename__ = "staff_shift"
    __table_args__ = (
        CheckConstraint("num_nonnulls(weekday, on_date) = 1", name="is_weekly_or_dated"),
        CheckConstraint("weekday between 1 and 7", name="weekday_is_iso"),
        CheckConstraint("num_nonnulls(start_minute, end_minute) in (0, 2)", name="has_both_ends"),
        CheckConstraint("start_minute is not null or on_date is not null", name="only_a_date_is_taken_off"),
        CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440", name="within_the_day"
        ),
        UniqueConstraint("staff_id", "weekday", "on_date", "start_minute", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[identity_key]
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    weekday: Mapped[int | None] = mapped_column(SmallInteger, comment="1 = Monday; null = on one date.")
    on_date: Mapped[dt.date | None]
    start_minute: Mapped[int | None] = mapped_column(SmallInteger, comment="Local; null = does not work that date.")
    end_minute: Mapped[int | None] = mapped_column(SmallInteger)


class StaffLeave(Base):
    """Days on which somebody is away; both are away days."""

    __tablename__ = "staff_leave"
    __table_args__ = (
        one_of("reason", AbsenceReason),
        CheckConstraint("to_date >= from_date", name="ends_after_it_begins"),
        Index("ix_staff_leave_staff", "staff_id", "to_date"),
    )

    id: Mapped[uuid_key]
    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"))
    from_date: Mapped[dt.date]
    to_date: Mapped[dt.date]
    reason: Mapped[str]


class DispatchRule(Base):
    """Which crew gets a ticket, and how: the first rule, by position, of which everything named is true."""

    __tablename__ = "dispatch_rule"
    __table_args__ = (
        one_of("severity", Severity),
        one_of("crew_source", CrewSource),
        one_of("mode", DispatchMode),
        CheckConstraint("(crew_source = 'named') = (crew_id is not null)", name="named_crew_is_named"),
        UniqueConstraint("position", deferrable=True, initially="DEFERRED"),
    )

    id: Mapped[uuid_key]
    position: Mapped[int] = mapped_column(Integer)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))
    project_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("project.id"))
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area.id"))
    category_code: Mapped[str | None] = mapped_column(ForeignKey("defect_category.code"))
    component_code: Mapped[str | None] = mapped_column(ForeignKey("component.code"))
    severity: Mapped[str | None]
    is_public_area: Mapped[bool | None]
    is_in_owner_warranty: Mapped[bool | None]
    is_in_contractor_warranty: Mapped[bool | None]
    crew_source: Mapped[str]
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crew.id"))
    mode: Mapped[str]
    note: Mapped[str] = mapped_column(server_default="")


class AppointmentSlot(Base):
    """A window a crew promises visits in, on one weekday, and how many it keeps; no crew = every crew without any."""

    __tablename__ = "appointment_slot"
    __table_args__ = (
        CheckConstraint("weekday between 1 and 7", name="weekday_is_iso"),
        CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440", name="within_the_day"
        ),
        CheckConstraint("capacity between 1 and 99", name="capacity_is_sensible"),
        UniqueConstraint("crew_id", "weekday", "start_minute", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[identity_key]
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crew.id"))
    weekday: Mapped[int] = mapped_column(SmallInteger)
    start_minute: Mapped[int] = mapped_column(SmallInteger)
    end_minute: Mapped[int] = mapped_column(SmallInteger)
    capacity: Mapped[int] = mapped_column(SmallInteger)

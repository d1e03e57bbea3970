"""People: owners and their households, staff, crews. Names and numbers of owners are ciphertext here.

`phone_index` is a keyed hash of the normalised number, so a number can be looked up without being readable.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import HouseholdRole, StaffKind, Trade
from ops_db.models.base import Base, Extracted, now_instant, one_of, uuid_key


class Person(Base):
    """Somebody who lives in a home or reports for it. Not extracted: the marts know pseudonyms only."""

    __tablename__ = "person"

    id: Mapped[uuid_key]
    name_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True, comment="Blind index of the number.")
    crm_key: Mapped[str | None] = mapped_column(unique=True, comment="Customer number in the CRM.")
    language: Mapped[str] = mapped_column(server_default="zh-CN")
    created_at: Mapped[now_instant]


class HouseholdMember(Base):
    """Who belongs to which home, and since when."""

    __tablename__ = "household_member"
    __table_args__ = (
        one_of("role", HouseholdRole),
        UniqueConstraint("unit_id", "person_id"),
        CheckConstraint("until_date is null or until_date >= since_date", name="ends_after_it_begins"),
    )

    id: Mapped[uuid_key]
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    since_date: Mapped[dt.date]
    until_date: Mapped[dt.date | None]


class Crew(Extracted, Base):
    """A team that repairs, ours or a company's."""

    __tablename__ = "crew"

    id: Mapped[uuid_key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    contractor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contractor.id"), comment="Null = our own.")


class CrewProject(Base):
    """Which projects a crew serves."""

    __tablename__ = "crew_project"

    crew_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("crew.id"), primary_key=True)
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"), primary_key=True, index=True)


class Staff(Extracted, Base):
    """Somebody who works for the after-sales service."""

    __tablename__ = "staff"
    __table_args__ = (one_of("kind", StaffKind),)

    id: Mapped[uuid_key]
    staff_number: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(comment="Shown to the owner whose repair it is.")
    work_phone: Mapped[str | None] = mapped_column(comment="A company number, shown to the owner of the repair.")
    kind: Mapped[str]
    crew_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("crew.id"), index=True)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))


class TechnicianSkill(Base):
    """What a technician can do."""

    __tablename__ = "technician_skill"
    __table_args__ = (one_of("trade", Trade),)

    staff_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    trade: Mapped[str] = mapped_column(primary_key=True)

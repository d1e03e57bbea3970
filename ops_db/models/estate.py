"""The estate: what was built, what is in it, who built it, and when it was handed over."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Numeric,
    SmallInteger,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import SpaceKind
from ops_db.models.base import Base, Extracted, now_instant, one_of, uuid_key


class Area(Extracted, Base):
    """Part of a city or of a project that one person leads."""

    __tablename__ = "area"

    id: Mapped[uuid_key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    lead_staff_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("staff.id"))


class Project(Extracted, Base):
    """A named development in one city."""

    __tablename__ = "project"

    id: Mapped[uuid_key]
    code: Mapped[str] = mapped_column(unique=True, comment="Short stable code, first part of every home's code.")
    name: Mapped[str]
    city: Mapped[str]
    district: Mapped[str | None]
    developer_name: Mapped[str | None]
    property_company_name: Mapped[str | None]
    timezone: Mapped[str] = mapped_column(server_default="Asia/Shanghai", comment="IANA zone of its working days.")
    calendar_code: Mapped[str] = mapped_column(ForeignKey("calendar.code"), server_default="default")
    created_at: Mapped[now_instant]
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area.id"))


class UnitType(Extracted, Base):
    """A floor plan that many homes of one project share."""

    __tablename__ = "unit_type"
    __table_args__ = (
        UniqueConstraint("project_id", "code"),
        UniqueConstraint("project_id", "id"),
        CheckConstraint("area_m2 > 0", name="area_is_positive"),
    )

    id: Mapped[uuid_key]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str] = mapped_column(comment="As the sales plan names it, B2 for example.")
    name: Mapped[str]
    area_m2: Mapped[Decimal] = mapped_column(Numeric(7, 2))
    bedroom_count: Mapped[int] = mapped_column(SmallInteger)
    bathroom_count: Mapped[int] = mapped_column(SmallInteger)


class Building(Extracted, Base):
    """One block of a project."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("project_id", "code"),
        UniqueConstraint("project_id", "id"),
        CheckConstraint("floor_count is null or floor_count > 0", name="floors_are_positive"),
    )

    id: Mapped[uuid_key]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    code: Mapped[str]
    name: Mapped[str]
    address: Mapped[str | None]
    floor_count: Mapped[int | None] = mapped_column(SmallInteger)
    completion_acceptance_date: Mapped[dt.date | None] = mapped_column(comment="Start of the contractors' warranty.")
    area_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area.id"), comment="Null = that of the project.")


class Unit(Extracted, Base):
    """One home."""

    __tablename__ = "unit"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "building_id"], ["building.project_id", "building.id"]),
        ForeignKeyConstraint(["project_id", "unit_type_id"], ["unit_type.project_id", "unit_type.id"]),
        UniqueConstraint("building_id", "room_number"),
        UniqueConstraint("building_id", "id"),
        Index("ix_unit_code_pattern", "code", postgresql_ops={"code": "text_pattern_ops"}),
    )

    id: Mapped[uuid_key]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    building_id: Mapped[uuid.UUID]
    unit_type_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    code: Mapped[str] = mapped_column(unique=True, comment="Canonical spelling, PROJECT-BUILDING-ROOM.")
    room_number: Mapped[str]
    floor: Mapped[int | None] = mapped_column(SmallInteger)
    handover_date: Mapped[dt.date | None] = mapped_column(
        comment="Start of the owner's warranty; null = not handed over."
    )


class Space(Extracted, Base):
    """A room of a unit type, or a shared part of a building."""

    __tablename__ = "space"
    __table_args__ = (
        one_of("kind", SpaceKind),
        CheckConstraint("num_nonnulls(unit_type_id, building_id) = 1", name="belongs_to_one_place"),
        UniqueConstraint("unit_type_id", "building_id", "code", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[uuid_key]
    unit_type_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit_type.id"))
    building_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("building.id"))
    code: Mapped[str] = mapped_column(comment="bathroom-2 for example.")
    kind: Mapped[str]
    name: Mapped[str]


class Contractor(Extracted, Base):
    """A company that built something, answers for it and may have to pay."""

    __tablename__ = "contractor"

    id: Mapped[uuid_key]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]


class MaterialBatch(Extracted, Base):
    """One delivery of one material from one supplier."""

    __tablename__ = "material_batch"

    id: Mapped[uuid_key]
    code: Mapped[str] = mapped_column(unique=True, comment="Batch number as the ERP knows it.")
    material_code: Mapped[str]
    material_name: Mapped[str]
    supplier_name: Mapped[str | None]
    received_date: Mapped[dt.date | None]


class InstalledComponent(Extracted, Base):
    """The component register: what is built in where, by which contractor, from which batch."""

    __tablename__ = "installed_component"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "building_id"], ["building.project_id", "building.id"]),
        UniqueConstraint("building_id", "component_code"),
    )

    id: Mapped[uuid_key]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    building_id: Mapped[uuid.UUID]
    component_code: Mapped[str] = mapped_column(ForeignKey("component.code"))
    contractor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("contractor.id"), index=True)
    material_batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("material_batch.id"), index=True)
    installed_date: Mapped[dt.date | None]


class Asset(Extracted, Base):
    """A single thing with a serial number: a lift, a water meter."""

    __tablename__ = "asset"
    __table_args__ = (
        ForeignKeyConstraint(["project_id", "building_id"], ["building.project_id", "building.id"]),
        ForeignKeyConstraint(["building_id", "unit_id"], ["unit.building_id", "unit.id"]),
    )

    id: Mapped[uuid_key]
    project_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("project.id"))
    building_id: Mapped[uuid.UUID]
    unit_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    component_code: Mapped[str] = mapped_column(ForeignKey("component.code"))
    serial_number: Mapped[str] = mapped_column(unique=True)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"))

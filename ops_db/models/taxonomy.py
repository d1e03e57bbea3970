"""The defect taxonomy in three levels: category, component, defect."""

from __future__ import annotations

from sqlalchemy import ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import Severity, Trade
from ops_db.models.base import Base, Extracted, one_of


class DefectCategory(Extracted, Base):
    """The first level, water and damp for example."""

    __tablename__ = "defect_category"

    code: Mapped[str] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]


class Component(Extracted, Base):
    """The second level: what is broken, a window frame for example."""

    __tablename__ = "component"
    __table_args__ = (one_of("trade", Trade), UniqueConstraint("category_code", "code"))

    code: Mapped[str] = mapped_column(primary_key=True)
    category_code: Mapped[str] = mapped_column(ForeignKey("defect_category.code"))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    trade: Mapped[str]
    is_public: Mapped[bool] = mapped_column(server_default=text("false"), comment="Belongs to a building, not a home.")


class Defect(Extracted, Base):
    """The third level: how it is broken."""

    __tablename__ = "defect"
    __table_args__ = (one_of("default_severity", Severity), UniqueConstraint("component_code", "code"))

    code: Mapped[str] = mapped_column(primary_key=True)
    component_code: Mapped[str] = mapped_column(ForeignKey("component.code"))
    name_zh: Mapped[str]
    name_en: Mapped[str]
    default_severity: Mapped[str] = mapped_column(server_default="normal")

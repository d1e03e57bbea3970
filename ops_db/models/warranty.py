"""How long a repair is owed, and by whom."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import Trade
from core.work_vocabulary import WarrantyClock, WarrantySeason
from ops_db.models.base import Base, identity_key, one_of


class WarrantyTerm(Base):
    """A term for one scope, from a date on; a correction is a new row with a later date, never a change.

    The most exact scope counts: a defect before its component, that before its category, that before the trade.
    """

    __tablename__ = "warranty_term"
    __table_args__ = (
        one_of("clock", WarrantyClock),
        one_of("trade", Trade),
        one_of("season", WarrantySeason),
        CheckConstraint("num_nonnulls(trade, category_code, component_code, defect_code) = 1", name="has_one_scope"),
        CheckConstraint("num_nonnulls(month_count, season_count) = 1", name="counts_months_or_seasons"),
        CheckConstraint("(season is null) = (season_count is null)", name="seasons_say_which"),
        CheckConstraint("month_count between 1 and 1200", name="months_are_sensible"),
        CheckConstraint("season_count between 1 and 20", name="seasons_are_sensible"),
        UniqueConstraint(
            *("clock", "trade", "category_code", "component_code", "defect_code", "valid_from"),
            name="uq_warranty_term_scope",
            postgresql_nulls_not_distinct=True,
        ),
    )

    id: Mapped[identity_key]
    clock: Mapped[str]
    trade: Mapped[str | None]
    category_code: Mapped[str | None] = mapped_column(ForeignKey("defect_category.code"))
    component_code: Mapped[str | None] = mapped_column(ForeignKey("component.code"))
    defect_code: Mapped[str | None] = mapped_column(ForeignKey("defect.code"))
    month_count: Mapped[int | None] = mapped_column(SmallInteger)
    season_count: Mapped[int | None] = mapped_column(SmallInteger)
    season: Mapped[str | None]
    valid_from: Mapped[dt.date] = mapped_column(comment="First day of handover or acceptance this holds for.")
    note: Mapped[str]

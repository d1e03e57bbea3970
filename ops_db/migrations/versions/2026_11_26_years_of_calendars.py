"""The years of calendars as running deadlines were counted with them.

Why: who enters next year's holidays or changes a week is told that running deadlines were counted before that. The
table of holiday years knew regions alone, not the days and weeks of a calendar, and nothing ever wrote it.

Revision: 2026_11_26_years_of_calendars, after 2026_11_25_notices_of_the_house
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_26_years_of_calendars"
down_revision = "2026_11_25_notices_of_the_house"
branch_labels = None
depends_on = None

TOLD_CHANGED = "When managers were told that its days changed since; null = not yet."
TOLD_MISSING = "When managers were asked to enter its holidays; null = not yet."


def upgrade() -> None:
    """Go forward."""
    op.drop_table("holiday_year", schema="ops")
    op.create_table(
        "calendar_year",
        sa.Column("calendar_code", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("day_hash", sa.Text(), nullable=False, comment="SHA-256 of the hours of all its days."),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_changed_at", sa.DateTime(timezone=True), nullable=True, comment=TOLD_CHANGED),
        sa.Column("told_missing_at", sa.DateTime(timezone=True), nullable=True, comment=TOLD_MISSING),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["ops.calendar.code"], name=op.f("fk_calendar_year_calendar_code_calendar")
        ),
        sa.PrimaryKeyConstraint("calendar_code", "year", name=op.f("pk_calendar_year")),
        schema="ops",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_table("calendar_year", schema="ops")
    op.create_table(
        "holiday_year",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("day_hash", sa.Text(), nullable=False, comment="SHA-256 of its holidays and make-up days."),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "year", name=op.f("pk_holiday_year")),
        schema="ops",
    )

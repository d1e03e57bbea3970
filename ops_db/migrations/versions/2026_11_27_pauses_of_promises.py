"""Which pauses stop which clock, by promise.

Why: one house lets a repair wait for the contractor at its own cost, another does not; so far every pause stopped all.

Revision: 2026_11_27_pauses_of_promises, after 2026_11_26_rows_of_projects
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_27_pauses_of_promises"
down_revision = "2026_11_26_rows_of_projects"
branch_labels = None
depends_on = None

RUNNING = "Reasons of pauses that do not stop this clock, with commas between; empty = every pause stops it."


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "sla_policy",
        sa.Column("running_reasons", sa.Text(), server_default="", nullable=False, comment=RUNNING),
        schema="ops",
    )
    op.create_check_constraint(
        op.f("ck_sla_policy_running_reasons_are_codes"),
        "sla_policy",
        "running_reasons ~ '^([a-z_]+(,[a-z_]+)*)?$'",
        schema="ops",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_constraint(op.f("ck_sla_policy_running_reasons_are_codes"), "sla_policy", schema="ops")
    op.drop_column("sla_policy", "running_reasons", schema="ops")

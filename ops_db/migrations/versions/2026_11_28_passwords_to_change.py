"""A password that an administrator gave must be changed at the next sign-in.

Why: whoever sets a password knows it, and could act in the name of the person for as long as it stays.

Revision: 2026_11_28_passwords_to_change, after 2026_11_27_pauses_of_promises
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_28_passwords_to_change"
down_revision = "2026_11_27_pauses_of_promises"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.add_column(
        "account",
        sa.Column(
            "password_is_temporary",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Given by an administrator; the account must choose its own first.",
        ),
        schema="ops",
    )


def downgrade() -> None:
    """Go back."""
    op.drop_column("account", "password_is_temporary", schema="ops")

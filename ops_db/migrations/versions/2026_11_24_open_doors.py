"""Delegation, a chained audit log, webhooks.

Why: deeds must be provable, and other systems be told.

Revision: 2026_11_24_open_doors, after 2026_11_24_dispatch_clock_money
"""

from __future__ import annotations

revision = "2026_11_24_open_doors"
down_revision = "2026_11_24_dispatch_clock_money"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""

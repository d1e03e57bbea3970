"""Dispatch rules, shifts, warranty terms, material and settlement.

Why: rules of dispatch, clock and money are data that managers change.

Revision: 2026_11_24_dispatch_clock_money, after 2026_11_24_forms
"""

from __future__ import annotations

revision = "2026_11_24_dispatch_clock_money"
down_revision = "2026_11_24_forms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""

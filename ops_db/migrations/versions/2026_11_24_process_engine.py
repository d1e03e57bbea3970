"""Approvals, timers, and which process a ticket takes.

Why: processes are changed by managers, wait for signatures and watch the clock.

Revision: 2026_11_24_process_engine, after 2026_11_24_roles_of_a_house
"""

from __future__ import annotations

revision = "2026_11_24_process_engine"
down_revision = "2026_11_24_roles_of_a_house"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""

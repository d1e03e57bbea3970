"""Forms as versioned definitions.

Why: what a report asks for is designed by managers.

Revision: 2026_11_24_forms, after 2026_11_24_process_engine
"""

from __future__ import annotations

revision = "2026_11_24_forms"
down_revision = "2026_11_24_process_engine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""


def downgrade() -> None:
    """Go back."""

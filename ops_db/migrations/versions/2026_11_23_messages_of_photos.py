"""Messages without words.

Why: a photo sent through the owner's link is a message too, and needs no text to be one.

Revision: 2026_11_23_messages_of_photos, after 2026_11_23_change_log
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_messages_of_photos"
down_revision = "2026_11_23_change_log"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.execute("alter table ops.message drop constraint ck_message_body_has_content")
    op.execute("alter table ops.message add constraint ck_message_body_has_a_limit check (length(body) <= 4000)")


def downgrade() -> None:
    """Go back; a message of photos alone gets a dash for its words."""
    op.execute("update ops.message set body = '–' where body = ''")
    op.execute("alter table ops.message drop constraint ck_message_body_has_a_limit")
    op.execute(
        "alter table ops.message add constraint ck_message_body_has_content check (length(body) between 1 and 4000)"
    )

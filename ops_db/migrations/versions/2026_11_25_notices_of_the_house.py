"""Notices of what belongs to no ticket, and who drew at a draft last.

Why: a receiver that is switched off is nobody's ticket, and whoever meets a changed draft wants to know whom to ask.

Revision: 2026_11_25_notices_of_the_house, after 2026_11_24_open_doors
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_25_notices_of_the_house"
down_revision = "2026_11_24_open_doors"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.alter_column("notice", "ticket_id", nullable=True, schema="ops")
    op.alter_column("notice", "event_version", nullable=True, schema="ops")
    op.add_column("notice", sa.Column("link", sa.Text(), nullable=True, comment=LINK), schema="ops")
    op.create_check_constraint(
        op.f("ck_notice_leads_somewhere"),
        "notice",
        "(ticket_id is not null and event_version is not null) <> (link is not null)",
        schema="ops",
    )
    op.create_table(
        "process_draft_save",
        sa.Column("definition_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["definition_id"],
            ["ops.process_definition.id"],
            name=op.f("fk_process_draft_save_definition_id_process_definition"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ops.account.id"], name=op.f("fk_process_draft_save_account_id_account")
        ),
        sa.PrimaryKeyConstraint("definition_id", name=op.f("pk_process_draft_save")),
        schema="ops",
    )


def downgrade() -> None:
    """Go back; notices without a ticket are lost."""
    op.drop_table("process_draft_save", schema="ops")
    op.execute("delete from ops.notice_read where notice_id in (select id from ops.notice where ticket_id is null)")
    op.execute("delete from ops.notice where ticket_id is null")
    op.drop_constraint(op.f("ck_notice_leads_somewhere"), "notice", schema="ops")
    op.drop_column("notice", "link", schema="ops")
    op.alter_column("notice", "event_version", nullable=False, schema="ops")
    op.alter_column("notice", "ticket_id", nullable=False, schema="ops")


LINK = "Where it leads if it tells of no ticket: an address on this site."

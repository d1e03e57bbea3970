"""Roles and permissions of a whole house.

Why: leads, warehouse and managers take part in processes, and an installation may have roles of its own.

Revision: 2026_11_24_roles_of_a_house, after 2026_11_23_messages_of_photos
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_roles_of_a_house"
down_revision = "2026_11_23_messages_of_photos"
branch_labels = None
depends_on = None

KNOWN_BEFORE = (
    "ticket:read",
    "ticket:create",
    "ticket:act",
    "ticket:dispatch",
    "ticket:message",
    "ticket:rate",
    "call:log",
    "estate:read",
    "person:read",
    "person:reveal",
    "cost:read",
    "cost:write",
    "cockpit:executive",
    "cockpit:quality",
    "account:manage",
)
ADDED = (
    "process:manage",
    "form:manage",
    "dispatch:manage",
    "clock:manage",
    "warranty:manage",
    "material:request",
    "material:issue",
    "cost:settle",
    "role:manage",
    "webhook:manage",
    "audit:read",
)
ROLES_BEFORE = (
    "desk",
    "supervisor",
    "technician",
    "quality",
    "finance",
    "executive",
    "administrator",
    "owner",
    "system",
)
CODE = "^[a-z][a-z0-9_]*$"


def upgrade() -> None:
    """Go forward; an administrator may do everything, also what is new."""
    _allow(KNOWN_BEFORE + ADDED)
    op.execute(
        sa.text("""
            insert into ops.role_permission (role_code, permission)
            select code, unnest(cast(:added as text[])) from ops.role where code = 'administrator'
        """).bindparams(added=list(ADDED))
    )
    op.execute("alter table ops.task drop constraint ck_task_role_known")
    op.execute(f"alter table ops.task add constraint ck_task_role_is_a_code check (role ~ '{CODE}')")


def downgrade() -> None:
    """Go back; what is new is permitted to nobody."""
    op.execute("alter table ops.task drop constraint ck_task_role_is_a_code")
    op.execute(f"alter table ops.task add constraint ck_task_role_known check (role in ({_list(ROLES_BEFORE)}))")
    op.execute(sa.text("delete from ops.role_permission where permission = any(:added)").bindparams(added=list(ADDED)))
    _allow(KNOWN_BEFORE)


def _allow(permissions: tuple[str, ...]) -> None:
    op.execute("alter table ops.role_permission drop constraint ck_role_permission_permission_known")
    op.execute(f"""
        alter table ops.role_permission
            add constraint ck_role_permission_permission_known check (permission in ({_list(permissions)}))
    """)


def _list(codes: tuple[str, ...]) -> str:
    return ", ".join(f"'{code}'" for code in codes)

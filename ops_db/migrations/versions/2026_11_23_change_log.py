"""The change log, append-only tables and definitions that never change once published.

Why: extraction, audit and running tickets rely on these rules even when a client forgets them.

Revision: 2026_11_23_change_log, after 2026_11_23_operational_store
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_23_change_log"
down_revision = "2026_11_23_operational_store"
branch_labels = None
depends_on = None

KEYED_BY_CODE = ("calendar", "component", "defect", "defect_category")
KEYED_BY_ID = (
    "asset",
    "attachment",
    "building",
    "calendar_override",
    "calendar_shift",
    "call",
    "contractor",
    "cost_entry",
    "crew",
    "installed_component",
    "material_batch",
    "message",
    "process_definition",
    "project",
    "rating",
    "sla_policy",
    "space",
    "staff",
    "task",
    "ticket",
    "unit",
    "unit_type",
    "visit",
)
APPEND_ONLY = ("ticket_event", "audit_entry")


def upgrade() -> None:
    """Go forward."""
    op.execute("""
        create function ops.stamp_changed_xid() returns trigger language plpgsql as $$
        begin
            new.changed_xid := pg_current_xact_id();
            return new;
        end $$
    """)
    op.execute("""
        create function ops.leave_tombstone() returns trigger language plpgsql as $$
        begin
            insert into ops.tombstone (table_name, row_key) values (tg_table_name, to_jsonb(old) ->> tg_argv[0]);
            return null;
        end $$
    """)
    op.execute("""
        create function ops.refuse_change() returns trigger language plpgsql as $$
        begin
            raise exception '% rows are only ever added', tg_table_name using errcode = 'integrity_constraint_violation';
        end $$
    """)
    op.execute("""
        create function ops.keep_published_definition() returns trigger language plpgsql as $$
        begin
            if old.state <> 'draft' and (tg_op = 'DELETE' or new.definition is distinct from old.definition
                or new.key <> old.key or new.version <> old.version) then
                raise exception 'version % of process % is published and never changes; publish a new version',
                    old.version, old.key using errcode = 'integrity_constraint_violation';
            end if;
            return coalesce(new, old);
        end $$
    """)
    for table, key in [(table, "code") for table in KEYED_BY_CODE] + [(table, "id") for table in KEYED_BY_ID]:
        op.execute(f"""
            create trigger stamp_changed_xid before insert or update on ops.{table}
            for each row execute function ops.stamp_changed_xid()
        """)
        op.execute(f"""
            create trigger leave_tombstone after delete on ops.{table}
            for each row execute function ops.leave_tombstone('{key}')
        """)
    for table in APPEND_ONLY:
        op.execute(f"""
            create trigger refuse_change before update or delete or truncate on ops.{table}
            for each statement execute function ops.refuse_change()
        """)
    op.execute("""
        create trigger keep_published_definition before update or delete on ops.process_definition
        for each row execute function ops.keep_published_definition()
    """)


def downgrade() -> None:
    """Go back."""
    op.execute("drop function ops.stamp_changed_xid() cascade")
    op.execute("drop function ops.leave_tombstone() cascade")
    op.execute("drop function ops.refuse_change() cascade")
    op.execute("drop function ops.keep_published_definition() cascade")

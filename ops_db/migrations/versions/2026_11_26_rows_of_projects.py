"""Rows that tell of homes are there for those alone who see their project.

Why: a question that forgets its scope must answer with too little and never with too much. The owner of the tables is
not confined: migrations, extraction and verification see everything, and service and workers do not act as the owner.

Revision: 2026_11_26_rows_of_projects, after 2026_11_26_years_of_calendars
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_26_rows_of_projects"
down_revision = "2026_11_26_years_of_calendars"
branch_labels = None
depends_on = None

_OF_TICKETS = (
    *("ticket_event", "message", "attachment", "rating", "cost_entry", "cost_settlement", "form_response"),
    "material_request",
)
_SEEN = "(select ops.sees_every_project()) or project_id = any((select ops.seen_projects())::uuid[])"
# A ticket opened by the same statement is not seen by it yet, so what is added is not asked for its ticket: its foreign
# key is, and whoever adds to a ticket has found it before.
_POLICIES = {
    "ticket": f"using ({_SEEN})",
    "call": f"using ({_SEEN} or project_id is null)",
    **dict.fromkeys(
        _OF_TICKETS,
        "using ((select ops.sees_every_project()) or exists (select from ops.ticket where ticket.id = ticket_id))"
        " with check (true)",
    ),
}


def upgrade() -> None:
    """Go forward."""
    op.execute("""
        create function ops.sees_every_project() returns boolean language sql stable parallel safe
        as $$ select coalesce(current_setting('anju.projects', true), '') = '*' $$
    """)
    op.execute("""
        create function ops.seen_projects() returns uuid[] language sql stable parallel safe
        as $$ select case when coalesce(current_setting('anju.projects', true), '') in ('', '*') then '{}'
                          else string_to_array(current_setting('anju.projects'), ',')::uuid[] end $$
    """)
    for table, policy in _POLICIES.items():
        op.execute(f"create policy reach on ops.{table} {policy}")
        op.execute(f"alter table ops.{table} enable row level security")
    op.execute("""
        create function ops.ticket_of_link(hash bytea)
        returns table (id uuid, project_id uuid, reporter_id uuid, language text)
        language sql stable security definer set search_path = ops, pg_temp
        as $$ select ticket.id, ticket.project_id, ticket.reporter_id, person.language
                from ticket left join person on person.id = ticket.reporter_id
               where ticket.tracking_token_hash = hash $$
    """)
    op.execute("""
        create function ops.engagements_of(person uuid, day_from timestamptz, day_to timestamptz)
        returns table (ticket_id uuid, project_id uuid, building_id uuid, promised_from timestamptz,
                       promised_to timestamptz)
        language sql stable security definer set search_path = ops, pg_temp
        as $$ select ticket.id, ticket.project_id, ticket.building_id, visit.promised_from, visit.promised_to
                from visit join ticket on ticket.id = visit.ticket_id
               where visit.technician_id = person and visit.outcome is null
                 and coalesce(visit.promised_from, visit.departed_at, visit.arrived_at) >= day_from
                 and coalesce(visit.promised_from, visit.departed_at, visit.arrived_at) < day_to $$
    """)
    for function in ("ticket_of_link(bytea)", "engagements_of(uuid, timestamptz, timestamptz)"):
        op.execute(f"revoke execute on function ops.{function} from public")


def downgrade() -> None:
    """Go back."""
    op.execute("drop function ops.engagements_of(uuid, timestamptz, timestamptz)")
    op.execute("drop function ops.ticket_of_link(bytea)")
    for table in _POLICIES:
        op.execute(f"alter table ops.{table} disable row level security")
        op.execute(f"drop policy reach on ops.{table}")
    op.execute("drop function ops.seen_projects()")
    op.execute("drop function ops.sees_every_project()")

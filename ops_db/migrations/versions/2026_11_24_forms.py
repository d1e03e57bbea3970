"""Forms as versioned definitions, links that lead to them, and the answers.

Why: what a report asks for is designed by managers.

Revision: 2026_11_24_forms, after 2026_11_24_process_engine
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_24_forms"
down_revision = "2026_11_24_process_engine"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    _add_definitions()
    _add_links()
    _add_responses()


def _add_definitions() -> None:
    op.execute("""
        create table ops.form_definition (
            id uuid not null default gen_random_uuid(),
            key text not null,
            version integer not null,
            state text not null default 'draft',
            definition jsonb not null,
            revision integer not null default 1,
            created_by uuid,
            created_at timestamptz not null default now(),
            saved_at timestamptz not null default now(),
            published_at timestamptz,
            retired_at timestamptz,
            constraint pk_form_definition primary key (id),
            constraint uq_form_definition_key_version unique (key, version),
            constraint fk_form_definition_created_by_account foreign key (created_by) references ops.account (id),
            constraint ck_form_definition_state_known check (state in ('draft', 'published', 'retired')),
            constraint ck_form_definition_version_counts_from_one check (version > 0),
            constraint ck_form_definition_revision_counts_from_one check (revision > 0),
            constraint ck_form_definition_published_ones_say_when check (state = 'draft' or published_at is not null)
        )
    """)
    op.execute("comment on column ops.form_definition.revision is 'Counts the saves of a draft.'")
    for state in ("draft", "published"):
        op.execute(f"""
            create unique index uq_form_definition_{state} on ops.form_definition (key) where state = '{state}'
        """)
    # The function of process definitions names processes in its message, so forms have one of their own.
    op.execute("""
        create function ops.keep_published_form() returns trigger language plpgsql as $$
        begin
            if old.state <> 'draft' and (tg_op = 'DELETE' or new.definition is distinct from old.definition
                or new.key <> old.key or new.version <> old.version or new.state = 'draft') then
                raise exception 'version % of form % is published and never changes; publish a new version',
                    old.version, old.key using errcode = 'integrity_constraint_violation';
            end if;
            return coalesce(new, old);
        end $$
    """)
    op.execute("""
        create trigger keep_published_form before update or delete on ops.form_definition
        for each row execute function ops.keep_published_form()
    """)


def _add_links() -> None:
    op.execute("""
        create table ops.form_link (
            id uuid not null default gen_random_uuid(),
            code text not null,
            form_key text not null,
            project_id uuid,
            building_id uuid,
            unit_id uuid,
            asset_id uuid,
            created_by uuid,
            created_at timestamptz not null default now(),
            revoked_at timestamptz,
            constraint pk_form_link primary key (id),
            constraint uq_form_link_code unique (code),
            constraint fk_form_link_project_id_project foreign key (project_id) references ops.project (id),
            constraint fk_form_link_project_id_building_id_building foreign key (project_id, building_id)
                references ops.building (project_id, id),
            constraint fk_form_link_building_id_unit_id_unit foreign key (building_id, unit_id)
                references ops.unit (building_id, id),
            constraint fk_form_link_asset_id_asset foreign key (asset_id) references ops.asset (id),
            constraint fk_form_link_created_by_account foreign key (created_by) references ops.account (id),
            constraint ck_form_link_a_home_is_in_a_building check (unit_id is null or building_id is not null),
            constraint ck_form_link_a_building_is_in_a_project check (building_id is null or project_id is not null)
        )
    """)
    op.execute("comment on column ops.form_link.code is 'What stands in the address; public, and grants a report.'")
    op.execute("""
        create unique index uq_form_link_place on ops.form_link
            (form_key, project_id, building_id, unit_id, asset_id) nulls not distinct where revoked_at is null
    """)


def _add_responses() -> None:
    op.execute("""
        create table ops.form_response (
            id uuid not null default gen_random_uuid(),
            ticket_id uuid not null,
            form_definition_id uuid not null,
            form_link_id uuid,
            node_key text,
            answers jsonb not null default '{}'::jsonb,
            personal_ciphertext bytea,
            created_at timestamptz not null default now(),
            constraint pk_form_response primary key (id),
            constraint fk_form_response_ticket_id_ticket foreign key (ticket_id) references ops.ticket (id),
            constraint fk_form_response_form_definition_id_form_definition foreign key (form_definition_id)
                references ops.form_definition (id),
            constraint fk_form_response_form_link_id_form_link foreign key (form_link_id) references ops.form_link (id)
        )
    """)
    for column, words in (
        ("node_key", "Step in which it was filled in; null = it opened the ticket."),
        ("answers", "Without personal data; of files the ids of attachments."),
        ("personal_ciphertext", "Answers that say who somebody is, encrypted."),
    ):
        op.execute(f"comment on column ops.form_response.{column} is '{words}'")
    op.execute("create index ix_form_response_ticket on ops.form_response (ticket_id, created_at)")
    op.execute("create index ix_form_response_form_definition_id on ops.form_response (form_definition_id)")
    op.execute("create index ix_form_response_form_link_id on ops.form_response (form_link_id)")


def downgrade() -> None:
    """Go back; forms, their links and what was answered are forgotten."""
    op.execute("drop table ops.form_response")
    op.execute("drop table ops.form_link")
    op.execute("drop table ops.form_definition")
    op.execute("drop function ops.keep_published_form()")

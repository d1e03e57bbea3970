"""Delegation, a chained audit log, webhooks.

Why: deeds must be provable, and other systems be told.

Revision: 2026_11_24_open_doors, after 2026_11_24_dispatch_clock_money
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_db.models.base import TransactionId

revision = "2026_11_24_open_doors"
down_revision = "2026_11_24_dispatch_clock_money"
branch_labels = None
depends_on = None

TABLES = ("webhook_message", "webhook_delivery", "webhook_source", "webhook_endpoint", "delegation")

EVENT_HEADER = """
    convert_to(jsonb_build_array({row}.ticket_id, {row}.version, {row}.kind, {row}.node_key, {row}.task_id,
        {row}.actor_kind, {row}.actor_id, {row}.staff_id,
        (extract(epoch from {row}.occurred_at) * 1000000)::bigint)::text, 'UTF8')"""
DEED_HEADER = """
    convert_to(jsonb_build_array({row}.stream, {row}.position, {row}.actor_kind, {row}.actor_id, {row}.deed,
        {row}.object_kind, {row}.object_id, (extract(epoch from {row}.done_at) * 1000000)::bigint)::text, 'UTF8')"""
STREAM = "{row}.actor_kind || ':' || coalesce({row}.actor_id, {row}.object_id)::text"


def upgrade() -> None:
    """Go forward; what happened before gets its chains now."""
    _add_tables()
    _add_chain_columns()
    op.execute("""
        create function ops.salted(salt uuid, content jsonb) returns bytea immutable parallel safe language sql
        return sha256(uuid_send(salt) || convert_to(content::text, 'UTF8'))
    """)
    op.execute("""
        create function ops.next_link(previous bytea, link bytea) returns bytea immutable parallel safe language sql
        return sha256(previous || link)
    """)
    op.execute("create aggregate ops.chained (bytea) (sfunc = ops.next_link, stype = bytea, initcond = '')")
    _chain_what_is_there()
    _chain_what_comes()


def _chain_what_is_there() -> None:
    for table in ("ticket_event", "audit_entry"):
        op.execute(f"alter table ops.{table} disable trigger user")
    op.execute("update ops.ticket_event set payload_salt = gen_random_uuid()")
    op.execute("update ops.ticket_event set payload_hash = ops.salted(payload_salt, payload)")
    op.execute(f"""
        update ops.ticket_event set chain_hash = linked.chain_hash
          from (select id, ops.chained(payload_hash || {EVENT_HEADER.format(row="event")})
                       over (partition by ticket_id order by version) as chain_hash
                  from ops.ticket_event as event) as linked
         where ticket_event.id = linked.id
    """)
    op.execute(f"""
        update ops.audit_entry
           set stream = placed.stream, position = placed.position, detail_salt = gen_random_uuid()
          from (select id, coalesce({STREAM.format(row="entry")}, entry.actor_kind || ':') as stream,
                       row_number() over (partition by coalesce({STREAM.format(row="entry")}, entry.actor_kind || ':')
                                          order by id) as position
                  from ops.audit_entry as entry) as placed
         where audit_entry.id = placed.id
    """)
    op.execute("update ops.audit_entry set detail_hash = ops.salted(detail_salt, detail)")
    op.execute(f"""
        update ops.audit_entry set chain_hash = linked.chain_hash
          from (select id, ops.chained(detail_hash || {DEED_HEADER.format(row="entry")})
                       over (partition by stream order by position) as chain_hash
                  from ops.audit_entry as entry) as linked
         where audit_entry.id = linked.id
    """)
    for table, columns in (
        ("ticket_event", ("payload_salt", "payload_hash", "chain_hash")),
        ("audit_entry", ("stream", "position", "detail_salt", "detail_hash", "chain_hash")),
    ):
        op.execute(f"alter table ops.{table} enable trigger user")
        for column in columns:
            op.alter_column(table, column, nullable=False, schema="ops")
    op.create_unique_constraint(
        op.f("uq_audit_entry_stream_position"), "audit_entry", ["stream", "position"], schema="ops"
    )


def _chain_what_comes() -> None:
    op.execute(f"""
        create function ops.chain_ticket_event() returns trigger language plpgsql as $$
        declare
            previous bytea;
        begin
            select chain_hash into previous from ops.ticket_event
             where ticket_id = new.ticket_id and version < new.version order by version desc limit 1;
            new.payload_salt := coalesce(new.payload_salt, gen_random_uuid());
            new.payload_hash := sha256(uuid_send(new.payload_salt) || convert_to(new.payload::text, 'UTF8'));
            new.chain_hash := sha256(coalesce(previous, '') || new.payload_hash || {EVENT_HEADER.format(row="new")});
            return new;
        end $$
    """)
    op.execute(f"""
        create function ops.chain_audit_entry() returns trigger language plpgsql as $$
        declare
            previous record;
        begin
            new.stream := coalesce({STREAM.format(row="new")}, new.actor_kind || ':');
            -- Whoever comes second waits here, so that a chain never forks.
            perform pg_advisory_xact_lock(hashtextextended('audit ' || new.stream, 0));
            select position, chain_hash into previous from ops.audit_entry
             where stream = new.stream order by position desc limit 1;
            new.position := coalesce(previous.position, 0) + 1;
            new.detail_salt := coalesce(new.detail_salt, gen_random_uuid());
            new.detail_hash := sha256(uuid_send(new.detail_salt) || convert_to(new.detail::text, 'UTF8'));
            new.chain_hash := sha256(
                coalesce(previous.chain_hash, '') || new.detail_hash || {DEED_HEADER.format(row="new")});
            return new;
        end $$
    """)
    # Who loads many events at once links them all in one statement; a wrong link is found by whoever verifies.
    op.execute("""
        create trigger chain before insert on ops.ticket_event for each row
          when (new.chain_hash is null) execute function ops.chain_ticket_event()
    """)
    op.execute("""
        create trigger chain before insert on ops.audit_entry for each row execute function ops.chain_audit_entry()
    """)


def downgrade() -> None:
    """Go back; the chains are lost."""
    for table in ("ticket_event", "audit_entry"):
        op.execute(f"drop function ops.chain_{table} cascade")
    op.execute("drop aggregate ops.chained (bytea)")
    op.execute("drop function ops.next_link")
    op.execute("drop function ops.salted")
    for column in ("payload_salt", "payload_hash", "chain_hash"):
        op.drop_column("ticket_event", column, schema="ops")
    for column in ("stream", "position", "detail_salt", "detail_hash", "chain_hash", "written_xid"):
        op.drop_column("audit_entry", column, schema="ops")
    for table in TABLES:
        op.drop_table(table, schema="ops")


def _add_chain_columns() -> None:
    event = (
        sa.Column("payload_salt", sa.Uuid(), comment="Keeps the hash of a short payload from being guessed."),
        sa.Column("payload_hash", sa.LargeBinary()),
        sa.Column("chain_hash", sa.LargeBinary(), comment="Over the ticket's event before and this one; by trigger."),
    )
    for column in event:
        op.add_column("ticket_event", column, schema="ops")
    entry = (
        sa.Column("stream", sa.Text(), comment="Whose deeds; each has its own chain."),
        sa.Column("position", sa.BigInteger(), comment="Within the stream."),
        sa.Column("detail_salt", sa.Uuid()),
        sa.Column("detail_hash", sa.LargeBinary()),
        sa.Column("chain_hash", sa.LargeBinary(), comment="Over the stream's deed before and this one; by trigger."),
        sa.Column(
            "written_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Read by anchoring.",
        ),
    )
    for deed_column in entry:
        op.add_column("audit_entry", deed_column, schema="ops")
    op.create_index(op.f("ix_audit_entry_written_xid"), "audit_entry", ["written_xid"], unique=False, schema="ops")


def _add_tables() -> None:
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("from_account_id", sa.Uuid(), nullable=False),
        sa.Column("to_account_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True, comment="Ended before its time."),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_delegation_ends_after_it_begins")),
        sa.CheckConstraint(
            "from_account_id <> to_account_id", name=op.f("ck_delegation_nobody_stands_in_for_themselves")
        ),
        sa.ForeignKeyConstraint(["created_by"], ["ops.account.id"], name=op.f("fk_delegation_created_by_account")),
        sa.ForeignKeyConstraint(
            ["from_account_id"], ["ops.account.id"], name=op.f("fk_delegation_from_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["to_account_id"], ["ops.account.id"], name=op.f("fk_delegation_to_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
        schema="ops",
    )
    op.create_index(
        "ix_delegation_from_account", "delegation", ["from_account_id", "ends_at"], unique=False, schema="ops"
    )
    op.create_index("ix_delegation_to_account", "delegation", ["to_account_id", "ends_at"], unique=False, schema="ops")
    op.create_table(
        "webhook_endpoint",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret_ciphertext", sa.LargeBinary(), nullable=False, comment="Key of the signatures, encrypted."),
        sa.Column(
            "event_kinds",
            sa.ARRAY(sa.Text()),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="Kinds of event to tell of; none = all.",
        ),
        sa.Column("project_id", sa.Uuid(), nullable=True, comment="Null = every project."),
        sa.Column(
            "cursor_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Events below it have their deliveries.",
        ),
        sa.Column(
            "failing_since", sa.DateTime(timezone=True), nullable=True, comment="First failure since the last success."
        ),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True, comment="Nothing is sent from here on."),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["created_by"], ["ops.account.id"], name=op.f("fk_webhook_endpoint_created_by_account")
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["ops.project.id"], name=op.f("fk_webhook_endpoint_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_endpoint")),
        schema="ops",
    )
    op.create_table(
        "webhook_source",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Last part of the address it sends to."),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_ciphertext", sa.LargeBinary(), nullable=False, comment="Key of the signatures, encrypted."),
        sa.Column("project_id", sa.Uuid(), nullable=True, comment="Null = every project."),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("key ~ '^[a-z][a-z0-9-]{2,40}$'", name=op.f("ck_webhook_source_key_fits_an_address")),
        sa.ForeignKeyConstraint(["created_by"], ["ops.account.id"], name=op.f("fk_webhook_source_created_by_account")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_webhook_source_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_source")),
        sa.UniqueConstraint("key", name=op.f("uq_webhook_source_key")),
        schema="ops",
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=False), nullable=False, comment="Order of sending."),
        sa.Column("endpoint_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True, comment="Null = a test from the page."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempt_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "leased_until", sa.DateTime(timezone=True), nullable=True, comment="Somebody is sending it until then."
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_status", sa.SmallInteger(), nullable=True, comment="HTTP status of the last answer."),
        sa.Column(
            "last_words", sa.Text(), nullable=True, comment="Beginning of the last answer, or why there was none."
        ),
        sa.CheckConstraint("state in ('waiting', 'delivered', 'dead')", name=op.f("ck_webhook_delivery_state_known")),
        sa.ForeignKeyConstraint(
            ["endpoint_id"], ["ops.webhook_endpoint.id"], name=op.f("fk_webhook_delivery_endpoint_id_webhook_endpoint")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_delivery")),
        sa.UniqueConstraint("endpoint_id", "event_id", name=op.f("uq_webhook_delivery_endpoint_id_event_id")),
        schema="ops",
    )
    op.create_index(
        "ix_webhook_delivery_endpoint",
        "webhook_delivery",
        ["endpoint_id", sa.literal_column("position desc")],
        unique=False,
        schema="ops",
    )
    op.create_index(
        "ix_webhook_delivery_waiting",
        "webhook_delivery",
        ["endpoint_id", "position"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("body_hash", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("ticket_number", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["ops.webhook_source.id"], name=op.f("fk_webhook_message_source_id_webhook_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
        sa.UniqueConstraint("source_id", "message_id", name=op.f("uq_webhook_message_source_id_message_id")),
        schema="ops",
    )

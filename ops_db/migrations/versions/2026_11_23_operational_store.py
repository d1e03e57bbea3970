"""The operational store as it begins.

Why: every later change of the schema is a step from here.

Revision: 2026_11_23_operational_store, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from ops_db.models.base import TransactionId

revision = "2026_11_23_operational_store"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go forward."""
    op.execute("create sequence if not exists ops.ticket_number")
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("deed", sa.Text(), nullable=False, comment="noun:verb, person:reveal for example."),
        sa.Column("object_kind", sa.Text(), nullable=True),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("done_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        schema="ops",
    )
    op.create_index(op.f("ix_audit_entry_done_at"), "audit_entry", ["done_at"], unique=False, schema="ops")
    op.create_table(
        "calendar",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), server_default="Asia/Shanghai", nullable=False),
        sa.Column("holiday_region", sa.Text(), nullable=True, comment="CN for example; null = no public holidays."),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_calendar")),
        schema="ops",
    )
    op.create_index(op.f("ix_calendar_changed_xid"), "calendar", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "contractor",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contractor")),
        sa.UniqueConstraint("code", name=op.f("uq_contractor_code")),
        schema="ops",
    )
    op.create_index(op.f("ix_contractor_changed_xid"), "contractor", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "defect_category",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_defect_category")),
        schema="ops",
    )
    op.create_index(
        op.f("ix_defect_category_changed_xid"), "defect_category", ["changed_xid"], unique=False, schema="ops"
    )
    op.create_table(
        "idempotency_key",
        sa.Column("actor", sa.Text(), nullable=False, comment="Whose key space: account, token or tracking link."),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column(
            "answer", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("status between 200 and 499", name=op.f("ck_idempotency_key_server_errors_are_not_kept")),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_key")),
        schema="ops",
    )
    op.create_index(
        op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"], unique=False, schema="ops"
    )
    op.create_table(
        "material_batch",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="Batch number as the ERP knows it."),
        sa.Column("material_code", sa.Text(), nullable=False),
        sa.Column("material_name", sa.Text(), nullable=False),
        sa.Column("supplier_name", sa.Text(), nullable=True),
        sa.Column("received_date", sa.Date(), nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_batch")),
        sa.UniqueConstraint("code", name=op.f("uq_material_batch_code")),
        schema="ops",
    )
    op.create_index(
        op.f("ix_material_batch_changed_xid"), "material_batch", ["changed_xid"], unique=False, schema="ops"
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("phone_ciphertext", sa.LargeBinary(), nullable=True),
        sa.Column("phone_index", sa.LargeBinary(), nullable=True, comment="Blind index of the number."),
        sa.Column("crm_key", sa.Text(), nullable=True, comment="Customer number in the CRM."),
        sa.Column("language", sa.Text(), server_default="zh-CN", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("crm_key", name=op.f("uq_person_crm_key")),
        schema="ops",
    )
    op.create_index(op.f("ix_person_phone_index"), "person", ["phone_index"], unique=False, schema="ops")
    op.create_table(
        "process_definition",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "state = 'draft' or published_at is not null", name=op.f("ck_process_definition_published_ones_say_when")
        ),
        sa.CheckConstraint(
            "state in ('draft', 'published', 'retired')", name=op.f("ck_process_definition_state_known")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_process_definition_version_counts_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_process_definition")),
        sa.UniqueConstraint("key", "version", name=op.f("uq_process_definition_key_version")),
        schema="ops",
    )
    op.create_index(
        op.f("ix_process_definition_changed_xid"), "process_definition", ["changed_xid"], unique=False, schema="ops"
    )
    op.create_table(
        "role",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_role")),
        schema="ops",
    )
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
        schema="ops",
    )
    op.create_index(op.f("ix_sign_in_failure_login"), "sign_in_failure", ["login"], unique=False, schema="ops")
    op.create_table(
        "tombstone",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("row_key", sa.Text(), nullable=False),
        sa.Column("changed_xid", TransactionId(), server_default=sa.text("pg_current_xact_id()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
        schema="ops",
    )
    op.create_index(op.f("ix_tombstone_changed_xid"), "tombstone", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "calendar_override",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("calendar_code", sa.Text(), nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("is_working", sa.Boolean(), nullable=False),
        sa.Column(
            "like_weekday", sa.SmallInteger(), nullable=True, comment="Whose shifts a make-up day has; null = Monday's."
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["ops.calendar.code"], name=op.f("fk_calendar_override_calendar_code_calendar")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_override")),
        sa.UniqueConstraint("calendar_code", "on_date", name=op.f("uq_calendar_override_calendar_code_on_date")),
        schema="ops",
    )
    op.create_index(
        op.f("ix_calendar_override_changed_xid"), "calendar_override", ["changed_xid"], unique=False, schema="ops"
    )
    op.create_table(
        "calendar_shift",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("calendar_code", sa.Text(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=False, comment="1 = Monday, as ISO counts."),
        sa.Column("start_minute", sa.SmallInteger(), nullable=False),
        sa.Column("end_minute", sa.SmallInteger(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440",
            name=op.f("ck_calendar_shift_within_the_day"),
        ),
        sa.CheckConstraint("weekday between 1 and 7", name=op.f("ck_calendar_shift_weekday_is_iso")),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["ops.calendar.code"], name=op.f("fk_calendar_shift_calendar_code_calendar")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_shift")),
        sa.UniqueConstraint(
            "calendar_code",
            "weekday",
            "start_minute",
            name=op.f("uq_calendar_shift_calendar_code_weekday_start_minute"),
        ),
        schema="ops",
    )
    op.create_index(
        op.f("ix_calendar_shift_changed_xid"), "calendar_shift", ["changed_xid"], unique=False, schema="ops"
    )
    op.create_table(
        "component",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.Column(
            "is_public",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Belongs to a building, not a home.",
        ),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "trade in ('waterproofing', 'plumbing', 'electrical', 'masonry', 'carpentry', 'finishing', 'equipment', 'lift')",
            name=op.f("ck_component_trade_known"),
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["ops.defect_category.code"], name=op.f("fk_component_category_code_defect_category")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_component")),
        sa.UniqueConstraint("category_code", "code", name=op.f("uq_component_category_code_code")),
        schema="ops",
    )
    op.create_index(op.f("ix_component_changed_xid"), "component", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "crew",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contractor_id", sa.Uuid(), nullable=True, comment="Null = our own."),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["ops.contractor.id"], name=op.f("fk_crew_contractor_id_contractor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crew")),
        sa.UniqueConstraint("code", name=op.f("uq_crew_code")),
        schema="ops",
    )
    op.create_index(op.f("ix_crew_changed_xid"), "crew", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "project",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="Short stable code, first part of every home's code."),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("city", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=True),
        sa.Column("developer_name", sa.Text(), nullable=True),
        sa.Column("property_company_name", sa.Text(), nullable=True),
        sa.Column(
            "timezone",
            sa.Text(),
            server_default="Asia/Shanghai",
            nullable=False,
            comment="IANA zone of its working days.",
        ),
        sa.Column("calendar_code", sa.Text(), server_default="default", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.ForeignKeyConstraint(
            ["calendar_code"], ["ops.calendar.code"], name=op.f("fk_project_calendar_code_calendar")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_project")),
        sa.UniqueConstraint("code", name=op.f("uq_project_code")),
        schema="ops",
    )
    op.create_index(op.f("ix_project_changed_xid"), "project", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "role_permission",
        sa.Column("role_code", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "permission in ('ticket:read', 'ticket:create', 'ticket:act', 'ticket:dispatch', 'ticket:message', 'ticket:rate', 'call:log', 'estate:read', 'person:read', 'person:reveal', 'cost:read', 'cost:write', 'cockpit:executive', 'cockpit:quality', 'account:manage')",
            name=op.f("ck_role_permission_permission_known"),
        ),
        sa.ForeignKeyConstraint(["role_code"], ["ops.role.code"], name=op.f("fk_role_permission_role_code_role")),
        sa.PrimaryKeyConstraint("role_code", "permission", name=op.f("pk_role_permission")),
        schema="ops",
    )
    op.create_table(
        "sla_policy",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("target_minutes", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "severity in ('emergency', 'urgent', 'normal', 'low')", name=op.f("ck_sla_policy_severity_known")
        ),
        sa.CheckConstraint("target in ('acknowledge', 'arrive', 'resolve')", name=op.f("ck_sla_policy_target_known")),
        sa.CheckConstraint("target_minutes > 0", name=op.f("ck_sla_policy_target_is_positive")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["ops.defect_category.code"], name=op.f("fk_sla_policy_category_code_defect_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policy")),
        sa.UniqueConstraint(
            "severity",
            "category_code",
            "target",
            name=op.f("uq_sla_policy_severity_category_code_target"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ops",
    )
    op.create_index(op.f("ix_sla_policy_changed_xid"), "sla_policy", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "building",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("floor_count", sa.SmallInteger(), nullable=True),
        sa.Column(
            "completion_acceptance_date", sa.Date(), nullable=True, comment="Start of the contractors' warranty."
        ),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint("floor_count is null or floor_count > 0", name=op.f("ck_building_floors_are_positive")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_building_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_building_project_id_code")),
        sa.UniqueConstraint("project_id", "id", name=op.f("uq_building_project_id_id")),
        schema="ops",
    )
    op.create_index(op.f("ix_building_changed_xid"), "building", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "crew_project",
        sa.Column("crew_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["crew_id"], ["ops.crew.id"], name=op.f("fk_crew_project_crew_id_crew")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_crew_project_project_id_project")),
        sa.PrimaryKeyConstraint("crew_id", "project_id", name=op.f("pk_crew_project")),
        schema="ops",
    )
    op.create_index(op.f("ix_crew_project_project_id"), "crew_project", ["project_id"], unique=False, schema="ops")
    op.create_table(
        "defect",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("name_zh", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("default_severity", sa.Text(), server_default="normal", nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "default_severity in ('emergency', 'urgent', 'normal', 'low')",
            name=op.f("ck_defect_default_severity_known"),
        ),
        sa.ForeignKeyConstraint(
            ["component_code"], ["ops.component.code"], name=op.f("fk_defect_component_code_component")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_defect")),
        sa.UniqueConstraint("component_code", "code", name=op.f("uq_defect_component_code_code")),
        schema="ops",
    )
    op.create_index(op.f("ix_defect_changed_xid"), "defect", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("staff_number", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="Shown to the owner whose repair it is."),
        sa.Column(
            "work_phone", sa.Text(), nullable=True, comment="A company number, shown to the owner of the repair."
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "kind in ('agent', 'technician', 'supervisor', 'area_lead', 'manager')", name=op.f("ck_staff_kind_known")
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["ops.crew.id"], name=op.f("fk_staff_crew_id_crew")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("staff_number", name=op.f("uq_staff_staff_number")),
        schema="ops",
    )
    op.create_index(op.f("ix_staff_changed_xid"), "staff", ["changed_xid"], unique=False, schema="ops")
    op.create_index(op.f("ix_staff_crew_id"), "staff", ["crew_id"], unique=False, schema="ops")
    op.create_table(
        "unit_type",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False, comment="As the sales plan names it, B2 for example."),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_m2", sa.Numeric(precision=7, scale=2), nullable=False),
        sa.Column("bedroom_count", sa.SmallInteger(), nullable=False),
        sa.Column("bathroom_count", sa.SmallInteger(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_unit_type_area_is_positive")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_unit_type_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit_type")),
        sa.UniqueConstraint("project_id", "code", name=op.f("uq_unit_type_project_id_code")),
        sa.UniqueConstraint("project_id", "id", name=op.f("uq_unit_type_project_id_id")),
        schema="ops",
    )
    op.create_index(op.f("ix_unit_type_changed_xid"), "unit_type", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True, comment="Argon2; null = cannot sign in by password."),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="zh-CN", nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["ops.staff.id"], name=op.f("fk_account_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
        sa.UniqueConstraint("staff_id", name=op.f("uq_account_staff_id")),
        schema="ops",
    )
    op.create_table(
        "installed_component",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("contractor_id", sa.Uuid(), nullable=False),
        sa.Column("material_batch_id", sa.Uuid(), nullable=True),
        sa.Column("installed_date", sa.Date(), nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.ForeignKeyConstraint(
            ["component_code"], ["ops.component.code"], name=op.f("fk_installed_component_component_code_component")
        ),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["ops.contractor.id"], name=op.f("fk_installed_component_contractor_id_contractor")
        ),
        sa.ForeignKeyConstraint(
            ["material_batch_id"],
            ["ops.material_batch.id"],
            name=op.f("fk_installed_component_material_batch_id_material_batch"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "building_id"],
            ["ops.building.project_id", "ops.building.id"],
            name=op.f("fk_installed_component_project_id_building_id_building"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id"], ["ops.project.id"], name=op.f("fk_installed_component_project_id_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installed_component")),
        sa.UniqueConstraint(
            "building_id", "component_code", name=op.f("uq_installed_component_building_id_component_code")
        ),
        schema="ops",
    )
    op.create_index(
        op.f("ix_installed_component_changed_xid"), "installed_component", ["changed_xid"], unique=False, schema="ops"
    )
    op.create_index(
        op.f("ix_installed_component_contractor_id"),
        "installed_component",
        ["contractor_id"],
        unique=False,
        schema="ops",
    )
    op.create_index(
        op.f("ix_installed_component_material_batch_id"),
        "installed_component",
        ["material_batch_id"],
        unique=False,
        schema="ops",
    )
    op.create_table(
        "space",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("unit_type_id", sa.Uuid(), nullable=True),
        sa.Column("building_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False, comment="bathroom-2 for example."),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "kind in ('living_room', 'bedroom', 'kitchen', 'bathroom', 'balcony', 'entrance', 'lobby', 'staircase', 'lift_shaft', 'roof', 'facade', 'basement', 'outdoor')",
            name=op.f("ck_space_kind_known"),
        ),
        sa.CheckConstraint("num_nonnulls(unit_type_id, building_id) = 1", name=op.f("ck_space_belongs_to_one_place")),
        sa.ForeignKeyConstraint(["building_id"], ["ops.building.id"], name=op.f("fk_space_building_id_building")),
        sa.ForeignKeyConstraint(["unit_type_id"], ["ops.unit_type.id"], name=op.f("fk_space_unit_type_id_unit_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_space")),
        sa.UniqueConstraint(
            "unit_type_id",
            "building_id",
            "code",
            name=op.f("uq_space_unit_type_id_building_id_code"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ops",
    )
    op.create_index(op.f("ix_space_changed_xid"), "space", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "technician_skill",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "trade in ('waterproofing', 'plumbing', 'electrical', 'masonry', 'carpentry', 'finishing', 'equipment', 'lift')",
            name=op.f("ck_technician_skill_trade_known"),
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["ops.staff.id"], name=op.f("fk_technician_skill_staff_id_staff")),
        sa.PrimaryKeyConstraint("staff_id", "trade", name=op.f("pk_technician_skill")),
        schema="ops",
    )
    op.create_table(
        "unit",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("unit_type_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.Text(), nullable=False, comment="Canonical spelling, PROJECT-BUILDING-ROOM."),
        sa.Column("room_number", sa.Text(), nullable=False),
        sa.Column("floor", sa.SmallInteger(), nullable=True),
        sa.Column(
            "handover_date", sa.Date(), nullable=True, comment="Start of the owner's warranty; null = not handed over."
        ),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "building_id"],
            ["ops.building.project_id", "ops.building.id"],
            name=op.f("fk_unit_project_id_building_id_building"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "unit_type_id"],
            ["ops.unit_type.project_id", "ops.unit_type.id"],
            name=op.f("fk_unit_project_id_unit_type_id_unit_type"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_unit_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("building_id", "id", name=op.f("uq_unit_building_id_id")),
        sa.UniqueConstraint("building_id", "room_number", name=op.f("uq_unit_building_id_room_number")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
        schema="ops",
    )
    op.create_index(op.f("ix_unit_changed_xid"), "unit", ["changed_xid"], unique=False, schema="ops")
    op.create_index(
        "ix_unit_code_pattern",
        "unit",
        ["code"],
        unique=False,
        schema="ops",
        postgresql_ops={"code": "text_pattern_ops"},
    )
    op.create_index(op.f("ix_unit_unit_type_id"), "unit", ["unit_type_id"], unique=False, schema="ops")
    op.create_table(
        "account_role",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role_code", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True, comment="Null = every project."),
        sa.ForeignKeyConstraint(["account_id"], ["ops.account.id"], name=op.f("fk_account_role_account_id_account")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_account_role_project_id_project")),
        sa.ForeignKeyConstraint(["role_code"], ["ops.role.code"], name=op.f("fk_account_role_role_code_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_role")),
        sa.UniqueConstraint(
            "account_id",
            "role_code",
            "project_id",
            name=op.f("uq_account_role_account_id_role_code_project_id"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ops",
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["ops.account.id"], name=op.f("fk_api_token_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
        schema="ops",
    )
    op.create_index(op.f("ix_api_token_account_id"), "api_token", ["account_id"], unique=False, schema="ops")
    op.create_table(
        "asset",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("component_code", sa.Text(), nullable=False),
        sa.Column("serial_number", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.ForeignKeyConstraint(
            ["building_id", "unit_id"],
            ["ops.unit.building_id", "ops.unit.id"],
            name=op.f("fk_asset_building_id_unit_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["component_code"], ["ops.component.code"], name=op.f("fk_asset_component_code_component")
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "building_id"],
            ["ops.building.project_id", "ops.building.id"],
            name=op.f("fk_asset_project_id_building_id_building"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_asset_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_asset")),
        sa.UniqueConstraint("serial_number", name=op.f("uq_asset_serial_number")),
        schema="ops",
    )
    op.create_index(op.f("ix_asset_changed_xid"), "asset", ["changed_xid"], unique=False, schema="ops")
    op.create_index(op.f("ix_asset_unit_id"), "asset", ["unit_id"], unique=False, schema="ops")
    op.create_table(
        "household_member",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since_date", sa.Date(), nullable=False),
        sa.Column("until_date", sa.Date(), nullable=True),
        sa.CheckConstraint("role in ('owner', 'family', 'tenant')", name=op.f("ck_household_member_role_known")),
        sa.CheckConstraint(
            "until_date is null or until_date >= since_date", name=op.f("ck_household_member_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["ops.person.id"], name=op.f("fk_household_member_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["ops.unit.id"], name=op.f("fk_household_member_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
        sa.UniqueConstraint("unit_id", "person_id", name=op.f("uq_household_member_unit_id_person_id")),
        schema="ops",
    )
    op.create_index(
        op.f("ix_household_member_person_id"), "household_member", ["person_id"], unique=False, schema="ops"
    )
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["ops.account.id"], name=op.f("fk_session_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
        schema="ops",
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False, schema="ops")
    op.create_table(
        "ticket",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column(
            "number",
            sa.Text(),
            server_default=sa.text("'T' || lpad(nextval('ops.ticket_number')::text, 8, '0')"),
            nullable=False,
            comment="For people; grants nothing.",
        ),
        sa.Column("project_id", sa.Uuid(), nullable=False),
        sa.Column("building_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True, comment="Null = a shared part of the building or the grounds."),
        sa.Column("space_id", sa.Uuid(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("component_code", sa.Text(), nullable=True),
        sa.Column("defect_code", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), server_default="normal", nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), server_default="", nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("process_definition_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "node_key",
            sa.Text(),
            nullable=True,
            comment="Where its process stands, for the queue; tasks say it exactly.",
        ),
        sa.Column("owner_status", sa.Text(), nullable=False),
        sa.Column("pause_reason", sa.Text(), nullable=True, comment="Null = the clock runs."),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("resolve_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at_precision", sa.Text(), server_default="second", nullable=False),
        sa.Column(
            "tracking_token_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the owner's link token; the token itself is kept nowhere.",
        ),
        sa.Column("source_system", sa.Text(), nullable=True, comment="Name of the older system this came from."),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "(state = 'open') = (closed_at is null) or source_system is not null",
            name=op.f("ck_ticket_ended_says_when"),
        ),
        sa.CheckConstraint(
            "channel in ('phone', 'portal', 'qr', 'wechat', 'desk', 'inspection', 'sensor', 'import')",
            name=op.f("ck_ticket_channel_known"),
        ),
        sa.CheckConstraint(
            "closed_at is null or closed_at >= reported_at or closed_at_precision = 'day'",
            name=op.f("ck_ticket_ends_after_it_begins"),
        ),
        sa.CheckConstraint(
            "closed_at_precision in ('second', 'day')", name=op.f("ck_ticket_closed_at_precision_known")
        ),
        sa.CheckConstraint(
            "owner_status in ('received', 'accepted', 'dispatched', 'on_the_way', 'in_repair', 'to_rate', 'follow_up', 'finished', 'paused', 'rejected', 'cancelled')",
            name=op.f("ck_ticket_owner_status_known"),
        ),
        sa.CheckConstraint(
            "pause_reason in ('waiting_owner', 'waiting_material', 'waiting_contractor', 'weather')",
            name=op.f("ck_ticket_pause_reason_known"),
        ),
        sa.CheckConstraint(
            "severity in ('emergency', 'urgent', 'normal', 'low')", name=op.f("ck_ticket_severity_known")
        ),
        sa.CheckConstraint("state in ('open', 'closed', 'rejected', 'cancelled')", name=op.f("ck_ticket_state_known")),
        sa.CheckConstraint(
            "(source_system is null) = (source_key is null)", name=op.f("ck_ticket_imported_ones_say_from_where")
        ),
        sa.CheckConstraint(
            "unit_id is null or building_id is not null", name=op.f("ck_ticket_a_home_is_in_a_building")
        ),
        sa.CheckConstraint("version > 0", name=op.f("ck_ticket_version_counts_from_one")),
        sa.ForeignKeyConstraint(
            ["building_id", "unit_id"],
            ["ops.unit.building_id", "ops.unit.id"],
            name=op.f("fk_ticket_building_id_unit_id_unit"),
        ),
        sa.ForeignKeyConstraint(
            ["category_code", "component_code"],
            ["ops.component.category_code", "ops.component.code"],
            name=op.f("fk_ticket_category_code_component_code_component"),
        ),
        sa.ForeignKeyConstraint(
            ["category_code"], ["ops.defect_category.code"], name=op.f("fk_ticket_category_code_defect_category")
        ),
        sa.ForeignKeyConstraint(
            ["component_code", "defect_code"],
            ["ops.defect.component_code", "ops.defect.code"],
            name=op.f("fk_ticket_component_code_defect_code_defect"),
        ),
        sa.ForeignKeyConstraint(
            ["process_definition_id"],
            ["ops.process_definition.id"],
            name=op.f("fk_ticket_process_definition_id_process_definition"),
        ),
        sa.ForeignKeyConstraint(
            ["project_id", "building_id"],
            ["ops.building.project_id", "ops.building.id"],
            name=op.f("fk_ticket_project_id_building_id_building"),
        ),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_ticket_project_id_project")),
        sa.ForeignKeyConstraint(["reporter_id"], ["ops.person.id"], name=op.f("fk_ticket_reporter_id_person")),
        sa.ForeignKeyConstraint(["space_id"], ["ops.space.id"], name=op.f("fk_ticket_space_id_space")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
        sa.UniqueConstraint("source_system", "source_key", name=op.f("uq_ticket_source_system_source_key")),
        sa.UniqueConstraint("tracking_token_hash", name=op.f("uq_ticket_tracking_token_hash")),
        schema="ops",
    )
    op.create_index(op.f("ix_ticket_building_id"), "ticket", ["building_id"], unique=False, schema="ops")
    op.create_index(op.f("ix_ticket_changed_xid"), "ticket", ["changed_xid"], unique=False, schema="ops")
    op.create_index(
        "ix_ticket_queue",
        "ticket",
        ["project_id", "state", sa.literal_column("reported_at desc"), sa.literal_column("id desc")],
        unique=False,
        schema="ops",
    )
    op.create_index(
        "ix_ticket_reported",
        "ticket",
        [sa.literal_column("reported_at desc"), sa.literal_column("id desc")],
        unique=False,
        schema="ops",
    )
    op.create_index("ix_ticket_reporter", "ticket", ["reporter_id"], unique=False, schema="ops")
    op.create_index(
        "ix_ticket_unit", "ticket", ["unit_id", sa.literal_column("reported_at desc")], unique=False, schema="ops"
    )
    op.create_table(
        "call",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("direction", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("agent_id", sa.Uuid(), nullable=True),
        sa.Column("exchange_key", sa.Text(), nullable=True, comment="The exchange's id of the same call."),
        sa.Column("caller_index", sa.LargeBinary(), nullable=True, comment="Blind index of the number."),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "is_resolved", sa.Boolean(), nullable=True, comment="Answered without a visit; null = not known yet."
        ),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint("direction in ('inbound', 'outbound')", name=op.f("ck_call_direction_known")),
        sa.CheckConstraint("ended_at is null or ended_at >= started_at", name=op.f("ck_call_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["agent_id"], ["ops.staff.id"], name=op.f("fk_call_agent_id_staff")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_call_project_id_project")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_call_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["unit_id"], ["ops.unit.id"], name=op.f("fk_call_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call")),
        sa.UniqueConstraint("exchange_key", name=op.f("uq_call_exchange_key")),
        schema="ops",
    )
    op.create_index(op.f("ix_call_caller_index"), "call", ["caller_index"], unique=False, schema="ops")
    op.create_index(op.f("ix_call_changed_xid"), "call", ["changed_xid"], unique=False, schema="ops")
    op.create_index("ix_call_ticket", "call", ["ticket_id"], unique=False, schema="ops")
    op.create_table(
        "cost_entry",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=True),
        sa.Column("material_code", sa.Text(), nullable=True),
        sa.Column("material_batch_id", sa.Uuid(), nullable=True),
        sa.Column("payer", sa.Text(), server_default="developer", nullable=False),
        sa.Column("contractor_id", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("incurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "kind in ('labour', 'material', 'subcontract', 'compensation')", name=op.f("ck_cost_entry_kind_known")
        ),
        sa.CheckConstraint(
            "payer <> 'contractor' or contractor_id is not null", name=op.f("ck_cost_entry_contractor_is_named")
        ),
        sa.CheckConstraint("payer in ('developer', 'contractor', 'owner')", name=op.f("ck_cost_entry_payer_known")),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_cost_entry_amount_is_not_zero")),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["ops.contractor.id"], name=op.f("fk_cost_entry_contractor_id_contractor")
        ),
        sa.ForeignKeyConstraint(
            ["material_batch_id"],
            ["ops.material_batch.id"],
            name=op.f("fk_cost_entry_material_batch_id_material_batch"),
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_cost_entry_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_entry")),
        schema="ops",
    )
    op.create_index(op.f("ix_cost_entry_changed_xid"), "cost_entry", ["changed_xid"], unique=False, schema="ops")
    op.create_index("ix_cost_entry_ticket", "cost_entry", ["ticket_id"], unique=False, schema="ops")
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("author_kind", sa.Text(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "is_internal",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="Hidden from the owner.",
        ),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "author_kind in ('account', 'owner', 'token', 'system')", name=op.f("ck_message_author_kind_known")
        ),
        sa.CheckConstraint("length(body) between 1 and 4000", name=op.f("ck_message_body_has_content")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_message_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        schema="ops",
    )
    op.create_index(op.f("ix_message_changed_xid"), "message", ["changed_xid"], unique=False, schema="ops")
    op.create_index("ix_message_ticket", "message", ["ticket_id", "sent_at"], unique=False, schema="ops")
    op.create_table(
        "rating",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("process_score", sa.SmallInteger(), nullable=True),
        sa.Column("timeliness_score", sa.SmallInteger(), nullable=True),
        sa.Column("attitude_score", sa.SmallInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint("attitude_score between 1 and 5", name=op.f("ck_rating_attitude_score_is_1_to_5")),
        sa.CheckConstraint(
            "num_nonnulls(rated_at, process_score, timeliness_score, attitude_score) in (0, 4)",
            name=op.f("ck_rating_all_scores_or_none"),
        ),
        sa.CheckConstraint("process_score between 1 and 5", name=op.f("ck_rating_process_score_is_1_to_5")),
        sa.CheckConstraint("timeliness_score between 1 and 5", name=op.f("ck_rating_timeliness_score_is_1_to_5")),
        sa.ForeignKeyConstraint(["technician_id"], ["ops.staff.id"], name=op.f("fk_rating_technician_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_rating_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        schema="ops",
    )
    op.create_index(op.f("ix_rating_changed_xid"), "rating", ["changed_xid"], unique=False, schema="ops")
    op.create_index("ix_rating_ticket", "rating", ["ticket_id"], unique=False, schema="ops")
    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("node_key", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("assignee_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at is null)", name=op.f("ck_task_ended_says_when")),
        sa.CheckConstraint(
            "role in ('desk', 'supervisor', 'technician', 'quality', 'finance', 'executive', 'administrator', 'owner', 'system')",
            name=op.f("ck_task_role_known"),
        ),
        sa.CheckConstraint("state in ('open', 'done', 'cancelled')", name=op.f("ck_task_state_known")),
        sa.ForeignKeyConstraint(["assignee_id"], ["ops.staff.id"], name=op.f("fk_task_assignee_id_staff")),
        sa.ForeignKeyConstraint(["crew_id"], ["ops.crew.id"], name=op.f("fk_task_crew_id_crew")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_task_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        schema="ops",
    )
    op.create_index(op.f("ix_task_changed_xid"), "task", ["changed_xid"], unique=False, schema="ops")
    op.create_index(
        "ix_task_open_assignee",
        "task",
        ["assignee_id", "opened_at"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_task_open_crew",
        "task",
        ["crew_id", "opened_at"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_task_open_role",
        "task",
        ["role", "opened_at"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_task_ticket", "task", ["ticket_id"], unique=False, schema="ops")
    op.create_table(
        "ticket_event",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="The ticket's version that this event produced."),
        sa.Column("kind", sa.Text(), nullable=False, comment="noun:verb, ticket:create or task:complete for example."),
        sa.Column("node_key", sa.Text(), nullable=True),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True, comment="Account, person or token, as the kind says."),
        sa.Column(
            "staff_id", sa.Uuid(), nullable=True, comment="Member of staff the event is about (assigned, on the way)."
        ),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "payload", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "actor_kind in ('account', 'owner', 'token', 'system')", name=op.f("ck_ticket_event_actor_kind_known")
        ),
        sa.CheckConstraint("kind ~ '^[a-z_]+:[a-z_]+$'", name=op.f("ck_ticket_event_kind_is_noun_verb")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_ticket_event_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
        sa.UniqueConstraint("ticket_id", "version", name=op.f("uq_ticket_event_ticket_id_version")),
        schema="ops",
    )
    op.create_index(op.f("ix_ticket_event_changed_xid"), "ticket_event", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("message_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("uploader_kind", sa.Text(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "purpose in ('report', 'before', 'after', 'signature', 'other')", name=op.f("ck_attachment_purpose_known")
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_attachment_sha256_is_a_hash")),
        sa.CheckConstraint(
            "uploader_kind in ('account', 'owner', 'token', 'system')", name=op.f("ck_attachment_uploader_kind_known")
        ),
        sa.CheckConstraint("byte_count > 0", name=op.f("ck_attachment_file_is_not_empty")),
        sa.ForeignKeyConstraint(["message_id"], ["ops.message.id"], name=op.f("fk_attachment_message_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_attachment_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("ticket_id", "sha256", name=op.f("uq_attachment_ticket_id_sha256")),
        schema="ops",
    )
    op.create_index(op.f("ix_attachment_changed_xid"), "attachment", ["changed_xid"], unique=False, schema="ops")
    op.create_table(
        "visit",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("task_id", sa.Uuid(), nullable=True),
        sa.Column("technician_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("promised_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("promised_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column(
            "changed_xid",
            TransactionId(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
            comment="Transaction that last wrote this row; kept by trigger, read by extraction.",
        ),
        sa.CheckConstraint(
            "outcome in ('surveyed', 'fixed', 'not_fixed', 'no_access')", name=op.f("ck_visit_outcome_known")
        ),
        sa.CheckConstraint("purpose in ('survey', 'repair')", name=op.f("ck_visit_purpose_known")),
        sa.CheckConstraint(
            "arrived_at is null or departed_at is null or arrived_at >= departed_at",
            name=op.f("ck_visit_arrives_after_it_departs"),
        ),
        sa.CheckConstraint(
            "left_at is null or arrived_at is not null and left_at >= arrived_at",
            name=op.f("ck_visit_leaves_after_it_arrives"),
        ),
        sa.CheckConstraint(
            "promised_from is null or promised_to > promised_from", name=op.f("ck_visit_promised_window_has_length")
        ),
        sa.ForeignKeyConstraint(["task_id"], ["ops.task.id"], name=op.f("fk_visit_task_id_task")),
        sa.ForeignKeyConstraint(["technician_id"], ["ops.staff.id"], name=op.f("fk_visit_technician_id_staff")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_visit_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        schema="ops",
    )
    op.create_index(op.f("ix_visit_changed_xid"), "visit", ["changed_xid"], unique=False, schema="ops")
    op.create_index("ix_visit_technician", "visit", ["technician_id"], unique=False, schema="ops")
    op.create_index("ix_visit_ticket", "visit", ["ticket_id"], unique=False, schema="ops")


def downgrade() -> None:
    """Go back to nothing: there was no schema before this one."""
    op.execute("drop schema ops cascade")
    op.execute("create schema ops")

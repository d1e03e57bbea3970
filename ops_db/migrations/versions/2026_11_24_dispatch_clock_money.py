"""Dispatch rules, shifts, warranty terms, material and settlement; versions of calendars and promises.

Why: rules of dispatch, clock and money are data that managers change, and what held at an event keeps holding for it.

Revision: 2026_11_24_dispatch_clock_money, after 2026_11_24_forms
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2026_11_24_dispatch_clock_money"
down_revision = "2026_11_24_forms"
branch_labels = None
depends_on = None

APPEND_ONLY = ("material_movement", "cost_settlement")


def upgrade() -> None:
    """Go forward."""
    op.create_table(
        "holiday_year",
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("year", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("is_provisional", sa.Boolean(), nullable=False),
        sa.Column("day_hash", sa.Text(), nullable=False, comment="SHA-256 of its holidays and make-up days."),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", "year", name=op.f("pk_holiday_year")),
        schema="ops",
    )
    op.create_table(
        "appointment_slot",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("weekday", sa.SmallInteger(), nullable=False),
        sa.Column("start_minute", sa.SmallInteger(), nullable=False),
        sa.Column("end_minute", sa.SmallInteger(), nullable=False),
        sa.Column("capacity", sa.SmallInteger(), nullable=False),
        sa.CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440",
            name=op.f("ck_appointment_slot_within_the_day"),
        ),
        sa.CheckConstraint("capacity between 1 and 99", name=op.f("ck_appointment_slot_capacity_is_sensible")),
        sa.CheckConstraint("weekday between 1 and 7", name=op.f("ck_appointment_slot_weekday_is_iso")),
        sa.ForeignKeyConstraint(["crew_id"], ["ops.crew.id"], name=op.f("fk_appointment_slot_crew_id_crew")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appointment_slot")),
        sa.UniqueConstraint(
            "crew_id",
            "weekday",
            "start_minute",
            name=op.f("uq_appointment_slot_crew_id_weekday_start_minute"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ops",
    )
    op.create_table(
        "dispatch_rule",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("component_code", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("is_public_area", sa.Boolean(), nullable=True),
        sa.Column("is_in_owner_warranty", sa.Boolean(), nullable=True),
        sa.Column("is_in_contractor_warranty", sa.Boolean(), nullable=True),
        sa.Column("crew_source", sa.Text(), nullable=False),
        sa.Column("crew_id", sa.Uuid(), nullable=True),
        sa.Column("mode", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(crew_source = 'named') = (crew_id is not null)", name=op.f("ck_dispatch_rule_named_crew_is_named")
        ),
        sa.CheckConstraint(
            "crew_source in ('any', 'named', 'builder')", name=op.f("ck_dispatch_rule_crew_source_known")
        ),
        sa.CheckConstraint("mode in ('assign', 'suggest', 'grab')", name=op.f("ck_dispatch_rule_mode_known")),
        sa.CheckConstraint(
            "severity in ('emergency', 'urgent', 'normal', 'low')", name=op.f("ck_dispatch_rule_severity_known")
        ),
        sa.ForeignKeyConstraint(["area_id"], ["ops.area.id"], name=op.f("fk_dispatch_rule_area_id_area")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["ops.defect_category.code"], name=op.f("fk_dispatch_rule_category_code_defect_category")
        ),
        sa.ForeignKeyConstraint(
            ["component_code"], ["ops.component.code"], name=op.f("fk_dispatch_rule_component_code_component")
        ),
        sa.ForeignKeyConstraint(["crew_id"], ["ops.crew.id"], name=op.f("fk_dispatch_rule_crew_id_crew")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_dispatch_rule_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispatch_rule")),
        sa.UniqueConstraint("position", deferrable=True, initially="DEFERRED", name=op.f("uq_dispatch_rule_position")),
        schema="ops",
    )
    op.create_table(
        "material_stock",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("warehouse_code", sa.Text(), nullable=False),
        sa.Column("project_id", sa.Uuid(), nullable=True, comment="Null = for all."),
        sa.Column("material_code", sa.Text(), nullable=False),
        sa.Column("material_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("on_hand", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=12, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("unit_price_fen", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("counted_on", sa.Date(), nullable=False, comment="Day of the ERP's count."),
        sa.CheckConstraint("on_hand >= 0", name=op.f("ck_material_stock_on_hand_is_not_negative")),
        sa.CheckConstraint("reserved >= 0", name=op.f("ck_material_stock_reserved_is_not_negative")),
        sa.CheckConstraint("unit_price_fen >= 0", name=op.f("ck_material_stock_price_is_not_negative")),
        sa.ForeignKeyConstraint(["project_id"], ["ops.project.id"], name=op.f("fk_material_stock_project_id_project")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_stock")),
        sa.UniqueConstraint(
            "warehouse_code", "material_code", name=op.f("uq_material_stock_warehouse_code_material_code")
        ),
        schema="ops",
    )
    op.create_index(op.f("ix_material_stock_project_id"), "material_stock", ["project_id"], unique=False, schema="ops")
    op.create_table(
        "staff_leave",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "reason in ('vacation', 'illness', 'training', 'other')", name=op.f("ck_staff_leave_reason_known")
        ),
        sa.CheckConstraint("to_date >= from_date", name=op.f("ck_staff_leave_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["staff_id"], ["ops.staff.id"], name=op.f("fk_staff_leave_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_leave")),
        schema="ops",
    )
    op.create_index("ix_staff_leave_staff", "staff_leave", ["staff_id", "to_date"], unique=False, schema="ops")
    op.create_table(
        "staff_shift",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.SmallInteger(), nullable=True, comment="1 = Monday; null = on one date."),
        sa.Column("on_date", sa.Date(), nullable=True),
        sa.Column("start_minute", sa.SmallInteger(), nullable=True, comment="Local; null = does not work that date."),
        sa.Column("end_minute", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint(
            "0 <= start_minute and start_minute < end_minute and end_minute <= 1440",
            name=op.f("ck_staff_shift_within_the_day"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(start_minute, end_minute) in (0, 2)", name=op.f("ck_staff_shift_has_both_ends")
        ),
        sa.CheckConstraint("num_nonnulls(weekday, on_date) = 1", name=op.f("ck_staff_shift_is_weekly_or_dated")),
        sa.CheckConstraint(
            "start_minute is not null or on_date is not null", name=op.f("ck_staff_shift_only_a_date_is_taken_off")
        ),
        sa.CheckConstraint("weekday between 1 and 7", name=op.f("ck_staff_shift_weekday_is_iso")),
        sa.ForeignKeyConstraint(["staff_id"], ["ops.staff.id"], name=op.f("fk_staff_shift_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_shift")),
        sa.UniqueConstraint(
            "staff_id",
            "weekday",
            "on_date",
            "start_minute",
            name=op.f("uq_staff_shift_staff_id_weekday_on_date_start_minute"),
            postgresql_nulls_not_distinct=True,
        ),
        schema="ops",
    )
    op.create_table(
        "warranty_term",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("trade", sa.Text(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("component_code", sa.Text(), nullable=True),
        sa.Column("defect_code", sa.Text(), nullable=True),
        sa.Column("month_count", sa.SmallInteger(), nullable=True),
        sa.Column("season_count", sa.SmallInteger(), nullable=True),
        sa.Column("season", sa.Text(), nullable=True),
        sa.Column(
            "valid_from", sa.Date(), nullable=False, comment="First day of handover or acceptance this holds for."
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.CheckConstraint("clock in ('owner', 'contractor')", name=op.f("ck_warranty_term_clock_known")),
        sa.CheckConstraint("season in ('heating', 'cooling')", name=op.f("ck_warranty_term_season_known")),
        sa.CheckConstraint(
            "trade in ('waterproofing', 'plumbing', 'electrical', 'masonry', 'carpentry', 'finishing', 'equipment', 'lift')",
            name=op.f("ck_warranty_term_trade_known"),
        ),
        sa.CheckConstraint(
            "(season is null) = (season_count is null)", name=op.f("ck_warranty_term_seasons_say_which")
        ),
        sa.CheckConstraint("month_count between 1 and 1200", name=op.f("ck_warranty_term_months_are_sensible")),
        sa.CheckConstraint(
            "num_nonnulls(month_count, season_count) = 1", name=op.f("ck_warranty_term_counts_months_or_seasons")
        ),
        sa.CheckConstraint(
            "num_nonnulls(trade, category_code, component_code, defect_code) = 1",
            name=op.f("ck_warranty_term_has_one_scope"),
        ),
        sa.CheckConstraint("season_count between 1 and 20", name=op.f("ck_warranty_term_seasons_are_sensible")),
        sa.ForeignKeyConstraint(
            ["category_code"], ["ops.defect_category.code"], name=op.f("fk_warranty_term_category_code_defect_category")
        ),
        sa.ForeignKeyConstraint(
            ["component_code"], ["ops.component.code"], name=op.f("fk_warranty_term_component_code_component")
        ),
        sa.ForeignKeyConstraint(["defect_code"], ["ops.defect.code"], name=op.f("fk_warranty_term_defect_code_defect")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_warranty_term")),
        sa.UniqueConstraint(
            "clock",
            "trade",
            "category_code",
            "component_code",
            "defect_code",
            "valid_from",
            name="uq_warranty_term_scope",
            postgresql_nulls_not_distinct=True,
        ),
        schema="ops",
    )
    op.create_table(
        "cost_settlement",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("payer", sa.Text(), nullable=False),
        sa.Column("contractor_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "(payer = 'contractor') = (contractor_id is not null)", name=op.f("ck_cost_settlement_contractor_is_named")
        ),
        sa.CheckConstraint(
            "kind <> 'written_off' or reason <> ''", name=op.f("ck_cost_settlement_a_write_off_says_why")
        ),
        sa.CheckConstraint(
            "kind = 'written_off' or (payer, kind) in (('owner', 'collected'), ('contractor', 'charged'), ('developer', 'borne'))",
            name=op.f("ck_cost_settlement_kind_fits_payer"),
        ),
        sa.CheckConstraint(
            "kind in ('collected', 'charged', 'borne', 'written_off')", name=op.f("ck_cost_settlement_kind_known")
        ),
        sa.CheckConstraint(
            "payer in ('developer', 'contractor', 'owner')", name=op.f("ck_cost_settlement_payer_known")
        ),
        sa.CheckConstraint("amount_fen <> 0", name=op.f("ck_cost_settlement_amount_is_not_zero")),
        sa.ForeignKeyConstraint(
            ["contractor_id"], ["ops.contractor.id"], name=op.f("fk_cost_settlement_contractor_id_contractor")
        ),
        sa.ForeignKeyConstraint(["settled_by"], ["ops.account.id"], name=op.f("fk_cost_settlement_settled_by_account")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_cost_settlement_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost_settlement")),
        schema="ops",
    )
    op.create_index("ix_cost_settlement_ticket", "cost_settlement", ["ticket_id"], unique=False, schema="ops")
    op.create_table(
        "material_request",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("requested_by", sa.Uuid(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state in ('open', 'done', 'cancelled')", name=op.f("ck_material_request_state_known")),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["ops.account.id"], name=op.f("fk_material_request_requested_by_account")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ops.ticket.id"], name=op.f("fk_material_request_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_request")),
        schema="ops",
    )
    op.create_index(
        "ix_material_request_open",
        "material_request",
        ["requested_at"],
        unique=False,
        schema="ops",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_material_request_ticket", "material_request", ["ticket_id"], unique=False, schema="ops")
    op.create_table(
        "material_request_line",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("stock_id", sa.Uuid(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("reserved", sa.Numeric(precision=12, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("issued", sa.Numeric(precision=12, scale=3), server_default=sa.text("0"), nullable=False),
        sa.Column("returned", sa.Numeric(precision=12, scale=3), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "least(reserved, issued, returned) >= 0", name=op.f("ck_material_request_line_nothing_is_negative")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_material_request_line_quantity_is_positive")),
        sa.CheckConstraint(
            "reserved + issued <= quantity", name=op.f("ck_material_request_line_no_more_than_asked_for")
        ),
        sa.CheckConstraint("returned <= issued", name=op.f("ck_material_request_line_no_more_back_than_went_out")),
        sa.ForeignKeyConstraint(
            ["request_id"],
            ["ops.material_request.id"],
            name=op.f("fk_material_request_line_request_id_material_request"),
        ),
        sa.ForeignKeyConstraint(
            ["stock_id"], ["ops.material_stock.id"], name=op.f("fk_material_request_line_stock_id_material_stock")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_request_line")),
        sa.UniqueConstraint("request_id", "stock_id", name=op.f("uq_material_request_line_request_id_stock_id")),
        schema="ops",
    )
    op.create_index("ix_material_request_line_stock", "material_request_line", ["stock_id"], unique=False, schema="ops")
    op.create_table(
        "material_movement",
        sa.Column("id", sa.BigInteger(), autoincrement=True, nullable=False),
        sa.Column("line_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=12, scale=3), nullable=False),
        sa.Column("cost_entry_id", sa.Uuid(), nullable=True),
        sa.Column("account_id", sa.Uuid(), nullable=True),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind in ('reserve', 'release', 'issue', 'return')", name=op.f("ck_material_movement_kind_known")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_material_movement_quantity_is_positive")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["ops.account.id"], name=op.f("fk_material_movement_account_id_account")
        ),
        sa.ForeignKeyConstraint(
            ["cost_entry_id"], ["ops.cost_entry.id"], name=op.f("fk_material_movement_cost_entry_id_cost_entry")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"],
            ["ops.material_request_line.id"],
            name=op.f("fk_material_movement_line_id_material_request_line"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_material_movement")),
        schema="ops",
    )
    op.create_index("ix_material_movement_line", "material_movement", ["line_id"], unique=False, schema="ops")
    op.add_column(
        "calendar_shift",
        sa.Column(
            "valid_from",
            sa.Date(),
            server_default=sa.text("'1970-01-01'::date"),
            nullable=False,
            comment="First day of this version of the week.",
        ),
        schema="ops",
    )
    op.drop_constraint(
        op.f("uq_calendar_shift_calendar_code_weekday_start_minute"), "calendar_shift", schema="ops", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_calendar_shift_calendar_code_valid_from_weekday_start_minute"),
        "calendar_shift",
        ["calendar_code", "valid_from", "weekday", "start_minute"],
        schema="ops",
    )
    op.add_column(
        "cost_entry",
        sa.Column("reverses_id", sa.Uuid(), nullable=True, comment="The entry this one undoes; null = it undoes none."),
        schema="ops",
    )
    op.create_unique_constraint(op.f("uq_cost_entry_reverses_id"), "cost_entry", ["reverses_id"], schema="ops")
    op.create_foreign_key(
        op.f("fk_cost_entry_reverses_id_cost_entry"),
        "cost_entry",
        "cost_entry",
        ["reverses_id"],
        ["id"],
        source_schema="ops",
        referent_schema="ops",
    )
    op.add_column(
        "sla_policy",
        sa.Column(
            "valid_from",
            sa.DateTime(timezone=True),
            server_default=sa.text("'1970-01-01 00:00:00+00'::timestamptz"),
            nullable=False,
        ),
        schema="ops",
    )
    op.add_column(
        "sla_policy",
        sa.Column(
            "valid_to", sa.DateTime(timezone=True), nullable=True, comment="Null = it holds for tickets reported now."
        ),
        schema="ops",
    )
    op.drop_constraint(op.f("uq_sla_policy_severity_category_code_target"), "sla_policy", schema="ops", type_="unique")
    op.create_unique_constraint(
        op.f("uq_sla_policy_severity_category_code_target_valid_from"),
        "sla_policy",
        ["severity", "category_code", "target", "valid_from"],
        schema="ops",
        postgresql_nulls_not_distinct=True,
    )
    op.create_check_constraint(
        op.f("ck_sla_policy_ends_after_it_begins"),
        "sla_policy",
        "valid_to is null or valid_to > valid_from",
        schema="ops",
    )
    for table in APPEND_ONLY:
        op.execute(f"""
            create trigger refuse_change before update or delete or truncate on ops.{table}
            for each statement execute function ops.refuse_change()
        """)
    # Until now the opposite of an entry named it in its note; only the first of several opposites can be the reversal.
    op.execute("""
        update ops.cost_entry as opposite set reverses_id = found.entry_id, note = ''
          from (select distinct on (entry.id) entry.id as entry_id, reversal.id as reversal_id
                  from ops.cost_entry as entry
                  join ops.cost_entry as reversal
                    on reversal.ticket_id = entry.ticket_id and reversal.amount_fen = -entry.amount_fen
                       and reversal.note = '冲销 #' || right(entry.id::text, 12)
                 order by entry.id, reversal.incurred_at) as found
         where opposite.id = found.reversal_id
    """)


def downgrade() -> None:
    """Go back."""
    op.execute("""
        update ops.cost_entry set note = '冲销 #' || right(reverses_id::text, 12) where reverses_id is not null
    """)
    op.drop_constraint(op.f("ck_sla_policy_ends_after_it_begins"), "sla_policy", schema="ops", type_="check")
    op.drop_constraint(
        op.f("uq_sla_policy_severity_category_code_target_valid_from"), "sla_policy", schema="ops", type_="unique"
    )
    op.create_unique_constraint(
        op.f("uq_sla_policy_severity_category_code_target"),
        "sla_policy",
        ["severity", "category_code", "target"],
        schema="ops",
        postgresql_nulls_not_distinct=True,
    )
    op.drop_column("sla_policy", "valid_to", schema="ops")
    op.drop_column("sla_policy", "valid_from", schema="ops")
    op.drop_constraint(op.f("fk_cost_entry_reverses_id_cost_entry"), "cost_entry", schema="ops", type_="foreignkey")
    op.drop_constraint(op.f("uq_cost_entry_reverses_id"), "cost_entry", schema="ops", type_="unique")
    op.drop_column("cost_entry", "reverses_id", schema="ops")
    op.drop_constraint(
        op.f("uq_calendar_shift_calendar_code_valid_from_weekday_start_minute"),
        "calendar_shift",
        schema="ops",
        type_="unique",
    )
    op.create_unique_constraint(
        op.f("uq_calendar_shift_calendar_code_weekday_start_minute"),
        "calendar_shift",
        ["calendar_code", "weekday", "start_minute"],
        schema="ops",
        postgresql_nulls_not_distinct=False,
    )
    op.drop_column("calendar_shift", "valid_from", schema="ops")
    op.drop_index("ix_material_movement_line", table_name="material_movement", schema="ops")
    op.drop_table("material_movement", schema="ops")
    op.drop_index("ix_material_request_line_stock", table_name="material_request_line", schema="ops")
    op.drop_table("material_request_line", schema="ops")
    op.drop_index("ix_material_request_ticket", table_name="material_request", schema="ops")
    op.drop_index(
        "ix_material_request_open",
        table_name="material_request",
        schema="ops",
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_table("material_request", schema="ops")
    op.drop_index("ix_cost_settlement_ticket", table_name="cost_settlement", schema="ops")
    op.drop_table("cost_settlement", schema="ops")
    op.drop_table("warranty_term", schema="ops")
    op.drop_table("staff_shift", schema="ops")
    op.drop_index("ix_staff_leave_staff", table_name="staff_leave", schema="ops")
    op.drop_table("staff_leave", schema="ops")
    op.drop_index(op.f("ix_material_stock_project_id"), table_name="material_stock", schema="ops")
    op.drop_table("material_stock", schema="ops")
    op.drop_table("dispatch_rule", schema="ops")
    op.drop_table("appointment_slot", schema="ops")
    op.drop_table("holiday_year", schema="ops")

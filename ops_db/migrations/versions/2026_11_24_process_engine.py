"""Approvals, timers, notices, areas, and which process a ticket takes.

Why: processes are changed by managers, wait for signatures and watch the clock.

Revision: 2026_11_24_process_engine, after 2026_11_24_roles_of_a_house
"""

from __future__ import annotations

from alembic import op

revision = "2026_11_24_process_engine"
down_revision = "2026_11_24_roles_of_a_house"
branch_labels = None
depends_on = None

CODE = "^[a-z][a-z0-9_]*$"
EXTRACTED = ("area", "approval")
CHANGED_XID = "changed_xid xid8 not null default pg_current_xact_id()"
CHANGED_XID_COMMENT = "Transaction that last wrote this row; kept by trigger, read by extraction."


# What the steps of running tickets were given so far, the latest last: no condition asks about words and clocks.
FILL_PROCESS_DATA = """
    update ops.ticket set process_data = given.data
      from (select event.ticket_id, jsonb_object_agg(field.key, field.value order by event.version) as data
              from ops.ticket_event as event
             cross join lateral jsonb_each(event.payload -> 'data') as field
             where jsonb_typeof(event.payload -> 'data') = 'object'
               and field.key not in ('note', 'reason', 'comment', 'timer')
             group by event.ticket_id) as given
     where ticket.id = given.ticket_id and ticket.process_data = '{}'
"""


def upgrade() -> None:
    """Go forward."""
    _add_areas()
    _add_columns()
    _add_approvals()
    _add_timers()
    _add_notices()
    _add_rules()
    for table in EXTRACTED:
        op.execute(f"comment on column ops.{table}.changed_xid is '{CHANGED_XID_COMMENT}'")
        op.execute(f"create index ix_{table}_changed_xid on ops.{table} (changed_xid)")
        op.execute(f"""
            create trigger stamp_changed_xid before insert or update on ops.{table}
            for each row execute function ops.stamp_changed_xid()
        """)
        op.execute(f"""
            create trigger leave_tombstone after delete on ops.{table}
            for each row execute function ops.leave_tombstone('id')
        """)
    _keep_published("or new.source is distinct from old.source ")
    op.execute(FILL_PROCESS_DATA)


def downgrade() -> None:
    """Go back; which signatures were asked for and which timers ran is forgotten."""
    _keep_published("")
    for table in ("process_rule", "notice_read", "notice", "sweep", "timer", "approval"):
        op.execute(f"drop table ops.{table}")
    op.execute("alter table ops.process_definition drop column source")
    op.execute("alter table ops.ticket drop column process_data")
    op.execute("alter table ops.task drop column kind, drop column fork")
    op.execute("alter table ops.building drop column area_id")
    op.execute("alter table ops.project drop column area_id")
    op.execute("drop table ops.area")


def _add_areas() -> None:
    op.execute(f"""
        create table ops.area (
            id uuid not null default gen_random_uuid() constraint pk_area primary key,
            code text not null constraint uq_area_code unique,
            name text not null,
            lead_staff_id uuid constraint fk_area_lead_staff_id_staff references ops.staff (id),
            {CHANGED_XID})
    """)
    for table in ("project", "building"):
        op.execute(f"""
            alter table ops.{table}
                add column area_id uuid constraint fk_{table}_area_id_area references ops.area (id)
        """)
    op.execute("comment on column ops.building.area_id is 'Null = that of the project.'")


def _add_columns() -> None:
    op.execute("""
        alter table ops.task
            add column kind text not null default 'task'
                constraint ck_task_kind_known check (kind in ('task', 'approval', 'timer', 'join')),
            add column fork text not null default ''
    """)
    op.execute("comment on column ops.task.fork is 'Path of the splits it came through; empty = none.'")
    op.execute("alter table ops.ticket add column process_data jsonb not null default '{}'::jsonb")
    op.execute("""
        comment on column ops.ticket.process_data is 'What its steps were given so far, for conditions to see.'
    """)
    op.execute("alter table ops.process_definition add column source jsonb")
    op.execute("""
        comment on column ops.process_definition.source
            is 'As it was drawn, before its subprocesses were put in; null = as it runs.'
    """)


def _add_approvals() -> None:
    op.execute(f"""
        create table ops.approval (
            id uuid not null default gen_random_uuid() constraint pk_approval primary key,
            task_id uuid not null constraint fk_approval_task_id_task references ops.task (id),
            ticket_id uuid not null constraint fk_approval_ticket_id_ticket references ops.ticket (id),
            position integer not null,
            role_code text constraint ck_approval_role_is_a_code check (role_code ~ '{CODE}'),
            staff_id uuid constraint fk_approval_staff_id_staff references ops.staff (id),
            state text not null constraint ck_approval_state_known
                check (state in ('waiting', 'pending', 'approved', 'declined', 'delegated')),
            asked_at timestamptz,
            decided_by uuid,
            decided_at timestamptz,
            reason text,
            added_by uuid,
            delegated_from uuid constraint fk_approval_delegated_from_approval references ops.approval (id),
            {CHANGED_XID},
            constraint ck_approval_asks_one_role_or_person check (num_nonnulls(role_code, staff_id) = 1),
            constraint ck_approval_decided_says_when
                check ((state in ('waiting', 'pending')) = (decided_at is null)))
    """)
    for column, comment in (
        ("asked_at", "Since when it waits for this signer; null = not yet."),
        ("decided_by", "Account."),
        ("added_by", "Account that added this signer; null = the process."),
    ):
        op.execute(f"comment on column ops.approval.{column} is '{comment}'")
    op.execute("create index ix_approval_task on ops.approval (task_id, position)")
    op.execute("create index ix_approval_ticket on ops.approval (ticket_id)")
    op.execute("create index ix_approval_pending_role on ops.approval (role_code) where state = 'pending'")
    op.execute("create index ix_approval_pending_staff on ops.approval (staff_id) where state = 'pending'")


def _add_timers() -> None:
    op.execute("""
        create table ops.timer (
            id uuid not null default gen_random_uuid() constraint pk_timer primary key,
            ticket_id uuid not null constraint fk_timer_ticket_id_ticket references ops.ticket (id),
            task_id uuid not null constraint fk_timer_task_id_task references ops.task (id),
            timer_key text not null,
            action text not null constraint ck_timer_action_known
                check (action in ('warn', 'escalate', 'advance', 'reassign', 'go_on')),
            is_working_time boolean not null,
            due_at timestamptz not null,
            state text not null default 'planned' constraint ck_timer_state_known
                check (state in ('planned', 'held', 'fired', 'cancelled', 'failed')),
            remaining_minutes double precision,
            claimed_until timestamptz,
            fired_at timestamptz,
            failure text,
            constraint uq_timer_task_id_timer_key unique (task_id, timer_key),
            constraint ck_timer_held_says_what_is_left check ((state = 'held') = (remaining_minutes is not null)),
            constraint ck_timer_failed_says_why check ((state = 'failed') = (failure is not null)))
    """)
    for column, comment in (
        ("is_working_time", "Whether it counts working time, else the time of day."),
        ("remaining_minutes", "What was left when the ticket was paused."),
        ("claimed_until", "A worker is at it until then."),
        ("failure", "Why it could not do its work."),
    ):
        op.execute(f"comment on column ops.timer.{column} is '{comment}'")
    op.execute("create index ix_timer_ticket on ops.timer (ticket_id)")
    op.execute("create index ix_timer_due on ops.timer (due_at) where state = 'planned'")
    op.execute("create index ix_timer_failed on ops.timer (due_at) where state = 'failed'")
    op.execute("""
        create table ops.sweep (
            name text not null constraint pk_sweep primary key,
            swept_at timestamptz not null)
    """)


def _add_notices() -> None:
    op.execute("""
        create table ops.notice (
            id uuid not null default gen_random_uuid() constraint pk_notice primary key,
            ticket_id uuid not null constraint fk_notice_ticket_id_ticket references ops.ticket (id),
            event_version integer not null,
            recipient_kind text not null constraint ck_notice_recipient_kind_known
                check (recipient_kind in ('role', 'account', 'owner')),
            role_code text,
            account_id uuid constraint fk_notice_account_id_account references ops.account (id),
            title_zh text not null,
            title_en text not null,
            body_zh text not null default '',
            body_en text not null default '',
            created_at timestamptz not null,
            constraint ck_notice_names_its_recipient check (
                (recipient_kind = 'role') = (role_code is not null)
                and (recipient_kind = 'account') = (account_id is not null)))
    """)
    op.execute("comment on column ops.notice.event_version is 'The event of the ticket it tells of.'")
    op.execute("create index ix_notice_ticket on ops.notice (ticket_id)")
    op.execute("create index ix_notice_role on ops.notice (role_code, created_at desc)")
    op.execute("create index ix_notice_account on ops.notice (account_id, created_at desc)")
    op.execute("""
        create table ops.notice_read (
            notice_id uuid not null constraint fk_notice_read_notice_id_notice references ops.notice (id),
            account_id uuid not null constraint fk_notice_read_account_id_account references ops.account (id),
            read_at timestamptz not null default now(),
            constraint pk_notice_read primary key (notice_id, account_id))
    """)


def _add_rules() -> None:
    trades = ["waterproofing", "plumbing", "electrical", "masonry", "carpentry", "finishing", "equipment", "lift"]
    severities = ["emergency", "urgent", "normal", "low"]
    op.execute(f"""
        create table ops.process_rule (
            id uuid not null default gen_random_uuid() constraint pk_process_rule primary key,
            position integer not null
                constraint uq_process_rule_position unique deferrable initially deferred,
            project_id uuid constraint fk_process_rule_project_id_project references ops.project (id),
            area_id uuid constraint fk_process_rule_area_id_area references ops.area (id),
            trade text constraint ck_process_rule_trade_known check (trade in ({_list(trades)})),
            category_code text
                constraint fk_process_rule_category_code_defect_category references ops.defect_category (code),
            is_public_area boolean,
            severity text constraint ck_process_rule_severity_known check (severity in ({_list(severities)})),
            process_key text not null)
    """)


def _keep_published(also: str) -> None:
    op.execute(f"""
        create or replace function ops.keep_published_definition() returns trigger language plpgsql as $$
        begin
            if old.state <> 'draft' and (tg_op = 'DELETE' or new.definition is distinct from old.definition
                {also}or new.key <> old.key or new.version <> old.version) then
                raise exception 'version % of process % is published and never changes; publish a new version',
                    old.version, old.key using errcode = 'integrity_constraint_violation';
            end if;
            return coalesce(new, old);
        end $$
    """)


def _list(codes: list[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)

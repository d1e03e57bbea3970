"""The statements that open and move a ticket: one for everything a step changes, guarded by the ticket's version.

A statement is put together of the parts a step has, so that one without signatures or timers does not pay for them.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from sqlalchemy import Row, TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

_EVENTS_OF: Final = """
    , event as (
        insert into ops.ticket_event (ticket_id, version, kind, node_key, task_id, actor_kind, actor_id, staff_id,
                                      occurred_at, payload)
        select changed.id, event.version, event.kind, event.node_key, event.task_id, :actor_kind, :actor_id,
               event.staff_id, cast(:now as timestamptz), event.payload
          from changed
          join jsonb_to_recordset(cast(:events as jsonb)) as event (
               {ticket_id}version integer, kind text, node_key text, task_id uuid, staff_id uuid, payload jsonb)
            on {of_ticket}
         order by event.version)
"""
_NOTICES_OF: Final = """
    , notice as (
        insert into ops.notice (ticket_id, event_version, recipient_kind, role_code, account_id, title_zh, title_en,
                                body_zh, body_en, created_at)
        select distinct changed.id, notice.event_version,
               case when account.id is null then notice.kind else 'account' end, notice.role_code, account.id,
               notice.title_zh, notice.title_en, notice.body_zh, notice.body_en, cast(:now as timestamptz)
          from changed
          join jsonb_to_recordset(cast(:notices as jsonb)) as notice (
               {ticket_id}event_version integer, kind text, role_code text, staff_id uuid, crew_id uuid, title_zh text,
               title_en text, body_zh text, body_en text)
            on {of_ticket}
          left join ops.staff
            on staff.id = notice.staff_id or notice.staff_id is null and staff.crew_id = notice.crew_id
          left join ops.account on account.staff_id = staff.id and account.is_active
         where notice.kind <> 'staff' or account.id is not null)
    """
_EVENTS: Final = _EVENTS_OF.format(ticket_id="", of_ticket="true")
EVENTS_OF_MANY: Final = _EVENTS_OF.format(ticket_id="ticket_id uuid, ", of_ticket="event.ticket_id = changed.id")
"""The events of a statement that changes several tickets, each of which says its ticket."""

NOTICES_OF_MANY: Final = _NOTICES_OF.format(ticket_id="ticket_id uuid, ", of_ticket="notice.ticket_id = changed.id")
"""The notices of a statement that changes several tickets, each of which says its ticket."""

PARTS: Final[dict[str, str]] = {
    "opened": """
    , opened as (
        insert into ops.task (id, ticket_id, node_key, kind, role, fork, assignee_id, crew_id, opened_at, due_at)
        select opened.id, changed.id, opened.node_key, opened.kind, opened.role, opened.fork, opened.assignee_id,
               coalesce(opened.crew_id, (select crew_id from ops.staff where staff.id = opened.assignee_id)),
               cast(:now as timestamptz), opened.due_at
          from changed, jsonb_to_recordset(cast(:opened as jsonb)) as opened (
               id uuid, node_key text, kind text, role text, fork text, assignee_id uuid, crew_id uuid,
               due_at timestamptz))
    """,
    "altered": """
    , altered as (
        update ops.task
           set state = altered.state, outcome = altered.outcome, assignee_id = altered.assignee_id,
               role = coalesce(altered.role, task.role),
               crew_id = coalesce(altered.crew_id,
                                  (select crew_id from ops.staff where staff.id = altered.assignee_id)),
               ended_at = case when altered.state = 'open' then null else cast(:now as timestamptz) end
          from changed, jsonb_to_recordset(cast(:altered as jsonb)) as altered (
               id uuid, state text, outcome text, role text, assignee_id uuid, crew_id uuid)
         where task.id = altered.id)
    """,
    "signers": """
    , signed as (
        insert into ops.approval (id, task_id, ticket_id, position, role_code, staff_id, state, asked_at, decided_by,
                                  decided_at, reason, added_by, delegated_from)
        select signer.id, signer.task_id, changed.id, signer.position, signer.role, signer.staff_id, signer.state,
               case when signer.state = 'pending' then cast(:now as timestamptz) end, signer.decided_by,
               case when signer.state not in ('waiting', 'pending') then cast(:now as timestamptz) end,
               signer.reason, signer.added_by, signer.delegated_from
          from changed, jsonb_to_recordset(cast(:signers as jsonb)) as signer (
               id uuid, task_id uuid, position integer, role text, staff_id uuid, state text, decided_by uuid,
               reason text, added_by uuid, delegated_from uuid)
        on conflict (id) do update
           set position = excluded.position, state = excluded.state, reason = excluded.reason,
               decided_by = excluded.decided_by, asked_at = coalesce(approval.asked_at, excluded.asked_at),
               decided_at = coalesce(approval.decided_at, excluded.decided_at))
    """,
    "timers": """
    , planned as (
        insert into ops.timer (ticket_id, task_id, timer_key, action, is_working_time, due_at)
        select changed.id, timer.task_id, timer.timer_key, timer.action, timer.is_working_time, timer.due_at
          from changed, jsonb_to_recordset(cast(:timers as jsonb)) as timer (
               task_id uuid, timer_key text, action text, is_working_time boolean, due_at timestamptz))
    """,
    "ended_timers": """
    , ended_timer as (
        update ops.timer set state = 'cancelled', remaining_minutes = null
          from changed
         where timer.task_id = any(cast(:ended_ids as uuid[])) and timer.state in ('planned', 'held')
           and timer.id is distinct from cast(:fired_id as uuid))
    """,
    "moved_timers": """
    , moved as (
        update ops.timer
           set state = moved.state, remaining_minutes = moved.remaining_minutes,
               due_at = coalesce(moved.due_at, timer.due_at)
          from changed, jsonb_to_recordset(cast(:moved_timers as jsonb)) as moved (
               id uuid, state text, remaining_minutes double precision, due_at timestamptz)
         where timer.id = moved.id)
    """,
    "due_steps": """
    , due_step as (
        update ops.task set due_at = due_step.due_at
          from changed, jsonb_to_recordset(cast(:due_steps as jsonb)) as due_step (id uuid, due_at timestamptz)
         where task.id = due_step.id)
    """,
    "fired": """
    , fired as (
        update ops.timer set state = 'fired', fired_at = cast(:now as timestamptz)
          from changed where timer.id = cast(:fired_id as uuid))
    """,
    "notices": _NOTICES_OF.format(ticket_id="", of_ticket="true"),
}
"""What a step may have besides its events, each a part of the statement that reads the parameter of its name."""

_CREATE: Final = """
    with changed as (
        insert into ops.ticket (id, project_id, building_id, unit_id, space_id, category_code, component_code,
            defect_code, severity, channel, title, description, reporter_id, process_definition_id, state, node_key,
            owner_status, version, reported_at, resolve_due_at, closed_at, tracking_token_hash, process_data)
        values (:id, :project_id, :building_id, :unit_id, :space_id, :category_code, :component_code,
            :defect_code, :severity, :channel, :title, :description, :reporter_id, :process_definition_id, :state,
            :node_key, :owner_status, :version, :reported_at, :resolve_due_at, :closed_at, :tracking_token_hash,
            cast(:process_data as jsonb))
        returning id, number)
"""
_CHANGE: Final = """
    with changed as (
        update ops.ticket
           set state = :state, node_key = :node_key, owner_status = :owner_status, pause_reason = :pause_reason,
               closed_at = cast(:closed_at as timestamptz), version = :version,
               resolve_due_at = cast(:resolve_due_at as timestamptz){data}
         where id = :id and version = :version_before and state = :state_before{guard}
        returning id, number)
"""
_DATA: Final = ", process_data = process_data || cast(:process_data as jsonb)"
# Between the look at a timer and this statement another worker may have let it fire, and have changed the ticket.
_GUARD: Final = """
           and exists (select from ops.timer where timer.id = cast(:fired_id as uuid) and timer.state = 'planned')"""


async def create(connection: AsyncConnection, values: dict[str, Any], parts: tuple[str, ...]) -> Row[Any]:
    """Write a new ticket with everything its first step opened; returns its id and number."""
    return (await connection.execute(_create(parts), values)).one()


async def change(
    connection: AsyncConnection, values: dict[str, Any], parts: tuple[str, ...], *, has_data: bool
) -> bool:
    """Write a step if the ticket still has the version and state it was judged by; False if it has not."""
    return (await connection.execute(_change(parts, has_data=has_data), values)).one_or_none() is not None


@cache
def _create(parts: tuple[str, ...]) -> TextClause:
    return _statement(_CREATE, parts)


@cache
def _change(parts: tuple[str, ...], *, has_data: bool) -> TextClause:
    data, guard = _DATA if has_data else "", _GUARD if "fired" in parts else ""
    return _statement(_CHANGE.format(data=data, guard=guard), parts)


def _statement(head: str, parts: tuple[str, ...]) -> TextClause:
    return text("".join([head, _EVENTS, *(PARTS[part] for part in parts), "    select id, number from changed"]))

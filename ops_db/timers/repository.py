"""SQL of timers: which are due, whose turn they are, and what became of them."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.tickets.change_repository import EVENTS_OF_MANY, NOTICES_OF_MANY

_OF_TICKET = text("""
    select id, is_working_time, due_at, remaining_minutes from ops.timer
     where ticket_id = :ticket_id and state = :state order by id
""")
# Rows another worker is claiming at this moment are passed over instead of waited for.
_CLAIM = text("""
    with due as (
        select timer.id from ops.timer
         where timer.state = 'planned' and timer.due_at <= :now
           and (timer.claimed_until is null or timer.claimed_until < clock_timestamp())
         order by timer.due_at
         limit :most for update skip locked)
    update ops.timer set claimed_until = clock_timestamp() + make_interval(secs => :seconds)
      from due, ops.ticket
     where timer.id = due.id and ticket.id = timer.ticket_id
    returning timer.id, timer.task_id, timer.timer_key, timer.action, timer.due_at, ticket.number,
              ticket.id as ticket_id
""")
# One that is locked is at work somewhere else and needs no giving back.
_RELEASE = text("""
    update ops.timer set claimed_until = null
     where id in (select id from ops.timer where id = any(cast(:ids as uuid[])) and state = 'planned'
                     for update skip locked)
""")
# A ticket that somebody is moving at this moment is passed over: waiting for several could end in a deadlock.
_FIRE_MANY = text(f"""
    with step as (
        select * from jsonb_to_recordset(cast(:steps as jsonb)) as step (
               timer_id uuid, ticket_id uuid, version_before integer, state_before text, version integer,
               node_key text, owner_status text)),
    free as (
        select step.* from step join ops.ticket on ticket.id = step.ticket_id
         where ticket.version = step.version_before and ticket.state = step.state_before
           and exists (select from ops.timer where timer.id = step.timer_id and timer.state = 'planned')
           for no key update of ticket skip locked),
    changed as (
        update ops.ticket
           set version = free.version, node_key = free.node_key, owner_status = free.owner_status
          from free where ticket.id = free.ticket_id
        returning ticket.id, free.timer_id)
    {EVENTS_OF_MANY}
    {NOTICES_OF_MANY}
    update ops.timer set state = 'fired', fired_at = cast(:now as timestamptz)
      from changed where timer.id = changed.timer_id
    returning timer.id
""")
_FAIL = text("""
    with failed as (
        update ops.timer set state = 'failed', failure = :failure where id = :id and state = 'planned'
        returning ticket_id)
    insert into ops.notice (ticket_id, event_version, recipient_kind, account_id, title_zh, title_en, body_zh, body_en,
                            created_at)
    select ticket.id, ticket.version, 'account', account.id, :title_zh, :title_en, :body_zh, :body_en,
           cast(:now as timestamptz)
      from failed
      join ops.ticket on ticket.id = failed.ticket_id
      join ops.account on account.is_active
     where exists (
           select from ops.account_role as held
             join ops.role_permission on role_permission.role_code = held.role_code
              and role_permission.permission = 'ticket:dispatch'
            where held.account_id = account.id
              and (held.project_id is null or held.project_id = ticket.project_id))
""")
_IS_PLANNED = text("select state = 'planned' from ops.timer where id = :id")
_PLAN_FAILED = text("""
    update ops.timer set state = 'planned', failure = null, claimed_until = null
      from ops.task
     where timer.state = 'failed' and task.id = timer.task_id and task.state = 'open'
""")
_OVERVIEW = text("""
    select (select swept_at from ops.sweep where name = 'timers') as swept_at,
           count(*) filter (where state = 'planned') as planned_count,
           count(*) filter (where state = 'planned' and due_at <= :now) as overdue_count,
           min(due_at) filter (where state = 'planned' and due_at <= :now) as overdue_since,
           count(*) filter (where state = 'held') as held_count,
           count(*) filter (where state = 'failed') as failed_count
      from ops.timer where state in ('planned', 'held', 'failed')
""")
_FAILED = text("""
    select ticket.number, timer.timer_key, timer.action, timer.due_at, timer.failure, task.node_key
      from ops.timer
      join ops.ticket on ticket.id = timer.ticket_id
      join ops.task on task.id = timer.task_id
     where timer.state = 'failed' order by timer.due_at desc limit :most
""")
_SWEPT = text("""
    insert into ops.sweep (name, swept_at) values (:name, :now)
    on conflict (name) do update set swept_at = greatest(sweep.swept_at, excluded.swept_at)
""")


async def of_ticket(connection: AsyncConnection, *, ticket_id: UUID, state: str) -> list[Row[Any]]:
    """The timers of a ticket in one state."""
    return list((await connection.execute(_OF_TICKET, {"ticket_id": ticket_id, "state": state})).all())


async def claim(connection: AsyncConnection, *, now: dt.datetime, most: int, seconds: float) -> list[Row[Any]]:
    """Take due timers for so many seconds; nobody else takes them meanwhile."""
    return list((await connection.execute(_CLAIM, {"now": now, "most": most, "seconds": seconds})).all())


async def fire_many(connection: AsyncConnection, **values: Any) -> set[UUID]:
    """Write the steps of timers that only tell somebody, each if its ticket and it stand as they did; which did."""
    return set((await connection.execute(_FIRE_MANY, values)).scalars())


async def release(connection: AsyncConnection, *, ids: list[UUID]) -> None:
    """Give back timers that were taken and not come to."""
    await connection.execute(_RELEASE, {"ids": ids})


async def fail(connection: AsyncConnection, **values: Any) -> None:
    """Mark a timer that cannot do its work, and tell whoever dispatches in the project of its ticket."""
    await connection.execute(_FAIL, values)


async def is_planned(connection: AsyncConnection, *, id: UUID) -> bool:
    """Whether a timer still waits for its time."""
    return bool((await connection.execute(_IS_PLANNED, {"id": id})).scalar())


async def plan_failed(connection: AsyncConnection) -> int:
    """Plan every failed timer anew whose step is still open; how many there were."""
    return (await connection.execute(_PLAN_FAILED)).rowcount


async def overview(connection: AsyncConnection, *, now: dt.datetime) -> Row[Any]:
    """How many timers wait, are overdue, stand still and have failed, and when somebody last looked."""
    return (await connection.execute(_OVERVIEW, {"now": now})).one()


async def failed(connection: AsyncConnection, *, most: int) -> list[Row[Any]]:
    """Timers that could not do their work, the latest first."""
    return list((await connection.execute(_FAILED, {"most": most})).all())


async def swept(connection: AsyncConnection, *, name: str, now: dt.datetime) -> None:
    """Write down that somebody looked for what is due."""
    await connection.execute(_SWEPT, {"name": name, "now": now})

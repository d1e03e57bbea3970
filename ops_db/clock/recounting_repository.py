"""SQL that counts the due times of running tickets anew: what they are told from, and one statement that moves many."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.tickets.repository import IS_FIRST_STEP, MOVES, PROMISED

_OF_CALENDAR = """
      from ops.ticket join ops.project on project.id = ticket.project_id
     where project.calendar_code = :code and ticket.state = 'open' and ticket.number > :after
"""
_RUNNING = text(f"""
    select ticket.id, ticket.number, ticket.title, ticket.version, ticket.reported_at, ticket.resolve_due_at,
           ticket.project_id, ticket.process_definition_id, {PROMISED}, {MOVES},
           (select coalesce(jsonb_agg(jsonb_build_array(
                       task.id, task.node_key, task.opened_at, task.due_at, {IS_FIRST_STEP})), '[]')
              from ops.task where task.ticket_id = ticket.id and task.state = 'open') as steps,
           (select coalesce(jsonb_agg(jsonb_build_array(
                       timer.id, timer.task_id, timer.timer_key, timer.due_at, timer.remaining_minutes)), '[]')
              from ops.timer where timer.ticket_id = ticket.id and timer.state in ('planned', 'held')) as timers
    {_OF_CALENDAR}
     order by ticket.number limit :most
""")
_LEFT = text(f"select count(*) {_OF_CALENDAR}")
# Nobody waits: a ticket that somebody is moving at this moment, or has moved since it was read, is left alone.
_MOVE = text("""
    with moved as (
        select * from jsonb_to_recordset(cast(:tickets as jsonb)) as moved (
               id uuid, version integer, due_at timestamptz, payload jsonb)),
    free as (
        select moved.* from moved join ops.ticket on ticket.id = moved.id
         where ticket.version = moved.version and ticket.state = 'open'
           for no key update of ticket skip locked),
    changed as (
        update ops.ticket set resolve_due_at = free.due_at, version = ticket.version + 1
          from free where ticket.id = free.id
        returning ticket.id, ticket.version, free.payload),
    event as (
        insert into ops.ticket_event (ticket_id, version, kind, actor_kind, actor_id, occurred_at, payload)
        select id, version, 'clock:recompute', :actor_kind, :actor_id, cast(:now as timestamptz), payload
          from changed),
    step as (
        update ops.task set due_at = step.due_at
          from changed, jsonb_to_recordset(cast(:steps as jsonb)) as step (
               id uuid, ticket_id uuid, due_at timestamptz)
         where step.ticket_id = changed.id and task.id = step.id and task.state = 'open'),
    timer as (
        update ops.timer set due_at = one.due_at, remaining_minutes = one.remaining_minutes
          from changed, jsonb_to_recordset(cast(:timers as jsonb)) as one (
               id uuid, ticket_id uuid, due_at timestamptz, remaining_minutes double precision)
         where one.ticket_id = changed.id and timer.id = one.id
           and timer.state = case when one.remaining_minutes is null then 'planned' else 'held' end)
    select id from changed
""")


async def running(connection: AsyncConnection, *, code: str, after: str, most: int) -> list[Row[Any]]:
    """The next open tickets of a calendar beyond a number, with everything their due times follow from."""
    return list((await connection.execute(_RUNNING, {"code": code, "after": after, "most": most})).all())


async def left(connection: AsyncConnection, *, code: str, after: str) -> int:
    """How many open tickets of a calendar there are beyond a number."""
    return int((await connection.execute(_LEFT, {"code": code, "after": after})).scalar_one())


async def move(
    connection: AsyncConnection,
    *,
    tickets: str,
    steps: str,
    timers: str,
    actor_kind: str,
    actor_id: UUID | None,
    now: dt.datetime,
) -> set[UUID]:
    """Give tickets, steps and timers other due times, each ticket if it stands as it was read; which ones did."""
    values: dict[str, Any] = {"tickets": tickets, "steps": steps, "timers": timers}
    values |= {"actor_kind": actor_kind, "actor_id": actor_id, "now": now}
    return set((await connection.execute(_MOVE, values)).scalars())

"""SQL that moves running tickets to another version of their process."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_VERSION = text("select id, state from ops.process_definition where key = :key and version = :version")
_RUNNING = text("""
    select number from ops.ticket
     where process_definition_id = :id and state = 'open'
       and (cast(:numbers as text[]) is null or number = any(cast(:numbers as text[])))
     order by number
""")
_RUNNING_AFTER = text("""
    select id, number from ops.ticket
     where process_definition_id = :id and state = 'open' and number > :after
     order by number limit :most
""")
_LEFT = text("""
    select count(*) from ops.ticket where process_definition_id = :id and state = 'open' and number > :after
""")
_TASKS = text("""
    select id, ticket_id, opened_at, due_at from ops.task
     where ticket_id = any(cast(:ticket_ids as uuid[])) and state = 'open'
""")
_TIMERS = text("""
    select timer.id, timer.ticket_id, timer.task_id, timer.timer_key, timer.state
      from ops.timer join ops.task on task.id = timer.task_id and task.state = 'open'
     where timer.ticket_id = any(cast(:ticket_ids as uuid[]))
""")
# A timer that has fired for a step does not fire for it again, whatever the new version says.
_MOVE = text("""
    with changed as (
        update ops.ticket
           set process_definition_id = :definition_id, version = :version, node_key = :node_key,
               owner_status = :owner_status
         where id = :id and version = :version_before and state = 'open'
        returning id)
    , event as (
        insert into ops.ticket_event (ticket_id, version, kind, node_key, actor_kind, actor_id, occurred_at, payload)
        select id, :version, 'process:migrate', :node_key, :actor_kind, :actor_id, cast(:now as timestamptz),
               cast(:payload as jsonb) from changed)
    , task as (
        update ops.task set node_key = moved.node_key, fork = moved.fork, role = moved.role
          from changed, jsonb_to_recordset(cast(:tasks as jsonb)) as moved (
               id uuid, node_key text, fork text, role text)
         where task.id = moved.id)
    , gone as (
        update ops.timer set state = 'cancelled', remaining_minutes = null
          from changed where timer.id = any(cast(:gone_ids as uuid[])))
    , planned as (
        insert into ops.timer (ticket_id, task_id, timer_key, action, is_working_time, due_at, state,
                               remaining_minutes)
        select changed.id, timer.task_id, timer.timer_key, timer.action, timer.is_working_time, timer.due_at,
               timer.state, timer.remaining_minutes
          from changed, jsonb_to_recordset(cast(:timers as jsonb)) as timer (
               task_id uuid, timer_key text, action text, is_working_time boolean, due_at timestamptz, state text,
               remaining_minutes double precision)
        on conflict (task_id, timer_key) do update
           set action = excluded.action, is_working_time = excluded.is_working_time, due_at = excluded.due_at,
               state = excluded.state, remaining_minutes = excluded.remaining_minutes, claimed_until = null)
    select id from changed
""")


async def version(connection: AsyncConnection, *, key: str, version: int) -> Row[Any] | None:
    """One version of a process; None where there is none."""
    return (await connection.execute(_VERSION, {"key": key, "version": version})).one_or_none()


async def running(connection: AsyncConnection, *, id: UUID, numbers: list[str] | None) -> list[str]:
    """The open tickets of a version, all or those named."""
    return list((await connection.execute(_RUNNING, {"id": id, "numbers": numbers})).scalars())


async def running_after(connection: AsyncConnection, *, id: UUID, after: str, most: int | None) -> list[Row[Any]]:
    """The open tickets of a version from the number `after` on, by number, with their ids."""
    return list((await connection.execute(_RUNNING_AFTER, {"id": id, "after": after, "most": most})).all())


async def left_after(connection: AsyncConnection, *, id: UUID, after: str) -> int:
    """How many open tickets of a version have a number beyond `after`."""
    return int((await connection.execute(_LEFT, {"id": id, "after": after})).scalar_one())


async def tasks(connection: AsyncConnection, *, ticket_ids: list[UUID]) -> list[Row[Any]]:
    """The open tasks of tickets."""
    return list((await connection.execute(_TASKS, {"ticket_ids": ticket_ids})).all())


async def timers(connection: AsyncConnection, *, ticket_ids: list[UUID]) -> list[Row[Any]]:
    """Every timer of their open tasks, in whatever state."""
    return list((await connection.execute(_TIMERS, {"ticket_ids": ticket_ids})).all())


async def move(connection: AsyncConnection, values: dict[str, Any]) -> bool:
    """Write the move of one ticket; False if it changed meanwhile."""
    return (await connection.execute(_MOVE, values)).one_or_none() is not None

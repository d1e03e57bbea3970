"""SQL of calendars, promises and the deadlines that follow from them."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

CALENDARS = text("""
    select calendar.code, calendar.name, calendar.timezone, calendar.holiday_region,
           (select coalesce(jsonb_agg(jsonb_build_array(weekday, start_minute, end_minute, valid_from)), '[]')
              from ops.calendar_shift where calendar_code = calendar.code) as shifts,
           (select coalesce(jsonb_agg(jsonb_build_array(on_date, is_working, like_weekday, reason) order by on_date),
                            '[]')
              from ops.calendar_override where calendar_code = calendar.code) as overrides,
           (select coalesce(jsonb_agg(jsonb_build_array(project.code, project.name) order by project.code), '[]')
              from ops.project where calendar_code = calendar.code) as projects,
           (select coalesce(array_agg(project.id order by project.code), '{}') from ops.project
             where calendar_code = calendar.code) as project_ids,
           (select count(*) from ops.ticket join ops.project on project.id = ticket.project_id
             where project.calendar_code = calendar.code and ticket.state = 'open'
               and ticket.resolve_due_at is not null) as open_count
      from ops.calendar order by calendar.code
""")
"""Every calendar with its versions, its special days and the projects that go by it."""

YEARS = text("select calendar_code, year, day_hash, counted_at from ops.calendar_year")
"""What is kept of the years of calendars."""

# What stands stays, unless everything was just counted: then the years are as they are now, and nothing is to be told.
_KEEP_YEARS = text("""
    insert into ops.calendar_year (calendar_code, year, day_hash, counted_at)
    select :code, cast(key as smallint), value, cast(:now as timestamptz) from jsonb_each_text(cast(:hashes as jsonb))
    on conflict (calendar_code, year) do update
       set day_hash = excluded.day_hash, counted_at = excluded.counted_at, told_changed_at = null
     where :is_counted
""")
_TELL_CHANGED = text("""
    update ops.calendar_year set told_changed_at = :now
     where calendar_code = :code and year = :year and told_changed_at is null returning year
""")
_TELL_MISSING = text("""
    update ops.calendar_year set told_missing_at = :now
     where calendar_code = :code and year = :year and told_missing_at is null returning year
""")
_ADD_CALENDAR = text("""
    insert into ops.calendar (code, name, timezone, holiday_region)
    select :code, :name, timezone, holiday_region from ops.calendar where code = :like
    on conflict do nothing returning code
""")
_COPY_SHIFTS = text("""
    insert into ops.calendar_shift (calendar_code, weekday, start_minute, end_minute, valid_from)
    select :code, weekday, start_minute, end_minute, valid_from from ops.calendar_shift where calendar_code = :like
""")
_COPY_OVERRIDES = text("""
    insert into ops.calendar_override (calendar_code, on_date, is_working, like_weekday, reason)
    select :code, on_date, is_working, like_weekday, reason from ops.calendar_override where calendar_code = :like
""")
_GIVE = text("""
    update ops.project set calendar_code = :code
     where code = :project_code and calendar_code = :like
       and (cast(:project_ids as uuid[]) is null or id = any(cast(:project_ids as uuid[])))
""")
_CLEAR_WEEK = text("delete from ops.calendar_shift where calendar_code = :code and valid_from = :valid_from")
_ADD_WEEK = text("""
    insert into ops.calendar_shift (calendar_code, weekday, start_minute, end_minute, valid_from)
    select :code, weekday, start_minute, end_minute, :valid_from
      from jsonb_to_recordset(cast(:rows as jsonb)) as given (
           weekday smallint, start_minute smallint, end_minute smallint)
""")
_CLEAR_DAY = text("delete from ops.calendar_override where calendar_code = :code and on_date = :on_date")
_ADD_DAY = text("""
    insert into ops.calendar_override (calendar_code, on_date, is_working, like_weekday, reason)
    values (:code, :on_date, :is_working, null, :reason)
""")
_POLICIES = text("""
    select id, severity, category_code, target, target_minutes, running_reasons, valid_from, valid_to
      from ops.sla_policy
     where is_active order by category_code nulls first, severity, target, valid_from
""")
_END_POLICY = text("""
    update ops.sla_policy set valid_to = :now
     where severity = :severity and category_code is not distinct from cast(:category_code as text)
       and target = :target and valid_to is null and valid_from < :now
    returning target_minutes, running_reasons
""")
_ADD_POLICY = text("""
    insert into ops.sla_policy (severity, category_code, target, target_minutes, running_reasons, valid_from)
    values (:severity, :category_code, :target, :target_minutes, :running_reasons, :now)
""")


_PAUSES = text("""
    select kind, occurred_at, payload -> 'data' ->> 'reason' as reason from ops.ticket_event
     where ticket_id = :id and kind in ('ticket:pause', 'ticket:resume', 'ticket:reopen') order by version
""")
_TIMERS = text("""
    select timer.timer_key, timer.action, timer.state, timer.is_working_time, timer.due_at, timer.remaining_minutes,
           task.node_key
      from ops.timer join ops.task on task.id = timer.task_id
     where timer.ticket_id = :id and timer.state in ('planned', 'held') order by timer.due_at, timer.timer_key
""")


async def pauses(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """When a ticket was paused and why, and when it was resumed and reopened, in order."""
    return list((await connection.execute(_PAUSES, {"id": id})).all())


async def timers(connection: AsyncConnection, *, id: UUID) -> list[Row[Any]]:
    """What a ticket's process does by itself, unless somebody acts before: planned, or held by a pause."""
    return list((await connection.execute(_TIMERS, {"id": id})).all())


async def calendars(connection: AsyncConnection) -> list[Row[Any]]:
    """Every calendar with its versions, its special days and the projects that go by it."""
    return list((await connection.execute(CALENDARS)).all())


async def years(connection: AsyncConnection) -> list[Row[Any]]:
    """What is kept of the years of calendars."""
    return list((await connection.execute(YEARS)).all())


async def keep_years(
    connection: AsyncConnection, *, code: str, hashes: dict[int, str], now: dt.datetime, is_counted: bool
) -> None:
    """Keep the days of a calendar's years by their hash: where nothing is kept, or all after counting with them."""
    values = {"code": code, "hashes": json.dumps(hashes), "now": now, "is_counted": is_counted}
    await connection.execute(_KEEP_YEARS, values)


async def tell_of_change(connection: AsyncConnection, *, code: str, year: int, now: dt.datetime) -> bool:
    """Note that managers are told of a year's changed days; False if they were before."""
    return (await connection.execute(_TELL_CHANGED, {"code": code, "year": year, "now": now})).first() is not None


async def tell_of_missing(connection: AsyncConnection, *, code: str, year: int, now: dt.datetime) -> bool:
    """Note that managers are asked for a year's holidays; False if they were before."""
    return (await connection.execute(_TELL_MISSING, {"code": code, "year": year, "now": now})).first() is not None


async def copy_calendar(connection: AsyncConnection, *, code: str, name: str, like: str) -> bool:
    """Make a calendar that is the same as another so far; False if the code is taken or there is no such other."""
    values = {"code": code, "name": name, "like": like}
    if (await connection.execute(_ADD_CALENDAR, values)).first() is None:
        return False
    await connection.execute(_COPY_SHIFTS, {"code": code, "like": like})
    await connection.execute(_COPY_OVERRIDES, {"code": code, "like": like})
    return True


async def give_to_project(
    connection: AsyncConnection, *, code: str, project_code: str, like: str, project_ids: list[UUID] | None
) -> bool:
    """Let a project of a scope go by a copy of its calendar; False if it goes by another one."""
    values = {"code": code, "project_code": project_code, "like": like, "project_ids": project_ids}
    return (await connection.execute(_GIVE, values)).rowcount == 1


async def replace_week(connection: AsyncConnection, *, code: str, valid_from: dt.date, rows: str) -> None:
    """Let another week begin on a day."""
    await connection.execute(_CLEAR_WEEK, {"code": code, "valid_from": valid_from})
    await connection.execute(_ADD_WEEK, {"code": code, "valid_from": valid_from, "rows": rows})


async def replace_day(
    connection: AsyncConnection, *, code: str, on_date: dt.date, is_working: bool | None, reason: str
) -> None:
    """Make one day different, or (None) as the rules say again."""
    await connection.execute(_CLEAR_DAY, {"code": code, "on_date": on_date})
    if is_working is not None:
        values = {"code": code, "on_date": on_date, "is_working": is_working, "reason": reason}
        await connection.execute(_ADD_DAY, values)


async def policies(connection: AsyncConnection) -> list[Row[Any]]:
    """Every promise that holds or held."""
    return list((await connection.execute(_POLICIES)).all())


async def change_policy(
    connection: AsyncConnection,
    *,
    severity: str,
    category_code: str | None,
    target: str,
    target_minutes: int | None,
    now: dt.datetime,
) -> int | None:
    """Promise something else from now on, or (None) nothing; returns what was promised before.

    Which pauses stop the clock stays as it is.
    """
    values = {"severity": severity, "category_code": category_code, "target": target, "now": now}
    before = (await connection.execute(_END_POLICY, values)).one_or_none()
    if target_minutes is not None:
        reasons = before.running_reasons if before else ""
        await connection.execute(_ADD_POLICY, values | {"target_minutes": target_minutes, "running_reasons": reasons})
    return before.target_minutes if before else None


async def change_pauses(
    connection: AsyncConnection,
    *,
    severity: str,
    category_code: str | None,
    target: str,
    running_reasons: str,
    now: dt.datetime,
) -> str | None:
    """Let other pauses stop a promise from now on; the reasons before, or None where nothing is promised."""
    values = {"severity": severity, "category_code": category_code, "target": target, "now": now}
    before = (await connection.execute(_END_POLICY, values)).one_or_none()
    if before is None:
        return None
    await connection.execute(
        _ADD_POLICY, values | {"target_minutes": before.target_minutes, "running_reasons": running_reasons}
    )
    found: str = before.running_reasons
    return found

"""Changing calendars and promises from a day on, and counting deadlines anew on purpose."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.public_holidays import special_days_of
from core.vocabulary import Permission, Severity, SlaTarget
from core.working_time import Calendar, CalendarError, Shift, SpecialDays
from ops_db import audit
from ops_db.actor import Actor
from ops_db.clock import repository
from ops_db.errors import InvalidInput, NotFound
from ops_db.tickets import promises
from ops_db.tickets import repository as tickets
from ops_db.tickets.beside import write_beside
from ops_db.tickets.pauses import running_since

_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{1,30}")
_MOST_MINUTES: Final = 100_000


@dataclass(frozen=True, slots=True)
class KeptCalendar:
    """A calendar as a page shows it; `row` has the columns of the repository."""

    row: Row[Any]
    calendar: Calendar

    def special_days(self, year: int) -> SpecialDays:
        """The public holidays and make-up days of a year."""
        return special_days_of(self.row.holiday_region)(year)

    def today(self, now: dt.datetime) -> dt.date:
        """The date in its zone."""
        return now.astimezone(ZoneInfo(self.row.timezone)).date()


async def calendars(connection: AsyncConnection, *, actor: Actor) -> list[KeptCalendar]:
    """Every calendar."""
    actor.require(Permission.CLOCK_MANAGE)
    return [_kept(row) for row in await repository.calendars(connection)]


async def calendar(connection: AsyncConnection, code: str, *, actor: Actor) -> KeptCalendar:
    """One of them; raises NotFound."""
    found = next((one for one in await calendars(connection, actor=actor) if one.row.code == code), None)
    if found is None:
        raise NotFound("There is no such calendar. Choose one from the list.")
    return found


async def set_week(
    connection: AsyncConnection,
    code: str,
    week: Mapping[int, Sequence[tuple[int, int]]],
    *,
    valid_from: dt.date,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let another week begin on a day to come; raises InvalidInput for a day that has begun.

    Running tickets keep their deadlines until somebody has them counted anew.
    """
    kept = await calendar(connection, code, actor=actor)
    _require_coming(kept, valid_from, now, field="valid_from")
    shifts = tuple(tuple(Shift(*stretch) for stretch in week.get(day, ())) for day in range(1, 8))
    try:
        Calendar(code, kept.row.timezone, shifts)
    except CalendarError:
        raise InvalidInput(
            "A week needs at least one shift, and the shifts of a day follow one another. Correct them.",
            fields=tuple(f"day_{day}" for day in range(1, 8) if week.get(day)) or ("day_1",),
        ) from None
    rows = [
        {"weekday": day, "start_minute": start, "end_minute": end}
        for day, stretches in sorted(week.items())
        for start, end in stretches
    ]
    await repository.replace_week(connection, code=code, valid_from=valid_from, rows=json.dumps(rows))
    await _note(connection, "calendar:week", code, actor, now, {"valid_from": valid_from.isoformat()})


async def set_day(
    connection: AsyncConnection,
    code: str,
    on_date: dt.date,
    *,
    is_working: bool | None,
    reason: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Work on a day to come, or close it, or (None) let the rules decide again."""
    kept = await calendar(connection, code, actor=actor)
    _require_coming(kept, on_date, now, field="on_date")
    if is_working is not None and not reason.strip():
        raise InvalidInput("Say why this day is different.", fields=("reason",))
    await repository.replace_day(connection, code=code, on_date=on_date, is_working=is_working, reason=reason.strip())
    detail = {"on_date": on_date.isoformat(), "is_working": is_working, "reason": reason.strip()}
    await _note(connection, "calendar:day", code, actor, now, detail)


async def give_own_calendar(
    connection: AsyncConnection, like: str, *, project_code: str, code: str, name: str, actor: Actor, now: dt.datetime
) -> None:
    """Give a project a calendar of its own, a copy of its present one, so that no figure moves until it is changed."""
    await calendar(connection, like, actor=actor)
    if not _CODE.fullmatch(code):
        raise InvalidInput("A code has small letters, digits and hyphens, and begins with a letter.", fields=("code",))
    if not name.strip():
        raise InvalidInput("Give the calendar a name.", fields=("name",))
    if not await repository.copy_calendar(connection, code=code, name=name.strip(), like=like):
        raise InvalidInput("There is a calendar with this code already. Choose another code.", fields=("code",))
    if not await repository.give_to_project(connection, code=code, project_code=project_code, like=like):
        raise InvalidInput("This project goes by another calendar. Look at the list again.", fields=("project",))
    await _note(connection, "calendar:copy", code, actor, now, {"like": like, "project_code": project_code})


async def recompute(connection: AsyncConnection, code: str, *, reason: str, actor: Actor, now: dt.datetime) -> int:
    """Count the deadlines of running tickets anew by the calendar as it is now; each that moves gets an event.

    A ticket that is paused is left alone: its deadline is counted when it is resumed.
    """
    await calendar(connection, code, actor=actor)
    if not reason.strip():
        raise InvalidInput("Say why deadlines are counted anew; each ticket keeps the reason.", fields=("reason",))
    promises.forget(connection, code)
    moved = 0
    for ticket in await repository.running(connection, code=code, now=now):
        minutes = await repository.resolve_minutes(connection, id=ticket.id)
        if ticket.pause_reason is not None or minutes is None:
            continue
        start, pauses = running_since(ticket.reported_at, await tickets.pause_events(connection, id=ticket.id), now)
        due_at = await promises.due_at(connection, minutes, calendar_code=code, start=start, pauses=pauses)
        before = ticket.resolve_due_at
        if due_at is None or due_at == before:
            continue
        if await repository.set_due(connection, id=ticket.id, before=before, due_at=due_at):
            payload = {"before": before.isoformat(), "after": due_at.isoformat(), "reason": reason.strip()}
            await write_beside(
                connection,
                ticket_id=ticket.id,
                kind="clock:recompute",
                actor_kind=actor.kind,
                actor_id=actor.id,
                now=now,
                payload=payload,
            )
            moved += 1
    await _note(connection, "calendar:recompute", code, actor, now, {"tickets": moved, "reason": reason.strip()})
    return moved


# Promises.


async def policies(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """Every promise that holds or held."""
    actor.require(Permission.CLOCK_MANAGE)
    return await repository.policies(connection)


async def promise(
    connection: AsyncConnection,
    severity: Severity,
    category_code: str | None,
    target: SlaTarget,
    minutes: int | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Promise so many working minutes for tickets reported from now on; None promises nothing of its own."""
    actor.require(Permission.CLOCK_MANAGE)
    if minutes is not None and not 1 <= minutes <= _MOST_MINUTES:
        raise InvalidInput("A promise has between 1 and 100000 working minutes.")
    before = await repository.change_policy(
        connection,
        severity=severity.value,
        category_code=category_code,
        target=target.value,
        target_minutes=minutes,
        now=now,
    )
    detail = {"severity": severity.value, "target": target.value, "before": before, "after": minutes}
    await _note(connection, "sla:promise", category_code or "*", actor, now, detail)


def _require_coming(kept: KeptCalendar, day: dt.date, now: dt.datetime, *, field: str) -> None:
    if day <= kept.today(now):
        raise InvalidInput("What has been counted stays what it was. Choose a day from tomorrow on.", fields=(field,))


def _kept(row: Row[Any]) -> KeptCalendar:
    shifts = [(day, start, end, dt.date.fromisoformat(since)) for day, start, end, since in row.shifts]
    days = [(dt.date.fromisoformat(day), is_working, like) for day, is_working, like, _ in row.overrides]
    return KeptCalendar(row, Calendar.from_rows(row.code, row.timezone, shifts, days))


async def _note(
    connection: AsyncConnection, deed: str, code: str, actor: Actor, now: dt.datetime, detail: dict[str, Any]
) -> None:
    promises.forget(connection, code)
    await audit.note(
        connection, actor=actor, deed=deed, now=now, object_kind="calendar", detail={"code": code} | detail
    )

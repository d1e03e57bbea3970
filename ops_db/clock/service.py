"""Changing calendars and promises from a day on, and counting deadlines anew on purpose.

A calendar is changed by whoever manages each project that goes by it, and promises hold in every project. Whoever
manages one project gives it a calendar of its own first.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import PauseReason, Permission, Severity, SlaTarget
from core.working_time import Calendar, CalendarError, Shift
from ops_db import audit
from ops_db.actor import Actor
from ops_db.clock import repository, years
from ops_db.clock.years import KeptCalendar, YearStanding
from ops_db.errors import InvalidInput, NotFound, NotPermitted
from ops_db.tickets import promises

DEFAULT_CALENDAR: Final = "default"
"""The one that new projects go by."""
_CODE: Final = re.compile(r"[a-z][a-z0-9_-]{1,30}")
_MOST_MINUTES: Final = 100_000
_MOST_DAYS: Final = dt.timedelta(days=60)


async def calendars(connection: AsyncConnection, *, actor: Actor) -> list[KeptCalendar]:
    """Every calendar."""
    actor.require(Permission.CLOCK_MANAGE)
    return [KeptCalendar.of(row) for row in await repository.calendars(connection)]


async def calendar(connection: AsyncConnection, code: str, *, actor: Actor) -> KeptCalendar:
    """One of them; raises NotFound."""
    found = next((one for one in await calendars(connection, actor=actor) if one.row.code == code), None)
    if found is None:
        raise NotFound("There is no such calendar. Choose one from the list.")
    return found


async def year_standings(connection: AsyncConnection, *, now: dt.datetime) -> list[YearStanding]:
    """How this year and the next stand in every calendar that a project goes by."""
    return list(years.standings(await repository.calendars(connection), await repository.years(connection), now))


def is_changeable(kept: KeptCalendar, *, actor: Actor) -> bool:
    """Whether the actor may change a calendar; that of new projects takes a permission that counts in every one."""
    if kept.row.code == DEFAULT_CALENDAR:
        return actor.scope(Permission.CLOCK_MANAGE) is None
    return actor.may_in_each(Permission.CLOCK_MANAGE, kept.row.project_ids)


def own_projects(kept: KeptCalendar, *, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of each project of the actor's that goes by a calendar."""
    return [
        (code, name)
        for id, (code, name) in zip(kept.row.project_ids, kept.row.projects, strict=True)
        if actor.may(Permission.CLOCK_MANAGE, id)
    ]


async def changeable(connection: AsyncConnection, code: str, *, actor: Actor) -> KeptCalendar:
    """A calendar the actor may change; raises NotFound, NotPermitted."""
    kept = await calendar(connection, code, actor=actor)
    if not is_changeable(kept, actor=actor):
        raise NotPermitted(
            "Projects you do not manage go by this calendar. Give yours a calendar of its own, or ask somebody who "
            "manages every one of them.",
            permission=Permission.CLOCK_MANAGE.value,
        )
    return kept


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
    kept = await changeable(connection, code, actor=actor)
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
    await years.keep_known(connection, code, now=now)
    await repository.replace_week(connection, code=code, valid_from=valid_from, rows=json.dumps(rows))
    await _note(connection, "calendar:week", code, actor, now, {"valid_from": valid_from.isoformat()})


async def set_days(
    connection: AsyncConnection,
    code: str,
    first: dt.date,
    last: dt.date,
    *,
    is_working: bool | None,
    reason: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Work on days to come, or close them, or (None) let the rules decide again; the last one is included."""
    kept = await changeable(connection, code, actor=actor)
    _require_coming(kept, first, now, field="on_date")
    if not first <= last < first + _MOST_DAYS:
        raise InvalidInput("The last day comes after the first, within 60 days.", fields=("until",))
    if is_working is not None and not reason.strip():
        raise InvalidInput("Say why this day is different.", fields=("reason",))
    await years.keep_known(connection, code, now=now)
    for number in range((last - first).days + 1):
        await repository.replace_day(
            connection,
            code=code,
            on_date=first + dt.timedelta(days=number),
            is_working=is_working,
            reason=reason.strip(),
        )
    detail = {"on_date": first.isoformat(), "is_working": is_working, "reason": reason.strip()}
    detail |= {"until": last.isoformat()} if last != first else {}
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
    scope = actor.scope(Permission.CLOCK_MANAGE)
    if not await repository.give_to_project(
        connection, code=code, project_code=project_code, like=like, project_ids=scope
    ):
        raise InvalidInput("This project goes by another calendar. Look at the list again.", fields=("project",))
    await _note(connection, "calendar:copy", code, actor, now, {"like": like, "project_code": project_code})


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
    """Promise so many working minutes for tickets reported from now on; None promises nothing of its own.

    A promise holds in every project, so it takes a permission that does too.
    """
    actor.require_everywhere(Permission.CLOCK_MANAGE)
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


async def stop_for(
    connection: AsyncConnection,
    severity: Severity,
    category_code: str | None,
    target: SlaTarget,
    reasons: Collection[PauseReason],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Let a promise stand in pauses for these reasons alone, for tickets reported from now on; raises InvalidInput."""
    actor.require_everywhere(Permission.CLOCK_MANAGE)
    running = ",".join(sorted(reason.value for reason in PauseReason if reason not in reasons))
    before = await repository.change_pauses(
        connection,
        severity=severity.value,
        category_code=category_code,
        target=target.value,
        running_reasons=running,
        now=now,
    )
    if before is None:
        raise InvalidInput("Nothing is promised here yet. Promise some minutes first.")
    detail = {"severity": severity.value, "target": target.value, "runs_before": before, "runs_in": running}
    await _note(connection, "sla:pauses", category_code or "*", actor, now, detail)


def _require_coming(kept: KeptCalendar, day: dt.date, now: dt.datetime, *, field: str) -> None:
    if day <= kept.today(now):
        raise InvalidInput("What has been counted stays what it was. Choose a day from tomorrow on.", fields=(field,))


async def _note(
    connection: AsyncConnection, deed: str, code: str, actor: Actor, now: dt.datetime, detail: dict[str, Any]
) -> None:
    promises.forget(connection, code)
    await audit.note(
        connection, actor=actor, deed=deed, now=now, object_kind="calendar", detail={"code": code} | detail
    )

"""Calendars as a year one can click, and what is promised by severity and category."""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final

from babel.dates import get_day_names, get_month_names
from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import PauseReason, Permission, Severity, SlaTarget
from ops_db.actor import Actor
from ops_db.clock import service
from ops_db.clock.years import KeptCalendar
from ops_db.dispatch.shifts import Stretch
from ops_db.errors import InvalidInput
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, RefusedForm, answered
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.manage.shift_text import read_shifts, written
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.submitting import new_key
from ticket_service.pages.taxonomy import taxonomy_of
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage")

Manager = Annotated[Actor, Depends(Allowed(Permission.CLOCK_MANAGE))]

WEEK: Final = range(1, 8)
_FIRST_YEAR, _LAST_YEAR = 2000, 2098


@dataclass(frozen=True, slots=True)
class DayCell:
    """One day of the year's picture."""

    day: dt.date
    kind: str
    title: str
    is_open_to_change: bool


@router.get("/calendars")
async def show_calendars(
    reader: CurrentReader,
    actor: Manager,
    connection: Connection,
    code: str = "default",
    year: int | None = None,
    day: dt.date | None = None,
) -> Response:
    """One calendar as a year, and the list of the others."""
    return await _page(connection, code, reader=reader, actor=actor, year=year, day=day)


@router.post("/calendars")
async def change_calendar(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Change a day, the week, deadlines, or whose calendar it is."""
    form = await submitted(request)
    typed, code = form.typed, form.typed.get("code", "")

    async def work() -> str:
        change = _CHANGES.get(typed.get("deed", ""))
        if change is None:
            raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
        return await change(connection, code, typed, reader, actor, now)

    async def show(refused: Refusal) -> Response:
        day = _date_or_none(typed.get("on_date", ""))
        return await _page(connection, code, reader=reader, actor=actor, day=day, refused=refused)

    return await answered(form, work, show=show, reader=reader, actor=actor, connection=connection, keys=keys)


@router.get("/service-levels")
async def show_promises(reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """What is promised."""
    return await _promises_page(connection, reader=reader, actor=actor)


@router.post("/service-levels")
async def change_promise(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Promise something else for tickets reported from now on."""
    form = await submitted(request)

    async def work() -> str:
        typed = form.typed
        severity = next((one for one in Severity if one == typed.get("severity")), Severity.NORMAL)
        if typed.get("deed") == "pauses":
            await _change_pauses(connection, severity, typed, actor, now)
            return "/manage/service-levels"
        for target in SlaTarget:
            text = typed.get(target.value, "")
            if text == typed.get(f"{target.value}_before", ""):
                continue
            if text and not text.isdigit():
                errors = {target.value: reader.translate("Enter a whole number.")}
                raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
            minutes = int(text) if text else None
            category = typed.get("category") or None
            await service.promise(connection, severity, category, target, minutes, actor=actor, now=now)
        return "/manage/service-levels"

    async def show(refused: Refusal) -> Response:
        return await _promises_page(connection, reader=reader, actor=actor, refused=refused)

    return await answered(form, work, show=show, reader=reader, actor=actor, connection=connection, keys=keys)


async def _change_pauses(
    connection: AsyncConnection, severity: Severity, typed: Mapping[str, str], actor: Actor, now: dt.datetime
) -> None:
    """Take over which pauses stop which promise, as far as the form says something else than before."""
    for target in SlaTarget:
        before = typed.get(f"runs_{target.value}")
        if before is None:
            continue
        reasons = [one for one in PauseReason if typed.get(f"stops_{target.value}_{one.value}")]
        if ",".join(sorted(one.value for one in PauseReason if one not in reasons)) != before:
            category = typed.get("category") or None
            await service.stop_for(connection, severity, category, target, reasons, actor=actor, now=now)


async def _change_day(
    connection: AsyncConnection, code: str, typed: Mapping[str, str], reader: Reader, actor: Actor, now: dt.datetime
) -> str:
    first = _date(typed, "on_date", reader)
    last = _date(typed, "until", reader) if typed.get("until") else first
    is_working = {"work": True, "close": False}.get(typed.get("as", ""))
    await service.set_days(
        connection, code, first, last, is_working=is_working, reason=typed.get("reason", ""), actor=actor, now=now
    )
    return f"/manage/calendars?code={code}&year={first.year}"


async def _change_week(
    connection: AsyncConnection, code: str, typed: Mapping[str, str], reader: Reader, actor: Actor, now: dt.datetime
) -> str:
    week: dict[int, list[tuple[int, int]]] = {}
    for number in WEEK:
        name = f"day_{number}"
        try:
            week[number] = [(one.start_minute, one.end_minute) for one in read_shifts(typed.get(name, ""))]
        except ValueError:
            words = reader.translate("Write hours like 8:30-12:00 13:30-18:00, or nothing for a day off.")
            raise RefusedForm(Refusal(status=422, errors={name: words}, typed=typed)) from None
    valid_from = _date(typed, "valid_from", reader)
    await service.set_week(connection, code, week, valid_from=valid_from, actor=actor, now=now)
    return f"/manage/calendars?code={code}&year={valid_from.year}#week"


async def _give_own(
    connection: AsyncConnection, code: str, typed: Mapping[str, str], _reader: Reader, actor: Actor, now: dt.datetime
) -> str:
    own = typed.get("own_code", "").lower()
    await service.give_own_calendar(
        connection,
        code,
        project_code=typed.get("project", ""),
        code=own,
        name=typed.get("name", ""),
        actor=actor,
        now=now,
    )
    return f"/manage/calendars?code={own}"


_CHANGES: Final[dict[str, Callable[..., Awaitable[str]]]] = {
    "day": _change_day,
    "week": _change_week,
    "own": _give_own,
}


def _date_or_none(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _date(typed: Mapping[str, str], name: str, reader: Reader) -> dt.date:
    day = _date_or_none(typed.get(name, ""))
    if day is None:
        errors = {name: reader.translate("Choose a date.")}
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
    return day


async def _page(
    connection: AsyncConnection,
    code: str,
    *,
    reader: Reader,
    actor: Actor,
    year: int | None = None,
    day: dt.date | None = None,
    refused: Refusal = NOTHING_REFUSED,
) -> Response:
    kept = await service.calendar(connection, code, actor=actor)
    shown_year = min(max(year or (day.year if day else reader.clock.today.year), _FIRST_YEAR), _LAST_YEAR)
    special = kept.special_days(shown_year)
    today = kept.today(reader.clock.now)
    current = kept.calendar.week_on(max(today, dt.date(shown_year, 12, 31)) if shown_year > today.year else today)
    return manage_page(
        reader,
        "manage/calendars.html",
        status=refused.status,
        here="/manage/calendars",
        kept=kept.row,
        calendars=[one.row for one in await service.calendars(connection, actor=actor)],
        year=shown_year,
        is_provisional=special.is_provisional,
        months=_months(kept, shown_year, today, reader),
        weekday_letters=_weekday_names(reader, "narrow"),
        weekday_names=list(zip(WEEK, _weekday_names(reader, "abbreviated"), strict=True)),
        week={number: written(Stretch(*one) for one in current[number - 1]) for number in WEEK},
        later=sorted(since for since in kept.calendar.later_weeks if since > today),
        chosen=day,
        chosen_is_coming=day is not None and day > today,
        standings=[one for one in await service.year_standings(connection, now=reader.clock.now) if one.code == code],
        overrides=[
            (dt.date.fromisoformat(on), is_working, reason)
            for on, is_working, _, reason in kept.row.overrides
            if on.startswith(str(shown_year))
        ],
        may_change=service.is_changeable(kept, actor=actor),
        own_projects=service.own_projects(kept, actor=actor),
        refused=refused,
        typed=refused.typed,
        new_key=new_key,
    )


def _months(
    kept: KeptCalendar, year: int, today: dt.date, reader: Reader
) -> list[tuple[str, list[list[DayCell | None]]]]:
    names = get_month_names("wide" if reader.language == "en" else "abbreviated", "stand-alone", _locale(reader))
    weeks = gregorian.Calendar(firstweekday=0)
    return [
        (
            names[month],
            [
                [_cell(kept, day, today, reader) if day.month == month else None for day in week]
                for week in weeks.monthdatescalendar(year, month)
            ],
        )
        for month in range(1, 13)
    ]


def _cell(kept: KeptCalendar, day: dt.date, today: dt.date, reader: Reader) -> DayCell:
    special, _ = kept.special_days(day.year), reader.translate
    shifts = kept.calendar.shifts_on(day, special)
    hours = written(Stretch(*one) for one in shifts)
    if day in kept.calendar.overrides:
        kind, words = ("own-work" if shifts else "own-off"), _("set by hand")
    elif day in special.makeup_days:
        kind, words = "makeup", _("make-up working day")
    elif day in special.holidays:
        kind, words = "holiday", _("public holiday")
    else:
        kind, words = ("work" if shifts else "off"), ""
    title = " · ".join(part for part in (day.isoformat(), words, hours or _("closed")) if part)
    return DayCell(day, kind + (" today" if day == today else ""), title, day > today)


def _weekday_names(reader: Reader, width: str) -> list[str]:
    names = get_day_names(width, "stand-alone", _locale(reader))  # type: ignore[arg-type]  # Babel names the widths in a Literal.
    return [names[number] for number in range(7)]


def _locale(reader: Reader) -> str:
    return "zh_CN" if reader.language == "zh-CN" else "en_GB"


async def _promises_page(
    connection: AsyncConnection, *, reader: Reader, actor: Actor, refused: Refusal = NOTHING_REFUSED
) -> Response:
    rows = await service.policies(connection, actor=actor)
    taxonomy = await taxonomy_of(connection, reader.language)
    current: dict[str | None, dict[str, dict[str, int]]] = {None: {}}
    running: dict[str, str] = {}
    for row in rows:
        if row.valid_to is None:
            current.setdefault(row.category_code, {}).setdefault(row.severity, {})[row.target] = row.target_minutes
            running[f"{row.category_code or ''}/{row.severity}/{row.target}"] = row.running_reasons
    past = [row for row in rows if row.valid_to is not None]
    return manage_page(
        reader,
        "manage/service_levels.html",
        status=refused.status,
        here="/manage/service-levels",
        current=current,
        running=running,
        reasons=PauseReason,
        past=sorted(past, key=lambda row: row.valid_to, reverse=True)[:30],
        taxonomy=taxonomy,
        severities=Severity,
        targets=SlaTarget,
        duration=partial(_working_duration, reader),
        may_change=actor.scope(Permission.CLOCK_MANAGE) is None,
        refused=refused,
        typed=refused.typed,
        new_key=new_key,
    )


def _working_duration(reader: Reader, minutes: Any) -> str:
    """Working minutes as hours; days would say how long a working day is, which differs by calendar."""
    hours, rest = divmod(int(minutes), 60)
    if not hours:
        return reader.translate("%(minutes)s min", minutes=rest)
    if rest:
        return reader.translate("%(hours)s h %(minutes)s min", hours=hours, minutes=rest)
    return reader.translate("%(hours)s h", hours=hours)

"""Crews and their people: who works when this week, what they can do, and which visits a crew can promise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final

from babel.dates import format_date, get_day_names
from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.language import Language
from core.vocabulary import Permission, Trade
from core.work_vocabulary import AbsenceReason
from ops_db.actor import Actor
from ops_db.dispatch.shifts import Stretch
from ops_db.errors import InvalidInput
from ops_db.rosters import service
from ops_db.rosters.service import Person
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, RefusedForm, answered
from ticket_service.pages.form_ids import id_in, needed_id
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.manage.shift_text import clock, read_shifts, written
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.submitting import new_key
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/people")

Manager = Annotated[Actor, Depends(Allowed(Permission.DISPATCH_MANAGE))]

WEEK: Final = range(1, 8)
_AHEAD: Final = dt.timedelta(days=120)


@dataclass(frozen=True, slots=True)
class Cell:
    """One day of one person."""

    text: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class CrewWeek:
    """One crew and the week of its people."""

    crew: Any
    people: list[tuple[Person, list[Cell]]]


@router.get("")
async def show_week(
    reader: CurrentReader, actor: Manager, connection: Connection, week: dt.date | None = None
) -> Response:
    """Everybody's week, crew by crew, and the appointments that can be promised."""
    return await _week_page(connection, reader=reader, actor=actor, day=week)


@router.post("/slots")
async def change_slots(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Add windows, or take one away."""
    form = await submitted(request)

    async def work() -> str:
        if form.typed.get("deed") == "delete":
            await service.delete_slot(connection, _number(form.typed.get("slot")), actor=actor, now=now)
        else:
            await _add_slots(connection, form.typed, reader, actor=actor, now=now)
        return "/manage/people#slots"

    async def show(refused: Refusal) -> Response:
        return await _week_page(connection, reader=reader, actor=actor, day=None, refused=refused)

    return await answered(form, work, show=show, reader=reader, actor=actor, connection=connection, keys=keys)


async def _add_slots(
    connection: AsyncConnection, typed: Mapping[str, str], reader: Reader, *, actor: Actor, now: dt.datetime
) -> None:
    stretches = _shifts(typed, "stretch", reader)
    if len(stretches) != 1:
        raise InvalidInput("Give one window, for example 9:00-11:00.", fields=("stretch",))
    await service.add_slots(
        connection,
        crew_id=id_in(typed, "crew"),
        weekdays=[day for day in WEEK if typed.get(f"weekday_{day}")],
        stretch=stretches[0],
        capacity=_number(typed.get("capacity")),
        actor=actor,
        now=now,
    )


@router.get("/{staff_number}")
async def show_person(staff_number: str, reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """One person's skills, week, exceptions and leave."""
    return await _person_page(connection, staff_number, reader=reader, actor=actor)


@router.post("/{staff_number}")
async def change_person(
    staff_number: str,
    request: Request,
    reader: CurrentReader,
    actor: Manager,
    connection: Connection,
    now: Now,
    keys: Keys,
) -> Response:
    """Change what one of the page's forms is about."""
    form = await submitted(request)
    typed = form.typed

    async def work() -> str:
        who = await _who(connection, staff_number, reader, actor)
        deed = typed.get("deed", "")
        change = _CHANGES.get(deed)
        if change is None:
            raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
        await change(connection, who, typed, reader, actor, now)
        return f"/manage/people/{staff_number}#{deed}"

    async def show(refused: Refusal) -> Response:
        return await _person_page(connection, staff_number, reader=reader, actor=actor, refused=refused)

    return await answered(form, work, show=show, reader=reader, actor=actor, connection=connection, keys=keys)


async def _change_skills(
    connection: AsyncConnection,
    who: Person,
    typed: Mapping[str, str],
    _reader: Reader,
    actor: Actor,
    now: dt.datetime,
) -> None:
    trades = [trade for trade in Trade if typed.get(f"trade_{trade.value}")]
    crew_id = id_in(typed, "crew")
    await service.set_skills(connection, who, trades, crew_id, actor=actor, now=now)


async def _change_week(
    connection: AsyncConnection, who: Person, typed: Mapping[str, str], reader: Reader, actor: Actor, now: dt.datetime
) -> None:
    week = {day: _shifts(typed, f"day_{day}", reader) for day in WEEK}
    await service.set_week(connection, who, week, actor=actor, now=now)


async def _change_date(
    connection: AsyncConnection, who: Person, typed: Mapping[str, str], reader: Reader, actor: Actor, now: dt.datetime
) -> None:
    stretches = None if typed.get("as_usual") else _shifts(typed, "stretches", reader)
    await service.set_date(connection, who, _date(typed, "on_date", reader), stretches, actor=actor, now=now)


async def _add_leave(
    connection: AsyncConnection, who: Person, typed: Mapping[str, str], reader: Reader, actor: Actor, now: dt.datetime
) -> None:
    reason = next((one for one in AbsenceReason if one == typed.get("reason")), AbsenceReason.VACATION)
    from_date, to_date = _date(typed, "from_date", reader), _date(typed, "to_date", reader)
    await service.add_leave(connection, who, from_date=from_date, to_date=to_date, reason=reason, actor=actor, now=now)


async def _end_leave(
    connection: AsyncConnection, who: Person, typed: Mapping[str, str], _reader: Reader, actor: Actor, now: dt.datetime
) -> None:
    await service.delete_leave(connection, who, needed_id(typed, "leave"), actor=actor, now=now)


_CHANGES: Final[dict[str, Callable[..., Awaitable[None]]]] = {
    "skills": _change_skills,
    "week": _change_week,
    "date": _change_date,
    "leave": _add_leave,
    "leave_back": _end_leave,
}


def _shifts(typed: Mapping[str, str], name: str, reader: Reader) -> list[Stretch]:
    try:
        return read_shifts(typed.get(name, ""))
    except ValueError:
        words = reader.translate("Write hours like 8:30-12:00 13:30-18:00, or nothing for a day off.")
        raise RefusedForm(Refusal(status=422, errors={name: words}, typed=typed)) from None


def _date(typed: Mapping[str, str], name: str, reader: Reader) -> dt.date:
    try:
        return dt.date.fromisoformat(typed.get(name, ""))
    except ValueError:
        errors = {name: reader.translate("Choose a date.")}
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed)) from None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0


async def _who(connection: AsyncConnection, staff_number: str, reader: Reader, actor: Actor) -> Person:
    monday = _monday(reader.clock.today)
    return await service.person(
        connection, staff_number, actor=actor, from_date=monday, to_date=reader.clock.today + _AHEAD
    )


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


async def _week_page(
    connection: AsyncConnection,
    *,
    reader: Reader,
    actor: Actor,
    day: dt.date | None,
    refused: Refusal = NOTHING_REFUSED,
) -> Response:
    monday = _monday(day or reader.clock.today)
    days = [monday + dt.timedelta(days=number) for number in range(7)]
    people = await service.people(connection, actor=actor, from_date=days[0], to_date=days[-1])
    crews = await service.crews(connection, actor=actor)
    weeks = [
        CrewWeek(crew, [(one, _cells(one, days, reader)) for one in people if one.row.crew_id == crew.id])
        for crew in crews
    ]
    without = [(one, _cells(one, days, reader)) for one in people if one.row.crew_id is None]
    return manage_page(
        reader,
        "manage/people.html",
        status=refused.status,
        here="/manage/people",
        weeks=weeks,
        without=without,
        days=[(one, _weekday_name(one.isoweekday(), reader.language), one == reader.clock.today) for one in days],
        previous=monday - dt.timedelta(days=7),
        following=monday + dt.timedelta(days=7),
        is_this_week=monday == _monday(reader.clock.today),
        crews=[crew for crew in crews if service.is_changeable(crew, actor=actor)],
        may_everywhere=actor.scope(Permission.DISPATCH_MANAGE) is None,
        slots=_slot_groups(await service.slots(connection, actor=actor), reader, actor=actor),
        weekday_names=[(number, _weekday_name(number, reader.language)) for number in WEEK],
        trade=Trade,
        refused=refused,
        typed=refused.typed,
        new_key=new_key,
        short_date=lambda one: format_date(one, "M/d" if reader.language == "zh-CN" else "d MMM", locale="en_GB"),
    )


async def _person_page(
    connection: AsyncConnection, staff_number: str, *, reader: Reader, actor: Actor, refused: Refusal = NOTHING_REFUSED
) -> Response:
    who = await _who(connection, staff_number, reader, actor)
    weekly = [row for row in who.roster.shifts if row.on_date is None]
    week = {
        day: written(
            sorted(
                Stretch(row.start_minute, row.end_minute)
                for row in weekly
                if row.weekday == day and row.start_minute is not None and row.end_minute is not None
            )
        )
        for day in WEEK
    }
    dates = sorted({row.on_date for row in who.roster.shifts if row.on_date is not None})
    return manage_page(
        reader,
        "manage/person.html",
        status=refused.status,
        here=f"/manage/people/{staff_number}",
        who=who,
        week=week,
        has_week=bool(weekly),
        dates=[(day, written(who.roster.stretches_on(day) or ())) for day in dates],
        absences=list(zip(who.roster.absences, who.leave_ids, strict=True)),
        reasons=AbsenceReason,
        trades=Trade,
        crews=[
            crew
            for crew in await service.crews(connection, actor=actor)
            if crew.id == who.row.crew_id or service.is_changeable(crew, actor=actor)
        ],
        may_everywhere=actor.scope(Permission.DISPATCH_MANAGE) is None,
        weekday_names=[(number, _weekday_name(number, reader.language)) for number in WEEK],
        refused=refused,
        typed=refused.typed,
        new_key=new_key,
    )


def _cells(person: Person, days: list[dt.date], reader: Reader) -> list[Cell]:
    return [_cell(person, day, reader) for day in days]


def _cell(person: Person, day: dt.date, reader: Reader) -> Cell:
    absence = person.roster.absence_on(day)
    if absence is not None:
        reason = AbsenceReason(absence.reason).label(reader.language)
        return Cell(reason, "away", f"{absence.from_date} – {absence.to_date}")
    stretches = person.roster.stretches_on(day)
    if stretches is None:
        return Cell("–", "unknown", reader.translate("No shifts are kept; the project's calendar counts."))
    is_dated = any(row.on_date == day for row in person.roster.shifts)
    text = "\n".join(f"{clock(one.start_minute)}–{clock(one.end_minute)}" for one in stretches)
    kind = "off" if not stretches else "dated" if is_dated else "works"
    return Cell(text or reader.translate("off"), kind, reader.translate("Only on this date") if is_dated else "")


def _slot_groups(slots: list[Any], reader: Reader, *, actor: Actor) -> list[tuple[str, list[dict[str, Any]]]]:
    """The windows of each crew, one line a window with its weekdays."""
    groups: dict[str, dict[tuple[int, int, int], list[Any]]] = {}
    for slot in slots:
        name = slot.crew_name or reader.translate("Every crew without windows of its own")
        lines = groups.setdefault(name, {})
        lines.setdefault((slot.start_minute, slot.end_minute, slot.capacity), []).append(slot)
    return [
        (
            name,
            [
                {
                    "hours": f"{clock(start)}–{clock(end)}",
                    "capacity": capacity,
                    "days": [(one.id, _weekday_name(one.weekday, reader.language)) for one in kept],
                    "is_changeable": service.is_changeable(kept[0], actor=actor),
                }
                for (start, end, capacity), kept in sorted(lines.items())
            ],
        )
        for name, lines in groups.items()
    ]


def _weekday_name(number: int, language: Language) -> str:
    names = get_day_names("abbreviated", locale="zh_CN" if language == "zh-CN" else "en_GB")
    return str(names[number - 1])

"""Keeping rosters: who works when, who can do what, and which visits can be promised.

A crew and its people are seen by whoever manages one of its projects, and changed by whoever manages each of them.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, Trade
from core.work_vocabulary import AbsenceReason
from ops_db import audit
from ops_db.actor import Actor
from ops_db.dispatch.shifts import Absence, Roster, ShiftRow, Stretch
from ops_db.errors import InvalidInput, NotFound, NotPermitted, ReferenceUnknown
from ops_db.rosters import repository
from ops_db.rosters.slots import FreeWindow, Slot, free_windows

LONGEST_LEAVE: Final = dt.timedelta(days=366)
_MINUTES_OF_DAY: Final = 24 * 60
_MOST_VISITS: Final = 99
_NOTICE: Final = dt.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Person:
    """A technician with their working time; `row` has the columns of the repository."""

    row: Row[Any]
    roster: Roster
    leave_ids: tuple[UUID, ...]
    is_changeable: bool = False


async def crews(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The crews of the actor's projects."""
    return await repository.crews(connection, project_ids=actor.scope(Permission.DISPATCH_MANAGE))


def is_changeable(row: Row[Any], *, actor: Actor) -> bool:
    """Whether the actor manages each project of a crew, of somebody in it, or of a window it promises."""
    return actor.may_in_each(Permission.DISPATCH_MANAGE, row.project_ids)


async def people(connection: AsyncConnection, *, actor: Actor, from_date: dt.date, to_date: dt.date) -> list[Person]:
    """The technicians of the actor's projects, by name."""
    scope = actor.scope(Permission.DISPATCH_MANAGE)
    rows = await repository.people(connection, project_ids=scope, from_date=from_date, to_date=to_date)
    return [_person(row, actor) for row in rows]


async def person(
    connection: AsyncConnection, staff_number: str, *, actor: Actor, from_date: dt.date, to_date: dt.date
) -> Person:
    """One of them; raises NotFound."""
    row = await repository.person(
        connection,
        staff_number=staff_number,
        project_ids=actor.scope(Permission.DISPATCH_MANAGE),
        from_date=from_date,
        to_date=to_date,
    )
    if row is None:
        raise NotFound("There is nobody with the number {number} among your people.", number=staff_number)
    return _person(row, actor)


async def set_week(
    connection: AsyncConnection,
    who: Person,
    week: Mapping[int, Sequence[Stretch]],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Give somebody a weekly pattern: the stretches of each ISO weekday; a weekday left out is off."""
    _require_changeable(who)
    rows = []
    for weekday, stretches in sorted(week.items()):
        _check_stretches(stretches, field=f"day_{weekday}")
        rows += [
            {"weekday": weekday, "start_minute": one.start_minute, "end_minute": one.end_minute} for one in stretches
        ]
    await repository.replace_week(connection, staff_id=who.row.id, rows=json.dumps(rows))
    await _note(connection, "roster:week", who, actor, now, {"shifts": len(rows)})


async def set_date(
    connection: AsyncConnection,
    who: Person,
    on_date: dt.date,
    stretches: Sequence[Stretch] | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Give somebody other shifts on one date, none at all, or (None) those of every week again."""
    _require_changeable(who)
    _check_stretches(stretches or (), field="stretches")
    day = on_date.isoformat()
    rows: list[dict[str, Any]] = [
        {"on_date": day, "start_minute": one.start_minute, "end_minute": one.end_minute} for one in stretches or ()
    ]
    if stretches is not None and not rows:
        rows = [{"on_date": day}]
    await repository.replace_date(connection, staff_id=who.row.id, on_date=on_date, rows=json.dumps(rows))
    await _note(connection, "roster:date", who, actor, now, {"on_date": day, "shifts": len(rows)})


async def add_leave(
    connection: AsyncConnection,
    who: Person,
    *,
    from_date: dt.date,
    to_date: dt.date,
    reason: AbsenceReason,
    actor: Actor,
    now: dt.datetime,
) -> UUID:
    """Write down that somebody is away on these days, both included."""
    _require_changeable(who)
    if not dt.timedelta() <= to_date - from_date <= LONGEST_LEAVE:
        raise InvalidInput("A leave ends on its first day or later, and within a year.", fields=("to_date",))
    id = await repository.add_leave(
        connection, staff_id=who.row.id, from_date=from_date, to_date=to_date, reason=reason.value
    )
    detail = {"from_date": from_date.isoformat(), "to_date": to_date.isoformat()}
    await _note(connection, "roster:leave", who, actor, now, detail)
    return id


async def delete_leave(connection: AsyncConnection, who: Person, id: UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Take a leave back; raises NotFound."""
    _require_changeable(who)
    if not await repository.delete_leave(connection, id=id, staff_id=who.row.id):
        raise NotFound("This leave was taken back already.")
    await _note(connection, "roster:leave_back", who, actor, now, {})


async def set_skills(
    connection: AsyncConnection,
    who: Person,
    trades: Sequence[Trade],
    crew_id: UUID | None,
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """What somebody can do, and in which crew; raises ReferenceUnknown for a crew that is none of the actor's.

    Somebody in no crew serves every project, so only whoever manages all of them takes a person out of every crew.
    """
    _require_changeable(who)
    if crew_id is None:
        if who.row.crew_id is not None:
            actor.require_everywhere(Permission.DISPATCH_MANAGE)
    else:
        await _require_own_crew(connection, crew_id, actor=actor)
    await repository.replace_skills(connection, staff_id=who.row.id, trades=[trade.value for trade in trades])
    await repository.set_crew(connection, staff_id=who.row.id, crew_id=crew_id)
    await _note(connection, "roster:skills", who, actor, now, {"trades": [trade.value for trade in trades]})


# Appointments.


async def slots(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The windows in which the crews of the actor's projects promise visits, and those of every crew."""
    return await repository.slots(connection, project_ids=actor.scope(Permission.DISPATCH_MANAGE))


async def add_slots(
    connection: AsyncConnection,
    *,
    crew_id: UUID | None,
    weekdays: Sequence[int],
    stretch: Stretch,
    capacity: int,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Add a window on these ISO weekdays, or change the one of that crew that begins then.

    A window of every crew takes a permission that counts in every project.
    """
    if crew_id is None:
        actor.require_everywhere(Permission.DISPATCH_MANAGE)
    else:
        await _require_own_crew(connection, crew_id, actor=actor)
    _check_stretches([stretch], field="stretch")
    if not weekdays:
        raise InvalidInput("Choose at least one weekday.", fields=("weekdays",))
    if not 1 <= capacity <= _MOST_VISITS:
        raise InvalidInput("A window holds between 1 and 99 visits.", fields=("capacity",))
    try:
        await repository.add_slots(
            connection,
            crew_id=crew_id,
            weekdays=list(weekdays),
            start_minute=stretch.start_minute,
            end_minute=stretch.end_minute,
            capacity=capacity,
        )
    except IntegrityError as error:
        raise ReferenceUnknown("There is no such crew among yours. Choose one from the list.") from error
    detail = {"crew_id": str(crew_id or ""), "weekdays": list(weekdays), "capacity": capacity}
    await audit.note(connection, actor=actor, deed="slot:set", now=now, object_kind="appointment_slot", detail=detail)


async def delete_slot(connection: AsyncConnection, id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Take a window away; raises NotFound. Visits promised in it stay promised."""
    slot = next((one for one in await slots(connection, actor=actor) if one.id == id), None)
    if slot is not None and not is_changeable(slot, actor=actor):
        raise _shared()
    if slot is None or not await repository.delete_slot(connection, id=id):
        raise NotFound("This window was taken away already.")
    await audit.note(
        connection, actor=actor, deed="slot:delete", now=now, object_kind="appointment_slot", detail={"id": id}
    )


async def windows_to_promise(
    connection: AsyncConnection, *, crew_id: UUID | None, zone: ZoneInfo, now: dt.datetime, days: int
) -> list[FreeWindow]:
    """What a crew can still promise from half an hour on; empty where no windows are kept at all."""
    rows = await repository.slots_of_crew(connection, crew_id=crew_id)
    kept = [Slot(row.weekday, row.start_minute, row.end_minute, row.capacity) for row in rows]
    if not kept:
        return []
    first_day = now.astimezone(zone).date()
    midnight = dt.datetime.combine(first_day, dt.time(), zone)
    booked = await repository.booked(
        connection, crew_id=crew_id, since=midnight, until=midnight + dt.timedelta(days=days)
    )
    pairs = [(row.promised_from, row.promised_to) for row in booked]
    return list(free_windows(kept, pairs, first_day=first_day, days=days, zone=zone, not_before=now + _NOTICE))


def _check_stretches(stretches: Sequence[Stretch], *, field: str) -> None:
    before = 0
    for stretch in stretches:
        if not before <= stretch.start_minute < stretch.end_minute <= _MINUTES_OF_DAY:
            raise InvalidInput(
                "Shifts of a day follow one another, and each ends after it begins. Correct them.", fields=(field,)
            )
        before = stretch.end_minute


async def _require_own_crew(connection: AsyncConnection, crew_id: UUID, *, actor: Actor) -> None:
    crew = next((one for one in await crews(connection, actor=actor) if one.id == crew_id), None)
    if crew is None:
        raise ReferenceUnknown("There is no such crew among yours. Choose one from the list.", fields=("crew",))
    if not is_changeable(crew, actor=actor):
        raise _shared()


def _require_changeable(who: Person) -> None:
    if not who.is_changeable:
        raise _shared()


def _shared() -> NotPermitted:
    return NotPermitted(
        "This also counts in projects you do not manage. Ask somebody who manages every one of them.",
        permission=Permission.DISPATCH_MANAGE.value,
    )


def _person(row: Row[Any], actor: Actor) -> Person:
    shifts = tuple(
        ShiftRow(weekday, dt.date.fromisoformat(day) if day else None, start, end)
        for weekday, day, start, end in row.shifts
    )
    absences = tuple(
        Absence(dt.date.fromisoformat(since), dt.date.fromisoformat(until), reason)
        for since, until, reason, _ in row.absences
    )
    leave_ids = tuple(UUID(one[3]) for one in row.absences)
    return Person(row, Roster(shifts, absences), leave_ids, is_changeable(row, actor=actor))


async def _note(
    connection: AsyncConnection, deed: str, who: Person, actor: Actor, now: dt.datetime, detail: dict[str, Any]
) -> None:
    await audit.note(
        connection, actor=actor, deed=deed, now=now, object_kind="staff", object_id=who.row.id, detail=detail
    )

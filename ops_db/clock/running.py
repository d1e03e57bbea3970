"""The clock of one ticket: what was promised when it was reported, by when, and while what it stood still."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import PauseReason, Permission, SlaTarget
from ops_db.actor import Actor
from ops_db.clock import repository
from ops_db.process.definition import Definition
from ops_db.tickets import promises
from ops_db.tickets import repository as tickets
from ops_db.tickets.due_times import Promised
from ops_db.tickets.pauses import moves_of
from ops_db.tickets.standing import standing_of


@dataclass(frozen=True, slots=True)
class Deadline:
    """One promise, in working minutes of the ticket's calendar, and the instant it comes to.

    Pauses for `running_reasons` do not stop it.
    """

    target: SlaTarget
    target_minutes: int
    due_at: dt.datetime | None
    running_reasons: list[PauseReason]


@dataclass(frozen=True, slots=True)
class Halt:
    """A stretch in which the clock stood still; `until` is None while it lasts."""

    since: dt.datetime
    until: dt.datetime | None
    reason: PauseReason | None


@dataclass(frozen=True, slots=True)
class RunningClock:
    """The clock of a ticket; `timers` are what the process does by itself, planned or held by a pause."""

    calendar_code: str
    running_since: dt.datetime
    pause_reason: PauseReason | None
    deadlines: list[Deadline]
    halts: list[Halt]
    timers: list[Row[Any]]
    definition: Definition


async def clock_of(connection: AsyncConnection, number: str, *, actor: Actor) -> RunningClock:
    """The clock of a ticket the actor may read; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    ticket = standing.ticket
    since, halts = halts_in(ticket.reported_at, await repository.pauses(connection, id=ticket.id))
    row = await tickets.promised(connection, id=ticket.id)
    promised = Promised.of(row, moves_of(row.moves))
    working = await promises.working_time(connection, ticket.calendar_code)
    # The time to resolve is the one kept with the ticket, which moves only on purpose.
    deadlines = [
        Deadline(
            target,
            minutes,
            ticket.resolve_due_at if target == SlaTarget.RESOLVE else promised.due_at(target, working),
            [one for one in PauseReason if one.value in promised.running_reasons.get(target, ())],
        )
        for target, minutes in promised.minutes.items()
        if minutes is not None
    ]
    return RunningClock(
        ticket.calendar_code,
        since,
        PauseReason(ticket.pause_reason) if ticket.pause_reason else None,
        deadlines,
        halts,
        await repository.timers(connection, id=ticket.id),
        standing.definition,
    )


def halts_in(reported_at: dt.datetime, events: list[Row[Any]]) -> tuple[dt.datetime, list[Halt]]:
    """Since when the promise runs, and every pause there was; those before a reopening do not count any more."""
    since, halts = reported_at, list[Halt]()
    for event in events:
        if event.kind == "ticket:pause":
            reason = next((one for one in PauseReason if one == event.reason), None)
            halts.append(Halt(event.occurred_at, None, reason))
            continue
        if halts and halts[-1].until is None:
            halts[-1] = Halt(halts[-1].since, event.occurred_at, halts[-1].reason)
        if event.kind == "ticket:reopen":
            since = event.occurred_at
    return since, halts

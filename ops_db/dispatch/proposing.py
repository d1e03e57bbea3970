"""What dispatch proposes for one ticket: who should go, and which visits could be promised."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.dispatch import repository
from ops_db.dispatch.suggesting import Plan, plan_for
from ops_db.rosters import service as rosters
from ops_db.rosters.slots import FreeWindow
from ops_db.tickets.standing import standing_of


@dataclass(frozen=True, slots=True)
class Promisable:
    """The windows a crew can still promise; none where no windows are kept for it. None is every crew without any."""

    crew_id: UUID | None
    windows: list[FreeWindow]


async def plan_for_ticket(connection: AsyncConnection, number: str, *, actor: Actor, now: dt.datetime) -> Plan:
    """The rule that decides for a ticket, and everybody of its crew in order with their reasons; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_DISPATCH)
    return await plan_for(connection, standing.ticket.id, now=now)


async def promisable(
    connection: AsyncConnection, number: str, *, actor: Actor, now: dt.datetime, days: int
) -> Promisable:
    """What can be promised for a ticket by the crew of whoever fits best, else by that of the rule; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_DISPATCH)
    plan = await plan_for(connection, standing.ticket.id, now=now)
    crew_id = plan.best.candidate.crew_id if plan.best else plan.crew_id
    zone = ZoneInfo((await repository.of_ticket(connection, id=standing.ticket.id)).timezone)
    windows = await rosters.windows_to_promise(connection, crew_id=crew_id, zone=zone, now=now, days=days)
    return Promisable(crew_id, windows)

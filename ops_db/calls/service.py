"""Logging a telephone conversation, with the home and ticket it was about."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import CallDirection, Permission
from ops_db.actor import Actor
from ops_db.calls import repository
from ops_db.errors import InvalidInput, ReferenceUnknown
from ops_db.personal_data import PersonalData


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCall:
    """A conversation; of the number only its blind index is kept."""

    direction: CallDirection
    started_at: dt.datetime
    ended_at: dt.datetime | None = None
    phone: str | None = None
    unit_code: str | None = None
    ticket_number: str | None = None
    exchange_key: str | None = None
    is_resolved: bool | None = None
    note: str = ""


async def log_call(connection: AsyncConnection, new: NewCall, *, actor: Actor, personal_data: PersonalData) -> UUID:
    """Keep a call and return its id; raises ReferenceUnknown, InvalidInput."""
    if new.ended_at is not None and new.ended_at < new.started_at:
        raise InvalidInput("The call ends before it begins. Correct the times.")
    place = await repository.place(connection, unit_code=new.unit_code, ticket_number=new.ticket_number)
    for given, found in ((new.unit_code, place.unit), (new.ticket_number, place.ticket)):
        unseen = found is None or not actor.may(Permission.CALL_LOG, UUID(found["project_id"]))
        if given is not None and unseen:
            raise ReferenceUnknown("There is no {name} in your projects. Check the code.", name=given)
    about = place.ticket or place.unit or {}
    return await repository.add(
        connection,
        direction=new.direction.value,
        project_id=about.get("project_id"),
        unit_id=place.unit["id"] if place.unit else about.get("unit_id"),
        ticket_id=place.ticket["id"] if place.ticket else None,
        agent_id=actor.staff_id,
        exchange_key=new.exchange_key,
        caller_index=personal_data.phone_index(new.phone) if new.phone else None,
        started_at=new.started_at,
        ended_at=new.ended_at,
        is_resolved=new.is_resolved,
        note=new.note.strip(),
    )

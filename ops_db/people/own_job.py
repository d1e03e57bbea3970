"""The owner's number for the technician who is to visit: of an open job of their own, and kept in the audit log."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, TicketState
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import NotFound, NotPermitted
from ops_db.people import repository
from ops_db.people.service import Contact
from ops_db.personal_data import PersonalData
from ops_db.process.state import Token
from ops_db.tickets.standing import Standing, standing_of


def is_own_job(standing: Standing, actor: Actor) -> bool:
    """Whether an open task is the actor's or that of somebody they stand in for, or their crew's with nobody named."""
    return standing.state.ticket_state == TicketState.OPEN and any(
        _is_own(token, actor, standing.ticket.project_id) for token in standing.state.tokens
    )


def _is_own(token: Token, actor: Actor, project_id: UUID) -> bool:
    if token.technician_id is not None:
        return actor.is_work_of(UUID(token.technician_id), project_id)
    return token.crew_id is not None and actor.crew_id is not None and str(token.crew_id) == str(actor.crew_id)


async def reporter_of_own_job(
    connection: AsyncConnection, number: str, *, actor: Actor, now: dt.datetime, personal_data: PersonalData
) -> Contact:
    """Name and number of who reported; raises NotFound, or NotPermitted when the job is not the actor's any more."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    if not is_own_job(standing, actor):
        raise NotPermitted("Numbers are shown for your own open jobs only. Ask the desk to call.")
    found = await repository.reporter(connection, ticket_id=standing.ticket.id)
    if found is None or found.phone_ciphertext is None:
        raise NotFound("No number is known for this ticket. Ask the desk.")
    await audit.note(
        connection,
        actor=actor,
        deed="person:reveal",
        now=now,
        object_kind="person",
        object_id=found.id,
        detail={"reason": f"own job {standing.ticket.number}"},
    )
    return Contact(
        found.id,
        personal_data.decrypt(found.name_ciphertext) if found.name_ciphertext else None,
        personal_data.decrypt(found.phone_ciphertext),
    )

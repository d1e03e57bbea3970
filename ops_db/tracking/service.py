"""The owner's side: reporting without an account, the link, urging, rating."""

from __future__ import annotations

import datetime as dt
import json

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, Channel, OwnerStatus, Permission, TicketState
from ops_db import audit
from ops_db.actor import Actor
from ops_db.dossier.service import Dossier
from ops_db.errors import InvalidInput, QuotaExceeded, RatingNotPossible, ReferenceUnknown
from ops_db.passwords import new_token, token_hash
from ops_db.personal_data import PersonalData
from ops_db.process.errors import TicketClosed
from ops_db.process.offers import allowed_actions
from ops_db.reach import see_only
from ops_db.tickets import repository as tickets
from ops_db.tickets import visit_repository as visits
from ops_db.tickets.acting import act
from ops_db.tickets.opening import NewTicket, OpenedTicket, open_ticket
from ops_db.tickets.standing import conflict, standing_of
from ops_db.tickets.visit_recording import SCORES
from ops_db.tracking import repository

REPORT_WINDOW = dt.timedelta(hours=24)
REPORTS_PER_HOME = 5
REPORTS_PER_PROJECT = 200
REPORTS_PER_ADDRESS = 30
URGE_EVERY = dt.timedelta(hours=1)

STATIONS = (
    OwnerStatus.RECEIVED,
    OwnerStatus.ACCEPTED,
    OwnerStatus.DISPATCHED,
    OwnerStatus.ON_THE_WAY,
    OwnerStatus.IN_REPAIR,
    OwnerStatus.TO_RATE,
    OwnerStatus.FOLLOW_UP,
    OwnerStatus.FINISHED,
)
"""What an owner sees of a repair from end to end, like the stations of a parcel."""


async def actor_of_link(connection: AsyncConnection, *, token: str) -> Actor | None:
    """The owner who holds this link; None if it opens nothing. The connection sees the ticket's project from now on."""
    ticket = await repository.ticket_of_link(connection, token_hash=token_hash(token))
    if ticket is None:
        return None
    await see_only(connection, [ticket.project_id])
    return Actor(kind=ActorKind.OWNER, id=ticket.reporter_id, ticket_id=ticket.id, language=ticket.language or "zh-CN")


async def report(
    connection: AsyncConnection, new: NewTicket, *, address: str, now: dt.datetime, personal_data: PersonalData
) -> OpenedTicket:
    """Open a ticket for somebody without an account, by the code on a poster or in the owner's manual.

    Nothing is sent to the number given and nothing known about the home is shown, so a stranger gains nothing by it.
    Raises QuotaExceeded after too many reports of one day, and what `open_ticket` raises.
    """
    place = await repository.place(connection, unit_code=new.unit_code, project_code=new.project_code)
    if place is None:
        raise ReferenceUnknown("There is no home or project with this code. Check the code on the poster.")
    if new.channel not in (Channel.QR, Channel.PORTAL, Channel.WECHAT):
        raise InvalidInput("A report of this kind comes by QR code, the owner's page or WeChat.")
    await see_only(connection, [place.project_id])
    counted = await repository.reports(connection, place_id=place.id, address=address, since=now - REPORT_WINDOW)
    per_place = REPORTS_PER_HOME if new.unit_code else REPORTS_PER_PROJECT
    if counted.of_place >= per_place or counted.of_address >= REPORTS_PER_ADDRESS:
        wait = max(1, int((counted.first_at + REPORT_WINDOW - now).total_seconds()))
        raise QuotaExceeded(
            "Too many reports came from here today. Please call the service desk.", retry_after_seconds=wait
        )
    owner = Actor(kind=ActorKind.OWNER)
    opened = await open_ticket(connection, new, actor=owner, now=now, personal_data=personal_data)
    detail = {"address": address, "number": opened.number}
    await audit.note(
        connection, actor=owner, deed="ticket:report", now=now, object_kind="place", object_id=place.id, detail=detail
    )
    return opened


async def renew_link(connection: AsyncConnection, number: str, *, actor: Actor, now: dt.datetime) -> str:
    """A new link token for a ticket; links given out before stop working. Raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_MESSAGE)
    token = new_token()
    await repository.renew_link(connection, id=standing.ticket.id, token_hash=token_hash(token))
    await audit.note(
        connection, actor=actor, deed="link:renew", now=now, object_kind="ticket", object_id=standing.ticket.id
    )
    return token


async def urge(connection: AsyncConnection, *, actor: Actor, now: dt.datetime, note: str = "") -> None:
    """Note that the owner is waiting (催单), at most once an hour.

    Raises QuotaExceeded, TicketClosed, VersionConflict.
    """
    standing = await standing_of(connection, actor=actor, permission=Permission.TICKET_READ)
    if standing.state.ticket_state != TicketState.OPEN:
        raise TicketClosed("The ticket is {state}. Reopen it first.", state=standing.state.ticket_state.value)
    last = await repository.last_urge(connection, id=standing.ticket.id)
    if last is not None and now - last < URGE_EVERY:
        wait = int((last + URGE_EVERY - now).total_seconds()) + 1
        raise QuotaExceeded(
            "We have noted that you are waiting. You can remind us again in {minutes} minutes.",
            retry_after_seconds=wait,
            minutes=wait // 60 + 1,
        )
    version = await tickets.bump(
        connection,
        id=standing.ticket.id,
        version=standing.ticket.version,
        kind="ticket:urge",
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        now=now,
        payload=json.dumps({"note": note.strip()} if note.strip() else {}, ensure_ascii=False),
    )
    if version is None:
        raise await conflict(connection, standing, actor=actor)


async def rate(
    connection: AsyncConnection,
    number: str | None = None,
    *,
    actor: Actor,
    scores: dict[str, int],
    comment: str | None,
    now: dt.datetime,
) -> None:
    """Write the opinion down: as the acceptance where the process waits for one, else beside the process.

    `scores` has process_score, timeliness_score and attitude_score, 1 to 5. Raises RatingNotPossible, VersionConflict.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_RATE)
    given = {name: scores[name] for name in SCORES} | ({"comment": comment.strip()} if comment else {})
    offers = allowed_actions(
        standing.definition,
        standing.state,
        actor=actor.in_process(standing.ticket.project_id),
        facts=standing.facts,
    )
    for offer in offers:
        if any(field.key == SCORES[0] for field in offer.form.fields):
            await act(
                connection,
                standing.ticket.number,
                actor=actor,
                action=offer.name,
                choice=offer.choice,
                version=standing.ticket.version,
                data=given,
                now=now,
            )
            return
    row = {"ticket_id": standing.ticket.id, "now": now, "comment": None} | given
    if not await visits.rate(connection, **row):
        raise RatingNotPossible(
            "There is nothing to rate now: the repair is not finished, or you have rated it already."
        )
    version = await tickets.bump(
        connection,
        id=standing.ticket.id,
        version=standing.ticket.version,
        kind="rating:give",
        actor_kind=actor.kind.value,
        actor_id=actor.id,
        now=now,
        payload=json.dumps({"data": given}, ensure_ascii=False),
    )
    if version is None:
        raise await conflict(connection, standing, actor=actor)


def stations(dossier: Dossier) -> list[tuple[OwnerStatus, dt.datetime | None]]:
    """Each station with the moment it was last reached; None for those still ahead or never passed."""
    reached: dict[str, dt.datetime] = {}
    for event in dossier.events:
        status = event.payload.get("owner_status")
        if status is not None:
            reached[status] = event.occurred_at
    shown = [*STATIONS]
    current = OwnerStatus(dossier.ticket.owner_status)
    if current not in shown:
        shown = [status for status in shown if status.value in reached] + [current]
    return [(status, reached.get(status.value)) for status in shown]

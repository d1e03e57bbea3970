"""The owner's page behind a link: where the repair stands, who comes and when, and what the owner can say or do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import ActorKind, AttachmentPurpose, OwnerStatus, PauseReason, TicketState
from ops_db.actor import Actor
from ops_db.conversation import service as conversation
from ops_db.dossier.service import Dossier, dossier_of
from ops_db.personal_data import PersonalData
from ops_db.process.state import Action
from ops_db.tracking import service as tracking
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.pages import ticket_views as views
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, act_from_form, answered
from ticket_service.pages.action_forms import SCORES
from ticket_service.pages.form_text import Submitted, submitted
from ticket_service.pages.photo_keeping import keep_photos
from ticket_service.pages.reader import CurrentReader, Reader, toast_of
from ticket_service.pages.stations import stations
from ticket_service.pages.submitting import LARGEST_FORM, new_key
from ticket_service.policies import OwnerLink

router = APIRouter(include_in_schema=False, prefix="/track/{token}")

Owner = Annotated[Actor, Depends(OwnerLink())]


@router.get("")
async def show_progress(
    token: str, reader: CurrentReader, owner: Owner, connection: Connection, keys: Keys
) -> Response:
    """The ticket as its owner sees it."""
    return await _page(connection, token, reader=reader, owner=owner, keys=keys)


@router.post("/messages", max_body_size=LARGEST_FORM)
async def write_message(
    token: str,
    request: Request,
    reader: CurrentReader,
    owner: Owner,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """A message, photos, or both."""
    form = await submitted(request)
    pictures = form.photos.get("photos", [])

    async def work() -> None:
        message = await conversation.write_message(
            connection, actor=owner, body=form.typed.get("body", ""), has_photos=bool(pictures), now=now
        )
        await keep_photos(
            connection,
            None,
            pictures,
            actor=owner,
            purpose=AttachmentPurpose.REPORT,
            settings=settings,
            message_id=message.id,
            now=now,
        )

    return await _answer(
        work,
        f"/track/{token}#messages",
        form,
        "sent",
        token=token,
        reader=reader,
        owner=owner,
        connection=connection,
        keys=keys,
    )


@router.post("/urge")
async def urge(
    token: str, request: Request, reader: CurrentReader, owner: Owner, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Say that one is waiting."""
    form = await submitted(request)

    async def work() -> None:
        await tracking.urge(connection, actor=owner, now=now)

    return await _answer(
        work,
        f"/track/{token}",
        form,
        "urged",
        token=token,
        reader=reader,
        owner=owner,
        connection=connection,
        keys=keys,
    )


@router.post("/rate")
async def rate(
    token: str, request: Request, reader: CurrentReader, owner: Owner, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Accept the repair and say how it was."""
    form = await submitted(request)

    async def work() -> None:
        scores = {name: int(form.typed.get(name, "0")) for name in SCORES}
        await tracking.rate(connection, actor=owner, scores=scores, comment=form.typed.get("comment") or None, now=now)

    return await _answer(
        work,
        f"/track/{token}",
        form,
        "rated",
        token=token,
        reader=reader,
        owner=owner,
        connection=connection,
        keys=keys,
    )


@router.post("/act")
async def act_as_owner(
    token: str, request: Request, reader: CurrentReader, owner: Owner, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Refuse the repair, reopen the ticket, or cancel it."""
    form = await submitted(request)

    async def work() -> None:
        await act_from_form(connection, None, form.typed, actor=owner, clock=reader.clock, now=now)

    return await _answer(
        work,
        f"/track/{token}",
        form,
        toast_of(form.typed),
        token=token,
        reader=reader,
        owner=owner,
        connection=connection,
        keys=keys,
    )


async def _answer(
    work: Callable[[], Awaitable[None]],
    location: str,
    form: Submitted,
    toast: str,
    *,
    token: str,
    reader: Reader,
    owner: Actor,
    connection: AsyncConnection,
    keys: PersonalData,
) -> Response:
    """Do the work once and go back to the page, or show the page with what stood in the way."""

    async def located() -> str:
        await work()
        return location

    async def show(refused: Refusal) -> Response:
        return await _page(connection, token, reader=reader, owner=owner, keys=keys, refused=refused)

    return await answered(
        form,
        located,
        toast=toast,
        show=show,
        connection=connection,
        reader=reader,
        actor=owner,
        keys=keys,
    )


async def _page(
    connection: AsyncConnection,
    token: str,
    *,
    reader: Reader,
    owner: Actor,
    keys: PersonalData,
    refused: Refusal = NOTHING_REFUSED,
) -> Response:
    dossier = await dossier_of(connection, actor=owner, personal_data=keys)
    ticket = dossier.ticket
    rating = next((one for one in reversed(dossier.ratings) if one.rated_at), None)
    photo_href = f"/api/v1/track/{token}/attachments"
    rate_form = next((action for action in dossier.actions if _asks_for_scores(action)), None)
    technician = _technician(dossier)
    return reader.page(
        "track.html",
        status=refused.status,
        here=f"/track/{token}",
        ticket=ticket,
        place=views.place_in_words(ticket),
        headline=_headline(ticket, technician, reader),
        stations=stations(dossier.events, OwnerStatus(ticket.owner_status)),
        notices=dossier.notices,
        technician=technician,
        promise=views.promise_of(dossier.visits),
        rate_form=rate_form,
        can_rate=rate_form is not None or any(one.rated_at is None for one in dossier.ratings),
        refuse_form=next((action for action in dossier.actions if action.choice == "not_accepted"), None),
        reopen_form=next((action for action in dossier.actions if action.name == "reopen"), None),
        cancel_form=next((action for action in dossier.actions if action.name == "cancel"), None),
        scores=views.scores_of(rating, reader) if rating else [],
        rating_comment=rating.comment if rating else "",
        reported_photos=views.reported_photos(dossier, photo_href, reader),
        repair_photos=views.repair_photos(dossier, photo_href, reader),
        messages=views.messages_of(dossier, photo_href, reader, own=ActorKind.OWNER),
        urge_again_at=_urge_again_at(dossier, reader),
        may_urge=ticket.state == TicketState.OPEN and ticket.owner_status != OwnerStatus.TO_RATE,
        refused=refused,
        longest_message=conversation.LONGEST_MESSAGE,
        ended_because=_reason_of_end(dossier),
        lost_words=_lost_words(refused, dossier),
        refused_act=refused.typed.get("choice") or refused.typed.get("action") or "",
        keys={name: new_key() for name in ("message", "urge", "rate", "refuse", "reopen", "cancel")},
    )


def _urge_again_at(dossier: Dossier, reader: Reader) -> dt.datetime | None:
    """When the owner may urge again; None while that is now."""
    urges = [event.occurred_at for event in dossier.events if event.kind == "ticket:urge"]
    again_at: dt.datetime | None = urges[-1] + tracking.URGE_EVERY if urges else None
    return again_at if again_at is not None and again_at > reader.clock.now else None


def _reason_of_end(dossier: Dossier) -> str:
    """Why the desk did not take the ticket on, in the words written for it."""
    if dossier.ticket.state != TicketState.REJECTED:
        return ""
    rejection = next(event for event in reversed(dossier.events) if event.kind == "ticket:reject")
    return str((rejection.payload.get("data") or {}).get("reason", ""))


def _lost_words(refused: Refusal, dossier: Dossier) -> str:
    """What was typed into a form that is not offered any more, since the ticket moved on."""
    offered = {(action.name, action.choice or "") for action in dossier.actions}
    if refused.form != "act" or (refused.typed.get("action"), refused.typed.get("choice", "")) in offered:
        return ""
    return refused.typed.get("reason") or refused.typed.get("note", "")


def _asks_for_scores(action: Action) -> bool:
    return any(field.key in SCORES for field in action.form.fields)


def _technician(dossier: Dossier) -> dict[str, str] | None:
    """Who comes or came, with the number the company gave them."""
    assigned = [task for task in dossier.tasks if task.assignee_name]
    return {"name": assigned[-1].assignee_name, "phone": assigned[-1].assignee_phone or ""} if assigned else None


def _headline(ticket: Any, technician: dict[str, str] | None, reader: Reader) -> str:
    """One sentence on what happens now and next."""
    _ = reader.translate
    name = technician["name"] if technician else _("The technician")
    match OwnerStatus(ticket.owner_status):
        case OwnerStatus.RECEIVED:
            return _("We have your report. The service desk looks at it next.")
        case OwnerStatus.ACCEPTED:
            return _("Your report is accepted. We are looking for the right technician.")
        case OwnerStatus.DISPATCHED:
            return _("%(name)s has the job and comes to you.", name=name)
        case OwnerStatus.ON_THE_WAY:
            return _("%(name)s is on the way to you.", name=name)
        case OwnerStatus.IN_REPAIR:
            return _("%(name)s is working on it.", name=name)
        case OwnerStatus.TO_RATE:
            return _("The repair is finished. Please have a look and tell us how it was.")
        case OwnerStatus.FOLLOW_UP:
            return _("Thank you. We may call once to ask whether everything still works.")
        case OwnerStatus.FINISHED:
            return _("Everything is done. If the problem comes back, tell us below.")
        case OwnerStatus.PAUSED:
            reason = PauseReason(ticket.pause_reason).label(reader.language)
            return _("We go on as soon as we can. Reason: %(reason)s.", reason=reason)
        case OwnerStatus.REJECTED:
            return _("We cannot take this on. Write to us if you see it differently.")
        case OwnerStatus.CANCELLED:
            return _("This ticket was cancelled.")

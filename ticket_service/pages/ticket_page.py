"""One ticket at the desk: everything known about it, and the forms of what can be done next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import ActorKind, AttachmentPurpose, HouseholdRole, OwnerStatus, Permission
from ops_db.actor import Actor
from ops_db.calls import service as calls
from ops_db.conversation import service as conversation
from ops_db.costs import service as costs
from ops_db.dossier.service import SEES_COSTS, Dossier, dossier_of
from ops_db.estate import service as estate
from ops_db.people import service as people
from ops_db.people.service import Contact
from ops_db.personal_data import PersonalData
from ops_db.tracking import service as tracking
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.pages import ticket_views as views
from ticket_service.pages.acting import (
    NOTHING_REFUSED,
    Refusal,
    act_from_form,
    answered,
    conflict_of,
    forms_of,
)
from ticket_service.pages.approval_views import approval_views, choices_of
from ticket_service.pages.call_form import call_in
from ticket_service.pages.cost_form import cost_in, cost_lines, entry_in
from ticket_service.pages.event_sentences import LogWriter
from ticket_service.pages.form_answering import LARGEST_DESIGNED, MOST_TEXTS
from ticket_service.pages.form_answers import responses_of
from ticket_service.pages.form_text import Submitted, submitted
from ticket_service.pages.photo_keeping import keep_photos
from ticket_service.pages.reader import CurrentReader, Reader, go, toast_of
from ticket_service.pages.shown_once import forget_shown, show_once, shown_now
from ticket_service.pages.stations import stations
from ticket_service.pages.step_forms import answers_in, with_designed
from ticket_service.pages.submitting import LARGEST_FORM, new_key
from ticket_service.pages.suggestions import people_to_send
from ticket_service.pages.taxonomy import taxonomy_of
from ticket_service.pages.work_context import work_context
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/desk/tickets/{number}")

CanRead = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]
CanAct = Annotated[Actor, Depends(Allowed(Permission.TICKET_ACT))]
CanMessage = Annotated[Actor, Depends(Allowed(Permission.TICKET_MESSAGE))]
CanPay = Annotated[Actor, Depends(Allowed(Permission.COST_WRITE))]
CanCall = Annotated[Actor, Depends(Allowed(Permission.CALL_LOG))]
CanReveal = Annotated[Actor, Depends(Allowed(Permission.PERSON_REVEAL))]


@dataclass(frozen=True, slots=True)
class PersonHere:
    """Somebody of the ticket's home, or who reported it."""

    id: UUID
    name: str
    phone: str
    labels: tuple[str, ...]
    is_revealed: bool = False


@router.get("")
async def show_ticket(
    number: str, reader: CurrentReader, actor: CanRead, connection: Connection, keys: Keys
) -> Response:
    """The ticket as it is now, with what was just asked for."""
    here = f"/desk/tickets/{number}"
    shown = shown_now(reader.request, here, actor=actor, keys=keys)
    page = await _page(connection, number, reader=reader, actor=actor, keys=keys, shown=shown)
    return forget_shown(page, here) if shown else page


@router.post("/act", max_body_size=LARGEST_DESIGNED)
async def act_on_ticket(
    number: str, request: Request, reader: CurrentReader, actor: CanAct, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Do what one of the forms says; a refusal shows the ticket as it is now and keeps what was typed."""
    form = await submitted(request, most_fields=MOST_TEXTS)

    async def work() -> str:
        await act_from_form(
            connection,
            number,
            form.typed,
            actor=actor,
            clock=reader.clock,
            now=now,
            answers=answers_in(form, reader=reader, keys=keys),
        )
        return f"/desk/tickets/{number}#next"

    return await _answer(
        work, number, form, toast_of(form.typed), reader=reader, actor=actor, connection=connection, keys=keys
    )


@router.post("/messages", max_body_size=LARGEST_FORM)
async def write_message(
    number: str,
    request: Request,
    reader: CurrentReader,
    actor: CanMessage,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """Add a message with its photos."""
    form = await submitted(request)
    here = f"/desk/tickets/{number}#messages"

    async def work() -> str:
        is_internal = form.typed.get("is_internal") == "1"
        message = await conversation.write_message(
            connection,
            number,
            actor=actor,
            body=form.typed.get("body", ""),
            is_internal=is_internal,
            has_photos="photos" in form.photos,
            now=now,
        )
        await keep_photos(
            connection,
            number,
            form.photos.get("photos", ()),
            actor=actor,
            purpose=AttachmentPurpose.OTHER,
            settings=settings,
            now=now,
            message_id=message.id,
        )
        return here

    return await _answer(work, number, form, "sent", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/costs")
async def enter_cost(
    number: str, request: Request, reader: CurrentReader, actor: CanPay, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Enter what something cost."""
    form = await submitted(request)

    async def work() -> str:
        await costs.enter_cost(connection, number, cost_in(form.typed, reader.translate), actor=actor, now=now)
        return f"/desk/tickets/{number}#costs"

    return await _answer(work, number, form, "cost", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/costs/reverse")
async def reverse_cost(
    number: str, request: Request, reader: CurrentReader, actor: CanPay, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Undo an amount that was entered by mistake."""
    form = await submitted(request)

    async def work() -> str:
        await costs.reverse_cost(connection, number, entry_in(form.typed), actor=actor, now=now)
        return f"/desk/tickets/{number}#costs"

    return await _answer(work, number, form, "reversed", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/calls")
async def log_call(
    number: str, request: Request, reader: CurrentReader, actor: CanCall, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Write down a conversation about the ticket that has just ended."""
    form = await submitted(request)

    async def work() -> str:
        call = call_in(form.typed, number, reader.translate, now)
        await calls.log_call(connection, call, actor=actor, personal_data=keys)
        return f"/desk/tickets/{number}#log"

    return await _answer(work, number, form, "call", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/reveal")
async def reveal_person(
    number: str,
    person: Annotated[UUID, Form()],
    reader: CurrentReader,
    actor: CanReveal,
    connection: Connection,
    now: Now,
    keys: Keys,
) -> Response:
    """Show one person's name and number; that it was shown, to whom and for which ticket is kept."""
    revealed = await people.reveal(connection, actor=actor, id=person, reason=number, now=now, personal_data=keys)
    here = f"/desk/tickets/{number}"
    shown = {"person": str(person), "name": revealed.name or "", "phone": revealed.phone or ""}
    return show_once(go(f"{here}#household"), here, shown, request=reader.request, actor=actor, keys=keys)


@router.post("/tracking-link")
async def renew_link(
    number: str,
    reader: CurrentReader,
    actor: CanMessage,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """A new link for the owner, shown once; the one before stops working."""
    token = await tracking.renew_link(connection, number, actor=actor, now=now)
    here, shown = f"/desk/tickets/{number}", {"tracking_url": f"{settings.service_url}/track/{token}"}
    return show_once(go(f"{here}#link"), here, shown, request=reader.request, actor=actor, keys=keys)


async def _answer(
    work: Callable[[], Awaitable[str]],
    number: str,
    form: Submitted,
    toast: str,
    *,
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    keys: PersonalData,
) -> Response:
    """Do the work once and go on, or show the ticket as it is now with what stood in the way."""

    async def show(refused: Refusal) -> Response:
        return await _page(connection, number, reader=reader, actor=actor, keys=keys, refused=refused)

    return await answered(
        form,
        work,
        toast=toast,
        show=show,
        connection=connection,
        reader=reader,
        actor=actor,
        keys=keys,
    )


async def _page(
    connection: AsyncConnection,
    number: str,
    *,
    reader: Reader,
    actor: Actor,
    keys: PersonalData,
    refused: Refusal = NOTHING_REFUSED,
    shown: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    dossier = await dossier_of(connection, number, actor=actor, personal_data=keys)
    ticket = dossier.ticket
    here = f"/desk/tickets/{ticket.number}"
    choices = await choices_of(connection, dossier, reader.language)
    forms = forms_of(dossier, reader, refused, choices)
    forms = await with_designed(connection, forms, dossier.actions, reader=reader, refusal=refused)
    trade = (await taxonomy_of(connection, reader.language)).trade_of(ticket.component_code)
    team = await people_to_send(connection, dossier, forms, trade=trade, reader=reader)
    crews = await estate.crews(connection, project_code=ticket.project_code)
    names = views.names_in(dossier, reader.language, (*team.options, *crews))
    project = ticket.project_id
    photo_href = f"/api/v1/tickets/{ticket.number}/attachments"
    log = LogWriter(dossier.definition, reader.clock, names)
    return reader.page(
        "ticket.html",
        status=refused.status,
        here=here,
        ticket=ticket,
        place=views.place_in_words(ticket),
        what=views.what_is_wrong(ticket, reader.language),
        stations=stations(dossier.events, OwnerStatus(ticket.owner_status)),
        step=views.step_of(dossier, reader.language),
        forms=forms,
        people=team.options,
        suggestion=team.top,
        crews=crews,
        windows=team.windows,
        refused=refused,
        longest_message=conversation.LONGEST_MESSAGE,
        conflict=conflict_of(refused, forms, dossier, log),
        keys={name: new_key() for name in ("act", "take", "message", "cost", "call", "reverse")},
        reported_photos=views.reported_photos(dossier, photo_href, reader),
        repair_photos=views.repair_photos(dossier, photo_href, reader),
        messages=views.messages_of(dossier, photo_href, reader, own=ActorKind.ACCOUNT),
        log=log.entries(dossier.events, dossier.calls, dossier.notices),
        approvals=approval_views(dossier, reader.language),
        people_here=await _people_here(connection, dossier, reader=reader, actor=actor, keys=keys, shown=shown),
        responses=await responses_of(connection, ticket, actor=actor, reader=reader, keys=keys),
        place_facts=views.place_facts(ticket, reader),
        facts=views.ticket_facts(dossier, reader),
        **await work_context(connection, ticket, actor=actor, reader=reader),
        visits=dossier.visits,
        ratings=views.rating_views(dossier, reader),
        costs=cost_lines(dossier.costs, reader.language),
        cost_total=sum(cost.amount_fen for cost in dossier.costs),
        history=dossier.earlier,
        tracking_url=shown.get("tracking_url", ""),
        **_permissions(actor, project),
        contractors=await costs.contractors(connection, project_id=project),
    )


def _permissions(actor: Actor, project_id: UUID) -> dict[str, bool]:
    return {
        "may_reveal": actor.may(Permission.PERSON_REVEAL, project_id),
        "may_message": actor.may(Permission.TICKET_MESSAGE, project_id),
        "may_log_calls": actor.may(Permission.CALL_LOG, project_id),
        "may_see_costs": any(actor.may(one, project_id) for one in SEES_COSTS),
        "may_write_costs": actor.may(Permission.COST_WRITE, project_id),
    }


async def _people_here(
    connection: AsyncConnection,
    dossier: Dossier,
    *,
    reader: Reader,
    actor: Actor,
    keys: PersonalData,
    shown: Mapping[str, str],
) -> list[PersonHere]:
    """Who reported, then the household, everybody once."""
    found: dict[UUID, tuple[Contact, list[str]]] = {}
    if dossier.reporter:
        found[dossier.reporter.id] = (dossier.reporter, [reader.translate("Reported it")])
    if dossier.ticket.unit_code and actor.may(Permission.ESTATE_READ, dossier.ticket.project_id):
        home = await estate.home_file(connection, dossier.ticket.unit_code, actor=actor, personal_data=keys)
        for member in home.household:
            if member.until_date is None:
                label = HouseholdRole(member.role).label(reader.language)
                found.setdefault(member.contact.id, (member.contact, []))[1].append(label)
    return [_person_here(contact, labels, shown) for contact, labels in found.values()]


def _person_here(contact: Contact, labels: list[str], shown: Mapping[str, str]) -> PersonHere:
    if shown.get("person") == str(contact.id):
        return PersonHere(contact.id, shown["name"], shown["phone"], tuple(labels), is_revealed=True)
    return PersonHere(contact.id, contact.name or "", contact.phone or "", tuple(labels))

"""A new ticket at the desk: who calls, which home, what is wrong, and the log of the call."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Form, Query
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import AttachmentPurpose, CallDirection, Channel, Permission, Severity
from ops_db.actor import Actor
from ops_db.calls.service import NewCall, log_call
from ops_db.errors import InvalidInput
from ops_db.estate import service as estate
from ops_db.personal_data import PersonalData, is_callable_phone
from ops_db.queue import service as queue
from ops_db.queue.processes import processes_in_use
from ops_db.tickets.opening import NewTicket, open_ticket
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.pages.acting import Refusal, RefusedForm, answered
from ticket_service.pages.desk_queue import queue_rows
from ticket_service.pages.form_text import submitted
from ticket_service.pages.photo_keeping import keep_photos
from ticket_service.pages.places import places_of
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.pages.rendering import render
from ticket_service.pages.shown_once import show_once
from ticket_service.pages.submitting import LARGEST_FORM, new_key
from ticket_service.pages.taxonomy import taxonomy_of
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/desk/new")

CanCreate = Annotated[Actor, Depends(Allowed(Permission.TICKET_CREATE))]

CHANNELS: Final = (Channel.PHONE, Channel.DESK, Channel.WECHAT, Channel.INSPECTION)
_OPEN_TICKETS: Final = 5


@router.get("")
async def show_form(reader: CurrentReader, actor: CanCreate, connection: Connection) -> Response:
    """An empty form, or one prefilled by the address (`?phone=`, `?project=`, `?building=`, `?home=`)."""
    typed = {name: value for name, value in reader.request.query_params.items() if value}
    return await _page(connection, reader=reader, actor=actor, typed=typed)


@router.post("", max_body_size=LARGEST_FORM)
async def create_ticket(
    request: Request,
    reader: CurrentReader,
    actor: CanCreate,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """Open the ticket with its photos and log the call, all or nothing; or show the next list without scripts."""
    form = await submitted(request)
    if form.typed.get("step") == "look_up":
        found = await _caller(connection, form.typed.get("phone", ""), reader=reader, actor=actor, keys=keys, now=now)
        return await _page(connection, reader=reader, actor=actor, typed=form.typed, caller=found)
    if form.typed.get("step"):
        return await _page(connection, reader=reader, actor=actor, typed=form.typed)

    async def work() -> str:
        new = _new_ticket(form.typed, reader, now)
        opened = await open_ticket(connection, new, actor=actor, now=now, personal_data=keys)
        await keep_photos(
            connection,
            opened.number,
            form.photos.get("photos", ()),
            actor=actor,
            purpose=AttachmentPurpose.REPORT,
            settings=settings,
            now=now,
        )
        if form.typed.get("log_call") and actor.may(Permission.CALL_LOG):
            call = _call(form.typed, opened.number, now)
            await log_call(connection, call, actor=actor, personal_data=keys)
        return f"/desk/tickets/{opened.number}#{opened.tracking_token}"

    async def show(refused: Refusal) -> Response:
        return await _page(connection, reader=reader, actor=actor, typed=form.typed, refusal=refused)

    def onward(location: str) -> Response:
        path, _, token = location.partition("#")
        shown = {"tracking_url": f"{settings.service_url}/track/{token}"}
        answer = go(path, toast="created", sent=form.typed)
        return show_once(answer, path, shown, request=request, actor=actor, keys=keys)

    return await answered(
        form, work, onward=onward, show=show, connection=connection, reader=reader, actor=actor, keys=keys
    )


@router.post("/caller")
async def look_up_caller(
    reader: CurrentReader,
    actor: CanCreate,
    connection: Connection,
    now: Now,
    keys: Keys,
    phone: Annotated[str, Form(max_length=30)],
) -> Response:
    """Homes and tickets of a number, as a piece of the page."""
    homes, tickets = await _caller(connection, phone, reader=reader, actor=actor, keys=keys, now=now)
    return render("parts/caller.html", reader.language, caller_homes=homes, caller_tickets=tickets)


@router.get("/place")
async def look_at_place(
    reader: CurrentReader,
    actor: CanCreate,
    connection: Connection,
    keys: Keys,
    home: Annotated[str, Query(max_length=60)] = "",
    project: Annotated[str, Query(max_length=60)] = "",
    building: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """Rooms and open tickets of a home, or the shared parts of a building, as a piece of the page."""
    if home:
        file = await estate.home_file(connection, home, actor=actor, personal_data=keys)
        tickets = [ticket for ticket in file.tickets if ticket.state == "open"][:_OPEN_TICKETS]
        return render("parts/place_hints.html", reader.language, spaces=file.spaces, tickets=tickets)
    spaces = await estate.shared_spaces(connection, project, building, actor=actor)
    return render("parts/place_hints.html", reader.language, spaces=spaces, tickets=[])


async def _page(
    connection: AsyncConnection,
    *,
    reader: Reader,
    actor: Actor,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
    caller: tuple[list[Any], list[Any]] | None = None,
) -> Response:
    places = await places_of(connection, typed, actor=actor)
    taxonomy = await taxonomy_of(connection, reader.language)
    return reader.page(
        "new_ticket.html",
        status=refusal.status if refusal else 200,
        here="/desk/new",
        typed=typed,
        errors=refusal.errors if refusal else {},
        refusal=refusal.sentence if refusal else "",
        key=new_key(),
        projects=places.projects,
        buildings=places.buildings,
        homes=places.homes,
        spaces=[],
        looked_up=caller is not None,
        caller_homes=caller[0] if caller else [],
        caller_tickets=caller[1] if caller else [],
        taxonomy=taxonomy.categories,
        channels=CHANNELS,
        may_log_calls=actor.may(Permission.CALL_LOG),
    )


async def _caller(
    connection: AsyncConnection, phone: str, *, reader: Reader, actor: Actor, keys: PersonalData, now: dt.datetime
) -> tuple[list[Any], list[Any]]:
    try:
        keys.phone_index(phone)
    except InvalidInput:
        return [], []
    homes = await estate.find_homes(connection, phone, actor=actor, personal_data=keys)
    filters = queue.Filters(search=phone, state="open")
    page = await queue.list_tickets(connection, filters, actor=actor, now=now, personal_data=keys, limit=_OPEN_TICKETS)
    taxonomy = await taxonomy_of(connection, reader.language)
    return homes, queue_rows(page.rows, taxonomy, await processes_in_use(connection), reader)


def _new_ticket(typed: Mapping[str, str], reader: Reader, now: dt.datetime) -> NewTicket:
    """The report in the form; raises RefusedForm naming what is missing."""
    needed = {"phone": typed.get("phone"), "title": typed.get("title"), "project": typed.get("project")}
    missing = {name: reader.translate("This is needed.") for name, value in needed.items() if not value}
    if "phone" not in missing and not is_callable_phone(typed["phone"]):
        missing["phone"] = reader.translate("Enter a mobile number of 11 digits, or a landline with its area code.")
    if missing:
        sentence = reader.translate("Please check the marked fields.")
        raise RefusedForm(Refusal(status=422, sentence=sentence, errors=missing, typed=typed))
    home = typed.get("home")
    severity = typed.get("severity", "")
    return NewTicket(
        channel=_channel(typed),
        title=typed["title"],
        description=typed.get("description", ""),
        unit_code=home or None,
        project_code=None if home else typed["project"],
        building_code=None if home else typed.get("building") or None,
        space_code=typed.get("space") or None,
        category_code=typed.get("category") or None,
        component_code=typed.get("component") or None,
        defect_code=typed.get("defect") or None,
        severity=Severity(severity) if severity in Severity.codes() else None,
        reporter_name=typed.get("name") or None,
        reporter_phone=typed["phone"],
        reported_at=now,
    )


def _channel(typed: Mapping[str, str]) -> Channel:
    return next((channel for channel in CHANNELS if channel == typed.get("channel")), Channel.PHONE)


def _call(typed: Mapping[str, str], number: str, now: dt.datetime) -> NewCall:
    """The call from the first digit typed until now; the browser's clock is believed only within two hours."""
    started_at = now
    with contextlib.suppress(ValueError):
        started_at = dt.datetime.fromisoformat(typed.get("call_started_at", ""))
    is_credible = started_at.tzinfo is not None and dt.timedelta(0) <= now - started_at < dt.timedelta(hours=2)
    return NewCall(
        direction=CallDirection.INBOUND,
        started_at=started_at if is_credible else now,
        ended_at=now,
        phone=typed["phone"],
        unit_code=typed.get("home") or None,
        ticket_number=number,
        note=typed.get("call_note", ""),
    )

"""Reporting a problem without an account, by QR code or from the developer's site."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Depends, Query
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import AttachmentPurpose, Channel
from ops_db.actor import SYSTEM, Actor
from ops_db.dossier.service import dossier_of
from ops_db.errors import NotFound
from ops_db.estate import service as estate
from ops_db.idempotency.service import reporter_at
from ops_db.personal_data import PersonalData, is_callable_phone
from ops_db.tickets.opening import NewTicket
from ops_db.tracking import service as tracking
from ticket_service.api.sessions import address_of
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.pages.acting import Refusal, RefusedForm, answered
from ticket_service.pages.form_text import submitted
from ticket_service.pages.photo_keeping import keep_photos
from ticket_service.pages.places import places_of
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.submitting import LARGEST_FORM, new_key
from ticket_service.pages.taxonomy import taxonomy_of
from ticket_service.policies import OwnerLink, Public

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Actor | None, Depends(Public("Owners have no account."))]
Owner = Annotated[Actor, Depends(OwnerLink())]


@router.get("/report")
async def show_form(
    reader: CurrentReader,
    _visitor: Anybody,
    connection: Connection,
    keys: Keys,
    home: Annotated[str, Query(max_length=60)] = "",
) -> Response:
    """The form; the code of a home in the address (from a QR code) leaves nothing to choose."""
    typed = {"fixed_home": home} if home else {}
    return await _page(connection, reader=reader, keys=keys, typed=typed)


@router.post("/report", max_body_size=LARGEST_FORM)
async def send_report(
    request: Request,
    reader: CurrentReader,
    _visitor: Anybody,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """Open the ticket with its photos; the answer is the page with the owner's link."""
    form = await submitted(request)
    typed = form.typed
    if typed.get("step"):
        return await _page(connection, reader=reader, keys=keys, typed=typed)
    address = address_of(request)

    async def work() -> str:
        new = _report(typed, reader)
        opened = await tracking.report(connection, new, address=address, now=now, personal_data=keys)
        owner = await tracking.actor_of_link(connection, token=opened.tracking_token)
        await keep_photos(
            connection,
            None,
            form.photos.get("photos", ()),
            actor=owner or SYSTEM,
            purpose=AttachmentPurpose.REPORT,
            settings=settings,
            now=now,
        )
        return f"/report/received/{opened.tracking_token}"

    async def show(refused: Refusal) -> Response:
        return await _page(connection, reader=reader, keys=keys, typed=typed, refusal=refused)

    reporter = reporter_at(address)
    return await answered(
        form,
        work,
        toast="",
        show=show,
        connection=connection,
        reader=reader,
        actor=reporter,
        keys=keys,
    )


@router.get("/report/received/{token}")
async def show_receipt(
    token: str, reader: CurrentReader, owner: Owner, connection: Connection, keys: Keys, settings: CurrentSettings
) -> Response:
    """Thanks, the number, and the link to keep."""
    dossier = await dossier_of(connection, actor=owner, personal_data=keys)
    url = f"{settings.service_url}/track/{token}"
    return reader.page("reported.html", number=dossier.ticket.number, tracking_url=url, qr_svg=qr_code(url))


def qr_code(text: str) -> Markup:
    """A QR code of `text` as an inline drawing."""
    drawn = io.BytesIO()
    segno.make(text, error="m").save(drawn, kind="svg", xmldecl=False, svgns=True, omitsize=True, border=1)
    return Markup(drawn.getvalue().decode())  # noqa: S704  Drawn by segno from shapes; the text is not in it.


async def _page(
    connection: AsyncConnection,
    *,
    reader: Reader,
    keys: PersonalData,
    typed: Mapping[str, str],
    refusal: Refusal | None = None,
) -> Response:
    places = await places_of(connection, typed)
    fixed_home, refused = None, refusal
    if typed.get("fixed_home"):
        fixed_home, refused = await _fixed_home(connection, typed["fixed_home"], reader, keys, refusal)
    return reader.page(
        "report.html",
        status=refused.status if refused else 200,
        here="/report",
        typed=typed,
        errors=refused.errors if refused else {},
        refusal=refused.sentence if refused else "",
        key=new_key(),
        channel=Channel.QR.value if fixed_home else Channel.PORTAL.value,
        fixed_home=fixed_home,
        projects=places.projects,
        buildings=places.buildings,
        homes=places.homes,
        taxonomy=(await taxonomy_of(connection, reader.language)).categories,
    )


async def _fixed_home(
    connection: AsyncConnection, code: str, reader: Reader, keys: PersonalData, refusal: Refusal | None
) -> tuple[Any | None, Refusal | None]:
    """The home of a QR code; a code that names none is said so, and the home can be chosen."""
    try:
        return (await estate.home_file(connection, code.upper(), actor=SYSTEM, personal_data=keys)).home, refusal
    except NotFound:
        sentence = reader.translate("We do not know the home of this code. Please choose yours below.")
        return None, refusal or Refusal(status=404, sentence=sentence)


def _report(typed: Mapping[str, str], reader: Reader) -> NewTicket:
    """The report in the form; raises RefusedForm with a word beside each field that needs one."""
    _ = reader.translate
    home = typed.get("fixed_home") or typed.get("home")
    needed = ("description", "phone", "name") if home else ("project", "building", "description", "phone", "name")
    errors = {name: _("This is needed.") for name in needed if not typed.get(name)}
    if "phone" not in errors and not is_callable_phone(typed["phone"]):
        errors["phone"] = _("Enter a mobile number of 11 digits, or a landline with its area code.")
    if errors:
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
    return NewTicket(
        channel=Channel.QR if typed.get("channel") == Channel.QR else Channel.PORTAL,
        description=typed["description"],
        unit_code=home.upper() if home else None,
        project_code=None if home else typed["project"],
        building_code=None if home else typed["building"],
        category_code=typed.get("category") or None,
        reporter_name=typed["name"],
        reporter_phone=typed["phone"],
    )

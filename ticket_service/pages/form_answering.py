"""A designed form answered by somebody without an account: behind a QR code, or by its name."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from ops_db.actor import Actor
from ops_db.errors import AttachmentRefused, AttachmentTooLarge, InvalidInput
from ops_db.forms import choices, links, responding, service
from ops_db.forms import definition as form
from ops_db.forms.answering import Sent, wall_clock
from ops_db.forms.assessment import Assessment, assess
from ops_db.forms.definition import FormDefinition
from ops_db.forms.errors import AnswersRefused, Fault
from ops_db.forms.reading import Circumstances, read_typed
from ops_db.idempotency.service import reporter_at
from ops_db.personal_data import PersonalData
from ticket_service.api.sessions import address_of
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import Refusal, answered
from ticket_service.pages.form_text import MOST_PHOTOS, Submitted, Upload, submitted
from ticket_service.pages.form_view import PREFIX, defaults_of, form_view, typed_texts
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.submitting import LARGEST_FORM, new_key
from ticket_service.policies import Public

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Actor | None, Depends(Public("Owners report by the code on a poster; quotas keep it in bounds."))]
Code = Annotated[str, Query(max_length=60)]

_MEGABYTE: Final = 1024 * 1024
MOST_TEXTS: Final = 2_000
_SIGNATURE: Final = "data:image/png;base64,"
LARGEST_DESIGNED: Final = LARGEST_FORM * 2
FRONT_DOOR: Final = "report"
"""The form that is answered at the address everybody knows."""

_REPORT: Final = "/report"


@dataclass(frozen=True, slots=True)
class FormHere:
    """The form an address leads to, with its place."""

    path: str
    row: Row[Any]
    definition: FormDefinition
    link: Row[Any] | None


async def form_of_code(connection: AsyncConnection, code: str) -> FormHere:
    """The form in use behind a code; raises NotFound."""
    link = await links.open_link(connection, code)
    row, definition = await service.published(connection, link.form_key)
    return FormHere(f"/f/{link.code}", row, definition, link)


@router.get("/forms/choices")
async def list_choices(
    reader: CurrentReader,
    _visitor: Anybody,
    connection: Connection,
    level: Code,
    project: Code = "",
    building: Code = "",
    home: Code = "",
    category: Code = "",
    component: Code = "",
) -> list[dict[str, str]]:
    """The entries of a list under what is chosen above it, for the linked lists of a form."""
    above = {"project": project, "building": building, "home": home, "category": category, "component": component}
    found = await choices.entries(connection, level, above)
    return [{"code": entry.code, "name": entry.name(reader.language)} for entry in found]


@router.get("/f/{code}")
async def show_form(code: str, reader: CurrentReader, _visitor: Anybody, connection: Connection) -> Response:
    """The form of a QR code; its place is known and not asked."""
    here = await form_of_code(connection, code)
    return await form_page(connection, here, reader=reader, texts=None)


@router.post("/f/{code}", max_body_size=LARGEST_DESIGNED)
async def send_form(
    code: str,
    request: Request,
    reader: CurrentReader,
    _visitor: Anybody,
    connection: Connection,
    now: Now,
    keys: Keys,
) -> Response:
    """Open the ticket the answers report; without scripts a button only fetches the next lists."""
    here = await form_of_code(connection, code)
    return await _report(connection, here, request, reader=reader, now=now, keys=keys)


@router.get("/report")
async def show_report(reader: CurrentReader, _visitor: Anybody, connection: Connection, home: Code = "") -> Response:
    """The front door: the form `report` as it is published, with the place known if the address names a home."""
    here, refusal = await _front_door(connection, home, reader)
    return await form_page(connection, here, reader=reader, texts=None, refusal=refusal)


@router.post("/report", max_body_size=LARGEST_DESIGNED)
async def send_report(
    request: Request,
    reader: CurrentReader,
    _visitor: Anybody,
    connection: Connection,
    now: Now,
    keys: Keys,
    home: Code = "",
) -> Response:
    """Open the ticket; the answer is the page with the owner's link."""
    here, _ = await _front_door(connection, home, reader)
    return await _report(connection, here, request, reader=reader, now=now, keys=keys)


async def _front_door(connection: AsyncConnection, home: str, reader: Reader) -> tuple[FormHere, Refusal | None]:
    """The form of the front door; a code that names no home is said so, and the home can be chosen."""
    row, definition = await service.published(connection, FRONT_DOOR)
    place = await links.place_of_home(connection, home) if home else None
    if place is not None:
        return FormHere(f"{_REPORT}?home={quote(home)}", row, definition, place), None
    sentence = reader.translate("We do not know the home of this code. Please choose yours below.")
    return FormHere(_REPORT, row, definition, None), Refusal(status=404, sentence=sentence) if home else None


async def _report(
    connection: AsyncConnection,
    here: FormHere,
    request: Request,
    *,
    reader: Reader,
    now: dt.datetime,
    keys: PersonalData,
) -> Response:
    settings = reader.settings
    sent = await submitted(request, most_fields=MOST_TEXTS)
    texts = typed_texts(sent.texts)
    if sent.typed.get("step"):
        return await form_page(connection, here, reader=reader, texts=texts)
    address = address_of(request)

    async def work() -> str:
        files = files_of(here.definition, sent, texts, reader)
        opened = await responding.submit_report(
            connection,
            here.row,
            here.definition,
            Sent(typed=texts, files=files),
            link=here.link,
            address=address,
            folder=settings.attachments,
            zone=settings.zone,
            now=now,
            personal_data=keys,
        )
        return f"/report/received/{opened.tracking_token}"

    refused_answers: dict[str, Fault] = {}

    async def noting_faults() -> str:
        try:
            return await work()
        except AnswersRefused as refused:
            refused_answers.update(refused.faults)
            raise
        except (AttachmentRefused, AttachmentTooLarge) as refused:
            _name_the_file(refused, typed_uploads(sent.photos))
            raise

    async def show(refusal: Refusal) -> Response:
        return await form_page(connection, here, reader=reader, texts=texts, faults=refused_answers, refusal=refusal)

    # All texts of a field that repeats make the request what it is.
    whole = replace(sent, typed=sent.typed | {name: "\n".join(values) for name, values in sent.texts.items()})
    return await answered(
        replace(whole, typed={name: text.strip() for name, text in whole.typed.items()}),
        noting_faults,
        toast="",
        show=show,
        connection=connection,
        reader=reader,
        actor=reporter_at(address),
        keys=keys,
    )


async def form_page(
    connection: AsyncConnection,
    here: FormHere,
    *,
    reader: Reader,
    texts: Mapping[str, list[str]] | None,
    faults: Mapping[str, Fault] | None = None,
    refusal: Refusal | None = None,
    template: str = "forms/answer.html",
    **context: Any,
) -> Response:
    """The form as it stands: fresh, or with what was typed and what is wrong with it."""
    definition, settings = here.definition, reader.settings
    typed = defaults_of(definition) if texts is None else dict(texts)
    around = Circumstances(
        now=wall_clock(reader.clock.now, settings.zone),
        fixed=links.fixed_by_link(definition, here.link),
        files={},
    )
    assessed: Assessment = assess(definition, read_typed(definition, typed, around), around)
    shown = {one.key for one in definition.fields}
    # Files that were chosen are said by the name of their input, anything else by the key of its field.
    errors = {name.removeprefix(PREFIX): text for name, text in refusal.errors.items()} if refusal else {}
    return reader.page(
        template,
        status=refusal.status if refusal else 200,
        here=here.path,
        form=form_view(
            definition,
            assessed,
            around,
            language=reader.language,
            translate=reader.translate,
            typed=typed,
            lists=await choices.lists_of(connection, definition, assessed.values),
            faults=faults or {},
            sentences={key: text for key, text in errors.items() if key in shown},
        ),
        place=place_words(here.link, reader),
        is_front_door=here.path.startswith(_REPORT),
        refusal=refusal.sentence if refusal and not faults else "",
        has_faults=bool(faults) or bool(refusal and refusal.errors),
        key=new_key(),
        is_fresh=texts is None,
        video_megabytes=settings.video_megabytes,
        **context,
    )


def place_words(link: Row[Any] | None, reader: Reader) -> tuple[str, str] | None:
    """The place of a link in a line, and the home or the thing in another."""
    if link is None or link.project_name is None:
        return None
    component = link.component_zh if reader.language == "zh-CN" else link.component_en
    what = [link.building_name, reader.translate("Room %(room)s", room=link.room_number) if link.room_number else None]
    if link.serial_number:
        what.append(f"{component} {link.serial_number}")
    return link.project_name, " · ".join(part for part in what if part)


def files_of(
    definition: FormDefinition, sent: Submitted, texts: Mapping[str, list[str]], reader: Reader
) -> dict[str, list[bytes]]:
    """The files by field, each within its limit; a signature drawn on the page comes as text."""
    uploads = typed_uploads(sent.photos)
    found: dict[str, list[bytes]] = {}
    for one in definition.fields:
        if not isinstance(one, form.PhotoField | form.VideoField | form.SignatureField):
            continue
        chosen = uploads.get(one.key, [])
        if len(chosen) > MOST_PHOTOS:
            raise InvalidInput(
                "At most {most} photos can be sent at once. Choose fewer.", most=MOST_PHOTOS, fields=(one.key,)
            )
        video = isinstance(one, form.VideoField)
        megabytes = reader.settings.video_megabytes if video else reader.settings.attachment_megabytes
        if any(len(upload.content) > megabytes * _MEGABYTE for upload in chosen):
            raise AttachmentTooLarge(
                "The file has more than {megabytes} MB. Send a smaller one.", megabytes=megabytes, fields=(one.key,)
            )
        contents = [upload.content for upload in chosen]
        drawn = (texts.get(one.key) or [""])[-1].strip()
        if isinstance(one, form.SignatureField) and drawn.startswith(_SIGNATURE):
            contents = [_decoded(drawn, one.key)]
        found[one.key] = contents
    return found


def _name_the_file(refused: AttachmentRefused | AttachmentTooLarge, uploads: Mapping[str, list[Upload]]) -> None:
    """Let the error say which of the files of its field is to blame, by the name it has for who sent it."""
    place, fields = refused.values.get("place"), refused.values.get("fields")
    if isinstance(place, int) and isinstance(fields, tuple) and place < len(sent := uploads.get(fields[0], [])):
        refused.values["file"] = sent[place].name


def typed_uploads(uploads: Mapping[str, list[Upload]]) -> dict[str, list[Upload]]:
    """Uploads by key of their field."""
    return {name.removeprefix(PREFIX): files for name, files in uploads.items()}


def _decoded(drawn: str, key: str) -> bytes:
    try:
        return base64.b64decode(drawn.removeprefix(_SIGNATURE), validate=True)
    except (binascii.Error, ValueError):
        raise InvalidInput(
            "This form is damaged. Open the page again and fill it in once more.", fields=(key,)
        ) from None

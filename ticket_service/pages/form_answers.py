"""What was answered to a ticket's forms, as its pages show it: labels, units, films, and personal answers masked."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.errors import NotFound
from ops_db.forms import definition as form
from ops_db.forms import loading, repository
from ops_db.forms.given import masked, opened
from ops_db.personal_data import PersonalData
from ops_db.tickets.standing import standing_of
from ticket_service.api.conversation import PHOTO_HEADERS
from ticket_service.dependencies import Connection, Keys
from ticket_service.pages.form_sentences import answer_in_words
from ticket_service.pages.reader import Reader
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/desk/tickets/{number}/answers")

CanRead = Annotated[Actor, Depends(Allowed(Permission.PERSON_READ))]
_OF_TICKET: Final = ("title", "description", "reporter_name", "reporter_phone", "report_photos")
"""What the ticket shows anyway, in its own places."""


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer: words, or the addresses of pictures and films."""

    label: str
    words: str = ""
    photos: tuple[str, ...] = ()
    films: tuple[str, ...] = ()
    signature: str = ""
    is_personal: bool = False


@dataclass(frozen=True, slots=True)
class ResponseView:
    """The answers to one form."""

    title: str
    version: int
    answers: tuple[AnswerView, ...]


async def responses_of(
    connection: AsyncConnection,
    ticket: Any,
    *,
    actor: Actor,
    reader: Reader,
    keys: PersonalData,
) -> list[ResponseView]:
    """What was answered, form by form; personal answers are masked, or left out for those who see no people."""
    sees_people = actor.may(Permission.PERSON_READ, ticket.project_id)
    photo_href = f"/api/v1/tickets/{ticket.number}/attachments"
    signature_href = f"/desk/tickets/{ticket.number}/answers"
    found = []
    for row in await repository.responses(connection, ticket.id):
        definition = loading.parse_form(row.definition)
        names = await repository.names(connection, _codes(definition, [row.answers]))
        personal = opened(row, keys) if sees_people else {}
        views = [
            view
            for one in definition.fields
            if (view := _answer(one, row, personal, names, reader, photo_href, signature_href)) is not None
        ]
        if views:
            found.append(ResponseView(definition.title.label(reader.language), definition.version, tuple(views)))
    return found


@router.get("/{response_id}/{key}")
async def show_signature(
    number: str, response_id: UUID, key: str, actor: CanRead, connection: Connection, keys: Keys
) -> Response:
    """A signature, for those who may read who people are."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor.require(Permission.PERSON_READ, standing.ticket.project_id)
    rows = await repository.responses(connection, standing.ticket.id)
    row = next((one for one in rows if one.id == response_id), None)
    definition = loading.parse_form(row.definition) if row is not None else None
    field = definition.by_key.get(key) if definition is not None else None
    drawn = opened(row, keys).get(key) if row is not None and isinstance(field, form.SignatureField) else None
    if drawn is None:
        raise NotFound("There is no such photo in this ticket.")
    return Response(base64.b64decode(drawn), media_type="image/png", headers=PHOTO_HEADERS)


def _codes(definition: form.FormDefinition, answers: Iterable[Mapping[str, Any]]) -> dict[str, list[str]]:
    codes: dict[str, list[str]] = {}
    for given in answers:
        for one in definition.fields:
            if isinstance(one, form.CascadeField) and one.key in given:
                codes.setdefault(one.level, []).append(str(given[one.key]))
    return codes


def _answer(
    one: form.FormField,
    row: Row[Any],
    personal: Mapping[str, Any],
    names: dict[tuple[str, str], tuple[str, str]],
    reader: Reader,
    photo_href: str,
    signature_href: str,
) -> AnswerView | None:
    if getattr(one, "role", None) in _OF_TICKET and not isinstance(one, form.ComputedField) and one.key not in personal:
        return None
    label = one.label.label(reader.language)
    if one.key in personal:
        if isinstance(one, form.SignatureField):
            return AnswerView(label, signature=f"{signature_href}/{row.id}/{one.key}", is_personal=True)
        return AnswerView(label, masked(one, personal[one.key]), is_personal=True)
    value = row.answers.get(one.key)
    if value is None:
        return None
    if isinstance(one, form.PhotoField):
        return AnswerView(label, photos=tuple(f"{photo_href}/{id}" for id in value))
    if isinstance(one, form.VideoField):
        return AnswerView(label, films=tuple(f"{photo_href}/{id}" for id in value))
    return AnswerView(label, answer_in_words(one, value, reader.language, reader.translate, names))

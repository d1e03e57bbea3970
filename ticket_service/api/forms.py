"""Designed forms for programs: the form in use, the schema of its answers, and answering it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request, Response, status
from pydantic import Field

from ops_db.errors import InvalidInput
from ops_db.forms import links, loading, responding, service
from ops_db.forms.answering import Sent
from ops_db.forms.answers_schema import form_schema
from ops_db.idempotency.service import reporter_at
from ticket_service.api import owner_schemas
from ticket_service.api.schemas import In
from ticket_service.api.sessions import address_of
from ticket_service.api.tickets import tracking_url
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.once import RequiredKey, answered_once
from ticket_service.policies import Public
from ticket_service.routes import RetryingRoute

_READING = Public("A form in use hangs on notice boards; it says what is asked and nothing that was answered.")
_ANSWERING = Public("Owners report by the code on a poster; quotas keep it in bounds.")

router = APIRouter(prefix="/forms/{key}", tags=["forms"], route_class=RetryingRoute)


class AnswersIn(In):
    """The answers by key of the field, as `/schema` describes them, without files and computed fields."""

    answers: dict[str, Any] = Field(
        max_length=200,
        examples=[
            {
                "project": "HZ01",
                "building": "03",
                "home": "HZ01-03-1802",
                "description": "主卫门口墙面渗水",
                "phone": "13800001234",
                "name": "王芳",
            }
        ],
    )
    code: str | None = Field(default=None, max_length=20, description="The code of a poster, whose place is known.")


@router.get("", dependencies=[Depends(_READING)])
async def read_form(key: str, connection: Connection) -> dict[str, Any]:
    """The form in use, as its definition."""
    _, definition = await service.published(connection, key)
    return loading.as_data(definition)


@router.get("/schema", dependencies=[Depends(_READING)])
async def read_schema(key: str, connection: Connection) -> dict[str, Any]:
    """What its answers look like, as JSON Schema (draft 2020-12)."""
    _, definition = await service.published(connection, key)
    return form_schema(definition)


@router.post(
    "/responses",
    status_code=status.HTTP_201_CREATED,
    response_model=owner_schemas.ReportedOut,
    dependencies=[Depends(_ANSWERING)],
)
async def answer_form(
    key: str,
    body: AnswersIn,
    request: Request,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
    idempotency_key: RequiredKey,
) -> Response:
    """Answer a report form: a ticket is opened, and the link to follow it comes back."""
    address = address_of(request)
    row, definition = await service.published(connection, key)
    link = await links.open_link(connection, body.code) if body.code else None
    if definition.purpose != "report" or (link is not None and link.form_key != key):
        raise InvalidInput("This form opens no ticket, or the code belongs to another form.")

    async def work() -> owner_schemas.ReportedOut:
        opened = await responding.submit_report(
            connection,
            row,
            definition,
            Sent(values=body.answers),
            link=link,
            address=address,
            folder=settings.attachments,
            zone=settings.zone,
            now=now,
            personal_data=keys,
        )
        return owner_schemas.ReportedOut(
            number=opened.number, tracking_url=tracking_url(settings, opened.tracking_token)
        )

    return await answered_once(
        connection,
        work,
        actor=reporter_at(address),
        key=idempotency_key,
        request=body,
        now=now,
        keys=keys,
        status=status.HTTP_201_CREATED,
        scope=key,
    )

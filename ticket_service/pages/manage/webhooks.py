"""Integrations: which other systems are told of what, what became of each message, and which may tell us."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import DeliveryState, Permission
from ops_db.accounts import keeping_repository as accounts
from ops_db.actor import Actor
from ops_db.personal_data import PersonalData
from ops_db.webhooks import delivering, keeping, repository
from ops_db.webhooks.delivering import OffReason
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.pages.deed_words import words_of
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.answering import NOTHING_REFUSED, Refused, taken
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.pages.shown_once import forget_shown, show_once, shown_now
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/webhooks")

Integrator = Annotated[Actor, Depends(Allowed(Permission.WEBHOOK_MANAGE))]
HERE: Final = "/manage/webhooks"


@router.get("")
async def list_webhooks(reader: CurrentReader, actor: Integrator, connection: Connection, keys: Keys) -> Response:
    """Endpoints and sources, with forms for new ones."""
    return await _list(connection, reader, actor, keys=keys)


@router.post("")
async def add_endpoint(
    reader: CurrentReader,
    actor: Integrator,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
    name: Annotated[str, Form(max_length=200)] = "",
    url: Annotated[str, Form(max_length=2000)] = "",
    project: Annotated[str, Form(max_length=80)] = "",
    kinds: Annotated[list[str], Form(max_length=100)] = [],  # noqa: B006  FastAPI copies it.
) -> Response:
    """Tell another system; the key of the signatures is shown once."""

    async def work() -> Response:
        id, secret = await keeping.add_endpoint(
            connection,
            name=name,
            url=url,
            event_kinds=kinds,
            project_code=project,
            actor=actor,
            now=now,
            personal_data=keys,
            may_be_loopback=settings.webhook_loopback,
        )
        here = f"{HERE}/{id}"
        return show_once(
            go(here, toast="done"), here, {"secret": secret}, request=reader.request, actor=actor, keys=keys
        )

    async def show(refused: Refused) -> Response:
        return await _list(connection, reader, actor, keys=keys, refused=refused)

    typed = {"form": "endpoint", "name": name, "url": url, "project": project}
    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.post("/sources")
async def add_source(
    request: Request, reader: CurrentReader, actor: Integrator, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Take messages of another system; the key it signs with is shown once."""
    typed = (await submitted(request)).typed

    async def work() -> Response:
        secret = await keeping.add_source(
            connection,
            key=typed.get("key", ""),
            name=typed.get("name", ""),
            project_code=typed.get("project", ""),
            actor=actor,
            now=now,
            personal_data=keys,
        )
        shown = {"secret": secret, "key": typed.get("key", "")}
        return show_once(go(HERE, toast="done"), HERE, shown, request=request, actor=actor, keys=keys)

    async def show(refused: Refused) -> Response:
        return await _list(connection, reader, actor, keys=keys, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.post("/sources/switch")
async def switch_source(
    actor: Integrator,
    connection: Connection,
    now: Now,
    source: Annotated[UUID, Form()],
    is_active: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Take messages of a source again, or none."""
    await keeping.switch_source(connection, source, is_active=is_active == "1", actor=actor, now=now)
    return go(HERE, toast="done")


@router.get("/{endpoint_id}")
async def show_endpoint(
    endpoint_id: UUID,
    reader: CurrentReader,
    actor: Integrator,
    connection: Connection,
    keys: Keys,
    state: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One endpoint with its newest messages."""
    here = f"{HERE}/{endpoint_id}"
    shown = shown_now(reader.request, here, actor=actor, keys=keys)
    wanted = state if state in DeliveryState.codes() else ""
    endpoint = await keeping.endpoint(connection, endpoint_id, actor=actor)
    words = partial(words_of, translate=reader.translate)
    response = manage_page(
        reader,
        "manage/webhook.html",
        endpoint=endpoint,
        told=[words(kind) for kind in endpoint.event_kinds],
        words_of=words,
        reason=_reason(endpoint.disabled_reason, reader),
        deliveries=await repository.deliveries(connection, id=endpoint_id, state=wanted),
        state=wanted,
        states=list(DeliveryState),
        given_up_days=delivering.GIVEN_UP_AFTER.days,
        secret=shown.get("secret", ""),
    )
    return forget_shown(response, here) if shown else response


@router.post("/{endpoint_id}")
async def change_endpoint(
    endpoint_id: UUID,
    reader: CurrentReader,
    actor: Integrator,
    connection: Connection,
    now: Now,
    keys: Keys,
    deed: Annotated[str, Form(max_length=20)],
    delivery: Annotated[UUID | None, Form()] = None,
) -> Response:
    """Send a test, switch off or on, sign with a new key, send dead messages again, or remove the endpoint."""
    here = f"{HERE}/{endpoint_id}"
    if delivery is not None:
        await keeping.replay(connection, endpoint_id, delivery, actor=actor, now=now)
        return go(here, toast="done")
    secret = await keeping.change(connection, endpoint_id, deed, actor=actor, now=now, personal_data=keys)
    response = go(HERE if deed == "remove" else here, toast="done")
    if secret:
        return show_once(response, here, {"secret": secret}, request=reader.request, actor=actor, keys=keys)
    return response


def _reason(kept: str | None, reader: Reader) -> str:
    """Why nothing is sent: a reason of ours in the reader's language."""
    return next((one.label(reader.language) for one in OffReason if one.en == kept), kept or "")


async def _list(
    connection: AsyncConnection,
    reader: Reader,
    actor: Actor,
    *,
    keys: PersonalData,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    shown = shown_now(reader.request, HERE, actor=actor, keys=keys)
    response = manage_page(
        reader,
        "manage/webhooks.html",
        status=refused.status,
        endpoints=await keeping.endpoints(connection, actor=actor),
        sources=await repository.sources(connection),
        projects=await accounts.projects(connection),
        kinds=keeping.KINDS,
        words_of=partial(words_of, translate=reader.translate),
        service_url=reader.settings.service_url,
        secret=shown.get("secret", ""),
        refused=refused,
    )
    return forget_shown(response, HERE) if shown else response

"""Tickets: create, list, read, act."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Query, Response, status

from core.settings import Settings
from core.vocabulary import Permission, Role, Severity, TicketState
from ops_db.actor import Actor
from ops_db.dossier.service import Dossier, dossier_of
from ops_db.errors import InvalidInput
from ops_db.forms.answering import Sent
from ops_db.forms.filling import Filling
from ops_db.personal_data import PersonalData
from ops_db.process.evidence import counted
from ops_db.process.state import Action
from ops_db.queue import service as queue
from ops_db.tickets.acting import act
from ops_db.tickets.opening import NewTicket, OpenedTicket, open_ticket
from ops_db.tracking import service as tracking
from ticket_service.api import schemas
from ticket_service.api.owner_schemas import ReportIn
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.once import Key, RequiredKey, answered_once
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/tickets", tags=["tickets"], route_class=RetryingRoute)

Reader = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]
_VERSION = re.compile(r'^(?:W/)?"(\d+)"$')


@router.post("", status_code=status.HTTP_201_CREATED, response_model=schemas.OpenedOut)
async def create_ticket(
    body: schemas.TicketIn,
    actor: Annotated[Actor, Depends(Allowed(Permission.TICKET_CREATE))],
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
    key: RequiredKey,
) -> Response:
    """Open a ticket. A repeated request with the same Idempotency-Key gets the same answer."""

    async def work() -> schemas.OpenedOut:
        opened = await open_ticket(connection, new_ticket(body), actor=actor, now=now, personal_data=keys)
        return opened_out(opened, settings)

    return await answered_once(connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=201)


@router.get("", response_model=schemas.TicketPage)
async def list_tickets(
    actor: Reader,
    connection: Connection,
    now: Now,
    keys: Keys,
    search: Annotated[str | None, Query(max_length=100, description="Number, phone, home, room or words.")] = None,
    state: TicketState | None = None,
    node_key: str | None = None,
    role: Role | None = None,
    severity: Severity | None = None,
    category_code: str | None = None,
    project_code: str | None = None,
    unit_code: str | None = None,
    is_mine: bool = False,
    is_overdue: bool = False,
    is_paused: bool = False,
    cursor: str | None = None,
    limit: Annotated[int, Query(ge=1, le=queue.LARGEST_PAGE)] = 50,
) -> Response:
    """Tickets of your projects, newest first; also the search and a technician's own work (`is_mine`)."""
    filters = queue.Filters(
        search=search,
        state=state,
        node_key=node_key,
        role=role,
        severity=severity,
        category_code=category_code,
        project_code=project_code,
        unit_code=unit_code,
        is_mine=is_mine,
        is_overdue=is_overdue,
        is_paused=is_paused,
    )
    page = await queue.list_tickets(
        connection, filters, actor=actor, now=now, personal_data=keys, cursor=cursor, limit=limit
    )
    # Postgres made the JSON; parsing and building it again would be most of the work of this request.
    next_cursor = f'"{page.next_cursor}"' if page.next_cursor else "null"
    return Response(f'{{"items":{page.rows_json},"next_cursor":{next_cursor}}}', media_type="application/json")


@router.get("/counts")
async def count_tickets(
    actor: Reader, connection: Connection, now: Now, keys: Keys, project_code: str | None = None, is_mine: bool = False
) -> dict[str, schemas.NodeCounts]:
    """Open tickets of your projects by the node they stand at."""
    filters = queue.Filters(project_code=project_code, is_mine=is_mine)
    counted = await queue.counts(connection, filters, actor=actor, now=now, personal_data=keys)
    return {node: schemas.NodeCounts(**one) for node, one in counted.items()}


@router.get("/{number}")
async def read_ticket(
    number: str, actor: Reader, connection: Connection, keys: Keys, response: Response
) -> schemas.TicketOut:
    """One ticket with its log, and what you may do now."""
    dossier = await dossier_of(connection, number, actor=actor, personal_data=keys)
    response.headers["ETag"] = f'"{dossier.ticket.version}"'
    return ticket_out(dossier)


@router.post("/{number}/actions", response_model=schemas.ActedOut)
async def act_on_ticket(
    number: str,
    body: schemas.ActionIn,
    actor: Annotated[Actor, Depends(Allowed(Permission.TICKET_ACT))],
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
    key: Key = None,
    if_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Do one of the actions offered. Whoever comes second gets 409 and the ticket as it is now."""

    async def work() -> schemas.ActedOut:
        acted = await act(
            connection,
            number,
            actor=actor,
            action=body.action,
            choice=body.choice,
            task_id=body.task_id,
            version=version_of(body.version, if_match),
            data=body.data,
            now=now,
            filling=filling_of(body, settings, keys),
        )
        return schemas.ActedOut.model_validate(acted)

    return await answered_once(connection, work, actor=actor, key=key, request=body, now=now, keys=keys, scope=number)


@router.post("/{number}/tracking-link")
async def renew_tracking_link(
    number: str,
    actor: Annotated[Actor, Depends(Allowed(Permission.TICKET_MESSAGE))],
    connection: Connection,
    now: Now,
    settings: CurrentSettings,
) -> schemas.TrackingLinkOut:
    """A new link for the owner; the old one stops working."""
    token = await tracking.renew_link(connection, number, actor=actor, now=now)
    return schemas.TrackingLinkOut(tracking_url=tracking_url(settings, token))


def version_of(version: int | None, if_match: str | None) -> int:
    """The version the actor looked at; raises InvalidInput where neither body nor header says it."""
    if version is not None:
        return version
    found = _VERSION.match(if_match or "")
    if found is None:
        raise InvalidInput("Say which version of the ticket you looked at: `version`, or the header If-Match.")
    return int(found[1])


def new_ticket(body: schemas.TicketIn | ReportIn) -> NewTicket:
    """The use case's request out of the API's."""
    values = body.model_dump(exclude={"reporter"})
    reporter = body.reporter
    return NewTicket(
        **values,
        reporter_name=reporter.name if reporter else None,
        reporter_phone=reporter.phone if reporter else None,
    )


def tracking_url(settings: Settings, token: str) -> str:
    """The owner's page."""
    return f"{settings.service_url}/track/{token}"


def filling_of(body: schemas.ActionIn, settings: Settings, keys: PersonalData) -> Filling | None:
    """The answers that came with an action."""
    if body.answers is None:
        return None
    return Filling(Sent(values=body.answers), settings.zone, settings.attachments, keys)


def opened_out(opened: OpenedTicket, settings: Settings) -> schemas.OpenedOut:
    """A new ticket as the API says it."""
    return schemas.OpenedOut(
        id=opened.id,
        number=opened.number,
        version=opened.version,
        state=opened.state,
        node_key=opened.node_key,
        owner_status=opened.owner_status,
        tracking_url=tracking_url(settings, opened.tracking_token),
    )


def ticket_out(dossier: Dossier) -> schemas.TicketOut:
    """A ticket as the API says it."""
    row = dossier.ticket
    columns: dict[str, Any] = {
        name: getattr(row, name) for name in schemas.TicketOut.model_fields if hasattr(row, name)
    }
    lists = ("events", "tasks", "signers", "messages", "attachments", "calls", "ratings", "costs", "earlier")
    return schemas.TicketOut.model_validate(
        columns
        | {name: [_declared(name, one) for one in getattr(dossier, name)] for name in lists}
        | {
            "visits": visits_out(dossier),
            "notices": [
                schemas.ToldOut(**{name: getattr(row, name) for name in schemas.ToldOut.model_fields})
                for row in dossier.notices
            ],
            "reporter": dossier.reporter,
            "node_title_zh": dossier.node_title(row.node_key, "zh-CN"),
            "node_title_en": dossier.node_title(row.node_key, "en"),
            "actions": [action_out(action, dossier.facts) for action in dossier.actions],
        }
    )


def visits_out(dossier: Dossier) -> list[schemas.VisitOut]:
    """The trips to the home, each with whether its promise was kept."""
    names = set(schemas.VisitOut.model_fields) - {"is_promise_kept"}
    return [
        schemas.VisitOut(**{name: getattr(row, name) for name in names}, is_promise_kept=dossier.is_promise_kept(row))
        for row in dossier.visits
    ]


_MODELS: Final[dict[str, type[schemas.Out]]] = {
    "events": schemas.EventOut,
    "tasks": schemas.TaskOut,
    "signers": schemas.SignerOut,
    "messages": schemas.MessageOut,
    "attachments": schemas.AttachmentOut,
    "calls": schemas.CallRecordOut,
    "ratings": schemas.RatingOut,
    "costs": schemas.CostOut,
    "earlier": schemas.EarlierOut,
}


def _declared(name: str, row: Any) -> Any:
    return _MODELS[name].model_validate(row)


def action_out(action: Action, facts: Mapping[str, Any]) -> schemas.ActionOut:
    """An action with its form as the API says it; `facts` count its evidence."""
    form = action.form
    return schemas.ActionOut(
        action=action.name,
        choice=action.choice,
        task_id=action.token_id,
        node_key=action.node_key,
        title_zh=action.title.zh,
        title_en=action.title.en,
        fields=[
            schemas.FieldOut(
                key=field.key,
                kind=field.kind,
                title_zh=field.title.zh,
                title_en=field.title.en,
                is_required=field.is_required,
                options=[
                    {"code": one.code, "title_zh": one.title.zh, "title_en": one.title.en} for one in field.options
                ],
                minimum=field.minimum,
                maximum=field.maximum,
            )
            for field in form.fields
        ],
        at_least_one=list(form.at_least_one),
        all_or_none=list(form.all_or_none),
        evidence=[
            schemas.EvidenceOut(fact=one.fact, count=one.present, minimum=one.minimum)
            for one in counted(action.evidence, facts)
        ],
        form=action.form_key,
    )

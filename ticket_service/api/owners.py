"""The owner's side: a report without an account, and the page behind the link of a ticket."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, UploadFile, status
from fastapi.responses import FileResponse

from core.vocabulary import AttachmentPurpose
from ops_db.actor import Actor
from ops_db.conversation import service as conversation
from ops_db.dossier.service import Dossier, dossier_of
from ops_db.idempotency.service import reporter_at
from ops_db.tickets.acting import act
from ops_db.tracking import service as tracking
from ticket_service.api import owner_schemas, schemas
from ticket_service.api.conversation import content_of, file_response
from ticket_service.api.sessions import address_of
from ticket_service.api.tickets import action_out, filling_of, new_ticket, tracking_url, version_of, visits_out
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.once import Key, RequiredKey, answered_once
from ticket_service.policies import OwnerLink, Public
from ticket_service.routes import RetryingRoute

router = APIRouter(tags=["owner"], route_class=RetryingRoute)
uploads = APIRouter(tags=["owner"], route_class=RetryingRoute)

Owner = Annotated[Actor, Depends(OwnerLink())]


@router.post(
    "/reports",
    status_code=status.HTTP_201_CREATED,
    response_model=owner_schemas.ReportedOut,
    dependencies=[Depends(Public("Owners report by the code on a poster; quotas keep it in bounds."))],
)
async def report(
    body: owner_schemas.ReportIn,
    request: Request,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
    key: RequiredKey,
) -> Response:
    """Report a defect without an account; the answer holds the link to follow it."""
    address = address_of(request)

    async def work() -> owner_schemas.ReportedOut:
        opened = await tracking.report(connection, new_ticket(body), address=address, now=now, personal_data=keys)
        url = tracking_url(settings, opened.tracking_token)
        return owner_schemas.ReportedOut(number=opened.number, tracking_url=url)

    actor = reporter_at(address)
    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=status.HTTP_201_CREATED
    )


@router.get("/track/{token}")
async def track(owner: Owner, connection: Connection, keys: Keys) -> owner_schemas.TrackedOut:
    """How the repair stands, like a parcel."""
    return tracked_out(await dossier_of(connection, actor=owner, personal_data=keys))


@router.post("/track/{token}/actions", response_model=schemas.ActedOut)
async def act_as_owner(
    body: schemas.ActionIn,
    owner: Owner,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
    key: Key = None,
) -> Response:
    """Do one of the actions offered to the owner: accept, refuse, cancel, reopen."""

    async def work() -> schemas.ActedOut:
        acted = await act(
            connection,
            actor=owner,
            action=body.action,
            choice=body.choice,
            task_id=body.task_id,
            version=version_of(body.version, None),
            data=body.data,
            now=now,
            filling=filling_of(body, settings, keys),
        )
        return schemas.ActedOut.model_validate(acted)

    return await answered_once(connection, work, actor=owner, key=key, request=body, now=now, keys=keys)


@router.post("/track/{token}/messages", status_code=status.HTTP_201_CREATED, response_model=schemas.MessageOut)
async def write_message(
    body: owner_schemas.OwnerMessageIn, owner: Owner, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Write to the desk and the technician."""

    async def work() -> schemas.MessageOut:
        message = await conversation.write_message(connection, actor=owner, body=body.body, now=now)
        return schemas.MessageOut(**message._asdict(), author_name=None)

    return await answered_once(
        connection, work, actor=owner, key=key, request=body, now=now, keys=keys, status=status.HTTP_201_CREATED
    )


@uploads.post("/track/{token}/attachments", status_code=status.HTTP_201_CREATED)
async def add_photo(
    file: UploadFile, owner: Owner, connection: Connection, now: Now, settings: CurrentSettings
) -> schemas.AttachmentOut:
    """Add a photo of what is broken."""
    row = await conversation.keep_photo(
        connection,
        actor=owner,
        content=await content_of(file, settings.attachment_megabytes),
        purpose=AttachmentPurpose.REPORT,
        folder=settings.attachments,
        now=now,
    )
    return schemas.AttachmentOut.model_validate(row)


@router.get("/track/{token}/attachments/{attachment_id}", response_class=FileResponse)
async def read_photo(
    attachment_id: UUID, owner: Owner, connection: Connection, settings: CurrentSettings
) -> FileResponse:
    """A photo of the ticket."""
    path, media_type = await conversation.photo_file(
        connection, actor=owner, attachment_id=attachment_id, folder=settings.attachments
    )
    return file_response(path, media_type)


@router.post("/track/{token}/rating", status_code=status.HTTP_204_NO_CONTENT)
async def rate(body: owner_schemas.RatingIn, owner: Owner, connection: Connection, now: Now) -> None:
    """Say how it went."""
    scores = body.model_dump(exclude={"comment"})
    await tracking.rate(connection, actor=owner, scores=scores, comment=body.comment, now=now)


@router.post("/track/{token}/urge", status_code=status.HTTP_204_NO_CONTENT)
async def urge(body: owner_schemas.UrgeIn, owner: Owner, connection: Connection, now: Now) -> None:
    """Say that you are waiting (催单), at most once an hour."""
    await tracking.urge(connection, actor=owner, now=now, note=body.note)


def tracked_out(dossier: Dossier) -> owner_schemas.TrackedOut:
    """What the owner sees of a ticket; nothing internal."""
    ticket = dossier.ticket
    stations = [
        owner_schemas.StationOut(
            status=status,
            name_zh=status.zh,
            name_en=status.en,
            reached_at=reached_at,
            is_current=status == ticket.owner_status,
        )
        for status, reached_at in tracking.stations(dossier)
    ]
    return owner_schemas.TrackedOut(
        number=ticket.number,
        version=ticket.version,
        title=ticket.title,
        description=ticket.description,
        owner_status=ticket.owner_status,
        state=ticket.state,
        reported_at=ticket.reported_at,
        closed_at=ticket.closed_at,
        project_name=ticket.project_name,
        unit_code=ticket.unit_code,
        stations=stations,
        visits=visits_out(dossier),
        messages=[schemas.MessageOut.model_validate(row) for row in dossier.messages],
        attachments=[schemas.AttachmentOut.model_validate(row) for row in dossier.attachments],
        ratings=[schemas.RatingOut.model_validate(row) for row in dossier.ratings],
        actions=[action_out(action, dossier.facts) for action in dossier.actions],
    )

"""Messages, photos and ratings of a ticket, written by those who work on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, UploadFile, status
from fastapi.responses import FileResponse

from core.vocabulary import AttachmentPurpose, Permission
from ops_db.actor import Actor
from ops_db.conversation import service as conversation
from ops_db.errors import AttachmentTooLarge
from ops_db.tracking import service as tracking
from ticket_service.api import owner_schemas, schemas
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.once import Key, answered_once
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/tickets/{number}", tags=["conversation"], route_class=RetryingRoute)
uploads = APIRouter(prefix="/tickets/{number}", tags=["conversation"], route_class=RetryingRoute)

Writer = Annotated[Actor, Depends(Allowed(Permission.TICKET_MESSAGE))]
Purpose = Annotated[AttachmentPurpose, Query(description="What the photo shows.")]

_MEGABYTE = 1024 * 1024
PHOTO_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=86400, immutable",
}
"""A photo never runs anything, and never changes."""


@router.post("/messages", status_code=status.HTTP_201_CREATED, response_model=schemas.MessageOut)
async def write_message(
    number: str,
    body: owner_schemas.MessageIn,
    actor: Writer,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Write to the owner, or to colleagues only."""

    async def work() -> schemas.MessageOut:
        message = await conversation.write_message(
            connection, number, actor=actor, body=body.body, is_internal=body.is_internal, now=now
        )
        return schemas.MessageOut(**message._asdict(), author_name=actor.display_name)

    return await answered_once(
        connection,
        work,
        actor=actor,
        key=key,
        request=body,
        now=now,
        keys=keys,
        status=status.HTTP_201_CREATED,
        scope=number,
    )


@uploads.post("/attachments", status_code=status.HTTP_201_CREATED)
async def add_photo(
    number: str,
    file: UploadFile,
    actor: Writer,
    connection: Connection,
    now: Now,
    settings: CurrentSettings,
    purpose: Purpose = AttachmentPurpose.OTHER,
) -> schemas.AttachmentOut:
    """Add a photo (JPEG, PNG or WebP); it is written anew, so position and camera do not stay in it."""
    row = await conversation.keep_photo(
        connection,
        number,
        actor=actor,
        content=await content_of(file, settings.attachment_megabytes),
        purpose=purpose,
        folder=settings.attachments,
        now=now,
    )
    return schemas.AttachmentOut.model_validate(row)


@router.get("/attachments/{attachment_id}", response_class=FileResponse)
async def read_photo(
    number: str,
    attachment_id: UUID,
    actor: Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))],
    connection: Connection,
    settings: CurrentSettings,
) -> FileResponse:
    """A photo of the ticket."""
    path, media_type = await conversation.photo_file(
        connection, number, actor=actor, attachment_id=attachment_id, folder=settings.attachments
    )
    return file_response(path, media_type)


@router.post("/rating", status_code=status.HTTP_204_NO_CONTENT)
async def rate(
    number: str,
    body: owner_schemas.RatingIn,
    actor: Annotated[Actor, Depends(Allowed(Permission.TICKET_RATE))],
    connection: Connection,
    now: Now,
) -> None:
    """Enter the owner's opinion, as told on the telephone."""
    await tracking.rate(
        connection,
        number,
        actor=actor,
        scores=body.model_dump(exclude={"comment"}),
        comment=body.comment,
        now=now,
    )


def file_response(path: Path, media_type: str) -> FileResponse:
    """A photo to look at, or a film: that one is a download wherever it is not played by a page of ours."""
    disposition = "attachment" if media_type.startswith("video/") else "inline"
    name = f"film.{media_type.rpartition('/')[2]}" if disposition == "attachment" else None
    return FileResponse(
        path, media_type=media_type, headers=PHOTO_HEADERS, filename=name, content_disposition_type=disposition
    )


async def content_of(file: UploadFile, megabytes: int) -> bytes:
    """The bytes of an upload; raises AttachmentTooLarge before reading more than is allowed."""
    content = await file.read(megabytes * _MEGABYTE + 1)
    if len(content) > megabytes * _MEGABYTE:
        raise AttachmentTooLarge("The file has more than {megabytes} MB. Send a smaller one.", megabytes=megabytes)
    return content

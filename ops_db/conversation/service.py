"""Messages and photos of a ticket. They are added beside the process and change no version of the ticket."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, AttachmentPurpose, Permission
from ops_db.actor import Actor
from ops_db.conversation import photos, repository, videos
from ops_db.errors import InvalidInput, NotFound, QuotaExceeded
from ops_db.tickets.standing import standing_of

OWNER_WINDOW: Final = dt.timedelta(hours=1)
OWNER_MESSAGES: Final = 30
OWNER_PHOTOS: Final = 20
LONGEST_MESSAGE: Final = 4_000

# Decoding needs memory in proportion to the pixels, so few are decoded at once.
_decoders = asyncio.Semaphore(2)


async def write_message(
    connection: AsyncConnection,
    number: str | None = None,
    *,
    actor: Actor,
    body: str,
    now: dt.datetime,
    is_internal: bool = False,
    has_photos: bool = False,
) -> Row[Any]:
    """Add a message; an owner's link stands for the number. Raises NotFound, InvalidInput, QuotaExceeded.

    Photos that follow in the same transaction may say everything: then the words may be left out.
    """
    body = body.strip()
    if not body and not has_photos:
        raise InvalidInput("Write something, or choose a photo.", fields=("body",))
    if len(body) > LONGEST_MESSAGE:
        raise InvalidInput("Write at most {longest} characters.", longest=LONGEST_MESSAGE, fields=("body",))
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_MESSAGE)
    await _keep_to_quota(connection, standing.ticket.id, actor=actor, now=now)
    return await repository.add_message(
        connection,
        ticket_id=standing.ticket.id,
        author_kind=actor.kind.value,
        author_id=actor.id,
        body=body,
        is_internal=is_internal and actor.kind != ActorKind.OWNER,
        now=now,
    )


async def keep_photo(
    connection: AsyncConnection,
    number: str | None = None,
    *,
    actor: Actor,
    content: bytes,
    purpose: AttachmentPurpose,
    folder: Path,
    now: dt.datetime,
    message_id: UUID | None = None,
) -> Row[Any]:
    """Add a photo, written anew without its metadata; the same photo twice is kept once.

    Raises NotFound, QuotaExceeded, AttachmentTooLarge, AttachmentRefused.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_MESSAGE)
    await _keep_to_quota(connection, standing.ticket.id, actor=actor, now=now)
    async with _decoders:
        photo = await asyncio.to_thread(photos.harmless, content)
    # The file is there before the row that names it: a crash in between leaves a file nobody asks for.
    await asyncio.to_thread(photos.store, folder, photo)
    return await repository.add_attachment(
        connection,
        ticket_id=standing.ticket.id,
        message_id=message_id,
        purpose=purpose.value,
        sha256=photo.sha256,
        media_type=photo.media_type,
        byte_count=len(photo.content),
        width=photo.width,
        height=photo.height,
        uploader_kind=actor.kind.value,
        uploader_id=actor.id,
        now=now,
    )


async def keep_video(
    connection: AsyncConnection,
    number: str | None = None,
    *,
    actor: Actor,
    content: bytes,
    purpose: AttachmentPurpose,
    folder: Path,
    now: dt.datetime,
) -> Row[Any]:
    """Add a film as it is; raises NotFound, QuotaExceeded, AttachmentRefused for what is no film."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_MESSAGE)
    await _keep_to_quota(connection, standing.ticket.id, actor=actor, now=now)
    video = videos.sniffed(content)
    await asyncio.to_thread(photos.store_bytes, folder, video.content, video.sha256)
    return await repository.add_attachment(
        connection,
        ticket_id=standing.ticket.id,
        message_id=None,
        purpose=purpose.value,
        sha256=video.sha256,
        media_type=video.media_type,
        byte_count=len(video.content),
        width=None,
        height=None,
        uploader_kind=actor.kind.value,
        uploader_id=actor.id,
        now=now,
    )


async def photo_file(
    connection: AsyncConnection, number: str | None = None, *, actor: Actor, attachment_id: UUID, folder: Path
) -> tuple[Path, str]:
    """File and media type of a photo of this ticket; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    found = await repository.attachment(connection, id=attachment_id, ticket_id=standing.ticket.id)
    if found is None:
        raise NotFound("There is no such photo in this ticket.")
    return photos.place_of(folder, found.sha256), found.media_type


async def _keep_to_quota(connection: AsyncConnection, ticket_id: UUID, *, actor: Actor, now: dt.datetime) -> None:
    if actor.kind != ActorKind.OWNER:
        return
    sent = await repository.sent_by_owner(connection, ticket_id=ticket_id, since=now - OWNER_WINDOW)
    if sent.message_count >= OWNER_MESSAGES or sent.attachment_count >= OWNER_PHOTOS:
        raise QuotaExceeded(
            "You have sent a lot within an hour. Please wait, or call the service desk.",
            retry_after_seconds=int(OWNER_WINDOW.total_seconds()),
        )

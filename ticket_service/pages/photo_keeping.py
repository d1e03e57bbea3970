"""Photos that came with a form, kept with the ticket in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.settings import Settings
from core.vocabulary import AttachmentPurpose
from ops_db.actor import Actor
from ops_db.conversation import service as conversation
from ops_db.errors import AttachmentRefused, AttachmentTooLarge, InvalidInput
from ticket_service.pages.form_text import MOST_PHOTOS, Upload

_MEGABYTE: Final = 1024 * 1024


async def keep_photos(
    connection: AsyncConnection,
    number: str | None,
    uploads: Sequence[Upload],
    *,
    field: str = "photos",
    actor: Actor,
    purpose: AttachmentPurpose,
    settings: Settings,
    now: dt.datetime,
    message_id: UUID | None = None,
) -> None:
    """Keep all pictures or, raising what `keep_photo` raises, none; an owner's link stands for the number.

    An error names the `field` the pictures were chosen in and the file that is to blame.
    """
    if len(uploads) > MOST_PHOTOS:
        raise InvalidInput(
            "At most {most} photos can be sent at once. Choose fewer.", most=MOST_PHOTOS, fields=(field,)
        )
    for upload in uploads:
        try:
            _check_size(upload, settings)
            await conversation.keep_photo(
                connection,
                number,
                actor=actor,
                content=upload.content,
                purpose=purpose,
                folder=settings.attachments,
                message_id=message_id,
                now=now,
            )
        except (AttachmentRefused, AttachmentTooLarge) as error:
            error.values |= {"fields": (field,), "file": upload.name}
            raise


def _check_size(upload: Upload, settings: Settings) -> None:
    if len(upload.content) > settings.attachment_megabytes * _MEGABYTE:
        raise AttachmentTooLarge(
            "The file has more than {megabytes} MB. Send a smaller one.", megabytes=settings.attachment_megabytes
        )

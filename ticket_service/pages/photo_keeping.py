"""Photos that came with a form, kept with the ticket in the same transaction."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.settings import Settings
from core.vocabulary import AttachmentPurpose
from ops_db.actor import Actor
from ops_db.conversation import service as conversation
from ops_db.errors import AttachmentTooLarge

_MEGABYTE: Final = 1024 * 1024


async def keep_photos(
    connection: AsyncConnection,
    number: str | None,
    contents: Iterable[bytes],
    *,
    actor: Actor,
    purpose: AttachmentPurpose,
    settings: Settings,
    now: dt.datetime,
    message_id: UUID | None = None,
) -> None:
    """Keep all pictures or, raising what `keep_photo` raises, none; an owner's link stands for the number."""
    for content in contents:
        if len(content) > settings.attachment_megabytes * _MEGABYTE:
            raise AttachmentTooLarge(
                "The file has more than {megabytes} MB. Send a smaller one.", megabytes=settings.attachment_megabytes
            )
        await conversation.keep_photo(
            connection,
            number,
            actor=actor,
            content=content,
            purpose=purpose,
            folder=settings.attachments,
            message_id=message_id,
            now=now,
        )

"""SQL of messages and attachments."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_ADD_MESSAGE = text("""
    insert into ops.message (ticket_id, author_kind, author_id, body, is_internal, sent_at)
    values (:ticket_id, :author_kind, :author_id, :body, :is_internal, :now)
    returning id, author_kind, body, is_internal, sent_at
""")
_ADD_ATTACHMENT = text("""
    insert into ops.attachment (ticket_id, message_id, purpose, sha256, media_type, byte_count, width, height,
                                uploader_kind, uploader_id, uploaded_at)
    values (:ticket_id, :message_id, :purpose, :sha256, :media_type, :byte_count, :width, :height,
            :uploader_kind, :uploader_id, :now)
    on conflict (ticket_id, sha256) do update set purpose = attachment.purpose
    returning id, message_id, purpose, media_type, byte_count, width, height, uploader_kind, uploaded_at
""")
_ATTACHMENT = text("""
    select sha256, media_type from ops.attachment where id = :id and ticket_id = :ticket_id
""")
_BY_OWNER = text("""
    select (select count(*) from ops.message
             where ticket_id = :ticket_id and author_kind = 'owner' and sent_at > :since) as message_count,
           (select count(*) from ops.attachment
             where ticket_id = :ticket_id and uploader_kind = 'owner' and uploaded_at > :since) as attachment_count
""")


async def add_message(connection: AsyncConnection, **values: Any) -> Row[Any]:
    """Keep a message."""
    return (await connection.execute(_ADD_MESSAGE, values)).one()


async def add_attachment(connection: AsyncConnection, **values: Any) -> Row[Any]:
    """Keep a photo's row; the same photo of the same ticket is kept once."""
    return (await connection.execute(_ADD_ATTACHMENT, values)).one()


async def attachment(connection: AsyncConnection, *, id: UUID, ticket_id: UUID) -> Row[Any] | None:
    """Hash and type of a photo of this ticket."""
    return (await connection.execute(_ATTACHMENT, {"id": id, "ticket_id": ticket_id})).one_or_none()


async def sent_by_owner(connection: AsyncConnection, *, ticket_id: UUID, since: dt.datetime) -> Row[Any]:
    """How many messages and photos came through the owner's link since then."""
    return (await connection.execute(_BY_OWNER, {"ticket_id": ticket_id, "since": since})).one()

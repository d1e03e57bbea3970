"""Messages of other systems: signed as Standard Webhooks says, worked once, bound to the projects of their source."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection
from standardwebhooks import Webhook, WebhookVerificationError

from core.vocabulary import ActorKind, Channel, Permission, Severity
from ops_db import audit
from ops_db.actor import Actor, Grant
from ops_db.conversation import service as conversation
from ops_db.errors import InvalidInput, InvalidSignature, KeyReused
from ops_db.personal_data import PersonalData
from ops_db.reach import see_only
from ops_db.tickets.opening import NewTicket, open_ticket
from ops_db.webhooks import repository

ROLE: Final = "integration"
_RIGHTS: Final = frozenset({Permission.TICKET_CREATE, Permission.TICKET_MESSAGE, Permission.TICKET_READ})


class OpenData(BaseModel):
    """A ticket to be opened."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    description: str = Field(min_length=1, max_length=4000)
    title: str | None = Field(default=None, max_length=200)
    unit_code: str | None = Field(default=None, max_length=80)
    project_code: str | None = Field(default=None, max_length=80)
    building_code: str | None = Field(default=None, max_length=80)
    space_code: str | None = Field(default=None, max_length=80)
    category_code: str | None = Field(default=None, max_length=80)
    component_code: str | None = Field(default=None, max_length=80)
    defect_code: str | None = Field(default=None, max_length=80)
    severity: Severity | None = None
    reporter_phone: str | None = Field(default=None, max_length=30)
    reporter_name: str | None = Field(default=None, max_length=200)


class CommentData(BaseModel):
    """A message to be added."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: str = Field(max_length=80)
    body: str = Field(min_length=1, max_length=4000)
    is_internal: bool = True


class Message(BaseModel):
    """A message as it comes in."""

    model_config = ConfigDict(frozen=True)

    type: Literal["ticket.open", "ticket.comment"]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message; `is_repeated` for one that had come before."""

    number: str
    is_repeated: bool


async def receive(
    connection: AsyncConnection,
    key: str,
    content: bytes,
    headers: Mapping[str, str],
    *,
    now: dt.datetime,
    personal_data: PersonalData,
) -> Received:
    """Open or comment a ticket as a signed message says, once for each message id.

    Raises InvalidSignature, for an unknown source too, KeyReused, InvalidInput and what opening and writing refuse.
    """
    source = await repository.source(connection, key=key)
    try:
        # An unknown source takes the same way, so that nobody learns which there are.
        secret = personal_data.decrypt(source.secret_ciphertext) if source else "whsec_AAAA"
        Webhook(secret).verify(content, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        raise _unsigned() from error
    if source is None:
        raise _unsigned()
    message_id, body_hash = headers["webhook-id"][:200], hashlib.sha256(content).digest()
    known = await repository.message(connection, source_id=source.id, message_id=message_id)
    if known is not None:
        if bytes(known.body_hash) != body_hash:
            raise KeyReused("This message id was used for another message. Make a new id for a new message.")
        return Received(known.ticket_number, is_repeated=True)
    actor = Actor(
        kind=ActorKind.TOKEN, id=source.id, grants=(Grant(ROLE, _RIGHTS, source.project_id),), display_name=source.name
    )
    await see_only(connection, actor.reach)
    message = _message(content)
    number = await _work(connection, message, actor=actor, now=now, personal_data=personal_data)
    await repository.add_message(
        connection,
        source_id=source.id,
        message_id=message_id,
        body_hash=body_hash,
        kind=message.type,
        ticket_number=number,
        now=now,
    )
    detail = {"number": number, "message_id": message_id}
    await audit.note(
        connection, actor=actor, deed="hook:receive", now=now, object_kind="webhook", object_id=source.id, detail=detail
    )
    return Received(number, is_repeated=False)


async def _work(
    connection: AsyncConnection, message: Message, *, actor: Actor, now: dt.datetime, personal_data: PersonalData
) -> str:
    try:
        if message.type == "ticket.open":
            data = OpenData.model_validate(message.data)
            new = NewTicket(channel=Channel.SENSOR, **data.model_dump())
            opened = await open_ticket(connection, new, actor=actor, now=now, personal_data=personal_data)
            return opened.number
        comment = CommentData.model_validate(message.data)
    except ValidationError as error:
        raise _unreadable(error) from error
    await conversation.write_message(
        connection, comment.number, actor=actor, body=comment.body, is_internal=comment.is_internal, now=now
    )
    return comment.number


def _message(content: bytes) -> Message:
    try:
        return Message.model_validate(json.loads(content))
    except ValidationError as error:
        raise _unreadable(error) from error
    except ValueError as error:
        raise InvalidInput("The message is no JSON.") from error


def _unreadable(error: ValidationError) -> InvalidInput:
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return InvalidInput("The message cannot be taken: {place}: {reason}.", place=place, reason=first["msg"])


def _unsigned() -> InvalidSignature:
    return InvalidSignature("The signature does not fit. Sign id, time and body with the key of this address.")

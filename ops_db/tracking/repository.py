"""SQL of the owner's link and of reports without an account."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_LINK = text("""
    select id, project_id, reporter_id, language from ops.ticket_of_link(:token_hash)
""")
_RENEW = text("update ops.ticket set tracking_token_hash = :token_hash where id = :id")
_REPORTS = text("""
    select count(*) filter (where object_id = :place_id) as of_place,
           count(*) filter (where detail ->> 'address' = :address) as of_address, min(done_at) as first_at
      from ops.audit_entry
     where deed = 'ticket:report' and done_at > :since
       and (object_id = :place_id or detail ->> 'address' = :address)
""")
_LAST_URGE = text("""
    select max(occurred_at) from ops.ticket_event where ticket_id = :id and kind = 'ticket:urge'
""")
_PLACE = text("""
    select id, project_id from ops.unit where code = :unit_code
     union all
    select id, id from ops.project where code = :project_code
     limit 1
""")


async def ticket_of_link(connection: AsyncConnection, *, token_hash: bytes) -> Row[Any] | None:
    """The ticket a link opens."""
    return (await connection.execute(_LINK, {"token_hash": token_hash})).one_or_none()


async def renew_link(connection: AsyncConnection, *, id: UUID, token_hash: bytes) -> None:
    """Let another link open a ticket; the one before opens nothing any more."""
    await connection.execute(_RENEW, {"id": id, "token_hash": token_hash})


async def reports(connection: AsyncConnection, *, place_id: UUID, address: str, since: dt.datetime) -> Row[Any]:
    """How many reports came without an account since then, for this place and from this address."""
    values = {"place_id": place_id, "address": address, "since": since}
    return (await connection.execute(_REPORTS, values)).one()


async def last_urge(connection: AsyncConnection, *, id: UUID) -> dt.datetime | None:
    """When the owner last urged."""
    return (await connection.execute(_LAST_URGE, {"id": id})).scalar_one()


async def place(connection: AsyncConnection, *, unit_code: str | None, project_code: str | None) -> Row[Any] | None:
    """The home or else the project a code names: its id, and that of its project."""
    values = {"unit_code": unit_code, "project_code": project_code}
    return (await connection.execute(_PLACE, values)).one_or_none()

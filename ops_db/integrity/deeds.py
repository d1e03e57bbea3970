"""Looking things up in the audit log, and the chain of one ticket."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Connection, Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.errors import NotFound
from ops_db.integrity.chains import verify_tickets

_SEARCH = text("""
    select entry.id, entry.actor_kind, entry.deed, entry.object_kind, entry.object_id, entry.detail::text as detail,
           entry.done_at, account.display_name as actor_name, account.login,
           behalf.display_name as on_behalf_of, done_to.display_name as object_name,
           (select jsonb_object_agg(named.id, named.display_name) from ops.account as named
             where named.id::text in (select said.value from jsonb_each_text(entry.detail::jsonb) as said)) as names
      from ops.audit_entry as entry
      left join ops.api_token on entry.actor_kind = 'token' and api_token.id = entry.actor_id
      left join ops.account on account.id = coalesce(api_token.account_id, entry.actor_id)
      left join ops.account as done_to on entry.object_kind = 'account' and done_to.id = entry.object_id
      left join ops.account as behalf on behalf.id::text = entry.detail ->> 'on_behalf_of'
     where (:deed = '' or entry.deed = :deed)
       and (cast(:since as date) is null or entry.done_at >= cast(:since as date))
       and (cast(:before as bigint) is null or entry.id < :before)
       and (:who = '' or account.login ilike :like or account.display_name ilike :like
            or entry.detail::text ilike :like)
     order by entry.id desc limit :most
""")
_KINDS = text("select distinct deed from ops.audit_entry order by deed")
_TICKET = text("""
    select ticket.id, ticket.number, ticket.version, encode(event.chain_hash, 'hex') as head, event.occurred_at
      from ops.ticket
      left join ops.ticket_event as event on event.ticket_id = ticket.id and event.version = ticket.version
     where ticket.number = :number
       and (cast(:project_ids as uuid[]) is null or ticket.project_id = any(cast(:project_ids as uuid[])))
""")


async def search(
    connection: AsyncConnection,
    *,
    actor: Actor,
    who: str,
    deed: str,
    since: dt.date | None,
    before: int | None,
    most: int,
) -> list[Row[Any]]:
    """Deeds that fit, newest first. Deeds belong to the whole house, so the right to read them is for every project."""
    actor.require_everywhere(Permission.AUDIT_READ)
    who = who.strip().replace("\\", "").replace("%", "").replace("_", r"\_")
    values = {"who": who, "like": f"%{who}%", "deed": deed, "since": since, "before": before, "most": most}
    return list((await connection.execute(_SEARCH, values)).all())


async def kinds(connection: AsyncConnection) -> list[str]:
    """The kinds of deed there are."""
    return list((await connection.execute(_KINDS)).scalars())


async def chain_of(connection: AsyncConnection, number: str, *, actor: Actor) -> dict[str, Any]:
    """Whether the log of a ticket is as it was written, and its newest link. Raises NotFound."""
    scope = actor.scope(Permission.AUDIT_READ)
    ticket = (await connection.execute(_TICKET, {"number": number, "project_ids": scope})).one_or_none()
    if ticket is None:
        raise NotFound("There is no ticket {number} in your projects.", number=number)

    def verified(sync: Connection) -> Any:
        return verify_tickets(sync, ticket_id=ticket.id)

    found = await connection.run_sync(verified)
    is_whole = ticket.head is not None and not found.finding_count
    return {"ticket": ticket, "links": found.links, "findings": found.findings, "is_whole": is_whole}

"""Standing in for somebody on leave: the deputy holds their grants for a while, and deeds say on whose behalf.

A deputy passes nothing on: only grants of one's own are delegated, and none by which accounts, roles or integrations
are managed. Nor does a token carry them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, Permission
from ops_db import audit
from ops_db.accounts import keeping_repository as repository
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound, NotPermitted

LONGEST: Final = dt.timedelta(days=366)


async def delegations(connection: AsyncConnection, *, actor: Actor, everybody: bool = False) -> list[Row[Any]]:
    """The actor's own, from and to them; those of everybody for whoever manages accounts."""
    if everybody:
        actor.require_everywhere(Permission.ACCOUNT_MANAGE)
    return await repository.delegations(connection, account_id=None if everybody else actor.account_id)


async def deputies(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """Who could stand in for the actor."""
    return await repository.deputies(connection, account_id=_person(actor))


async def delegate(
    connection: AsyncConnection,
    *,
    actor: Actor,
    to_account_id: UUID,
    starts_at: dt.datetime,
    ends_at: dt.datetime,
    reason: str,
    now: dt.datetime,
    from_account_id: UUID | None = None,
) -> UUID:
    """Let somebody stand in for the actor, or for `from_account_id` if the actor manages accounts.

    Raises InvalidInput, NotFound, NotPermitted.
    """
    own = _person(actor)
    away = from_account_id or own
    if away != own:
        actor.require_everywhere(Permission.ACCOUNT_MANAGE)
    reason = " ".join(reason.split())
    if not 1 <= len(reason) <= 200:
        raise InvalidInput("Say why, for example annual leave.", fields=("reason",))
    if away == to_account_id:
        raise InvalidInput("Nobody stands in for themselves. Choose a colleague.", fields=("to",))
    if ends_at <= max(starts_at, now) or ends_at - starts_at > LONGEST:
        raise InvalidInput("The time must end after it begins, in the future, and within a year.", fields=("until",))
    for id in (away, to_account_id):
        found = await repository.accounts(connection, id=id)
        if not found or not found[0].is_active:
            raise NotFound("There is no such account.")
    times = {"from_account_id": away, "starts_at": starts_at, "ends_at": ends_at}
    if await repository.overlapping(connection, **times):
        raise InvalidInput("Somebody stands in already for a part of this time. End that first.", fields=("from",))
    id = await repository.add_delegation(
        connection, **times, to_account_id=to_account_id, reason=reason, created_by=own, now=now
    )
    detail = {"from": str(away), "to": str(to_account_id), "starts_at": starts_at.isoformat(), "reason": reason}
    await audit.note(
        connection,
        actor=actor,
        deed="delegation:begin",
        now=now,
        object_kind="delegation",
        object_id=id,
        detail=detail | {"ends_at": ends_at.isoformat()},
    )
    return id


async def end_delegation(
    connection: AsyncConnection, id: UUID, *, actor: Actor, now: dt.datetime, everybody: bool = False
) -> None:
    """End a delegation before its time; one's own, or anybody's for whoever manages accounts. Raises NotFound."""
    if everybody:
        actor.require_everywhere(Permission.ACCOUNT_MANAGE)
    ended = await repository.end_delegation(
        connection, id=id, account_id=None if everybody else _person(actor), now=now
    )
    if ended is None:
        raise NotFound("There is nothing to end: it is over already.")
    await audit.note(connection, actor=actor, deed="delegation:end", now=now, object_kind="delegation", object_id=id)


def _person(actor: Actor) -> UUID:
    if actor.kind != ActorKind.ACCOUNT or actor.account_id is None:
        raise NotPermitted("Only a person with an account stands in for another.", permission="")
    return actor.account_id

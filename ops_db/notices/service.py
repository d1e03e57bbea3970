"""The notices of whoever is signed in: to their account, to a role they hold, and to whom they stand in for.

What a deputy reads stays unread for whoever is away: each account marks for itself.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor
from ops_db.errors import NotFound
from ops_db.notices import repository
from ops_db.paging import cursor_of, damaged, keys_of

LARGEST_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Notices:
    """One page of notices, and the cursor of the next; None on the last."""

    rows: list[Row[Any]]
    next_cursor: str | None


async def list_notices(
    connection: AsyncConnection,
    *,
    actor: Actor,
    is_unread_only: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Notices:
    """One page, the newest first; raises InvalidInput for a damaged cursor."""
    limit = max(1, min(limit, LARGEST_PAGE))
    before_at, before_id = _last_row(cursor) if cursor else (None, None)
    rows = await repository.of_account(
        connection,
        is_unread_only=is_unread_only,
        before_at=before_at,
        before_id=before_id,
        most=limit + 1,
        **held(actor),
    )
    if len(rows) <= limit:
        return Notices(rows, None)
    last = rows[limit - 1]
    return Notices(rows[:limit], cursor_of(last.created_at.isoformat(), str(last.id)))


async def unread_count(connection: AsyncConnection, *, actor: Actor) -> int:
    """How many are unread; a hundred means that many or more."""
    return await repository.unread_count(connection, **held(actor))


async def mark_read(connection: AsyncConnection, *, actor: Actor, id: UUID | None, now: dt.datetime) -> int:
    """Mark a notice read, or every one; raises NotFound for one that is not the actor's."""
    marked = await repository.mark_read(connection, id=id, now=now, **held(actor))
    if id is not None and not marked and not await _is_known(connection, actor=actor, id=id):
        raise NotFound("There is no such notice for you.")
    return marked


async def _is_known(connection: AsyncConnection, *, actor: Actor, id: UUID) -> bool:
    return await repository.is_of_account(connection, id=id, **held(actor))


def held(actor: Actor) -> dict[str, Any]:
    """The account and its roles, each with its project and for whom it is held, as the statements take them."""
    return {
        "account_id": actor.account_id,
        "roles": [grant.role for grant in actor.grants],
        "project_ids": [grant.project_id for grant in actor.grants],
        "away_ids": [grant.on_behalf_of for grant in actor.grants],
    }


def _last_row(cursor: str) -> tuple[dt.datetime, UUID]:
    created_at, id = keys_of(cursor, count=2)
    try:
        return dt.datetime.fromisoformat(created_at), UUID(id)
    except ValueError as error:
        raise damaged() from error

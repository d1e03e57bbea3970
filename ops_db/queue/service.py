"""The queue of the desk, the work of a technician, and the search: one list, narrowed."""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor, as_rows
from ops_db.paging import cursor_of, damaged, keys_of
from ops_db.personal_data import PersonalData, looks_like_phone
from ops_db.queue import repository

LARGEST_PAGE = 200
_NUMBER = re.compile(r"^[A-Z]+\d{4,}$")
_UNIT_CODE = re.compile(r"^[A-Z]{2,}[A-Z0-9]*(-[A-Z0-9]+)+-?$")
_ROOM_NUMBER = re.compile(r"^\d{3,5}[A-Z]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What a list is narrowed by; None and False mean not. `is_mine` needs an actor who is staff,
    or stands in for somebody who is.

    `search` is what somebody typed: a ticket's number, a phone number, a home or part of its code, a room, or words.
    """

    search: str | None = None
    state: str | None = None
    node_key: str | None = None
    role: str | None = None
    severity: str | None = None
    category_code: str | None = None
    project_code: str | None = None
    unit_code: str | None = None
    is_mine: bool = False
    is_overdue: bool = False
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Rows as the JSON Postgres made of them, and the cursor of the next page, None on the last."""

    rows_json: str
    next_cursor: str | None

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows as Python values; times are ISO text in UTC."""
        rows: list[dict[str, Any]] = json.loads(self.rows_json)
        return rows


async def list_tickets(
    connection: AsyncConnection,
    filters: Filters,
    *,
    actor: Actor,
    now: dt.datetime,
    personal_data: PersonalData,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of the tickets the actor may read, newest first; raises InvalidInput for a damaged cursor."""
    limit = max(1, min(limit, LARGEST_PAGE))
    values = _values(filters, actor=actor, personal_data=personal_data)
    if cursor is not None:
        values["after_at"], values["after_id"] = _last_row(cursor)
    names = tuple(name for name in repository.CONDITIONS if name in values)
    # One row more than asked for tells whether there is a next page.
    rows_json = await repository.rows(connection, names=names, values=values | {"now": now, "limit": limit + 1})
    rows = json.loads(rows_json)
    if len(rows) <= limit:
        return Page(rows_json, None)
    last = rows[limit - 1]
    return Page(json.dumps(rows[:limit], ensure_ascii=False), cursor_of(last["reported_at"], last["id"]))


async def counts(
    connection: AsyncConnection, filters: Filters, *, actor: Actor, now: dt.datetime, personal_data: PersonalData
) -> dict[str, dict[str, int]]:
    """`{node_key: {open, overdue, paused}}` of the open tickets the actor may read."""
    values = _values(filters, actor=actor, personal_data=personal_data)
    names = tuple(name for name in repository.CONDITIONS if name in values and name != "state")
    counted: dict[str, dict[str, int]] = json.loads(
        await repository.counts(connection, names=names, values=values | {"now": now})
    )
    return counted


def _values(filters: Filters, *, actor: Actor, personal_data: PersonalData) -> dict[str, Any]:
    values: dict[str, Any] = {}
    scope = actor.scope(Permission.TICKET_READ)
    if scope is not None:
        values["project_ids"] = scope
    for name in ("state", "node_key", "role", "severity", "category_code", "project_code", "unit_code"):
        value = getattr(filters, name)
        if value:
            values[name] = value
    if filters.is_mine:
        values |= {"staff_id": actor.staff_id, "crew_id": actor.crew_id, "away": as_rows(actor.away)}
    values |= {name: True for name in ("is_overdue", "is_paused") if getattr(filters, name)}
    if filters.search and filters.search.strip():
        values |= _search(filters.search.strip(), personal_data)
    return values


def _last_row(cursor: str) -> tuple[dt.datetime, UUID]:
    reported_at, id = keys_of(cursor, count=2)
    try:
        return dt.datetime.fromisoformat(reported_at), UUID(id)
    except ValueError as error:
        raise damaged() from error


def _search(typed: str, personal_data: PersonalData) -> dict[str, Any]:
    code = typed.upper()
    if _NUMBER.match(code):
        return {"number": code}
    if looks_like_phone(typed):
        return {"phone_index": personal_data.phone_index(typed)}
    if _UNIT_CODE.match(code):
        return {"unit_code_prefix": _escaped(code) + "%"}
    if _ROOM_NUMBER.match(code):
        return {"room_number": code}
    return {"words": f"%{_escaped(typed)}%"}


def _escaped(typed: str) -> str:
    """Stars and underscores of a pattern taken literally."""
    return re.sub(r"([\\%_])", r"\\\1", typed)

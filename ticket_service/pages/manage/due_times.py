"""Counting the due times of running tickets anew: what would move is shown, then it is done a part at a time."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.clock import recounting, service
from ops_db.clock.recounting import Recounted
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/calendars/due-times")

Manager = Annotated[Actor, Depends(Allowed(Permission.CLOCK_MANAGE))]
PAGE = "/manage/calendars/due-times"


@router.get("")
async def look(
    reader: CurrentReader,
    actor: Manager,
    connection: Connection,
    code: str = "default",
    moved: int | None = None,
    passed: int = 0,
) -> Response:
    """How many running tickets would move, and the ten that move furthest."""
    return await _look(reader, actor, connection, code, moved=moved, passed=passed)


@router.post("")
async def carry_out(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Count the next tickets anew; while there are more, the page says how far it is and goes on."""
    typed = (await submitted(request)).typed
    code, reason = typed.get("code", ""), typed.get("reason", "")
    kept = await service.calendar(connection, code, actor=actor)
    if not reason.strip():
        errors = {"reason": reader.translate("Say why deadlines are counted anew; each ticket keeps the reason.")}
        return await _look(reader, actor, connection, code, errors=errors, status=422)
    part = await recounting.recount_part(
        connection, code, reason=reason, after=typed.get("after", ""), actor=actor, now=now
    )
    looked, moved, passed = (
        _number(typed.get(name)) + more
        for name, more in (("looked", part.looked), ("moved", part.moved), ("passed", part.passed))
    )
    if not part.left:
        return go(f"{PAGE}?{urlencode({'code': code, 'moved': moved, 'passed': passed})}", toast="done")
    carried = {"code": code, "reason": reason, "after": part.after, "looked": looked, "moved": moved, "passed": passed}
    return manage_page(
        reader,
        "manage/due_times_moving.html",
        here="/manage/calendars",
        kept=kept.row,
        carried=carried,
        looked=looked,
        moved=moved,
        total=looked + part.left,
    )


async def _look(
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    code: str,
    *,
    moved: int | None = None,
    passed: int = 0,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    kept = await service.calendar(connection, code, actor=actor)
    found = await recounting.preview(connection, code, actor=actor)
    return manage_page(
        reader,
        "manage/due_times.html",
        status=status,
        here="/manage/calendars",
        kept=kept.row,
        preview=found,
        furthest=[_line(one, reader) for one in found.furthest],
        moved=moved,
        passed=passed,
        errors=errors or {},
    )


def _line(one: Recounted, reader: Reader) -> dict[str, Any]:
    """One row of the table: the ticket's own time, or that its steps and timers alone move."""
    row, by = one.row, one.moves_by
    own = row.resolve_due_at is not None and one.due_at != row.resolve_due_at
    return {
        "number": row.number,
        "title": row.title,
        "before": row.resolve_due_at if own else None,
        "after": one.due_at if own else None,
        "is_later": by > dt.timedelta(),
        "by": reader.clock.duration(abs(by)),
        "steps": len(one.steps),
        "timers": len(one.timers),
    }


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0

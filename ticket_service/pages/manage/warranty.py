"""Warranty terms: what holds now and what held before, and a form that adds one. Nothing is ever overwritten."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import Permission, Trade
from core.work_vocabulary import WarrantyClock, WarrantySeason
from ops_db.actor import Actor
from ops_db.warranty import service
from ops_db.warranty.service import NewTerm
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, RefusedForm, answered
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.submitting import new_key
from ticket_service.pages.taxonomy import taxonomy_of
from ticket_service.pages.warranty_views import day_in_full, length, scope_in_words
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/warranty")

Manager = Annotated[Actor, Depends(Allowed(Permission.WARRANTY_MANAGE))]

_SCOPES = {"trade": "trade", "category": "category_code", "component": "component_code", "defect": "defect_code"}


@router.get("")
async def show_terms(reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """Every term."""
    return await _page(connection, reader=reader, actor=actor)


@router.post("")
async def add_term(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Keep a new term."""
    form = await submitted(request)

    async def work() -> str:
        await service.add_term(connection, term_in(form.typed, reader), actor=actor, now=now)
        return "/manage/warranty"

    async def show(refused: Refusal) -> Response:
        return await _page(connection, reader=reader, actor=actor, refused=refused)

    return await answered(
        form,
        work,
        show=show,
        connection=connection,
        reader=reader,
        actor=actor,
        keys=keys,
    )


def term_in(typed: Mapping[str, str], reader: Reader) -> NewTerm:
    """The term that was typed; raises RefusedForm with words beside the fields."""
    errors: dict[str, str] = {}
    kind, _, code = typed.get("scope", "").partition(":")
    if kind not in _SCOPES or not code:
        errors["scope"] = reader.translate("Choose what the term is for.")
    count = typed.get("length", "")
    if not count.isdigit():
        errors["length"] = reader.translate("Enter a whole number.")
    valid_from = dt.date.min
    try:
        valid_from = dt.date.fromisoformat(typed.get("valid_from", ""))
    except ValueError:
        errors["valid_from"] = reader.translate("Choose a date.")
    if errors:
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
    unit = typed.get("unit", "months")
    season = next((one for one in WarrantySeason if one == unit), None)
    scope: dict[str, Any] = {_SCOPES[kind]: code}
    return NewTerm(
        clock=WarrantyClock.CONTRACTOR if typed.get("clock") == WarrantyClock.CONTRACTOR else WarrantyClock.OWNER,
        valid_from=valid_from,
        month_count=None if season else int(count),
        season_count=int(count) if season else None,
        season=season,
        note=typed.get("note", ""),
        **scope,
    )


async def _page(
    connection: AsyncConnection, *, reader: Reader, actor: Actor, refused: Refusal = NOTHING_REFUSED
) -> Response:
    rows = await service.named_terms(connection, actor=actor)
    today = reader.clock.today
    seen: set[tuple[Any, ...]] = set()
    lines: dict[str, list[dict[str, Any]]] = {clock.value: [] for clock in WarrantyClock}
    for row in rows:
        scope = (row.clock, row.trade, row.category_code, row.component_code, row.defect_code)
        is_coming = row.valid_from > today
        lines[row.clock].append(
            {
                "scope": scope_in_words(row, reader),
                "is_exact": not row.trade,
                "length": length(row._asdict(), reader),
                "since": day_in_full(row.valid_from, reader),
                "is_coming": is_coming,
                "is_past": scope in seen,
                "note": row.note,
            }
        )
        if not is_coming:
            seen.add(scope)
    return manage_page(
        reader,
        "manage/warranty.html",
        status=refused.status,
        here="/manage/warranty",
        lines=lines,
        may_change=actor.scope(Permission.WARRANTY_MANAGE) is None,
        clocks=WarrantyClock,
        seasons=WarrantySeason,
        trades=Trade,
        taxonomy=await taxonomy_of(connection, reader.language),
        refused=refused,
        typed=refused.typed,
        new_key=new_key,
    )

"""The audit log: deeds that can be searched, and whether the log of a ticket is as it was written."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from core.vocabulary import ActorKind, Permission
from ops_db.actor import Actor
from ops_db.integrity import deeds
from ticket_service.dependencies import Connection
from ticket_service.pages.deed_words import particulars, words_of
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/audit")

Auditor = Annotated[Actor, Depends(Allowed(Permission.AUDIT_READ))]
_PAGE: Final = 50
Word = Annotated[str, Query(max_length=100)]


@router.get("")
async def show_deeds(
    reader: CurrentReader,
    actor: Auditor,
    connection: Connection,
    who: Word = "",
    deed: Word = "",
    since: Word = "",
    ticket: Word = "",
    before: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """The newest deeds that fit, and the chain of a ticket if one is named."""
    found = await deeds.search(
        connection, actor=actor, who=who, deed=deed, since=_day(since), before=before, most=_PAGE
    )
    chain: dict[str, Any] | None = None
    if ticket.strip():
        chain = await deeds.chain_of(connection, ticket.strip().upper(), actor=actor)
    return manage_page(
        reader,
        "manage/audit.html",
        deeds=found,
        words_of=partial(words_of, translate=reader.translate),
        particulars=particulars,
        kinds=await deeds.kinds(connection),
        asked={"who": who, "deed": deed, "since": since, "ticket": ticket},
        chain=chain,
        more=found[-1].id if len(found) == _PAGE else None,
        actor_kinds={kind.value: kind.label(reader.language) for kind in ActorKind},
    )


def _day(typed: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(typed)
    except ValueError:
        return None

"""The approvals that wait for whoever is signed in: each decided in place, with a word if there is one to say."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.approvals import service as approvals
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, act_from_form, answered
from ticket_service.pages.form_text import submitted
from ticket_service.pages.reader import CurrentReader, Reader, toast_of
from ticket_service.pages.submitting import new_key
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/approvals")

Signer = Annotated[Actor, Depends(Allowed(Permission.TICKET_ACT))]

_FIELD_OF: Final = {"approve": "note", "decline": "reason"}
"""Where what is said belongs: a consent takes a note, a refusal needs its reason."""


@router.get("")
async def show_approvals(reader: CurrentReader, actor: Signer, connection: Connection) -> Response:
    """What waits, the longest first."""
    return await _page(connection, reader=reader, actor=actor)


@router.post("/{number}")
async def decide(
    number: str, request: Request, reader: CurrentReader, actor: Signer, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Agree or not; the list then shows what still waits."""
    form = await submitted(request)
    words = form.typed.get("words", "")
    typed = form.typed | {_FIELD_OF.get(form.typed.get("action", ""), "note"): words}

    async def work() -> str:
        await act_from_form(connection, number, typed, actor=actor, clock=reader.clock, now=now)
        return "/approvals"

    async def show(refused: Refusal) -> Response:
        return await _page(connection, reader=reader, actor=actor, refused=refused)

    return await answered(
        form,
        work,
        toast=toast_of(form.typed),
        show=show,
        connection=connection,
        reader=reader,
        actor=actor,
        keys=keys,
    )


async def _page(
    connection: AsyncConnection, *, reader: Reader, actor: Actor, refused: Refusal = NOTHING_REFUSED
) -> Response:
    waiting = await approvals.waiting(connection, actor=actor)
    return reader.page(
        "approvals.html",
        status=refused.status,
        here="/approvals",
        waiting=waiting,
        refused=refused,
        error=next(iter(refused.errors.values()), refused.sentence),
        key=new_key(),
    )

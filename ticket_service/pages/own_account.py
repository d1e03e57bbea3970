"""What everybody keeps of their own account: their password, who stands in for them, and tokens for programs."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Form, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.accounts import delegation
from ops_db.accounts import service as accounts
from ops_db.accounts.own_password import LONGEST_PASSWORD, SHORTEST_PASSWORD, change_own_password
from ops_db.actor import Actor
from ops_db.errors import InvalidInput
from ops_db.personal_data import PersonalData
from ticket_service.api.sessions import address_of
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.accounts import account_in
from ticket_service.pages.manage.answering import NOTHING_REFUSED, Refused, taken
from ticket_service.pages.reader import CurrentReader, Reader, go, local_path
from ticket_service.pages.shown_once import forget_shown, show_once, shown_now
from ticket_service.pages.whole_days import day_after, day_of
from ticket_service.policies import EvenWithTemporaryPassword, SignedIn

router = APIRouter(include_in_schema=False, prefix="/account")

Oneself = Annotated[Actor, Depends(SignedIn())]
Anyone = Annotated[Actor, Depends(EvenWithTemporaryPassword())]
TOKENS = "/account/tokens"


@router.get("/password")
async def show_password(
    reader: CurrentReader, actor: Anyone, next_path: Annotated[str, Query(alias="next", max_length=500)] = "/"
) -> Response:
    """The form by which the reader changes their password."""
    return _password(reader, actor, next_path=next_path)


@router.post("/password")
async def change_password(
    request: Request,
    reader: CurrentReader,
    actor: Anyone,
    connection: Connection,
    now: Now,
    present: Annotated[str, Form(max_length=LONGEST_PASSWORD)] = "",
    chosen: Annotated[str, Form(max_length=LONGEST_PASSWORD)] = "",
    repeated: Annotated[str, Form(max_length=LONGEST_PASSWORD)] = "",
    next_path: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Change it and go on to where the reader was going; what is wrong stands beside its field."""

    async def work() -> Response:
        if chosen != repeated:
            raise InvalidInput("The two do not agree. Type the new password again.", fields=("repeated",))
        has_changed = await change_own_password(
            connection, actor=actor, present=present, chosen=chosen, address=address_of(request), now=now
        )
        if has_changed:
            return go(local_path(next_path, "/"), toast="password_changed")
        # An answer and no exception, which would undo that the failure was counted.
        sentence = reader.translate("This is not your present password.")
        return _password(reader, actor, next_path=next_path, refused=Refused(422, sentence, ("present",)))

    async def show(refused: Refused) -> Response:
        return _password(reader, actor, next_path=next_path, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed={})


@router.get("/delegation")
async def show_delegations(reader: CurrentReader, actor: Oneself, connection: Connection, now: Now) -> Response:
    """Who stands in for the reader, and for whom the reader does."""
    return await _delegations(connection, reader, actor, now=now)


@router.post("/delegation")
async def delegate(
    request: Request, reader: CurrentReader, actor: Oneself, connection: Connection, now: Now
) -> Response:
    """Let a colleague stand in for a while."""
    typed = (await submitted(request)).typed

    async def work() -> Response:
        await delegation.delegate(
            connection,
            actor=actor,
            to_account_id=account_in(typed),
            starts_at=day_of(typed.get("from", ""), reader.clock, default=now),
            ends_at=day_after(typed.get("until", ""), reader.clock),
            reason=typed.get("reason", ""),
            now=now,
        )
        return go("/account/delegation", toast="done")

    async def show(refused: Refused) -> Response:
        return await _delegations(connection, reader, actor, now=now, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed=typed)


@router.post("/delegation/end")
async def end_delegation(
    actor: Oneself, connection: Connection, now: Now, delegation_id: Annotated[UUID, Form(alias="delegation")]
) -> Response:
    """Back from leave before the time."""
    await delegation.end_delegation(connection, delegation_id, actor=actor, now=now)
    return go("/account/delegation", toast="done")


@router.get("/tokens")
async def show_tokens(reader: CurrentReader, actor: Oneself, connection: Connection, now: Now, keys: Keys) -> Response:
    """The reader's tokens, and one that was just issued, this once."""
    return await _tokens(connection, reader, actor, now=now, keys=keys)


@router.post("/tokens")
async def issue_token(
    request: Request,
    reader: CurrentReader,
    actor: Oneself,
    connection: Connection,
    now: Now,
    keys: Keys,
    scopes: Annotated[list[str], Form(max_length=50)] = [],  # noqa: B006  FastAPI copies it.
    name: Annotated[str, Form(max_length=200)] = "",
    expires: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """A new token, shown once."""

    async def work() -> Response:
        expires_at = day_after(expires, reader.clock) if expires else None
        known = [scope for scope in scopes if scope in Permission.codes()]
        issued = await accounts.issue_token(
            connection, actor=actor, name=name.strip() or "–", scopes=known, expires_at=expires_at, now=now
        )
        shown = {"token": issued.token}
        return show_once(go(TOKENS, toast="done"), TOKENS, shown, request=request, actor=actor, keys=keys)

    async def show(refused: Refused) -> Response:
        return await _tokens(connection, reader, actor, now=now, keys=keys, refused=refused)

    return await taken(work, show, connection=connection, reader=reader, typed={"name": name, "expires": expires})


@router.post("/tokens/revoke")
async def revoke_token(
    actor: Oneself, connection: Connection, now: Now, token_id: Annotated[UUID, Form(alias="token")]
) -> Response:
    """End a token."""
    await accounts.revoke_token(connection, actor=actor, id=token_id, now=now)
    return go(TOKENS, toast="done")


def _password(reader: Reader, actor: Actor, *, next_path: str, refused: Refused = NOTHING_REFUSED) -> Response:
    return reader.page(
        "account/password.html",
        status=refused.status,
        is_temporary=actor.must_change_password,
        login=actor.login,
        next_path=local_path(next_path, "/"),
        shortest=SHORTEST_PASSWORD,
        longest=LONGEST_PASSWORD,
        refused=refused,
    )


async def _delegations(
    connection: AsyncConnection, reader: Reader, actor: Actor, *, now: dt.datetime, refused: Refused = NOTHING_REFUSED
) -> Response:
    return reader.page(
        "account/delegation.html",
        status=refused.status,
        delegations=await delegation.delegations(connection, actor=actor),
        deputies=await delegation.deputies(connection, actor=actor),
        own_id=actor.account_id,
        now=now,
        refused=refused,
    )


async def _tokens(
    connection: AsyncConnection,
    reader: Reader,
    actor: Actor,
    *,
    now: dt.datetime,
    keys: PersonalData,
    refused: Refused = NOTHING_REFUSED,
) -> Response:
    shown = shown_now(reader.request, TOKENS, actor=actor, keys=keys)
    own = actor.with_grants_of(None).permissions
    response = reader.page(
        "account/tokens.html",
        status=refused.status,
        tokens=await accounts.tokens_of(connection, actor=actor),
        scopes=[permission for permission in Permission if permission in own],
        token=shown.get("token", ""),
        now=now,
        refused=refused,
    )
    return forget_shown(response, TOKENS) if shown else response

"""Signing in and out, the signed-in account, and its tokens for integrations."""

from __future__ import annotations

import datetime as dt
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response, status

from core.settings import Settings
from ops_db.accounts import service as accounts
from ops_db.actor import Actor
from ticket_service.api import session_schemas as schemas
from ticket_service.dependencies import SESSION_COOKIE, Connection, CurrentSettings, Now
from ticket_service.policies import EvenWithTemporaryPassword, Public, SignedIn
from ticket_service.problems import problem
from ticket_service.routes import RetryingRoute

router = APIRouter(tags=["sessions"], route_class=RetryingRoute)

Account = Annotated[Actor, Depends(SignedIn())]


@router.post(
    "/session", status_code=status.HTTP_204_NO_CONTENT, dependencies=[Depends(Public("Nobody has signed in yet."))]
)
async def sign_in(
    body: schemas.SignIn, request: Request, connection: Connection, now: Now, settings: CurrentSettings
) -> Response:
    """Sign in: sets the session cookie."""
    token = await accounts.sign_in(
        connection,
        login=body.login,
        password=body.password,
        address=address_of(request),
        now=now,
        lasts=dt.timedelta(hours=settings.session_hours),
    )
    if token is None:
        # Not raised: the failure is counted in the transaction that ends with this answer.
        return problem("sign_in_failed", "Login and password do not fit together. Check both and try again.")
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    set_session_cookie(response, token, settings)
    return response


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
async def sign_out(
    actor: Annotated[Actor, Depends(EvenWithTemporaryPassword())], connection: Connection, now: Now
) -> Response:
    """Sign out: ends the session and removes the cookie."""
    await accounts.sign_out(connection, actor=actor, now=now)
    response = Response(status_code=status.HTTP_204_NO_CONTENT)
    response.delete_cookie(SESSION_COOKIE, path="/")
    return response


@router.get("/session")
async def read_session(actor: Account) -> schemas.SessionOut:
    """Who is signed in, and what they may do."""
    return schemas.SessionOut(
        login=actor.login,
        display_name=actor.display_name,
        language=actor.language,
        roles=list(actor.roles),
        permissions=sorted(actor.permissions),
        project_codes=actor.project_codes(),
        staff_id=actor.staff_id,
    )


@router.patch("/session", status_code=status.HTTP_204_NO_CONTENT)
async def set_language(body: schemas.LanguageIn, actor: Account, connection: Connection) -> None:
    """Choose the language to read."""
    await accounts.set_language(connection, actor=actor, language=body.language)


@router.get("/tokens")
async def list_tokens(actor: Account, connection: Connection) -> list[schemas.TokenOut]:
    """Your tokens for integrations."""
    return [schemas.TokenOut.model_validate(row) for row in await accounts.tokens_of(connection, actor=actor)]


@router.post("/tokens", status_code=status.HTTP_201_CREATED)
async def issue_token(
    body: schemas.TokenIn, actor: Account, connection: Connection, now: Now
) -> schemas.IssuedTokenOut:
    """A new token, limited to the scopes named. It is shown this once."""
    issued = await accounts.issue_token(
        connection, actor=actor, name=body.name, scopes=body.scopes, expires_at=body.expires_at, now=now
    )
    return schemas.IssuedTokenOut.model_validate(issued)


@router.delete("/tokens/{token_id}", status_code=status.HTTP_204_NO_CONTENT)
async def revoke_token(token_id: UUID, actor: Account, connection: Connection, now: Now) -> None:
    """End a token; it is refused from the next request on."""
    await accounts.revoke_token(connection, actor=actor, id=token_id, now=now)


def address_of(request: Request) -> str:
    """Where a request comes from, as the server saw it (behind a proxy, uvicorn takes it from the trusted header)."""
    return request.client.host if request.client else "unknown"


def set_session_cookie(response: Response, token: str, settings: Settings) -> None:
    """Give the browser its session; scripts cannot read it, and other sites cannot send it along with a write."""
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=settings.session_hours * 3600,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.service_url.startswith("https://"),
    )

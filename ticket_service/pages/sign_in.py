"""Signing in and out, the language, and where the bare address leads."""

from __future__ import annotations

import datetime as dt
from html import escape
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Path, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.language import LANGUAGES
from ops_db.accounts import service as accounts
from ops_db.actor import Actor
from ops_db.errors import SignInThrottled
from ticket_service.api.sessions import address_of, set_session_cookie
from ticket_service.dependencies import SESSION_COOKIE, Connection, CurrentSettings, Now
from ticket_service.pages.reader import CurrentReader, Reader, go, home_of, local_path, remember_language
from ticket_service.pages.sentences import sentence_of
from ticket_service.policies import Public

router = APIRouter(include_in_schema=False)

Anybody = Annotated[Actor | None, Depends(Public("Whoever is not signed in must be able to sign in."))]
NextPath = Annotated[str, Query(alias="next")]


@router.get("/")
async def start(visitor: Anybody) -> Response:
    """Lead staff to their work and everybody else to the report."""
    return RedirectResponse(home_of(visitor), status_code=303)


@router.get("/cockpits/{page}")
async def cockpits(
    request: Request,
    settings: CurrentSettings,
    _visitor: Annotated[Actor | None, Depends(Public("It only leads on to the cockpits, which ask who it is."))],
    page: Annotated[str, Path(pattern="^[a-z]{1,30}$")],
) -> Response:
    """Lead on to a page of the cockpits, which have an address of their own: the way back there after signing in.

    It is a page and no redirect, since the form of the sign-in may only be answered by this site, redirects included.
    """
    address = f"{settings.cockpits_url}/{page}" + (f"?{request.url.query}" if request.url.query else "")
    link = f'<!doctype html><title>Anju</title><a href="{escape(address)}">{escape(address)}</a>'
    return HTMLResponse(link, headers={"Refresh": f"0; url={address}"})


@router.get("/sign-in")
async def sign_in_page(
    reader: CurrentReader, visitor: Anybody, next_path: NextPath = "/", expired: bool = False, language: str = ""
) -> Response:
    """The form; somebody signed in already goes on. `language` was chosen here and not before."""
    if visitor is not None and visitor.must_change_password:
        return go(f"/account/password?{urlencode({'next': local_path(next_path, '/')})}")
    if visitor is not None:
        return go(local_path(next_path, home_of(visitor)))
    return _page(reader, next_path=next_path, is_over=expired, chosen=language)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    reader: CurrentReader,
    connection: Connection,
    settings: CurrentSettings,
    now: Now,
    _visitor: Anybody,
    login: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=200)],
    next_path: Annotated[str, Form(alias="next")] = "/",
    chosen: Annotated[str, Form(alias="language", max_length=10)] = "",
) -> Response:
    """Begin a session and go where the person wanted to go."""
    lasts = dt.timedelta(hours=settings.session_hours)
    try:
        token = await accounts.sign_in(
            connection, login=login.strip(), password=password, address=address_of(request), now=now, lasts=lasts
        )
        error = "" if token else reader.translate("Login and password do not fit. Check both and try again.")
    except SignInThrottled as throttled:
        token, error = None, sentence_of(throttled, reader.language)
    if token is None:
        return _page(reader, next_path=next_path, chosen=chosen, error=error, login=login.strip())
    if chosen in LANGUAGES:
        account = await accounts.actor_of_session(connection, token=token, now=now)
        if account is not None:
            await accounts.set_language(connection, actor=account, language=chosen)
    response = go(local_path(next_path, "/"))
    set_session_cookie(response, token, settings)
    return response


def _page(
    reader: Reader, *, next_path: str, chosen: str, is_over: bool = False, error: str = "", login: str = ""
) -> Response:
    wanted = local_path(next_path, "/")
    return reader.page(
        "sign_in.html",
        status=401 if error else 200,
        here=f"/sign-in?{urlencode({'next': wanted} | ({'expired': '1'} if is_over else {}))}",
        error=error,
        is_over=is_over,
        login=login,
        next_path=wanted,
        chosen=chosen if chosen in LANGUAGES else "",
    )


@router.post("/sign-out")
async def sign_out(connection: Connection, now: Now, visitor: Anybody) -> Response:
    """End the session."""
    if visitor is not None:
        await accounts.sign_out(connection, actor=visitor, now=now)
    response = go("/sign-in", toast="signed_out")
    response.delete_cookie(SESSION_COOKIE)
    return response


@router.post("/language")
async def choose_language(
    connection: Connection,
    visitor: Anybody,
    language: Annotated[str, Form()],
    next_path: Annotated[str, Form(alias="next")] = "/",
) -> Response:
    """Change the language, for the account and in this browser, and stay on the page."""
    chosen = next((one for one in LANGUAGES if one == language), LANGUAGES[0])
    path = local_path(next_path, "/")
    if path.startswith("/sign-in") and visitor is None:
        # The choice is for whoever signs in next, and is kept with the account then.
        path += f"{'&' if '?' in path else '?'}language={chosen}"
    response = go(path)
    remember_language(response, chosen)
    if visitor is not None:
        await accounts.set_language(connection, actor=visitor, language=chosen)
    return response

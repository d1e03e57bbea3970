"""Errors as pages: a person gets a sentence and a way on, a program under /api keeps its problem details."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from ops_db.errors import DomainError, NotSignedIn, PasswordTemporary, QuotaExceeded
from ops_db.process.errors import ProcessError
from ticket_service.dependencies import READING_METHODS, SESSION_COOKIE, service_of
from ticket_service.pages.reader import Reader, local_path, make_reader
from ticket_service.pages.sentences import sentence_of
from ticket_service.pages.submitting import LARGEST_FORM
from ticket_service.problems import PROBLEMS, RETRY_SECONDS

_API: Final = "/api/"
_HANDLED = (
    DomainError,
    ProcessError,
    RequestValidationError,
    HTTPException,
    OperationalError,
    InterfaceError,
    PoolTimeout,
    Exception,
)
Handler = Callable[[Request, Any], Awaitable[Response]]


def install(app: FastAPI) -> None:
    """Let `app` answer errors outside of the API as pages; call it after the API installed its own handlers."""
    for kind in _HANDLED:
        # Each handler is given only the kind it was added for, which its type cannot say.
        handler = cast("Handler", app.exception_handlers[kind])
        app.add_exception_handler(kind, _page_or(handler))


def _page_or(problem_handler: Handler) -> Handler:
    async def handle(request: Request, error: Exception) -> Response:
        if request.url.path.startswith(_API):
            return await problem_handler(request, error)
        return error_page(request, error)

    return handle


async def too_large(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a form that has more bytes than the service reads."""
    page = error_page(Request(scope), HTTPException(413))
    await page(scope, receive, send)


def error_page(request: Request, error: Exception) -> Response:
    """The page for `error`, or the way to sign in."""
    if isinstance(error, NotSignedIn):
        return _way_to_sign_in(request)
    if isinstance(error, PasswordTemporary):
        return RedirectResponse(f"/account/password?next={_wanted(request)}", status_code=303)
    if isinstance(error, HTTPException) and error.status_code == 405 and request.method == "GET":
        # An address that only takes forms belongs to the page above it.
        return RedirectResponse(request.url.path.rpartition("/")[0] or "/", status_code=303)
    service = service_of(request)
    actor = getattr(request.state, "actor", None)
    reader = make_reader(request, service.settings, actor, dt.datetime.now(dt.UTC))
    status = _status_of(error)
    way_back = _page_before(request, "") if request.method == "POST" else ""
    response = reader.page(
        "error.html",
        status=status,
        code=status,
        heading=_heading(status, reader),
        message=_message(error, status, reader),
        can_retry=request.method == "GET" and status >= 500,
        way_out=way_back or _way_out(request),
        way_out_text=reader.translate("Back to the form") if way_back else reader.translate("To the start page"),
    )
    if status == 503:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, QuotaExceeded):
        response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def _way_to_sign_in(request: Request) -> Response:
    """Sign in and come back: to the page asked for, or to the one the form stood on."""
    is_over = request.method not in READING_METHODS or SESSION_COOKIE in request.cookies
    return RedirectResponse(f"/sign-in?next={_wanted(request)}{'&expired=1' if is_over else ''}", status_code=303)


def _wanted(request: Request) -> str:
    here = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    is_form = request.method not in READING_METHODS
    return quote(_page_before(request, "/") if is_form else here, safe="/?=&")


def _page_before(request: Request, default: str) -> str:
    """The page of ours that a form was sent from, as the browser says."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc not in (request.url.netloc, urlsplit(service_of(request).settings.service_url).netloc):
        return default
    return local_path(f"{before.path}?{before.query}" if before.query else before.path, default)


def _status_of(error: Exception) -> int:
    if isinstance(error, DomainError | ProcessError):
        return PROBLEMS[error.code][0].value
    if isinstance(error, RequestValidationError):
        return 422
    if isinstance(error, HTTPException):
        return error.status_code
    return 503 if isinstance(error, OperationalError | InterfaceError | PoolTimeout) else 500


def _heading(status: int, reader: Reader) -> str:
    _ = reader.translate
    match status:
        case 403:
            return _("This is not open to you")
        case 404:
            return _("There is nothing here")
        case 409:
            return _("Somebody was quicker")
        case 413:
            return _("The photos are too large")
        case 415:
            return _("This file cannot be taken")
        case 422:
            return _("Something does not fit")
        case 429:
            return _("Too much at once")
        case 503:
            return _("We will be right back")
        case _:
            return _("Something went wrong")


def _message(error: Exception, status: int, reader: Reader) -> str:
    _ = reader.translate
    if isinstance(error, DomainError | ProcessError):
        return sentence_of(error, reader.language)
    match status:
        case 404:
            return _("The page was moved, or the address has a typing mistake.")
        case 400:
            return _("The browser sent something that cannot be read. Go back and send it once more.")
        case 413:
            megabytes = LARGEST_FORM // (1024 * 1024)
            return _(
                "All photos together may have %(megabytes)s MB. Go back, choose fewer or smaller ones, and send again.",
                megabytes=megabytes,
            )
        case 422:
            return _("Go back, check the fields and send them again.")
        case 503:
            return _("The database does not answer at the moment. Nothing you saved is lost; try again shortly.")
        case _:
            return _("It is on our side. Try again, and tell the service desk if it happens once more.")


def _way_out(request: Request) -> str:
    is_owner = request.url.path.startswith(("/report", "/track"))
    return "/report" if is_owner else "/"

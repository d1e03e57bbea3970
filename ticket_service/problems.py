"""Refusals as problem details (RFC 9457): one table from stable code to status and title."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.language import Language, negotiated_language
from ops_db.errors import DomainError, QuotaExceeded, VersionConflict
from ops_db.process.errors import ProcessError
from ticket_service.pages.sentences import sentence_of

MEDIA_TYPE: Final = "application/problem+json"
RETRY_SECONDS: Final = 2

PROBLEMS: Final[dict[str, tuple[HTTPStatus, str]]] = {
    "action_not_allowed": (HTTPStatus.FORBIDDEN, "Not allowed here"),
    "action_unknown": (HTTPStatus.UNPROCESSABLE_ENTITY, "Unknown action"),
    "already_signed": (HTTPStatus.CONFLICT, "Signed already"),
    "answers_refused": (HTTPStatus.UNPROCESSABLE_ENTITY, "Answers refused"),
    "area_changed": (HTTPStatus.CONFLICT, "Area changed meanwhile"),
    "area_in_use": (HTTPStatus.CONFLICT, "Area in use"),
    "attachment_refused": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not a picture"),
    "attachment_too_large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "File too large"),
    "body_too_large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "Request too large"),
    "choice_unknown": (HTTPStatus.UNPROCESSABLE_ENTITY, "Unknown choice"),
    "costs_not_settled": (HTTPStatus.CONFLICT, "Costs not settled"),
    "cross_site_request": (HTTPStatus.FORBIDDEN, "Request from another site"),
    "definition_invalid": (HTTPStatus.UNPROCESSABLE_ENTITY, "Process definition invalid"),
    "domain_error": (HTTPStatus.BAD_REQUEST, "Request refused"),
    "draft_exists": (HTTPStatus.CONFLICT, "There is a draft already"),
    "fact_not_comparable": (HTTPStatus.UNPROCESSABLE_ENTITY, "Condition and fact do not fit"),
    "form_in_use": (HTTPStatus.CONFLICT, "Form changed meanwhile"),
    "form_invalid": (HTTPStatus.UNPROCESSABLE_ENTITY, "Form invalid"),
    "form_needed": (HTTPStatus.UNPROCESSABLE_ENTITY, "Form needed"),
    "form_problem": (HTTPStatus.UNPROCESSABLE_ENTITY, "Form invalid"),
    "http_error": (HTTPStatus.BAD_REQUEST, "Request refused"),
    "idempotency_key_in_flight": (HTTPStatus.CONFLICT, "Still being answered"),
    "idempotency_key_reused": (HTTPStatus.UNPROCESSABLE_ENTITY, "Key used for another request"),
    "invalid_data": (HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid data"),
    "invalid_input": (HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid value"),
    "invalid_request": (HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid request"),
    "invalid_signature": (HTTPStatus.UNAUTHORIZED, "Signature does not fit"),
    "last_administrator": (HTTPStatus.CONFLICT, "The last administrator"),
    "missing_data": (HTTPStatus.UNPROCESSABLE_ENTITY, "Data missing"),
    "missing_evidence": (HTTPStatus.UNPROCESSABLE_ENTITY, "Evidence missing"),
    "not_found": (HTTPStatus.NOT_FOUND, "Not found"),
    "not_installed": (HTTPStatus.SERVICE_UNAVAILABLE, "Reference data missing"),
    "not_permitted": (HTTPStatus.FORBIDDEN, "Not permitted"),
    "not_signed_in": (HTTPStatus.UNAUTHORIZED, "Not signed in"),
    "password_temporary": (HTTPStatus.FORBIDDEN, "Password to be changed"),
    "process_error": (HTTPStatus.CONFLICT, "Refused by the process"),
    "process_in_use": (HTTPStatus.CONFLICT, "Process in use"),
    "quota_exceeded": (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    "rating_not_possible": (HTTPStatus.CONFLICT, "Nothing to rate"),
    "reference_unknown": (HTTPStatus.UNPROCESSABLE_ENTITY, "Unknown reference"),
    "scenario_pack_invalid": (HTTPStatus.UNPROCESSABLE_ENTITY, "Scenario pack invalid"),
    "sign_in_failed": (HTTPStatus.UNAUTHORIZED, "Sign-in failed"),
    "sign_in_throttled": (HTTPStatus.TOO_MANY_REQUESTS, "Too many failed attempts"),
    "task_not_named": (HTTPStatus.UNPROCESSABLE_ENTITY, "Task not named"),
    "task_not_open": (HTTPStatus.CONFLICT, "Task not open"),
    "task_of_another": (HTTPStatus.FORBIDDEN, "Task of somebody else"),
    "ticket_closed": (HTTPStatus.CONFLICT, "Ticket has ended"),
    "ticket_paused": (HTTPStatus.CONFLICT, "Ticket is paused"),
    "unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "Temporarily unavailable"),
    "unexpected": (HTTPStatus.INTERNAL_SERVER_ERROR, "Unexpected error"),
    "version_conflict": (HTTPStatus.CONFLICT, "Changed meanwhile"),
}
"""Every code a client may meet."""

_NO_TEXT: Final = frozenset({None, "22021", "22P05"})
"""How Postgres, and before it the driver, refuse a text with a null character in it."""

_CODES_OF_STATUS: Final = {404: "not_found", 401: "not_signed_in", 413: "body_too_large"}


def problem(
    code: str, detail: str, *, headers: dict[str, str] | None = None, status: int | None = None, **extra: Any
) -> JSONResponse:
    """The answer for `code`, with a sentence and whatever else helps to go on."""
    usual, title = PROBLEMS[code]
    body = {
        "type": f"urn:anju:problem:{code}",
        "title": title,
        "status": status or usual.value,
        "code": code,
        "detail": detail,
    }
    return JSONResponse(
        jsonable_encoder(body | extra), status_code=status or usual.value, headers=headers, media_type=MEDIA_TYPE
    )


def problem_of(error: DomainError | ProcessError, language: Language) -> JSONResponse:
    """The answer for a refusal of ours, its sentence in the language asked for."""
    extra: dict[str, Any] = {}
    headers: dict[str, str] = {}
    if isinstance(error, VersionConflict):
        extra["current"] = error.current
    if isinstance(error, QuotaExceeded):
        headers["Retry-After"] = str(error.retry_after_seconds)
    if "fields" in error.values:
        extra["fields"] = error.values["fields"]
    return problem(error.code, sentence_of(error, language), headers=headers, **extra)


class TooLargeAsProblem:
    """Says as a problem, and to people as a page, what the limit on bodies says as plain text."""

    def __init__(self, app: ASGIApp, *, page: ASGIApp) -> None:
        """Wrap `app`; `page` answers whoever did not ask the API."""
        self.app = app
        self.page = page

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, with every 413 in plain text replaced."""
        is_replaced = False

        async def send_problem(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start":
                plain = Headers(scope=message).get("content-type", "").startswith("text/plain")
                is_replaced = plain and message["status"] == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
                if is_replaced:
                    is_api = scope["path"].startswith("/api/")
                    answer = problem("body_too_large", "The request is too large. Send less at once.")
                    await (answer if is_api else self.page)(scope, receive, send)
            if not is_replaced:
                await send(message)

        await self.app(scope, receive, send_problem)


def install(app: FastAPI) -> None:
    """Let `app` answer every error as a problem."""
    app.add_exception_handler(DomainError, _refused)
    app.add_exception_handler(ProcessError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DataError, _unkeepable)
    for kind in (OperationalError, InterfaceError, PoolTimeout):
        app.add_exception_handler(kind, _unavailable)
    app.add_exception_handler(Exception, _unexpected)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, DomainError | ProcessError):
        raise error
    return problem_of(error, negotiated_language(request.headers.get("accept-language"), default="en"))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    # What was sent is not repeated: it may be a password or a telephone number.
    faults = [{"field": ".".join(map(str, one["loc"])), "message": one["msg"]} for one in error.errors()]
    return problem("invalid_request", "Correct the fields named and send the request again.", errors=faults)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, HTTPException):
        raise error
    code = _CODES_OF_STATUS.get(error.status_code, "http_error")
    headers = dict(error.headers) if error.headers else None
    return problem(code, str(error.detail), status=error.status_code, headers=headers)


async def _unavailable(_request: Request, _error: Exception) -> JSONResponse:
    detail = "The database does not answer right now. Nothing was changed unless you are told otherwise; try again."
    return problem("unavailable", detail, headers={"Retry-After": str(RETRY_SECONDS)})


async def _unkeepable(_request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, DataError) or getattr(error.orig, "sqlstate", None) not in _NO_TEXT:
        raise error
    return problem("invalid_request", "A text has characters that cannot be kept. Leave them out and send it again.")


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    return problem("unexpected", "Something went wrong on our side. Try again, and tell us if it happens again.")

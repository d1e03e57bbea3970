"""What every answer carries, and what is asked of every request before it reaches a route."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ticket_service.dependencies import READING_METHODS, SESSION_COOKIE
from ticket_service.problems import problem

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_STATIC: Final = "/static/"


class SecurityHeaders:
    """Adds the headers that keep a browser from doing what no page of ours asks for."""

    def __init__(self, app: ASGIApp, *, is_https: bool) -> None:
        """Wrap `app`; over https the browser is told to stay there."""
        self.app = app
        self.headers = _HEADERS | ({"Strict-Transport-Security": "max-age=31536000"} if is_https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_static = scope["path"].startswith(_STATIC)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if not is_static:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class SameOrigin:
    """Refuses writes that another site made the browser send.

    Browsers say where a request comes from; a program with a bearer token has no cookie that could be abused. A write
    with our cookie and no word on its origin is refused too.
    """

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        """Wrap `app`; its own origin is the address people reach it at, or the host they asked for."""
        self.app = app
        self.own_host = urlsplit(public_url).netloc

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 403."""
        if scope["type"] == "http" and scope["method"] not in READING_METHODS:
            headers = Headers(scope=scope)
            if not self._is_own(headers):
                detail = "This request comes from another site. Open the page itself and try again."
                await problem("cross_site_request", detail)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        if "authorization" in headers:
            return True
        site = headers.get("sec-fetch-site")
        if site is not None:
            return site in ("same-origin", "none")
        source = headers.get("origin") or headers.get("referer")
        if source is not None:
            return urlsplit(source).netloc in (headers.get("host"), self.own_host)
        return f"{SESSION_COOKIE}=" not in headers.get("cookie", "")

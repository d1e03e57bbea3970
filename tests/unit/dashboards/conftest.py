"""The cockpits over the small estate, opened by visitors whom a stand-in of the service recognises."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from core.settings import Settings, get_settings
from core.vocabulary import Permission
from dashboards import sign_on, warming
from tests.small_estate import published_estate

ENTRY = Path(__file__).parents[3] / "dashboards" / "streamlit_app.py"
BOTH = [Permission.COCKPIT_EXECUTIVE, Permission.COCKPIT_QUALITY]

Open = Callable[..., AppTest]


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home in which the small estate is published."""
    base = tmp_path_factory.getbasetemp()
    return published_estate(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


class SessionService:
    """Answers `GET /api/v1/session` as the ticket service does, for the sessions it was given."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.asked: list[str | None] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                cookie = SimpleCookie(self.headers.get("Cookie", "")).get("anju_session")
                service.asked.append(cookie.value if cookie else None)
                account = service.sessions.get(cookie.value) if cookie else None
                body = json.dumps(account or {"code": "not_signed_in"}).encode()
                self.send_response(200 if account else 401)
                # A cookie of an answer must never be sent along with the question of another visitor.
                self.send_header("Set-Cookie", "anju_session=somebody-else; Path=/")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def add(
        self,
        token: str,
        *,
        permissions: list[Permission] = BOTH,
        projects: list[str] | None = None,
        language: str = "zh-CN",
    ) -> None:
        """Begin a session."""
        self.sessions[token] = {
            "login": token,
            "display_name": f"Name of {token}",
            "language": language,
            "roles": [],
            "permissions": [permission.value for permission in permissions],
            "project_codes": projects,
            "staff_id": None,
        }

    def stop(self) -> None:
        """Go away."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def service() -> Iterator[SessionService]:
    """The service; ends with the test."""
    running = SessionService()
    yield running
    running.stop()


@pytest.fixture
def settings(estate: Settings, service: SessionService, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings that name the small estate and the service, as the cockpits read them."""
    monkeypatch.setenv("ANJU_HOME", str(estate.home))
    monkeypatch.setenv("ANJU_SERVICE_BASE_URL", service.url)
    # It would compile questions beside those of the test; it has a test of its own.
    monkeypatch.setattr(warming, "begin", lambda *_: None)
    get_settings.cache_clear()
    st.cache_data.clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture
def open_page(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Open:
    """`open_page("quality", "token", project=["HZ01"])` is the page after its first run; "" is the bare address."""

    def opened(page: str, token: str | None = None, /, **query: list[str]) -> AppTest:
        test = AppTest.from_file(ENTRY, default_timeout=120)
        if page:
            # Pages are known after a first run, which costs least where nobody has signed in.
            monkeypatch.setattr(sign_on, "session_token", lambda: None)
            test.run().switch_page(f"app_pages/{page}.py")
        monkeypatch.setattr(sign_on, "session_token", lambda: token)
        test.query_params.update(query)
        return test.run()

    return opened


def is_sound(test: AppTest) -> bool:
    """Whether the page ran to its end."""
    return not test.exception and not test.error


def words_of(test: AppTest) -> str:
    """Everything a reader can read on the page, tables included."""
    texts = [
        str(getattr(element, "value", "")) + str(getattr(element, "label", "")) + str(getattr(element, "body", ""))
        for element in test.main
    ]
    texts += [str(element) for element in test.sidebar]
    texts += [frame.value.to_csv() for frame in test.dataframe]
    texts += [str(chart.proto) for chart in test.get("vega_lite_chart")]
    return "\n".join(texts)

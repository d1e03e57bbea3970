"""What a person sees when something is in the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from core.settings import Settings
from ticket_service.app import create_app

SignIn = Callable[..., TestClient]


@pytest.fixture
def cut_off(tmp_path: Path, free_port: int) -> TestClient:
    """A service whose database does not answer."""
    url = f"postgresql+psycopg://anju:secret@127.0.0.1:{free_port}/anju"
    return TestClient(create_app(Settings(home=tmp_path, database_url=url)))


def test_a_database_that_does_not_answer_is_a_page_that_asks_for_patience(cut_off: TestClient) -> None:
    answer = cut_off.get("/report")
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert "马上就好" in answer.text
    assert 'href="/report"' in answer.text
    assert "secret" not in answer.text


def test_an_unexpected_error_tells_a_person_nothing_technical(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError("select secret from nowhere")

    # The service is shared with tests that walk its routes, so this one is there for this test only.
    monkeypatch.setattr(client.app.router, "routes", [*client.app.router.routes, APIRoute("/broken", broken)])
    answer = TestClient(client.app, raise_server_exceptions=False).get("/broken")
    assert answer.status_code == 500
    assert "出了点问题" in answer.text
    assert "nowhere" not in answer.text


def test_a_write_from_another_site_is_refused(client: TestClient) -> None:
    answer = client.post("/report", data={"description": "x"}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


def test_an_address_that_asks_for_nonsense_is_a_page_too(sign_in: SignIn) -> None:
    answer = sign_in("desk").get("/desk?view=" + "x" * 50)
    assert answer.status_code == 422
    assert "内容有误" in answer.text

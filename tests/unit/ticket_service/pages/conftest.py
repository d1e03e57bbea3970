"""Browsers without scripts: clients that post forms from the site's own address and follow where they are led."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from PIL import Image

Form = dict[str, str]
SignIn = Callable[..., TestClient]
Fill = Callable[..., Form]
OpenTicket = Callable[[TestClient], str]

NEW = {
    "phone": "138 0000 1234",
    "name": "王芳",
    "project": "HZ01",
    "building": "03",
    "home": "HZ01-03-1802",
    "title": "主卫渗水",
    "severity": "urgent",
    "channel": "phone",
    "log_call": "1",
    "call_note": "下午在家",
}
REPORT_PAGE = "/report?home=HZ01-03-1802"
REPORT = {"q-description": "客厅地板起拱", "q-phone": "13700004321", "q-name": "陈思远"}


@pytest.fixture
def owner(client: TestClient) -> TestClient:
    """Somebody without an account."""
    client.headers["origin"] = "http://testserver"
    return client


@pytest.fixture
def fill() -> Callable[..., Form]:
    """`fill(html, action, **typed)` is the form posted to `action` with its hidden fields, and what is typed."""

    def filled(html: str, action: str, *, choice: str | None = None, **typed: str) -> Form:
        for form in re.findall(rf'<form[^>]*action="{re.escape(action)}"[^>]*>.*?</form>', html, re.DOTALL):
            hidden = hidden_fields(form)
            if choice is None or choice in (hidden.get("choice"), hidden.get("action")):
                return hidden | typed
        pytest.fail(f"There is no form for {action} with {choice} on this page.")

    return filled


def hidden_fields(form: str) -> Form:
    """Names and values of the hidden inputs."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in inputs}


@pytest.fixture
def service(app: FastAPI) -> FastAPI:
    """The service whose pages are read."""
    return app


@pytest.fixture
def photo() -> bytes:
    """A small picture."""
    written = io.BytesIO()
    Image.new("RGB", (60, 40), (180, 140, 90)).save(written, "JPEG")
    return written.getvalue()


@pytest.fixture
def open_ticket(fill: Fill) -> OpenTicket:
    """`open_ticket(desk)` fills in the form at the desk and returns the address of the new ticket."""

    def opened(desk: TestClient) -> str:
        form = fill(desk.get("/desk/new").text, "/desk/new", **NEW)
        answer = desk.post("/desk/new", data=form, follow_redirects=False)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    return opened


@pytest.fixture
def reported(owner: TestClient, fill: Fill) -> str:
    """The address of the owner's page of a ticket that an owner reported."""
    form = fill(owner.get(REPORT_PAGE).text, REPORT_PAGE, **REPORT)
    received = owner.post(REPORT_PAGE, data=form)
    assert received.status_code == 200, received.text
    return "/track/" + str(received.url).rsplit("/", 1)[1]

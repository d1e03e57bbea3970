"""Browsers without scripts: clients that post forms from the site's own address and follow where they are led."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

Form = dict[str, str]


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

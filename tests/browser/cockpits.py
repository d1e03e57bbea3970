"""The cockpits as a process beside a ticket service, and the gestures that only they need."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import httpx
import pytest
from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as PatienceError

from core.settings import Settings
from tests.service_process import ROOT, environment

SLOW: Final = 120_000
START_SECONDS: Final = 90


def start_cockpits(settings: Settings, service_port: int, port: int, *, log: Path) -> subprocess.Popen[bytes]:
    """Start the cockpits on what is published in the home of `settings`, without waiting for them."""
    command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboards" / "streamlit_app.py")]
    address = ["--server.address", "127.0.0.1", "--server.port", str(port), "--server.headless", "true"]
    told = environment(settings, service_port=service_port, cockpits_port=port)
    with log.open("wb") as output:
        return subprocess.Popen([*command, *address], env=told, cwd=log.parent, stdout=output, stderr=output)


def wait_for_cockpits(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the first page has been made; fails the test when it never is."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/_stcore/script-health-check", timeout=START_SECONDS, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("The cockpits did not start.")


def sign_in(page: Page, address: str, *, login: str, password: str) -> None:
    """Come to a page of the cockpits without a session, sign in to the service, and be led back."""
    page.goto(address)
    page.get_by_text("前往登录").click()
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"{address.split('?', maxsplit=1)[0]}**")


def open_first_ticket(page: Page, rows: Locator) -> Page:
    """The page that a click on the first row's ticket opens; the grid draws itself, and may not have when clicked."""
    rows.locator("canvas").first.wait_for(timeout=SLOW)
    box = rows.bounding_box()
    assert box is not None
    x, y = box["x"] + 40, box["y"] + 52
    deadline = time.monotonic() + SLOW / 1000
    while True:
        try:
            with page.expect_popup(timeout=5_000) as opened:
                page.mouse.move(x - 4, y)
                page.mouse.click(x, y)
        except PatienceError:
            assert time.monotonic() < deadline, "No click opened a ticket."
        else:
            return opened.value

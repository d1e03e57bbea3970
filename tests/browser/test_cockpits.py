"""The cockpits in a real browser: one sign-on with the service, and from a bar to the ticket behind it."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as PatienceError
from sqlalchemy import text

from core.settings import Settings
from ops_db.accounts.administration import set_account
from ops_db.engine import command_engine
from ops_db.seed import seed
from tests.browser.cockpits import SLOW, open_first_ticket, sign_in, start_cockpits, wait_for_cockpits
from tests.browser.conftest import PASSWORD
from tests.conftest import unused_port
from tests.forks import Forks
from tests.service_process import service_environment, wait_until_ready
from tests.small_estate import published_estate

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home in which the small estate is published."""
    base = tmp_path_factory.getbasetemp()
    return published_estate(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="module")
def addresses(
    module_database: Callable[[], str], estate: Settings, services: Forks, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """Addresses of a ticket service with an executive who may see project HZ01 only, and of the cockpits beside it."""
    database_url, place = module_database(), tmp_path_factory.mktemp("cockpits")
    _install(database_url)
    service_port = unused_port()
    cockpits_port = service_port + 1
    service_url, cockpits_url = (f"http://127.0.0.1:{port}" for port in (service_port, cockpits_port))
    told = service_environment(Settings(home=place), database_url, port=service_port)
    services.start(json.dumps(told | {"ANJU_COCKPITS_PORT": str(cockpits_port)}))
    cockpits = start_cockpits(estate, service_port, cockpits_port, log=place / "cockpits.log")
    try:
        wait_until_ready(service_url, is_alive=lambda: True, log=services.log)
        wait_for_cockpits(cockpits_url, cockpits)
        yield service_url, cockpits_url
    finally:
        cockpits.terminate()
        cockpits.wait(timeout=30)
        services.kill()


def _install(database_url: str) -> None:
    engine = command_engine(database_url)
    with engine.begin() as connection:
        now = dt.datetime.now(dt.UTC)
        seed(connection, now=now)
        connection.execute(text("insert into ops.project (code, name, city) values ('HZ01', '云栖里', '杭州')"))
        set_account(
            connection,
            login="director",
            password=PASSWORD,
            display_name="Director",
            roles=["executive"],
            project_code="HZ01",
            now=now,
        )
    engine.dispose()


def test_a_bar_leads_to_its_rows_and_a_row_to_its_ticket(chromium: Browser, addresses: tuple[str, str]) -> None:
    service_url, cockpits_url = addresses
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
    outside: list[str] = []
    context.on("request", lambda request: outside.append(request.url) if _is_outside(request.url) else None)
    page = context.new_page()
    sign_in(page, f"{cockpits_url}/executive?period=all", login="director", password=PASSWORD)

    card = page.get_by_test_id("stMetric").filter(has_text="维修总费用")
    expect(card).to_contain_text("¥173", timeout=SLOW)
    assert "江南府" not in page.inner_text("body"), "The director may see one project only."

    left = page.url
    chart = page.locator(".st-key-executive_cost_total_by_project").get_by_test_id("stVegaLiteChart")
    chart.scroll_into_view_if_needed()
    expect(chart.locator("canvas, svg").first).to_be_visible(timeout=SLOW)
    box = chart.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.45, box["y"] + box["height"] * 0.4)
    page.wait_for_url("**/tickets?**", timeout=SLOW)
    query = parse_qs(urlsplit(page.url).query)
    assert (query["measure"], query["project"], query["period"]) == (["cost_total"], ["HZ01"], ["all"])
    expect(page.get_by_role("heading", name="2 条记录，合计 ¥173")).to_be_visible(timeout=SLOW)

    ticket = open_first_ticket(page, page.get_by_test_id("stDataFrame"))
    assert ticket.url.startswith(f"{service_url}/desk/tickets/T0000000")

    page.go_back()
    expect(page.get_by_role("heading", name="管理驾驶舱")).to_be_visible(timeout=SLOW)
    expect(card).to_contain_text("¥173", timeout=SLOW)
    assert page.url == left, "Coming back leads to the page as it was left, and must not follow the old click again."

    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    _choose_figure(page, table)
    page.wait_for_url("**/tickets?**", timeout=SLOW)
    expect(page.get_by_role("heading", name="明细", exact=True)).to_be_visible(timeout=SLOW)
    page.go_back()
    expect(card).to_contain_text("¥173", timeout=SLOW)
    assert page.url == left
    assert outside == []
    context.close()


def _choose_figure(page: Page, table: Locator) -> None:
    """Click a figure of the first row of a table of figures; the grid draws itself, and may not have when clicked."""
    table.locator("canvas").first.wait_for(timeout=SLOW)
    deadline = time.monotonic() + SLOW / 1000
    while "/tickets" not in page.url:
        assert time.monotonic() < deadline, "No click on a figure led to its rows."
        box = table.bounding_box()
        if box is not None:
            page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + 52)
        with contextlib.suppress(PatienceError):
            page.wait_for_url("**/tickets?**", timeout=5_000)


def test_an_unknown_address_is_said_in_the_readers_language(chromium: Browser, addresses: tuple[str, str]) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, locale="zh-CN")
    page = context.new_page()
    sign_in(page, f"{addresses[1]}/executive", login="director", password=PASSWORD)
    page.goto(f"{addresses[1]}/nonsense")
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible(timeout=SLOW)
    expect(page).to_have_title("没有这个页面 · Anju 安居", timeout=SLOW)
    assert page.get_by_role("dialog").count() == 0
    page.get_by_test_id("stMain").get_by_role("link", name="管理驾驶舱").click()
    expect(page.get_by_role("heading", name="项目对比")).to_be_visible(timeout=SLOW)
    expect(page).to_have_title("管理驾驶舱 · Anju 安居", timeout=SLOW)
    assert urlsplit(page.url).path == "/executive"
    context.close()


def test_a_phone_shows_the_page_without_scrolling_sideways(chromium: Browser, addresses: tuple[str, str]) -> None:
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    page = context.new_page()
    sign_in(page, f"{addresses[1]}/executive", login="director", password=PASSWORD)
    expect(page.get_by_role("heading", name="项目对比")).to_be_visible(timeout=SLOW)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()


def _is_outside(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1"

"""One repair through every room: reported, dispatched, done and rated, then found behind the cockpit's figure."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from pydantic import SecretStr

from core import measures
from core.settings import Settings
from tests.browser.cockpits import SLOW, open_first_ticket, sign_in, start_cockpits, wait_for_cockpits
from tests.browser.conftest import DESK, PASSWORD, PHONE
from tests.service_process import ROOT, environment

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]


def test_a_repair_goes_from_the_owners_phone_to_the_executives_figure(
    open_page: OpenPage,
    chromium: Browser,
    photo: Path,
    anju_home: Path,
    database_url: str,
    unused_ports: tuple[int, int],
    tmp_path: Path,
) -> None:
    owner = open_page(PHONE, "/report")
    report(owner, photo)
    desk = open_page(DESK, "/desk", login="desk")
    dispatch(desk)
    repair(open_page(PHONE, "/work", login="technician"), photo)
    owner.reload()
    rate(owner)
    desk.reload()
    expect(desk.get_by_text("师傅很专业").first).to_be_visible()
    number = urlsplit(desk.url).path.rpartition("/")[2]

    settings = Settings(home=anju_home, database_url=SecretStr(database_url), system_state=anju_home / "system")
    run_the_pipeline(settings, database_url)
    assert measures.query(settings, ["cost_total", "ticket_count"]).one() == {"cost_total": 35.5, "ticket_count": 1}

    service_port, port = unused_ports
    cockpits = start_cockpits(settings, service_port, port, log=tmp_path / "cockpits.log")
    try:
        wait_for_cockpits(f"http://127.0.0.1:{port}", cockpits)
        executive = chromium.new_context(viewport=DESK, locale="zh-CN").new_page()
        ticket = ticket_behind_the_cost(executive, f"http://127.0.0.1:{port}/executive?period=all")
        assert ticket.url == f"http://127.0.0.1:{service_port}/desk/tickets/{number}"
        expect(ticket.get_by_text("师傅很专业").first).to_be_visible()
        executive.context.close()
    finally:
        cockpits.terminate()
        cockpits.wait(timeout=30)


def report(owner: Page, photo: Path) -> None:
    """Report a leak as its owner, who taps twice, and follow the link to its progress."""
    owner.get_by_label("项目").select_option(label="安居花园")
    expect(owner.get_by_label("楼栋")).to_have_value("03")
    owner.get_by_label("房屋").select_option(label="1802")
    owner.get_by_label("问题描述").fill("主卫门口墙面渗水\n洗澡后更明显")
    owner.locator("input[name=q-photos]").set_input_files(photo)
    expect(owner.locator(".photo-tile img")).to_have_count(1)
    owner.get_by_label("手机号").fill("1380000")
    owner.get_by_label("姓名").fill("王芳")
    expect(owner.get_by_text("请填写 11 位手机号，或带区号的座机号码。")).to_be_visible()
    owner.get_by_label("手机号").fill("13800001234")
    assert fits_its_screen(owner)
    owner.get_by_role("button", name="提交报修").dblclick()
    expect(owner.get_by_role("heading", name="谢谢，我们已收到。")).to_be_visible()
    owner.get_by_role("link", name="查看维修进度").click()
    expect(owner.get_by_role("heading", name="已提交")).to_be_visible()
    expect(owner.locator(".gallery img")).to_have_count(1)


def dispatch(desk: Page) -> None:
    """Find the ticket by the owner's telephone and send the technician, by keyboard."""
    desk.keyboard.press("/")
    desk.keyboard.type("13800001234")
    desk.keyboard.press("Enter")
    expect(desk.locator(".queue-row")).to_have_count(1)
    desk.keyboard.press("Escape")
    desk.keyboard.press("j")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/tickets/*")
    desk.keyboard.press("g")
    desk.keyboard.press("Tab")
    desk.keyboard.press("Enter")
    expect(desk.get_by_role("heading", name="下一步：派单")).to_be_visible()
    desk.keyboard.press("g")
    desk.keyboard.press("Space")
    desk.get_by_label("明天 14:00–16:00").check()
    expect(desk.get_by_label("预约开始")).not_to_have_value("")
    desk.locator("details[open] form").get_by_role("button", name="派单").press("Enter")
    expect(desk.get_by_role("heading", name="下一步：现场勘查")).to_be_visible()


def repair(technician: Page, photo: Path) -> None:
    """Go there, enter what the material cost, and finish the job with a photo."""
    technician.get_by_role("link", name=re.compile("主卫门口墙面渗水")).click()
    assert fits_its_screen(technician)
    technician.get_by_role("button", name="业主电话").click()
    expect(technician.get_by_role("link", name="13800001234")).to_be_visible()
    technician.get_by_role("button", name="出发").click()
    technician.get_by_role("button", name="到达现场").click()
    technician.get_by_label("金额（元）").fill("35.50")
    technician.get_by_role("button", name="登记费用").click()
    expect(technician.get_by_label("金额（元）")).to_have_value("")
    technician.locator("summary", has_text="当场修复").click()
    form = technician.locator("details[open] form")
    form.get_by_label("处理结果").fill("更换角阀，重做密封")
    form.locator("input[name=after]").set_input_files(photo)
    form.get_by_role("button", name="当场修复").click()
    expect(technician.get_by_text("这里暂时没有需要您处理的事项。")).to_be_visible()


def rate(owner: Page) -> None:
    """Accept the repair with five stars each and a word of praise."""
    expect(owner.get_by_role("heading", name="待评价")).to_be_visible()
    for row in ("process_score", "timeliness_score", "attitude_score"):
        owner.locator(f"label[for={row}-5]").tap()
    owner.get_by_label("还有什么想告诉我们？").fill("师傅很专业")
    owner.get_by_role("button", name="验收通过并评价").click()
    expect(owner.get_by_text("感谢您的评价。")).to_be_visible()
    assert fits_its_screen(owner)


def run_the_pipeline(settings: Settings, database_url: str) -> None:
    """Land, build, check and publish with the command that people use."""
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.command", "pipeline", "run", "--json"],
        env=environment(settings, database_url=database_url),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    assert json.loads(done.stdout)["is_new"]


def ticket_behind_the_cost(executive: Page, cockpit: str) -> Page:
    """The page reached from the cost on the card by clicks alone."""
    sign_in(executive, cockpit, login="executive", password=PASSWORD)
    card = executive.get_by_test_id("stMetric").filter(has_text="维修总费用")
    expect(card).to_contain_text("¥35.50", timeout=SLOW)
    bordered = executive.get_by_test_id("stVerticalBlock").filter(has=card).last
    bordered.get_by_text("查看明细").click()
    expect(executive.get_by_role("heading", name="1 条记录，合计 ¥35.50")).to_be_visible(timeout=SLOW)
    return open_first_ticket(executive, executive.get_by_test_id("stDataFrame"))


def fits_its_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))

"""One repair in a real browser: reported on a phone, dispatched by keyboard, done on a phone, rated on a phone."""

from __future__ import annotations

import datetime as dt
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import text

from core.settings import Settings
from ops_db.accounts.administration import set_account
from ops_db.engine import command_engine
from ops_db.seed import seed
from tests.service_process import service_environment, start_service, wait_until_ready

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
PASSWORD = "correct horse battery"

ESTATE = """
    insert into ops.project (code, name, city) values ('HZ01', '安居花园', '杭州');
    insert into ops.building (project_id, code, name, address)
        select id, '03', '3号楼', '杭州市安居路38号' from ops.project;
    insert into ops.unit_type (project_id, code, name, area_m2, bedroom_count, bathroom_count)
        select id, 'B2', '三室两厅', 108, 3, 2 from ops.project;
    insert into ops.space (unit_type_id, code, kind, name)
        select id, 'bathroom-1', 'bathroom', '主卫' from ops.unit_type;
    insert into ops.unit (project_id, building_id, unit_type_id, code, room_number, floor)
        select project.id, building.id, unit_type.id, 'HZ01-03-1802', '1802', 18
          from ops.project, ops.building, ops.unit_type;
    insert into ops.staff (staff_number, name, work_phone, kind)
        values ('T-1', '王建国', '0571-88880101', 'technician');
"""


@pytest.fixture
def address(database_url: str, anju_home: Path, free_port: int, tmp_path: Path) -> Iterator[str]:
    """A service of its own with a small estate, a desk and a technician who can sign in."""
    engine = command_engine(database_url)
    with engine.begin() as connection:
        now = dt.datetime.now(dt.UTC)
        seed(connection, now=now)
        for statement in filter(str.strip, ESTATE.split(";")):
            connection.execute(text(statement))
        for role, staff in (("desk", None), ("technician", "T-1")):
            set_account(
                connection,
                login=role,
                password=PASSWORD,
                display_name=role,
                roles=[role],
                staff_number=staff,
                now=now,
            )
    engine.dispose()
    url, log = f"http://127.0.0.1:{free_port}", tmp_path / "service.log"
    service = start_service(service_environment(Settings(home=anju_home), database_url, port=free_port), log=log)
    try:
        wait_until_ready(url, is_alive=lambda: service.poll() is None, log=log)
        yield url
    finally:
        service.terminate()
        service.wait(timeout=30)


@pytest.fixture
def open_page(chromium: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """`open_page(size, path, login=…)` is a page of somebody's own browser; what it complains about fails the test."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def opened(size: dict[str, int], path: str, *, login: str = "") -> Page:
        context = chromium.new_context(viewport=size, has_touch=size is PHONE, base_url=address, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"/sign-in?next={path}" if login else path)
        if login:
            page.get_by_label("账号").fill(login)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录").click()
            page.wait_for_url(f"**{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A picture as a camera makes it."""
    written = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(written, "JPEG", quality=95)
    path = tmp_path / "leak.jpg"
    path.write_bytes(written.getvalue())
    return path


def fits_its_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


# Long because it tells one repair from end to end.
def test_a_repair_goes_from_the_owners_phone_to_the_owners_rating(open_page: Callable[..., Page], photo: Path) -> None:
    owner = open_page(PHONE, "/report")
    owner.get_by_label("项目").select_option(label="安居花园")
    expect(owner.get_by_label("楼栋")).to_have_value("03")
    owner.get_by_label("房屋").select_option(label="1802")
    owner.get_by_label("问题描述").fill("主卫门口墙面渗水\n洗澡后更明显")
    owner.locator("input[name=photos]").set_input_files(photo)
    expect(owner.locator(".photo-tile img")).to_have_count(1)
    owner.get_by_label("电话").fill("1380000")
    owner.get_by_label("姓名").fill("王芳")
    expect(owner.get_by_text("手机号为 11 位数字")).to_be_visible()
    owner.get_by_label("电话").fill("13800001234")
    assert fits_its_screen(owner)
    owner.get_by_role("button", name="提交报修").dblclick()
    expect(owner.get_by_role("heading", name="谢谢，我们已收到。")).to_be_visible()
    owner.get_by_role("link", name="查看维修进度").click()
    expect(owner.get_by_role("heading", name="已提交")).to_be_visible()
    expect(owner.locator(".gallery img")).to_have_count(1)

    desk = open_page(DESK, "/desk", login="desk")
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

    technician = open_page(PHONE, "/work", login="technician")
    technician.get_by_role("link", name=re.compile("主卫门口墙面渗水")).click()
    assert fits_its_screen(technician)
    technician.get_by_role("button", name="业主电话").click()
    expect(technician.get_by_role("link", name="13800001234")).to_be_visible()
    technician.get_by_role("button", name="出发").click()
    technician.get_by_role("button", name="到达现场").click()
    technician.locator("summary", has_text="当场修复").click()
    form = technician.locator("details[open] form")
    form.get_by_label("处理结果").fill("更换角阀，重做密封")
    form.locator("input[name=after]").set_input_files(photo)
    form.get_by_role("button", name="当场修复").click()
    expect(technician.get_by_text("这里暂时没有需要您处理的事项。")).to_be_visible()

    owner.reload()
    expect(owner.get_by_role("heading", name="待评价")).to_be_visible()
    for row in ("process_score", "timeliness_score", "attitude_score"):
        owner.locator(f"label[for={row}-5]").tap()
    owner.get_by_label("还有什么想告诉我们？").fill("师傅很专业")
    owner.get_by_role("button", name="验收通过并评价").click()
    expect(owner.get_by_text("感谢您的评价。")).to_be_visible()
    assert fits_its_screen(owner)
    desk.reload()
    expect(desk.get_by_text("师傅很专业").first).to_be_visible()


def test_the_desk_recognises_a_caller_and_is_warned_of_a_double(open_page: Callable[..., Page]) -> None:
    desk = open_page(DESK, "/desk/new", login="desk")
    for title in ("阳台门关不严", "阳台门漏风"):
        desk.get_by_label("电话", exact=False).first.fill("13800001234")
        if title == "阳台门漏风":
            expect(desk.get_by_text("阳台门关不严")).to_be_visible()
        desk.get_by_label("项目").select_option(label="安居花园")
        expect(desk.get_by_label("楼栋")).to_have_value("03")
        desk.get_by_label("房屋").select_option(label="1802")
        expect(desk.get_by_label("部位")).to_contain_text("主卫")
        if title == "阳台门漏风":
            expect(desk.get_by_text("该房屋有 1 张处理中的工单")).to_be_visible()
            break
        desk.get_by_label("一句话概括").fill(title)
        desk.get_by_role("button", name="创建工单").click()
        expect(desk.get_by_role("heading", name=title)).to_be_visible()
        desk.goto("/desk/new")


def test_a_defect_narrows_the_lists_and_proposes_severity_and_title(open_page: Callable[..., Page]) -> None:
    desk = open_page(DESK, "/desk/new", login="desk")
    desk.get_by_label("问题大类").select_option(label="渗漏水")
    desk.get_by_label("部件").select_option(value="bath_waterproofing")
    desk.get_by_label("缺陷", exact=True).select_option(value="bath_waterproofing_leak")
    expect(desk.locator("input[name=severity]:checked")).to_have_value("urgent")
    expect(desk.get_by_label("一句话概括")).not_to_have_value("")
    desk.get_by_label("问题大类").select_option(label="门窗")
    expect(desk.get_by_label("缺陷", exact=True)).to_be_disabled()


def test_what_was_typed_survives_a_reload_and_help_is_a_key_away(open_page: Callable[..., Page]) -> None:
    desk = open_page(DESK, "/desk/new", login="desk")
    desk.get_by_label("问题描述").fill("正在通话")
    desk.reload()
    expect(desk.get_by_label("问题描述")).to_have_value("正在通话")
    desk.goto("/desk")
    desk.keyboard.press("?")
    expect(desk.get_by_role("heading", name="键盘快捷键")).to_be_visible()
    desk.keyboard.press("Escape")
    desk.keyboard.press("n")
    desk.wait_for_url("**/desk/new")

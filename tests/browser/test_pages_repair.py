"""The desk's pages in a real browser: callers recognised, doubles seen, nothing typed lost, keys for everything."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PASSWORD, PHONE

pytestmark = pytest.mark.browser


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


def test_an_internal_note_survives_an_expired_sign_in_and_stays_internal(open_page: Callable[..., Page]) -> None:
    desk = open_page(DESK, "/desk/new", login="desk")
    address = open_ticket(desk, "阳台门关不严")
    desk.get_by_label("新消息").fill("业主情绪激动")
    desk.get_by_label("内部备注").check()
    desk.reload()
    expect(desk.get_by_label("新消息")).to_have_value("业主情绪激动")
    expect(desk.locator("input[name=is_internal]:checked")).to_have_value("1")
    desk.context.clear_cookies(name="anju_session")
    desk.locator("#messages").get_by_role("button", name="发送").click()
    expect(desk.get_by_text("登录已过期")).to_be_visible()
    desk.get_by_label("账号").fill("desk")
    desk.get_by_label("密码").fill(PASSWORD)
    desk.get_by_role("button", name="登录").click()
    desk.wait_for_url(address)
    expect(desk.get_by_label("新消息")).to_have_value("业主情绪激动")
    expect(desk.locator("input[name=is_internal]:checked")).to_have_value("1")
    # An older draft knows the words and not who may read them.
    desk.evaluate("""() => { for (const key of Object.keys(sessionStorage).filter((one) => one.endsWith(":message")))
        sessionStorage.setItem(key, JSON.stringify({ typed: { body: "旧草稿" } })); }""")
    desk.reload()
    expect(desk.get_by_label("新消息")).to_have_value("旧草稿")
    expect(desk.locator("input[name=is_internal]:checked")).to_have_value("1")
    desk.locator("#messages").press("Tab")
    desk.get_by_label("新消息").press("Control+Enter")
    expect(desk.locator(".message.internal")).to_contain_text("旧草稿")
    expect(desk.get_by_label("新消息")).to_have_value("")


def test_a_report_survives_another_language_and_the_way_back_from_its_receipt(
    open_page: Callable[..., Page], photo: Path
) -> None:
    owner = open_page(PHONE, "/report")
    owner.get_by_label("项目").select_option(label="安居花园")
    expect(owner.get_by_label("楼栋")).to_have_value("03")
    owner.get_by_label("房屋").select_option(label="1802")
    owner.get_by_label("问题描述").fill("主卫门口墙面渗水")
    owner.get_by_label("问题类型").select_option(label="渗漏水")
    owner.get_by_label("手机号").fill("138")
    owner.get_by_label("姓名").fill("王芳")
    expect(owner.get_by_text("请填写 11 位手机号，或带区号的座机号码。")).to_be_visible()
    owner.get_by_label("手机号").fill("13800001234")
    expect(owner.get_by_text("请填写 11 位手机号，或带区号的座机号码。")).to_be_hidden()
    expect(owner.get_by_label("手机号")).not_to_have_attribute("aria-invalid", "true")
    owner.get_by_role("button", name="English").click()
    expect(owner.get_by_label("Home")).to_have_value("HZ01-03-1802")
    expect(owner.get_by_label("Phone")).to_have_value("13800001234")
    expect(owner.get_by_label("Name")).to_have_value("王芳")
    expect(owner.get_by_label("Kind of problem")).to_have_value("water")
    owner.locator("input[name=q-photos]").set_input_files(photo)
    expect(owner.locator(".photo-tile")).to_have_count(1)
    owner.get_by_role("button", name="Send the report").click()
    expect(owner.get_by_role("heading", name="Thank you, we have it.")).to_be_visible()
    owner.wait_for_function("!Object.keys(sessionStorage).some((key) => key.startsWith('anju:draft:'))")
    owner.go_back()
    owner.get_by_label("Project").select_option(label="安居花园")
    expect(owner.get_by_label("Building")).to_be_enabled()
    expect(owner.get_by_label("Building").get_by_role("option", name="3号楼")).to_have_count(1)
    assert owner.locator(".photo-tile").count() == owner.evaluate(
        "document.querySelector('input[type=file]').files.length"
    )


@pytest.mark.parametrize(
    "late", [r"/(forms/choices|places)\?", r"/js/(forms/form_page|places)\b"], ids=["lists", "scripts"]
)
@pytest.mark.parametrize(("path", "login"), [("/report", ""), ("/desk/new", "desk")])
def test_what_comes_late_does_not_empty_what_was_chosen_meanwhile(
    open_page: Callable[..., Page], path: str, login: str, late: str
) -> None:
    page = open_page(PHONE, path, login=login)
    page.route(re.compile(late), lambda route: (time.sleep(0.3), route.continue_()))
    page.reload()
    page.get_by_label("项目").select_option(label="安居花园")
    # A page whose pictures come slowly is shown after somebody began to fill it in.
    page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")
    page.get_by_label("房屋").select_option(label="1802")
    page.wait_for_timeout(1000)
    expect(page.get_by_label("楼栋")).to_have_value("03")
    expect(page.get_by_label("房屋")).to_have_value("HZ01-03-1802")


def test_a_report_waits_until_its_photos_are_small_and_takes_twelve(
    open_page: Callable[..., Page], photo: Path, tmp_path: Path
) -> None:
    large = tmp_path / "large.jpg"
    Image.effect_noise((5600, 5200), 90).convert("RGB").save(large, "JPEG", quality=100)
    assert large.stat().st_size > 20 * 1024 * 1024
    owner = open_page(PHONE, "/report?home=HZ01-03-1802")
    small = io.BytesIO()
    Image.new("RGB", (40, 30), (9, 9, 9)).save(small, "JPEG")
    many = [{"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": small.getvalue()} for n in range(13)]
    owner.locator("input[name=q-photos]").set_input_files(many)
    expect(owner.get_by_text("最多 12 张照片，其余未添加。")).to_be_visible()
    expect(owner.locator(".photo-tile")).to_have_count(12)
    owner.locator(".photo-tile button").first.click()
    expect(owner.get_by_text("最多 12 张照片，其余未添加。")).to_be_hidden()
    unreadable = {"name": "video.heic", "mimeType": "image/heic", "buffer": b"0" * (21 * 1024 * 1024)}
    owner.locator("input[name=q-photos]").set_input_files([unreadable])
    expect(owner.get_by_text("video.heic：超过 20 MB 且无法在此缩小，未添加。")).to_be_visible()
    owner.get_by_label("问题描述").fill("渗水")
    owner.get_by_label("手机号").fill("13800001234")
    owner.get_by_label("姓名").fill("王芳")
    owner.locator("input[name=q-photos]").set_input_files(large)
    owner.get_by_role("button", name="提交报修").click()
    expect(owner.get_by_role("heading", name="谢谢，我们已收到。")).to_be_visible(timeout=30_000)


def test_the_queue_is_walked_by_keys_and_found_again(open_page: Callable[..., Page]) -> None:
    desk = open_page(DESK, "/desk/new", login="desk")
    for title in ("第一单", "第二单"):
        desk.goto("/desk/new")
        open_ticket(desk, title)
    desk.goto("/desk?view=open&severity=normal")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    focused = desk.locator(".queue-row:focus-within")
    expect(focused).to_contain_text("第一单")
    desk.keyboard.press("k")
    expect(focused).to_contain_text("第二单")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/tickets/*")
    desk.keyboard.press("u")
    desk.wait_for_url("**/desk?view=open&severity=normal")
    expect(focused).to_contain_text("第二单")


def open_ticket(desk: Page, title: str) -> str:
    """Create a ticket on the page of new tickets; the address it has."""
    desk.get_by_label("电话", exact=False).first.fill("13800001234")
    desk.get_by_label("项目").select_option(label="安居花园")
    expect(desk.get_by_label("楼栋")).to_have_value("03")
    desk.get_by_label("一句话概括").fill(title)
    desk.get_by_role("button", name="创建工单").click()
    expect(desk.get_by_role("heading", name=title)).to_be_visible()
    return desk.url

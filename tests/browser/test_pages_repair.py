"""The desk's pages in a real browser: callers recognised, doubles seen, nothing typed lost, keys for everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK

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

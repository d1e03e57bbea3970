"""A manager designs a form, publishes it and hangs up its code; an owner scans it on a phone, and the desk reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import DESK, PHONE
from ticket_service.pages.report_receipt import qr_code

pytestmark = pytest.mark.browser

WIDE = {"width": 1680, "height": 1000}


def drag(page: Page, source: Locator, target: Locator, *, below: float) -> None:
    """Drag with the mouse, in steps, to a place within the target."""
    source.scroll_into_view_if_needed()
    begin, end = source.bounding_box(), target.bounding_box()
    assert begin is not None
    assert end is not None
    page.mouse.move(begin["x"] + 20, begin["y"] + begin["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + 60, end["y"] + end["height"] * below, steps=8)
    page.mouse.up()


def keys(page: Page) -> list[str]:
    """The keys of the fields on the board, in order."""
    return [text.split(" · ")[1] for text in page.locator(".field-card .faint").all_inner_texts()]


def drawing(markup: str) -> str:
    """The black squares of a QR code."""
    return re.findall(r'\sd="([^"]+)"', markup)[-1]


def saved(page: Page) -> None:
    expect(page.locator("[data-save-state]")).to_have_text("已保存")


def test_a_form_is_designed_published_scanned_on_a_phone_and_read_at_the_desk(
    open_page: Callable[..., Page], address: str, photo: Path
) -> None:
    manager = open_page(WIDE, "/manage/forms", login="manager")
    manager.get_by_label("中文标题").fill("漏水报修")
    manager.get_by_label("英文标题").fill("Water leak")
    manager.get_by_label("标识").fill("leak")
    manager.get_by_role("button", name="开始设计").click()
    manager.wait_for_url("**/manage/forms/leak/design")
    design(manager)
    expect(manager.locator("[data-problems]")).to_have_text("可以发布")
    saved(manager)
    phone = manager.frame_locator("[data-preview-frame]")
    expect(phone.get_by_label("水量")).to_be_hidden()
    phone.get_by_label("严重", exact=True).check()
    expect(phone.get_by_label("水量")).to_be_visible()
    manager.get_by_role("link", name="检查并发布").click()
    expect(manager.locator(".changes li")).to_have_count(7)
    manager.get_by_role("button", name="发布").click()
    expect(manager.get_by_role("heading", name="二维码")).to_be_visible()

    manager.locator("#project").select_option(label="安居花园")
    manager.get_by_label("楼栋内每户").check()
    expect(manager.locator("#building")).to_have_value("03")
    manager.get_by_role("button", name="生成二维码").click()
    manager.get_by_role("link", name="海报").click()
    expect(manager.get_by_text("1802")).to_be_visible()
    link = manager.locator(".poster-link").inner_text()
    assert link.startswith(f"{address}/f/")
    # The picture says what is written under it.
    assert drawing(manager.locator(".poster-code").inner_html()) == drawing(str(qr_code(link)))

    owner = open_page(PHONE, link.removeprefix(address))
    report(owner, photo)
    expect(owner.get_by_role("heading", name="谢谢，我们已收到。")).to_be_visible()

    desk = open_page(DESK, "/desk", login="desk")
    desk.locator(".queue-title").first.click()
    expect(desk.get_by_text("安居花园 · 3号楼 · 1802").first).to_be_visible()
    answers = desk.locator("#answers")
    expect(answers).to_contain_text("严重")
    expect(answers).to_contain_text("12.5 升")
    expect(answers).to_contain_text("138****1234")
    expect(answers).not_to_contain_text("13800001234")


def test_conditions_within_conditions_are_put_together_without_typing_a_word(
    open_page: Callable[..., Page], tmp_path: Path
) -> None:
    manager = open_page(WIDE, "/manage/forms", login="manager")
    manager.get_by_label("中文标题").fill("漏水报修")
    manager.get_by_label("英文标题").fill("Water leak")
    manager.get_by_label("标识").fill("leak")
    manager.get_by_role("button", name="开始设计").click()
    manager.wait_for_url("**/manage/forms/leak/design")
    board, panel = manager.locator("[data-fields]"), manager.locator("[data-panel]")
    for kind in ("choice", "number", "number", "long_text"):
        if board.locator(".field-card").count():
            board.locator(".field-card").last.click()
        manager.locator(f"[data-kind={kind}]").click()
    panel.get_by_role("button", name="添加条件").click()
    panel.get_by_role("button", name="并且 / 或者…").click()
    panel.get_by_role("button", name="添加条件组").click()
    outer = panel.locator(".condition-group").first
    inner = outer.locator(".condition-group")
    outer.get_by_label("条件如何组合").first.select_option("any")
    inner.get_by_label("条件如何组合").select_option("all")
    rows = outer.locator("> ul > .condition-part > .comparison")
    expect(rows).to_have_count(2)
    # The first is one of two answers, ticked; the second is taken away; within the group two numbers are compared.
    rows.nth(0).get_by_label("如何比较").select_option("in")
    rows.nth(0).get_by_label("选项2").check()
    outer.locator("> ul > .condition-part").nth(1).get_by_role("button", name="去掉此条件").first.click()
    expect(rows).to_have_count(1)
    parts = inner.locator(".comparison")
    parts.nth(0).locator("select").first.select_option("number")
    parts.nth(0).get_by_label("如何比较").select_option("gt")
    parts.nth(0).get_by_label("与什么比较").select_option("number_2")
    parts.nth(1).locator("select").first.select_option("number_2")
    parts.nth(1).get_by_label("如何比较").select_option("is_set")
    saved(manager)
    kept = manager.request.get("/manage/forms/leak/versions/1.yaml").text()
    found = next(one for one in yaml.safe_load(kept)["fields"] if one["kind"] == "long_text")["visible_if"]
    within = [{"field": "number", "op": "gt", "other": "number_2"}, {"field": "number_2", "op": "is_set"}]
    assert found["any"][1] == {"all": within}
    assert found["any"][0]["op"] == "in"
    assert len(found["any"][0]["value"]) == 2
    # What was kept is what is drawn again.
    manager.reload()
    board.locator(".field-card").last.click()
    expect(panel.locator(".condition-group .condition-group .comparison")).to_have_count(2)
    panel.screenshot(path=tmp_path / "conditions.png")


def design(manager: Page) -> None:
    """Put the form together: by dragging, by clicking, by the keyboard; the cascade comes in one piece."""
    board = manager.locator("[data-fields]")
    drag(manager, manager.locator("[data-kind=place_group]"), board, below=0.5)
    expect(board.locator(".field-card")).to_have_count(3)
    for kind in ("choice", "number", "phone", "long_text"):
        board.locator(".field-card").last.click()
        manager.locator(f"[data-kind={kind}]").click()
    assert keys(manager) == ["project", "building", "home", "choice", "number", "phone", "long_text"]
    drag(manager, board.locator(".field-card").nth(6), board.locator(".field-card").nth(3), below=0.2)
    assert keys(manager) == ["project", "building", "home", "long_text", "choice", "number", "phone"]
    manager.locator("[data-undo]").click()
    assert keys(manager)[-1] == "long_text"
    manager.locator("[data-redo]").click()
    board.locator(".field-card").nth(3).focus()
    manager.keyboard.press("Alt+ArrowDown")
    expect(board.locator(".field-card").nth(4)).to_contain_text("long_text")
    manager.keyboard.press("Alt+ArrowUp")
    assert keys(manager) == ["project", "building", "home", "long_text", "choice", "number", "phone"]

    panel = manager.locator("[data-panel]")
    label(manager, 3, "现场情况", "What happened")
    panel.get_by_label("在工单中作为").select_option(label="问题描述")
    label(manager, 6, "联系电话", "Phone")
    expect(manager.locator("[data-problems]")).to_contain_text("报修表单需要一个必填的报修人电话字段。")
    panel.get_by_label("必填").check()
    panel.get_by_label("在工单中作为").select_option(label="报修人电话")
    label(manager, 4, "严重程度", "How bad")
    panel.get_by_label("选项 1 · 中文").fill("轻微")
    panel.get_by_label("选项 1 · 英文").fill("Little")
    panel.get_by_label("选项 2 · 中文").fill("严重")
    panel.get_by_label("选项 2 · 英文").fill("Bad")
    label(manager, 5, "水量", "Water")
    panel.get_by_label("小数位数").fill("1")
    panel.get_by_label("单位 · 中文").fill("升")
    panel.get_by_label("单位 · 英文").fill("l")
    panel.get_by_role("button", name="添加条件").click()
    condition = panel.locator(".comparison").first
    condition.locator("select").first.select_option(label="严重程度")
    condition.locator("select").nth(1).select_option("eq")
    condition.locator("select").nth(2).select_option(label="严重")


def label(manager: Page, index: int, chinese: str, english: str) -> None:
    """Choose a field and name it in both languages."""
    manager.locator(".field-card").nth(index).click()
    manager.get_by_label("标题 · 中文").fill(chinese)
    manager.get_by_label("标题 · 英文").fill(english)


def report(owner: Page, photo: Path) -> None:
    """Fill in the form as an owner does, with a mistake on the way."""
    expect(owner.locator(".known-place")).to_contain_text("1802")
    expect(owner.get_by_label("项目")).to_have_count(0)
    assert owner.evaluate("document.documentElement.scrollWidth <= innerWidth")
    owner.get_by_label("现场情况").fill("主卫门口渗水")
    expect(owner.get_by_label("水量")).to_be_hidden()
    owner.get_by_label("严重", exact=True).check()
    owner.get_by_label("水量").fill("12.55")
    owner.get_by_label("联系电话").fill("138")
    owner.get_by_role("button", name="提交报修").click()
    expect(owner.get_by_text("最多 1 位小数。")).to_be_visible()
    expect(owner.get_by_text("请填写 11 位手机号")).to_be_visible()
    owner.get_by_label("水量").fill("12.5")
    owner.get_by_label("联系电话").fill("138 0000 1234")
    expect(owner.get_by_text("最多 1 位小数。")).to_be_hidden()
    owner.reload()
    expect(owner.get_by_label("现场情况")).to_have_value("主卫门口渗水")
    owner.get_by_role("button", name="提交报修").click()


SIGNED = {
    "key": "everything",
    "title": {"zh-CN": "全部字段", "en": "Everything"},
    "purpose": "report",
    "fields": [
        {"key": "project", "kind": "cascade", "level": "project", "role": "place", "is_required": True},
        {"key": "building", "kind": "cascade", "level": "building", "parent": "project", "role": "place"},
        {"key": "home", "kind": "cascade", "level": "home", "parent": "building", "role": "place"},
        {"key": "category", "kind": "cascade", "level": "category", "role": "category"},
        {"key": "component", "kind": "cascade", "level": "component", "parent": "category", "role": "component"},
        {"key": "description", "kind": "text", "role": "description", "is_required": True},
        {"key": "hours", "kind": "number", "minimum": 0, "maximum": 10},
        {"key": "rate", "kind": "money"},
        {"key": "total", "kind": "computed", "result": "money",
         "expression": {"product": [{"field": "hours"}, {"field": "rate"}]}},
        {"key": "stars", "kind": "rating", "is_required": True},
        {"key": "photos", "kind": "photo", "role": "report_photos"},
        {"key": "film", "kind": "video"},
        {"key": "signature", "kind": "signature", "is_required": True},
        {"key": "phone", "kind": "phone", "role": "reporter_phone", "is_required": True},
    ],
    "rules": [{"key": "dear", "field": "rate", "must": {"field": "total", "op": "le", "value": 50_000},
               "message": {"zh-CN": "总额不能超过 500 元。", "en": "At most 500 yuan."}}],
}  # fmt: skip


def test_lists_sums_stars_signature_and_film_work_on_a_phone(
    open_page: Callable[..., Page], address: str, photo: Path, tmp_path: Path
) -> None:
    fields = [field | {"label": {"zh-CN": field["key"], "en": field["key"]}} for field in SIGNED["fields"]]  # type: ignore[operator, attr-defined]  # It is a list of mappings.
    manager = open_page(DESK, "/manage/forms", login="manager")
    manager.get_by_label("YAML 或 JSON 格式的表单").fill(json.dumps(SIGNED | {"fields": fields, "version": 1}))
    manager.get_by_role("button", name="导入为草稿").click()
    manager.wait_for_url("**/design")
    manager.goto("/manage/forms/everything")
    manager.get_by_role("button", name="发布").click()
    manager.locator("#project").select_option(label="安居花园")
    manager.locator("[name=scope][value=project]").check()
    manager.get_by_role("button", name="生成二维码").click()
    path = str(manager.locator("[data-form-link]").get_attribute("href"))

    owner = open_page(PHONE, path)
    expect(owner.get_by_label("building")).to_be_enabled()
    owner.get_by_label("building").select_option("03")
    expect(owner.get_by_label("home").locator("option")).to_have_count(2)
    owner.get_by_label("home").select_option("HZ01-03-1802")
    owner.get_by_label("category").select_option(index=1)
    expect(owner.get_by_label("component").locator("option").nth(1)).to_be_attached()
    owner.get_by_label("description").fill("灯不亮")
    owner.get_by_label("hours").fill("2.5")
    owner.get_by_label("rate").fill("300")
    owner.get_by_label("phone").fill("13800001234")
    owner.get_by_role("button", name="提交报修").click()
    expect(owner.get_by_text("最多 0 位小数。")).to_be_visible()
    owner.get_by_label("hours").fill("2")
    expect(owner.locator("[data-computed]")).to_have_text("¥600.00")
    expect(owner.get_by_text("总额不能超过 500 元。")).to_be_visible()
    owner.get_by_label("rate").fill("200")
    expect(owner.locator("[data-computed]")).to_have_text("¥400.00")
    expect(owner.get_by_text("总额不能超过 500 元。")).to_be_hidden()
    owner.locator("label[for='q-stars-4']").click()
    owner.locator("input[name=q-photos]").set_input_files(photo)
    film = tmp_path / "leak.mp4"
    film.write_bytes(b"\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isomiso2" + bytes(5_000))
    owner.locator("input[name=q-film]").set_input_files(film)
    owner.get_by_role("button", name="提交报修").click()
    expect(owner.locator("[data-field=signature] [data-error]")).to_be_visible()
    sign(owner)
    owner.get_by_role("button", name="提交报修").click()
    expect(owner.get_by_role("heading", name="谢谢，我们已收到。")).to_be_visible()

    desk = open_page(DESK, "/desk", login="desk")
    desk.locator(".queue-title").first.click()
    answers = desk.locator("#answers")
    expect(answers).to_contain_text("¥400.00")
    expect(answers).to_contain_text("4 / 5")
    expect(answers.locator("video")).to_have_count(1)
    expect(answers.locator("img[data-signature]")).to_have_count(1)
    assert answers.locator("img[data-signature]").evaluate("(one) => one.decode().then(() => one.naturalWidth)") == 600


def sign(owner: Page) -> None:
    canvas = owner.locator("[data-signature] canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    owner.mouse.move(box["x"] + 30, box["y"] + 40)
    owner.mouse.down()
    for step in range(1, 6):
        owner.mouse.move(box["x"] + 30 + step * 40, box["y"] + 40 + (step % 2) * 30)
    owner.mouse.up()

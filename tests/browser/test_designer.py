"""A manager draws an approval into the process, publishes it, and tickets take it; and what a drawing is made of."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest
from playwright.sync_api import APIRequestContext, FloatRect, Page, expect

from ops_db.process.loading import default_definition
from tests.browser.conftest import DESK, PASSWORD, PHONE

pytestmark = pytest.mark.browser

OpenPage = Callable[..., Page]
DRAFT = "/manage/processes/standard_repair/draft"


def test_a_manager_adds_an_approval_above_an_amount_and_only_new_tickets_take_it(
    open_page: OpenPage, address: str
) -> None:
    people = {login: open_page(DESK, "/sign-in").context.request for login in ("desk", "supervisor", "finance")}
    for login, request in people.items():
        post(request, address, "/api/v1/session", {"login": login, "password": PASSWORD})
    old = open_ticket(people["desk"], address, "old-ticket-1")

    manager = open_page(DESK, "/manage/processes", login="manager")
    manager.locator("#standard_repair").get_by_role("button", name="修改…").click()
    expect(manager.locator("[data-designer][data-ready]")).to_be_visible()
    draw_an_approval(manager)
    publish(manager)

    new = open_ticket(people["desk"], address, "new-ticket-1")
    for number in (old, new):
        survey(people, address, number, estimated_cost_fen=60_000)
    assert standing(people["desk"], address, old) == ("open", "repair")
    assert standing(people["desk"], address, new) == ("open", "finance_approval")
    finish(people["supervisor"], address, old)
    assert standing(people["desk"], address, old)[0] == "closed"
    act(people["finance"], address, new, "approve")
    assert standing(people["desk"], address, new) == ("open", "repair")

    watch_the_way(manager, new)


def draw_an_approval(manager: Page) -> None:
    """A lone approval is marked as a problem until it is undone; then one goes onto the arrow to the repair.

    What is clicked with nothing selected stands beside what is there, not on it.
    """
    problems = manager.locator("[data-part=problems] summary")
    expect(problems).to_contain_text("没有问题")
    stage = manager.locator("[data-part=drawing]").bounding_box()
    assert stage is not None
    drag(manager, ".palette-approval", stage["x"] + 60, stage["y"] + 300)
    expect(manager.locator("[data-key=approval] .problem-badge")).to_be_visible()
    expect(problems).to_contain_text("个问题")
    manager.locator("[data-part=drawing]").press("Control+z")
    expect(manager.locator("[data-key=approval]")).to_have_count(0)
    expect(problems).to_contain_text("没有问题")
    for key in ("notice", "notice_2"):
        manager.locator("[data-part=drawing]").press("Escape")
        manager.locator(".palette-notice").click()
        expect(manager.locator(f"[data-key={key}]")).to_be_visible()
    boxes = [box for node in manager.locator(".node-box").all() if (box := node.bounding_box())]
    assert not [(one, other) for one, other in combinations(boxes, 2) if overlap(one, other)]
    manager.locator("[data-part=drawing]").press("Control+z")
    manager.locator("[data-part=drawing]").press("Control+z")
    expect(problems).to_contain_text("没有问题")
    arrow = manager.evaluate(
        """() => {
            const line = document.querySelector('[data-edge="site_survey:choices.0.next"] .edge-line');
            const middle = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
            return [middle.x, middle.y];
        }"""
    )
    drag(manager, ".palette-approval_above", *arrow)
    expect(manager.locator("[data-key=finance_approval]")).to_be_visible()
    expect(manager.locator("[data-key=is_costly]")).to_contain_text("预估费用 > ¥500")
    expect(manager.locator("[data-part=state]")).to_have_attribute("data-state", "saved")
    expect(problems).to_contain_text("没有问题")


def overlap(one: FloatRect, other: FloatRect) -> bool:
    """Whether two boxes of the page share a place."""
    return all(
        one[side] < other[side] + other[length] and other[side] < one[side] + one[length]
        for side, length in (("x", "width"), ("y", "height"))
    )


def drag(page: Page, item: str, x: float, y: float) -> None:
    """Take something from the palette to a place of the page."""
    box = page.locator(item).bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 10)
    page.mouse.down()
    page.mouse.move(box["x"] + 60, box["y"] + 30, steps=2)
    page.mouse.move(x, y, steps=3)
    page.mouse.up()


def publish(manager: Page) -> None:
    """Look at the summary and publish."""
    manager.get_by_role("button", name="发布…").click()
    dialog = manager.get_by_role("dialog", name="发布")
    expect(dialog.get_by_text("新增：财务审批")).to_be_visible()
    expect(dialog.get_by_text("有 1 张工单在办，它们按原来的版本走完。")).to_be_visible()
    dialog.get_by_role("button", name="发布版本 2").click()
    expect(manager.get_by_text("版本 2 已发布")).to_be_visible()


def watch_the_way(manager: Page, number: str) -> None:
    """The ticket's way is on the drawing: the approval done, the repair where it stands."""
    manager.goto(f"/desk/tickets/{number}/path")
    expect(manager.locator("[data-key=finance_approval].is-done")).to_be_visible()
    expect(manager.locator("[data-key=repair].is-current")).to_be_visible()
    walked = "[data-edge='is_costly:cases.0.next'].is-walked, [data-edge='finance_approval:approved'].is-walked"
    expect(manager.locator(walked)).to_have_count(2)


def post(request: APIRequestContext, address: str, path: str, body: dict[str, Any], key: str = "") -> Any:
    """The answer to a write of somebody who is signed in."""
    headers = {"Origin": address} | ({"Idempotency-Key": key} if key else {})
    answer = request.post(address + path, data=body, headers=headers)
    assert answer.ok, answer.text()
    return answer.json() if answer.status != 204 else None


def open_ticket(desk: APIRequestContext, address: str, key: str) -> str:
    body = {"unit_code": "HZ01-03-1802", "description": "主卫门口墙面渗水"}
    return str(post(desk, address, "/api/v1/tickets", body, key)["number"])


def act(
    request: APIRequestContext, address: str, number: str, action: str, choice: str | None = None, **data: object
) -> None:
    """Do what is offered, at the version the ticket has now."""
    ticket = request.get(f"{address}/api/v1/tickets/{number}").json()
    task = next(one for one in ticket["tasks"] if one["state"] == "open")
    body = {"action": action, "choice": choice, "task_id": task["id"], "version": ticket["version"], "data": data}
    post(request, address, f"/api/v1/tickets/{number}/actions", body)


def survey(people: dict[str, APIRequestContext], address: str, number: str, *, estimated_cost_fen: int) -> None:
    """Accepted, dispatched and surveyed, with an estimate."""
    desk, supervisor = people["desk"], people["supervisor"]
    technicians = desk.get(f"{address}/api/v1/technicians?project_code=HZ01").json()
    act(desk, address, number, "complete", "accept")
    act(supervisor, address, number, "complete", "dispatch", technician_id=technicians[0]["id"])
    act(supervisor, address, number, "complete", "needs_repair", estimated_cost_fen=estimated_cost_fen)


def finish(supervisor: APIRequestContext, address: str, number: str) -> None:
    """Repaired, accepted and followed up."""
    act(supervisor, address, number, "complete", "fixed", note="已修复")
    act(supervisor, address, number, "complete", "accept")
    act(supervisor, address, number, "complete", "satisfied")


def standing(request: APIRequestContext, address: str, number: str) -> tuple[str, str]:
    """State and node of a ticket."""
    ticket = request.get(f"{address}/api/v1/tickets/{number}").json()
    return ticket["state"], ticket["node_key"]


def test_on_a_phone_a_draft_is_looked_at_changed_and_published(open_page: OpenPage, address: str) -> None:
    manager = open_page(PHONE, "/manage/processes", login="manager")
    manager.locator("#standard_repair").get_by_role("button", name="修改…").click()
    expect(manager.locator("[data-designer][data-ready]")).to_be_visible()
    assert manager.evaluate("document.documentElement.scrollWidth <= innerWidth")
    manager.locator("[data-key=intake] .node-title").tap()
    name = manager.get_by_label("步骤名称 (中文)")
    name.fill("登记受理")
    expect(manager.locator("[data-key=intake] .node-title")).to_have_text("登记受理")
    expect(manager.locator("[data-part=state]")).to_have_attribute("data-state", "saved")
    manager.get_by_role("button", name="关闭属性栏").tap()
    manager.get_by_role("button", name="发布…").tap()
    expect(manager.get_by_text("修改：登记受理（步骤名称）")).to_be_visible()
    manager.get_by_role("button", name="发布版本 2").tap()
    expect(manager.get_by_text("版本 2 已发布")).to_be_visible()


def test_a_drawing_is_worked_on_with_keys_alone(open_page: OpenPage, address: str) -> None:
    manager = open_page(DESK, "/manage/processes", login="manager")
    manager.locator("#standard_repair").get_by_role("button", name="修改…").click()
    expect(manager.locator("[data-designer][data-ready]")).to_be_visible()
    place = "document.querySelector('[data-key=intake]').transform.baseVal[0].matrix"
    before = manager.evaluate(f"{place}.e")
    expect(manager.get_by_label("流程名称 (中文)")).to_have_value("标准报修流程")
    manager.locator("[data-key=intake]").focus()
    manager.keyboard.press("Enter")
    expect(manager.get_by_role("heading", name="受理", level=2)).to_be_focused()
    manager.locator("[data-key=intake]").focus()
    manager.keyboard.press("ArrowRight")
    assert manager.evaluate(f"{place}.e") == before + 8
    manager.keyboard.press("Control+c")
    manager.keyboard.press("Control+v")
    expect(manager.locator("[data-key=intake_2].is-selected")).to_be_visible()
    manager.keyboard.press("Delete")
    expect(manager.locator("[data-key=intake_2]")).to_have_count(0)
    for _ in range(3):
        manager.keyboard.press("Control+z")
    assert manager.evaluate(f"{place}.e") == before
    manager.keyboard.press("Control+Shift+z")
    assert manager.evaluate(f"{place}.e") == before + 8
    manager.keyboard.press("?")
    expect(manager.get_by_role("dialog", name="快捷键")).to_be_visible()


@pytest.fixture
def modules(open_page: OpenPage) -> Page:
    """A page of the service from which the designer's modules are imported as `d.layout`, `d.model` and so on."""
    page = open_page(DESK, "/sign-in")
    page.evaluate(
        """async () => {
            const base = document.querySelector('script[type=module]').src.replace('anju.js', 'designer/');
            window.d = {};
            for (const name of ['layout', 'edges', 'model', 'history', 'conditions', 'inserting', 'walking'])
                window.d[name] = await import(`${base}${name}.js`);
        }"""
    )
    return page


def test_what_the_drawing_is_made_of(modules: Page) -> None:
    """One page and one import for all of it: each takes longer than the checks themselves."""
    document = default_definition().model_dump(mode="json", by_alias=True, exclude_defaults=True)
    modules.evaluate("document => { window.doc = document; }", document)
    found = modules.evaluate(CHECKS)
    assert found == {
        "overlaps": 0,
        "upward": ["acceptance>repair", "repair>dispatch", "return_visit>dispatch"],
        "throughNodes": 0,
        "undone": 0,
        "redone": 1000,
        "merged": 1,
        "renamed": ["dispatch_now"],
        "refusedName": None,
        "controlsLeft": True,
        "bypassed": "closed",
        "pasted": ["repair_2", "acceptance_2"],
        "pastedInside": "acceptance_2",
        "inserted": ["is_costly", "finance_approval", "repair", "site_survey", True],
        "operators": ["eq", "is_set", "is_not_set"],
        "keptValue": 90_000,
        "otherFact": {"field": "severity", "op": "eq", "value": ""},
        "way": ["site_survey:choices.0.next", "is_costly:cases.0.next"],
    }


CHECKS = """() => {
    const { layout, edges, model, history, conditions, inserting, walking } = window.d;
    const doc = window.doc, found = {};
    const nodes = doc.nodes.map((node) => ({ key: node.key, width: 180, height: 80, isEnd: node.kind === 'end' }));
    const links = model.edgesOf(doc).map((edge) => ({ ...edge, port: 0 }));
    const places = layout.layout(nodes, links, 'reported');
    const boxes = new Map(nodes.map((one) => [one.key,
        { x: places[one.key].x - 90, y: places[one.key].y, width: 180, height: 80 }]));
    const all = [...boxes.values()];
    const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
    found.overlaps = all.filter((a, i) => all.some((b, j) => j > i && meet(a, b))).length;
    found.upward = links.filter((one) => places[one.to].y <= places[one.from].y)
        .map((one) => `${one.from}>${one.to}`).sort();
    const routed = edges.routes(links.map((one) => ({ id: one.id, from: one.from, to: one.to,
        port: { x: places[one.from].x, y: places[one.from].y + 80 } })), boxes);
    const within = (p, box) => p.x > box.x + 1 && p.x < box.x + box.width - 1 && p.y > box.y + 1
        && p.y < box.y + box.height - 1;
    found.throughNodes = 0;
    for (const points of routed.values()) for (let i = 1; i < points.length; i += 1) for (let t = 0; t <= 50; t += 1) {
        const p = { x: points[i - 1].x + (points[i].x - points[i - 1].x) * t / 50,
                    y: points[i - 1].y + (points[i].y - points[i - 1].y) * t / 50 };
        if (all.some((box) => within(p, box))) found.throughNodes += 1;
    }
    const kept = history.makeHistory(0, () => {});
    for (let i = 1; i <= 1000; i += 1) kept.change(i);
    for (let i = 0; i < 1000; i += 1) kept.undo();
    found.undone = kept.present;
    for (let i = 0; i < 1000; i += 1) kept.redo();
    found.redone = kept.present;
    const typing = history.makeHistory('', () => {});
    for (const text of ['a', 'ab', 'abc']) typing.change(text, 'title');
    found.merged = typing.length;
    const renamed = model.renamed(doc, 'dispatch', 'dispatch_now');
    found.renamed = [...new Set(model.edgesOf(renamed).filter((one) => one.from === 'repair' && one.slot[1] === 1)
        .map((one) => one.to))];
    found.refusedName = model.renamed(doc, 'dispatch', 'repair');
    const without = model.withoutNodes(doc, ['site_survey']);
    found.controlsLeft = without.controls.every((one) => !(one.at ?? []).includes('site_survey'));
    found.bypassed = model.exitsOf(model.nodeOf(model.withoutNodes(
        model.connected(model.connected(doc, 'return_visit', ['choices', 2, 'next'], null),
            'return_visit', ['choices', 1, 'next'], null), ['return_visit']), 'acceptance'))[0].to;
    const copied = ['repair', 'acceptance'].map((key) => ({ node: model.nodeOf(doc, key), place: { x: 0, y: 0 } }));
    const pasted = model.pasted(doc, copied, 40);
    found.pasted = pasted.keys;
    found.pastedInside = model.nodeOf(pasted.doc, 'repair_2').choices[0].next;
    const edge = model.edgesOf(doc).find((one) => one.id === 'site_survey:choices.0.next');
    const inserted = inserting.insertedOnEdge(doc, 'approval_above', edge, null).doc;
    const approval = model.nodeOf(inserted, 'finance_approval');
    found.inserted = [model.nodeOf(inserted, 'site_survey').choices[0].next,
        model.nodeOf(inserted, 'is_costly').cases[0].next, approval.approved, approval.declined,
        approval.owner_status === model.nodeOf(doc, 'site_survey').owner_status];
    found.operators = conditions.operatorsFor('boolean');
    const cost = { name: 'cost_fen', kind: 'money' };
    found.keptValue = conditions.firstValue(cost, 'gt') + 40000;
    found.otherFact = conditions.withFact({ field: 'cost_fen', op: 'gt', value: 1 },
        { name: 'severity', kind: 'text' });
    found.way = walking.wayTo(inserted, 'site_survey', ['choices', 0, 'next'], 'finance_approval');
    return found;
}"""

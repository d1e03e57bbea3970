"""What the pages of a ticket hold beside its steps: calls, costs, photos, its link, and whose job comes first."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import NEW, Fill, OpenTicket, SignIn

Dispatch = Callable[..., None]


@pytest.fixture
def dispatch(fill: Fill, engine: Engine) -> Dispatch:
    """`dispatch(desk, ticket)` accepts a ticket and sends S-W1, without a survey unless it is wanted."""

    def dispatched(desk: TestClient, ticket: str, **typed: str) -> None:
        with engine.connect() as connection:
            technician = connection.execute(text("select id from ops.staff where staff_number = 'S-W1'")).scalar_one()
        desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="accept"))
        form = fill(desk.get(ticket).text, f"{ticket}/act", choice="dispatch", technician_id=str(technician), **typed)
        assert desk.post(f"{ticket}/act", data=form).status_code == 200

    return dispatched


def test_calls_stand_in_the_log_for_those_who_dispatch(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    desk = sign_in("desk", staff="S-P1")
    ticket = open_ticket(desk)
    html = desk.get(ticket).text
    assert "来电" in html
    assert "师傅P1" in html
    assert "下午在家" in html
    form = fill(html, f"{ticket}/calls", call_note="业主改约明天上午", direction="outbound")
    html = desk.post(f"{ticket}/calls", data=form).text
    assert "通话已登记。" in html
    assert html.index("业主改约明天上午") < html.index("下午在家")
    answer = desk.post(f"{ticket}/calls", data=fill(html, f"{ticket}/calls", call_note=""))
    assert answer.status_code == 422
    assert "业主改约明天上午" in sign_in("supervisor").get(ticket).text
    assert "业主改约明天上午" not in sign_in("quality").get(ticket).text
    assert (
        "业主改约明天上午" not in sign_in("technician", staff="S-W1").get(ticket.replace("desk/tickets", "work")).text
    )


def test_a_cost_is_seen_by_whoever_entered_it_and_the_desk_and_can_be_undone_once(
    sign_in: SignIn, open_ticket: OpenTicket, fill: Fill, engine: Engine
) -> None:
    desk, worker = sign_in("desk"), sign_in("technician", staff="S-W1")
    ticket = open_ticket(desk)
    job = ticket.replace("/desk/tickets", "/work")
    for amount, note in (("120.50", "角阀"), ("30", "胶")):
        form = fill(worker.get(job).text, f"{job}/costs", kind="material", amount=amount, payer="developer", note=note)
        worker.post(f"{job}/costs", data=form)
    assert "¥150.50" in worker.get(job).text
    assert "¥150.50" in desk.get(ticket).text
    assert "/costs/reverse" not in desk.get(ticket).text
    form = fill(worker.get(job).text, f"{job}/costs/reverse")
    html = worker.post(f"{job}/costs/reverse", data=form).text
    assert "费用已冲销。" in html
    assert "¥30.00" in html
    assert "-¥120.50" in html
    assert html.count("/costs/reverse") == 1
    again = fill(html, f"{job}/costs/reverse") | {"entry": form["entry"]}
    assert worker.post(f"{job}/costs/reverse", data=again).status_code == 422
    with engine.connect() as connection:
        assert connection.execute(text("select sum(amount_fen) from ops.cost_entry")).scalar() == 3000


def test_a_negative_amount_says_what_it_corrects(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    worker = sign_in("technician", staff="S-W1")
    job = open_ticket(sign_in("desk")).replace("/desk/tickets", "/work")
    form = fill(worker.get(job).text, f"{job}/costs", kind="material", amount="-5", payer="developer", note="")
    answer = worker.post(f"{job}/costs", data=form)
    assert answer.status_code == 422
    assert "请在备注中说明更正哪一笔。" in answer.text
    assert worker.post(f"{job}/costs", data=form | {"note": "多记了"}).status_code == 200


def test_a_new_ticket_shows_the_owners_link_once(sign_in: SignIn, open_ticket: OpenTicket) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    link = re.search(r'value="[^"]*(/track/[^"]+)"', desk.get(ticket).text)
    assert link
    assert "/track/" not in desk.get(ticket).text
    assert desk.get(link[1]).status_code == 200


def test_photos_of_the_repair_stand_apart_from_what_was_reported(
    sign_in: SignIn, owner: TestClient, reported: str, fill: Fill, photo: bytes, engine: Engine
) -> None:
    with engine.connect() as connection:
        number = connection.execute(text("select number from ops.ticket")).scalar_one()
    worker, job = sign_in("technician", staff="S-W1"), f"/work/{number}"
    assert "维修照片" not in owner.get(reported).text
    form = fill(worker.get(job).text, f"{job}/photos")
    worker.post(f"{job}/photos", data=form, files={"after": ("b.jpg", photo, "image/jpeg")})
    for page in (owner.get(reported).text, sign_in("desk").get(f"/desk/tickets/{number}").text):
        assert 'class="gallery"' not in page.split("维修照片")[0]
        assert 'class="gallery"' in page.split("维修照片")[1]


def test_the_job_under_way_comes_first(
    sign_in: SignIn, open_ticket: OpenTicket, fill: Fill, dispatch: Dispatch
) -> None:
    desk, worker = sign_in("desk"), sign_in("technician", staff="S-W1")
    promised, begun = open_ticket(desk), open_ticket(desk)
    dispatch(desk, promised, promised_from="2026-03-02T09:00", promised_to="2026-03-02T11:00")
    dispatch(desk, begun, skips_survey="on")
    assert "进行中" not in worker.get("/work").text
    job = begun.replace("/desk/tickets", "/work")
    worker.post(f"{job}/act", data=fill(worker.get(job).text, f"{job}/act", choice="depart"))
    html = worker.get("/work").text
    assert html.index("进行中") < html.index(begun.rpartition("/")[2]) < html.index(promised.rpartition("/")[2])


def test_one_rule_for_numbers_on_every_form(owner: TestClient, sign_in: SignIn, fill: Fill) -> None:
    desk = sign_in("desk")
    html, said = desk.get("/desk/new").text, "请填写 11 位手机号，或带区号的座机号码。"
    assert re.search(r'data-phone-check="([^"]+)"', html)
    report = fill(owner.get("/report").text, "/report", **{"q-phone": "12345"})
    assert said in owner.post("/report", data=report).text
    for phone, status in (("12345", 422), ("1380000123", 422), ("0571-88886666", 303), ("+49 30 123456", 303)):
        form = fill(html, "/desk/new", **NEW | {"phone": phone})
        answer = desk.post("/desk/new", data=form, follow_redirects=False)
        assert answer.status_code == status, phone
        assert (said in re.sub(r"<p[^>]*hidden>.*?</p>", "", answer.text)) == (status == 422)


def test_an_owner_who_urged_sees_when_it_can_be_done_again(owner: TestClient, reported: str, fill: Fill) -> None:
    html = owner.get(reported).text
    assert "后可再次催单" not in html
    html = owner.post(f"{reported}/urge", data=fill(html, f"{reported}/urge")).text
    assert re.search(r"disabled>.*\d\d:\d\d 后可再次催单", html)


def test_the_reason_of_a_rejection_stands_before_its_note(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    form = fill(desk.get(ticket).text, f"{ticket}/act", choice="reject", note="已电话告知", reason="超出保修期")
    html = desk.post(f"{ticket}/act", data=form).text
    assert html.index("超出保修期") < html.index("已电话告知")
    assert "取消工单" in desk.get(open_ticket(desk)).text

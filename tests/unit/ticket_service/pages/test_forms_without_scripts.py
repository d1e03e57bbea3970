"""The forms of the pages as a browser without scripts sends them: one repair from the report to the rating."""

from __future__ import annotations

from collections.abc import Callable
from html import unescape

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import NEW, REPORT, REPORT_PAGE
from ticket_service.pages import desk_queue

SignIn = Callable[..., TestClient]
Fill = Callable[..., dict[str, str]]
OpenTicket = Callable[[TestClient], str]


def test_a_repair_goes_from_the_report_to_the_rating_by_forms_alone(
    owner: TestClient, sign_in: SignIn, fill: Fill, photo: bytes, engine: Engine
) -> None:
    html = owner.get(REPORT_PAGE).text
    form = fill(html, REPORT_PAGE, **REPORT)
    received = owner.post(REPORT_PAGE, data=form, files={"q-photos": ("a.jpg", photo, "image/jpeg")})
    assert received.status_code == 200
    assert "谢谢，我们已收到。" in received.text
    track = "/track/" + str(received.url).rsplit("/", 1)[1]

    desk = sign_in("desk")
    queue = desk.get("/desk?view=open").text
    assert "客厅地板起拱" in queue
    ticket = "/desk/tickets/T" + queue.split("/desk/tickets/T")[1].split('"')[0]
    desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="accept"))
    with engine.connect() as connection:
        technician = connection.execute(text("select id from ops.staff where staff_number = 'S-W1'")).scalar_one()
    dispatch = fill(
        desk.get(ticket).text,
        f"{ticket}/act",
        choice="dispatch",
        technician_id=str(technician),
        promised_from="2031-03-03T09:00",
        promised_to="2031-03-03T11:00",
        skips_survey="on",
    )
    assert "2031年3月3日 09:00–11:00" in desk.post(f"{ticket}/act", data=dispatch).text
    assert "师傅W1" in owner.get(track).text

    worker = sign_in("technician", staff="S-W1")
    job = ticket.replace("/desk/tickets", "/work")
    assert "客厅地板起拱" in worker.get("/work").text
    for step in ("depart", "arrive"):
        answer = worker.post(f"{job}/act", data=fill(worker.get(job).text, f"{job}/act", choice=step))
        assert answer.status_code == 200
    assert "工程师已出发" in owner.get(track).text
    assert "13700004321" in worker.post(f"{job}/call").text
    cost = fill(worker.get(job).text, f"{job}/costs", kind="material", amount="120.50", payer="developer", note="地板")
    assert "费用已登记" in worker.post(f"{job}/costs", data=cost).text
    fixed = fill(worker.get(job).text, f"{job}/act", choice="fixed", note="更换两块地板")
    worker.post(f"{job}/act", data=fixed, files={"after": ("b.jpg", photo, "image/jpeg")})

    rated = fill(owner.get(track).text, f"{track}/rate", process_score="5", timeliness_score="4", attitude_score="5")
    assert "感谢您的评价" in owner.post(f"{track}/rate", data=rated | {"comment": "很好"}).text
    page = desk.get(ticket).text
    assert "更换两块地板" in page
    assert "很好" in page
    assert "5 星，满分 5 星" in page
    with engine.connect() as connection:
        kept = connection.execute(text("select kind, amount_fen from ops.cost_entry")).all()
        revealed = connection.execute(
            text("select count(*) from ops.audit_entry where deed = 'person:reveal'")
        ).scalar()
    assert [tuple(row) for row in kept] == [("material", 12050)]
    assert revealed == 1


def test_the_desk_opens_a_ticket_and_logs_the_call(sign_in: SignIn, open_ticket: OpenTicket, engine: Engine) -> None:
    desk = sign_in("desk")
    page = desk.get(open_ticket(desk)).text
    assert "主卫渗水" in page
    assert "王*" in page
    assert "138****1234" in page
    with engine.connect() as connection:
        call = connection.execute(text("select note, unit_id, ticket_id from ops.call")).one()
    assert call.note == "下午在家"
    assert call.unit_id
    assert call.ticket_id


def test_a_form_sent_twice_opens_one_ticket(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    desk = sign_in("desk")
    form = fill(desk.get("/desk/new").text, "/desk/new", **NEW)
    first, second = (desk.post("/desk/new", data=form, follow_redirects=False).headers["location"] for _ in range(2))
    assert first == second
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from ops.ticket")).scalar() == 1


def test_whoever_comes_second_sees_the_ticket_as_it_is_and_keeps_what_was_typed(
    sign_in: SignIn, open_ticket: OpenTicket, fill: Fill, engine: Engine
) -> None:
    first, second = sign_in("desk"), sign_in("supervisor")
    ticket = open_ticket(first)
    stale = fill(second.get(ticket).text, f"{ticket}/act", choice="cancel", reason="业主自行处理")
    first.post(f"{ticket}/act", data=fill(first.get(ticket).text, f"{ticket}/act", choice="accept"))
    answer = second.post(f"{ticket}/act", data=stale)
    assert answer.status_code == 409
    assert "已被他人更新" in answer.text
    assert "业主自行处理" in answer.text
    assert "下一步：派单" in answer.text
    again = fill(answer.text, f"{ticket}/act", choice="cancel", reason="业主自行处理")
    assert second.post(f"{ticket}/act", data=again).status_code == 200
    with engine.connect() as connection:
        assert connection.execute(text("select state from ops.ticket")).scalar() == "cancelled"


def test_missing_data_is_asked_for_beside_the_field(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    answer = desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="solved_by_phone"))
    assert answer.status_code == 422
    assert "此项必填" in answer.text


def test_a_report_without_a_usable_number_is_shown_again_with_what_was_typed(owner: TestClient, fill: Fill) -> None:
    html = owner.get(REPORT_PAGE).text
    answer = owner.post(REPORT_PAGE, data=fill(html, REPORT_PAGE, **REPORT | {"q-phone": "12345"}))
    assert answer.status_code == 422
    assert "请填写 11 位手机号，或带区号的座机号码。" in answer.text
    assert "客厅地板起拱" in answer.text


def test_a_report_finds_its_home_list_by_list(owner: TestClient, fill: Fill) -> None:
    html = owner.get("/report").text
    html = owner.post("/report", data=fill(html, "/report", step="lists", **{"q-project": "HZ01"})).text
    assert "3号楼" in html
    html = owner.post(
        "/report", data=fill(html, "/report", step="lists", **{"q-project": "HZ01", "q-building": "03"})
    ).text
    assert 'value="HZ01-03-1802"' in html


def test_the_desk_is_given_the_buildings_of_its_own_projects(sign_in: SignIn, owner: TestClient) -> None:
    own, foreign = {"project": "HZ01"}, {"project": "SH02"}
    desk = sign_in("desk", project="HZ01")
    assert desk.get("/places", params=own).json()["buildings"] == [{"code": "03", "name": "3号楼"}]
    assert desk.get("/places", params=foreign).json()["buildings"] == []
    assert owner.get("/places", params=own).url.path == "/sign-in"


def test_a_code_of_no_home_says_so_and_lets_one_choose(owner: TestClient) -> None:
    answer = owner.get("/report?home=HZ01-99-1")
    assert answer.status_code == 404
    assert "没有找到这个编码对应的房屋" in answer.text
    assert 'name="q-project"' in answer.text


def test_names_and_numbers_are_masked_until_somebody_asks_and_that_is_kept(
    sign_in: SignIn, open_ticket: OpenTicket, engine: Engine
) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    assert "13800001234" not in desk.get(ticket).text
    with engine.connect() as connection:
        person = connection.execute(text("select reporter_id from ops.ticket")).scalar_one()
    assert "13800001234" in desk.post(f"{ticket}/reveal", data={"person": str(person)}).text
    assert sign_in("quality").post(f"{ticket}/reveal", data={"person": str(person)}).status_code == 403
    with engine.connect() as connection:
        detail = connection.execute(
            text("select detail from ops.audit_entry where deed = 'person:reveal'")
        ).scalar_one()
    assert detail["reason"] == ticket.rsplit("/", 1)[1]


def test_an_internal_note_is_hidden_from_the_owner(owner: TestClient, sign_in: SignIn, fill: Fill) -> None:
    received = owner.post(REPORT_PAGE, data=fill(owner.get(REPORT_PAGE).text, REPORT_PAGE, **REPORT))
    track = "/track/" + str(received.url).rsplit("/", 1)[1]
    desk = sign_in("desk")
    ticket = "/desk/tickets/T" + desk.get("/desk?view=open").text.split("/desk/tickets/T")[1].split('"')[0]
    for body, is_internal in (("师傅明天上门", ""), ("楼上也报过", "1")):
        form = fill(desk.get(ticket).text, f"{ticket}/messages", body=body, is_internal=is_internal)
        assert "消息已发送" in desk.post(f"{ticket}/messages", data=form).text
    page = owner.get(track).text
    assert "师傅明天上门" in page
    assert "楼上也报过" not in page


def test_a_technician_is_not_told_the_number_of_a_job_that_is_not_theirs(
    sign_in: SignIn, open_ticket: OpenTicket
) -> None:
    ticket = open_ticket(sign_in("desk"))
    answer = sign_in("technician", staff="S-W1").post(ticket.replace("/desk/tickets", "/work") + "/call")
    assert answer.status_code == 403
    assert "13800001234" not in answer.text


def test_the_search_finds_by_phone_home_room_number_and_words(sign_in: SignIn, open_ticket: OpenTicket) -> None:
    desk = sign_in("desk")
    number = open_ticket(desk).rsplit("/", 1)[1]
    for words in ("13800001234", "hz01-03-18", "1802", "渗水"):
        assert number in desk.get("/desk", params={"q": words}).text, words
    assert desk.get("/desk", params={"q": number}, follow_redirects=False).status_code == 303
    assert "没有找到" in desk.get("/desk", params={"q": "不存在的词"}).text


def test_a_caller_is_recognised_by_the_open_ticket(sign_in: SignIn, open_ticket: OpenTicket) -> None:
    desk = sign_in("desk")
    open_ticket(desk)
    assert "主卫渗水" in desk.post("/desk/new/caller", data={"phone": "13800001234"}).text
    assert "该房屋有 1 张处理中的工单" in desk.get("/desk/new/place?home=HZ01-03-1802").text
    assert "主卫" in desk.get("/desk/new/place?home=HZ01-03-1802").text


def test_a_list_knows_when_it_is_out_of_date(sign_in: SignIn, open_ticket: OpenTicket) -> None:
    desk = sign_in("desk")
    before = desk.get("/desk/fresh?view=open").json()["mark"]
    assert f'data-fresh-mark="{before}"' in desk.get("/desk?view=open").text
    open_ticket(desk)
    assert desk.get("/desk/fresh?view=open").json()["mark"] != before


def test_a_long_list_comes_page_by_page(sign_in: SignIn, fill: Fill, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_queue, "PAGE_SIZE", 2)
    desk = sign_in("desk")
    for title in ("一", "二", "三"):
        desk.post("/desk/new", data=fill(desk.get("/desk/new").text, "/desk/new", **NEW | {"title": f"第{title}单"}))
    first = desk.get("/desk?view=open").text
    assert [title in first for title in ("第三单", "第二单", "第一单")] == [True, True, False]
    second = desk.get(unescape(first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0])).text
    assert [text in second for text in ("第一单", "第三单", 'rel="next"')] == [True, False, False]


def test_what_people_write_never_becomes_markup(owner: TestClient, sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
    report = fill(owner.get(REPORT_PAGE).text, REPORT_PAGE, **REPORT | {"q-description": attack, "q-name": attack[:60]})
    received = owner.post(REPORT_PAGE, data=report)
    track = "/track/" + str(received.url).rsplit("/", 1)[1]
    desk = sign_in("supervisor")
    with engine.connect() as connection:
        number, person = connection.execute(text("select number, reporter_id from ops.ticket")).one()
    ticket, job = f"/desk/tickets/{number}", f"/work/{number}"
    for page, message in ((ticket, attack), (job, attack)):
        desk.post(f"{page}/messages", data=fill(desk.get(page).text, f"{page}/messages", body=message, is_internal="1"))
    cost = fill(desk.get(ticket).text, f"{ticket}/costs", kind="labour", amount="1", payer="developer", note=attack)
    pages = [
        desk.post(f"{ticket}/costs", data=cost).text,
        desk.post(f"{ticket}/reveal", data={"person": str(person)}).text,
        desk.post(f"{ticket}/costs", data=cost | {"amount": attack}).text,
        desk.get("/desk", params={"q": attack}).text,
        desk.get("/desk?view=open").text,
        desk.get(job).text,
        desk.post("/desk/new", data={"title": attack, "phone": attack, "step": "place"}).text,
        desk.post("/desk/new/caller", data={"phone": REPORT["q-phone"]}).text,
        desk.get("/desk/new/place?home=HZ01-03-1802").text,
        owner.get(track).text,
        owner.get("/report", params={"home": attack[:60]}).text,
        owner.post("/sign-in", data={"login": attack, "password": "x"}).text,
    ]
    for html in pages:
        assert "<script>alert" not in html
        assert "<img src=x" not in html
        assert "alert(1)&gt;49" not in html

"""What stands on a page after a form was refused: true words beside the right field, and all that was typed."""

from __future__ import annotations

import re

from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import REPORT, REPORT_PAGE, Fill, OpenTicket, SignIn
from ticket_service.pages.form_answering import LARGEST_DESIGNED
from ticket_service.pages.form_text import MOST_PHOTOS

Sent = list[tuple[str, tuple[str, bytes, str]]]


def photos(count: int, content: bytes, field: str = "q-photos") -> Sent:
    return [(field, (f"{number}.jpg", content, "image/jpeg")) for number in range(count)]


def checked_audience(html: str) -> list[str]:
    return re.findall(r'name="is_internal" value="(1?)" checked', html)


def number_of(engine: Engine) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("select number from ops.ticket")).scalar_one())


def test_a_refused_internal_note_stays_internal(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    html = desk.get(ticket).text
    assert checked_audience(html) == [""]
    for sent, expected in (("1", "1"), ("", ""), (None, "1")):
        form = fill(html, f"{ticket}/messages", body="业主情绪激动")
        form |= {} if sent is None else {"is_internal": sent}
        answer = desk.post(f"{ticket}/messages", data=form, files=photos(1, b"no picture", "photos"))
        assert answer.status_code == 415
        assert "业主情绪激动</textarea>" in answer.text
        assert checked_audience(answer.text) == [expected]


def test_too_many_photos_are_said_beside_the_picker_and_the_report_is_kept(
    owner: TestClient, fill: Fill, photo: bytes, engine: Engine
) -> None:
    form = fill(owner.get(REPORT_PAGE).text, REPORT_PAGE, **REPORT)
    answer = owner.post(REPORT_PAGE, data=form, files=photos(MOST_PHOTOS + 1, photo))
    assert answer.status_code == 422
    assert "一次最多发送 12 张照片" in answer.text
    assert "客厅地板起拱</textarea>" in answer.text
    assert "出了点问题" not in answer.text
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from ops.ticket")).scalar() == 0


def test_a_file_that_is_no_photo_is_named(owner: TestClient, fill: Fill, photo: bytes) -> None:
    form = fill(owner.get(REPORT_PAGE).text, REPORT_PAGE, **REPORT)
    sent = [*photos(1, photo), ("q-photos", ("合同.pdf", b"%PDF", "application/pdf"))]
    answer = owner.post(REPORT_PAGE, data=form, files=sent)
    assert answer.status_code == 415
    assert "合同.pdf：" in answer.text
    assert "请重新选择照片。" in answer.text


def test_photos_lost_to_another_mistake_are_asked_for_again(owner: TestClient, fill: Fill, photo: bytes) -> None:
    form = fill(owner.get(REPORT_PAGE).text, REPORT_PAGE, **REPORT | {"q-phone": "12345"})
    assert "请重新选择照片。" in owner.post(REPORT_PAGE, data=form, files=photos(1, photo)).text


def test_a_form_of_too_many_bytes_is_a_page_in_the_readers_language_that_leads_back(owner: TestClient) -> None:
    form, came_from = {"photos": ("a.jpg", b"0" * (LARGEST_DESIGNED + 1))}, {"referer": "http://testserver/report"}
    answer = owner.post("/report", files=form, headers=came_from)
    assert answer.status_code == 413
    assert "照片太大" in answer.text
    assert 'href="/report">返回表单' in answer.text
    owner.post("/language", data={"language": "en"})
    assert "The photos are too large" in owner.post("/report", files=form, headers=came_from).text
    answer = owner.post("/api/v1/reports", content=b"0" * (1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_form_after_the_sign_in_expired_leads_back_to_its_page(sign_in: SignIn, open_ticket: OpenTicket) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    desk.cookies.set("anju_session", "over")
    headers = {"referer": f"http://testserver{ticket}"}
    answer = desk.post(f"{ticket}/messages", data={"body": "x"}, headers=headers, follow_redirects=False)
    assert answer.headers["location"] == f"/sign-in?next={ticket}&expired=1"
    page = desk.get(answer.headers["location"]).text
    assert "登录已过期" in page
    assert f'name="next" value="{ticket}"' in page
    assert "anju_sent" not in answer.cookies
    headers = {"referer": "https://elsewhere.example/desk"}
    answer = desk.post(f"{ticket}/messages", data={"body": "x"}, headers=headers, follow_redirects=False)
    assert answer.headers["location"] == "/sign-in?next=/&expired=1"


def test_a_form_that_was_taken_is_named_so_that_its_draft_can_go(
    sign_in: SignIn, open_ticket: OpenTicket, fill: Fill
) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    form = fill(desk.get(ticket).text, f"{ticket}/messages", body="已联系业主", is_internal="1")
    answer = desk.post(f"{ticket}/messages", data=form, follow_redirects=False)
    assert answer.cookies["anju_sent"] == form["idempotency_key"]


def test_an_owners_words_are_kept_when_the_photo_is_refused(owner: TestClient, reported: str, fill: Fill) -> None:
    form = fill(owner.get(reported).text, f"{reported}/messages", body="又开始漏了")
    answer = owner.post(f"{reported}/messages", data=form, files=photos(1, b"no picture", "photos"))
    assert answer.status_code == 415
    assert "又开始漏了</textarea>" in answer.text


def test_an_owners_reason_is_kept_when_the_ticket_moved_on(
    owner: TestClient, reported: str, sign_in: SignIn, fill: Fill, engine: Engine
) -> None:
    stale = fill(owner.get(reported).text, f"{reported}/act", choice="cancel", reason="已自行修好")
    desk, ticket = sign_in("desk"), f"/desk/tickets/{number_of(engine)}"
    desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="accept"))
    answer = owner.post(f"{reported}/act", data=stale)
    assert answer.status_code == 409
    assert "已自行修好</textarea>" in answer.text
    desk.post(
        f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="cancel", reason="业主来电取消")
    )
    answer = owner.post(f"{reported}/act", data=stale)
    assert answer.status_code == 409
    assert '<blockquote class="kept-lines">已自行修好</blockquote>' in answer.text


def test_an_upload_without_photos_says_so(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    job = open_ticket(sign_in("desk")).replace("/desk/tickets", "/work")
    worker = sign_in("technician", staff="S-W1")
    answer = worker.post(f"{job}/photos", data=fill(worker.get(job).text, f"{job}/photos"))
    assert answer.status_code == 422
    assert "请先选择照片。" in answer.text
    assert "照片已保存" not in answer.text


def test_a_dispatch_says_beside_the_field_what_is_wrong(sign_in: SignIn, open_ticket: OpenTicket, fill: Fill) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="accept"))
    html = desk.get(ticket).text
    answer = desk.post(f"{ticket}/act", data=fill(html, f"{ticket}/act", choice="dispatch", technician_id=""))
    assert answer.status_code == 422
    assert re.search(r'class="field-error">.*请选择维修师傅或班组。', answer.text)
    technician = re.search(r'name="technician_id" value="([^"]+)"', html)
    assert technician
    window = {"promised_from": "2031-03-03T11:00", "promised_to": "2031-03-03T09:00"}
    form = fill(html, f"{ticket}/act", choice="dispatch", technician_id=technician[1], **window)
    answer = desk.post(f"{ticket}/act", data=form)
    assert answer.status_code == 422
    assert re.search(
        r'name="promised_to" value="2031-03-03T09:00" aria-invalid="true">\s*<p class="field-error">', answer.text
    )


def test_whoever_comes_too_late_is_told_who_did_what_and_keeps_the_words(
    sign_in: SignIn, open_ticket: OpenTicket, fill: Fill
) -> None:
    first, second = sign_in("desk"), sign_in("supervisor")
    ticket = open_ticket(first)
    html = second.get(ticket).text
    words = fill(html, f"{ticket}/act", choice="solved_by_phone", note="已指导关闭总阀")
    plain = fill(html, f"{ticket}/act", choice="accept")
    first.post(f"{ticket}/act", data=fill(first.get(ticket).text, f"{ticket}/act", choice="accept"))
    answer = second.post(f"{ticket}/act", data=words)
    assert answer.status_code == 409
    assert "您填写的内容已保留" not in answer.text
    assert "受理 · desk-None-None" in answer.text
    assert '<blockquote class="kept-lines">已指导关闭总阀</blockquote>' in answer.text
    assert "<blockquote" not in second.post(f"{ticket}/act", data=plain).text


def test_an_owner_who_urges_or_rates_stands_in_nobodys_way(
    owner: TestClient, reported: str, sign_in: SignIn, fill: Fill, engine: Engine
) -> None:
    desk, rival, ticket = sign_in("desk"), sign_in("supervisor"), f"/desk/tickets/{number_of(engine)}"
    form = fill(desk.get(ticket).text, f"{ticket}/act", choice="accept")
    late = fill(rival.get(ticket).text, f"{ticket}/act", choice="accept")
    assert owner.post(f"{reported}/urge", data=fill(owner.get(reported).text, f"{reported}/urge")).status_code == 200
    assert desk.post(f"{ticket}/act", data=form).status_code == 200
    assert rival.post(f"{ticket}/act", data=late).status_code == 409
    with engine.connect() as connection:
        events = connection.execute(text("select version, kind from ops.ticket_event order by version")).all()
        version = connection.execute(text("select version from ops.ticket")).scalar_one()
    assert [tuple(event) for event in events] == [(1, "ticket:create"), (2, "ticket:urge"), (3, "task:complete")]
    assert version == 3


def test_a_photo_alone_is_a_message(owner: TestClient, reported: str, fill: Fill, photo: bytes) -> None:
    form = fill(owner.get(reported).text, f"{reported}/messages", body="")
    answer = owner.post(f"{reported}/messages", data=form, files=photos(1, photo, "photos"))
    assert answer.status_code == 200
    assert answer.text.count('class="message-photos"') == 1
    form = fill(owner.get(reported).text, f"{reported}/messages", body="")
    answer = owner.post(f"{reported}/messages", data=form)
    assert answer.status_code == 422
    assert "请输入内容，或选择照片。" in answer.text


def test_a_rejected_owner_reads_why(
    owner: TestClient, reported: str, sign_in: SignIn, fill: Fill, engine: Engine
) -> None:
    desk, ticket = sign_in("desk"), f"/desk/tickets/{number_of(engine)}"
    words = {"reason": "超出保修期，属于业主自行装修", "note": "与业主电话里争执过"}
    desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="reject", **words))
    page = owner.get(reported).text
    assert "超出保修期，属于业主自行装修" in page
    assert "争执" not in page
    assert "申诉 / 重新打开" in page


def test_a_page_that_only_takes_forms_leads_to_the_page_above(
    owner: TestClient, reported: str, sign_in: SignIn, open_ticket: OpenTicket
) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    for path in (f"{reported}/messages", f"{reported}/rate", "/language", "/sign-out"):
        answer = owner.get(path, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, path.rpartition("/")[0] or "/")
    assert desk.get(f"{ticket}/act").url.path == ticket
    assert desk.get("/api/v1/reports").status_code == 405


def test_a_revealed_number_and_a_new_link_are_shown_once_and_a_reload_asks_for_nothing(
    sign_in: SignIn, open_ticket: OpenTicket, engine: Engine, fill: Fill
) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    with engine.connect() as connection:
        person = connection.execute(text("select reporter_id from ops.ticket")).scalar_one()
    answer = desk.post(f"{ticket}/reveal", data={"person": str(person)}, follow_redirects=False)
    assert answer.status_code == 303
    assert "13800001234" not in str(answer.headers)
    assert "13800001234" in desk.get(ticket).text
    assert "13800001234" not in desk.get(ticket).text
    assert "/track/" in desk.post(f"{ticket}/tracking-link").text
    assert "/track/" not in desk.get(ticket).text


def test_what_was_shown_to_one_person_is_not_shown_to_the_next_in_the_same_browser(
    sign_in: SignIn, open_ticket: OpenTicket
) -> None:
    first, second = sign_in("desk"), sign_in("supervisor")
    ticket = open_ticket(first)
    answer = first.post(f"{ticket}/tracking-link", follow_redirects=False)
    second.cookies.set("anju_shown", answer.cookies["anju_shown"])
    assert "/track/" not in second.get(ticket).text


def test_a_language_chosen_before_signing_in_stays_chosen(owner: TestClient, sign_in: SignIn, engine: Engine) -> None:
    sign_in("desk")
    chosen = owner.post("/language", data={"language": "en", "next": "/sign-in?next=/desk"}, follow_redirects=False)
    page = owner.get(chosen.headers["location"])
    assert 'name="language" value="en"' in page.text
    assert 'name="next" value="/desk"' in page.text
    with engine.connect() as connection:
        kept = text("select language from ops.account")
        assert connection.execute(kept).scalar_one() == "zh-CN"
        form = {"login": "desk-None-None", "password": "correct horse battery", "language": "en", "next": "/desk"}
        assert '<html lang="en">' in owner.post("/sign-in", data=form).text
        assert connection.execute(kept).scalar_one() == "en"


def test_every_action_says_what_it_did(sign_in: SignIn, fill: Fill, open_ticket: OpenTicket) -> None:
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    for choice, words, said in (("accept", {}, "已受理。"), ("reject", {"reason": "过保"}, "已驳回。")):
        form = fill(desk.get(ticket).text, f"{ticket}/act", choice=choice, **words)
        assert said in desk.post(f"{ticket}/act", data=form).text

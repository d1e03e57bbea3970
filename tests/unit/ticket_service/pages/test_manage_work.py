"""The pages on which a manager keeps rules of dispatch, rosters and appointments."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.conftest import Fill, OpenTicket, SignIn
from ticket_service.pages.manage.shift_text import read_shifts, written

PAGES = ("/manage/dispatch", "/manage/people", "/manage/people/S-W1")


def scalar(engine: Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_open_for_managers_and_for_nobody_else(language: str, sign_in: SignIn) -> None:
    for role, status in (("manager", 200), ("administrator", 200), ("supervisor", 403), ("technician", 403)):
        reader = sign_in(role)
        reader.post("/language", data={"language": language})
        for page in PAGES:
            assert reader.get(page).status_code == status, (role, page)


def post(client: TestClient, page: str, form: dict[str, str]) -> int:
    return client.post(page, data=form, follow_redirects=False).status_code


def test_a_rule_is_added_moved_switched_off_and_taken_away(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    manager = sign_in("manager")
    rules = ("/manage/dispatch/rules", "/manage/dispatch/order")
    for severity in ("emergency", "low"):
        form = fill(manager.get("/manage/dispatch").text, rules[0], severity=severity, mode="suggest")
        assert post(manager, rules[0], form | {"crew_source": "any"}) == 303
    first = str(scalar(engine, "select id from ops.dispatch_rule where position = 1"))
    for deed, statement, expected in (
        ("down", "select string_agg(severity, ' ' order by position) from ops.dispatch_rule", "low emergency"),
        ("off", "select count(*) from ops.dispatch_rule where not is_active", 1),
        ("delete", "select string_agg(severity || position, ' ') from ops.dispatch_rule", "low1"),
    ):
        form = fill(manager.get("/manage/dispatch").text, rules[1], rule=first, deed=deed)
        assert post(manager, rules[1], form) == 303
        assert scalar(engine, statement) == expected
    assert scalar(engine, "select count(*) from ops.audit_entry where deed like 'dispatch_rule:%'") == 5


def test_a_rule_that_cannot_be_is_refused_with_the_words_and_keeps_what_was_typed(sign_in: SignIn, fill: Fill) -> None:
    manager = sign_in("manager")
    form = fill(manager.get("/manage/dispatch").text, "/manage/dispatch/rules", crew_source="any", mode="grab")
    answer = manager.post("/manage/dispatch/rules", data=form | {"note": "只给一班"})
    assert answer.status_code == 422
    assert "抢单须面向一个班组" in answer.text
    assert 'value="只给一班"' in answer.text
    assert post(manager, "/manage/dispatch/rules", form | {"crew_source": "named", "crew_id": "x"}) == 422


def test_the_try_out_says_who_would_go_and_why(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("insert into ops.technician_skill select id, 'waterproofing' from ops.staff"))
    manager = sign_in("manager")
    form = fill(manager.get("/manage/dispatch").text, "/manage/dispatch/rules", crew_source="any", mode="assign")
    post(manager, "/manage/dispatch/rules", form | {"category_code": "water"})
    asked = "project=HZ01&building=03&room=1802&severity=urgent"
    page = manager.get(f"/manage/dispatch/try?{asked}&component=bath_waterproofing")
    assert page.status_code == 200
    assert "由此规则决定" in page.text
    assert "会防水" in page.text
    assert "大类不符" in manager.get(f"/manage/dispatch/try?{asked}&component=lift").text
    assert manager.get("/manage/dispatch/try?project=XX").status_code == 422


def test_a_week_a_date_and_a_leave_are_written_down(sign_in: SignIn, fill: Fill, engine: Engine) -> None:
    manager, here = sign_in("manager"), "/manage/people/S-W1"
    html = manager.get(here).text
    forms = fill(html, here)
    week = {f"day_{number}": "8:30-12:00 13:30-18:00" if number < 6 else "" for number in range(1, 8)}
    assert post(manager, here, forms | {"deed": "week"} | week) == 303
    assert scalar(engine, "select count(*) from ops.staff_shift") == 10
    key = fill(manager.get(here).text, here)
    assert post(manager, here, key | {"deed": "date", "on_date": "2099-01-05", "stretches": ""}) == 303
    assert (
        scalar(engine, "select count(*) from ops.staff_shift where on_date is not null and start_minute is null") == 1
    )
    leave = {"deed": "leave", "from_date": "2099-02-01", "to_date": "2099-02-03", "reason": "illness"}
    assert post(manager, here, fill(manager.get(here).text, here) | leave) == 303
    assert post(manager, here, fill(manager.get(here).text, here) | leave | {"to_date": "2099-01-01"}) == 422
    skills = {"deed": "skills", "trade_lift": "on", "trade_plumbing": "on", "crew": ""}
    assert post(manager, here, fill(manager.get(here).text, here) | skills) == 303
    assert scalar(engine, "select string_agg(trade, ' ' order by trade) from ops.technician_skill") == "lift plumbing"


def test_hours_that_cannot_be_read_are_said_beside_their_day(sign_in: SignIn, fill: Fill) -> None:
    manager, here = sign_in("manager"), "/manage/people/S-W1"
    form = fill(manager.get(here).text, here) | {"deed": "week", "day_1": "八点到五点", "day_2": "9:00-10:00"}
    answer = manager.post(here, data=form)
    assert answer.status_code == 422
    assert 'id="day_1-error"' in answer.text
    assert 'value="八点到五点"' in answer.text


def test_windows_that_are_booked_out_are_not_offered(
    sign_in: SignIn, fill: Fill, open_ticket: OpenTicket, engine: Engine
) -> None:
    manager, slots = sign_in("manager"), "/manage/people/slots"
    form = fill(manager.get("/manage/people").text, slots, stretch="10:00-12:00", capacity="1")
    days = {f"weekday_{number}": "on" for number in range(1, 8)}
    assert post(manager, slots, form | days) == 303
    assert scalar(engine, "select count(*) from ops.appointment_slot") == 7
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    accept = fill(desk.get(ticket).text, f"{ticket}/act", choice="accept")
    desk.post(f"{ticket}/act", data=accept)
    assert desk.get(ticket).text.count("T10:00") in (3, 4)


def test_the_desk_takes_a_suggestion_with_one_tap(
    sign_in: SignIn, fill: Fill, open_ticket: OpenTicket, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text("insert into ops.technician_skill select id, 'finishing' from ops.staff where staff_number = 'S-P1'")
        )
        connection.execute(text("update ops.component set trade = 'finishing'"))
    desk = sign_in("desk")
    ticket = open_ticket(desk)
    with engine.begin() as connection:
        connection.execute(text("update ops.ticket set category_code = 'water', component_code = 'bath_waterproofing'"))
    desk.post(f"{ticket}/act", data=fill(desk.get(ticket).text, f"{ticket}/act", choice="accept"))
    html = desk.get(ticket).text
    assert "手头0单，会精装饰面" in html
    assert post(desk, f"{ticket}/act", fill(html, f"{ticket}/act", choice="dispatch")) == 303
    assert (
        scalar(
            engine,
            "select staff_number from ops.task join ops.staff on staff.id = assignee_id where state = 'open'",
        )
        == "S-P1"
    )


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("8:30-12:00 13:30-18:00", "08:30–12:00  13:30–18:00"),
        ("8:30—12:00，13:30至18:00", "08:30–12:00  13:30–18:00"),
        ("9-17", "09:00–17:00"),
        ("", ""),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, kept: str) -> None:
    assert written(read_shifts(typed)) == kept


@pytest.mark.parametrize("typed", ["morning", "9-17 and then", "25"])
def test_what_is_no_hours_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):
        read_shifts(typed)

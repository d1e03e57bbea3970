"""Calendars and promises change from a day on: what was promised and counted stays what it was."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.clock import recounting
from tests.unit.ticket_service.pages.conftest import Fill, OpenTicket, SignIn

CALENDARS, DUE_TIMES = "/manage/calendars", "/manage/calendars/due-times"
LEVELS, WARRANTY = "/manage/service-levels", "/manage/warranty"


@pytest.fixture
def scalar(engine: Engine) -> Callable[[str], Any]:
    def found(statement: str) -> Any:
        with engine.connect() as connection:
            return connection.execute(text(statement)).scalar()

    return found


def post(client: TestClient, page: str, form: dict[str, str]) -> int:
    return client.post(page, data=form, follow_redirects=False).status_code


def send(client: TestClient, fill: Fill, deed: str, **typed: str) -> int:
    return post(client, CALENDARS, fill(client.get(CALENDARS).text, CALENDARS) | {"deed": deed} | typed)


def coming(days: int) -> str:
    return (dt.datetime.now(ZoneInfo("Asia/Shanghai")).date() + dt.timedelta(days=days)).isoformat()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_pages_open_for_managers_and_for_nobody_else(language: str, sign_in: SignIn) -> None:
    for role, status in (("manager", 200), ("supervisor", 403)):
        reader = sign_in(role)
        reader.post("/language", data={"language": language})
        for page in (CALENDARS, f"{CALENDARS}?year=2027", DUE_TIMES, LEVELS, WARRANTY):
            assert reader.get(page).status_code == status, (role, page)


def test_a_year_without_published_holidays_says_that_it_is_provisional(sign_in: SignIn) -> None:
    manager = sign_in("manager")
    assert "暂定" in manager.get(f"{CALENDARS}?year=2098").text
    assert "暂定" not in manager.get(f"{CALENDARS}?year=2025").text
    assert "法定节假日" in manager.get(f"{CALENDARS}?year=2025").text


def test_only_a_day_to_come_can_be_made_different_and_it_says_why(
    sign_in: SignIn, fill: Fill, scalar: Callable[[str], Any]
) -> None:
    manager, day = sign_in("manager"), coming(40)
    assert send(manager, fill, "day", on_date=coming(0), **{"as": "close"}, reason="台风") == 422
    assert send(manager, fill, "day", on_date=day, **{"as": "close"}) == 422
    assert send(manager, fill, "day", on_date=day, **{"as": "close"}, reason="台风") == 303
    assert scalar("select is_working || ' ' || reason from ops.calendar_override") == "false 台风"
    assert send(manager, fill, "day", on_date=day, **{"as": "rule"}) == 303
    assert scalar("select count(*) from ops.calendar_override") == 0


def test_another_week_begins_on_its_day_and_the_one_before_stays(
    sign_in: SignIn, fill: Fill, scalar: Callable[[str], Any]
) -> None:
    manager = sign_in("manager")
    week = {f"day_{number}": "10:00-12:00" if number == 1 else "" for number in range(1, 8)}
    assert send(manager, fill, "week", valid_from=coming(-1), **week) == 422
    assert send(manager, fill, "week", valid_from=coming(30), **dict.fromkeys(week, "")) == 422
    assert send(manager, fill, "week", valid_from=coming(30), **week) == 303
    assert scalar("select count(*) from ops.calendar_shift where valid_from = '1970-01-01'") == 12
    assert scalar("select count(*) from ops.calendar_shift where valid_from > current_date") == 1


def test_running_tickets_keep_their_deadline_until_it_is_counted_anew_with_a_reason(
    sign_in: SignIn, fill: Fill, open_ticket: OpenTicket, scalar: Callable[[str], Any]
) -> None:
    manager = sign_in("manager")
    open_ticket(sign_in("desk"))
    due = "select resolve_due_at from ops.ticket"
    before = scalar(due)
    for days in range(1, 9):
        assert send(manager, fill, "day", on_date=coming(days), **{"as": "close"}, reason="封控") == 303
    assert scalar(due) == before
    assert "在上次计算期限之后有变化" in manager.get(CALENDARS).text
    page = manager.get(DUE_TIMES).text
    assert "重新计算 1 张工单" in page
    assert post(manager, DUE_TIMES, {"code": "default", "reason": " "}) == 422
    assert scalar(due) == before
    assert post(manager, DUE_TIMES, {"code": "default", "reason": "封控期间顺延"}) == 303
    assert scalar(due) > before
    kept = scalar("select payload ->> 'reason' from ops.ticket_event where kind = 'clock:recompute'")
    assert kept == "封控期间顺延"
    assert "没有期限会变动" in manager.get(DUE_TIMES).text
    assert "在上次计算期限之后有变化" not in manager.get(CALENDARS).text
    assert post(manager, DUE_TIMES, {"code": "default", "reason": "再来一次"}) == 303
    assert scalar("select count(*) from ops.ticket_event where kind = 'clock:recompute'") == 1


def test_many_running_tickets_are_counted_a_part_at_a_time(
    sign_in: SignIn,
    fill: Fill,
    open_ticket: OpenTicket,
    scalar: Callable[[str], Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manager, desk = sign_in("manager"), sign_in("desk")
    for _ in range(3):
        open_ticket(desk)
    for days in range(1, 9):
        assert send(manager, fill, "day", on_date=coming(days), **{"as": "close"}, reason="封控") == 303
    # Two hundred and one tickets would take the test too long; the parts are what they are.
    monkeypatch.setattr(recounting.recount_part, "__kwdefaults__", {"most": 2})
    first = manager.post(DUE_TIMES, data={"code": "default", "reason": "封控"}, follow_redirects=False)
    assert first.status_code == 200
    assert "data-carry-on" in first.text
    assert scalar("select count(*) from ops.ticket_event where kind = 'clock:recompute'") == 2
    carried = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', first.text))
    second = manager.post(DUE_TIMES, data=carried, follow_redirects=False)
    assert second.status_code == 303
    assert "已重新计算 3 张工单" in manager.get(second.headers["location"]).text
    assert scalar("select count(*) from ops.ticket_event where kind = 'clock:recompute'") == 3


def test_several_days_in_a_row_are_entered_at_once(sign_in: SignIn, fill: Fill, scalar: Callable[[str], Any]) -> None:
    manager = sign_in("manager")
    closing = {"as": "close", "reason": "春节"}
    assert send(manager, fill, "day", on_date=coming(40), until=coming(39), **closing) == 422
    assert send(manager, fill, "day", on_date=coming(40), until=coming(100), **closing) == 422
    assert send(manager, fill, "day", on_date=coming(40), until=coming(46), **closing) == 303
    assert scalar("select count(*) from ops.calendar_override where not is_working") == 7


def test_a_project_gets_a_calendar_of_its_own_that_is_the_same_until_it_is_changed(
    sign_in: SignIn, fill: Fill, scalar: Callable[[str], Any]
) -> None:
    manager = sign_in("manager")
    assert send(manager, fill, "own", project="HZ01", own_code="Bad Code", name="x") == 422
    assert send(manager, fill, "own", project="HZ01", own_code="hz", name="杭州日历") == 303
    assert scalar("select calendar_code from ops.project where code = 'HZ01'") == "hz"
    assert scalar("select count(*) from ops.calendar_shift where calendar_code = 'hz'") == 12
    assert send(manager, fill, "own", project="HZ01", own_code="hz2", name="again") == 422
    assert scalar("select count(*) from ops.calendar where code = 'hz2'") == 0


def test_a_new_promise_counts_for_tickets_reported_from_now_on(
    sign_in: SignIn, fill: Fill, open_ticket: OpenTicket, scalar: Callable[[str], Any]
) -> None:
    manager, desk = sign_in("manager"), sign_in("desk")
    first = open_ticket(desk)
    promised = "select max(resolve_due_at) - min(resolve_due_at) from ops.ticket"
    form = fill(manager.get(LEVELS).text, LEVELS) | {"severity": "urgent", "category": ""}
    changed = form | {"resolve_before": "1440", "resolve": "60", "acknowledge_before": "60", "acknowledge": "60"}
    assert post(manager, LEVELS, changed | {"arrive_before": "480", "arrive": "480"}) == 303
    assert scalar("select count(*) from ops.sla_policy where valid_to is not null") == 1
    open_ticket(desk)
    assert scalar(promised) > dt.timedelta(hours=1)
    # The first ticket, paused and resumed, is counted by what it was promised.
    due = f"select resolve_due_at from ops.ticket where number = '{first.rsplit('/', 1)[1]}'"
    before = scalar(due)
    for action, typed in (("pause", {"reason": "weather"}), ("resume", {})):
        assert post(desk, f"{first}/act", fill(desk.get(first).text, f"{first}/act", choice=action, **typed)) == 303
    assert abs(scalar(due) - before) < dt.timedelta(minutes=2)


def test_which_pauses_stop_which_clock_is_changed_on_the_page_for_tickets_reported_from_now_on(
    sign_in: SignIn, fill: Fill, scalar: Callable[[str], Any]
) -> None:
    manager = sign_in("manager")
    page = manager.get(LEVELS).text
    assert "任何暂停都停止计时" in page
    assert "部分暂停不停止计时" not in page
    ticked = {
        f"stops_{target}_{reason}": "1"
        for target in ("acknowledge", "arrive", "resolve")
        for reason in ("waiting_owner", "waiting_material", "waiting_contractor", "weather")
    }
    ticked.pop("stops_resolve_waiting_contractor")
    runs = dict.fromkeys(("runs_acknowledge", "runs_arrive", "runs_resolve"), "")
    form = fill(page, LEVELS) | {"severity": "normal", "category": "", "deed": "pauses"} | runs | ticked
    assert post(manager, LEVELS, form) == 303
    running = "select running_reasons from ops.sla_policy where severity = 'normal' and valid_to is null and target = "
    assert [scalar(f"{running}'{one}'") for one in ("resolve", "arrive")] == ["waiting_contractor", ""]
    assert scalar("select count(*) from ops.sla_policy where valid_to is not null") == 1
    assert "部分暂停不停止计时" in manager.get(LEVELS).text
    # Other minutes leave the pauses as they are.
    minutes = {"severity": "normal", "category": "", "resolve_before": "3360", "resolve": "3000"}
    minutes |= {"acknowledge_before": "120", "acknowledge": "120", "arrive_before": "1440", "arrive": "1440"}
    assert post(manager, LEVELS, fill(manager.get(LEVELS).text, LEVELS) | minutes) == 303
    assert scalar(f"{running}'resolve'") == "waiting_contractor"
    deeds = "select count(*) from ops.audit_entry where deed in ('sla:pauses', 'sla:promise')"
    assert scalar(deeds) == 2


def test_a_warranty_term_is_added_beside_the_one_before_and_the_ticket_shows_both_clocks(
    sign_in: SignIn, fill: Fill, open_ticket: OpenTicket, engine: Engine, scalar: Callable[[str], Any]
) -> None:
    manager, desk = sign_in("manager"), sign_in("desk")
    before = scalar("select count(*) from ops.warranty_term")
    form = fill(manager.get(WARRANTY).text, WARRANTY) | {"clock": "owner", "length": "24", "unit": "months"}
    assert post(manager, WARRANTY, form | {"scope": "trade:waterproofing", "valid_from": "2020-01-01"}) == 422
    full = form | {"scope": "trade:waterproofing", "valid_from": "2020-01-01", "note": "合同第八条"}
    assert post(manager, WARRANTY, full) == 303
    again = fill(manager.get(WARRANTY).text, WARRANTY) | {name: full[name] for name in ("scope", "valid_from", "note")}
    assert post(manager, WARRANTY, again | {"clock": "owner", "length": "36", "unit": "months"}) == 422
    assert scalar("select count(*) from ops.warranty_term") == before + 1
    ticket = open_ticket(desk)
    assert "交付日期未知" in desk.get(ticket).text
    with engine.begin() as connection:
        connection.execute(text("update ops.unit set handover_date = current_date - 400"))
        connection.execute(text("update ops.building set completion_acceptance_date = current_date - 4000"))
        connection.execute(text("update ops.ticket set category_code = 'water', component_code = 'bath_waterproofing'"))
    page = sign_in("supervisor").get(ticket).text
    assert "保修期内" in page
    assert "报修时已过保" in page
    assert 'value="developer" selected' in page

"""Rights changed on pages: at once, audited, never more than one holds, and never nobody left to change them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]
TODAY = dt.datetime.now(dt.UTC).date()


def account_of(engine: Engine, login: str) -> str:
    with engine.connect() as connection:
        return str(connection.execute(text("select id from ops.account where login = :l"), {"l": login}).scalar_one())


def deeds(engine: Engine) -> list[tuple[str, dict[str, Any]]]:
    with engine.connect() as connection:
        rows = connection.execute(text("select deed, detail from ops.audit_entry order by id")).all()
    return [(row.deed, row.detail) for row in rows if not row.deed.startswith("session:")]


def permitted(engine: Engine, role: str) -> set[str]:
    with engine.connect() as connection:
        found = connection.execute(text("select permission from ops.role_permission where role_code = :r"), {"r": role})
        return set(found.scalars())


def table(role: str, permissions: set[str]) -> dict[str, Any]:
    return {"shown": [role], "permitted": [f"{role} {one}" for one in sorted(permissions)]}


@pytest.fixture
def administrator(sign_in: SignIn) -> TestClient:
    return sign_in("administrator")


def test_a_permission_taken_away_is_gone_with_the_next_click_and_stands_in_the_log(
    administrator: TestClient, sign_in: SignIn, engine: Engine
) -> None:
    desk = sign_in("desk")
    assert desk.get("/desk/new").status_code == 200
    left = permitted(engine, "desk") - {"ticket:create"}
    answer = administrator.post("/manage/roles/permissions", data=table("desk", left))
    assert answer.status_code == 200, answer.text
    assert desk.get("/desk/new").status_code == 403
    assert permitted(engine, "desk") == left
    assert deeds(engine) == [("role:change", {"role": "desk", "added": [], "removed": ["ticket:create"]})]


def test_a_role_of_the_house_is_made_given_and_removed(
    administrator: TestClient, sign_in: SignIn, engine: Engine
) -> None:
    new = {"code": "night_guard", "name_zh": "夜间值班", "name_en": "Night guard", "like": "desk"}
    assert "夜间值班" in administrator.post("/manage/roles", data=new).text
    assert permitted(engine, "night_guard") == permitted(engine, "desk")
    sign_in("quality")
    account = account_of(engine, "quality-None-None")
    page = administrator.post(
        f"/manage/accounts/{account}", data={"deed": "grant", "role": "night_guard", "project": "HZ01"}
    )
    assert "夜间值班" in page.text
    refused = administrator.post("/manage/roles/remove", data={"code": "night_guard"})
    assert refused.status_code == 422
    grant = re.findall(r'name="grant" value="(\d+)"', page.text)[-1]
    administrator.post(f"/manage/accounts/{account}", data={"deed": "withdraw", "grant": grant})
    assert administrator.post("/manage/roles/remove", data={"code": "night_guard"}).status_code == 200
    assert permitted(engine, "night_guard") == set()
    assert [deed for deed, _ in deeds(engine)] == ["role:add", "role:grant", "role:withdraw", "role:remove"]


def test_the_audit_log_names_to_whom_a_deed_was_done_and_until_when(
    sign_in: SignIn, administrator: TestClient, engine: Engine
) -> None:
    sign_in("quality")
    sign_in("finance")
    away, deputy = account_of(engine, "quality-None-None"), account_of(engine, "finance-None-None")
    with engine.begin() as connection:
        named = text("update ops.account set display_name = :name where id = :id")
        connection.execute(named, [{"name": "沈清", "id": away}, {"name": "陆远", "id": deputy}])
    administrator.post(f"/manage/accounts/{away}", data={"deed": "password"})
    days = {"from": "2031-03-01", "until": "2031-03-02", "reason": "年假"}
    named_deputy = administrator.post(f"/manage/accounts/{away}", data={"deed": "delegate", "to": deputy} | days)
    assert named_deputy.status_code == 200, named_deputy.text
    rows = re.findall(r"<tr>(.*?)</tr>", administrator.get("/manage/audit").text, re.DOTALL)
    (reset,) = (row for row in rows if "account:password" in row)
    assert "沈清" in reset
    (handed,) = (row for row in rows if "delegation:begin" in row)
    assert "陆远" in handed
    assert "2031年3月3日 00:00" in handed
    assert str(deputy) not in handed
    assert "T16:00" not in handed


def test_a_role_that_anju_comes_with_is_not_removed(administrator: TestClient, engine: Engine) -> None:
    assert administrator.post("/manage/roles/remove", data={"code": "desk"}).status_code == 422
    assert permitted(engine, "desk")


def test_the_last_administrator_cannot_be_locked_out(administrator: TestClient, engine: Engine) -> None:
    own = account_of(engine, "administrator-None-None")
    everything = permitted(engine, "administrator")
    without = table("administrator", everything - {"role:manage"})
    assert administrator.post("/manage/roles/permissions", data=without).status_code == 409
    assert permitted(engine, "administrator") == everything
    closed = {"deed": "details", "display_name": "A", "language": "en"}
    assert administrator.post(f"/manage/accounts/{own}", data=closed).status_code == 409
    grant = re.findall(r'name="grant" value="(\d+)"', administrator.get(f"/manage/accounts/{own}").text)[0]
    answer = administrator.post(f"/manage/accounts/{own}", data={"deed": "withdraw", "grant": grant})
    assert answer.status_code == 409
    assert "必须至少保留一位" in answer.text
    assert administrator.get("/manage/roles").status_code == 200


def test_nobody_gives_more_than_they_hold(sign_in: SignIn, administrator: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("insert into ops.role_permission values ('quality', 'account:manage')"))
        connection.execute(text("insert into ops.role_permission values ('finance', 'role:manage')"))
    keeper, own = sign_in("quality"), account_of(engine, "administrator-None-None")
    victim = account_of(engine, "quality-None-None")
    answer = keeper.post(f"/manage/accounts/{victim}", data={"deed": "grant", "role": "administrator", "project": ""})
    assert answer.status_code == 403
    assert keeper.get("/manage/roles").status_code == 403
    writer = sign_in("finance")
    more = permitted(engine, "finance") | {"person:reveal"}
    assert writer.post("/manage/roles/permissions", data=table("finance", more)).status_code == 403
    assert "person:reveal" not in permitted(engine, "finance")
    assert own


def test_rights_over_one_project_do_not_manage_the_house(sign_in: SignIn) -> None:
    local = sign_in("administrator", project="HZ01")
    menu = local.get("/manage").text
    for path in ("/manage/accounts", "/manage/roles", "/manage/webhooks", "/manage/audit"):
        assert local.get(path).status_code == 403
        assert f'href="{path}"' not in menu
    assert 'href="/manage/dispatch"' in menu


def test_an_account_is_made_with_a_password_shown_once_and_closed_with_its_sessions(
    administrator: TestClient, client: TestClient, engine: Engine
) -> None:
    new = {"login": "li.jing", "display_name": "李静", "language": "zh-CN", "staff_number": "S-W1"}
    page = administrator.post("/manage/accounts", data=new)
    password = re.search(r'class="secret figures">([^<]+)<', page.text)
    assert password is not None
    account = account_of(engine, "li.jing")
    assert password[1] not in administrator.get(f"/manage/accounts/{account}").text
    administrator.post(f"/manage/accounts/{account}", data={"deed": "grant", "role": "desk", "project": ""})
    headers = {"origin": "http://testserver"}
    signed = client.post("/api/v1/session", json={"login": "li.jing", "password": password[1]}, headers=headers)
    assert signed.status_code == 204
    own = {"present": password[1], "chosen": "a long phrase", "repeated": "a long phrase"}
    client.post("/account/password", data=own, headers=headers)
    assert client.get("/api/v1/session").json()["roles"] == ["desk"]
    token = client.post("/api/v1/tokens", json={"name": "x", "scopes": ["ticket:read"]}, headers=headers).json()
    details = {"deed": "details", "display_name": "李静", "language": "zh-CN", "staff_number": "S-W1"}
    administrator.post(f"/manage/accounts/{account}", data=details)
    assert client.get("/api/v1/session").status_code == 401
    bearer = {"authorization": f"Bearer {token['token']}"}
    assert TestClient(client.app).get("/api/v1/session", headers=bearer).status_code == 401
    administrator.post(f"/manage/accounts/{account}", data=details | {"is_active": "1"})
    assert client.get("/api/v1/session").status_code == 401
    assert "account:close" in [deed for deed, _ in deeds(engine)]


def test_what_is_wrong_with_a_new_account_stands_beside_the_field(administrator: TestClient) -> None:
    for typed, words in (
        ({"login": "Ö", "display_name": "x"}, "小写字母"),
        ({"login": "administrator-none-none2", "display_name": " "}, "请填写同事看到的姓名"),
        ({"login": "someone", "display_name": "x", "staff_number": "nobody"}, "没有此工号"),
    ):
        answer = administrator.post("/manage/accounts", data={"language": "zh-CN"} | typed)
        assert answer.status_code == 422
        assert words in answer.text
        assert 'aria-invalid="true"' in answer.text


def delegation(to: str, *, days: int = 3, reason: str = "年假") -> dict[str, str]:
    until = (TODAY + dt.timedelta(days=days)).isoformat()
    return {"to": to, "from": TODAY.isoformat(), "until": until, "reason": reason}


def test_a_deputy_acts_for_somebody_on_leave_and_the_deed_says_so(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk, deputy = sign_in("desk", project="HZ01"), sign_in("quality", project="SH02")
    ticket = create(desk)
    number = ticket["number"]
    act = {"action": "complete", "choice": "accept", "version": ticket["version"], "data": {}}
    assert deputy.get(f"/api/v1/tickets/{number}").status_code == 404
    page = desk.post("/account/delegation", data=delegation(account_of(engine, "quality-SH02-None")))
    assert page.status_code == 200, page.text
    assert "生效中" in page.text
    assert "desk-HZ01-None" in deputy.get("/desk").text
    done = deputy.post(f"/api/v1/tickets/{number}/actions", json=act)
    assert done.status_code == 200, done.text
    with engine.connect() as connection:
        payload = connection.execute(
            text("select payload from ops.ticket_event order by version desc limit 1")
        ).scalar_one()
    assert payload["on_behalf_of"] == account_of(engine, "desk-HZ01-None")
    own = create(sign_in("administrator"), unit_code="SH02-03-1801")
    message = deputy.get(f"/api/v1/tickets/{own['number']}")
    assert message.status_code == 200
    listed = desk.get("/account/delegation").text
    id = re.findall(r'name="delegation" value="([^"]+)"', listed)[0]
    assert deputy.post("/account/delegation/end", data={"delegation": id}).status_code == 404
    desk.post("/account/delegation/end", data={"delegation": id})
    assert deputy.get(f"/api/v1/tickets/{number}").status_code == 404
    kept = [deed for deed, _ in deeds(engine) if deed.startswith("delegation:")]
    assert kept == ["delegation:begin", "delegation:end"]


def test_a_deputy_gains_no_management_passes_nothing_on_and_gives_it_to_no_token(
    sign_in: SignIn, administrator: TestClient, engine: Engine
) -> None:
    deputy, third = sign_in("quality"), sign_in("finance")
    administrator.post("/account/delegation", data=delegation(account_of(engine, "quality-None-None")))
    assert deputy.get("/desk/new").status_code == 200
    for path in ("/manage/accounts", "/manage/roles"):
        assert deputy.get(path).status_code == 403
    deputy.post("/account/delegation", data=delegation(account_of(engine, "finance-None-None")))
    assert third.get("/desk/new").status_code == 403
    answer = deputy.post("/api/v1/tokens", json={"name": "x", "scopes": ["ticket:create"]})
    assert answer.status_code == 422
    with engine.begin() as connection:
        connection.execute(text("update ops.delegation set starts_at = now() - interval '2 days', ends_at = now()"))
    assert deputy.get("/desk/new").status_code == 403


def test_a_delegation_needs_a_deputy_a_reason_and_days_that_make_sense(sign_in: SignIn, engine: Engine) -> None:
    desk = sign_in("desk")
    sign_in("quality")
    deputy, own = account_of(engine, "quality-None-None"), account_of(engine, "desk-None-None")
    for typed in (
        delegation(own),
        delegation(deputy, days=-2),
        delegation(deputy, days=900),
        delegation(deputy, reason=" "),
        delegation(deputy) | {"until": "soon"},
    ):
        assert desk.post("/account/delegation", data=typed).status_code == 422, typed
    assert desk.post("/account/delegation", data=delegation("nobody")).status_code == 404
    assert desk.post("/account/delegation", data=delegation(deputy)).status_code == 200
    assert desk.post("/account/delegation", data=delegation(deputy)).status_code == 422


def test_a_token_is_issued_on_a_page_shown_once_works_and_ends(sign_in: SignIn, client: TestClient) -> None:
    desk = sign_in("desk")
    page = desk.post("/account/tokens", data={"name": "水表告警", "scopes": ["ticket:read"]})
    token = re.search(r'class="secret figures">([^<]+)<', page.text)
    assert token is not None
    assert token[1] not in desk.get("/account/tokens").text
    bearer = {"authorization": f"Bearer {token[1]}"}
    assert client.get("/api/v1/tickets", headers=bearer).status_code == 200
    assert client.get("/api/v1/homes?search=1", headers=bearer).status_code == 403
    id = re.findall(r'name="token" value="([^"]+)"', page.text)[0]
    desk.post("/account/tokens/revoke", data={"token": id})
    assert client.get("/api/v1/tickets", headers=bearer).status_code == 401
    assert desk.post("/account/tokens", data={"name": "x"}).status_code == 422

"""One's own password: chosen by oneself, at once where somebody else gave it, and known by nobody who guesses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
PRESENT = "correct horse battery"
OWN = "three quiet herons"


@pytest.fixture
def desk(sign_in: SignIn) -> TestClient:
    return sign_in("desk")


@pytest.fixture
def another_browser(app: FastAPI, client: TestClient) -> TestClient:
    browser = TestClient(app, headers={"origin": "http://testserver"}, follow_redirects=False)
    browser.portal = client.portal
    return browser


def change(browser: TestClient, *, present: str = PRESENT, chosen: str = OWN, repeated: str | None = None) -> int:
    typed = {"present": present, "chosen": chosen, "repeated": chosen if repeated is None else repeated}
    return browser.post("/account/password", data=typed, follow_redirects=False).status_code


def signs_in(browser: TestClient, password: str, login: str = "desk-None-None") -> bool:
    browser.cookies.clear()
    typed = {"login": login, "password": password, "next": "/desk"}
    return browser.post("/sign-in", data=typed, follow_redirects=False).status_code == 303


def test_a_changed_password_signs_in_the_old_one_does_not_and_other_browsers_are_out(
    desk: TestClient, another_browser: TestClient, engine: Engine
) -> None:
    assert signs_in(another_browser, PRESENT)
    assert another_browser.get("/desk").status_code == 200
    assert change(desk) == 303
    assert desk.get("/desk").status_code == 200
    assert another_browser.get("/desk").status_code == 303
    assert not signs_in(another_browser, PRESENT)
    assert signs_in(another_browser, OWN)
    with engine.connect() as connection:
        deeds = connection.execute(text("select deed, detail::text from ops.audit_entry")).all()
    assert "account:own_password" in [deed for deed, _ in deeds]
    assert not any(OWN in detail or PRESENT in detail for _, detail in deeds)


@pytest.mark.parametrize(
    ("chosen", "repeated"),
    [
        ("short", None),
        (PRESENT, None),
        ("desk-None-None1", None),
        ("1212121212", None),
        (OWN, "three quiet heron"),
        ("", None),
    ],
)
def test_what_is_easy_to_guess_or_mistyped_is_refused_and_changes_nothing(
    desk: TestClient, another_browser: TestClient, chosen: str, repeated: str | None
) -> None:
    assert change(desk, chosen=chosen, repeated=repeated) == 422
    assert signs_in(another_browser, PRESENT)


def test_whoever_found_an_open_browser_cannot_guess_the_present_password_for_long(desk: TestClient) -> None:
    assert {change(desk, present=f"guess {number}") for number in range(5)} == {422}
    refused = desk.post("/account/password", data={"present": PRESENT, "chosen": OWN, "repeated": OWN})
    assert refused.status_code == 429
    assert "秒" in refused.text


@pytest.fixture
def given(sign_in: SignIn, another_browser: TestClient, engine: Engine) -> tuple[TestClient, str]:
    """The browser of a colleague whose password an administrator has just set, and that password."""
    sign_in("desk")
    administrator = sign_in("administrator")
    with engine.connect() as connection:
        id = connection.execute(text("select id from ops.account where login = 'desk-None-None'")).scalar_one()
    page = administrator.post(f"/manage/accounts/{id}", data={"deed": "password"}).text
    password = page.partition('class="secret figures">')[2].partition("<")[0].strip()
    assert password
    return another_browser, password


def test_with_a_password_from_an_administrator_nothing_is_open_until_it_is_changed(
    given: tuple[TestClient, str],
) -> None:
    browser, password = given
    assert signs_in(browser, password)
    assert browser.get("/desk?view=all").headers["location"] == "/account/password?next=/desk?view=all"
    assert browser.get("/sign-in?next=/cockpits/finance").headers["location"].startswith("/account/password?")
    refused = browser.get("/api/v1/session")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_temporary")
    assert browser.get("/api/v1/tickets").status_code == 403
    page = browser.get("/account/password?next=/desk")
    assert "管理员" in page.text
    assert 'class="site-nav"' not in page.text
    assert change(browser, present=password, chosen=password) == 422
    assert change(browser, present=password) == 303
    assert browser.get("/desk").status_code == 200
    assert browser.get("/api/v1/session").status_code == 200
    described = browser.get("/api/v1/openapi.json").json()["paths"]["/api/v1/session"]["get"]["responses"]
    assert "password_temporary" in described["403"]["content"]["application/problem+json"]["examples"]


def test_with_such_a_password_one_may_sign_out(given: tuple[TestClient, str]) -> None:
    browser, password = given
    assert signs_in(browser, password)
    assert browser.delete("/api/v1/session").status_code == 204
    assert browser.get("/account/password").headers["location"].startswith("/sign-in")


def test_a_new_account_starts_with_a_password_to_be_changed(
    sign_in: SignIn, another_browser: TestClient, engine: Engine
) -> None:
    new = {"login": "lin.yue", "display_name": "林月", "language": "zh-CN"}
    answer = sign_in("administrator").post("/manage/accounts", data=new)
    assert answer.status_code == 200, answer.text
    password = answer.text.partition('class="secret figures">')[2].partition("<")[0].strip()
    assert signs_in(another_browser, password, login="lin.yue")
    assert another_browser.get("/notices").headers["location"].startswith("/account/password")
    with engine.connect() as connection:
        assert connection.execute(
            text("select password_is_temporary from ops.account where login = 'lin.yue'")
        ).scalar_one()


def test_a_way_on_leads_to_this_site_alone(desk: TestClient) -> None:
    typed = {"present": PRESENT, "chosen": OWN, "repeated": OWN, "next": "https://elsewhere.example/"}
    answer = desk.post("/account/password", data=typed, follow_redirects=False)
    assert answer.headers["location"] == "/"

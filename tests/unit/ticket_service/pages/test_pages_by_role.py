"""Every page opens for those who may see it, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, str]]

DESK_PAGES = ("/desk", "/desk?view=overdue", "/desk/tickets/{number}")
READERS = (
    "desk",
    "supervisor",
    "quality",
    "finance",
    "executive",
    "administrator",
    "property_lead",
    "area_lead",
    "warehouse",
    "manager",
)
CREATORS = ("desk", "supervisor", "administrator")
LABELLED = {"input", "select", "textarea"}


@pytest.fixture
def number(sign_in: SignIn, create: Create) -> str:
    """The number of a new ticket."""
    return str(create(sign_in("desk", staff="S-P1"))["number"])


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_desk_opens_for_every_role_that_reads_tickets(language: str, number: str, sign_in: SignIn) -> None:
    for role in READERS:
        reader = sign_in(role)
        reader.post("/language", data={"language": language})
        for page in DESK_PAGES:
            answer = reader.get(page.format(number=number))
            assert answer.status_code == 200, answer.text
            assert f'<html lang="{language}">' in answer.text


def test_a_new_ticket_is_offered_to_those_who_may_create_one(sign_in: SignIn) -> None:
    for role in CREATORS:
        reader = sign_in(role)
        assert reader.get("/desk/new").status_code == 200
        assert 'href="/desk/new"' in reader.get("/desk").text


def test_a_new_ticket_is_refused_to_everybody_else_with_a_page(sign_in: SignIn) -> None:
    for role in set(READERS) - set(CREATORS):
        reader = sign_in(role)
        answer = reader.get("/desk/new")
        assert answer.status_code == 403
        assert "<h1>" in answer.text
        assert "新建工单" in answer.text
        assert 'href="/desk/new"' not in reader.get("/desk").text


def test_jobs_open_for_those_who_act_on_tickets_and_for_nobody_else(
    number: str, sign_in: SignIn, engine: Engine
) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "delete from ops.role_permission where role_code in ('executive', 'desk') and permission = 'ticket:act'"
            )
        )
    for role in (*READERS, "technician"):
        worker = sign_in(role)
        expected = 403 if role in ("executive", "desk") else 200
        assert worker.get("/work").status_code == expected, role
        assert worker.get(f"/work/{number}").status_code == expected, role


def test_a_stranger_is_led_to_the_sign_in_and_from_there_to_the_page_wanted(owner: TestClient) -> None:
    for page in ("/desk", "/desk/new", "/work", "/desk/tickets/T00000001"):
        answer = owner.get(page, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={page}")
        assert f'name="next" value="{page}"' in owner.get(answer.headers["location"]).text


def test_a_ticket_of_another_project_looks_like_none(number: str, sign_in: SignIn) -> None:
    elsewhere = sign_in("desk", project="SH02")
    assert elsewhere.get(f"/desk/tickets/{number}").status_code == 404
    assert number not in elsewhere.get("/desk?view=open").text


def test_a_sign_in_leads_nowhere_outside_the_site(owner: TestClient) -> None:
    for path in ("https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example"):
        assert 'name="next" value="/"' in owner.get("/sign-in", params={"next": path}).text


def test_a_wrong_password_says_so_and_keeps_the_login(owner: TestClient) -> None:
    answer = owner.post("/sign-in", data={"login": "nobody", "password": "wrong"})
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text
    assert 'value="nobody"' in answer.text


def test_an_unknown_page_is_a_page_in_the_language_chosen(owner: TestClient) -> None:
    assert "这里什么也没有" in owner.get("/nowhere").text
    owner.post("/language", data={"language": "en"})
    answer = owner.get("/nowhere")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text
    assert owner.get("/api/v1/nowhere").headers["content-type"] == "application/problem+json"


def test_an_unknown_link_is_explained(owner: TestClient) -> None:
    answer = owner.get("/track/unknown")
    assert answer.status_code == 404
    assert "此链接已失效或不存在" in answer.text


def test_pages_load_nothing_from_elsewhere_and_hold_no_script_or_style(
    number: str, sign_in: SignIn, owner: TestClient
) -> None:
    desk = sign_in("desk")
    pages = [desk.get(page).text for page in ("/desk", "/desk/new", f"/desk/tickets/{number}", f"/work/{number}")]
    pages += [owner.get(page).text for page in ("/report", "/sign-in", "/nowhere")]
    for html in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
        assert not re.search(r'(?:src|href)="https?://(?!127\.0\.0\.1)', html)


def test_every_field_has_a_label(number: str, sign_in: SignIn, owner: TestClient) -> None:
    desk = sign_in("supervisor")
    pages = {page: desk.get(page).text for page in ("/desk", "/desk/new", f"/desk/tickets/{number}", f"/work/{number}")}
    pages |= {page: owner.get(page).text for page in ("/report", "/sign-in")}
    for page, html in pages.items():
        fields = Fields()
        fields.feed(html)
        assert fields.unlabelled() == [], page
        assert fields.repeated_ids() == [], page


class Fields(HTMLParser):
    """Collects fields, labels and ids of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.labels: set[str] = set()
        self.ids: list[str] = []
        self.fields: list[tuple[str, dict[str, str | None], bool]] = []
        self.label_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        if tag == "label":
            self.label_depth += 1
            self.labels.add(str(given.get("for")))
        if tag in LABELLED and given.get("type") != "hidden":
            self.fields.append((tag, given, self.label_depth > 0))

    def handle_endtag(self, tag: str) -> None:
        if tag == "label":
            self.label_depth -= 1

    def unlabelled(self) -> list[str]:
        return [
            f"{tag} {given.get('name')}"
            for tag, given, is_inside in self.fields
            if not is_inside and given.get("id") not in self.labels and not given.get("aria-label")
        ]

    def repeated_ids(self) -> list[str]:
        return sorted({one for one in self.ids if self.ids.count(one) > 1})

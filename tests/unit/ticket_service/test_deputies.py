"""Work given to somebody on leave is their deputy's while it lasts, says for whom, and never adds two people up."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from tests.unit.ticket_service.pages.test_rights import account_of, delegation
from tests.watched_process import publish, watched

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]


def scalar(engine: Engine, statement: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


def write(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def do(client: TestClient, number: str, action: str, *, version: int | None = None, **body: Any) -> Any:
    if version is None:
        version = client.get(f"/api/v1/tickets/{number}").json()["version"]
    return client.post(f"/api/v1/tickets/{number}/actions", json={"action": action, "version": version} | body)


def given_to(engine: Engine, create: Create, desk: TestClient, staff: str, **changes: Any) -> str:
    """The number of a ticket whose visit was given to a technician."""
    number = str(create(desk, **changes)["number"])
    assert do(desk, number, "complete", choice="accept").status_code == 200
    id = str(scalar(engine, f"select id from ops.staff where staff_number = '{staff}'"))
    assert do(desk, number, "complete", choice="dispatch", data={"technician_id": id}).status_code == 200
    return number


def leave(engine: Engine, away: TestClient, deputy: str) -> None:
    """`away` names a deputy from an hour ago on."""
    assert away.post("/account/delegation", data=delegation(account_of(engine, deputy))).status_code == 200
    write(engine, "update ops.delegation set starts_at = now() - interval '1 hour'")


def mine(client: TestClient) -> list[str]:
    return [row["number"] for row in client.get("/api/v1/tickets", params={"is_mine": True}).json()["items"]]


def test_a_deputy_sees_and_does_the_visits_of_a_colleague_until_the_leave_ends(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk = sign_in("desk")
    away, deputy = sign_in("technician", staff="S-W1"), sign_in("technician", staff="S-P1")
    number = given_to(engine, create, desk, "S-W1")
    later = given_to(engine, create, desk, "S-W1", unit_code="HZ01-03-1801")
    assert mine(deputy) == []
    assert do(deputy, number, "depart").json()["code"] == "task_of_another"
    leave(engine, away, "technician-None-S-P1")

    assert set(mine(deputy)) == {number, later}
    work = deputy.get("/work").text
    assert f'href="/work/{number}"' in work
    assert "technician-None-S-W1" in work
    page = deputy.get(f"/work/{number}").text
    assert "出发" in page
    assert do(deputy, number, "depart").status_code == 200
    assert scalar(engine, "select staff_number from ops.visit join ops.staff on staff.id = technician_id") == "S-P1"
    payload = scalar(engine, "select payload from ops.ticket_event where kind = 'visit:depart'")
    assert payload["on_behalf_of"] == account_of(engine, "technician-None-S-W1")
    log = desk.get(f"/desk/tickets/{number}").text
    assert "technician-None-S-P1 代 technician-None-S-W1" in log
    assert "technician-None-S-P1 已出发" in log
    # The number of the owner is needed at the door, as it would be by whom the job was given to.
    assert deputy.post(f"/work/{number}/call", data={}, follow_redirects=False).status_code == 303

    write(engine, "update ops.delegation set ends_at = now()")
    assert mine(deputy) == []
    assert later not in deputy.get("/work").text
    assert do(deputy, later, "depart").json()["code"] == "task_of_another"
    assert do(away, later, "depart").status_code == 200


def test_a_deputy_who_is_no_technician_has_the_work_of_one_meanwhile(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    away, deputy = sign_in("technician", project="HZ01", staff="S-W1"), sign_in("quality", project="SH02")
    number = given_to(engine, create, sign_in("desk"), "S-W1")
    assert deputy.get(f"/api/v1/tickets/{number}").status_code == 404
    leave(engine, away, "quality-SH02-None")
    assert mine(deputy) == [number]
    assert number in deputy.get("/work").text
    assert do(deputy, number, "depart").status_code == 200
    assert scalar(engine, "select staff_number from ops.visit join ops.staff on staff.id = technician_id") == "S-W1"


def test_the_rights_of_two_people_never_add_up(sign_in: SignIn, create: Create, engine: Engine) -> None:
    desk = sign_in("desk")
    away = sign_in("technician", project="HZ01", staff="S-W1")
    deputy = sign_in("technician", project="SH02", staff="S-P1")
    leave(engine, away, "technician-SH02-S-P1")
    # Given while the rights reached further: now neither of the two may do it, and so both together may not.
    foreign = given_to(engine, create, desk, "S-W1", unit_code="SH02-03-1801")
    assert mine(deputy) == []
    assert foreign not in deputy.get("/work").text
    refused = do(deputy, foreign, "depart")
    assert (refused.status_code, refused.json()["code"]) == (403, "task_of_another")
    assert deputy.post(f"/work/{foreign}/call", data={}, follow_redirects=False).status_code == 403
    own = given_to(engine, create, desk, "S-W1")
    assert mine(deputy) == [own]
    assert do(deputy, own, "depart").status_code == 200


@pytest.mark.parametrize("is_over", [False, True])
def test_an_approval_asked_of_a_person_waits_for_their_deputy(
    is_over: bool, sign_in: SignIn, create: Create, engine: Engine
) -> None:
    with engine.begin() as connection:
        publish(connection, watched(approvers=[{"staff_number": "S-W1"}]))
    desk, away, deputy = sign_in("desk"), sign_in("finance", staff="S-W1"), sign_in("quality", staff="S-P1")
    number = str(create(desk)["number"])
    assert do(desk, number, "complete", choice="done", data={"estimated_cost_fen": 60_000}).status_code == 200
    leave(engine, away, "quality-None-S-P1")
    if is_over:
        write(engine, "update ops.delegation set ends_at = now()")
    waiting = [one["number"] for one in deputy.get("/api/v1/approvals").json()]
    assert waiting == ([] if is_over else [number])
    assert do(deputy, number, "approve").status_code == (403 if is_over else 200)
    decided_by = scalar(engine, "select login from ops.approval left join ops.account on account.id = decided_by")
    assert decided_by == (None if is_over else "quality-None-S-P1")


def test_the_queue_has_a_view_of_what_waits_for_oneself_and_those_one_stands_in_for(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk = sign_in("desk")
    away, deputy = sign_in("technician", staff="S-W1"), sign_in("supervisor", staff="S-P1")
    theirs = given_to(engine, create, desk, "S-W1")
    own = given_to(engine, create, desk, "S-P1", unit_code="HZ01-03-1801")
    nobodys = str(create(desk)["number"])

    def shown(client: TestClient) -> set[str]:
        page = client.get("/desk?view=mine").text
        return {number for number in (theirs, own, nobodys) if f"/desk/tickets/{number}" in page}

    def tab(client: TestClient) -> str:
        found = re.search(
            r'<a href="/desk\?view=mine"[^>]*>([^<]*)<span class="count ">(\d+)', client.get("/desk").text
        )
        return f"{found[1].strip()} {found[2]}" if found else ""

    assert (tab(deputy), shown(deputy)) == ("我的工单 1", {own})
    leave(engine, away, "supervisor-None-S-P1")
    assert (tab(deputy), shown(deputy)) == ("我的工单 2", {own, theirs})
    # Nothing can be given in person to whoever is no colleague on the books.
    assert tab(desk) == ""


def test_a_deputy_reads_the_notices_of_whom_they_stand_in_for_and_takes_none_away(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk = sign_in("desk")
    away = sign_in("technician", project="HZ01", staff="S-W1")
    deputy = sign_in("quality", project="SH02")
    number = str(create(desk)["number"])
    foreign = str(create(desk, unit_code="SH02-03-1801")["number"])
    account = account_of(engine, "technician-HZ01-S-W1")

    def tell(title: str, about: str, when: str = "now()") -> None:
        write(
            engine,
            f"""insert into ops.notice (ticket_id, event_version, recipient_kind, account_id, title_zh, title_en,
                                        created_at)
                select id, 1, 'account', '{account}', '{title}', '{title}', {when} from ops.ticket
                 where number = '{about}'""",
        )

    tell("read before the leave", number, "now() - interval '3 days'")
    assert away.post("/notices/read", data={}, follow_redirects=False).status_code == 303
    tell("not read before the leave", number, "now() - interval '2 days'")
    leave(engine, away, "quality-SH02-None")
    tell("came during the leave", number)
    tell("of another project", foreign)

    def titles(client: TestClient) -> list[str]:
        found = re.findall(r'class="notice-title"[^>]*>([^<]*)<', client.get("/notices").text)
        return [one.strip() for one in found]

    def unread(client: TestClient) -> int:
        return client.get("/notices").text.count("is-unread")

    assert titles(deputy) == ["came during the leave", "not read before the leave"]
    assert "代 technician-HZ01-S-W1" in deputy.get("/notices").text
    assert "代 technician" not in away.get("/notices").text
    assert (unread(deputy), unread(away)) == (2, 3)
    assert deputy.post("/notices/read", data={}, follow_redirects=False).status_code == 303
    assert (unread(deputy), unread(away)) == (0, 3), "each marks for themselves"
    assert away.post("/notices/read", data={}, follow_redirects=False).status_code == 303
    # What came while somebody stands in stays theirs to look at; what the other has dealt with before does not.
    assert titles(deputy) == ["came during the leave"]
    write(engine, "update ops.delegation set ends_at = now()")
    assert titles(deputy) == []
    assert len(titles(away)) == 4


def test_a_refusal_says_who_may_act_with_the_names_of_the_house(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    desk = sign_in("desk")
    definition = watched()
    definition["nodes"][1]["role"] = "estate_keeper"
    with engine.begin() as connection:
        connection.execute(
            text("insert into ops.role (code, name_zh, name_en) values ('estate_keeper', '园区管家', 'Estate keeper')")
        )
        publish(connection, definition)
    number = str(create(desk)["number"])
    for language, name in (("zh-CN", "园区管家"), ("en", "Estate keeper")):
        desk.headers["accept-language"] = language
        assert desk.post("/language", data={"language": language}, follow_redirects=False).status_code == 303
        refused = do(desk, number, "complete", choice="done").json()
        assert name in refused["detail"], refused
        assert "estate_keeper" not in refused["detail"]

"""Approvals on Postgres: who may answer, who counts, and one winner however many answer at once."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from psycopg.errors import LockNotAvailable
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.identifiers import uuid7
from core.settings import Settings
from core.vocabulary import ActorKind, Channel, Permission
from ops_db.actor import Actor, Grant
from ops_db.approvals import service as approvals
from ops_db.engine import worker_engine
from ops_db.errors import DomainError
from ops_db.personal_data import PersonalData
from ops_db.process.errors import ProcessError
from ops_db.tickets.acting import act
from ops_db.tickets.opening import NewTicket, open_ticket
from tests.watched_process import publish, watched

START: Final = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
SIGNERS: Final = 20


def actor(role: str, *, id: UUID | None = None) -> Actor:
    id = id or uuid7()
    return Actor(ActorKind.ACCOUNT, id, (Grant(role, frozenset(Permission)),), account_id=id, login=role)


async def at_approval(engine: AsyncEngine, keys: PersonalData) -> tuple[str, int]:
    """A ticket that waits for money; its number and version."""
    desk = actor("desk")
    new = NewTicket(channel=Channel.DESK, description="渗水", unit_code="HZ01-03-1801")
    async with engine.begin() as connection:
        opened = await open_ticket(connection, new, actor=desk, now=START, personal_data=keys)
        data = {"estimated_cost_fen": 60_000}
        done = await act(
            connection, opened.number, actor=desk, action="complete", version=1, choice="done", data=data, now=START
        )
    return opened.number, done.version


async def answer(engine: AsyncEngine, number: str, version: int | None, who: Actor, action: str = "approve") -> str:
    """What became of an answer: `done`, or the code of the refusal."""
    data = {"reason": "too dear"} if action == "decline" else {}
    try:
        async with engine.begin() as connection:
            await act(connection, number, actor=who, action=action, version=version, data=data, now=START)
    except (DomainError, ProcessError) as error:
        return error.code
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        # On a busy machine somebody waits too long for the lock of the ticket; a page would try again.
        return "unavailable"
    return "done"


def in_house(url: str, work: Callable[[AsyncEngine], Any]) -> Any:
    async def go() -> Any:
        engine = worker_engine(url, pool_size=SIGNERS)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    return asyncio.run(go())


@pytest.mark.parametrize("rounds", [20, pytest.param(500, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])])
def test_twenty_who_approve_at_once_have_one_winner_each_round(
    rounds: int, database_url: str, settings: Settings, engine: Engine
) -> None:
    with engine.begin() as connection:
        publish(connection, watched(approvers=[{"role": "finance"}]))
    keys = PersonalData.of(settings)
    people = [actor("finance") for _ in range(SIGNERS)]

    async def all_rounds(pool: AsyncEngine) -> Counter[str]:
        codes: Counter[str] = Counter()
        for turn in range(rounds):
            number, version = await at_approval(pool, keys)
            # Half look at the version, half take whatever it is now.
            looked = [version if place % 2 == turn % 2 else None for place in range(SIGNERS)]
            answers = [answer(pool, number, seen, who) for seen, who in zip(looked, people, strict=True)]
            found = await asyncio.gather(*answers)
            assert found.count("done") == 1, found
            codes.update(found)
        return codes

    codes = in_house(database_url, all_rounds)
    assert codes["done"] == rounds
    refusals = {"version_conflict", "action_not_allowed", "task_not_named", "task_not_open", "unavailable"}
    assert set(codes) <= {"done"} | refusals
    with engine.connect() as connection:
        counted = connection.execute(
            text("""
                select (select count(*) from ops.ticket_event where kind = 'approval:approve') as approved,
                       (select count(*) from ops.approval where state = 'approved') as signed,
                       (select count(*) from ops.task where node_key = 'money' and outcome = 'approved') as passed,
                       (select count(*) from ops.task where node_key = 'left') as opened,
                       (select count(*) from ops.timer where state = 'planned') as running
            """)
        ).one()
    assert tuple(counted) == (rounds, rounds, rounds, rounds, 0)


def test_two_roles_of_one_person_count_once(database_url: str, settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        publish(connection, watched())
    keys = PersonalData.of(settings)
    id = uuid7()
    both = Actor(
        ActorKind.ACCOUNT,
        id,
        (Grant("finance", frozenset(Permission)), Grant("manager", frozenset(Permission))),
        account_id=id,
    )

    async def story(pool: AsyncEngine) -> tuple[str, ...]:
        number, version = await at_approval(pool, keys)
        first = await answer(pool, number, version, both)
        async with pool.connect() as connection:
            waits = await approvals.waiting(connection, actor=both)
            waits_for_another = await approvals.waiting(connection, actor=actor("manager"))
        assert (len(waits), len(waits_for_another)) == (0, 1)
        again = await answer(pool, number, version + 1, both)
        return first, again, await answer(pool, number, version + 1, actor("manager"))

    assert in_house(database_url, story) == ("done", "already_signed", "done")


def test_a_person_declines_and_the_ticket_ends_as_the_process_says(
    database_url: str, settings: Settings, engine: Engine
) -> None:
    with engine.begin() as connection:
        publish(connection, watched())

    async def story(pool: AsyncEngine) -> str:
        number, version = await at_approval(pool, PersonalData.of(settings))
        return await answer(pool, number, version, actor("finance"), "decline")

    assert in_house(database_url, story) == "done"
    with engine.connect() as connection:
        row = connection.execute(text("select state, closed_at is not null as ended from ops.ticket")).one()
        reasons = connection.execute(text("select state, reason from ops.approval order by position")).all()
    assert tuple(row) == ("rejected", True)
    assert [tuple(one) for one in reasons] == [("declined", "too dear"), ("pending", None)]


@pytest.fixture
def ticket(app: Any, sign_in: Callable[..., TestClient], engine: Engine) -> str:
    with engine.begin() as connection:
        publish(connection, watched(order="sequence"))
    desk = sign_in("desk")
    body = {"channel": "desk", "description": "渗水", "unit_code": "HZ01-03-1801"}
    opened = desk.post("/api/v1/tickets", json=body, headers={"Idempotency-Key": "opened-once"}).json()
    number: str = opened["number"]
    done = {"action": "complete", "choice": "done", "version": 1, "data": {"estimated_cost_fen": 60_000}}
    assert desk.post(f"/api/v1/tickets/{number}/actions", json=done).status_code == 200
    return number


def test_signers_are_asked_in_order_and_may_ask_another_or_hand_over(
    ticket: str, sign_in: Callable[..., TestClient], engine: Engine
) -> None:
    manager, finance = sign_in("manager"), sign_in("finance")

    def do(who: TestClient, action: str, **data: Any) -> Any:
        version = who.get(f"/api/v1/tickets/{ticket}").json()["version"]
        return who.post(f"/api/v1/tickets/{ticket}/actions", json={"action": action, "version": version, "data": data})

    refused = do(manager, "approve")
    assert (refused.status_code, refused.json()["code"]) == (403, "action_not_allowed")
    assert do(finance, "add_signer", role="quality").status_code == 200
    assert do(finance, "approve", note="fits the budget").status_code == 200
    quality = sign_in("quality")
    assert do(quality, "delegate", role="executive").status_code == 200
    executive = sign_in("executive")
    assert do(executive, "approve").status_code == 200
    assert do(manager, "approve").status_code == 200
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
                select role_code, state, reason, added_by is not null as is_added,
                       delegated_from is not null as is_instead
                  from ops.approval order by position, id
            """)
        ).all()
        kinds = connection.execute(text("select kind from ops.ticket_event order by version")).scalars().all()
    assert [tuple(row) for row in rows] == [
        ("finance", "approved", "fits the budget", False, False),
        ("quality", "delegated", None, True, False),
        ("executive", "approved", None, True, True),
        ("manager", "approved", None, False, False),
    ]
    assert kinds[2:] == [
        "approval:add_signer",
        "approval:approve",
        "approval:delegate",
        "approval:approve",
        "approval:approve",
    ]


def test_an_approval_returns_the_ticket_and_asks_anew_afterwards(
    ticket: str, sign_in: Callable[..., TestClient], engine: Engine
) -> None:
    finance = sign_in("finance")
    version = finance.get(f"/api/v1/tickets/{ticket}").json()["version"]
    back = {"action": "return", "choice": "intake", "version": version, "data": {"reason": "no photo"}}
    assert finance.post(f"/api/v1/tickets/{ticket}/actions", json=back).status_code == 200
    with engine.connect() as connection:
        open_tasks = connection.execute(text("select node_key, kind from ops.task where state = 'open'")).all()
        timers = Counter(connection.execute(text("select state from ops.timer")).scalars())
    assert [tuple(row) for row in open_tasks] == [("intake", "task")]
    # Four of the first intake and one of the approval are withdrawn, four of the second intake run.
    assert timers == {"cancelled": 5, "planned": 4}


def test_the_inbox_shows_what_waits_and_decides_it_in_place(ticket: str, sign_in: Callable[..., TestClient]) -> None:
    finance, manager = sign_in("finance"), sign_in("manager")
    page = finance.get("/approvals", headers={"accept-language": "en"}).text
    assert ticket in page
    assert "600" in page
    assert ticket not in manager.get("/approvals").text
    assert ticket not in sign_in("finance", project="SH02").get("/approvals").text

    def field(name: str) -> str:
        return page.split(f'name="{name}" value="')[1].split('"')[0]

    form = {name: field(name) for name in ("task", "version", "idempotency_key")}
    refused = finance.post(f"/approvals/{ticket}", data=form | {"action": "decline", "words": ""})
    assert refused.status_code == 422
    agreed = finance.post(
        f"/approvals/{ticket}", data=form | {"action": "approve", "words": "好"}, follow_redirects=False
    )
    assert (agreed.status_code, agreed.headers["location"]) == (303, "/approvals")
    assert ticket not in finance.get("/approvals").text
    assert ticket in manager.get("/approvals").text
    shown = manager.get(f"/desk/tickets/{ticket}").text
    assert "好" in shown


def test_a_notice_is_unread_until_each_reader_has_read_it(
    database_url: str, settings: Settings, sign_in: Callable[..., TestClient], engine: Engine
) -> None:
    with engine.begin() as connection:
        publish(connection, watched())
        connection.execute(
            text("""
                insert into ops.ticket (project_id, channel, title, process_definition_id, owner_status, reported_at)
                select (select id from ops.project where code = 'HZ01'), 'desk', '渗水', id, 'received', now()
                  from ops.process_definition where key = 'watched'
            """)
        )
        connection.execute(
            text("""
                insert into ops.notice (ticket_id, event_version, recipient_kind, role_code, title_zh, title_en,
                                        created_at)
                select id, 1, 'role', 'finance', '请尽快审批', 'Please decide soon', now() from ops.ticket
            """)
        )
    one, another, elsewhere = sign_in("finance"), sign_in("finance", project="HZ01"), sign_in("finance", project="SH02")
    assert "请尽快审批" in one.get("/notices").text
    assert "bell-count" in one.get("/approvals").text
    assert "请尽快审批" not in elsewhere.get("/notices").text
    assert one.post("/notices/read", follow_redirects=False).status_code == 303
    assert "bell-count" not in one.get("/notices").text
    assert "bell-count" in another.get("/notices").text

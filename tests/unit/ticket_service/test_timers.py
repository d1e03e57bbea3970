"""Timers of running tickets: planned with their step, held with their ticket, fired once, and told to whom they say."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings
from ops_db.actor import SYSTEM
from ops_db.tickets.acting import act
from ops_db.timers.firing import Sweeping, Swept, sweep
from ops_db.timers.reminding import remind
from ops_db.timers.repository import claim, release
from tests.direct_house import START, House
from tests.watched_process import open_many, publish, watched


def later(minutes: float) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


@pytest.fixture
def house(database_url: str, settings: Settings, engine: Engine) -> House:
    return House(database_url, settings, engine)


def test_a_step_plans_its_timers_and_takes_them_along_when_it_ends(house: House) -> None:
    house.open()
    due = {row.timer_key: row.due_at for row in house.rows("select timer_key, due_at from ops.timer")}
    assert due == {"remind": later(30), "report": later(60), "hand_over": later(90), "go": later(120)}
    assert house.sweep(later(29)) == Swept()
    with house.engine.begin() as connection:
        connection.execute(text("update ops.task set role = 'system'"))
    number = house.rows("select number from ops.ticket")[0].number
    house.act(number, "complete", now=later(5), choice="done")
    assert set(house.timers().values()) == {"cancelled"}
    assert house.sweep(later(1_000)) == Swept()


def test_an_hour_of_downtime_is_made_up_for_each_timer_once_and_in_order(house: House) -> None:
    house.open()
    assert house.sweep(later(180), side_by_side=1) == Swept(fired=4)
    assert house.kinds() == ["ticket:create", "timer:warn", "timer:escalate", "timer:reassign", "timer:advance"]
    assert set(house.timers().values()) == {"fired"}
    assert house.sweep(later(181)) == Swept()
    assert [row.node_key for row in house.rows("select node_key from ops.task where state = 'open'")] == [
        "left",
        "right",
    ]


def test_a_reminder_tells_whom_it_says_and_moves_nothing(house: House) -> None:
    number = house.open()
    house.sweep(later(60))
    told = house.rows(
        "select recipient_kind, role_code, title_en, body_zh from ops.notice order by title_en, role_code"
    )
    assert [(row.recipient_kind, row.role_code) for row in told] == [
        ("role", "manager"),
        ("owner", None),
        ("role", "desk"),
        ("role", "supervisor"),
    ]
    assert [row.title_en for row in told] == ["Escalated: intake"] * 2 + ["Reminder: intake"] * 2
    assert {row.body_zh for row in told} == {"waits for an hour", "该步骤已等待 30 分钟。"}
    # Whoever looked at the ticket before the reminders may still act on what they saw.
    acted = house.run(
        lambda one: act(one, number, actor=SYSTEM, action="time_out", version=1, now=later(61), data={"timer": "go"})
    )
    assert acted.node_key == "right"


def test_a_pause_holds_the_timers_and_keeps_the_time_used(house: House, sign_in: Callable[..., Any]) -> None:
    number = house.open()
    desk = sign_in("desk")

    def post(action: str, **data: Any) -> None:
        version = desk.get(f"/api/v1/tickets/{number}").json()["version"]
        body = {"action": action, "version": version, "data": data}
        assert desk.post(f"/api/v1/tickets/{number}/actions", json=body).status_code == 200

    # The service's own clock counts here, so the timers are moved to where it is.
    with house.engine.begin() as connection:
        connection.execute(
            text("update ops.timer set due_at = now() + interval '10 minutes' where timer_key = 'remind'")
        )
        connection.execute(text("update ops.timer set state = 'cancelled' where timer_key <> 'remind'"))
    post("pause", reason="waiting_owner")
    held = house.rows("select state, remaining_minutes from ops.timer where timer_key = 'remind'")[0]
    assert held.state == "held"
    assert 9.5 < held.remaining_minutes <= 10
    assert house.sweep(dt.datetime.now(dt.UTC) + dt.timedelta(days=2)) == Swept()
    post("resume")
    again = house.rows("select state, due_at - now() as left, remaining_minutes from ops.timer where state = 'planned'")
    assert len(again) == 1
    assert dt.timedelta(minutes=9) < again[0].left <= dt.timedelta(minutes=10)
    assert again[0].remaining_minutes is None


def test_a_timer_that_cannot_do_its_work_says_why_tells_who_dispatches_and_is_not_tried_again(
    house: House, sign_in: Callable[..., TestClient]
) -> None:
    here = sign_in("supervisor", project="HZ01")
    for role, project in (("supervisor", None), ("supervisor", "SH02"), ("technician", None)):
        sign_in(role, project=project)
    house.open()
    with house.engine.begin() as connection:
        connection.execute(text("update ops.timer set timer_key = 'forgotten' where timer_key = 'remind'"))
    assert house.sweep(later(30)) == Swept(failed=1)
    failed = house.rows("select state, failure from ops.timer where timer_key = 'forgotten'")[0]
    assert failed.state == "failed"
    assert "forgotten" in failed.failure
    assert house.sweep(later(31)) == Swept()
    assert house.kinds() == ["ticket:create"]
    told = house.rows(
        "select account.login from ops.notice join ops.account on account.id = notice.account_id order by login"
    )
    assert [row.login for row in told] == ["supervisor-HZ01-None", "supervisor-None-None"]
    assert "未能自动执行：提醒" in here.get("/notices").text


def test_a_wait_goes_on_by_itself_and_the_end_is_told(house: House) -> None:
    number = house.open()
    house.sweep(later(180), side_by_side=1)
    with house.engine.begin() as connection:
        # Nobody holds these roles here; the system may do what it is given.
        connection.execute(text("update ops.task set role = 'system' where state = 'open'"))
    for task in house.rows("select id from ops.task where state = 'open'"):
        house.act(number, "complete", now=later(200), task_id=task.id, choice="done")
    assert house.rows("select kind, role from ops.task where state = 'open'") == [("timer", "system")]
    assert house.sweep(later(259)) == Swept()
    assert house.sweep(later(260)) == Swept(fired=1)
    assert house.kinds()[-2:] == ["timer:go_on", "ticket:close"]
    told = house.rows("select recipient_kind, body_en from ops.notice where title_en = 'finished' order by 1")
    assert told == [("owner", "all is done"), ("role", "all is done")]
    assert house.rows("select count(*) from ops.task where state = 'open'") == [(0,)]


def test_workers_side_by_side_fire_each_timer_once(house: House) -> None:
    with house.engine.begin() as connection:
        open_many(connection, 200, definition_id=house.definition_id)
    now = dt.datetime.now(dt.UTC)

    async def together(engine: AsyncEngine) -> list[Swept]:
        how = Sweeping(batch=20, side_by_side=3)
        return list(await asyncio.gather(*(sweep(engine, clock=lambda: now, how=how) for _ in range(3))))

    swept = house.with_engine(together)
    assert sum(one.fired for one in swept) == 200
    warned = house.rows(
        "select ticket_id, count(*) as times from ops.ticket_event where kind = 'timer:warn' group by 1"
    )
    assert Counter(row.times for row in warned) == {1: 200}
    assert house.rows("select count(*) from ops.notice") == [(400,)]
    assert house.rows("select count(distinct version) from ops.ticket") == [(1,)]


def test_a_reminder_leaves_alone_what_somebody_moves_and_fires_after_them(house: House) -> None:
    # A process checked by older rules is not judged by today's: no condition may ask for this fact any more.
    old = watched() | {"version": 2}
    old["nodes"][2]["cases"][0]["when"]["field"] = "forgotten_fact"
    with house.engine.begin() as connection:
        definition_id = publish(connection, old)
        open_many(connection, 5, definition_id=definition_id)
    now = dt.datetime.now(dt.UTC)

    async def beside_others(engine: AsyncEngine) -> tuple[int, int]:
        async with engine.begin() as connection:
            batch = await claim(connection, now=now, most=10, seconds=60)
        moving, taken = batch[:2]
        async with engine.connect() as other, engine.connect() as reader:
            await other.execute(text("select from ops.ticket where id = :id for update"), {"id": moving.ticket_id})
            await reader.execute(
                text("update ops.timer set state = 'held', remaining_minutes = 1 where id = :id"), {"id": taken.id}
            )
            await reader.commit()
            async with engine.begin() as connection:
                fired = await remind(connection, batch, now=now)
                assert fired == {timer.id for timer in batch} - {moving.id, taken.id}
                assert await remind(connection, batch, now=now) == set(), "whoever comes second writes nothing"
            await other.rollback()
        async with engine.begin() as connection:
            await release(connection, ids=[timer.id for timer in batch])
        left = await sweep(engine, clock=lambda: now)
        return len(fired), left.fired

    assert house.with_engine(beside_others) == (3, 1)
    assert Counter(row.state for row in house.rows("select state from ops.timer")) == {"fired": 4, "held": 1}
    assert house.rows("select count(*) from ops.ticket_event where kind = 'timer:warn'") == [(4,)]
    assert house.rows("select count(*) from ops.notice") == [(8,)]

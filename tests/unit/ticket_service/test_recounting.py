"""Counting due times anew: an unchanged calendar moves nothing, a changed one everything that runs, and back again."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest
from sqlalchemy import Engine, text

from core.public_holidays import china_special_days
from core.settings import Settings
from core.vocabulary import PauseReason, Severity, SlaTarget
from core.working_time import DEFAULT_CALENDAR, Calendar, WorkingTime
from ops_db.actor import SYSTEM
from ops_db.clock import recounting, service, years
from ops_db.clock.recounting import Preview
from ops_db.seed import PROMISED_MINUTES
from tests.direct_house import START, House
from tests.watched_process import task, timer, words

SEED = 20260302
TICKETS = 16
CLOSED = [dt.date(2026, 3, day) for day in range(5, 20)]


def timed() -> dict[str, Any]:
    """A process with every kind of clock, whose steps the system may take itself."""
    clocks = [
        timer("since_opened", 300, "warn", to=["desk"], clock="working"),
        timer("before_due", 240, "warn", to=["desk"], clock="working", since="before_due"),
        timer("after_due", 120, "escalate", to=["manager"], clock="working", since="after_due"),
        timer("by_the_clock", 90_000, "warn", to=["desk"], since="after_due"),
    ]
    repair = task("repair", "system", "checked", has_visits=True, timers=clocks)
    return {
        "key": "timed",
        "version": 1,
        "title": words("timed"),
        "nodes": [
            {"kind": "start", "key": "begin", "next": "intake"},
            task("intake", "system", "repair", timers=clocks),
            repair,
            task("checked", "system", "closed", timers=clocks),
            {"kind": "end", "key": "closed"},
        ],
        "controls": [{"action": one, "roles": ["system"]} for one in ("pause", "resume")],
    }


@pytest.fixture
def house(database_url: str, settings: Settings, engine: Engine) -> House:
    return House(database_url, settings, engine, timed())


def live_through(house: House, rng: random.Random) -> dt.datetime:
    """Tickets that were opened, moved on, paused and resumed at odd seconds; returns when the last deed was done."""
    last = START
    for _ in range(TICKETS):
        now = START + dt.timedelta(seconds=rng.randrange(86_400))
        number, is_paused, steps = house.open(now=now), False, 0
        for _ in range(rng.randrange(7)):
            now += dt.timedelta(seconds=rng.randrange(1, 40_000))
            if not is_paused and steps < 2 and rng.random() < 0.3:
                house.act(number, "complete", now=now, choice="done")
                steps += 1
                continue
            if is_paused:
                house.act(number, "resume", now=now)
            else:
                house.act(number, "pause", now=now, data={"reason": "waiting_owner"})
            is_paused = not is_paused
        last = max(last, now)
    return last


def clocks(house: House) -> list[Any]:
    """Every due time there is; a timer counts fractions of seconds, which do not matter."""
    return house.rows("""
        select 'ticket' as what, id::text, resolve_due_at as due_at, 0 as remaining from ops.ticket
        union all select 'task', id::text, due_at, 0 from ops.task where state = 'open'
        union all select state, id::text, date_trunc('minute', due_at + interval '1 second'),
                         round(coalesce(remaining_minutes, 0)::numeric, 1)
          from ops.timer where state in ('planned', 'held')
        order by 1, 2
    """)


def looked_at(house: House) -> Preview:
    return house.run(lambda one: recounting.preview(one, "default", actor=SYSTEM))


def counted(house: House, *, now: dt.datetime, most: int = 7) -> int:
    """All parts, one after the other."""
    moved, after = 0, ""
    while True:
        part = house.run(
            lambda one, after=after: recounting.recount_part(  # type: ignore[misc]  # A default of a lambda.
                one, "default", reason="封控", after=after, actor=SYSTEM, now=now, most=most
            )
        )
        moved, after = moved + part.moved, part.after
        assert part.passed == 0
        if not part.left:
            return moved


def set_days(house: House, *, is_working: bool | None, now: dt.datetime) -> None:
    house.run(
        lambda one: service.set_days(
            one, "default", CLOSED[0], CLOSED[-1], is_working=is_working, reason="封控", actor=SYSTEM, now=now
        )
    )


def test_every_running_clock_follows_the_calendar_and_comes_back_with_it(house: House) -> None:
    rng = random.Random(SEED)
    live_through(house, rng)
    paused = house.rows("select count(*) from ops.ticket where pause_reason is not null")[0][0]
    assert 2 <= paused <= TICKETS - 2
    assert looked_at(house).total == TICKETS
    assert looked_at(house).moved == 0, "an unchanged calendar moves nothing"
    before = clocks(house)

    now = dt.datetime(2026, 3, 4, 2, tzinfo=dt.UTC)
    set_days(house, is_working=False, now=now)
    seen = looked_at(house)
    assert seen.moved > TICKETS // 2
    assert len(seen.furthest) == 10
    by = [abs(one.moves_by) for one in seen.furthest]
    assert by == sorted(by, reverse=True)
    assert clocks(house) == before, "looking moves nothing"
    assert counted(house, now=now) == seen.moved
    assert looked_at(house).moved == 0
    assert counted(house, now=now) == 0
    events = house.rows(
        "select count(*), count(distinct ticket_id) from ops.ticket_event where kind = 'clock:recompute'"
    )
    assert events == [(seen.moved, seen.moved)]

    set_days(house, is_working=None, now=now)
    assert counted(house, now=now) == seen.moved
    assert clocks(house) == before


def test_a_paused_and_an_overdue_ticket_get_the_due_time_of_the_calendar_and_what_fired_stays_fired(
    house: House,
) -> None:
    minutes = PROMISED_MINUTES[Severity.NORMAL][SlaTarget.RESOLVE]
    plain = WorkingTime(DEFAULT_CALENDAR)
    paused, overdue = house.open(), house.open()
    pause_at = START + dt.timedelta(hours=1, seconds=31)
    house.act(paused, "pause", now=pause_at, data={"reason": "weather"})
    due = plain.deadline(START, minutes)
    now = due + dt.timedelta(days=1)
    while house.sweep(now).fired:
        pass
    fired = house.rows("select timer_key from ops.timer where state = 'fired'")
    assert len(fired) >= 2
    # A day of the past that was said to be worked: only somebody at the database can say so afterwards.
    day = (START + dt.timedelta(days=1)).date()
    with house.engine.begin() as connection:
        connection.execute(
            text("""insert into ops.calendar_override (calendar_code, on_date, is_working, reason)
                    values ('default', :day, false, '台风')"""),
            {"day": day},
        )
    assert counted(house, now=now) == 2
    closed = WorkingTime(Calendar("c", DEFAULT_CALENDAR.zone, DEFAULT_CALENDAR.week, {day: ()}))
    rows = {row.number: row for row in house.rows("select number, resolve_due_at from ops.ticket")}
    assert rows[overdue].resolve_due_at == rows[paused].resolve_due_at == closed.deadline(START, minutes)
    assert closed.deadline(START, minutes) > due
    assert house.rows("select timer_key from ops.timer where state = 'fired'") == fired
    # Resumed, it goes on with what was left of it.
    resumed_at = now + dt.timedelta(hours=2)
    house.act(paused, "resume", now=resumed_at)
    rows = {row.number: row for row in house.rows("select number, resolve_due_at from ops.ticket")}
    assert rows[paused].resolve_due_at == closed.deadline(START, minutes, [(pause_at, resumed_at)])
    assert looked_at(house).moved == 0


def test_an_open_step_is_put_off_by_a_pause_like_its_ticket(house: House) -> None:
    number = house.open()
    for step in range(2):
        house.act(number, "complete", now=START + dt.timedelta(minutes=10 + step), choice="done")
    house.act(number, "pause", now=START + dt.timedelta(hours=1), data={"reason": "weather"})
    house.act(number, "resume", now=START + dt.timedelta(hours=3))
    found = house.rows("""select task.due_at, ticket.resolve_due_at
                            from ops.task join ops.ticket on ticket.id = ticket_id where task.state = 'open'""")
    assert found[0].due_at == found[0].resolve_due_at


def test_a_pause_stops_the_clocks_that_the_policy_of_the_day_of_the_report_names(house: House) -> None:
    before = house.open()

    def stop_for(target: SlaTarget, *reasons: PauseReason) -> None:
        now = START + dt.timedelta(minutes=1)
        house.run(lambda one: service.stop_for(one, Severity.NORMAL, None, target, reasons, actor=SYSTEM, now=now))

    stop_for(SlaTarget.RESOLVE, PauseReason.WAITING_OWNER)
    opened = START + dt.timedelta(minutes=5)
    numbers = {"before": before, "owner": house.open(now=opened), "contractor": house.open(now=opened)}
    promised = {row.number: row.resolve_due_at for row in house.rows("select number, resolve_due_at from ops.ticket")}
    paused, resumed = START + dt.timedelta(hours=1), START + dt.timedelta(hours=3)
    for name, number in numbers.items():
        reason = "waiting_owner" if name == "owner" else "waiting_contractor"
        house.act(number, "pause", now=paused, data={"reason": reason})
        house.act(number, "resume", now=resumed)
    due = {row.number: row.resolve_due_at for row in house.rows("select number, resolve_due_at from ops.ticket")}
    off = {name: due[number] - promised[number] for name, number in numbers.items()}
    assert off["contractor"] == dt.timedelta(), "the policy of the day lets this clock run on"
    assert off["owner"] > dt.timedelta()
    assert off["before"] > dt.timedelta(), "what was promised before the change stops in every pause"
    # The answer and the arrival are promises of their own, which this change left alone.
    steps = house.rows("""select ticket.number, task.due_at from ops.task join ops.ticket on ticket.id = ticket_id
                           where task.state = 'open' and task.node_key = 'intake'""")
    late = PROMISED_MINUTES[Severity.NORMAL][SlaTarget.ACKNOWLEDGE]
    plain = WorkingTime(DEFAULT_CALENDAR)
    assert {row.number: row.due_at for row in steps}[numbers["contractor"]] == plain.deadline(
        opened, late, [(paused, resumed)]
    )
    assert looked_at(house).moved == 0


def test_a_ticket_somebody_is_moving_is_left_and_said_to_be_left(house: House) -> None:
    for _ in range(3):
        house.open()
    now = dt.datetime(2026, 3, 3, 2, tzinfo=dt.UTC)
    set_days(house, is_working=False, now=now)
    seen = looked_at(house).moved
    with house.engine.connect() as other:
        other.execute(text("select from ops.ticket order by number limit 1 for update"))
        part = house.run(
            lambda one: recounting.recount_part(one, "default", reason="封控", after="", actor=SYSTEM, now=now)
        )
        assert (part.moved, part.passed) == (seen - 1, 1)
    assert looked_at(house).moved == 1


def test_managers_are_asked_for_the_holidays_from_november_on_and_told_once_that_days_changed(house: House) -> None:
    house.open()
    year = next(one for one in range(2026, 2099) if china_special_days(one).is_provisional)
    october, november = (dt.datetime(year - 1, month, 20, 2, tzinfo=dt.UTC) for month in (10, 11))
    with house.engine.begin() as connection:
        connection.execute(text("insert into ops.account (login, password_hash, display_name) values ('m', 'x', 'M')"))
        connection.execute(
            text("insert into ops.account_role (account_id, role_code) select id, 'manager' from ops.account")
        )

    def told(now: dt.datetime) -> list[str]:
        known = {row.id for row in house.rows("select id from ops.notice")}
        house.run(lambda one: years.tell_managers(one, now=now))
        rows = house.rows("select id, title_en, link from ops.notice where account_id is not null order by title_en")
        return [f"{row.title_en} {row.link}" for row in rows if row.id not in known]

    name = house.rows("select name from ops.calendar where code = 'default'")[0].name
    assert told(october) == []
    assert told(november) == [f"Enter the holidays of {year}: {name} /manage/calendars?code=default&year={year}"]
    assert told(november) == []
    first = next(day for day in (dt.date(year, 3, one) for one in range(1, 8)) if day.isoweekday() == 3)
    house.run(
        lambda one: service.set_days(
            one, "default", first, first, is_working=False, reason="春节", actor=SYSTEM, now=november
        )
    )
    standing = {one.year: one for one in house.run(lambda one: service.year_standings(one, now=november))}[year]
    assert (standing.is_missing, standing.counted_at) == (False, october)
    link = "/manage/calendars/due-times?code=default"
    assert told(november) == [f"The working days of {year} in {name} have changed {link}"]
    assert told(november) == []
    counted(house, now=november)
    assert [one.counted_at for one in house.run(lambda one: service.year_standings(one, now=november))] == [None, None]
    assert told(november) == []

"""Dispatch by rule through the service: assigned at once, offered to a crew, suggested; and promises kept or broken."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from ops_db.engine import worker_engine
from ops_db.visit_promises.service import break_passed

SignIn = Callable[..., TestClient]
Create = Callable[..., dict[str, Any]]

ACCEPT = {"action": "complete", "choice": "accept"}
SKILLS = """
    insert into ops.technician_skill (staff_id, trade)
    select id, case staff_number when 'S-W1' then 'waterproofing' else 'plumbing' end from ops.staff
"""


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def rule(mode: str, **columns: str) -> str:
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", {value}" for value in columns.values())
    return f"""
        insert into ops.dispatch_rule (position, crew_source, mode{names})
        select coalesce(max(position), 0) + 1, '{"named" if "crew_id" in columns else "any"}', '{mode}'{values}
          from ops.dispatch_rule
    """


def act(client: TestClient, number: str, version: int, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/tickets/{number}/actions", json={"version": version} | body)
    assert answer.status_code == 200, answer.text
    acted: dict[str, Any] = answer.json()
    return acted


def accepted(client: TestClient, create: Create) -> tuple[str, dict[str, Any]]:
    number = create(client)["number"]
    return number, act(client, number, 1, **ACCEPT)


def events(client: TestClient, number: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"/api/v1/tickets/{number}").json()["events"]
    return found


def test_a_rule_that_assigns_sends_the_one_who_fits_best_in_the_same_transaction(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    run(engine, SKILLS, rule("assign", category_code="'water'"))
    desk = sign_in("desk")
    number, after = accepted(desk, create)
    assert (after["node_key"], after["owner_status"]) == ("site_survey", "dispatched")
    kinds = [event["kind"] for event in events(desk, number)]
    assert kinds == ["ticket:create", "task:complete", "task:complete", "dispatch:assign"]
    with engine.begin() as connection:
        row = connection.execute(
            text("""select staff.staff_number, task.node_key, event.payload
                      from ops.ticket_event as event join ops.staff on staff.id = event.staff_id
                      join ops.task on task.ticket_id = event.ticket_id and task.state = 'open'
                           and task.assignee_id = staff.id
                     where event.kind = 'dispatch:assign'""")
        ).one()
    assert (row.staff_number, row.node_key) == ("S-W1", "site_survey")
    assert [reason["code"] for reason in row.payload["reasons"]] == ["load", "skill"]
    # Whoever looked at the ticket before it was dispatched comes too late, and whoever looks now does not.
    assert desk.post(f"/api/v1/tickets/{number}/actions", json=ACCEPT | {"version": 2}).status_code == 409
    assert act(desk, number, after["version"], action="pause", data={"reason": "weather"})["owner_status"] == "paused"


def test_nobody_is_assigned_who_lacks_the_trade_is_away_or_off_shift(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    run(
        engine,
        SKILLS,
        rule("assign"),
        """insert into ops.staff_leave (staff_id, from_date, to_date, reason)
           select id, current_date - 1, current_date + 20, 'vacation' from ops.staff where staff_number = 'S-W1'""",
    )
    desk = sign_in("desk")
    number, after = accepted(desk, create)
    assert after["node_key"] == "dispatch"
    assert [event["kind"] for event in events(desk, number)] == ["ticket:create", "task:complete"]


def test_a_rule_that_offers_shows_the_step_to_the_whole_crew(sign_in: SignIn, create: Create, engine: Engine) -> None:
    run(engine, SKILLS, rule("grab", crew_id="(select id from ops.crew where code = 'W1')"))
    number, after = accepted(sign_in("desk"), create)
    assert after["node_key"] == "dispatch"
    assert number in sign_in("technician", staff="S-W1").get("/work").text
    assert number not in sign_in("technician", staff="S-P1").get("/work").text


def test_without_a_rule_that_fits_the_desk_decides(sign_in: SignIn, create: Create, engine: Engine) -> None:
    run(engine, SKILLS, rule("assign", severity="'emergency'"), rule("assign", is_in_owner_warranty="true"))
    _, after = accepted(sign_in("desk"), create)
    assert after["node_key"] == "dispatch"


def test_the_warranty_decides_where_the_day_of_handover_is_known(
    sign_in: SignIn, create: Create, engine: Engine
) -> None:
    run(engine, SKILLS, rule("assign", is_in_owner_warranty="true"), "update ops.unit set handover_date = current_date")
    _, after = accepted(sign_in("desk"), create)
    assert after["node_key"] == "site_survey"


# Promises -------------------------------------------------------------------------------------------------------------


def promised(desk: TestClient, create: Create, engine: Engine, *, begins_in_hours: float) -> str:
    """A ticket with a visit of two hours promised to begin then."""
    number, _ = accepted(desk, create)
    with engine.begin() as connection:
        staff_id = connection.scalar(text("select id from ops.staff where staff_number = 'S-W1'"))
    start = dt.datetime.now(dt.UTC) + dt.timedelta(hours=begins_in_hours)
    window = {"promised_from": start.isoformat(), "promised_to": (start + dt.timedelta(hours=2)).isoformat()}
    act(desk, number, 2, action="complete", choice="dispatch", data={"technician_id": str(staff_id)} | window)
    return number


@pytest.mark.parametrize(
    ("begins_in_hours", "kind"),
    [(-1, "visit:promise_kept"), (-9, "visit:promise_broken"), (3, "visit:promise_broken")],
)
def test_arriving_within_the_window_keeps_the_promise_and_nothing_else_does(
    begins_in_hours: float, kind: str, sign_in: SignIn, create: Create, engine: Engine
) -> None:
    technician = sign_in("technician", staff="S-W1")
    number = promised(sign_in("desk"), create, engine, begins_in_hours=begins_in_hours)
    after = act(technician, number, 3, action="arrive")
    assert [event["kind"] for event in events(technician, number)][-2:] == ["visit:arrive", kind]
    assert after["version"] == 5


def test_a_window_that_passes_breaks_the_promise_once_and_a_late_arrival_adds_nothing(
    sign_in: SignIn, create: Create, engine: Engine, database_url: str
) -> None:
    desk, technician = sign_in("desk"), sign_in("technician", staff="S-W1")
    number = promised(desk, create, engine, begins_in_hours=-5)
    later = promised(desk, create, engine, begins_in_hours=1)

    async def broken_by_two_at_once() -> list[int]:
        pool = worker_engine(database_url, pool_size=2)

        async def look() -> int:
            async with pool.begin() as connection:
                return await break_passed(connection, now=dt.datetime.now(dt.UTC))

        found = await asyncio.gather(look(), look())
        again = await look()
        await pool.dispose()
        return [*sorted(found), again]

    assert asyncio.run(broken_by_two_at_once()) == [0, 1, 0]
    act(technician, number, 4, action="arrive")
    kinds = [event["kind"] for event in events(technician, number)]
    assert kinds[-2:] == ["visit:promise_broken", "visit:arrive"]
    assert "visit:promise_broken" not in [event["kind"] for event in events(technician, later)]

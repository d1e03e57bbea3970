"""Running tickets moved to a new version: all of them or none, with their clocks."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from core.identifiers import uuid7
from core.settings import Settings, get_settings
from core.vocabulary import ActorKind, Channel, Permission
from ops_db.actor import SYSTEM, Actor, Grant
from ops_db.commands.process import app
from ops_db.engine import worker_engine
from ops_db.personal_data import PersonalData
from ops_db.process_admin.moving import Moved, move_tickets
from ops_db.tickets.opening import NewTicket, open_ticket
from tests.watched_process import publish, timer, watched

START = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
MANAGER = Actor(ActorKind.ACCOUNT, uuid7(), (Grant("manager", frozenset(Permission)),))


def second_version() -> dict[str, Any]:
    """The intake is called reception now, reminds as before, reports later and does not go on by itself."""
    made = watched() | {"version": 2}
    intake = made["nodes"][1]
    intake["key"] = made["nodes"][0]["next"] = "reception"
    intake["timers"] = [intake["timers"][0], timer("report", 300, "escalate", to=["manager"])]
    made["nodes"][3]["return_to"] = ["reception"]
    return made


def move(url: str, settings: Settings, node_map: dict[str, str], *, is_dry_run: bool = False) -> Moved:
    async def go() -> Moved:
        engine = worker_engine(url, pool_size=2)
        async with engine.begin() as connection:
            return await move_tickets(
                connection, "watched", from_version=1, to_version=2, node_map=node_map, actor=MANAGER,
                now=START + dt.timedelta(minutes=10), is_dry_run=is_dry_run,
            )  # fmt: skip

    return asyncio.run(go())


def open_three(url: str, settings: Settings) -> None:
    async def go() -> None:
        engine = worker_engine(url, pool_size=2)
        async with engine.begin() as connection:
            for _ in range(3):
                new = NewTicket(channel=Channel.DESK, description="渗水", unit_code="HZ01-03-1801")
                await open_ticket(connection, new, actor=SYSTEM, now=START, personal_data=PersonalData.of(settings))

    asyncio.run(go())


def test_tickets_move_with_their_clocks_or_not_at_all(database_url: str, settings: Settings, engine: Engine) -> None:
    with engine.begin() as connection:
        publish(connection, watched())
    open_three(database_url, settings)
    with engine.begin() as connection:
        publish(connection, second_version())

    refused = move(database_url, settings, {})
    assert (refused.numbers, len(refused.misfits)) == ((), 3)
    assert {one.problem.code for one in refused.misfits} == {"not_mapped"}
    assert len(move(database_url, settings, {"intake": "reception"}, is_dry_run=True).numbers) == 3
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from ops.ticket_event")) == 3

    assert len(move(database_url, settings, {"intake": "reception"}).numbers) == 3
    with engine.connect() as connection:
        tasks = connection.execute(text("select distinct node_key, role, state from ops.task")).all()
        kinds = connection.execute(text("select kind, count(*) from ops.ticket_event group by 1 order by 1")).all()
        timers = connection.execute(
            text("select timer_key, state, due_at, count(*) from ops.timer group by 1, 2, 3 order by 1")
        ).all()
        audited = connection.scalar(
            text("select detail ->> 'version' from ops.audit_entry where deed = 'process:migrate'")
        )
        running = connection.scalar(
            text("""
                select count(*) from ops.ticket
                  join ops.process_definition as definition on definition.id = ticket.process_definition_id
                 where definition.version = 2
            """)
        )
    assert [tuple(row) for row in tasks] == [("reception", "desk", "open")]
    assert [tuple(row) for row in kinds] == [("process:migrate", 3), ("ticket:create", 3)]
    assert [tuple(row) for row in timers] == [
        ("go", "cancelled", START + dt.timedelta(minutes=120), 3),
        ("hand_over", "cancelled", START + dt.timedelta(minutes=90), 3),
        ("remind", "planned", START + dt.timedelta(minutes=30), 3),
        ("report", "planned", START + dt.timedelta(minutes=300), 3),
    ]
    assert (running, audited) == (3, "2")


def test_the_command_moves_what_keeps_its_keys_and_names_what_does_not(
    database_url: str, settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANJU_DATABASE_URL", database_url)
    get_settings.cache_clear()
    with engine.begin() as connection:
        publish(connection, watched())
    open_three(database_url, settings)
    with engine.begin() as connection:
        publish(connection, second_version())
    asked = ["migrate", "watched", "--from-version", "1", "--to-version", "2"]
    refused = CliRunner().invoke(app, asked)
    assert refused.exit_code == 1
    assert refused.output.count(" intake: say which step") == 3
    moved = CliRunner().invoke(app, [*asked, "--node", "intake=reception"])
    get_settings.cache_clear()
    assert (moved.exit_code, moved.output.strip()) == (0, "3 tickets were moved.")

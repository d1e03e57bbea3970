"""Postgres shows the service the projects of whoever asks and no others, whatever the question."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any, Final
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from core.settings import Settings
from ops_db.engine import APPLICATION_ROLE, service_engine
from ops_db.personal_data import PersonalData
from ops_db.reach import CONFINED, OPEN, see_only, unconfined
from ticket_service.dependencies import Connection, Service

SignIn = Callable[..., TestClient]
OWN, FOREIGN = "HZ01-03-1802", "SH02-03-1802"
_SURROUNDINGS: Final = """
    insert into ops.message (ticket_id, author_kind, body, is_internal, sent_at)
        select id, 'owner', '在家', false, now() from ops.ticket;
    insert into ops.attachment (ticket_id, purpose, sha256, media_type, byte_count, width, height, uploader_kind,
                                uploaded_at)
        select id, 'report', repeat('a', 64), 'image/jpeg', 700, 60, 40, 'owner', now() from ops.ticket;
    insert into ops.rating (ticket_id, process_score, timeliness_score, attitude_score, requested_at, rated_at)
        select id, 5, 4, 5, now(), now() from ops.ticket;
    insert into ops.cost_entry (ticket_id, kind, amount_fen, incurred_at)
        select id, 'labour', 100, now() from ops.ticket;
    insert into ops.cost_settlement (ticket_id, kind, payer, amount_fen, settled_at)
        select id, 'borne', 'developer', 100, now() from ops.ticket;
    insert into ops.form_response (ticket_id, form_definition_id, answers)
        select ticket.id, form.id, '{}'
          from ops.ticket, (select id from ops.form_definition limit 1) as form;
    insert into ops.material_request (ticket_id, requested_at) select id, now() from ops.ticket;
    insert into ops.call (direction, project_id, started_at) select 'inbound', project_id, now() from ops.ticket
"""


@pytest.fixture
def both(create: Callable[..., dict[str, Any]], sign_in: SignIn, engine: Engine) -> dict[str, UUID]:
    """The projects, each with a ticket and a row of everything that tells of it."""
    desk = sign_in("desk")
    for home in (OWN, FOREIGN):
        create(desk, unit_code=home)
    with engine.begin() as connection:
        for statement in _SURROUNDINGS.split(";"):
            connection.execute(text(statement))
        rows = connection.execute(text("select code, id from ops.project where code in ('HZ01', 'SH02')")).all()
        return {row.code: row.id for row in rows}


@pytest.fixture
def ask(database_url: str) -> Iterator[Callable[..., Any]]:
    """`ask(projects, statement)`: what the service is answered when it sees these projects, all undone."""
    runner, pool = asyncio.Runner(), service_engine(database_url, pool_size=1)

    async def asked(projects: list[UUID] | None, statement: str, **values: Any) -> Any:
        async with pool.connect() as connection:
            await see_only(connection, projects)
            result = await connection.execute(text(statement), values)
            return result.all() if result.returns_rows else result.rowcount

    yield lambda projects, statement, **values: runner.run(asked(projects, statement, **values))
    runner.run(pool.dispose())
    runner.close()


def test_every_table_is_confined_or_there_is_a_reason_why_not(engine: Engine) -> None:
    with engine.connect() as connection:
        tables = set(connection.scalars(text("select tablename from pg_tables where schemaname = 'ops'")))
        assert tables == {*CONFINED, *OPEN}
        assert not set(CONFINED) & set(OPEN)
        assert unconfined(connection) == []
        connection.execute(text("alter table ops.message disable row level security"))
        connection.execute(text("drop policy reach on ops.rating"))
        assert unconfined(connection) == ["message", "rating"]
        connection.rollback()


@pytest.mark.parametrize("table", CONFINED)
def test_rows_of_other_projects_are_not_there(both: dict[str, UUID], ask: Callable[..., Any], table: str) -> None:
    of_project = (
        f"select count(*) from ops.{table} where project_id = :project"
        if table in ("ticket", "call")
        else f"select count(*) from ops.{table} join ops.ticket on ticket.id = ticket_id where project_id = :project"
    )
    there = {code: ask(None, of_project, project=id)[0][0] for code, id in both.items()}
    assert all(there.values()), there
    count = f"select count(*) from ops.{table}"
    assert ask(None, count) == [(sum(there.values()),)]
    assert ask([], count) == [(0,)]
    assert ask([both["HZ01"]], count) == [(there["HZ01"],)]
    assert ask([both["SH02"]], count) == [(there["SH02"],)]
    assert ask(list(both.values()), count) == [(sum(there.values()),)]


def test_a_new_connection_sees_nothing(both: dict[str, UUID], database_url: str) -> None:
    async def count() -> list[int]:
        pool = service_engine(database_url, pool_size=1)
        async with pool.connect() as connection:
            found = [await connection.scalar(text(f"select count(*) from ops.{table}")) for table in CONFINED]
        await pool.dispose()
        return found

    assert asyncio.run(count()) == [0] * len(CONFINED)
    assert both


def test_nothing_is_written_where_nothing_is_seen(both: dict[str, UUID], ask: Callable[..., Any]) -> None:
    own = [both["HZ01"]]
    for table, column in (("ticket", "title"), ("message", "body"), ("cost_entry", "note")):
        assert ask(own, f"update ops.{table} set {column} = {column}") == 1, table
        assert ask(None, f"update ops.{table} set {column} = {column}") == 2, table
    assert ask(own, "delete from ops.material_request") == 1
    moved = "update ops.ticket set project_id = :foreign, building_id = null, unit_id = null"
    with pytest.raises(ProgrammingError, match="row-level security"):
        ask(own, moved, foreign=both["SH02"])
    copied = """
        insert into ops.ticket (project_id, channel, title, process_definition_id, owner_status, reported_at)
        select :foreign, channel, title, process_definition_id, owner_status, reported_at from ops.ticket
    """
    assert ask(None, copied, foreign=both["SH02"]) == 2
    with pytest.raises(ProgrammingError, match="row-level security"):
        ask(own, copied, foreign=both["SH02"])


def test_somebody_who_would_see_a_part_of_what_leaves_is_refused(both: dict[str, UUID], database_url: str) -> None:
    options = {"options": f"-c role={APPLICATION_ROLE} -c row_security=off"}
    with create_engine(database_url, connect_args=options).connect() as connection:
        with pytest.raises(ProgrammingError, match="row-level security"):
            connection.execute(text("select count(*) from ops.ticket"))
        connection.rollback()
    assert both


def test_a_connection_sees_what_its_visitor_may_and_forgets_the_one_before(
    both: dict[str, UUID], sign_in: SignIn, settings: Settings, database_url: str
) -> None:
    probe = FastAPI()

    @probe.api_route("/count", methods=["GET", "POST"])
    async def count(connection: Connection) -> int:
        """A question without scope."""
        return await _count(connection)

    @probe.post("/undone")
    async def count_again(connection: Connection) -> int:
        """The same after a change was undone, as a refused form does."""
        await connection.rollback()
        return await _count(connection)

    everywhere, here = sign_in("manager"), sign_in("manager", project="HZ01")
    probe.state.service = Service(settings, service_engine(database_url, pool_size=1), PersonalData.of(settings))
    with TestClient(probe) as visitor:
        for method, path in (("GET", "/count"), ("POST", "/count"), ("GET", "/count"), ("POST", "/undone")):
            seen = [
                visitor.request(method, path, headers=_cookies(asker)).json()
                for asker in (everywhere, here, None, here, everywhere, None)
            ]
            assert seen == [2, 1, 0, 1, 2, 0], (method, path)
    assert len(both) == 2


def _cookies(asker: TestClient | None) -> dict[str, str]:
    return {} if asker is None else {"cookie": "; ".join(f"{name}={value}" for name, value in asker.cookies.items())}


async def _count(connection: AsyncConnection) -> int:
    found: int = (await connection.execute(text("select count(*) from ops.ticket"))).scalar_one()
    return found

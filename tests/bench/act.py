"""One action on a ticket through the use case, beside the same statements sent by pgbench.

Floor: `pgbench -M extended` with the very statements of one reminder that falls due (read where the ticket stands, then
the guarded statement with event, timer and notices) in one transaction. Ours: the same action by `ops_db.timers.firing`
in one process. Both take turns over tickets of their own, over as many connections, on the machine's cores.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import time
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlalchemy import create_engine, event, pool

from core.settings import Settings
from ingestion.postgres import libpq_url
from ops_db.engine import worker_engine
from ops_db.server import ensure_server
from ops_db.timers import repository
from ops_db.timers.firing import Sweeping, fire, sweep
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from tests.bench.home import bench_home, run_child, server_program
from tests.service_process import environment, install
from tests.watched_process import open_many, publish, watched

TITLE: Final = "actions on tickets a second over 8 connections"
GOALS: Final = {"share of the floor": Goal(0.15, is_most=False)}
CONNECTIONS: Final = 8
# What is measured is one action in one transaction, as a person does it; reminders may share one otherwise.
ONE_BY_ONE: Final = Sweeping(side_by_side=CONNECTIONS, together=1)

_ACTIONS: Final = {False: 4_000, True: 400}
_PLACEHOLDER: Final = re.compile(r"%\((\w+)\)s|%%")
_RATE: Final = re.compile(r"tps = ([\d.]+)")
_COUNTS: Final = """
    select (select count(*) from ops.ticket_event where kind = 'timer:warn'),
           (select count(*) from ops.timer where state = 'fired'), (select count(*) / 2 from ops.notice)
"""


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure, each round floor and ours on tickets opened for it."""
    rounds = Rounds()
    count = _ACTIONS[effort.is_quick]
    with bench_home() as settings:
        tell("preparing")
        url = ensure_server(settings)
        install(url)
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.begin() as connection:
            definition_id = publish(connection, watched())
            open_many(connection, 20, definition_id=definition_id)
        statements = asyncio.run(_statements(url))
        for _ in effort.count(tell):
            with engine.begin() as connection:
                open_many(connection, 2 * count, definition_id=definition_id)
            floor = _pgbench(settings, url, statements, count)
            ours = _sweep(url, count)
            rounds.add("floor: pgbench -M extended", floor, "actions/s")
            rounds.add("ours: one process", ours, "actions/s")
            rounds.add("share of the floor", ours / floor, "×")
        engine.dispose()
    agreed = "Events, timers fired and notices grew by exactly what each says it did; every ticket moved once."
    return Report("act", TITLE, agreed, rounds.figures(effort.judged_by(GOALS)))


async def _statements(url: str) -> list[tuple[str, dict[str, Any]]]:
    """What one firing sends to the server, after some to warm up."""
    engine = worker_engine(url, pool_size=1)
    sent: list[tuple[str, dict[str, Any]]] = []

    @event.listens_for(engine.sync_engine, "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, values: Mapping[str, Any], *_: Any) -> None:
        sent.append((statement, dict(values)))

    now = dt.datetime.now(dt.UTC)
    async with engine.begin() as connection:
        batch = await repository.claim(connection, now=now, most=20, seconds=600)
    for timer in batch:
        sent.clear()
        assert await fire(engine, timer, now=now) == "fired"
    await engine.dispose()
    return sent


def _pgbench(settings: Settings, url: str, statements: list[tuple[str, dict[str, Any]]], count: int) -> float:
    """Let pgbench do `count` actions; which ticket comes next, each client reads from a table made before."""
    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        connection.execute("drop table if exists turn")
        connection.execute("""
            create table turn as
            select row_number() over () as place, timer.id as timer_id, timer.ticket_id, timer.task_id, ticket.number
              from ops.timer join ops.ticket on ticket.id = timer.ticket_id where timer.state = 'planned'
        """)
        connection.execute("create unique index on turn (place)")
        connection.execute("analyze turn")
        before = connection.execute(_COUNTS).fetchall()[0]
    script = settings.home / "action.sql"
    text, variables = _script(statements, count // CONNECTIONS)
    script.write_text(text, encoding="utf-8")
    defined = [f"--define={name}={value}" for name, value in {**variables, "n": "0"}.items()]
    load = ["-n", "-M", "extended", "-c", str(CONNECTIONS), "-j", "2", "-t", str(count // CONNECTIONS)]
    program = str(server_program(settings, "pgbench"))
    # As a worker does, the floor does not wait for the disk either.
    variables_of_both = environment(settings) | {"PGOPTIONS": "-c synchronous_commit=off"}
    said = run_child([program, *load, "-f", str(script), *defined, libpq_url(url)], variables_of_both).output
    rate = _RATE.search(said)
    assert rate is not None, said
    _assert_grown(url, before, count // CONNECTIONS * CONNECTIONS)
    return float(rate[1])


def _script(statements: list[tuple[str, dict[str, Any]]], each: int) -> tuple[str, dict[str, str]]:
    """The script, and the variables it is to be started with: pgbench would take a colon within the text for one."""
    recorded = next(values for _, values in statements if "events" in values)
    found = re.search(r'"task_id": "([^"]+)"', str(recorded["events"]))
    assert found is not None, recorded["events"]
    replaced = {found[1]: "task_id", str(recorded["id"]): "ticket_id", str(recorded["fired_id"]): "timer_id"}
    variables: dict[str, str] = {}
    lines = ["\\set n :n + 1", f"\\set place :client_id * {each} + :n"]
    lines.append("select timer_id, ticket_id, task_id, number from turn where place = :place::bigint \\gset")
    lines.append("begin;")
    for place, (statement, values) in enumerate(statements):
        said = {name: _value(f"{name}_{place}", value, replaced, variables) for name, value in values.items()}
        lines.append(_filled(statement, said) + ";")
    lines.append("commit;")
    return "\n".join(lines) + "\n", variables


def _filled(statement: str, said: Mapping[str, str]) -> str:
    text = _PLACEHOLDER.sub(lambda one: said[one[1]] if one[1] else "%", statement)
    return " ".join(text.split())


def _value(name: str, value: Any, replaced: Mapping[str, str], variables: dict[str, str]) -> str:
    """How pgbench says a value: typed as the driver types it, those of the recorded ticket from the row of its turn."""
    if value is None:
        return "null"
    if name.startswith("number_"):
        return ":number::text"
    if isinstance(value, UUID) and str(value) in replaced:
        return f":{replaced[str(value)]}::uuid"
    text = value.isoformat() if isinstance(value, dt.datetime) else str(value)
    variables[name] = text
    said = f":{name}::text"
    for recorded, variable in replaced.items():
        if recorded in text:
            said = f"replace({said}, '{recorded}', :{variable}::text)"
    casts = {UUID: "::uuid", dt.datetime: "::timestamptz", int: "::bigint"}
    return said + next((cast for kind, cast in casts.items() if isinstance(value, kind)), "")


def _sweep(url: str, count: int) -> float:
    """Actions a second of one process that lets what is due act."""

    async def go() -> float:
        engine = worker_engine(url, pool_size=CONNECTIONS + 2)
        began = time.perf_counter()
        swept = await sweep(engine, clock=lambda: dt.datetime.now(dt.UTC), how=ONE_BY_ONE)
        elapsed = time.perf_counter() - began
        await engine.dispose()
        assert swept.failed == swept.gone == 0, swept
        assert swept.fired >= count, swept
        return swept.fired / elapsed

    with psycopg.connect(libpq_url(url), autocommit=True) as connection:
        before = connection.execute(_COUNTS).fetchall()[0]
        left = connection.execute("select count(*) from ops.timer where state = 'planned'").fetchall()[0][0]
    rate = asyncio.run(go())
    _assert_grown(url, before, left)
    return rate


def _assert_grown(url: str, before: tuple[Any, ...], by: int) -> None:
    with psycopg.connect(libpq_url(url)) as connection:
        after = connection.execute(_COUNTS).fetchall()[0]
    grown = {new - old for old, new in zip(before, after, strict=True)}
    assert grown == {by}, f"{by} actions were to be done, but events, timers and notices grew by {grown}."

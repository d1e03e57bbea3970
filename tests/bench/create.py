"""Opening tickets through the service, beside the same statements sent by pgbench.

Floor: `pgbench -M extended` with the statements of one creation (session, idempotency, place, ticket, event, task,
kept answer) in one transaction, over as many connections. Ours: `python -m ticket_service`, one worker, asked by
clients in another process. Server, service and clients share the machine's cores.
"""

from __future__ import annotations

import re
import sys
from typing import Final

import psycopg
from pydantic import SecretStr

from core.settings import Settings
from ingestion.postgres import libpq_url
from ops_db.server import ensure_server
from orchestration.services import free_port
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from tests.bench.home import bench_home, run_child, server_program
from tests.bench.statements import Script, script_of_one_creation
from tests.service_process import (
    desk_session,
    environment,
    install,
    service_environment,
    start_service,
    wait_until_ready,
)

TITLE: Final = "tickets opened a second over 16 connections"
GOALS: Final = {"share of the floor": Goal(0.18, is_most=False)}
CONNECTIONS: Final = 16

_SECONDS: Final = {False: 15, True: 2}
_TABLES: Final = ("ticket", "ticket_event", "task", "idempotency_key")
_PROCESSED: Final = re.compile(r"actually processed: (\d+)")
_RATE: Final = re.compile(r"tps = ([\d.]+)")


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure, each round floor and ours."""
    rounds = Rounds()
    seconds = _SECONDS[effort.is_quick]
    with bench_home() as settings:
        tell("preparing")
        url = ensure_server(settings)
        install(url)
        script = script_of_one_creation(settings.model_copy(update={"database_url": SecretStr(url)}))
        port = free_port("127.0.0.1", 20_000)
        address, log = f"http://127.0.0.1:{port}", settings.home / "service.log"
        service = start_service(service_environment(settings, url, port=port), log=log)
        try:
            wait_until_ready(address, is_alive=lambda: service.poll() is None, log=log)
            (cookie,) = desk_session(address).values()
            _post(settings, url, address, cookie, seconds=1, label="warm")
            for number in effort.count(tell):
                floor = _pgbench(settings, url, script, seconds=seconds, first=number * 10_000_000)
                ours = _post(settings, url, address, cookie, seconds=seconds, label=f"round-{number}")
                rounds.add("floor: pgbench -M extended", floor, "tickets/s")
                rounds.add("ours: service, one worker", ours["rate"], "tickets/s")
                rounds.add("share of the floor", ours["rate"] / floor, "×")
                rounds.add("median answer of ours", ours["p50_ms"], "ms")
                rounds.add("p99 answer of ours", ours["p99_ms"], "ms")
        finally:
            service.terminate()
            service.wait()
    agreed = (
        f"Both run {script.statement_count} statements a ticket; tickets, events, tasks and kept answers in the "
        "database grew by exactly what each says it did, and nothing was refused."
    )
    return Report("create", TITLE, agreed, rounds.figures(effort.judged_by(GOALS)))


def _pgbench(settings: Settings, url: str, script: Script, *, seconds: int, first: int) -> float:
    file = settings.home / "creation.sql"
    file.write_text(script.text, encoding="utf-8")
    defined = [f"--define={name}={value}" for name, value in {**script.variables, "n": str(first)}.items()]
    load = ["-n", "-M", "extended", "-c", str(CONNECTIONS), "-j", "2", "-T", str(seconds), "-f", str(file)]
    before = _counts(url)
    said = run_child(
        [str(server_program(settings, "pgbench")), *load, *defined, libpq_url(url)], environment(settings)
    ).output
    processed, rate = _PROCESSED.search(said), _RATE.search(said)
    assert processed is not None and rate is not None, said  # noqa: PT018  One sentence tells what is missing.
    _assert_grown(before, _counts(url), int(processed[1]))
    return float(rate[1])


def _post(settings: Settings, url: str, address: str, cookie: str, *, seconds: int, label: str) -> dict[str, float]:
    before = _counts(url)
    asked = [address, cookie, str(seconds), str(CONNECTIONS), label]
    found = run_child([sys.executable, "-m", "tests.bench.posting", *asked], environment(settings)).json()
    assert not found["refused"], f"The service refused: {found['refused']}"
    _assert_grown(before, _counts(url), found["created"])
    return {"rate": found["created"] / found["seconds"], "p50_ms": found["p50_ms"], "p99_ms": found["p99_ms"]}


def _counts(url: str) -> dict[str, int]:
    with psycopg.connect(libpq_url(url)) as connection:
        return {table: connection.execute(f"select count(*) from ops.{table}").fetchall()[0][0] for table in _TABLES}


def _assert_grown(before: dict[str, int], after: dict[str, int], by: int) -> None:
    grown = {table: after[table] - before[table] for table in before}
    assert set(grown.values()) == {by}, f"{by} tickets were to be opened, the tables grew by {grown}."

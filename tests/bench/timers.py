"""Draining timers that have fallen due, as after an hour in which no worker ran.

Floor: the goal itself, five minutes for 100,000. Ours: two workers, each `python -m ops_db worker`, on the machine's
cores beside the server. Every timer writes its event and two notices through the same path as a person's action.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Final

import psycopg
from sqlalchemy import create_engine, pool

from core.settings import Settings
from ingestion.postgres import libpq_url
from ops_db.server import ensure_server
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from tests.bench.home import bench_home
from tests.service_process import environment, install
from tests.watched_process import open_many, publish, watched

TITLE: Final = "due timers drained by two workers"
GOALS: Final = {"minutes for 100,000": Goal(5, is_most=True)}
WORKERS: Final = 2

_TIMERS: Final = {False: 100_000, True: 2_000}
_PATIENCE_SECONDS: Final = 1_800
_LOOK_SECONDS: Final = 0.5
_FIRED: Final = "select count(*) from ops.timer where state = 'fired'"


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure; each round drains timers of its own."""
    rounds = Rounds()
    count = _TIMERS[effort.is_quick]
    with bench_home() as settings:
        tell("preparing")
        url = ensure_server(settings)
        install(url)
        engine = create_engine(url, poolclass=pool.NullPool)
        with engine.begin() as connection:
            definition_id = publish(connection, watched())
        for turn, _ in enumerate(effort.count(tell), start=1):
            with engine.begin() as connection:
                open_many(connection, count, definition_id=definition_id)
            seconds = _drain(settings, url, turn * count)
            rounds.add("timers fired a second", count / seconds, "timers/s")
            rounds.add("minutes for 100,000", seconds / count * 100_000 / 60, "min")
        _assert_each_once(url)
        engine.dispose()
    agreed = "Every timer fired, and wrote one event of its ticket and two notices: no more and no less."
    return Report("timers", TITLE, agreed, rounds.figures(effort.judged_by(GOALS)))


def _drain(settings: Settings, url: str, wanted: int) -> float:
    """Seconds from the first timer fired to the last, by two workers that start at once."""
    variables = environment(settings) | {"ANJU_DATABASE_URL": url}
    command = [sys.executable, "-m", "ops_db", "worker"]
    workers = [subprocess.Popen(command, env=variables, stderr=subprocess.DEVNULL) for _ in range(WORKERS)]
    try:
        with psycopg.connect(libpq_url(url), autocommit=True) as connection:
            before = connection.execute(_FIRED).fetchall()[0][0]
            began: float | None = None
            deadline = time.monotonic() + _PATIENCE_SECONDS
            fired = before
            while fired < wanted:
                assert time.monotonic() < deadline, f"{wanted - fired} timers are left."
                time.sleep(_LOOK_SECONDS)
                fired = connection.execute(_FIRED).fetchall()[0][0]
                if began is None and fired > before:
                    began = time.perf_counter()
            return time.perf_counter() - (began or 0)
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()


def _assert_each_once(url: str) -> None:
    with psycopg.connect(libpq_url(url)) as connection:
        found = connection.execute("""
            select (select count(*) from ops.timer), (select count(*) from ops.timer where state = 'fired'),
                   (select count(*) from ops.ticket_event where kind = 'timer:warn'),
                   (select count(distinct ticket_id) from ops.ticket_event where kind = 'timer:warn'),
                   (select count(*) from ops.notice) / 2
        """).fetchall()[0]
    assert len(set(found)) == 1, f"Timers, fired ones, their events, tickets and notices differ: {found}."

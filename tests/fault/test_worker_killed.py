"""Workers are killed at any moment while timers are due: each timer fires once, and none is forgotten."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, pool, text

from ops_db.seed import seed
from tests.unit.ticket_service.conftest import ESTATE, NOW
from tests.watched_process import open_many, publish, watched

pytestmark = [pytest.mark.fault, pytest.mark.timeout(1_800)]

SEED = 20_261_124
LEASE_SECONDS = 1.0
PATIENCE_SECONDS = 120


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = create_engine(database_url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        seed(connection, now=NOW)
        for statement in filter(str.strip, ESTATE.split(";")):
            connection.execute(text(statement))
    yield engine
    engine.dispose()


class Workers:
    """Two workers, of which the older one is killed and replaced."""

    def __init__(self, url: str, home: Path) -> None:
        self.environment = os.environ | {"ANJU_DATABASE_URL": url, "ANJU_HOME": str(home)}
        self.alive = [self._start(), self._start()]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "ops_db", "worker", "--lease-seconds", str(LEASE_SECONDS)]
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def replace_the_older(self) -> None:
        oldest = self.alive.pop(0)
        oldest.send_signal(signal.SIGKILL)
        oldest.wait()
        self.alive.append(self._start())

    def kill(self) -> None:
        for worker in self.alive:
            worker.kill()
            worker.wait()


def count(engine: Engine, condition: str) -> int:
    with engine.connect() as connection:
        # The conditions stand below, in this file.
        found = connection.execute(text(f"select count(*) from ops.timer where {condition}"))
        return int(found.scalar_one())


def wait_until_fired(engine: Engine, at_least: int) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while count(engine, "state = 'fired'") < at_least:
        assert time.monotonic() < deadline, f"Fewer than {at_least} timers fired in {PATIENCE_SECONDS} s."
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("kills", "timers"), [(5, 1_500), pytest.param(50, 20_000, marks=pytest.mark.long)], ids=["5", "50"]
)
def test_timers_fire_once_each_however_often_workers_are_killed(
    kills: int, timers: int, database_url: str, engine: Engine, tmp_path: Path
) -> None:
    rng = random.Random(SEED)
    with engine.begin() as connection:
        open_many(connection, timers, definition_id=publish(connection, watched()))
    workers = Workers(database_url, tmp_path)
    caught_at_work = 0
    try:
        for turn in range(1, kills + 1):
            wait_until_fired(engine, timers * turn // (kills + 2))
            # The kill itself falls anywhere within the work.
            time.sleep(rng.uniform(0, 0.05))
            workers.replace_the_older()
            caught_at_work += count(engine, "state = 'planned' and claimed_until is not null") > 0
        wait_until_fired(engine, timers)
    finally:
        workers.kill()
    with engine.connect() as connection:
        warned = connection.execute(text("select ticket_id from ops.ticket_event where kind = 'timer:warn'")).scalars()
        notices = connection.execute(text("select ticket_id from ops.notice")).scalars()
        times, told = Counter(Counter(warned).values()), Counter(Counter(notices).values())
        versions = connection.execute(text("select distinct version from ops.ticket")).scalars().all()
    assert caught_at_work >= kills // 2, "Too few kills fell into work, so they prove little."
    assert times == {1: timers}, f"seed {SEED}"
    assert told == {2: timers}
    assert versions == [2]
    assert count(engine, "state = 'failed'") == 0

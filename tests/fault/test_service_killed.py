"""The service and its database are killed at any moment while people report defects: nothing acknowledged is lost."""

from __future__ import annotations

import os
import random
import signal
import time

import psutil
import pytest
from sqlalchemy import Engine

from core.settings import Settings
from ops_db.server import ensure_server, server_status
from tests.fault.conftest import Service
from tests.fault.reporters import Reporters, assert_books_are_right

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

SEED = 20_261_123
SERVICE_KILLS = 20
DATABASE_KILLS = 3


def test_a_killed_service_loses_and_doubles_no_ticket(service: Service, reporters: Reporters, engine: Engine) -> None:
    rng = random.Random(SEED)
    for _ in range(SERVICE_KILLS):
        reporters.wait_for_more(rng.randint(1, 25))
        # Not luck but the fault itself: the kill falls anywhere within the requests at work.
        time.sleep(rng.uniform(0, 0.05))
        service.kill()
        service.start()
    reporters.wait_for_more(1)
    reporters.stop()

    cut_off = sum(reporters.unanswered.values())
    assert cut_off >= SERVICE_KILLS, f"{SERVICE_KILLS} kills cut off only {cut_off} requests, so they prove little."
    assert_books_are_right(reporters, engine, what=f"seed {SEED}, {SERVICE_KILLS} kills of the service")
    for key in rng.sample(sorted(reporters.acknowledged), 20):
        assert reporters.repeat(key) == (reporters.acknowledged[key], True)


def test_a_killed_database_loses_no_ticket_and_the_service_recovers_by_itself(
    own_server: Settings, service: Service, reporters: Reporters, engine: Engine
) -> None:
    rng = random.Random(SEED)
    first_pid = service.process.pid
    for _ in range(DATABASE_KILLS):
        reporters.wait_for_more(rng.randint(20, 60))
        _kill_database(own_server)
        ensure_server(own_server)
        reporters.wait_for_more(20)
    reporters.stop()

    assert service.process.pid == first_pid, "The service had to be started again."
    assert reporters.unanswered, "No request met the missing database, so the kills prove nothing."
    assert_books_are_right(reporters, engine, what=f"seed {SEED}, {DATABASE_KILLS} kills of the database")


def _kill_database(settings: Settings) -> None:
    """Kill the server with all its processes at once."""
    postmaster = server_status(settings).pid
    assert postmaster is not None
    victims = [psutil.Process(postmaster), *psutil.Process(postmaster).children(recursive=True)]
    for victim in victims:
        os.kill(victim.pid, signal.SIGKILL)
    psutil.wait_procs(victims, timeout=30)

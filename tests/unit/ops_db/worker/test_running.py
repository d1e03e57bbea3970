"""A worker takes up its duties, makes its tables once, and ends when it is asked to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import create_engine, pool, text

from ops_db.worker import job_tables

PATIENCE_SECONDS = 40


def test_a_worker_looks_for_due_timers_and_ends_when_asked(database_url: str, tmp_path: Path) -> None:
    engine = create_engine(database_url, poolclass=pool.NullPool)
    environment = os.environ | {"ANJU_DATABASE_URL": database_url, "ANJU_HOME": str(tmp_path)}
    worker = subprocess.Popen([sys.executable, "-m", "ops_db", "worker"], env=environment)
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        looked = None
        while looked is None and time.monotonic() < deadline:
            time.sleep(0.2)
            with engine.connect() as connection:
                looked = connection.scalar(text("select swept_at from ops.sweep where name = 'timers'"))
        assert looked is not None
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=20) == 0
    finally:
        worker.kill()
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from jobs.procrastinate_workers")) == 0


def test_the_tables_of_the_queue_are_made_once_and_brought_forward_by_the_steps_missing(database_url: str) -> None:
    engine = create_engine(database_url, poolclass=pool.NullPool)
    comment = text("select obj_description('jobs'::regnamespace, 'pg_namespace')")
    with engine.begin() as connection:
        newest = connection.scalar(comment)
        job_tables.install(connection)
        assert connection.scalar(comment) == newest
        connection.execute(text("comment on schema jobs is '03.04.00_49_before.sql'"))
        connection.execute(text("drop function jobs.procrastinate_trigger_function_status_events_update_v1 cascade"))
        job_tables.install(connection)
        assert connection.scalar(comment) == newest
    with engine.connect() as connection:
        again = text(
            "select count(*) from pg_proc where proname = 'procrastinate_trigger_function_status_events_update_v1'"
        )
        assert connection.scalar(again) == 1

r"""Extraction of ticket events into raw Parquet, beside what the server alone can hand out.

Floor: `psql \copy (…) to '/dev/null' (format binary)`, which reads the same columns and keeps nothing. Ours: the
whole of `ingestion.ops.land` on an empty lake (snapshot, all tables, masking, Parquet, control totals, manifests),
timed in a process of its own after its imports, whose peak memory is that of the process.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import time
from typing import Any, Final

import polars as pl
import psycopg

from core.settings import Settings, get_settings
from ingestion import landing, ops
from ingestion.postgres import libpq_url
from ops_db.migrate import migrate
from ops_db.server import admin_connection, ensure_server, server_status
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from tests.bench.home import bench_home, run_child, run_job, server_program
from tests.service_process import environment

TITLE: Final = "ticket events into raw Parquet"
GOALS: Final = {"ratio ours / floor": Goal(1.4), "peak memory of ours": Goal(400)}
ENTITY: Final = "ops__ticket_event"

_ROWS: Final = {False: 2_000_000, True: 50_000}
_FILL: Final = """
    insert into ops.ticket_event
        (ticket_id, version, kind, node_key, task_id, actor_kind, actor_id, staff_id, occurred_at, payload)
    select gen_random_uuid(), number % 12 + 1,
        (array['ticket:create', 'task:open', 'task:complete', 'visit:depart'])[number % 4 + 1],
        'node_' || number % 9, case when number % 2 = 0 then gen_random_uuid() end, 'account', gen_random_uuid(),
        case when number % 3 = 0 then gen_random_uuid() end, timestamptz '2024-01-01' + number * interval '37 seconds',
        jsonb_build_object('milestone', 'fixed', 'minutes', number % 600, 'note', '现场已处理完成 ' || number)
    from generate_series(1, {rows}) as numbers (number)
"""
_TOTALS: Final = """
    select count(*), sum(version)::bigint, sum(id)::bigint, count(task_id), min(occurred_at), max(occurred_at)
    from ops.ticket_event
"""


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure, each round floor and ours."""
    rounds = Rounds()
    with bench_home() as settings:
        url = libpq_url(ensure_server(settings))
        tell("generating events")
        columns = _fill(settings, _ROWS[effort.is_quick])
        with psycopg.connect(url) as connection:
            truth = connection.execute(_TOTALS).fetchone()
        copy = f"\\copy (select {columns} from ops.ticket_event) to '/dev/null' (format binary)"
        for _ in effort.count(tell):
            floor = run_child([str(server_program(settings, "psql")), url, "-qc", copy], environment(settings))
            shutil.rmtree(settings.lake, ignore_errors=True)
            ours = run_job(settings, "tests.bench.extraction", database_url=_sqlalchemy(url))
            found = ours.json()
            landed = _totals(settings)
            assert landed == truth, f"The server holds {truth}, raw holds {landed}."
            rounds.add("floor: psql copy binary", floor.seconds, "s")
            rounds.add("ours: land ops", found["seconds"], "s")
            rounds.add("ratio ours / floor", found["seconds"] / floor.seconds, "×")
            rounds.add("ours as a command", ours.seconds, "s")
            rounds.add("peak memory of ours", ours.peak_megabytes, "MB")
            rounds.add("rows per second of ours", found["rows"] / found["seconds"], "rows/s")
    agreed = f"{truth[0]:,} rows, their count, ids, versions, tasks and times are equal in the server and in raw."
    return Report("extraction", TITLE, agreed, rounds.figures(effort.judged_by(GOALS)))


def _fill(settings: Settings, rows: int) -> str:
    """Generate the events; returns the columns of the table."""
    migrate(ensure_server(settings))
    port = server_status(settings).port
    assert port is not None
    with admin_connection(settings, port=port, database="anju") as connection:
        # Events of tickets that are not there: what is measured reads this table alone.
        connection.execute("set session_replication_role = replica")
        connection.execute(_FILL.format(rows=rows))
        connection.execute("vacuum (freeze, analyze) ops.ticket_event")
        names = connection.execute(
            "select string_agg(attname, ', ' order by attnum) from pg_attribute"
            " where attrelid = 'ops.ticket_event'::regclass and attnum > 0 and not attisdropped"
        ).fetchone()
    assert names is not None
    return str(names[0])


def _totals(settings: Settings) -> tuple[Any, ...]:
    """What `_TOTALS` asks, of raw."""
    return (
        landing.scan(settings.raw, ENTITY)
        .select(
            rows=pl.len().cast(pl.Int64),
            versions=pl.col("version").sum(),
            ids=pl.col("id").sum(),
            tasks=pl.col("task_id").count().cast(pl.Int64),
            first=pl.col("occurred_at").min(),
            last=pl.col("occurred_at").max(),
        )
        .collect()
        .row(0)
    )


def _sqlalchemy(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://")


def main() -> None:
    """Extract once and print the seconds and rows."""
    settings = get_settings()
    began = time.perf_counter()
    report = ops.land(settings, now=dt.datetime.now(dt.UTC))
    seconds = time.perf_counter() - began
    rows = sum(manifest.rows_loaded for manifest in report.batches if manifest.entity == ENTITY)
    json.dump({"seconds": seconds, "rows": rows}, sys.stdout)


if __name__ == "__main__":
    main()

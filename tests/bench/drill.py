"""The rows behind a figure on a mart of a million tickets, through the measures and by the same statements alone.

The marts are those of a medium estate (200,000 tickets) five times over: each table of facts with a ticket in it is
copied with keys of its own, in the order the build wrote it, so that homes, projects, components and times keep the
spread of the estate. Floor: DuckDB is handed the compiled statement and its values.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import shutil
import statistics
import sys
import time
from collections.abc import Iterator
from typing import Any, Final
from unittest import mock

import duckdb

from core import measures, warehouse
from core.measures import Condition
from core.semantic_layer import Model, load_definitions
from core.settings import Settings, get_settings
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from tests.bench.home import bench_home, run_job

TITLE: Final = "a page of the rows behind a figure, warm"
GOALS: Final = {"p95 of ours": Goal(100)}
TICKETS: Final = "tickets"

_QUERIES: Final = 200
_METRICS: Final = 8
_COPIES: Final = {False: 5, True: 2}


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure, each round floor and ours by turns, query by query."""
    rounds = Rounds()
    tell("preparing the estate")
    estate = effort.estates.prepared("small" if effort.is_quick else "medium")
    with bench_home() as settings:
        if warehouse.current_build(estate.settings) is None:
            estate.forget_everything()
            estate.run("orchestration.command", "pipeline", "run", "--json")
        tell("multiplying the marts")
        tickets = _multiply(estate.settings, settings, _COPIES[effort.is_quick])
        for number in effort.count(tell):
            found = run_job(settings, "tests.bench.drill", str(number))
            for name, value in found.json().items():
                rounds.add(name, value, "ms")
            rounds.add("ratio of medians", found.json()["p50 of ours"] / found.json()["p50 of floor"], "×")
            rounds.add("peak memory", found.peak_megabytes, "MB")
    agreed = (
        f"{_QUERIES} questions a round over {tickets:,} tickets, {_METRICS} measures by varying project, component, "
        "severity, time and scope; both gave the same rows to every one."
    )
    return Report("drill", TITLE, agreed, rounds.figures(effort.judged_by(GOALS)))


def _multiply(source: Settings, target: Settings, copies: int) -> int:
    """Publish the marts of `source` so many times over in `target`; returns the tickets there are now."""
    build = warehouse.require_build(source)
    folder = target.warehouse / "multiplied"
    shutil.copytree(build.path.parent, folder)
    (folder / warehouse.WAREHOUSE_FILE).chmod(0o644)
    models = load_definitions(build.semantic_manifest).models
    with duckdb.connect(str(folder / warehouse.WAREHOUSE_FILE)) as connection:
        for model in models.values():
            _multiply_table(connection, model, copies)
        (tickets,) = connection.execute("select count(*) from marts.fct_tickets").fetchall()[0]
    warehouse.publish(target, folder.name, gates=[], data_as_of=build.data_as_of)
    return int(tickets)


def _multiply_table(connection: duckdb.DuckDBPyConnection, model: Model, copies: int) -> None:
    table = f"marts.{model.relation.rpartition('.')[2]}"
    kinds = dict(connection.execute(f"select column_name, column_type from (describe {table})").fetchall())
    if "ticket_id" not in kinds:
        return
    keys = {"ticket_id", "ticket_number", model.key_column} & kinds.keys()
    changed = ", ".join(
        f"{key} || '-' || copy as {key}" if kinds[key] == "VARCHAR" else f"{key} * {copies} + copy as {key}"
        for key in sorted(keys)
    )
    connection.execute(
        f"create or replace table {table} as select original.* replace ({changed})"
        f" from (select *, row_number() over () as place from {table}) as original, range({copies}) as copies (copy)"
        " order by place, copy"
    )
    connection.execute(f"alter table {table} drop column place")


def questions(settings: Settings, rng: random.Random) -> Iterator[dict[str, Any]]:
    """Endless questions: measures of tickets by turns, each with filters of one of five kinds and random values."""
    definitions = load_definitions(warehouse.require_build(settings).semantic_manifest)
    of_tickets = sorted(
        name
        for name, one in definitions.measures.items()
        if measures._counted(definitions, one, "numerator").model == TICKETS
    )
    chosen = of_tickets[:: max(1, len(of_tickets) // _METRICS)][:_METRICS]
    with warehouse.connect_published(settings) as connection:
        query = (
            "select list(distinct project_code), list(distinct component_code), max(reported_at) from marts.fct_tickets"
        )
        projects, components, newest = connection.execute(query).fetchall()[0]
    projects, components = sorted(filter(None, projects)), sorted(filter(None, components))
    for number in itertools.count():
        until = newest.date() - dt.timedelta(days=rng.randrange(300))
        project = Condition("project", "eq", rng.choice(projects))
        component = Condition("component", "eq", rng.choice(components))
        period = (Condition("metric_time", "ge", until - dt.timedelta(days=90)), Condition("metric_time", "lt", until))
        where, scope = (
            ((project,), None),
            ((component,), None),
            ((project, component, *period), None),
            ((Condition("severity", "in", ("urgent", "emergency")), *period), None),
            (period, tuple(rng.sample(projects, min(3, len(projects))))),
        )[number // len(chosen) % 5]
        yield {"metric": chosen[number % len(chosen)], "where": where, "project_scope": scope}


def main() -> None:
    """`ROUND`: ask each kind of question once to warm up, then time 200 others both ways, and print percentiles."""
    settings = get_settings()
    rng = random.Random(int(sys.argv[1]))
    asked = questions(settings, rng)
    for question in itertools.islice(asked, 5 * _METRICS):
        measures.drill(settings, **question)
    build = warehouse.require_build(settings)
    seconds: dict[str, list[float]] = {"ours": [], "floor": []}
    with warehouse.open_build(build) as connection:
        for question in itertools.islice(asked, _QUERIES):
            with mock.patch.object(measures, "_run", wraps=measures._run) as ran:
                began = time.perf_counter()
                ours = measures.drill(settings, **question)
                seconds["ours"].append(time.perf_counter() - began)
            _, statement, values = ran.call_args.args
            began = time.perf_counter()
            rows = connection.execute(statement, values).fetchall()
            seconds["floor"].append(time.perf_counter() - began)
            keys = [str(row[3]) for row in rows if row[2] is not None]
            assert (ours.row_count, [str(row[0]) for row in ours.rows]) == (rows[0][0], keys), question
    found = {}
    for name, taken in seconds.items():
        percentiles = statistics.quantiles(taken, n=100)
        found |= {f"p50 of {name}": percentiles[49] * 1000, f"p95 of {name}": percentiles[94] * 1000}
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

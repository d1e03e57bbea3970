"""The whole pipeline on a medium estate, from nothing landed to published, and a tick that finds nothing new.

Floor of the build: the statements of dbt's models alone, as dbt compiled them, run one after the other by DuckDB into a
fresh file. The CRM does not run, so its two feeds are not part of this; the operational store, ERP, finance, calls and
meters are.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sys
import time
from collections.abc import Callable
from typing import Any, Final

import duckdb

from core import warehouse
from core.settings import Settings, get_settings
from orchestration import stages, zones
from quality.validate import has_expectations
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from transforms.catalogue import CLEAN_TABLES

TITLE: Final = "from the sources to the published figures"
GOALS: Final = {"tick with nothing new, as a command": Goal(10)}

_PIPELINE: Final = ("orchestration.command", "pipeline", "run", "--json")


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure, each round the command, the tick, the stages and the floor of the build."""
    rounds = Rounds()
    tell("preparing the estate")
    estate = effort.estates.prepared("small" if effort.is_quick else "medium")
    for _ in effort.count(tell):
        estate.forget_everything()
        whole = estate.run(*_PIPELINE)
        assert whole.json()["is_new"], whole.output
        tick = estate.run(*_PIPELINE)
        assert not tick.json()["is_new"], tick.output
        for folder in (estate.settings.clean, estate.settings.warehouse):
            shutil.rmtree(folder)
        staged = estate.run("tests.bench.pipeline")
        alone = estate.run("tests.bench.models_alone")
        rows = _rows(estate.settings)
        assert alone.json()["rows"] == rows, f"dbt made {rows}, its statements alone {alone.json()['rows']}."
        rounds.add("whole pipeline, as a command", whole.seconds, "s")
        rounds.add("tick with nothing new, as a command", tick.seconds, "s")
        seconds = staged.json()
        rounds.add("raw to published, in process", sum(seconds.values()), "s")
        for stage, taken in seconds.items():
            rounds.add(f"of which {stage}", taken, "s")
        rounds.add("floor of the build: its SQL alone", alone.json()["seconds"], "s")
        rounds.add("ratio build / its SQL alone", seconds["build"] / alone.json()["seconds"], "×")
        rounds.add("peak memory of the command", whole.peak_megabytes, "MB")
        rounds.add("peak memory of the SQL alone", alone.peak_megabytes, "MB")
    agreed = (
        f"{rows['fct_tickets']:,} tickets of the {estate.size} estate; all {len(rows)} marts have as many rows from "
        "dbt as from its statements alone."
    )
    return Report("pipeline", TITLE, agreed, rounds.figures(effort.judged_by(GOALS)))


def _rows(settings: Settings) -> dict[str, int]:
    """Rows of every published mart."""
    with warehouse.connect_published(settings) as connection:
        return rows_of_marts(connection)


def rows_of_marts(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Rows of every table in the schema of the marts."""
    tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1")
    return {
        name: connection.execute(f'select count(*) from marts."{name}"').fetchall()[0][0]
        for (name,) in tables.fetchall()
    }


def main() -> None:
    """Bring raw to published, stage by stage, and print the seconds of each."""
    settings = get_settings()
    now = dt.datetime.now(dt.UTC)
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[], Any]) -> Any:
        began = time.perf_counter()
        outcome = work()
        seconds[stage] = time.perf_counter() - began
        return outcome

    timed("clean", lambda: zones.refresh_clean(settings))
    checked = [table for table in CLEAN_TABLES if has_expectations(table)]
    timed("gate of clean", lambda: stages.gate_clean(settings, checked, renewed=checked))
    place = stages.new_place(settings, now=now, run_id="benchmark")
    timed("build", lambda: stages.build(settings, place))
    gates = timed("gates of the build", lambda: stages.gate_build(settings, place))
    timed("publish", lambda: stages.publish(settings, place, gates, now=now))
    sys.stdout.write(json.dumps(seconds) + "\n")


if __name__ == "__main__":
    main()

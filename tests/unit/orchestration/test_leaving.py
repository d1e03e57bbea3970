"""The demonstration leaves by command, arrives in an empty installation, and every measure is what it was."""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from typer.testing import CliRunner

from core import warehouse
from core.identifiers import uuid7
from core.settings import Settings
from ingestion import ops
from ingestion.postgres import libpq_url
from ops_db.export.figures import write_measures
from ops_db.server import ensure_server, stop_server
from orchestration import dbt_runner, services, stages, zones
from orchestration.command import app
from orchestration.commands.leaving import StillRunningError
from orchestration.services import Part
from quality import parity, reconcile
from tests.conftest import ROOT

NOW = dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Move:
    """An export, and the installation that took it in."""

    folder: Path
    left: dict[str, Any]
    there: Settings
    arrived: dict[str, Any]


def run(settings: Settings, *words: str) -> str:
    """What a command printed on this installation."""
    assert settings.database_url is not None
    env = {"ANJU_HOME": str(settings.home), "ANJU_DATABASE_URL": settings.database_url.get_secret_value()}
    command = [sys.executable, "-m", "orchestration.command", *words]
    done = subprocess.run(command, env=os.environ | env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def move(installation: Settings, run_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Move]:
    folder = tmp_path_factory.mktemp("leaving") / "export"
    left = json.loads(run(installation, "export", str(folder), "--json"))
    # A server of its own, as the other installations have, since an extraction waits for every transaction of it.
    empty = Settings(
        home=run_directory / f"moved-{uuid7().hex}", system_state=run_directory / "system", postgres_durable=False
    )
    there = empty.model_copy(update={"database_url": SecretStr(ensure_server(empty))})
    yield Move(folder, left, there, json.loads(run(there, "import", "export", str(folder), "--json")))
    stop_server(empty)
    shutil.rmtree(empty.home)


def test_the_export_holds_what_the_installation_holds(installation: Settings, move: Move) -> None:
    document = json.loads((move.folder / "dictionary.json").read_text())
    assert installation.database_url is not None
    with psycopg.connect(libpq_url(installation.database_url.get_secret_value())) as connection:
        for entry in document["tables"]:
            statement = sql.SQL("select count(*) from ops.{}").format(sql.Identifier(entry["name"]))
            row = connection.execute(statement).fetchone()
            # The export itself is the only deed since.
            assert row == (entry["row_count"] + (entry["name"] == "audit_entry"),), entry["name"]
    assert move.left["missing_files"] == 0
    assert move.left["rows"] == move.arrived["rows"] > 100_000
    assert (move.arrived["findings"], move.arrived["files"]) == (0, move.left["files"])


def test_every_mart_leaves_as_it_is(installation: Settings, move: Move) -> None:
    document = json.loads((move.folder / "dictionary.json").read_text())
    build = warehouse.require_build(installation)
    assert document["marts"]["build_id"] == build.build_id
    with warehouse.open_build(build) as connection:
        for entry in document["marts"]["tables"]:
            relation = f'marts."{entry["name"]}"'
            columns = ", ".join(f'"{column["name"]}"' for column in entry["columns"])
            (count,) = connection.execute(f"select count(*) from {relation}").fetchall()[0]
            assert count == entry["row_count"], entry["name"]
            mine = connection.sql(f"select {columns} from {relation} limit 500").fetchall()
            file = move.folder / "marts" / f"{entry['name']}.parquet"
            assert duckdb.sql(f"set timezone = 'UTC'; select {columns} from '{file}' limit 500").fetchall() == mine
            assert all(column["meaning"]["en"] for column in entry["columns"]), entry["name"]
            assert entry["meaning"]["zh"], entry["name"]


def test_every_measure_is_what_it_was(installation: Settings, move: Move, tmp_path: Path) -> None:
    """The marts are built anew from the rows that arrived, and asked what the export says of each measure."""
    build = warehouse.require_build(installation)
    make_marts(move.there, as_of=build.data_as_of, parsed_by=installation)
    write_measures(tmp_path, move.there, formats=("parquet",))

    said, found = (values_in(folder) for folder in (move.folder, tmp_path))
    assert len(said) > 1_000
    assert sum(value not in {None, 0.0} for values in said.values() for value in values) > 1_000
    assert said.keys() == found.keys()
    differing = {key: (said[key], found[key]) for key in said if not all(map(same, said[key], found[key]))}
    assert differing == {}


def make_marts(settings: Settings, *, as_of: dt.datetime, parsed_by: Settings) -> None:
    """Land, clean, build and publish, with the moment of the other installation as that of this one.

    What is open and late depends on the moment. dbt's own tests, which say nothing of another installation, are left
    out; the totals of the operational store and the parity of the clock must hold here too.
    """
    ops.land(settings, now=NOW)
    (control,) = settings.raw.glob("ops__control/*/part-*.parquet")
    frame = pl.read_parquet(control)
    frame.with_columns(snapshot_at=pl.lit(as_of).cast(frame.schema["snapshot_at"])).write_parquet(control)
    zones.refresh_clean(settings)
    # Parsing the project anew would find the same.
    shutil.copytree(dbt_runner.target(parsed_by), dbt_runner.target(settings))
    place = stages.new_place(settings, now=NOW, run_id="movedmoved")
    nodes = dbt_runner.build(settings, place.file, select="resource_type:model resource_type:seed")
    assert [node for node in nodes if not node.passed] == []
    totals = reconcile.reconcile(place.file, pl.read_parquet(zones.clean_file(settings, "ops__control")))
    clock = parity.check_parity(place.file, settings.clean)
    assert totals.passed, totals.findings
    assert clock.passed, clock.findings
    warehouse.publish(settings, place.build_id, gates=[], data_as_of=as_of)


def values_in(folder: Path) -> dict[tuple[str, str | None], tuple[float | None, ...]]:
    rows = pl.read_parquet(folder / "measures" / "values.parquet").iter_rows()
    return {(measure, project): tuple(values) for measure, project, *values in rows}


def same(one: float | None, other: float | None) -> bool:
    """Equal but for the order in which fractions were added up."""
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9)


def test_an_import_waits_until_nothing_of_the_installation_runs(
    anju_home: Path, free_port: int, tmp_path: Path
) -> None:
    settings = Settings(home=anju_home)
    command = (sys.executable, "-m", "http.server", str(free_port), "--bind", "127.0.0.1")
    part = Part("service", command, port=free_port)
    running = services.start(settings, part)
    services.wait_until_up(settings, part, running)
    refused = CliRunner().invoke(app, ["import", "export", str(tmp_path)])
    services.stop(settings, running)
    assert isinstance(refused.exception, StillRunningError)
    assert "service of this installation" in str(refused.exception)

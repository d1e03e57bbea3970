"""A build of the warehouse as a job to be killed: each generation leaves its mark in several marts."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path
from typing import Final

import dbt.adapters.duckdb.impl
import dbt.cli.main  # noqa: F401  Loaded before the forks, which then need not.
import duckdb

from core import warehouse
from core.settings import Settings, get_settings
from orchestration import dbt_runner, stages
from tests.fault.reading import MARKS
from tests.small_estate import rows, write_clean

MODELS: Final = "+fct_tickets +dim_projects +dim_contractors"
"""Three marts that do not follow from each other, and all they are made from."""

WITHOUT_TESTS: Final = {"DBT_INDIRECT_SELECTION": "empty"}
"""Tells dbt to build these models alone: its tests look at other marts too."""

PUBLISHING: Final = "publishing"


def mark(generation: int) -> str:
    """What every marked cell of a generation holds the beginning of."""
    return f"g{generation:04d}"


def run(what: str, generation: str) -> None:
    """The job: `build` or `publish_copy` of a generation."""
    {"build": build, "publish_copy": publish_copy}[what](get_settings(), int(generation))


def build(settings: Settings, generation: int) -> None:
    """Write the clean zone of a generation, build the marts from it and publish them."""
    write_generation(settings, generation)
    place = stages.new_place(settings, now=dt.datetime.now(dt.UTC), run_id=f"{generation:08d}")
    nodes = dbt_runner.build(settings, place.file, select=MODELS)
    _announce(settings)
    stages.publish(settings, place, [stages.dbt_gate(nodes)], now=dt.datetime.now(dt.UTC))


def publish_copy(settings: Settings, generation: int) -> None:
    """Copy the published build, mark the copy as of another generation, and publish it."""
    source = warehouse.require_build(settings).path.parent
    build_id = f"copy-{generation:08d}"
    folder = settings.warehouse / build_id
    folder.mkdir()
    for name in (warehouse.WAREHOUSE_FILE, warehouse.SEMANTIC_MANIFEST, warehouse.DBT_MANIFEST):
        shutil.copyfile(source / name, folder / name)
    with duckdb.connect(str(folder / warehouse.WAREHOUSE_FILE)) as connection:
        for table, column in MARKS.items():
            connection.execute(f"update {table} set {column} = $1 || substr({column}, 6)", [mark(generation)])
    _announce(settings)
    warehouse.publish(settings, build_id, gates=[], data_as_of=dt.datetime.now(dt.UTC))


def write_generation(settings: Settings, generation: int) -> None:
    """The clean zone of the small estate, with the mark of this generation where the marts will show it."""
    tables = rows()
    for table, column in (("ops__project", "name"), ("ops__contractor", "name"), ("ops__ticket", "number")):
        for row in tables[table]:
            row[column] = f"{mark(generation)}-{row['id']}"
    write_clean(settings.clean, tables)


def _announce(settings: Settings) -> None:
    """Let the test know that publication begins."""
    Path(settings.home / PUBLISHING).touch()

"""A reader of the published warehouse, in a process of its own, that looks for generations that are mixed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import duckdb

from core import warehouse
from core.settings import get_settings

ENOUGH: Final = "enough"
PAUSE_SECONDS: Final = 0.05
MARKS: Final = {
    "marts.dim_projects": "project_name",
    "marts.dim_contractors": "contractor_name",
    "marts.fct_tickets": "ticket_number",
}


def read_until_told(report_file: str) -> None:
    """Read again and again until a file says it is enough, then write down what was seen."""
    settings = get_settings()
    report: dict[str, Any] = {"reads": 0, "errors": [], "mixed": [], "generations": []}
    # One connection each time, as a command reads, and one kept open while a build is current, as a cockpit does.
    reader = warehouse.Reader()
    is_last = False
    while not is_last:
        # Looked at before reading, so that what was published before the end is surely read.
        is_last = (settings.home / ENOUGH).exists()
        time.sleep(PAUSE_SECONDS)
        try:
            build = warehouse.require_build(settings)
            with warehouse.open_build(build) as connection:
                seen = [_marks(connection), _marks(reader.cursor(build))]
        except Exception as error:  # noqa: BLE001  Whatever a reader meets is what the test is about.
            report["errors"].append(f"{type(error).__name__}: {error}")
            continue
        report["reads"] += len(seen)
        generations = sorted(set.union(*seen))
        if len(generations) != 1:
            report["mixed"].append(generations)
        elif report["generations"][-1:] != generations:
            report["generations"] += generations
    Path(report_file).write_text(json.dumps(report), encoding="utf-8")


def _marks(connection: duckdb.DuckDBPyConnection) -> set[str]:
    """The generations that the marts show, one statement a mart, since a page asks that way."""
    return {
        found
        for table, column in MARKS.items()
        for (found,) in connection.execute(f"select distinct substr({column}, 1, 5) from {table}").fetchall()
    }

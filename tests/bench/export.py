r"""Everything leaves as Parquet and CSV, beside what the server alone hands out, and arrives in an empty installation.

Floor of leaving: one `psql` that copies the same columns of the same tables as CSV to `/dev/null` and keeps nothing.
Ours: `anju export` with hashes, both formats, opened names, photos, feeds and dictionary, timed as a command from its
start to its end, imports included. Floor of arriving: `psql` that copies the same CSV into tables without triggers,
keys and indexes. Ours: `anju import export` on a migrated database, with every file checked, every foreign key, every
index, and every link of the logs verified.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

import psycopg

from core.settings import Settings
from ingestion.postgres import libpq_url
from ops_db.__main__ import app
from ops_db.export import contents
from ops_db.export.columns import columns_of, select_of
from ops_db.migrate import migrate
from ops_db.models.base import Base
from ops_db.server import ensure_server
from tests.bench.estates import PreparedEstate
from tests.bench.figures import Effort, Goal, Report, Rounds, Tell
from tests.bench.home import Ended, bench_home, run_child, run_job, server_program
from tests.service_process import environment

TITLE: Final = "everything as Parquet and CSV, and back into an empty installation"
GOALS: Final = {
    "medium: export ours / floor": Goal(6),
    "medium: peak memory of export": Goal(600),
    "medium: peak memory of import": Goal(600),
}

_SIZES: Final = {False: ("small", "medium"), True: ("small",)}


def measure(effort: Effort, tell: Tell) -> Report:
    """Measure both ways, each round floor and ours, for each size."""
    rounds = Rounds()
    agreed = []
    for size in _SIZES[effort.is_quick]:
        tell(f"preparing {size}")
        estate = effort.estates.prepared(size)
        for _ in effort.count(lambda what, size=size: tell(f"{size}, {what}")):  # type: ignore[misc]  # mypy cannot type defaults of a lambda.
            rows, links = _round(estate, size, rounds)
        agreed.append(f"{size}: {rows:,} rows left and arrived, {links:,} links verified")
    return Report("export", TITLE, "; ".join(agreed) + ".", rounds.figures(effort.judged_by(GOALS)))


def _round(estate: PreparedEstate, size: str, rounds: Rounds) -> tuple[int, int]:
    folder = estate.settings.home / "export"
    shutil.rmtree(folder, ignore_errors=True)
    floor = _copied_out(estate)
    left = estate.run("tests.bench.export", "export", str(folder), "--without-marts", "--json")
    found, peak = _said(left)
    rounds.add(f"{size}: floor, psql copy out", floor, "s")
    rounds.add(f"{size}: export", left.seconds, "s")
    rounds.add(f"{size}: export ours / floor", left.seconds / floor, "×")
    rounds.add(f"{size}: rows exported a second", found["rows"] / left.seconds, "rows/s")
    rounds.add(f"{size}: peak memory of export", peak, "MB")
    with bench_home() as empty:
        url = ensure_server(empty)
        migrate(url)
        floor = _copied_in(empty, url, folder)
        arrived = run_job(empty, "tests.bench.export", "import-export", str(folder), "--json", database_url=url)
    taken, peak_of_import = _said(arrived)
    assert taken["rows"] == found["rows"], f"{found['rows']} rows left and {taken['rows']} arrived."
    assert taken["findings"] == 0, "The links of the logs do not hold."
    rounds.add(f"{size}: floor, psql copy in", floor, "s")
    rounds.add(f"{size}: import", arrived.seconds, "s")
    rounds.add(f"{size}: import ours / floor", arrived.seconds / floor, "×")
    rounds.add(f"{size}: rows imported a second", taken["rows"] / arrived.seconds, "rows/s")
    rounds.add(f"{size}: peak memory of import", peak_of_import, "MB")
    return found["rows"], taken["links"]


def _copied_out(estate: PreparedEstate) -> float:
    """Seconds in which the server hands out the same columns of the same tables."""
    script = estate.settings.home / "copy-out.sql"
    lines = []
    for table in Base.metadata.sorted_tables:
        if table.name not in contents.LEFT_OUT_TABLES:
            statement = select_of(table, columns_of(table, with_personal_data=True)[0])
            lines.append(f"\\copy ({statement}) to '/dev/null' (format csv)")
    script.write_text("\n".join(lines) + "\n")
    assert estate.settings.database_url is not None
    return _psql(estate.settings, estate.settings.database_url.get_secret_value(), script)


def _copied_in(settings: Settings, url: str, folder: Path) -> float:
    """Seconds in which the server takes the same files into bare tables of text."""
    document: dict[str, Any] = json.loads((folder / "dictionary.json").read_text(encoding="utf-8"))
    lines = ["create schema bare;"]
    for entry in document["tables"]:
        columns = ", ".join(f'"{column["name"]}" text' for column in entry["columns"])
        lines += [
            f'create table bare."{entry["name"]}" ({columns});',
            f"\\copy bare.\"{entry['name']}\" from '{folder}/ops/{entry['name']}.csv' (format csv, header match)",
        ]
    script = settings.home / "copy-in.sql"
    script.write_text("\n".join(lines) + "\n")
    seconds = _psql(settings, url, script)
    with psycopg.connect(libpq_url(url)) as connection:
        connection.execute("drop schema bare cascade")
    return seconds


def _psql(settings: Settings, url: str, script: Path) -> float:
    command = [str(server_program(settings, "psql")), libpq_url(url), "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script)]
    return run_child(command, environment(settings)).seconds


def _said(ended: Ended) -> tuple[dict[str, Any], float]:
    """What the command said, and its largest memory in megabytes."""
    summary, peak = ended.output.strip().splitlines()
    return json.loads(summary), int(peak) / 1024


def main() -> None:
    """Run a command of the operational core and say what memory it took at most.

    What the kernel tells a parent of its child begins with what the parent had, and the estate is large.
    """
    app(sys.argv[1:], standalone_mode=False)
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))
    sys.stdout.write(f"{peak}\n")


if __name__ == "__main__":
    main()

"""The statements of dbt's models, run by DuckDB alone: what a build costs without dbt."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

from core import warehouse
from core.settings import get_settings
from orchestration.dbt_runner import PROJECT
from tests.bench.pipeline import rows_of_marts


def statements(manifest: dict[str, Any]) -> Iterator[str]:
    """Schemas first, then every seed and model after those it reads."""
    nodes = {key: node for key, node in manifest["nodes"].items() if node["resource_type"] in {"seed", "model"}}
    for schema in sorted({f'"{node["database"]}"."{node["schema"]}"' for node in nodes.values()}):
        yield f"create schema {schema}"
    done: set[str] = set()
    while len(done) < len(nodes):
        ready = [key for key, node in nodes.items() if key not in done and _needed(node) & nodes.keys() <= done]
        assert ready, "The models read each other in a circle."
        for key in ready:
            yield _statement(nodes[key])
        done.update(ready)


def _needed(node: dict[str, Any]) -> set[str]:
    return set(node["depends_on"].get("nodes", ()))


def _statement(node: dict[str, Any]) -> str:
    if node["resource_type"] == "seed":
        file = PROJECT / node["original_file_path"]
        return f"create table {node['relation_name']} as select * from read_csv('{file}', header = true)"
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    return f"create {kind} {node['relation_name']} as {node['compiled_code']}"


def main() -> None:
    """Run all statements into a fresh file, and print the seconds and the rows of each mart."""
    build = warehouse.require_build(get_settings())
    wanted = list(statements(json.loads(build.dbt_manifest.read_text(encoding="utf-8"))))
    with tempfile.TemporaryDirectory(dir=build.path.parents[1]) as folder:
        file = Path(folder) / warehouse.WAREHOUSE_FILE
        began = time.perf_counter()
        with duckdb.connect(str(file)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            connection.execute(f"attach '{file}.work' as work")
            for statement in wanted:
                connection.execute(statement)
            connection.execute("force checkpoint")
            seconds = time.perf_counter() - began
            rows = rows_of_marts(connection)
    sys.stdout.write(json.dumps({"seconds": seconds, "rows": rows}) + "\n")


if __name__ == "__main__":
    main()

"""Run dbt inside this process: parse, build into a private file, and say what became of every node.

As a command dbt costs four seconds a call, most of it imports and parsing. In process, with the parsed project kept in
`ANJU_HOME/dbt`, it costs a fraction of one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from core.settings import Settings
from core.warehouse import DBT_MANIFEST, SEMANTIC_MANIFEST, WAREHOUSE_FILE
from orchestration.errors import OrchestrationError

PROJECT: Final = Path(__file__).resolve().parent.parent / "dbt_project"
_KEPT_BESIDE_THE_WAREHOUSE: Final = (DBT_MANIFEST, SEMANTIC_MANIFEST)


class BuildFailedError(OrchestrationError):
    """dbt could not run at all; failed tests are findings, not this."""

    code = "build_failed"


@dataclass(frozen=True, slots=True)
class Node:
    """What became of one model or test."""

    unique_id: str
    kind: str
    name: str
    status: str
    seconds: float
    rows: int | None
    failures: int | None
    message: str | None

    @property
    def passed(self) -> bool:
        """Whether it did what it should; a warning passes."""
        return self.status in {"success", "pass", "warn"}


def parse(settings: Settings) -> Mapping[str, Any]:
    """Return the project's manifest as data. dbt takes seconds to find that nothing changed, so a copy is kept."""
    wanted = hashlib.sha256(f"{version('dbt-core')} {project_fingerprint()}".encode()).hexdigest()
    kept = target(settings).parent / f"parsed-{wanted}.json"
    if not kept.exists():
        _invoke(settings, "parse")
        for old in kept.parent.glob("parsed-*.json"):
            old.unlink(missing_ok=True)
        unfinished = kept.with_suffix(".part")
        shutil.copyfile(target(settings) / DBT_MANIFEST, unfinished)
        unfinished.replace(kept)
    manifest: dict[str, Any] = json.loads(kept.read_text(encoding="utf-8"))
    return manifest


def build(settings: Settings, build_file: Path, *, select: str | None = None) -> list[Node]:
    """Build every model and run every test into `build_file`, keep the manifests beside it, and return the nodes."""
    workshop = _workshop(settings)
    shutil.rmtree(workshop, ignore_errors=True)
    workshop.mkdir(parents=True)
    # Unit tests try the models on made-up rows; they say nothing of this build and belong to the test run.
    without = ("--exclude-resource-type", "unit_test")
    results = _invoke(settings, "build", *without, *(["--select", select] if select else []))
    for name in _KEPT_BESIDE_THE_WAREHOUSE:
        shutil.copyfile(target(settings) / name, workshop / name)
    build_file.parent.parent.mkdir(parents=True, exist_ok=True)
    workshop.rename(build_file.parent)
    return [_node(result) for result in results.results]


@cache
def project_fingerprint() -> str:
    """One hash of the project's own files, so that a changed model is news."""
    digest = hashlib.sha256()
    for file in sorted(path for path in PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".csv"}):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def target(settings: Settings) -> Path:
    """Where the parsed project is kept between runs."""
    return settings.home / "dbt" / "target"


def _workshop(settings: Settings) -> Path:
    """Where dbt builds, moved to its own place when done.

    dbt parses the whole project anew, which takes seconds, whenever a variable of its profile has another value.
    """
    return target(settings).with_name("workshop")


def _invoke(settings: Settings, *arguments: str) -> Any:
    # dbt takes 1.5 s to import, which no other command should pay.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    place = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target(settings))]
    quiet = ["--log-path", str(settings.home / "log" / "dbt"), "--log-level", "none"]
    with _environment(settings):
        outcome = dbtRunner().invoke([*arguments, *place, *quiet])
        _let_go()
    if outcome.exception is not None:
        message = f"dbt {arguments[0]} did not run: {outcome.exception}"
        raise BuildFailedError(message) from outcome.exception
    return outcome.result


def _let_go() -> None:
    """Close dbt's DuckDB. It would keep the build open for writing, and nobody else in this process could read it."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415  As above.

    environment = DuckDBConnectionManager._ENV  # noqa: SLF001  dbt offers no other way to end what it began.
    if environment is not None:
        environment.close()
        DuckDBConnectionManager._ENV = None  # noqa: SLF001  As above.


@contextmanager
def _environment(settings: Settings) -> Iterator[None]:
    """Tell dbt where to read and write; it knows no other way than the environment."""
    wanted = {"ANJU_CLEAN_DIR": str(settings.clean), "ANJU_BUILD_FILE": str(_workshop(settings) / WAREHOUSE_FILE)}
    before = {name: os.environ.get(name) for name in wanted}  # noqa: TID251  Put back below.
    os.environ.update(wanted)  # noqa: TID251  dbt's own interface.
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)  # noqa: TID251  As above.
            else:
                os.environ[name] = value  # noqa: TID251  As above.


def _node(result: Any) -> Node:
    response = result.adapter_response or {}
    return Node(
        unique_id=result.node.unique_id,
        kind=str(result.node.resource_type),
        name=result.node.name,
        status=str(result.status),
        seconds=result.execution_time,
        rows=response.get("rows_affected"),
        failures=result.failures,
        message=result.message,
    )

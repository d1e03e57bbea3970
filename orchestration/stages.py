"""What one run of the pipeline does, stage by stage, without Dagster: land, clean, gate, build, gate, publish.

A gate that fails stops publication, never the reader: the last good build stays published, and the attempt with its
findings is kept in `ANJU_HOME/warehouse/last_attempt.json` for the cockpits and for `anju pipeline publish-status`.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import polars as pl

from core import warehouse
from core.settings import Settings
from ingestion import sources
from ingestion.errors import SourceNotConfiguredError
from ingestion.reports import LandingReport, Progress, no_progress
from orchestration import dbt_runner, zones
from orchestration.attempts import record_attempt, replace_json
from orchestration.dbt_runner import Node
from orchestration.errors import OrchestrationError
from quality import parity, reconcile, validate
from quality.reports import Finding, GateReport, finding, report

BUILD_GATES: Final = (
    "expectations_on_clean",
    "dbt_tests",
    "expectations_on_marts",
    "operational_totals",
    "working_time_parity",
)
CLEAN_VERDICTS: Final = "verdicts.json"
NODES: Final = "nodes.json"
MADE_FROM: Final = "made_from.txt"


class GateClosedError(OrchestrationError):
    """Something a gate checks is not right, so nothing was published."""

    code = "gate_closed"


@dataclass(frozen=True, slots=True)
class Place:
    """A build that is being made: its id and its private file."""

    build_id: str
    file: Path


def land(
    settings: Settings,
    source: str,
    *,
    now: dt.datetime,
    files: Sequence[Path] | None = None,
    progress: Progress = no_progress,
) -> LandingReport:
    """Land what `source` has; one that is not set up lands nothing and says so."""
    found = sources.SOURCES[source]
    if not found.is_configured(settings):
        return LandingReport(source, messages=[f"{source} is not set up, so nothing is landed from it."])
    try:
        return found.land(settings, files=files, now=now, progress=progress)
    except SourceNotConfiguredError as error:
        return LandingReport(source, messages=[str(error)])


def gate_clean(settings: Settings, tables: Iterable[str], *, renewed: Iterable[str]) -> dict[str, GateReport]:
    """Hold those of `tables` that were renewed against their expectations; the verdict on the others still stands."""
    before = _clean_verdicts(settings)
    tables, changed = list(tables), set(renewed)
    stand = {table: before[table] for table in tables if table in before and table not in changed}
    reports = {
        table: validate.check_clean(
            table,
            pl.read_parquet(zones.clean_file(settings, table)),
            before.get(table, {}).get("measured"),
            rejected_count=zones.rejects(settings, table).height,
        )
        for table in tables
        if table not in stand
    }
    if reports:
        verdicts = {table: _verdict(found, before.get(table)) for table, found in reports.items()}
        replace_json(settings.clean / CLEAN_VERDICTS, before | verdicts)
    return {table: _remembered(verdict) for table, verdict in stand.items()} | reports


def _remembered(verdict: dict[str, Any]) -> GateReport:
    return GateReport(**verdict | {"findings": tuple(Finding(**found) for found in verdict["findings"])})


def _verdict(report: GateReport, before: dict[str, Any] | None) -> dict[str, Any]:
    """What is remembered of a report. The next one is measured against the last that passed, not against a bad day."""
    measured = report.measured if report.passed or before is None else before["measured"]
    return report.as_dict() | {"measured": dict(measured)}


def _clean_verdicts(settings: Settings) -> dict[str, dict[str, Any]]:
    try:
        found: dict[str, dict[str, Any]] = json.loads((settings.clean / CLEAN_VERDICTS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    return found


def clean_gate(settings: Settings) -> GateReport:
    """The verdicts on all clean tables as one gate of the build made from them."""
    verdicts = _clean_verdicts(settings)
    findings = [Finding(**finding) for verdict in verdicts.values() for finding in verdict["findings"]]
    return report(
        BUILD_GATES[0], findings, checked_count=sum(verdict["checked_count"] for verdict in verdicts.values())
    )


def has_news(settings: Settings) -> bool:
    """Whether the clean zone or the dbt project differs from what the published build was made from."""
    published = warehouse.current_build(settings)
    if published is None:
        return True
    try:
        return (published.path.parent / MADE_FROM).read_text(encoding="utf-8") != _made_from(settings)
    except FileNotFoundError:
        return True


def new_place(settings: Settings, *, now: dt.datetime, run_id: str) -> Place:
    """Where the next build goes; ids sort by time and end with the run."""
    build_id = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}-{run_id[:8]}"
    return Place(build_id, settings.warehouse / build_id / warehouse.WAREHOUSE_FILE)


def place_of_run(settings: Settings, run_id: str) -> Place:
    """Where this run has built; raises OrchestrationError if it has not."""
    found = max(settings.warehouse.glob(f"*-{run_id[:8]}"), default=None)
    if found is None:
        message = "This run has built nothing to publish. Run the whole pipeline: anju pipeline run"
        raise OrchestrationError(message)
    return Place(found.name, found / warehouse.WAREHOUSE_FILE)


def build(settings: Settings, place: Place) -> list[Node]:
    """Build every mart privately and run dbt's tests on them; what became of each node is kept beside the file."""
    made_from = _made_from(settings)
    nodes = dbt_runner.build(settings, place.file)
    kept = json.dumps([asdict(node) for node in nodes], indent=1, ensure_ascii=False)
    (place.file.parent / NODES).write_text(kept, encoding="utf-8")
    (place.file.parent / MADE_FROM).write_text(made_from, encoding="utf-8")
    return nodes


def _made_from(settings: Settings) -> str:
    return f"{zones.fingerprint(settings)} {dbt_runner.project_fingerprint()}"


def gate_build(settings: Settings, place: Place) -> list[GateReport]:
    """Hold the finished build against dbt's tests, the expectations, the operational totals and the clock."""
    nodes = [Node(**node) for node in json.loads((place.file.parent / NODES).read_text(encoding="utf-8"))]
    published = warehouse.current_build(settings)
    control = zones.clean_file(settings, "ops__control")
    reports = [clean_gate(settings), dbt_gate(nodes)]
    if reports[-1].passed:
        # Otherwise the rest would only repeat in other words that a model is missing or wrong.
        reports += [
            validate.check_marts(place.file, published.path if published else None),
            reconcile.reconcile(place.file, pl.read_parquet(control) if control.exists() else None),
            parity.check_parity(place.file, settings.clean),
        ]
    return [replace(found, gate=name) for name, found in zip(BUILD_GATES, reports, strict=False)]


def dbt_gate(nodes: Sequence[Node]) -> GateReport:
    """What dbt found, in the words of the other gates."""
    findings = [
        finding(
            node.name,
            "dbt",
            f"{node.failures} failing rows" if node.failures else f"{node.status}: {node.message}",
            "no failing row" if node.kind.endswith("test") else "a model that builds",
            "warning" if node.status == "warn" else "error",
            advice="Look at the model and the rows behind it, mend the cause and run the pipeline again.",
            advice_zh="请检查该模型及其数据，修正原因后重新运行流水线。",
        )
        for node in nodes
        if node.status not in {"success", "pass", "skipped"}
    ]
    return report(BUILD_GATES[1], findings, checked_count=sum(node.kind.endswith("test") for node in nodes))


def publish(settings: Settings, place: Place, gates: Sequence[GateReport], *, now: dt.datetime) -> warehouse.Build:
    """Publish the build, or raise GateClosedError with what stopped it; either way the attempt is on record."""
    closed = [gate for gate in gates if not gate.passed]
    record_attempt(settings, place.build_id, [gate.as_dict() for gate in gates], now=now, is_published=not closed)
    if closed:
        why = "; ".join(found.message for gate in closed for found in gate.findings if found.severity == "error")
        message = f"Build {place.build_id} was not published, the last good one stays. {why}"
        raise GateClosedError(message)
    return warehouse.publish(
        settings, place.build_id, gates=[gate.as_dict() for gate in gates], data_as_of=data_as_of(settings) or now
    )


def data_as_of(settings: Settings) -> dt.datetime | None:
    """The instant of the operational snapshot the clean zone was made from, None before the first."""
    control = zones.clean_file(settings, "ops__control")
    if not control.exists():
        return None
    # One cell of one column, which is an instant or null.
    return pl.scan_parquet(control).select(pl.col("snapshot_at").max()).collect().item()  # type: ignore[no-any-return]

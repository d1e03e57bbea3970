"""The assets: each source's raw tables, the clean tables, the warehouse's models, and the publication.

Every body only calls a stage and tells Dagster what came out. Without news the models yield nothing, so a tick ends
after looking and the published build stays.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import dagster as dg
from dagster_dbt import dbt_assets
from dagster_dbt.asset_utils import get_asset_check_key_for_test
from filelock import FileLock

from core.settings import Settings, get_settings
from ingestion import inbox
from ingestion.errors import SourceUnreachableError, SuspiciousShrinkError
from ingestion.reports import LandingReport
from ingestion.sources import SOURCES
from orchestration import catalogue, stages, zones
from orchestration.dbt_runner import Node
from orchestration.instance import process_tags
from quality.reports import GateReport
from quality.validate import has_expectations
from transforms.catalogue import CLEAN_TABLES

FIRST_DAY: Final = "2020-01-01"
DAYS: Final = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="Asia/Shanghai", end_offset=1)
RETRIES: Final = 3
LANDED: Final = "landed"
EXPECTATIONS: Final = "expectations"
PUBLISHED: Final = dg.AssetKey([catalogue.WAREHOUSE, "published"])

_DAY_IN_NAME: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def build_assets(manifest: Mapping[str, Any]) -> list[dg.AssetsDefinition]:
    """Return every asset of the pipeline; `manifest` is dbt's."""
    raw = [_raw_assets(source) for source in SOURCES]
    return [*raw, _clean_assets(), _mart_assets(manifest), _published_asset(manifest)]


def _raw_assets(source: str) -> dg.AssetsDefinition:
    is_daily = source in catalogue.DAILY_SOURCES
    specs = catalogue.raw_specs(source)
    check = dg.AssetCheckSpec(LANDED, asset=specs[0].key, description="The source answered and no file is held.")

    @dg.multi_asset(
        name=f"land_{source}",
        specs=specs,
        check_specs=[check],
        partitions_def=DAYS if is_daily else None,
        backfill_policy=dg.BackfillPolicy.single_run() if is_daily else None,
    )
    def land(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        context.instance.add_run_tags(context.run.run_id, process_tags())
        report, trouble = _land_with_patience(context, source)
        yield from _landed(report, specs)
        problems = [*trouble, *(f"{held.name}: {held.message}" for held in report.held)]
        yield dg.AssetCheckResult(
            asset_key=specs[0].key, check_name=LANDED, passed=not problems, metadata={"problems": problems}
        )

    return land


def _land_with_patience(context: dg.AssetExecutionContext, source: str) -> tuple[LandingReport, list[str]]:
    """Land, waiting longer each time a source does not answer. One that stays silent must not keep the others waiting
    for their marts: its last good data stays, and its check says so.
    """
    settings = get_settings()
    try:
        report = stages.land(settings, source, now=_now(), files=_files_of_days(context, settings, source))
    except (SourceUnreachableError, SuspiciousShrinkError) as error:
        if isinstance(error, SourceUnreachableError) and context.retry_number < RETRIES:
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=2 ** (context.retry_number + 1)) from error
        context.log.warning(str(error))
        return LandingReport(source), [str(error)]
    for message in report.messages:
        context.log.info(message)
    return report, []


def _landed(report: LandingReport, specs: Sequence[dg.AssetSpec]) -> Iterator[dg.MaterializeResult[Any]]:
    for spec in specs:
        batches = [batch for batch in report.batches if batch.entity == spec.key.path[-1]]
        yield dg.MaterializeResult(
            asset_key=spec.key,
            metadata={
                "rows_landed": sum(batch.rows_loaded for batch in batches),
                "rows_quarantined": sum(batch.rows_quarantined for batch in batches),
                "batches": [batch.batch_id for batch in batches],
                "files": [name for batch in batches for name in batch.source_files],
            },
        )


def _files_of_days(context: dg.AssetExecutionContext, settings: Settings, source: str) -> Sequence[Path] | None:
    """The dropped files of the days asked for; None (all of them) when no day was."""
    if not context.has_partition_key_range:
        return None
    wanted = context.partition_key_range
    deliveries, _ = inbox.look(settings, source, now=_now())
    named = [(delivery.path, _DAY_IN_NAME.search(delivery.path.name)) for delivery in deliveries]
    return [path for path, day in named if day and wanted.start <= "-".join(day.groups()) <= wanted.end]


def _clean_assets() -> dg.AssetsDefinition:
    checked = [table for table in CLEAN_TABLES if has_expectations(table)]
    checks = [
        dg.AssetCheckSpec(
            EXPECTATIONS, asset=catalogue.clean_key(table), description="Volume, ranges, drift, freshness."
        )
        for table in checked
    ]

    @dg.multi_asset(name="clean", specs=catalogue.clean_specs(), check_specs=checks)
    def clean(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        settings = get_settings()
        with single_writer(settings):
            outcomes = zones.refresh_clean(settings, progress=context.log.debug)
            renewed = [outcome.table for outcome in outcomes if outcome.is_new]
            reports = stages.gate_clean(settings, checked, renewed=renewed)
        for outcome in outcomes:
            metadata = {"dagster/row_count": outcome.rows, "rows_rejected": outcome.rejected, "is_new": outcome.is_new}
            yield dg.MaterializeResult(asset_key=catalogue.clean_key(outcome.table), metadata=metadata)
        for table, report in reports.items():
            yield _check_result(catalogue.clean_key(table), EXPECTATIONS, report)

    return clean


def _mart_assets(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    translator = catalogue.Translator()

    @dbt_assets(manifest=manifest, dagster_dbt_translator=translator, name="marts")
    def marts(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        settings = get_settings()
        if not stages.has_news(settings):
            context.log.info("Nothing new since the published build.")
            return
        with single_writer(settings):
            place = stages.new_place(settings, now=_now(), run_id=context.run.run_id)
            nodes = stages.build(settings, place)
        yield from _built(nodes, manifest, translator)

    return marts


def _built(
    nodes: Sequence[Node], manifest: Mapping[str, Any], translator: catalogue.Translator
) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
    for node in nodes:
        if node.kind == "model" and node.passed:
            metadata = {"seconds": node.seconds} | ({"dagster/row_count": node.rows} if node.rows else {})
            yield dg.MaterializeResult(asset_key=catalogue.warehouse_key(node.name), metadata=metadata)
    for node in nodes:
        key = get_asset_check_key_for_test(manifest, translator, node.unique_id, None) if node.kind == "test" else None
        if key is not None and node.status != "skipped":
            yield dg.AssetCheckResult(
                asset_key=key.asset_key,
                check_name=key.name,
                passed=node.passed,
                metadata={"failures": node.failures or 0, "message": node.message or ""},
            )


def _published_asset(manifest: Mapping[str, Any]) -> dg.AssetsDefinition:
    models = [node["name"] for node in manifest["nodes"].values() if node["resource_type"] == "model"]
    spec = dg.AssetSpec(
        PUBLISHED,
        deps=[catalogue.warehouse_key(model) for model in models],
        group_name=PUBLISHED.path[-1],
        description="The build that the cockpits read. Only a build that passed every gate is ever published.",
        kinds={"duckdb"},
    )
    checks = [dg.AssetCheckSpec(name, asset=PUBLISHED) for name in stages.BUILD_GATES]

    @dg.multi_asset(name="publish", specs=[spec], check_specs=checks)
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        settings = get_settings()
        place = stages.place_of_run(settings, context.run.run_id)
        gates = stages.gate_build(settings, place)
        for gate in gates:
            yield _check_result(PUBLISHED, gate.gate, gate)
        with single_writer(settings):
            build = stages.publish(settings, place, gates, now=_now())
        yield dg.MaterializeResult(asset_key=PUBLISHED, metadata={"build_id": build.build_id, "path": str(build.path)})

    return publish


def _check_result(key: dg.AssetKey, name: str, report: GateReport) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=report.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"findings": [finding.message for finding in report.findings]},
    )


def single_writer(settings: Settings) -> FileLock:
    """Two runs at once would race for the clean zone; the second waits for the first."""
    settings.lake.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.lake / ".pipeline.lock", timeout=2 * 60 * 60)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)

"""The assets that bring news: the raw tables of each source, and the clean tables.

Every body only calls a stage and tells Dagster what came out.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import dagster as dg

from core.settings import Settings, get_settings
from ingestion import inbox
from ingestion.errors import SourceUnreachableError, SuspiciousShrinkError
from ingestion.reports import LandingReport
from ingestion.sources import SOURCES
from orchestration import catalogue, stages, zones
from orchestration.instance import MAX_RUNTIME_SECONDS, process_tags
from quality.reports import GateReport
from quality.validate import has_expectations
from transforms.catalogue import CLEAN_TABLES

FIRST_DAY: Final = "2020-01-01"
DAYS: Final = dg.DailyPartitionsDefinition(start_date=FIRST_DAY, timezone="Asia/Shanghai", end_offset=1)
RETRIES: Final = 3
FEEDS: Final = "feeds"
LANDED: Final = "landed"
EXPECTATIONS: Final = "expectations"

_DAY_IN_NAME: Final = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")


def feed_assets() -> list[dg.AssetsDefinition]:
    """The raw tables of every source."""
    return [raw_assets(source) for source in SOURCES]


def feeds_job(assets: Sequence[dg.AssetsDefinition]) -> Any:
    """The job that looks at every source and makes nothing of it."""
    return dg.define_asset_job(
        FEEDS,
        selection=dg.AssetSelection.assets(*assets),
        executor_def=dg.in_process_executor,
        description="From every source to the raw tables, in one process.",
        tags={"dagster/max_runtime": str(MAX_RUNTIME_SECONDS)},
    )


def raw_assets(source: str) -> dg.AssetsDefinition:
    """The raw tables of one source, with the check that it answered."""
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


def clean_assets() -> dg.AssetsDefinition:
    """The clean tables, with what is expected of them."""
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
        with zones.single_writer(settings):
            outcomes = zones.refresh_clean(settings, progress=context.log.debug)
            renewed = [outcome.table for outcome in outcomes if outcome.is_new]
            reports = stages.gate_clean(settings, checked, renewed=renewed)
        for outcome in outcomes:
            metadata = {"dagster/row_count": outcome.rows, "rows_rejected": outcome.rejected, "is_new": outcome.is_new}
            yield dg.MaterializeResult(asset_key=catalogue.clean_key(outcome.table), metadata=metadata)
        for table, report in reports.items():
            yield check_result(catalogue.clean_key(table), EXPECTATIONS, report)

    return clean


def check_result(key: dg.AssetKey, name: str, report: GateReport) -> dg.AssetCheckResult:
    """What a gate found, as Dagster shows it beside an asset."""
    return dg.AssetCheckResult(
        asset_key=key,
        check_name=name,
        passed=report.passed,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"findings": [finding.message for finding in report.findings]},
    )


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)

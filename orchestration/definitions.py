"""Everything Dagster knows of Anju: assets, checks, the pipeline job, its schedule and its sensor."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import dagster as dg

from core.settings import Settings, get_settings
from ingestion import inbox
from ingestion.sources import SOURCES
from orchestration import dbt_runner
from orchestration.feed_assets import clean_assets, feed_assets, feeds_job
from orchestration.instance import MAX_RUNTIME_SECONDS
from orchestration.mart_assets import mart_assets

PIPELINE: Final = "pipeline"
FEEDS_CRON: Final = "*/15 * * * *"
SENSOR_SECONDS: Final = 30


def build_definitions(settings: Settings, overrides: Mapping[str, Any] | None = None) -> dg.Definitions:
    """Assemble the code location; `overrides` replaces `manifest` (dbt's) so that tests need not parse the project."""
    given = dict(overrides or {})
    manifest = given.get("manifest") or dbt_runner.parse(settings)
    feeds = feed_assets()
    job = dg.define_asset_job(
        PIPELINE,
        selection=dg.AssetSelection.all(),
        executor_def=dg.in_process_executor,
        description="From every source to a published build, in one process.",
        tags={"dagster/max_runtime": str(MAX_RUNTIME_SECONDS)},
    )
    return dg.Definitions(
        assets=[*feeds, clean_assets(), *mart_assets(manifest)],
        jobs=[job, feeds_job(feeds)],
        schedules=[_schedule(job)],
        sensors=[_dropped_files_sensor(job)],
    )


def _schedule(job: Any) -> dg.ScheduleDefinition:
    return dg.ScheduleDefinition(
        name="every_quarter_of_an_hour",
        job=job,
        cron_schedule=FEEDS_CRON,
        execution_timezone="Asia/Shanghai",
        description="Looks at every source; a tick with nothing new publishes nothing.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def _dropped_files_sensor(job: Any) -> dg.SensorDefinition:
    @dg.sensor(
        name="dropped_files",
        job=job,
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs the pipeline as soon as a complete file lies in an inbox.",
    )
    def dropped_files(_context: dg.SensorEvaluationContext) -> Iterator[dg.RunRequest | dg.SkipReason]:
        now = dt.datetime.now(dt.UTC)
        whole = [delivery for source in SOURCES for delivery in inbox.look(get_settings(), source, now=now)[0]]
        if not whole:
            yield dg.SkipReason("No complete file is waiting in an inbox.")
            return
        # One request for one content of the inboxes: what a run could not take does not start it for ever.
        yield dg.RunRequest(run_key=hashlib.sha256("".join(sorted(file.sha256 for file in whole)).encode()).hexdigest())

    return dropped_files

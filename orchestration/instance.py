"""Dagster's instance folder of an installation, and the end of runs that their host left behind.

Open-source Dagster cannot see that a whole host died: such a run stays STARTED for ever and keeps its place. Every run
therefore carries the boot it began in and its process, and `reap` ends those whose process is gone.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Final

import psutil
import yaml
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus, RunsFilter

from core.settings import Settings

PROCESS_TAG: Final = "anju/process"
STARTED_TAG: Final = "anju/process_started"
MAX_RUNTIME_SECONDS: Final = 2 * 60 * 60
_UNTAGGED_GRACE: Final = dt.timedelta(minutes=3)
_UNFINISHED: Final = [DagsterRunStatus.STARTING, DagsterRunStatus.STARTED, DagsterRunStatus.CANCELING]

CONFIGURATION: Final = {
    "telemetry": {"enabled": False},
    "nux": {"enabled": False},
    "run_monitoring": {"enabled": True, "max_runtime_seconds": MAX_RUNTIME_SECONDS, "poll_interval_seconds": 30},
    "concurrency": {"runs": {"max_concurrent_runs": 1}},
    "run_retries": {"enabled": True, "max_retries": 0},
    "retention": {"schedule": {"purge_after_days": 30}, "sensor": {"purge_after_days": {"skipped": 2}}},
}


def prepare_instance(settings: Settings) -> Path:
    """Write `dagster.yaml` into the instance folder and return the folder."""
    settings.dagster.mkdir(parents=True, exist_ok=True)
    file = settings.dagster / "dagster.yaml"
    content = yaml.safe_dump(CONFIGURATION, sort_keys=True)
    if not file.exists() or file.read_text(encoding="utf-8") != content:
        file.write_text(content, encoding="utf-8")
    return settings.dagster


def open_instance(settings: Settings) -> DagsterInstance:
    """Open the installation's Dagster instance; the caller closes it (it is a context manager)."""
    return DagsterInstance.from_config(str(prepare_instance(settings)))


def process_tags() -> dict[str, str]:
    """Return the tags that tie a run to the process that executes it."""
    process = psutil.Process()
    return {PROCESS_TAG: str(process.pid), STARTED_TAG: f"{process.create_time():.2f}"}


def reap(instance: DagsterInstance) -> list[str]:
    """End every unfinished run whose process is gone, and return their ids. Safe to call at any time."""
    records = instance.get_run_records(RunsFilter(statuses=_UNFINISHED))
    dead = [record.dagster_run for record in records if not _is_alive(record.dagster_run, record.create_timestamp)]
    for run in dead:
        instance.report_run_failed(run, "The process of this run is gone; the next run does its work.")
    return [run.run_id for run in dead]


def _is_alive(run: DagsterRun, created_at: dt.datetime) -> bool:
    if PROCESS_TAG not in run.tags:
        # A run gets its tag in its first step; one that is older than that step ever takes was never going to.
        return created_at > dt.datetime.now(dt.UTC) - _UNTAGGED_GRACE
    try:
        process = psutil.Process(int(run.tags[PROCESS_TAG]))
        return abs(process.create_time() - float(run.tags[STARTED_TAG])) < 1
    except psutil.NoSuchProcess:
        return False

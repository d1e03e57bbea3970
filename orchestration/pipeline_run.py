"""Run the whole pipeline in this process, with its steps shown while they run."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import dagster as dg
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core import warehouse
from core.settings import Settings
from orchestration import catalogue, stages, zones
from orchestration.errors import OrchestrationError
from orchestration.feed_assets import FEEDS, feed_assets, feeds_job
from orchestration.instance import open_instance, process_tags, reap

console = Console(stderr=True)

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_MADE: Final = (catalogue.CLEAN, catalogue.WAREHOUSE)
_ENDED: Final = {dg.DagsterEventType.STEP_SUCCESS, dg.DagsterEventType.STEP_FAILURE, dg.DagsterEventType.STEP_SKIPPED}


class PipelineFailedError(OrchestrationError):
    """A step of the pipeline failed; the published build is as it was."""

    code = "pipeline_failed"


def run_pipeline(settings: Settings, *, select: str | None = None) -> dict[str, Any]:
    """Run the pipeline here and return what came of it; raises PipelineFailedError with the reasons.

    Looking at the sources is a run of its own, so that a tick without news plans nothing else; `select` is one run.
    """
    before = warehouse.current_build(settings)
    started = time.monotonic()
    with open_instance(settings) as instance:
        reap(instance)
        if select is None:
            run_id = _run(instance, _feeds(), None)
            if zones.is_stale(settings) or stages.has_news(settings):
                job = _pipeline(settings)
                run_id = _run(instance, job, [key for key in _keys(job) if key.path[0] in _MADE])
        else:
            job = _pipeline(settings)
            run_id = _run(instance, job, _selected(job, select))
    after = warehouse.current_build(settings)
    is_new = after is not None and (before is None or after.build_id != before.build_id)
    seconds = time.monotonic() - started
    what = f"published {after.build_id}" if after and is_new else "nothing new to publish"
    return {
        "run_id": run_id,
        "is_new": is_new,
        "build_id": after.build_id if after else None,
        "seconds": round(seconds, 2),
        "message": f"The pipeline ran in {seconds:.1f} s: {what}.",
    }


def _feeds() -> Any:
    assets = feed_assets()
    return dg.Definitions(assets=assets, jobs=[feeds_job(assets)]).resolve_job_def(FEEDS)


def _pipeline(settings: Settings) -> Any:
    # The integration of dbt takes seconds to import, which a tick without news should not pay.
    from orchestration.definitions import PIPELINE, build_definitions  # noqa: PLC0415

    return build_definitions(settings).resolve_job_def(PIPELINE)


def _run(instance: dg.DagsterInstance, job: Any, keys: list[dg.AssetKey] | None) -> str:
    run_id = str(uuid.uuid4())
    with _progress(instance, run_id):
        result = job.execute_in_process(
            run_config=QUIET,
            instance=instance,
            run_id=run_id,
            tags=process_tags(),
            asset_selection=keys,
            raise_on_error=False,
        )
    failures = [f"{event.step_key}: {_reason(event)}" for event in result.all_events if event.is_step_failure]
    if failures:
        raise PipelineFailedError("\n".join(failures))
    return run_id


def _keys(job: Any) -> set[dg.AssetKey]:
    keys: set[dg.AssetKey] = job.asset_layer.asset_graph.get_all_asset_keys()
    return keys


def _selected(job: Any, select: str) -> list[dg.AssetKey]:
    found = dg.AssetSelection.from_string(select).resolve(job.asset_layer.asset_graph)
    if not found:
        message = f"No asset answers to {select!r}. `anju pipeline run --select 'key:\"clean/ops__ticket\"'` is one."
        raise OrchestrationError(message)
    return list(found)


def _reason(event: Any) -> str:
    error = event.step_failure_data.error
    while error.cause is not None:
        error = error.cause
    return str(error.message).strip()


@contextmanager
def _progress(instance: dg.DagsterInstance, run_id: str) -> Iterator[None]:
    """Show each step while it runs. Dagster keeps its events in the instance, so a second thread can read along."""
    if not console.is_terminal:
        yield
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    ended = threading.Event()
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("Starting", total=None)

        def follow() -> None:
            while not ended.wait(0.3):
                events = [log.dagster_event for log in instance.all_logs(run_id) if log.dagster_event]
                done = sum(event.event_type in _ENDED for event in events)
                begun = [event.step_key for event in events if event.event_type == dg.DagsterEventType.STEP_START]
                if begun:
                    progress.update(bar, description=str(begun[-1]), completed=done, total=max(len(begun) + 1, done))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()

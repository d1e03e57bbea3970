"""Run the whole pipeline in this process, with its steps shown while they run."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from dagster import AssetSelection, DagsterEventType, DagsterInstance
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from core import warehouse
from core.settings import Settings
from orchestration.definitions import PIPELINE, build_definitions
from orchestration.errors import OrchestrationError
from orchestration.instance import open_instance, process_tags, reap

console = Console(stderr=True)

QUIET: Final = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
_ENDED: Final = {DagsterEventType.STEP_SUCCESS, DagsterEventType.STEP_FAILURE, DagsterEventType.STEP_SKIPPED}


class PipelineFailedError(OrchestrationError):
    """A step of the pipeline failed; the published build is as it was."""

    code = "pipeline_failed"


def run_pipeline(settings: Settings, *, select: str | None = None) -> dict[str, Any]:
    """Run the pipeline here and return what came of it; raises PipelineFailedError with the reasons."""
    before = warehouse.current_build(settings)
    started = time.monotonic()
    with open_instance(settings) as instance:
        reap(instance)
        job = build_definitions(settings).resolve_job_def(PIPELINE)
        keys = _selected(job, select)
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


def _selected(job: Any, select: str | None) -> list[Any] | None:
    if select is None:
        return None
    found = AssetSelection.from_string(select).resolve(job.asset_layer.asset_graph)
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
def _progress(instance: DagsterInstance, run_id: str) -> Iterator[None]:
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
                begun = [event.step_key for event in events if event.event_type == DagsterEventType.STEP_START]
                if begun:
                    progress.update(bar, description=str(begun[-1]), completed=done, total=max(len(begun) + 1, done))

        follower = threading.Thread(target=follow, daemon=True)
        follower.start()
        try:
            yield
        finally:
            ended.set()
            follower.join()

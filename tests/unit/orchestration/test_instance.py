"""Runs whose host died are ended; runs that are alive are left alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yaml
from dagster import DagsterInstance, DagsterRunStatus, job, op

from core.settings import Settings
from orchestration import instance as ours
from orchestration.instance import PROCESS_TAG, STARTED_TAG, open_instance, process_tags, reap


@op
def nothing() -> None:
    pass


@job
def idle() -> None:
    nothing()


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[DagsterInstance]:
    with open_instance(Settings(home=tmp_path)) as opened:
        yield opened


def started_run(instance: DagsterInstance, tags: dict[str, str]) -> str:
    run = instance.create_run_for_job(job_def=idle, tags=tags)
    instance.report_run_canceling(run)
    return run.run_id


def status(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_the_run_of_a_dead_process_is_ended(instance: DagsterInstance) -> None:
    gone = psutil.Popen(["true"])
    created = gone.create_time()
    gone.wait()
    run_id = started_run(instance, {PROCESS_TAG: str(gone.pid), STARTED_TAG: f"{created:.2f}"})

    assert reap(instance) == [run_id]
    assert status(instance, run_id) == DagsterRunStatus.FAILURE
    assert reap(instance) == []


def test_the_run_of_this_process_is_left_alone(instance: DagsterInstance) -> None:
    run_id = started_run(instance, process_tags())

    assert reap(instance) == []
    assert status(instance, run_id) == DagsterRunStatus.CANCELING


def test_a_recycled_process_id_does_not_keep_a_run_alive(instance: DagsterInstance) -> None:
    me = psutil.Process()
    run_id = started_run(instance, {PROCESS_TAG: str(me.pid), STARTED_TAG: f"{me.create_time() - 3600:.2f}"})

    assert reap(instance) == [run_id]


def test_a_run_without_a_process_is_ended_once_its_first_step_is_overdue(
    instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = started_run(instance, {})

    assert reap(instance) == []

    monkeypatch.setattr(ours, "_UNTAGGED_GRACE", dt.timedelta(seconds=-1))

    assert reap(instance) == [run_id]


def test_telemetry_is_off_in_the_instance(tmp_path: Path) -> None:
    folder = ours.prepare_instance(Settings(home=tmp_path))

    assert yaml.safe_load((folder / "dagster.yaml").read_text())["telemetry"] == {"enabled": False}

"""Builds and publications are killed at any moment while somebody reads: one generation is seen, always a whole one."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import warehouse
from core.settings import Settings
from tests.fault.building import PUBLISHING, WITHOUT_TESTS, mark
from tests.fault.reading import ENOUGH
from tests.fault.reporters import wait_until
from tests.forks import Forks
from tests.service_process import environment

pytestmark = [pytest.mark.fault, pytest.mark.timeout(900)]

SEED = 20_261_124
ATTEMPTS = 5
"""How many times as many kills are tried: one that comes after the end counts for nothing."""


@pytest.fixture
def settings(anju_home: Path, run_directory: Path) -> Settings:
    return Settings(home=anju_home, system_state=run_directory / "system")


@pytest.fixture
def jobs(settings: Settings) -> Iterator[Callable[[str], Forks]]:
    """`jobs("module:function")` is a job that may be started and killed."""
    begun: list[Forks] = []

    def job(name: str) -> Forks:
        log = settings.home / f"{name.rpartition(':')[2]}.log"
        begun.append(Forks(name, environment=environment(settings) | WITHOUT_TESTS, log=log))
        return begun[-1]

    yield job
    for one in begun:
        one.close()


@pytest.mark.parametrize("kills", [5, pytest.param(20, marks=[pytest.mark.long, pytest.mark.timeout(1_800)])])
def test_a_reader_sees_one_whole_generation_whatever_is_killed(
    kills: int, settings: Settings, jobs: Callable[[str], Forks]
) -> None:
    rng = random.Random(SEED)
    job = jobs("tests.fault.building:run")
    generation = 0

    def start(what: str) -> float:
        """Start a job of the next generation, wait until a publication begins if it is one, and return the moment."""
        nonlocal generation
        generation += 1
        (settings.home / PUBLISHING).unlink(missing_ok=True)
        job.start(what, str(generation))
        if what == "publish_copy":
            wait_until((settings.home / PUBLISHING).exists, "a publication to begin")
        return time.monotonic()

    def finish(what: str) -> float:
        """Let a job end, and return the seconds it took."""
        began = start(what)
        assert job.wait() == 0, job.last_words()
        assert _published(settings) == mark(generation)
        return time.monotonic() - began

    finish("build")
    reader = jobs("tests.fault.reading:read_until_told")
    reader.start(str(settings.home / "seen.json"))
    seconds = {what: finish(what) for what in ("build", "publish_copy")}
    too_late = 0
    for what in ("build", "publish_copy"):
        in_time = 0
        for _ in range(ATTEMPTS * kills):
            if in_time == kills:
                break
            start(what)
            # A little beyond the end, so that the last moments are hit as often as the others.
            pause = rng.uniform(0, 1.2 * seconds[what])
            time.sleep(pause)
            if job.kill() == 0:
                too_late += 1
                # The job is quicker than was thought.
                seconds[what] = min(seconds[what], pause)
            else:
                in_time += 1
        assert in_time == kills, f"Of {ATTEMPTS * kills} kills of {what} only {in_time} came in time."
        finish(what)
    (settings.home / ENOUGH).touch()
    assert reader.wait() == 0, reader.last_words()

    seen = json.loads((settings.home / "seen.json").read_text(encoding="utf-8"))
    context = (
        f"seed {SEED}, {kills} kills of a build and {kills} of a publication ({too_late} more came too late), "
        f"{seen['reads']} reads of {len(seen['generations'])} generations"
    )
    print(f"{context}: {len(seen['errors'])} reader errors, {len(seen['mixed'])} mixed generations")
    assert not seen["errors"], f"{context}: {len(seen['errors'])} reader errors such as {seen['errors'][0]}"
    assert not seen["mixed"], f"{context}: {len(seen['mixed'])} mixed generations such as {seen['mixed'][0]}"
    assert seen["generations"] == sorted(seen["generations"]), f"{context}: an older generation came back"
    assert seen["generations"][-1] == mark(generation), f"{context}: the last generation was not seen"
    assert seen["reads"] >= 100, f"{context}: too few reads to prove anything"


def _published(settings: Settings) -> str:
    with warehouse.connect_published(settings) as connection:
        (found,) = connection.execute("select distinct substr(project_name, 1, 5) from marts.dim_projects").fetchall()
    return str(found[0])

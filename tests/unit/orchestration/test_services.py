"""Long-running parts are started, found again and stopped by what they are, not by luck."""

from __future__ import annotations

import json
import socket
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.settings import Settings
from orchestration import services
from orchestration.services import Part, PartNotStartedError


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def web_part(port: int) -> Part:
    command = (sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1")
    return Part("web", command, port=port)


def test_a_started_part_answers_is_found_and_is_gone_after_stop(settings: Settings) -> None:
    part = web_part(services.free_port("127.0.0.1", 18_500))
    running = services.start(settings, part)
    services.wait_until_up(settings, part, running)

    assert services.find(settings, "web") == running
    assert [found.name for found in services.running_parts(settings)] == ["web"]

    services.stop(settings, running)

    assert services.find(settings, "web") is None
    assert not psutil.pid_exists(running.pid) or psutil.Process(running.pid).status() == psutil.STATUS_ZOMBIE


def test_starting_a_running_part_starts_nothing(settings: Settings) -> None:
    part = web_part(services.free_port("127.0.0.1", 18_600))
    first = services.start(settings, part)
    try:
        assert services.start(settings, part) == first
    finally:
        services.stop(settings, first)


def test_a_part_that_dies_shows_the_end_of_its_log(settings: Settings) -> None:
    part = Part("dies", (sys.executable, "-c", "raise SystemExit('no such table')"))
    running = services.start(settings, part)
    deadline = time.monotonic() + 60
    while running.process is not None and time.monotonic() < deadline:
        time.sleep(0.05)

    with pytest.raises(PartNotStartedError, match="no such table"):
        services.wait_until_up(settings, part, running, seconds=5)


def test_a_recycled_process_id_is_not_mistaken_for_the_part(settings: Settings) -> None:
    record = settings.home / "run" / "web.json"
    record.parent.mkdir(parents=True)
    me = psutil.Process()
    record.write_text(json.dumps({"name": "web", "pid": me.pid, "started_at": me.create_time() - 60, "url": None}))

    assert services.find(settings, "web") is None


def test_a_taken_port_gives_the_next_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        assert services.free_port("127.0.0.1", port) > port

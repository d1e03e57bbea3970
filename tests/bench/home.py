"""A home of a benchmark's own: an embedded server, children that are measured, and nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.settings import Settings
from ops_db.server import stop_server
from ops_db.server_files import find_server_files
from tests.service_process import ROOT, environment


@contextmanager
def bench_home(**changed: Any) -> Iterator[Settings]:
    """Settings of an empty home; its server is durable, and stopped and removed at the end."""
    directory = Path(tempfile.mkdtemp(prefix="anju-bench-"))
    # Root runs Postgres under another account, which has to enter.
    directory.chmod(0o711)
    settings = Settings(home=directory / "home", system_state=directory / "system", **changed)
    settings.home.mkdir()
    try:
        yield settings
    finally:
        stop_server(settings)
        shutil.rmtree(directory, ignore_errors=True)


def server_program(settings: Settings, name: str) -> Path:
    """One of the programs that come with the embedded server, `psql` or `pgbench`."""
    files = find_server_files(settings)
    assert files is not None, "The embedded server has not been started yet."
    return files.programs / name


@dataclass(frozen=True, slots=True)
class Ended:
    """A child process that did its work: wall-clock seconds, largest memory, and what it printed."""

    seconds: float
    peak_megabytes: float
    output: str

    def json(self) -> Any:
        """The last line printed."""
        return json.loads(self.output.strip().splitlines()[-1])


def run_child(command: list[str], env: Mapping[str, str]) -> Ended:
    """Run a command to its end and measure it alone; fails with what it said."""
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=dict(env), cwd=ROOT, stdout=output, stderr=errors)
        # Only wait4 tells the memory of this child; the resource module gives the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        for stream in (output, errors):
            stream.seek(0)
        said = output.read()
        # The arguments may hold a password, so only the program is named.
        assert process.returncode == 0, f"{command[0]} ended with {process.returncode}: {errors.read()[-2000:]}"
    return Ended(seconds, usage.ru_maxrss / 1024, said)


def run_job(settings: Settings, module: str, *arguments: str, **changed: object) -> Ended:
    """Run `python -m module` on this home and measure it."""
    return run_child([sys.executable, "-m", module, *arguments], environment(settings, **changed))

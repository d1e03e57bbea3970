"""Start, find and stop the long-running parts of an installation: service, cockpits, Dagster.

Each part is a child process of its own session with a log under `ANJU_HOME/log` and an entry in
`ANJU_HOME/run/<name>.json` (process id, its start time and its address), so that another `anju` command finds it again
and a recycled process id is never mistaken for it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import psutil

from core.settings import Settings
from orchestration.errors import OrchestrationError

STOP_SECONDS: Final = 20
_POLL_SECONDS: Final = 0.1


class PartNotStartedError(OrchestrationError):
    """A part did not come up."""

    code = "part_not_started"


@dataclass(frozen=True, slots=True)
class Part:
    """What to start: a command, its port (None = it listens nowhere) and a path that answers once it is up."""

    name: str
    command: tuple[str, ...]
    host: str = "127.0.0.1"
    port: int | None = None
    health_path: str = "/"
    environment: Mapping[str, str] | None = None

    @property
    def url(self) -> str | None:
        """Address of the part, None where it listens nowhere."""
        return None if self.port is None else f"http://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Running:
    """A part that was started: enough to find this very process again."""

    name: str
    pid: int
    started_at: float
    url: str | None

    @property
    def process(self) -> psutil.Process | None:
        """The process, or None once it is gone or its id belongs to another."""
        try:
            process = psutil.Process(self.pid)
            is_ours = abs(process.create_time() - self.started_at) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return None
        return process if is_ours else None


def free_port(host: str, wanted: int, taken: set[int] | None = None) -> int:
    """Return `wanted`, or the next port nobody listens on; raises PartNotStartedError after fifty tries."""
    for port in range(wanted, wanted + 50):
        if port in (taken or set()):
            continue
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    message = f"No free port from {wanted} to {wanted + 49} on {host}. Stop what uses them, or set another port."
    raise PartNotStartedError(message)


def start(settings: Settings, part: Part) -> Running:
    """Start `part` unless it runs already; its output goes to its log."""
    found = find(settings, part.name)
    if found is not None:
        return found
    log_path = log_file(settings, part.name)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    with log_path.open("ab") as log:
        process = subprocess.Popen(
            part.command,
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            env=_environment(settings, part),
        )
    running = Running(part.name, process.pid, psutil.Process(process.pid).create_time(), part.url)
    record = _record(settings, part.name)
    record.parent.mkdir(parents=True, exist_ok=True)
    record.write_text(json.dumps(asdict(running)), encoding="utf-8")
    return running


def wait_until_up(settings: Settings, part: Part, running: Running, *, seconds: float = 90) -> None:
    """Wait until the part answers; raises PartNotStartedError with the end of its log when it dies or stays silent."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running.process is None:
            break
        if part.url is None or _answers(part.url + part.health_path):
            return
        time.sleep(_POLL_SECONDS)
    log = log_file(settings, part.name)
    tail = "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:])
    message = f"{part.name} did not come up. The end of {log}:\n{tail}"
    raise PartNotStartedError(message)


def find(settings: Settings, name: str) -> Running | None:
    """Return the running part of this name, or None."""
    try:
        running = Running(**json.loads(_record(settings, name).read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return running if running.process else None


def running_parts(settings: Settings) -> Iterator[Running]:
    """All parts of this installation that run now."""
    for record in sorted(_records(settings).glob("*.json")):
        running = find(settings, record.stem)
        if running is not None:
            yield running


def stop(settings: Settings, running: Running) -> None:
    """Ask the part and its children to end, and end them after a while."""
    process = running.process
    if process is not None:
        family = [process, *process.children(recursive=True)]
        _each(family, psutil.Process.terminate)
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        _each(alive, psutil.Process.kill)
        psutil.wait_procs(alive, timeout=STOP_SECONDS)
    _record(settings, running.name).unlink(missing_ok=True)


def log_file(settings: Settings, name: str) -> Path:
    """Where a part writes what it says."""
    return settings.home / "log" / f"{name}.log"


def python_module(*arguments: str) -> tuple[str, ...]:
    """Return the command that runs a module with this very interpreter."""
    return (sys.executable, "-m", *arguments)


def _environment(settings: Settings, part: Part) -> dict[str, str]:
    inherited = dict(os.environ)  # noqa: TID251  Handed on to a child, not read.
    return inherited | {"ANJU_HOME": str(settings.home)} | dict(part.environment or {})


def _records(settings: Settings) -> Path:
    return settings.home / "run"


def _record(settings: Settings, name: str) -> Path:
    return _records(settings) / f"{name}.json"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  Always our own loopback address.
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def _each(processes: list[psutil.Process], deed: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        try:
            deed(process)
        except psutil.NoSuchProcess:
            continue

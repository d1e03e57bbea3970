"""A process that has imported everything and forks itself for each job, so that a kill does not cost the imports again.

What is killed is a whole process doing the whole job; the seconds that Python takes to import dbt or the service are
spared, and twenty kills fit into a test run, as do all the services that browsers look at.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.service_process import ROOT

_READY: Final = "ready"


class Forks:
    """Runs `module:function` again and again, each time in a fresh fork of one process."""

    def __init__(self, job: str, *, environment: dict[str, str], log: Path) -> None:
        self.pid: int | None = None
        self.log = log
        with log.open("ab") as output:
            self._parent = subprocess.Popen(
                [sys.executable, "-m", "tests.forks", job],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                env=environment,
                cwd=ROOT,
            )
        self._hear(_READY)

    def start(self, *arguments: str) -> None:
        """Begin the job in a new fork."""
        assert self.pid is None, "The last job has not ended."
        assert self._parent.stdin is not None
        self._parent.stdin.write(json.dumps(arguments) + "\n")
        self._parent.stdin.flush()
        self.pid = int(self._hear("pid"))

    def kill(self) -> int:
        """Kill the job with signal 9; returns its exit code, which is its own if it was quicker."""
        assert self.pid is not None
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end of the job and return its exit code."""
        code = int(self._hear("code"))
        self.pid = None
        return code

    def last_words(self) -> str:
        """The end of what the jobs said."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]

    def close(self) -> None:
        """End the job, if there is one, and the process."""
        if self.pid is not None:
            self.kill()
        self._parent.communicate()

    def _hear(self, word: str) -> str:
        assert self._parent.stdout is not None
        said, _, value = self._parent.stdout.readline().strip().partition(" ")
        assert said == word, f"The forking process said {said!r} instead of {word!r}; see its log."
        return value


def _serve(job: Callable[..., Any]) -> None:
    # The job may print; what the tests listen to is kept apart from that.
    words = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    words.write(f"{_READY}\n")
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            os._exit(_exit_code(job, json.loads(line)))
        words.write(f"pid {pid}\n")
        words.write(f"code {os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])}\n")


def _exit_code(job: Callable[..., Any], arguments: list[str]) -> int:
    try:
        job(*arguments)
    except BaseException:  # noqa: BLE001  Whatever ends the job is said in the log, and nothing of the fork may go on.
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(":")
    _serve(getattr(importlib.import_module(module), function))

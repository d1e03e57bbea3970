"""`anju export` and `anju import export`: what `python -m ops_db` does, for who types only one command."""

from __future__ import annotations

import subprocess

import typer

from core.settings import get_settings
from orchestration import services
from orchestration.errors import OrchestrationError


class StillRunningError(OrchestrationError):
    """Parts of the installation are at work where nobody should be."""

    code = "still_running"


def export(context: typer.Context) -> None:
    """Everything as open files with a dictionary: Parquet and CSV. `anju export --help` says more."""
    raise typer.Exit(_run("export", context.args))


def import_export(context: typer.Context) -> None:
    """What `anju export` wrote, on an empty installation. `anju import export --help` says more."""
    running = [part.name for part in services.running_parts(get_settings())]
    if running and "--help" not in context.args:
        message = f"{', '.join(running)} of this installation would work on what is half there. Stop first: anju down"
        raise StillRunningError(message)
    raise typer.Exit(_run("import-export", context.args))


def _run(command: str, words: list[str]) -> int:
    return subprocess.run(services.python_module("ops_db", command, *words), check=False).returncode

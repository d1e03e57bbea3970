"""`anju process`: what `python -m ops_db process` does, for who types only one command."""

from __future__ import annotations

import subprocess

import typer

from orchestration import services

FORWARDED = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}


def process(context: typer.Context) -> None:
    """Processes as files: check, simulate, import, publish, export. `anju process --help` says more."""
    outcome = subprocess.run(services.python_module("ops_db", "process", *context.args), check=False)
    raise typer.Exit(outcome.returncode)

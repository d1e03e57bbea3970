"""`anju form`: designed forms as files; the operational core does the work."""

from __future__ import annotations

import subprocess
from typing import Annotated

import typer

from orchestration import services

app = typer.Typer()


@app.command(
    "form",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    help="Export, import, check and publish designed forms.",
)
def form(
    context: typer.Context,
    words: Annotated[
        list[str] | None, typer.Argument(help="export, import, check or publish, and what they take.")
    ] = None,
) -> None:
    """Hand the words on to `python -m ops_db form`."""
    command = services.python_module("ops_db", "form", *(words or []), *context.args)
    raise typer.Exit(subprocess.run(command, check=False).returncode)

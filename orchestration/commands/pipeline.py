"""`anju pipeline`: run everything from the sources to the published build, and look at what was published."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core import warehouse
from core.settings import get_settings
from orchestration.attempts import last_attempt

app = typer.Typer(no_args_is_help=True, help="From the sources to the published figures.")


@app.command()
def run(
    *,
    select: Annotated[str | None, typer.Option(help="Assets in Dagster's selection syntax; all without it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
) -> None:
    """Land, clean, gate, build, gate and publish, in this process."""
    # Dagster takes seconds to import, which the other commands should not pay.
    from orchestration.pipeline_run import run_pipeline  # noqa: PLC0415

    outcome = run_pipeline(get_settings(), select=select)
    if as_json:
        typer.echo(json.dumps(outcome, ensure_ascii=False))
        return
    typer.echo(outcome["message"])


@app.command("publish-status")
def publish_status(*, as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False) -> None:
    """Say which build the cockpits read, how old its data is, and what the last attempt found."""
    settings = get_settings()
    published = warehouse.current_build(settings)
    attempt = last_attempt(settings)
    if as_json:
        found = None if published is None else {"build_id": published.build_id, "data_as_of": str(published.data_as_of)}
        typer.echo(json.dumps({"published": found, "last_attempt": attempt}, ensure_ascii=False))
        return
    if published is None:
        typer.echo("Nothing is published yet. Run: anju pipeline run")
    else:
        typer.echo(f"Published: {published.build_id}, data as of {published.data_as_of:%Y-%m-%d %H:%M %Z}.")
    if attempt is not None:
        Console().print(_attempt_table(attempt))


def _attempt_table(attempt: dict[str, Any]) -> Table:
    verdict = "published" if attempt["is_published"] else "not published"
    table = Table("Gate", "Verdict", "Findings", title=f"Last attempt {attempt['build_id']}: {verdict}")
    for gate in attempt["gates"]:
        findings = "\n".join(f"{finding['severity']}: {finding['message']}" for finding in gate["findings"])
        table.add_row(gate["gate"], "passed" if gate["passed"] else "closed", findings)
    return table

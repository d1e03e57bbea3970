"""`python -m ops_db audit`: are the logs what was written?"""

from __future__ import annotations

import datetime as dt
import json
import time
from dataclasses import asdict
from typing import Annotated

import typer

from core.settings import get_settings
from ops_db.server import database_url

app = typer.Typer(no_args_is_help=True, help="Verify the logs of tickets and of deeds, and anchor them.")


@app.command()
def verify(*, as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False) -> None:
    """Go through every chain and every anchor; ends with 1 where something is not as it was written."""
    from ops_db.integrity.verification import verify_all  # noqa: PLC0415  SQLAlchemy takes half a second to import.

    started = time.monotonic()
    found = verify_all(get_settings(), database_url(get_settings()))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    else:
        for finding in found.findings:
            typer.secho(f"{finding.kind}: {finding.where}. {finding.sentence}", fg=typer.colors.RED)
        took = time.monotonic() - started
        typer.echo(
            f"{found.links} links in {found.chains} chains and {found.anchors} anchors verified in {took:.1f} s: "
            + (f"{found.finding_count} findings." if found.finding_count else "everything is as it was written.")
        )
    if found.finding_count:
        raise typer.Exit(1)


@app.command()
def anchor(
    *,
    after_restore: Annotated[
        str, typer.Option(help="Why what the anchors say does not hold any more, after a restore for example.")
    ] = "",
) -> None:
    """Write down outside the database what the logs are now; the worker does so every quarter of an hour."""
    from ops_db.integrity.verification import anchor_now  # noqa: PLC0415  As above.

    now = dt.datetime.now(dt.UTC)
    added = anchor_now(get_settings(), database_url(get_settings()), now=now, reason=after_restore)
    typer.echo(", ".join(f"{one.count} rows of {one.table}" for one in added) or "Nothing new to anchor.")

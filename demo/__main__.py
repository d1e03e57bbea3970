"""`python -m demo`: fills a database with the pretend estate, and plays the systems around it."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from core.settings import get_settings
from demo.estate import SIZES, generate
from demo.estate.load import DEMO_PASSWORD, LoadError, load
from demo.estate.workforce import DEMO_LOGINS
from ops_db.server import ensure_server
from ops_db.server_files import ServerError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="The pretend outside world.")

Size = Annotated[str, typer.Option(help=f"One of {', '.join(SIZES)}.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same estate.")]
Now = Annotated[dt.datetime | None, typer.Option(help="The moment the estate has come to, UTC; default now.")]


@app.callback()
def main_help() -> None:
    """Fill a database with the pretend estate, and play the systems around it."""


@app.command()
def estate(
    size: Size = "small",
    seed: Seed = 7,
    now: Now = None,
    database_url: Annotated[str | None, typer.Option(help="Default: the installation's own database.")] = None,
    truth_file: Annotated[Path | None, typer.Option(help="Where to write what was planted, for tests.")] = None,
) -> None:
    """Generate the estate and load it into a migrated and seeded database without projects."""
    settings = get_settings()
    url = database_url or (settings.database_url.get_secret_value() if settings.database_url else ensure_server(settings))
    made = generate(size, seed, now.replace(tzinfo=dt.UTC) if now else None)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as bar:
        task = bar.add_task("estate", total=len(made.arrivals))
        written = load(
            made, url, settings, progress=lambda what, done, _total: bar.update(task, description=what, completed=done)
        )
    if truth_file is not None:
        truth_file.write_text(json.dumps(made.truth, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    typer.echo(f"{written['project']} projects, {written['unit']} homes and {written['ticket']} tickets are loaded.")
    typer.echo(f"Sign in as {', '.join(DEMO_LOGINS)} with the password {DEMO_PASSWORD}.")


def main() -> None:
    """Run the command line; an error of ours is one sentence and exit code 1, not a traceback."""
    try:
        app()
    except (LoadError, ServerError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()

"""`python -m ops_db doctor`: is this installation sound?"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import Annotated, Final

import typer

from core.settings import get_settings
from ops_db.server import database_url

_MARKS: Final = {
    "green": ("✓", typer.colors.GREEN),
    "amber": ("!", typer.colors.YELLOW),
    "red": ("✗", typer.colors.RED),
}


def doctor(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Leave out the logs, which take longest.")] = False,
) -> None:
    """Look at everything that can be wrong with an installation; ends with 1 where something is red."""
    from ops_db import doctor as examination  # noqa: PLC0415  SQLAlchemy and Alembic take a second to import.
    from ops_db.engine import command_engine  # noqa: PLC0415  As above.

    settings = get_settings()
    engine = command_engine(database_url(settings)).execution_options(isolation_level="REPEATABLE READ")
    with engine.connect() as connection:
        patient = examination.Patient(connection, settings, dt.datetime.now(dt.UTC))
        answers = examination.examine(patient, with_logs=not quick)
        connection.rollback()
    if as_json:
        typer.echo(json.dumps([asdict(answer) for answer in answers], ensure_ascii=False))
    else:
        for answer in answers:
            mark, colour = _MARKS[answer.health]
            typer.secho(f"{mark} {answer.name.replace('_', ' '):<14}{answer.sentence}", fg=colour)
    if any(answer.health == examination.Health.RED for answer in answers):
        raise typer.Exit(1)

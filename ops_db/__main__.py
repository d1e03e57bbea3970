"""`python -m ops_db`: tends the operational database. Each subject is a sub-application with commands of its own."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from core.secrets_file import SecretsFileError
from core.settings import get_settings
from ops_db.server import database_url, ensure_server, server_status, stop_server
from ops_db.server_files import ServerError

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="Tend the operational database.")
server = typer.Typer(no_args_is_help=True, help="Start, stop and look at the embedded Postgres server.")
app.add_typer(server, name="server")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema; one that is there already is left alone."""
    # Alembic and the models take a second to import, which the other commands need not wait for.
    from ops_db import migrate as migrations  # noqa: PLC0415

    migrations.migrate(database_url(get_settings()))
    typer.echo("The database has the newest schema.")


@server.command()
def start() -> None:
    """Start the embedded server unless it runs."""
    settings = get_settings()
    if settings.database_url is not None:
        typer.echo("ANJU_DATABASE_URL is set, so the embedded server is not used.")
        return
    ensure_server(settings)
    typer.echo(f"The embedded database listens on 127.0.0.1:{server_status(settings).port}.")


@server.command()
def stop() -> None:
    """Stop the embedded server cleanly."""
    was_running = stop_server(get_settings())
    typer.echo("The embedded database has stopped." if was_running else "The embedded database was not running.")


@server.command()
def status(*, as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False) -> None:
    """Say whether the embedded server runs, and where."""
    found = server_status(get_settings())
    if as_json:
        typer.echo(json.dumps(found.as_dict()))
        return
    where = f" on 127.0.0.1:{found.port}, process {found.pid}" if found.port else ""
    typer.echo(f"{found.state}{where}" + (f", data in {found.data_directory}" if found.data_directory else ""))


def main() -> None:
    """Run the command line; an error of ours is one sentence and exit code 1, not a traceback."""
    try:
        app()
    except (SecretsFileError, ServerError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()

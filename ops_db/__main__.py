"""`python -m ops_db`: tends the operational database. Each subject is a sub-application with commands of its own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.secrets_file import SecretsFileError
from core.settings import get_settings
from ops_db.commands import audit, doctor, export, form, process, work, worker
from ops_db.errors import DomainError, NotInstalled
from ops_db.export.errors import ExportError
from ops_db.process.errors import ProcessError
from ops_db.server import database_url, ensure_server, server_status, stop_server
from ops_db.server_files import ServerError

if TYPE_CHECKING:
    from sqlalchemy import Connection

app = typer.Typer(no_args_is_help=True, pretty_exceptions_show_locals=False, help="Tend the operational database.")
server = typer.Typer(no_args_is_help=True, help="Start, stop and look at the embedded Postgres server.")
app.add_typer(server, name="server")
app.command()(worker.worker)
app.command("load-stock")(work.load_stock)
app.command("judge-promises")(work.judge_promises)
app.command(help=export.EXPORT_HELP)(export.export)
app.command("import-export", help=export.IMPORT_HELP)(export.import_export)
app.add_typer(worker.timers, name="timers")
app.add_typer(audit.app, name="audit")
app.command()(doctor.doctor)
app.add_typer(process.app, name="process")
app.add_typer(form.app, name="form")


@app.command()
def migrate() -> None:
    """Bring the database to the newest schema; one that is there already is left alone."""
    # Alembic and the models take a second to import, which the other commands need not wait for.
    from ops_db import migrate as migrations  # noqa: PLC0415

    migrations.migrate(database_url(get_settings()))
    typer.echo("The database has the newest schema.")


@app.command()
def seed() -> None:
    """Load the reference data: roles, calendar, promises, the process, the taxonomy. What is there is left alone."""
    from ops_db import seed as reference  # noqa: PLC0415  The models take a second to import.

    with _transaction() as connection:
        added = reference.seed(connection, now=dt.datetime.now(dt.UTC))
    typer.echo(", ".join(f"{count} {table}" for table, count in added.items() if count) or "Everything was there.")


@app.command("set-account")
def set_account(
    login: str,
    *,
    role: Annotated[list[str], typer.Option(help="A role; may be given several times.")],
    name: Annotated[str, typer.Option(help="Shown to colleagues; the login if not given.")] = "",
    project: Annotated[str | None, typer.Option(help="Code of the only project the roles count in.")] = None,
    staff: Annotated[str | None, typer.Option(help="Staff number of whom the account belongs to.")] = None,
    password: Annotated[str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True)],
) -> None:
    """Make an account, or give an existing one a new password and further roles."""
    from ops_db.accounts import administration  # noqa: PLC0415  The models take a second to import.

    with _transaction() as connection:
        administration.set_account(
            connection,
            login=login,
            password=password,
            display_name=name or login,
            roles=role,
            project_code=project,
            staff_number=staff,
            now=dt.datetime.now(dt.UTC),
        )
    typer.echo(f"{login} can sign in.")


@app.command("import-tickets")
def import_tickets(
    file: Annotated[Path, typer.Argument(help="Canonical ticket frame, as `anju import tickets` makes it.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be loaded, and load nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
) -> None:
    """Load the tickets of an older system; those known already are left alone."""
    from ops_db.history_import import service as history  # noqa: PLC0415  Arrow takes a second to import.

    with _transaction(keep=not dry_run) as connection:
        report = history.import_tickets(connection, file, now=dt.datetime.now(dt.UTC))
    if as_json:
        typer.echo(json.dumps(report.as_dict()))
        return
    typer.echo(
        f"{report.row_count} rows: {report.new_count} new tickets ({report.open_count} open, "
        f"{report.in_doubt_count} in doubt), {report.known_count} known, {report.repeated_count} repeated."
        + (" Nothing was loaded." if dry_run else "")
    )
    typer.echo(", ".join(f"{count} {table}" for table, count in report.added.items()))


@contextmanager
def _transaction(*, keep: bool = True) -> Iterator[Connection]:
    """A connection whose work is kept at the end, unless an error or `keep` says otherwise."""
    # SQLAlchemy takes half a second to import.
    from sqlalchemy import inspect  # noqa: PLC0415

    from ops_db.engine import command_engine  # noqa: PLC0415  As above.

    with command_engine(database_url(get_settings())).connect() as connection, connection.begin() as transaction:
        if not inspect(connection).has_table("ticket", schema="ops"):
            raise NotInstalled("The database has no tables yet. Make them with `python -m ops_db migrate`.")
        yield connection
        if not keep:
            transaction.rollback()


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
def url() -> None:
    """Print the address of the operational database, starting the embedded server unless it runs."""
    typer.echo(database_url(get_settings()))


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
    except (DomainError, ExportError, ProcessError, SecretsFileError, ServerError) as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        raise SystemExit(1) from error


if __name__ == "__main__":
    main()

"""`python -m ops_db form`: forms as files, from one installation to another, checked and put into use."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.settings import get_settings
from ops_db.errors import NotFound
from ops_db.forms import loading
from ops_db.forms.errors import FormInvalid
from ops_db.server import database_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

app = typer.Typer(no_args_is_help=True, help="Export, import, check and publish designed forms.")

File = Annotated[Path, typer.Argument(help="A form as YAML or JSON.", exists=True, dir_okay=False)]
Key = Annotated[str, typer.Argument(help="Key of the form, report for example.")]


@app.command()
def export(
    key: Key, *, version: Annotated[int | None, typer.Option(help="The version; that in use without it.")] = None
) -> None:
    """Print a form as YAML."""

    async def read(connection: AsyncConnection) -> str:
        from ops_db.forms import repository  # noqa: PLC0415  SQLAlchemy takes half a second to import.

        row = (
            await repository.in_state(connection, key, "published")
            if version is None
            else await repository.version(connection, key, version)
        )
        if row is None:
            raise NotFound("There is no form {key} in use. Check the address.", key=key)
        return loading.as_yaml(loading.parse_form(row.definition))

    typer.echo(_with_connection(read), nl=False)


@app.command()
def check(file: File) -> None:
    """Say what keeps a form from being published; ends with 1 if something does."""
    try:
        definition = loading.load_form(loading.data_in(file.read_text(encoding="utf-8")))
    except FormInvalid as invalid:
        for problem in invalid.problems:
            typer.secho(f"{problem.place}: {problem} [{problem.fault}]", fg=typer.colors.RED)
        raise typer.Exit(1) from None
    typer.echo(f"{definition.key} can be published: {len(definition.fields)} fields, {len(definition.rules)} rules.")


@app.command("import")
def import_form(file: File) -> None:
    """Take a form over as a draft under the next number."""
    definition = loading.parse_form(loading.data_in(file.read_text(encoding="utf-8")))

    async def keep(connection: AsyncConnection) -> str:
        from ops_db.actor import SYSTEM  # noqa: PLC0415  As above.
        from ops_db.forms import service  # noqa: PLC0415  As above.

        saved = await service.begin(
            connection, definition.key, actor=SYSTEM, now=dt.datetime.now(dt.UTC), data=loading.as_data(definition)
        )
        state = f"{len(saved.problems)} problems" if saved.problems else "fit to be published"
        return f"{saved.row.key} version {saved.row.version} is a draft, {state}."

    typer.echo(_with_connection(keep))


@app.command()
def publish(key: Key) -> None:
    """Put the draft of a form into use."""

    async def put(connection: AsyncConnection) -> str:
        from ops_db.actor import SYSTEM  # noqa: PLC0415  As above.
        from ops_db.forms import service  # noqa: PLC0415  As above.

        draft = await service.draft(connection, key, actor=SYSTEM)
        row = await service.publish(
            connection, key, revision=draft.row.revision, actor=SYSTEM, now=dt.datetime.now(dt.UTC)
        )
        return f"{row.key} version {row.version} is in use."

    typer.echo(_with_connection(put))


def _with_connection(work: Callable[[AsyncConnection], Awaitable[str]]) -> str:
    """What `work` says; its changes are kept unless it raises."""

    async def connected() -> str:
        from ops_db.engine import service_engine  # noqa: PLC0415  As above.

        engine = service_engine(database_url(get_settings()), sees_every_project=True)
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(connected())

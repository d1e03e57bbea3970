"""`python -m ops_db process`: definitions as files, checked, tried out with scenario packs, loaded and published."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from core.settings import get_settings
from ops_db.errors import InvalidInput
from ops_db.server import database_url

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

    from ops_db.process.definition import Definition
    from ops_db.process.errors import Problem
    from ops_db.process.scenarios import Outcome

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Processes as files: check, try out, import, publish, export.")

AsJson = Annotated[bool, typer.Option("--json", help="For a program to read.")]
DefinitionFile = Annotated[
    str, typer.Argument(help="A definition in YAML or JSON; `default` and `property_repair` are shipped.")
]
Others = Annotated[list[Path] | None, typer.Option("--with", help="Definitions of the processes that are put in.")]


@app.command()
def check(definition: DefinitionFile, *, others: Others = None, as_json: AsJson = False) -> None:
    """Find what cannot work, naming the node; ends with 1 where something is found. No database is needed."""
    from ops_db.process.errors import DefinitionInvalid  # noqa: PLC0415  pydantic takes half a second to import.
    from ops_db.process.problems import problems  # noqa: PLC0415  As above.

    found: list[Problem]
    try:
        whole = _whole(definition, others or [])
        found, node_count = problems(whole), len(whole.nodes)
    except DefinitionInvalid as invalid:
        found, node_count = list(invalid.problems), 0
    if as_json:
        typer.echo(json.dumps([{"code": one.code, "node": one.node, "message": one.message} for one in found]))
    else:
        for one in found:
            typer.secho(f"{one.node}: {one.message} [{one.code}]", fg=typer.colors.RED)
        typer.echo(f"{len(found)} problems." if found else f"{node_count} nodes, nothing to put right.")
    if found:
        raise typer.Exit(1)


@app.command()
def simulate(
    definition: DefinitionFile,
    pack: Annotated[Path | None, typer.Argument(help="Scenarios in YAML; else the file beside the definition.")] = None,
    *,
    others: Others = None,
    as_json: AsJson = False,
) -> None:
    """Run a scenario pack against a process; ends with 1 at a difference. No database is needed."""
    from ops_db.process.loading import load_definition  # noqa: PLC0415  As above.
    from ops_db.process.scenarios import parse_pack_file, run_pack  # noqa: PLC0415  As above.

    whole = load_definition(_whole(definition, others or []).model_dump(mode="json", by_alias=True))
    file = _file(definition)
    outcomes = run_pack(whole, parse_pack_file(_readable(pack or file.with_suffix(".scenarios.yaml"))))
    if as_json:
        typer.echo(json.dumps([_outcome_row(one) for one in outcomes], ensure_ascii=False))
    else:
        for one in outcomes:
            _print_outcome(one)
        failed = sum(not one.is_passed for one in outcomes)
        typer.echo(f"{len(outcomes) - failed} of {len(outcomes)} scenarios passed.")
    if not all(one.is_passed for one in outcomes):
        raise typer.Exit(1)


@app.command("export")
def export_process(
    key: Annotated[str, typer.Argument(help="The key of the process.")],
    *,
    version: Annotated[int | None, typer.Option(min=1, help="The newest published one if not given.")] = None,
    output: Annotated[Path | None, typer.Option(help="The file to write; printed if not given.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a version of a process as YAML, with stable order of keys, to be kept, compared and imported elsewhere."""
    from ops_db.process_admin import versions  # noqa: PLC0415  SQLAlchemy takes half a second to import.

    async def exported(connection: AsyncConnection) -> str:
        number = version or await _newest(connection, key)
        found = await versions.version_of(connection, actor=_system(), key=key, version=number)
        return versions.as_file(found.document, "json" if as_json else "yaml")

    text = _with_database(exported)
    if output is None:
        typer.echo(text, nl=False)
        return
    output.write_text(text, encoding="utf-8")
    typer.echo(f"Written to {output}.")


@app.command("import")
def import_process(definition: DefinitionFile) -> None:
    """Load a definition as a draft; publish it when it is right."""
    from ops_db.process.loading import parse_definition_file  # noqa: PLC0415  As above.
    from ops_db.process_admin import drafts  # noqa: PLC0415  As above.

    parsed = parse_definition_file(_file(definition))
    document = parsed.model_dump(mode="json", by_alias=True, exclude_defaults=True)

    async def imported(connection: AsyncConnection) -> drafts.Draft:
        return await drafts.import_draft(connection, actor=_system(), document=document, now=dt.datetime.now(dt.UTC))

    draft = _with_database(imported)
    typer.echo(f"{draft.key} is a draft of version {draft.version}.")
    for one in draft.findings:
        typer.secho(f"{one.node or 'definition'}: {one.message} [{one.code}]", fg=typer.colors.RED)


@app.command()
def publish(key: Annotated[str, typer.Argument(help="The key of the process whose draft is published.")]) -> None:
    """Make the draft of a process the version that new tickets take; running tickets stay on theirs."""
    from ops_db.process_admin import drafts  # noqa: PLC0415  As above.

    async def published(connection: AsyncConnection) -> int:
        draft = await drafts.draft_of(connection, actor=_system(), key=key)
        now = dt.datetime.now(dt.UTC)
        return await drafts.publish(connection, actor=_system(), key=key, revision=draft.revision, now=now)

    typer.echo(f"Version {_with_database(published)} of {key} is published.")


@app.command()
def migrate(
    key: Annotated[str, typer.Argument(help="The key of the process.")],
    *,
    from_version: Annotated[int, typer.Option(help="The version whose open tickets are moved.")],
    to_version: Annotated[int, typer.Option(help="The published version they go on with.")],
    node: Annotated[list[str] | None, typer.Option(help="old=new, for a step that has another key now.")] = None,
    ticket: Annotated[list[str] | None, typer.Option(help="Number of a ticket to move; else all.")] = None,
    is_dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be moved, and move nothing.")] = False,
) -> None:
    """Move running tickets to another version, all or none; ends with 1 and the list where one does not fit."""
    from ops_db.process.migration_plan import suggested_map  # noqa: PLC0415  As above.
    from ops_db.process_admin.moving import definition_of_version, move_tickets  # noqa: PLC0415  As above.

    given = dict(pair.split("=", 1) for pair in node or () if "=" in pair)

    async def work(connection: AsyncConnection) -> Any:
        old, new = [await definition_of_version(connection, key, one) for one in (from_version, to_version)]
        return await move_tickets(
            connection,
            key,
            from_version=from_version,
            to_version=to_version,
            node_map=suggested_map(old, new) | given,
            actor=_system(),
            now=dt.datetime.now(dt.UTC),
            numbers=ticket,
            is_dry_run=is_dry_run,
        )

    moved = _with_database(work)
    for misfit in moved.misfits:
        typer.secho(f"{misfit.ticket} {misfit.problem}", fg=typer.colors.RED)
    if moved.misfits:
        typer.echo(f"{len(moved.misfits)} tasks have no place in version {to_version}; nothing was moved.")
        raise typer.Exit(1)
    typer.echo(f"{len(moved.numbers)} tickets {'would be' if is_dry_run else 'were'} moved.")


def _system() -> Any:
    from ops_db.actor import SYSTEM  # noqa: PLC0415  As above.

    return SYSTEM


async def _newest(connection: AsyncConnection, key: str) -> int:
    from ops_db.process_admin import versions  # noqa: PLC0415  As above.

    for found in await versions.processes(connection, actor=_system()):
        if found.key == key and found.published is not None:
            return found.published.version
    raise InvalidInput("There is no published version of {key}. Name a version.", key=key)


def _with_database(work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    async def worked() -> T:
        from ops_db.engine import worker_engine  # noqa: PLC0415  As above.

        engine = worker_engine(database_url(get_settings()), pool_size=1)
        try:
            async with engine.begin() as connection:
                return await work(connection)
        finally:
            await engine.dispose()

    return asyncio.run(worked())


def _file(name: str) -> Path:
    """The file of this name, or the shipped definition called so."""
    from ops_db.process.loading import DEFINITIONS  # noqa: PLC0415  As above.

    file = Path(name)
    shipped = DEFINITIONS / f"{name}.yaml"
    return _readable(shipped if not file.exists() and file.name == name and shipped.exists() else file)


def _readable(file: Path) -> Path:
    if not file.is_file():
        raise InvalidInput("There is no file {file}.", file=file)
    return file


def _whole(definition: str, others: list[Path]) -> Definition:
    """The definition with every subprocess put in that is among the other files, or shipped."""
    from ops_db.process.loading import DEFINITIONS, parse_definition_file  # noqa: PLC0415  As above.
    from ops_db.process.subprocess import expanded  # noqa: PLC0415  As above.

    drawn = parse_definition_file(_file(definition))
    shipped = [file for file in sorted(DEFINITIONS.glob("*.yaml")) if file.stem in ("default", "property_repair")]
    known = {one.key: one for one in map(parse_definition_file, [*shipped, *map(_readable, others)])}
    return expanded(drawn, known.get)


def _outcome_row(outcome: Outcome) -> dict[str, Any]:
    difference = outcome.difference
    return {
        "name": outcome.name,
        "title": outcome.title.model_dump(by_alias=True),
        "is_passed": outcome.is_passed,
        "place": difference.node if difference else None,
        "difference": difference.message if difference else None,
    }


def _print_outcome(outcome: Outcome) -> None:
    if outcome.difference is None:
        typer.echo(f"passed  {outcome.title.zh} · {outcome.title.en}")
        return
    typer.secho(f"FAILED  {outcome.title.zh} · {outcome.title.en}\n        {outcome.difference}", fg=typer.colors.RED)

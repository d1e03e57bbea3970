"""`python -m ops_db export` and `import-export`: everything leaves as open files, and such files are taken in."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from core.settings import get_settings
from ops_db.server import database_url

if TYPE_CHECKING:
    from ops_db.export.arriving import ArrivalSummary
    from ops_db.export.leaving import Summary, Tell

AsJson = Annotated[bool, typer.Option("--json", help="For a program to read.")]
_SHOWN_TIMES_A_SECOND = 4

# Each paragraph is one line, since the help breaks lines where its terminal ends.
EXPORT_HELP: Final = (
    "Write everything this installation holds as open files, with a dictionary that explains every column.\n\n"
    "One moment of the database, its photos, what other systems sent, the published marts and every measure, as"
    " Parquet and CSV. Names and telephone numbers are in clear: keep the folder as you keep the people in it."
    " Passwords and keys stay behind. Open dictionary.html first.\n\n"
    "Take the folder in on an empty installation with: anju import export FOLDER"
)
IMPORT_HELP: Final = (
    "Take an export in on an empty installation: the same rows, numbers, logs and measures.\n\n"
    "Every file is checked before anything is written, and everything is written in one transaction or not at"
    " all. No password leaves with an export: name an administrator with --password-for, who gives the others"
    " new ones. Webhooks come switched off and without their keys, tokens of integrations come withdrawn."
)


class Format(StrEnum):
    """What files are written."""

    BOTH = "both"
    PARQUET = "parquet"
    CSV = "csv"


def export(
    folder: Annotated[Path, typer.Argument(help="A folder that is empty or not there yet.", show_default=False)],
    *,
    wanted: Annotated[Format, typer.Option("--format", help="Parquet, CSV, or both beside each other.")] = Format.BOTH,
    without_personal_data: Annotated[
        bool,
        typer.Option(
            "--without-personal-data",
            help="Leave out names, numbers, free texts, photos and feeds: for an audit, not for a move.",
        ),
    ] = False,
    without_files: Annotated[bool, typer.Option("--without-files", help="Leave out photos and films.")] = False,
    without_feeds: Annotated[
        bool, typer.Option("--without-feeds", help="Leave out what other systems sent (lake/raw).")
    ] = False,
    without_marts: Annotated[bool, typer.Option("--without-marts", help="Leave out marts and measures.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write everything this installation holds as open files, with a dictionary that explains every column."""
    from ops_db.export.leaving import Options, export_everything  # noqa: PLC0415  Arrow takes a second to import.
    from ops_db.export.writing import FORMATS  # noqa: PLC0415  As above.

    settings = get_settings()
    options = Options(
        formats=FORMATS if wanted is Format.BOTH else (wanted.value,),
        with_personal_data=not without_personal_data,
        with_files=not without_files,
        with_feeds=not without_feeds,
        with_marts=not without_marts,
    )
    with _progress() as tell:
        found = export_everything(
            settings, database_url(settings), folder, options, now=dt.datetime.now(dt.UTC), tell=tell
        )
    typer.echo(
        json.dumps(found.as_dict(), ensure_ascii=False)
        if as_json
        else _left(found, with_personal_data=options.with_personal_data)
    )


def import_export(
    folder: Annotated[Path, typer.Argument(help="A folder that `anju export` wrote.", show_default=False)],
    *,
    password_for: Annotated[
        str | None,
        typer.Option(
            "--password-for", help="Login of an account that gets a password now, asked for; the others have none."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take an export in on an empty installation: the same rows, numbers, logs and measures."""
    from ops_db.export.arriving import NewPassword, take_in  # noqa: PLC0415  Arrow takes a second to import.
    from ops_db.migrate import migrate  # noqa: PLC0415  As above.

    password = None
    if password_for is not None:
        entered = typer.prompt(f"New password of {password_for}", hide_input=True, confirmation_prompt=True)
        password = NewPassword(password_for, entered)
    settings = get_settings()
    url = database_url(settings)
    migrate(url)
    with _progress() as tell:
        found = take_in(settings, url, folder, now=dt.datetime.now(dt.UTC), tell=tell, password=password)
    typer.echo(json.dumps(found.as_dict()) if as_json else _arrived(found, password_for))


def _left(found: Summary, *, with_personal_data: bool) -> str:
    held = (
        f"{found.rows:,} rows of {found.tables} tables, {found.files:,} photos and films, {found.feed_files:,} files of"
        f" feeds, {found.marts} marts and {found.measures} measures: {found.bytes / 1e6:,.1f} MB in {found.folder}"
    )
    lines = [held, f"What each column means: {found.folder}/dictionary.html"]
    if found.missing_files:
        lines.append(f"{found.missing_files} photos are missing from the store; the dictionary names them.")
    if with_personal_data:
        lines.append("Names and telephone numbers stand there in clear. Keep the folder as you keep the people in it.")
    return "\n".join(lines)


def _arrived(found: ArrivalSummary, login: str | None) -> str:
    held = (
        f"{found.rows:,} rows of {found.tables} tables, {found.files:,} photos and films and {found.feed_files:,} files"
        f" of feeds, as they were at {found.snapshot_at}."
    )
    logs = f"{found.links:,} entries in {found.chains:,} chains of the logs verified: "
    logs += (
        f"{found.findings} are not as they were written, and were not when the export was made."
        " See `python -m ops_db audit verify`."
        if found.findings
        else "everything is as it was written."
    )
    lines = [held, logs]
    if found.accounts:
        who = f"{login} can sign in and gives the others theirs." if login else _HOW_TO_SIGN_IN
        lines.append(f"{found.accounts} accounts came without their passwords. {who}")
    if found.webhooks:
        lines.append(f"{found.webhooks} webhooks are switched off until they get new keys: /manage/webhooks.")
    if found.unknown_callers:
        callers = (
            f"{found.unknown_callers} calls are of numbers nobody in the store has; only the old installation's key"
            " finds them again. Should they be found, import with its ANJU_SECRET_KEY."
        )
        lines.append(callers)
    lines.append("Make the figures: anju pipeline run. Look it over: anju doctor.")
    return "\n".join(lines)


_HOW_TO_SIGN_IN = "Give one a password: `python -m ops_db set-account LOGIN --role administrator`."


@contextmanager
def _progress() -> Iterator[Tell]:
    """What is being done, on the terminal of whoever waits; nothing where nobody looks."""
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, refresh_per_second=_SHOWN_TIMES_A_SECOND) as shown:
        task = shown.add_task("", total=None)

        def tell(what: str, done: int, of: int) -> None:
            shown.update(task, description=f"{what:<24}", completed=done, total=of or None)

        yield tell

"""`anju import`: bring in what an older system knows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from core.settings import get_settings
from orchestration.commands.installation import prepare_database, run_step
from orchestration.commands.tables import print_rows

if TYPE_CHECKING:
    import polars as pl

app = typer.Typer(no_args_is_help=True, help="Bring in what an older system knows.")
console = Console(stderr=True)


@app.callback()
def subjects() -> None:
    """Bring in what an older system knows."""


@app.command()
def tickets(
    file: Annotated[Path, typer.Argument(help="CSV, XLSX or Parquet.", exists=True, dir_okay=False)],
    *,
    mapping: Annotated[str, typer.Option(help="A mapping file, or the name of one that is shipped: nyc311_elevator …")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen, change nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
) -> None:
    """Bring an older system's tickets into the operational store, once."""
    # Polars and the reader take a second to import, which the other commands should not pay.
    from ingestion.history import load_mapping, read_history  # noqa: PLC0415

    settings = get_settings()
    with console.status(f"Reading {file.name} …"):
        reading = read_history(file, load_mapping(mapping))
    prepare_database(settings)
    frame = settings.home / "import" / f"{file.stem}.parquet"
    frame.parent.mkdir(parents=True, exist_ok=True)
    reading.tickets.write_parquet(frame)
    rejects = frame.with_suffix(".rejected.csv")
    _write_for_spreadsheets(reading.rejected, rejects)
    with console.status(f"Loading {reading.tickets.height:,} tickets …"):
        options = ["--json", *(["--dry-run"] if dry_run else [])]
        loaded = json.loads(run_step("load the tickets", "ops_db", "import-tickets", str(frame), *options))
    counts = reading.rejected.group_by("_rule").len("rows")
    rules = counts.sort("rows", "_rule", descending=[True, False]).to_dicts()
    result = {"file": file.name, "dry_run": dry_run, "loaded": loaded, "rejected_by_rule": rules}
    if as_json:
        typer.echo(json.dumps(result, ensure_ascii=False))
        return
    _show(result, rejects=rejects)


def _write_for_spreadsheets(rejected: pl.DataFrame, file: Path) -> None:
    """Write CSV that a spreadsheet reads as UTF-8, and in which no cell is taken for a formula."""
    import polars as pl  # noqa: PLC0415  As in `tickets`.

    text = pl.col(pl.String)
    guarded = pl.when(text.str.contains(r"^[=+\-@\t\r]")).then("'" + text).otherwise(text)
    rejected.with_columns(guarded.name.keep()).write_csv(file, include_bom=True)


def _show(result: dict[str, Any], *, rejects: Path) -> None:
    loaded = result["loaded"]
    would = "would be loaded" if result["dry_run"] else "loaded"
    typer.echo(
        f"{loaded['new_count']:,} tickets {would}, {loaded['known_count']:,} were known, "
        f"{loaded['open_count']:,} are open."
    )
    if not result["rejected_by_rule"]:
        typer.echo("No row is rejected.")
        return
    print_rows(
        [{"rule": rule["_rule"], "rows": rule["rows"]} for rule in result["rejected_by_rule"]], title="Rejected rows"
    )
    typer.echo(f"Each rejected row with its line and text: {rejects}")

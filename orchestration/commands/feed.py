"""`anju feed`: land a source by hand, and see or retry what was turned away."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from core.settings import get_settings
from orchestration.commands.tables import print_rows
from orchestration.errors import OrchestrationError

if TYPE_CHECKING:
    import polars as pl

    from ingestion.reports import LandingReport
    from ingestion.sources import Source

app = typer.Typer(no_args_is_help=True, help="What other systems send: land it, and look at what was turned away.")
quarantined = typer.Typer(no_args_is_help=True, help="Rows and files that were turned away, with the rule they broke.")
app.add_typer(quarantined, name="quarantine")
console = Console(stderr=True)

AsJson = Annotated[bool, typer.Option("--json", help="For a program to read.")]


class UnknownSourceError(OrchestrationError):
    """There is no source of this name."""

    code = "unknown_source"

    def __init__(self, name: str, known: Iterable[str]) -> None:
        super().__init__(f"There is no source {name!r}. Known sources: {', '.join(known)}.")


class UnknownQuarantineError(OrchestrationError):
    """There is no entity, or no broken rule, of this name."""

    code = "unknown_quarantine"


@app.command()
def land(
    source: Annotated[str, typer.Argument(help="ops, crm, erp, finance, calls, meters …")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="Files to land; without any, what waits."),
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Land what a source has now, or the files named."""
    known = _source(source)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=console, transient=True) as progress:
        task = progress.add_task(f"Landing {source}")

        def tell(subject: str, rows: int) -> None:
            progress.update(task, description=f"{subject}: {rows:,} rows")

        report = known.land(get_settings(), files=files or None, now=dt.datetime.now(dt.UTC), progress=tell)
    _show(report, as_json=as_json)
    if report.held and not report.batches:
        raise typer.Exit(1)


@quarantined.command()
def show(
    entity: Annotated[str | None, typer.Argument(help="calls__call for example; a summary of all without it.")] = None,
    *,
    rule: Annotated[str | None, typer.Option(help="Only rows that broke this rule.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what was turned away: counts by rule, or the rows of one entity."""
    # As in `_source`.
    from ingestion import quarantine  # noqa: PLC0415
    from orchestration import zones  # noqa: PLC0415  As above.

    settings = get_settings()
    if entity is None:
        rejected = quarantine.counts(settings.quarantine, settings.raw).to_dicts() + zones.clean_reject_counts(settings)
        held = quarantine.held_files(settings.quarantine)
        if as_json:
            typer.echo(json.dumps({"rows": rejected, "held": [file.model_dump(mode="json") for file in held]}))
            return
        print_rows(rejected, title="Rows turned away")
        print_rows([{"source": f.source, "file": f.name, "why": f.message} for f in held], title="Files held")
        return
    at_landing = quarantine.rows(settings.quarantine, settings.raw, entity)
    since = zones.rejects(settings, entity)
    _require_known(entity, rule, [at_landing["_rule"], since["_rule"]])
    turned_away = [rows if rule is None else rows.filter(_rule=rule) for rows in (at_landing, since)]
    if as_json:
        found = [row for rows in turned_away for row in rows.to_dicts()][:limit]
        typer.echo(json.dumps(found, default=str, ensure_ascii=False))
        return
    for rows, where in zip(turned_away, ("at landing", "between raw and clean"), strict=True):
        print_rows(rows.head(limit).to_dicts(), title=f"Rows of {entity} turned away {where}")
        if rows.height > limit:
            typer.echo(f"{rows.height:,} rows in all; --limit shows more.")


@quarantined.command()
def retry(source: Annotated[str, typer.Argument()], *, as_json: AsJson = False) -> None:
    """Try again what was turned away, against the contracts of today."""
    _show(_source(source).retry(get_settings(), now=dt.datetime.now(dt.UTC)), as_json=as_json)


def _require_known(entity: str, rule: str | None, rules: Sequence[pl.Series]) -> None:
    """Raise UnknownQuarantineError for an entity nobody lands or cleans, or a rule that none of its rows broke."""
    from ingestion.sources import SOURCES  # noqa: PLC0415  As in `_source`.
    from transforms.catalogue import CLEAN_TABLES  # noqa: PLC0415  As above.

    entities = sorted({name for source in SOURCES.values() for name in source.entities} | set(CLEAN_TABLES))
    if entity not in entities:
        raise UnknownQuarantineError(f"There is no entity {entity!r}. Use one of {', '.join(entities)}.")
    broken = sorted({str(name) for names in rules for name in names})
    if rule is not None and rule not in broken:
        raise UnknownQuarantineError(
            f"No row of {entity} broke a rule {rule!r}. Broken were: {', '.join(broken) or 'none'}."
        )


def _source(name: str) -> Source:
    # The readers of all sources take seconds to import, which the other commands should not pay.
    from ingestion.sources import SOURCES  # noqa: PLC0415

    if name not in SOURCES:
        raise UnknownSourceError(name, SOURCES)
    return SOURCES[name]


def _show(report: LandingReport, *, as_json: bool) -> None:
    if as_json:
        summary = {
            "source": report.source,
            "batches": [batch.model_dump(mode="json", exclude={"columns", "parts"}) for batch in report.batches],
            "rows_in": report.rows_in,
            "rows_loaded": report.rows_loaded,
            "rows_quarantined": report.rows_quarantined,
            "held": [held.model_dump(mode="json") for held in report.held],
            "waiting": report.waiting,
            "unchanged": report.unchanged,
            "messages": report.messages,
        }
        typer.echo(json.dumps(summary, ensure_ascii=False))
        return
    print_rows(
        [
            {
                "entity": batch.entity,
                "from": ", ".join(batch.source_files) or batch.origin,
                "in": batch.rows_in,
                "loaded": batch.rows_loaded,
                "turned away": batch.rows_quarantined,
            }
            for batch in report.batches
        ],
        title=f"Landed from {report.source}",
    )
    for sentence in (*report.messages, *report.unchanged, *report.waiting):
        typer.echo(sentence)
    for held in report.held:
        typer.secho(f"{held.name} is held: {held.message}", fg=typer.colors.RED)
    if report.rows_quarantined:
        typer.echo("See the rows turned away with: anju feed quarantine show")

"""The `anju` command."""

from __future__ import annotations

import sys

import typer

from core.measures import MeasureError
from core.warehouse import WarehouseError
from ingestion.errors import IngestionError
from orchestration.commands import feed, form, history, installation, leaving, metrics, pipeline, process
from orchestration.errors import OrchestrationError

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,
    help="Anju 安居: after-sales service for homes, from the repair request to the figure that leads back to it.",
)
app.add_typer(installation.app)
app.add_typer(pipeline.app, name="pipeline")
app.add_typer(feed.app, name="feed")
app.add_typer(history.app, name="import")
app.add_typer(metrics.app, name="metrics")
app.add_typer(form.app)
app.command(context_settings=process.FORWARDED)(process.process)
app.command(context_settings=process.FORWARDED)(leaving.export)
history.app.command("export", context_settings=process.FORWARDED)(leaving.import_export)


def main() -> None:
    """Run the command line; an error of ours is its sentence and exit code 1, not a traceback."""
    try:
        app()
    except (OrchestrationError, IngestionError, MeasureError, WarehouseError) as error:
        typer.secho(f"{error} [{error.code}]", fg=typer.colors.RED, err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()

"""`anju metrics`: what is measured, the figures, and the rows behind them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core import measures
from core.measures import Condition, Result, RowsBehind
from core.settings import get_settings
from orchestration.commands.tables import as_text, print_rows
from orchestration.errors import OrchestrationError

app = typer.Typer(no_args_is_help=True, help="Every figure, its definition, and the rows it is made of.")

AsJson = Annotated[bool, typer.Option("--json", help="For a program to read.")]


@app.command("list")
def list_measures(*, as_json: AsJson = False) -> None:
    """List every measure with its definition."""
    settings = get_settings()
    found = measures.catalogue(settings)
    if as_json:
        described = [
            {
                "name": one.name,
                "label_zh": one.label_zh,
                "label_en": one.label_en,
                "unit": one.unit,
                "good_direction": one.good_direction,
                "definition": one.definition,
                "minimum_n": one.minimum_n,
                "dimensions": [dimension.name for dimension in one.dimensions],
            }
            for one in found
        ]
        typer.echo(json.dumps(described, ensure_ascii=False))
        return
    is_chinese = settings.language.startswith("zh")
    table = Table("Measure", "Name", "Unit", "Definition")
    for one in found:
        table.add_row(one.name, one.label_zh if is_chinese else one.label_en, one.unit, one.definition)
    Console().print(table)


@app.command()
def query(
    *,
    metrics: Annotated[str, typer.Option(help="Names from `anju metrics list`, separated by commas.")],
    group_by: Annotated[str | None, typer.Option(help="Dimensions with commas: project,metric_time__month")] = None,
    where: Annotated[list[str] | None, typer.Option(help="severity=urgent, project=HZ01,HZ02 …")] = None,
    order_by: Annotated[str | None, typer.Option(help="Columns of the answer, a minus for falling.")] = None,
    limit: Annotated[int | None, typer.Option(min=1)] = None,
    drill: Annotated[bool, typer.Option("--drill", help="Show the rows behind the figure instead.")] = False,
    denominator: Annotated[bool, typer.Option("--denominator", help="With --drill: its divisor's rows.")] = False,
    offset: Annotated[int, typer.Option(min=0, help="With --drill: how many rows to skip.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Ask for figures, or with --drill for the rows one figure is made of."""
    settings = get_settings()
    names = _listed(metrics)
    conditions = [Condition.parse(text) for text in where or []]
    if not drill:
        found = measures.query(settings, names, _listed(group_by), conditions, _listed(order_by), limit)
        _show(found, {}, as_json=as_json)
        return
    if len(names) != 1 or group_by:
        message = "--drill shows the rows of one measure. Name one, and use --where instead of --group-by."
        raise OrchestrationError(message)
    rows = measures.drill(
        settings,
        names[0],
        conditions,
        part="denominator" if denominator else "numerator",
        limit=limit or 50,
        offset=offset,
    )
    _show(rows, {"row_count": rows.row_count, "value_sum": rows.value_sum}, as_json=as_json)


def _listed(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _show(result: Result | RowsBehind, totals: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        answer = {"build_id": result.build_id, **totals, "rows": result.records()}
        typer.echo(json.dumps(answer, default=_plain, ensure_ascii=False))
        return
    print_rows(result.records())
    if totals.get("row_count"):
        typer.echo(f"{totals['row_count']:,} rows in all, their values add up to {as_text(totals['value_sum'])}.")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if isinstance(value, dt.date | dt.datetime) else str(value)

"""`anju metrics`: what is measured, the figures, and the rows behind them."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import textwrap
from decimal import Decimal
from typing import Annotated, Any, Final

import typer

from core import measures
from core.measures import Condition, Result, RowsBehind
from core.settings import Settings, get_settings
from orchestration.commands.tables import as_text, print_rows
from orchestration.errors import OrchestrationError

app = typer.Typer(no_args_is_help=True, help="Every figure, its definition, and the rows it is made of.")

_SOME: Final = 12
_WIDTH: Final = 100

AsJson = Annotated[bool, typer.Option("--json", help="For a program to read.")]


class WrongUseError(OrchestrationError):
    """Options that do not go together."""

    code = "wrong_use"


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
    for one in found:
        label = one.label_zh if is_chinese else one.label_en
        typer.echo(f"{one.name}  {label}  [{one.unit}]")
        typer.echo(textwrap.indent(textwrap.fill(one.definition, _WIDTH), "    "))


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
    if not names:
        message = "Name at least one measure with --metrics. `anju metrics list` shows all."
        raise WrongUseError(message)
    if not drill and (denominator or offset):
        message = "--denominator and --offset are about the rows behind a figure. Add --drill."
        raise WrongUseError(message)
    conditions = [Condition.parse(text) for text in where or []]
    _say_what_no_row_has(settings, names[0], conditions)
    if not drill:
        found = measures.query(settings, names, _listed(group_by), conditions, _listed(order_by), limit)
        _show(found, {}, as_json=as_json)
        return
    if len(names) != 1 or group_by:
        message = "--drill shows the rows of one measure. Name one, and use --where instead of --group-by."
        raise WrongUseError(message)
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
    return list(dict.fromkeys(part.strip() for part in (text or "").split(",") if part.strip()))


def _say_what_no_row_has(settings: Settings, measure: str, conditions: list[Condition]) -> None:
    """Name the values asked for that no row has: a zero that follows from a slip of the pen looks like any other."""
    for condition in conditions:
        dimension = measures.dimension(settings, measure, condition.dimension)
        if condition.operator not in {"eq", "in", "ne", "not_in"} or dimension.kind == "time":
            continue
        known = {str(row[0]) for row in measures.query(settings, [measure], [condition.dimension]).rows}
        given = condition.value if isinstance(condition.value, tuple) else (condition.value,)
        for value in {str(value) for value in given} - known:
            near = difflib.get_close_matches(value, known) or sorted(known)[:_SOME]
            typer.secho(
                f"No row of {measure} has {condition.dimension} {value!r}. There is: {', '.join(near)}"
                + (" …" if len(near) < len(known) else ""),
                fg=typer.colors.YELLOW,
                err=True,
            )


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

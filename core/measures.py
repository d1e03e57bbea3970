"""Figures: measures asked of the published warehouse, and the rows behind each of them.

Every figure is a metric of the dbt project, compiled by MetricFlow and run on the published build; nothing here or in a
page adds up anything of its own. A figure's rows are the same question grouped by the key of what is counted, so that
figure and list agree always. Values never become part of a statement: they are bound to it.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal

from core import warehouse
from core.semantic_layer import (
    GRAINS,
    METRIC_TIME,
    ROW_NUMBER,
    Compiler,
    Definitions,
    Dimension,
    Measure,
    Model,
    Question,
    load_definitions,
)
from core.settings import Settings
from core.warehouse import Build, Reader

Operator = Literal["eq", "ne", "in", "not_in", "lt", "le", "gt", "ge", "is_null", "is_not_null"]
Value = str | int | float | bool | dt.date | dt.datetime | None
Part = Literal["numerator", "denominator"]

_COMPARISONS: Final = {"lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_SPELLED: Final = (("!=", "ne"), (">=", "ge"), ("<=", "le"), ("=", "eq"), (">", "gt"), ("<", "lt"))
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_READER: Final = Reader()

LARGEST_PAGE: Final = 100_000


class MeasureError(Exception):
    """A question that cannot be answered as asked; the message says what to ask instead."""

    code = "measure_error"


class MeasureUnknown(MeasureError):
    """No measure of that name."""

    code = "measure_unknown"


class DimensionUnknown(MeasureError):
    """A dimension that the measure, or one of several, cannot be asked by."""

    code = "dimension_unknown"


class ConditionInvalid(MeasureError):
    """A condition that makes no sense for its dimension."""

    code = "condition_invalid"


class DayMissing(MeasureError):
    """A measure of a state, asked over several days at once."""

    code = "day_missing"


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a dimension. `in` and `not_in` take several values; None stands for rows that have no value."""

    dimension: str
    operator: Operator
    value: Value | tuple[Value, ...] = None

    @classmethod
    def parse(cls, text: str) -> Condition:
        """Read `severity=urgent`, `project=HZ01,HZ02` or `metric_time>=2026-01-01`; raises ConditionInvalid."""
        for sign, operator in _SPELLED:
            dimension, found, value = text.partition(sign)
            if found and re.fullmatch(r"[a-z][a-z0-9_]*", dimension.strip()):
                values = tuple(part.strip() for part in value.split(","))
                if operator in {"eq", "ne"} and len(values) > 1:
                    return cls(dimension.strip(), "in" if operator == "eq" else "not_in", values)
                return cls(dimension.strip(), operator, value.strip())  # type: ignore[arg-type]  # From the table above.
        raise ConditionInvalid(f"{text!r} is no condition. Write it like severity=urgent or metric_time>=2026-01-01.")


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to a question: named columns, rows, the statement that was run, and the build it was run on.

    Beside a rate stand `<measure>__numerator` and `<measure>__denominator`, beside a percentile the latter: its n.
    """

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    sql: str
    build_id: str

    def records(self) -> list[dict[str, Any]]:
        """The rows by column."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def one(self) -> dict[str, Any]:
        """The only row of a question without grouping."""
        (record,) = self.records()
        return record


@dataclass(frozen=True, slots=True)
class RowsBehind(Result):
    """The rows a figure is made of, one page of them; `row_count` and `value_sum` are of all pages together."""

    row_count: int
    value_sum: float | None


@dataclass(frozen=True, slots=True)
class _Where:
    """Conditions as MetricFlow's templates, and the values to bind."""

    templates: tuple[str, ...]
    values: dict[str, Value]


def catalogue(settings: Settings) -> list[Measure]:
    """Every measure of the published build, in the order of their names; raises NothingPublished."""
    definitions = load_definitions(warehouse.require_build(settings).semantic_manifest)
    return [definitions.measures[name] for name in sorted(definitions.measures)]


def dimension(settings: Settings, metric: str, name: str) -> Dimension:
    """The dimension that a measure knows by that name, in full or short; raises a MeasureError."""
    definitions = load_definitions(warehouse.require_build(settings).semantic_manifest)
    return _dimension([_measure(definitions, metric)], name)[0]


def query(
    settings: Settings,
    metrics: Sequence[str],
    group_by: Sequence[str] = (),
    where: Iterable[Condition] = (),
    order_by: Sequence[str] = (),
    limit: int | None = None,
    project_scope: tuple[str, ...] | None = None,
) -> Result:
    """Ask for measures, grouped and filtered.

    A dimension is named in full (`ticket__severity`, `metric_time__month`) or by its last part, where that is enough.
    `order_by` names columns of the answer, with a minus for falling. `project_scope` holds the projects the asker may
    see, None all; it goes into every question. A figure below its minimum n is None. Raises a MeasureError.
    """
    build = warehouse.require_build(settings)
    definitions = load_definitions(build.semantic_manifest)
    asked = [_measure(definitions, name) for name in metrics]
    grouping = [(name, _grouping(asked, name)) for name in group_by]
    conditions = tuple(where)
    for measure in asked:
        _require_day(measure, [name for _, name in grouping], conditions)
    parts = [part for one in asked for part in (one.name, one.numerator, one.denominator) if part]
    filters = _filters(asked, conditions, project_scope)
    question = Question(tuple(dict.fromkeys(parts)), tuple(name for _, name in grouping), filters.templates)
    figures = Compiler.of(definitions).sql(question)
    columns = [(f'"{name}"', label) for label, name in grouping]
    for measure in asked:
        columns += _published(measure, definitions)
    statement = _statement(figures, columns, order_by, limit)
    return Result(
        tuple(label for _, label in columns), _run(build, statement, filters.values), statement, build.build_id
    )


def drill(
    settings: Settings,
    metric: str,
    where: Iterable[Condition] = (),
    project_scope: tuple[str, ...] | None = None,
    part: Part = "numerator",
    limit: int = 200,
    offset: int = 0,
    order: Literal["newest", "largest"] = "newest",
) -> RowsBehind:
    """The rows behind a figure: of a rate, those of its numerator or denominator.

    For a count `row_count` is the figure, for a sum `value_sum` is; behind a median or percentile stands every row it
    was taken from. `_source_table` and `_source_key` say which row of which source each came from.
    """
    build = warehouse.require_build(settings)
    definitions = load_definitions(build.semantic_manifest)
    asked = _measure(definitions, metric)
    conditions = tuple(where)
    _require_day(asked, (), conditions)
    counted = _counted(definitions, asked, part)
    model = definitions.models[counted.model or ""]
    filters = _filters([asked], conditions, project_scope)
    figures = Compiler.of(definitions).sql(Question((counted.name,), (model.row,), filters.templates))
    keeps_zero = asked.kind == "distribution"
    columns = (*dict.fromkeys((model.key_column, *model.shown)), "value", "_source_table", "_source_key")
    statement = _rows_statement(
        figures, model, counted, keeps_zero=keeps_zero, order=order, limit=min(limit, LARGEST_PAGE), offset=offset
    )
    found = _run(build, statement, filters.values)
    row_count, value_sum = found[0][:2]
    rows = [row[3:] for row in found if row[2] is not None]
    return RowsBehind(columns, rows, statement, build.build_id, row_count, value_sum)


def catalogue_table(settings: Settings, language: str) -> str:
    """All measures as a Markdown table, for the documentation."""
    is_chinese = language.lower().startswith("zh")
    head = (
        ("指标", "名称", "单位", "定义", "最小样本")
        if is_chinese
        else ("measure", "name", "unit", "definition", "least n")
    )
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for one in catalogue(settings):
        label = one.label_zh if is_chinese else one.label_en
        lines.append(f"| `{one.name}` | {label} | {one.unit} | {one.definition} | {one.minimum_n or '–'} |")
    return "\n".join(lines) + "\n"


def _measure(definitions: Definitions, name: str) -> Measure:
    try:
        return definitions.measures[name]
    except KeyError:
        raise MeasureUnknown(f"There is no measure {name!r}. `anju metrics list` shows all.") from None


def _counted(definitions: Definitions, measure: Measure, part: Part) -> Measure:
    name = measure.denominator if part == "denominator" else measure.numerator or measure.values
    return _measure(definitions, name) if name else measure


def _dimension(measures: Sequence[Measure], name: str) -> tuple[Dimension, str | None]:
    """The dimension all `measures` know by that name, and the grain it ends in."""
    base, _, last = name.rpartition("__")
    plain, grain = (base, last) if base and last in GRAINS else (name, None)
    found = measures[0].dimension(plain)
    if found is None or any(one.dimension(found.name) is None for one in measures) or (grain and found.kind != "time"):
        known = set.intersection(*({dimension.name for dimension in one.dimensions} for one in measures))
        names = ", ".join(one.name for one in measures)
        raise DimensionUnknown(f"{names} cannot be asked by {name!r}. Use one of {', '.join(sorted(known))}.")
    return found, grain


def _grouping(measures: Sequence[Measure], name: str) -> str:
    dimension, grain = _dimension(measures, name)
    return f"{dimension.name}__{grain or 'day'}" if dimension.kind == "time" else dimension.name


def _require_day(measure: Measure, grouping: Sequence[str], where: Sequence[Condition]) -> None:
    """A state adds up over tickets and never over days, so one day has to be named, or each shown for itself."""
    if not measure.is_by_day or any(name.endswith("__day") for name in grouping):
        return
    named = {c.dimension.removesuffix("__day").rpartition("__")[2] for c in where if c.operator == "eq"}
    if not named & {METRIC_TIME, "on_date", "is_latest"}:
        raise DayMissing(f"{measure.name} is the state at the end of a day. Group by metric_time__day or name one day.")


def _filters(measures: Sequence[Measure], where: Sequence[Condition], project_scope: tuple[str, ...] | None) -> _Where:
    conditions = list(where)
    if project_scope is not None:
        conditions.append(Condition("project", "in", tuple(project_scope)))
    values: dict[str, Value] = {}
    templates = [_template(one, *_dimension(measures, one.dimension), values) for one in conditions]
    return _Where(tuple(templates), values)


def _template(condition: Condition, dimension: Dimension, grain: str | None, values: dict[str, Value]) -> str:
    """The condition in MetricFlow's words; its values are added to `values` and only named in the text."""
    column = _column(dimension, grain)
    given = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    match condition.operator:
        case "is_null":
            return f"{column} is null"
        case "is_not_null":
            return f"{column} is not null"
        case "eq" | "in":
            return _among(column, dimension, given, values)
        case "ne" | "not_in":
            return f"not coalesce({_among(column, dimension, given, values)}, false)"
        case "lt" | "le" | "gt" | "ge":
            (value,) = given
            if value is None:
                raise ConditionInvalid(f"{dimension.name} cannot be compared with nothing. Give a value.")
            bound = _bound(_typed(dimension, value, is_range=True), values)
            return f"{column} {_COMPARISONS[condition.operator]} {bound}"
    raise ConditionInvalid(f"{condition.operator!r} is no comparison. Use one of {', '.join(Operator.__args__)}.")


def _column(dimension: Dimension, grain: str | None) -> str:
    if dimension.kind == "entity":
        return f"{{{{ Entity('{dimension.name}') }}}}"
    if dimension.kind == "time":
        return f"{{{{ TimeDimension('{dimension.name}', '{grain or 'day'}') }}}}"
    return f"{{{{ Dimension('{dimension.name}') }}}}"


def _among(column: str, dimension: Dimension, given: Sequence[Value], values: dict[str, Value]) -> str:
    typed = [_typed(dimension, value, is_range=False) for value in given if value is not None]
    texts = [_bound(value, values) for value in typed if isinstance(value, str)]
    others = [_bound(value, values) for value in typed if not isinstance(value, str)]
    choices = []
    if texts:
        # What comes from an address is text; a flag or a number of months is compared with it as it is written.
        choices.append(f"cast({column} as varchar) in ({', '.join(texts)})")
    if others:
        choices.append(f"{column} in ({', '.join(others)})")
    if None in given:
        choices.append(f"{column} is null")
    return f"({' or '.join(choices)})" if choices else "1 = 0"


def _typed(dimension: Dimension, value: Value, *, is_range: bool) -> Value:
    if not isinstance(value, str):
        return value
    if dimension.kind == "time":
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ConditionInvalid(f"{value!r} is no day. Write {dimension.name} as 2026-01-31.") from None
    return float(value) if is_range and _NUMBER.fullmatch(value) else value


def _bound(value: Value, values: dict[str, Value]) -> str:
    name = f"v{len(values)}"
    values[name] = value
    return f"${name}"


def _published(measure: Measure, definitions: Definitions) -> list[tuple[str, str]]:
    """The columns of a measure, expression and name: the figure unless its n is too small, and what it is made of."""
    parts = [(measure.numerator, "numerator"), (measure.denominator, "denominator")]
    beside = [
        (_figure(definitions.measures[name]), f"{measure.name}__{label}") for name, label in parts if name is not None
    ]
    figure = _figure(measure)
    if measure.denominator and measure.minimum_n:
        figure = f'case when coalesce("{measure.denominator}", 0) >= {measure.minimum_n} then {figure} end'
    return [(figure, measure.name), *beside]


def _figure(measure: Measure) -> str:
    # Nothing found is a count of none, while a rate of nothing is no figure.
    return f'coalesce("{measure.name}", 0)' if measure.kind in {"count", "sum"} else f'"{measure.name}"'


def _statement(figures: str, columns: list[tuple[str, str]], order_by: Sequence[str], limit: int | None) -> str:
    labels = [label for _, label in columns]
    order = []
    for name in order_by:
        column = name.removeprefix("-")
        if column not in labels:
            raise DimensionUnknown(f"The answer has no column {column!r} to sort by. Use one of {', '.join(labels)}.")
        order.append(f"{labels.index(column) + 1} {'desc' if name.startswith('-') else 'asc'} nulls last")
    selected = ",\n    ".join(f'{expression} as "{label}"' for expression, label in columns)
    statement = f"select\n    {selected}\nfrom (\n{figures}\n) as figures"
    if order:
        statement += f"\norder by {', '.join(order)}"
    return statement if limit is None else f"{statement}\nlimit {int(limit)}"


def _rows_statement(
    figures: str, model: Model, counted: Measure, *, keeps_zero: bool, order: str, limit: int, offset: int
) -> str:
    """The page of rows; the totals stand before each of them, and alone where the page is empty."""
    table, row = model.relation, f"{model.relation}.{ROW_NUMBER}"
    newest = f"{table}.{model.newest_first}" if model.newest_first else "null"
    by = {"newest": "newest desc nulls last, key", "largest": "value desc nulls last, key"}[order]
    shown = ", ".join(f"{table}.{column}" for column in dict.fromkeys((model.key_column, *model.shown)))
    dropped = "" if keeps_zero else ' and "value" <> 0'
    return f"""with figures as (
{figures}
),
behind as materialized (
    select key, "value" from (select "{model.row}" as key, "{counted.name}" as "value" from figures) as named
    where "value" is not null{dropped}
),
totals as (
    select count(*) as row_count, sum("value") as value_sum from behind
),
page as (
    select behind.key, behind."value", {newest} as newest
    from behind
    inner join {table} on behind.key = {row}
    order by {by}
    limit {int(limit)} offset {int(offset)}
)
select
    totals.row_count, totals.value_sum, page.key, {shown},
    page."value", '{model.source_table}', cast({table}.{model.source_key} as varchar)
from totals
left join page on true
left join {table} on page.key = {row}
order by {by.replace("key", "page.key")}"""  # noqa: S608  Names come from the manifest, values are bound.


def _run(build: Build, statement: str, values: dict[str, Value]) -> list[tuple[Any, ...]]:
    cursor = _READER.cursor(build)
    rows = cursor.execute(statement, values).fetchall() if values else cursor.execute(statement).fetchall()
    return [tuple(_plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    """Sums of money come as decimals, days as midnights, instants in the machine's zone; a page wants none of these."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            return value.astimezone(dt.UTC)
        return value.date() if value.time() == dt.time() else value
    return value

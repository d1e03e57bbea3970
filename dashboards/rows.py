"""From records of figures to the rows that charts draw and tables show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import streamlit as st

from core.language import Language
from dashboards import drill, empty, formatting
from dashboards.figures import Record
from dashboards.filters import FIELDS, NOT_RECORDED
from dashboards.visit import Visit

MONTH: Final = "metric_time__month"


def shown(visit: Visit, name: str, record: Record) -> str:
    """A figure of a record as it is written."""
    return visit.written(name, record.get(name))


def noted(visit: Visit, record: Record, sentence: str, **names: str) -> str | None:
    """A sentence with figures in the places of their names, None where one of them is missing."""
    if any(record.get(name) is None for name in names.values()):
        return None
    return sentence.format(**{place: shown(visit, name, record) for place, name in names.items()})


def n_of(name: str, record: Record) -> str | None:
    """How many cases a figure is taken from, None where it is a count itself."""
    count = record.get(f"{name}__denominator")
    return None if count is None else f"{count:,.0f}"


def by_month(visit: Visit, records: Sequence[Record], names: Sequence[str]) -> list[dict[str, Any]]:
    """The rows of a trend: one for each month and measure that has a figure in any month."""
    names = [name for name in names if any(record.get(name) is not None for record in records)]
    return [
        {
            "month": f"{record[MONTH]:%Y-%m}",
            "measure": name,
            "series": visit.label(name),
            "value": visit.scaled(name, record[name]),
            "shown": shown(visit, name, record),
            "n": n_of(name, record) or "",
        }
        for name in names
        for record in records
        if name in record and record[MONTH] is not None
    ]


def by_code(visit: Visit, records: Sequence[Record], field: str, name: str) -> list[dict[str, Any]]:
    """The rows of bars: one for each code that has a figure."""
    dimension = FIELDS[field]
    return [
        {
            "code": NOT_RECORDED if record[dimension] is None else record[dimension],
            "name": visit.names.name(field, record[dimension], visit.language),
            "value": record[name],
            "shown": shown(visit, name, record),
            "n": n_of(name, record) or "",
        }
        for record in records
        if record.get(name) is not None
    ]


def table(
    visit: Visit,
    records: Sequence[Record],
    names: Sequence[str],
    *,
    field: str,
    heading: str,
    key: str,
    beside: Mapping[str, str] | None = None,
) -> None:
    """A table with one row for each code and, `beside` it, what else is said; a click on a figure leads to its rows."""
    dimension = FIELDS[field]
    held = [name for name in names if any(name in record for record in records)]
    if not any(record.get(name) for record in records for name in held):
        empty.say(visit, names, key=key)
        return
    content = [
        {
            "code": visit.names.name(field, record[dimension], visit.language),
            **{name: record.get(name) for name in beside or {}},
            **{name: _number(visit, name, record) for name in held},
        }
        for record in records
    ]
    columns: dict[str, Any] = {"code": st.column_config.TextColumn(heading, pinned=True)}
    columns |= {name: st.column_config.TextColumn(title) for name, title in (beside or {}).items()}
    columns |= {name: _column(visit, name) for name in held}
    event = st.dataframe(
        content,
        hide_index=True,
        column_config=columns,
        column_order=list(columns),
        on_select="rerun",
        selection_mode="single-cell",
        placeholder=formatting.NOTHING,
        key=key,
    )
    for row, column in event.selection.cells:
        drill.follow(visit, column if column in held else held[0], **{field: records[row][dimension]})


def _number(visit: Visit, name: str, record: Record) -> float | None:
    value = visit.scaled(name, record.get(name))
    return 100 * value if value is not None and visit.measure(name).unit == "share" else value


def _column(visit: Visit, name: str) -> Any:
    return st.column_config.NumberColumn(
        visit.label(name), format=number_format(visit.unit(name), visit.language), help=visit.definition(name)
    )


def number_format(unit: str, language: Language) -> str:
    """The format of a column of figures of this unit."""
    is_chinese = language == "zh-CN"
    return {
        "share": "%.1f%%",
        "yuan": "¥%,.0f",
        "hours": "%.1f 小时" if is_chinese else "%.1f h",
        "days": "%.1f 天" if is_chinese else "%.1f d",
        "minutes": "%.0f 分钟" if is_chinese else "%.0f min",
        "seconds": "%.0f 秒" if is_chinese else "%.0f s",
        "defects": "%.1f",
    }.get(unit, "localized")

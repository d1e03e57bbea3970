"""The charts: pure functions from rows to an Altair chart.

A row holds the code that a click follows, the words that a reader sees and the value that is drawn; `shown` is the
value as the tables write it, for the tooltip. Colours come from the theme. Every chart that can be followed has one
named selection, `PICKED`, over the fields that the click hands on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt
import pyarrow as pa
from altair.utils import schemapi

from core.language import Language
from dashboards import formatting

PICKED: Final = "picked"

Row = Mapping[str, Any]
Chart = alt.Chart | alt.LayerChart | alt.FacetChart

# Altair would check every piece of a chart as it is made, which takes longer than all else; the tests check them whole.
schemapi.disable_debug_mode()

_HEIGHT: Final = 260
_BAR_STEP: Final = 30
_CELL: Final = 34
_FAINT: Final = 0.35
_AGES: Final = ("#a9d5ca", "#6bb3a3", "#2f8474", "#d98a2b", "#b3483f")
"""From fresh to overdue; readable on light and dark."""
_RATES: Final = ("#e7f3ef", "#a9d5ca", "#5ba897", "#1e7c6a", "#084f43")


def trend(rows: Sequence[Row], *, unit: str, language: Language, target: float | None = None) -> Chart:
    """Lines over months. Rows: `month` (2025-03), `series`, `value`, `shown`, `n`; a click picks month and `measure`.

    A month without a figure breaks the line: drawing through it would invent one.
    """
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("month:O", title=None, axis=alt.Axis(labelOverlap="greedy", labelAngle=0, tickSize=0)),
        y=alt.Y("value:Q", title=None, axis=_axis(unit, language), scale=alt.Scale(zero=unit != "share", nice=True)),
        color=alt.Color("series:N", title=None, legend=_legend(rows, 1), sort=None),
        tooltip=_tooltip(rows, ("month", "series", "shown", "n"), language),
    )
    layers: list[Any] = [
        base.mark_line(strokeWidth=2),
        base.mark_point(size=60, filled=True, opacity=1, cursor="pointer").add_params(_picked("month", "measure")),
    ]
    if target is not None:
        rule = alt.Chart(_data([{"value": target}]))
        layers.insert(0, rule.mark_rule(strokeDash=[4, 4], opacity=0.5).encode(y="value:Q"))
    return alt.layer(*layers).properties(height=_HEIGHT)


def bars(rows: Sequence[Row], *, language: Language) -> Chart:
    """Bars from left to right, longest first. Rows: `code`, `name`, `value`, `shown`, `n`; a click picks the code."""
    picked = _picked("code")
    base = alt.Chart(_data(rows)).encode(
        y=alt.Y("name:N", title=None, sort=alt.EncodingSortField("value", order="descending"), axis=_names_axis()),
        x=alt.X("value:Q", title=None, axis=None, scale=alt.Scale(zero=True, padding=36)),
        tooltip=_tooltip(rows, ("name", "shown", "n"), language),
    )
    bar = base.mark_bar(cornerRadiusEnd=4, height={"band": 0.68}, cursor="pointer")
    bar = bar.encode(opacity=alt.condition(picked, alt.value(1), alt.value(_FAINT))).add_params(picked)
    label = base.mark_text(align="left", baseline="middle", dx=6).encode(text="shown:N")
    return alt.layer(bar, label).properties(height=max(_BAR_STEP * len(rows), 90))


def stacked(rows: Sequence[Row], *, order: Sequence[str], language: Language) -> Chart:
    """Stacked columns over days; a click picks day and code.

    Rows: `day`, `day_name`, `code`, `series`, `value`, `shown`.
    """
    picked = _picked("day", "code")
    chart: Chart = (
        alt.Chart(_data(rows))
        .mark_bar(cursor="pointer")
        .encode(
            x=alt.X(
                "day_name:O", title=None, sort=None, axis=alt.Axis(labelOverlap="greedy", labelAngle=0, tickSize=0)
            ),
            y=alt.Y("value:Q", title=None, axis=_axis("tickets", language)),
            color=alt.Color(
                "series:O",
                title=None,
                sort=list(order),
                legend=_legend(rows, 3),
                scale=alt.Scale(domain=list(order), range=list(_AGES)),
            ),
            order=alt.Order("code:O"),
            opacity=alt.condition(picked, alt.value(1), alt.value(_FAINT)),
            tooltip=_tooltip(rows, ("day_name", "series", "shown"), language),
        )
        .add_params(picked)
        .properties(height=_HEIGHT)
    )
    return chart


def heatmap(rows: Sequence[Row], *, language: Language) -> Chart:
    """Cells of two dimensions. Rows: `row`, `row_name`, `column`, `column_name`, `value`, `shown`, `interval`, `n`.

    A click picks row and column. A cell whose value is None is too small to judge and is drawn empty.
    """
    picked = _picked("row", "column")
    # On a narrow screen the cells are too small for their figures, and for names that lean over their neighbours; the
    # colours and the tooltip remain.
    wide_enough = f"width > {30 * len({row['column'] for row in rows})}"
    upright = alt.ExprRef(f"{wide_enough} ? -40 : -90")
    base = alt.Chart(_data(rows)).encode(
        x=alt.X(
            "column_name:N",
            title=None,
            sort=None,
            axis=alt.Axis(orient="top", labelAngle=upright, labelLimit=110, labelOverlap=False),
        ),
        y=alt.Y("row_name:N", title=None, sort=None, axis=_names_axis()),
        tooltip=_tooltip(rows, ("row_name", "column_name", "shown", "interval", "n"), language),
    )
    cells = base.mark_rect(cornerRadius=3, cursor="pointer", stroke="transparent", strokeWidth=2).encode(
        color=alt.Color("value:Q", legend=None, scale=alt.Scale(domainMin=0, range=list(_RATES))),
        opacity=alt.condition(picked, alt.value(1), alt.value(_FAINT)),
    )
    greatest = max((row["value"] for row in rows if row["value"] is not None), default=0)
    words = base.mark_text(baseline="middle", fontSize=12).encode(
        text="written:N",
        opacity=alt.condition(wide_enough, alt.value(1), alt.value(0)),
        color=alt.condition(f"datum.value > {0.55 * greatest}", alt.value("#ffffff"), alt.value("#4d5854")),
    )
    height = _CELL * len({row["row"] for row in rows})
    return alt.layer(cells.add_params(picked), words).properties(height=max(height, 2 * _CELL) + 70)


def curve(rows: Sequence[Row], *, language: Language, title: str) -> Chart:
    """A rate over months of age with its interval. Rows: `age`, `value`, `low`, `high`, `shown`, `interval`, `n`."""
    base = alt.Chart(_data(rows)).encode(
        x=alt.X("age:Q", title=title, axis=alt.Axis(tickMinStep=1, grid=False)),
        tooltip=_tooltip(rows, ("age", "shown", "interval", "n"), language),
    )
    band = base.mark_area(opacity=0.18).encode(y=alt.Y("low:Q", title=None), y2="high:Q")
    line = base.mark_line(strokeWidth=2).encode(y=alt.Y("value:Q", title=None))
    points = base.mark_point(size=50, filled=True, opacity=1, cursor="pointer").encode(y="value:Q")
    return alt.layer(band, line, points.add_params(_picked("age"))).properties(height=_HEIGHT)


_SUFFIXES: Final = {
    "seconds": (" 秒", " s"),
    "minutes": (" 分钟", " min"),
    "hours": (" 小时", " h"),
    "days": (" 天", " d"),
}
_HEADINGS: Final = {
    "month": ("月份", "Month"),
    "day_name": ("日期", "Day"),
    "series": ("", ""),
    "name": ("", ""),
    "row_name": ("行", "Row"),
    "column_name": ("列", "Column"),
    "shown": ("数值", "Value"),
    "interval": ("95% 区间", "95% interval"),
    "n": ("n", "n"),
    "age": ("交付后月数", "Months since handover"),
}


def _tooltip(rows: Sequence[Row], fields: Sequence[str], language: Language) -> list[alt.Tooltip]:
    held = rows[0].keys() if rows else fields
    place = 0 if language == "zh-CN" else 1
    return [alt.Tooltip(f"{name}:N", title=_HEADINGS[name][place] or " ") for name in fields if name in held]


def _picked(*fields: str) -> alt.Parameter:
    return alt.selection_point(name=PICKED, fields=list(fields), empty=True)


def _data(rows: Sequence[Row]) -> pa.Table:
    return pa.Table.from_pylist([dict(row) for row in rows])


def _axis(unit: str, language: Language) -> alt.Axis:
    labels: dict[str, Any] = {"format": formatting.axis_format(unit)}
    if unit == "yuan" and language == "zh-CN":
        # Ten thousand is a step of its own in Chinese, which number formats do not know.
        text = "datum.value >= 10000 ? format(datum.value / 10000, ',~f') + '万' : format(datum.value, ',~f')"
        labels = {"labelExpr": text}
    elif unit in _SUFFIXES:
        zh, en = _SUFFIXES[unit]
        labels = {"labelExpr": f"datum.label + '{zh if language == 'zh-CN' else en}'"}
    return alt.Axis(tickCount=5, domain=False, **labels)


def _names_axis() -> alt.Axis:
    return alt.Axis(labelLimit=150, tickSize=0, domain=False, labelPadding=8)


def _legend(rows: Sequence[Row], columns: int) -> alt.Legend | None:
    has_several = len({row["series"] for row in rows}) > 1
    return alt.Legend(orient="top", symbolType="circle", labelLimit=260, columns=columns) if has_several else None

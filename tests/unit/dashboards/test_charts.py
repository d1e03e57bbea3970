"""Charts: what a click hands on, and how rows become marks."""

from __future__ import annotations

from typing import Any

import pytest

from dashboards import charts

TREND = [{"month": "2026-01", "measure": "a", "series": "A", "value": 0.5, "shown": "50.0%", "n": "4"}]
BARS = [{"code": "HZ01", "name": "云栖里", "value": 3.0, "shown": "3", "n": ""}]
STACKED = [
    {"day": "2026-01-31", "day_name": "2026-01-31", "code": "00-03", "series": "0–3 days", "value": 4, "shown": "4"}
]
CELLS = [
    {
        "row": "B2",
        "row_name": "B2",
        "column": "sink",
        "column_name": "Sink",
        "value": value,
        "written": "",
        "shown": "",
        "interval": "",
        "n": "",
    }
    for value in (None, 4.0)
]
CURVE = [{"age": 1, "value": 2.0, "low": 1.0, "high": 3.0, "shown": "2.0", "interval": "1.0 – 3.0", "n": "2 / 100"}]


@pytest.mark.parametrize(
    ("chart", "fields"),
    [
        (charts.trend(TREND, unit="share", language="en", target=0.8), ["month", "measure"]),
        (charts.bars(BARS, language="zh-CN"), ["code"]),
        (charts.stacked(STACKED, order=["0–3 days"], language="en"), ["day", "code"]),
        (charts.heatmap(CELLS, language="en"), ["row", "column"]),
        (charts.curve(CURVE, language="zh-CN", title="x"), ["age"]),
    ],
)
def test_a_click_hands_on_the_codes_behind_a_mark(chart: charts.Chart, fields: list[str]) -> None:
    (selection,) = [param for param in chart.to_dict()["params"] if "select" in param]
    assert selection["name"] == charts.PICKED
    assert selection["select"]["fields"] == fields


@pytest.mark.parametrize("draw", [charts.heatmap, charts.bars, charts.curve, charts.stacked, charts.trend])
def test_no_rows_are_an_empty_chart_and_no_error(draw: Any) -> None:
    needed = {"stacked": {"order": []}, "curve": {"title": ""}, "trend": {"unit": "share"}}
    assert draw([], language="en", **needed.get(draw.__name__, {})).to_dict()


def test_money_counts_in_ten_thousands_in_chinese() -> None:
    def axis(language: Any) -> dict[str, Any]:
        drawn = charts.trend(TREND, unit="yuan", language=language).to_dict()
        found: dict[str, Any] = drawn["layer"][0]["encoding"]["y"]["axis"]
        return found

    assert "万" in axis("zh-CN")["labelExpr"]
    assert "labelExpr" not in axis("en")

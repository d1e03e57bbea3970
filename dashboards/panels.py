"""The cards that hold a chart: drawn from rows, or one sentence where there is nothing to draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboards import drill, empty
from dashboards.charts import Chart, Row
from dashboards.visit import Visit


def chart(
    visit: Visit, rows: Sequence[Row], draw: Callable[[Sequence[Row]], Chart], *names: str, key: str
) -> Mapping[str, Any] | None:
    """Draw the rows, which are figures of the measures `names`, and return what a click picked, None without one."""
    if all(row["value"] is None for row in rows):
        empty.say(visit, names, key=key)
        return None
    return drill.picked_of(st.altair_chart(draw(rows), key=key, on_select="rerun"))

"""From a figure to its tickets in one click: the addresses of lists, and what a click on a chart means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import streamlit as st

from core.measures import Part
from dashboards.charts import PICKED
from dashboards.filters import FIELDS, NOT_RECORDED
from dashboards.visit import Visit

LIST_PAGE: Final = "app_pages/tickets.py"


def address(
    visit: Visit,
    measure: str,
    *,
    part: Part = "denominator",
    period: str | None = None,
    day: str | None = None,
    **picked: object,
) -> dict[str, list[str]]:
    """The query of the page that lists the rows behind a figure, with the reader's filters and what was picked."""
    filters = visit.filters
    for name, value in picked.items():
        if name not in FIELDS:
            message = f"{name!r} is no field that a list can be filtered by."
            raise ValueError(message)
        filters = filters.with_values(name, [NOT_RECORDED if value is None else str(value)])
    query = filters.query() | {"measure": [measure], "period": [period or filters.period_code]}
    if visit.measure(measure).numerator and part != "denominator":
        query["part"] = [part]
    if day:
        query["day"] = [day]
    return query | visit.language_query()


def link(visit: Visit, measure: str, label: str, **picked: Any) -> None:
    """A link below a figure to the rows it is made of."""
    st.page_link(LIST_PAGE, label=label, icon=":material/list_alt:", query_params=address(visit, measure, **picked))


def picked_of(event: Any) -> Mapping[str, Any] | None:
    """What a click on a chart picked, None without one."""
    points = event.selection.get(PICKED, []) if event is not None else []
    return points[0] if points else None


def follow(visit: Visit, measure: str, **picked: Any) -> None:
    """Go to the rows behind a part of a chart."""
    st.switch_page(LIST_PAGE, query_params=address(visit, measure, **picked))

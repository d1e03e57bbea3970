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
_PRESSED: Final = "pressed"
# Going there from the server would first put the address of the list on the page that is left, as one more step of the
# browser's history. A link does not, so the click is passed on to one.
_PRESS: Final = f"""
(function press(patience) {{
  const link = document.querySelector(".st-key-{_PRESSED} a");
  if (link) {{ LEAVE link.click(); }}
  else if (patience) requestAnimationFrame(() => press(patience - 1));
}})(300);
"""
_GIVE_PLACE_AWAY: Final = 'history.replaceState({}, "", link.href);'


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
    """Go to the rows behind a part of a chart, so that the way back leads to this page as it is; ends the run."""
    _ = visit.gettext
    press(LIST_PAGE, _("See what it is made of"), address(visit, measure, **picked))


def press(page: str | st.Page, label: str, query: Mapping[str, list[str]], *, instead_of_here: bool = False) -> None:
    """Go to a page as a click on a link to it does, or in place of this page in the browser's history; ends the run."""
    with st.container(key=_PRESSED):
        st.page_link(page, label=label, icon=":material/list_alt:", query_params=dict(query))
    script = _PRESS.replace("LEAVE", _GIVE_PLACE_AWAY if instead_of_here else "")
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
    st.stop()

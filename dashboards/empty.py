"""What stands in the place of figures where there are none: one sentence, and the way to see more."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from dashboards import figures
from dashboards.filters import FIELDS
from dashboards.visit import Visit


def reason(visit: Visit, names: Sequence[str]) -> str:
    """Why none of these measures has a figure here."""
    _ = visit.gettext
    if names and not any(figures.is_recorded(visit, name) for name in names):
        is_lost = any(figures.is_lost_by_project(visit, name) for name in names)
        return _("Not recorded by project") if is_lost else _("Not recorded by the filters chosen")
    return _("Nothing under these filters") if visit.filters.chosen else _("Nothing in this period")


def say(visit: Visit, names: Sequence[str] = (), *, key: str) -> None:
    """Say that there is nothing and why, and offer to clear the filters where they are the cause."""
    _ = visit.gettext
    st.caption(reason(visit, names))
    if visit.filters.query():
        st.button(
            _("Clear all filters"),
            icon=":material/filter_alt_off:",
            type="tertiary",
            on_click=clear_filters,
            key=f"clear_{key}",
        )


def clear_filters() -> None:
    """Take period and filters, and the place in a list, out of the address."""
    gone = {"period", "page", *FIELDS}
    # At once, for each change of the address is a step of the browser's history.
    st.query_params.from_dict({name: st.query_params.get_all(name) for name in st.query_params if name not in gone})

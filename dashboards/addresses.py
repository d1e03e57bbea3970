"""The address of a page: what it may say, and how what it may not say is taken out of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Final, get_args

import streamlit as st

from core.language import LANGUAGES
from core.measures import Part
from dashboards import tracing
from dashboards.filters import FIELDS
from dashboards.visit import Visit

Query = Mapping[str, list[str]]

_FILTERED: Final = ("period", *FIELDS)


def understood(visit: Visit, query: Query) -> dict[str, list[str]]:
    """The part of `query` that means something here; names that are not ours are nobody's mistake and stay."""
    chosen = visit.filters.query()
    known = _known(visit)
    left = {}
    for name, values in query.items():
        kept = chosen.get(name, []) if name in _FILTERED else values
        if name in known:
            kept = [value for value in values[-1:] if known[name](value)]
        if kept:
            left[name] = kept
    return left


def tidy(visit: Visit, query: Query) -> None:
    """Take what means nothing out of the address of this run, and say so."""
    _ = visit.gettext
    left = understood(visit, query)
    if {name: sorted(values) for name, values in left.items()} != {
        name: sorted(values) for name, values in query.items()
    }:
        st.query_params.from_dict(left)
        st.toast(
            _("The address named something that does not exist here; it was left out."),
            icon=":material/link_off:",
        )


def _known(visit: Visit) -> dict[str, Callable[[str], bool]]:
    """The names of an address that are no filters, each with what it may say."""
    return {
        "lang": lambda value: value in LANGUAGES,
        "measure": lambda value: value in visit.measures,
        "part": lambda value: value in get_args(Part),
        "day": _is_day,
        "page": lambda value: value.isdecimal() and int(value) > 0,
        "rows": lambda value: value in tracing.CROSSED,
        "columns": lambda value: value in tracing.CROSSED,
        "basis": lambda value: value in tracing.BASES,
        tracing.EVERYTHING: lambda value: value == "1",
    }


def _is_day(value: str) -> bool:
    try:
        dt.date.fromisoformat(value)
    except ValueError:
        return False
    return True

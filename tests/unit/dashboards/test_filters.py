"""Filters in an address and in a question."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from core.measures import Condition
from dashboards import filters
from dashboards.filters import FIELDS, NOT_RECORDED, Filters

TODAY = dt.date(2026, 6, 30)
ALLOWED = {"project": ("HZ01", "HZ02"), "component": ("sink", "bath_waterproofing")}
CODES = st.text(st.characters(categories=("L", "N", "P")), min_size=1, max_size=20)


@st.composite
def chosen_filters(draw: st.DrawFn) -> Filters:
    found = Filters().with_period(draw(st.sampled_from([None, "30d", "all", "2026-03", "2026-01-01..2026-02-03"])))
    for name in draw(st.sets(st.sampled_from(list(FIELDS)))):
        codes = st.sampled_from([*ALLOWED[name], NOT_RECORDED]) if name in ALLOWED else CODES
        found = found.with_values(name, draw(st.lists(codes, max_size=4)))
    return found


@given(chosen_filters())
def test_an_address_restores_the_filters_it_was_made_of(chosen: Filters) -> None:
    assert filters.read(chosen.query(), allowed=ALLOWED, today=TODAY) == chosen


def test_what_may_not_be_chosen_is_dropped() -> None:
    query = {
        "period": ["yesterday"],
        "project": ["HZ01", "XA01", "HZ01"],
        "component": ["roof"],
        "building": ["HZ01-01", "x" * 81, "a\nb", ""],
        "colour": ["green"],
    }
    found = filters.read(query, allowed=ALLOWED, today=TODAY)
    assert found.query() == {"project": ["HZ01"], "building": ["HZ01-01"]}


def test_a_period_is_kept_from_page_to_page_once_it_was_chosen() -> None:
    untouched = filters.read({}, allowed={}, today=TODAY, default_period="all")
    assert untouched.period_code == "all"
    assert untouched.query() == {}, "Another page has a period of its own."
    chosen = filters.read({"period": ["12m"]}, allowed={}, today=TODAY, default_period="12m")
    carried = filters.read(chosen.query(), allowed={}, today=TODAY, default_period="all")
    assert carried.period_code == "12m"


def test_rows_without_a_value_can_be_asked_for() -> None:
    found = Filters().with_values("contractor", ["K1", NOT_RECORDED]).with_values("project", ["HZ01"])
    assert found.conditions() == (
        Condition("project", "in", ("HZ01",)),
        Condition("contractor", "in", ("K1", None)),
    )
    assert found.conditions(only=["project"]) == (Condition("project", "in", ("HZ01",)),)

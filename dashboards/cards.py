"""The cards: a figure, how it changed, its course, what it is counted from, and the way to its rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal

import streamlit as st

from core.semantic_layer import Measure
from dashboards import drill, empty, formatting
from dashboards.figures import Record
from dashboards.visit import Visit

_COLOURS: Final[dict[str, Literal["normal", "inverse", "off"]]] = {"up": "normal", "down": "inverse", "none": "off"}


def card(
    visit: Visit,
    name: str,
    *,
    now: Record,
    before: Record | None = None,
    course: Sequence[Record] = (),
    note: str | None = None,
    listed: str | None = None,
    **picked: Any,
) -> None:
    """The card of one measure. `now` and `before` are records that hold it, `course` is one record a month.

    The link leads to the rows of the measure itself, or of `listed`, which `now` holds too.
    """
    _ = visit.gettext
    measure = visit.measure(name)
    if _is_nothing(measure, now):
        with st.container(border=True, height="stretch"):
            st.metric(visit.label(name), formatting.NOTHING, help=visit.definition(name))
            empty.say(visit, [name], key=name)
        return
    value = now.get(name)
    earlier = (before or {}).get(name)
    change = formatting.delta(value, earlier, measure.unit, visit.language)
    months = [record[name] for record in course if record.get(name) is not None]
    with st.container(border=True, height="stretch"):
        st.metric(
            visit.label(name),
            visit.written(name, value),
            delta=change,
            delta_color=_colour(measure, value, earlier),
            delta_description=_("on the period before") if change else None,
            help=visit.definition(name),
            chart_data=months if len(months) > 2 else None,
        )
        if words := _note(visit, name, now, note):
            st.caption(words)
        target = listed or name
        drill.link(visit, target, _link_words(visit, target, now), **picked)


def _is_nothing(measure: Measure, now: Record) -> bool:
    """Whether there is nothing that the figure could be taken from; that nothing is open is a figure."""
    if measure.name not in now or measure.is_by_day:
        return measure.name not in now
    cases = now.get(f"{measure.name}__denominator")
    return not (now[measure.name] if cases is None else cases)


def _colour(measure: Measure, now: float | None, earlier: float | None) -> Literal["normal", "inverse", "off"]:
    """Good news is green and bad news red, unless it is too small to be news."""
    if not formatting.is_notable(now, earlier, measure.unit):
        return "off"
    return _COLOURS[measure.good_direction]


def _note(visit: Visit, name: str, now: Record, note: str | None) -> str | None:
    _ = visit.gettext
    measure = visit.measure(name)
    if now[name] is None and measure.minimum_n:
        count = now.get(f"{name}__denominator") or 0
        return _("Only {count} cases; at least {least} are needed").format(
            count=f"{count:,.0f}", least=measure.minimum_n
        )
    return note


def _link_words(visit: Visit, name: str, now: Record) -> str:
    """How many rows the list will have: those of the denominator, or the figure itself."""
    _ = visit.gettext
    measure = visit.measure(name)
    counted = visit.measure(measure.denominator) if measure.denominator else measure
    count = now.get(f"{name}__denominator") if measure.denominator else now.get(name)
    if counted.kind != "count" or count is None:
        return _("See what it is made of")
    return formatting.counted(int(count), counted.unit, visit.language)

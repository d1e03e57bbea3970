"""Figures for the pages: measures asked with the reader's filters and scope, and remembered.

What is remembered is kept by build, scope and question, never by language, and no page can ask without a scope. As
many measures as possible go into one question; a measure that does not know one of the filters is not asked, for a
figure that ignored the filter would be a wrong one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final, Literal

import streamlit as st

from core import measures
from core.measures import Condition, Part, RowsBehind
from core.semantic_layer import Measure
from core.settings import Settings
from dashboards.filters import FIELDS
from dashboards.periods import Period
from dashboards.visit import Visit

TIME = "metric_time"
_TTL = dt.timedelta(hours=1)
_LOST_BY_PROJECT: Final = frozenset(
    {
        "abandon_rate",
        "answered_in_time_share",
        "call_answer_rate",
        "calls_abandoned_late",
        "calls_fairly_offered",
        "calls_lost",
        "calls_offered",
        "calls_received",
        "lost_call_share",
        "service_level",
    }
)
"""What counts calls that nobody answered. A call belongs to a project by what was written down in it, so of a project
only answered calls are known, and each of these rates would look perfect."""

Record = dict[str, Any]


def ask(
    visit: Visit,
    names: Sequence[str],
    group_by: Sequence[str] = (),
    *,
    days: Period | None,
    more: Iterable[Condition] = (),
    order_by: Sequence[str] = (),
    limit: int | None = None,
    only_fields: Collection[str] = FIELDS,
) -> list[Record]:
    """Records of measures over `days` (None: all of them) under the reader's filters and conditions of the page's own.

    A measure that cannot be filtered so, or grouped so, is missing from the records. `only_fields` names the filters
    that matter, where the others say nothing about what is counted.
    """
    where = (*visit.filters.conditions(only_fields), *more, *within(days))
    questions: dict[tuple[str | None, ...], list[str]] = {}
    for name in names:
        if is_lost_by_project(visit, name):
            continue
        resolved = _resolved(visit.measure(name), [condition.dimension for condition in where], group_by)
        if resolved is not None:
            questions.setdefault(resolved, []).append(name)
    merged: dict[tuple[Any, ...], Record] = {}
    for asked in questions.values():
        known = [column for column in order_by if column.removeprefix("-") in {*asked, *group_by}]
        answer = _answered(
            visit.build.build_id, visit.scope, tuple(asked), tuple(group_by), where, tuple(known), limit, visit.settings
        )
        for record in answer:
            merged.setdefault(tuple(record[name] for name in group_by), {}).update(record)
    return list(merged.values())


def is_recorded(visit: Visit, name: str) -> bool:
    """Whether a measure can be asked under the reader's filters and scope."""
    filtered = [condition.dimension for condition in visit.filters.conditions()]
    return not is_lost_by_project(visit, name) and _resolved(visit.measure(name), filtered, ()) is not None


def is_by_project(visit: Visit) -> bool:
    """Whether the reader looks at some projects only, by choice or since they may see no others."""
    return visit.scope is not None or bool(visit.filters.values("project"))


def is_lost_by_project(visit: Visit, name: str) -> bool:
    """Whether a measure would be wrong for the projects looked at, since what it counts has no project."""
    return name in _LOST_BY_PROJECT and is_by_project(visit)


def one(visit: Visit, names: Sequence[str], *, days: Period | None, more: Iterable[Condition] = ()) -> Record:
    """The only record of measures that are not grouped; empty where none of them can be asked so."""
    records = ask(visit, names, days=days, more=more)
    return records[0] if records else {}


def rows_behind(
    visit: Visit,
    name: str,
    *,
    days: Period | None,
    part: Part,
    more: Iterable[Condition] = (),
    limit: int,
    offset: int = 0,
    order: Literal["newest", "largest"] = "newest",
) -> RowsBehind:
    """The rows behind a figure asked in the same way."""
    where = (*visit.filters.conditions(), *more, *within(days))
    return _behind(visit.build.build_id, visit.scope, name, where, part, limit, offset, order, visit.settings)


def within(days: Period | None) -> tuple[Condition, ...]:
    """The conditions that keep a question to these days."""
    if days is None:
        return ()
    ends = Condition(TIME, "le", days.end)
    return (ends,) if days.start is None else (Condition(TIME, "ge", days.start), ends)


def _resolved(measure: Measure, filtered: Iterable[str], grouped: Iterable[str]) -> tuple[str | None, ...] | None:
    """The full names of dimensions for this measure, None if it lacks one; measures that agree are asked together."""
    plain = [name.removesuffix("__month").removesuffix("__day") for name in (*filtered, *grouped)]
    found = [measure.dimension(name) for name in plain]
    return None if None in found else tuple(one.name if one else None for one in found)


@st.cache_data(ttl=_TTL, max_entries=4000, show_spinner=False)
def _answered(
    build_id: str,
    scope: tuple[str, ...] | None,
    names: tuple[str, ...],
    group_by: tuple[str, ...],
    where: tuple[Condition, ...],
    order_by: tuple[str, ...],
    limit: int | None,
    _settings: Settings,
) -> list[Record]:
    result = measures.query(_settings, names, group_by, _alike(where), order_by, limit, _padded(scope))
    _require_same(build_id, result.build_id)
    return result.records()


@st.cache_data(ttl=_TTL, max_entries=200, max_size="64MB", show_spinner=False)
def _behind(
    build_id: str,
    scope: tuple[str, ...] | None,
    name: str,
    where: tuple[Condition, ...],
    part: Part,
    limit: int,
    offset: int,
    order: Literal["newest", "largest"],
    _settings: Settings,
) -> RowsBehind:
    result = measures.drill(_settings, name, _alike(where), _padded(scope), part, limit, offset, order)
    _require_same(build_id, result.build_id)
    return result


def _alike(where: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """The same conditions, in one of few shapes: a question that differs in values only is not compiled again."""
    return tuple(
        replace(condition, value=_padded(condition.value)) if isinstance(condition.value, tuple) else condition
        for condition in where
    )


def _padded(values: tuple[Any, ...] | None) -> tuple[Any, ...] | None:
    """The values with the last one repeated until there are 1, 2, 4, 8 … of them."""
    if not values:
        return values
    return values + values[-1:] * ((1 << (len(values) - 1).bit_length()) - len(values))


def _require_same(wanted: str, found: str) -> None:
    """Begin the run again when another build was published during it: a page shows one build or the other."""
    if wanted != found:
        st.rerun()

"""The filters of a page: how they stand in its address, and how they read as conditions of a measure.

The address is the only place that holds them, so a page can be shared, bookmarked and opened again as it was. What
an address names is believed only if the visitor may choose it: an unknown code is dropped, a foreign project too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from core.measures import Condition
from dashboards import periods
from dashboards.periods import Period

# The names in an address and the dimension of the measures each stands for. The first six are offered in the sidebar,
# the others are set by following a figure to its tickets.
FIELDS: Final = {
    "project": "project",
    "category": "category",
    "component": "component",
    "unit_type": "unit_type",
    "contractor": "contractor",
    "severity": "severity",
    "building": "building",
    "batch": "material_batch",
    "handover": "handover_month",
    "age": "age_band",
    "since_handover": "months_since_handover",
    "defect": "defect",
    "exchange": "exchange_code",
}
OFFERED: Final = ("project", "category", "component", "unit_type", "contractor", "severity")
NOT_RECORDED: Final = "-"
"""Stands in an address for the rows that have no value in a field."""

_LONGEST_VALUE: Final = 80


@dataclass(frozen=True, slots=True)
class Filters:
    """What a reader chose to look at: a period, None while each page has its own, and codes of some fields."""

    period: str | None = None
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    default_period: str = periods.DEFAULT

    def values(self, name: str) -> tuple[str, ...]:
        """The codes chosen for one field."""
        return dict(self.chosen).get(name, ())

    def with_values(self, name: str, values: Iterable[str]) -> Filters:
        """The same filters with other codes for one field."""
        chosen = dict(self.chosen) | {name: tuple(dict.fromkeys(values))}
        return replace(self, chosen=tuple((key, chosen[key]) for key in FIELDS if chosen.get(key)))

    def with_period(self, code: str | None) -> Filters:
        """The same filters over another period."""
        return replace(self, period=code)

    @property
    def period_code(self) -> str:
        """The code of the period looked at."""
        return self.period or self.default_period

    def days(self, today: dt.date) -> Period:
        """The days they cover, seen from the last day of the data."""
        # A code is checked when it is read; only days that lie ahead of all data can have become meaningless since.
        return periods.period(self.period_code, today=today) or Period(None, today)

    def conditions(self, only: Collection[str] = FIELDS) -> tuple[Condition, ...]:
        """What they ask of a measure, besides the period; of `only` these fields."""
        return tuple(
            Condition(FIELDS[name], "in", tuple(None if value == NOT_RECORDED else value for value in values))
            for name, values in self.chosen
            if name in only
        )

    def query(self) -> dict[str, list[str]]:
        """How they stand in an address; a period that nobody chose is left out, so that each page keeps its own."""
        return {
            **({"period": [self.period]} if self.period else {}),
            **{name: list(values) for name, values in self.chosen},
        }


def read(
    query: Mapping[str, list[str]],
    *,
    allowed: Mapping[str, Iterable[str]],
    today: dt.date,
    default_period: str = periods.DEFAULT,
) -> Filters:
    """The filters that an address names, without anything that may not be chosen.

    `allowed` holds the codes of the fields whose codes are known; a code of another field need only be short. Days
    out of order and names of no field are dropped too.
    """
    code = next(iter(query.get("period", [])), "")
    filters = Filters(default_period=default_period)
    if periods.period(code, today=today):
        filters = filters.with_period(code)
    for name in FIELDS:
        codes = allowed.get(name)
        known = None if codes is None else {*codes, NOT_RECORDED}
        values = [
            value
            for value in query.get(name, [])
            if (value in known if known is not None else value.isprintable() and 0 < len(value) <= _LONGEST_VALUE)
        ]
        filters = filters.with_values(name, values)
    return filters

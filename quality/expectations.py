"""What is expected of each clean table and each mart, as data. `validate.py` hands it to Great Expectations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from quality.reports import Severity

KNOWN_LOSS: Final = 0.02
"""Share of rows a table that only grows may lose between two builds: single deletions, never a lost batch."""
FEW_ROWS: Final = 5
MANY_ROWS: Final = 1_000
FEW_REJECTS: Final = 20
"""So many rows may be turned away from a table however small it is, as at landing (`tolerated_rejects`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """One rule; `severity` says whether it stops publication."""

    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class Volume(Expectation):
    """The table has at least so many rows."""

    at_least: int


@dataclass(frozen=True, slots=True)
class Steady(Expectation):
    """Against the previous build the table lost at most, and grew by at most, this share of its rows."""

    loss: float
    growth: float | None = None

    def bounds(self, rows_before: int) -> tuple[int, int | None]:
        """Fewest and most rows; small tables may lose a few and grow as they like."""
        fewest = max(0, math.floor(rows_before * (1 - self.loss)) - FEW_ROWS)
        most = None if self.growth is None else max(MANY_ROWS, math.ceil(rows_before * (1 + self.growth)))
        return fewest, most


@dataclass(frozen=True, slots=True)
class Kept(Expectation):
    """Of the rows that came in, no more than this share broke a rule of their table and was turned away."""

    loss: float = KNOWN_LOSS

    def fewest(self, rows_in: int) -> int:
        """Fewest rows that must be left of so many; a small table may lose a few."""
        return max(0, rows_in - max(FEW_REJECTS, math.floor(rows_in * self.loss)))


@dataclass(frozen=True, slots=True)
class Unique(Expectation):
    """No two rows have the same value."""

    column: str


@dataclass(frozen=True, slots=True)
class Filled(Expectation):
    """At least this share of the rows has a value."""

    column: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Within(Expectation):
    """At least this share of the values lies between two bounds, both included."""

    column: str
    low: float | None = None
    high: float | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Rare(Expectation):
    """A flag is true in at most this share of the rows."""

    column: str
    share: float


@dataclass(frozen=True, slots=True)
class Fresh(Expectation):
    """The newest value lies at most so many days before the time the data is looked at."""

    column: str
    days: int


@dataclass(frozen=True, slots=True)
class Related(Expectation):
    """At least this share of the values stands in a column of another mart."""

    column: str
    to_table: str
    to_column: str
    share: float = 1.0


Rule = Volume | Steady | Kept | Unique | Filled | Within | Rare | Fresh | Related

_GROWING: Final = (Steady(KNOWN_LOSS), Steady(1.0, growth=9.0, severity="warning"))
_GROWING_CLEAN: Final = (Kept(), *_GROWING)

CLEAN: Final[dict[str, tuple[Rule, ...]]] = {
    "ops__project": (Kept(), Volume(1, severity="warning"), Unique("code"), Steady(0.5)),
    "ops__building": (Kept(), Steady(0.2)),
    "ops__unit": (Kept(), Unique("code"), Steady(0.1)),
    "ops__unit_type": (Within("area_m2", 10, 2_000, severity="warning"),),
    "ops__calendar": (Volume(1, severity="warning"),),
    "ops__ticket": (*_GROWING_CLEAN, Unique("number"), Within("version", low=1)),
    "ops__ticket_event": (*_GROWING_CLEAN, Within("version", low=1)),
    "ops__visit": _GROWING_CLEAN,
    "ops__task": _GROWING_CLEAN,
    "ops__rating": _GROWING_CLEAN,
    "ops__cost_entry": (
        *_GROWING_CLEAN,
        Within("amount_fen", -100_000_000, 100_000_000, share=0.999, severity="warning"),
    ),
    "crm__home": (Kept(), Steady(0.1), Filled("unit_type_code", 0.9, severity="warning")),
    "crm__customer": (Kept(), Steady(0.1), Filled("phone_pseudonym", 0.8, severity="warning")),
    "erp__stock": (Kept(),),
    "erp__batch": (Kept(),),
    "erp__purchase": (Kept(),),
    "erp__price": (Kept(), Within("price_fen", low=1, severity="warning")),
    "finance__payment": (
        *_GROWING_CLEAN,
        Filled("paid_date", 0.8, severity="warning"),
        Filled("supplier_name", 0.9, severity="warning"),
    ),
    "calls__call": (
        *_GROWING_CLEAN,
        Within("wait_seconds", 0, 3_600, share=0.99, severity="warning"),
        Filled("vru_seconds", 0.95, severity="warning"),
    ),
    "meters__reading": (
        *_GROWING_CLEAN,
        Rare("is_backward", 0.02, severity="warning"),
        Rare("is_jump", 0.01, severity="warning"),
    ),
    "meters__day": (*_GROWING_CLEAN, Within("consumption_litres", 0, 100_000, share=0.999, severity="warning")),
    "calendar__segments": (Within("minutes_before", low=0),),
}
"""By clean table. Previous figures are those of the clean table before."""

MARTS: Final[dict[str, tuple[Rule, ...]]] = {
    "dim_projects": (Volume(1, severity="warning"), Steady(0.5)),
    "dim_homes": (Steady(0.1), Rare("is_handover_disputed", 0.05, severity="warning")),
    "fct_tickets": (
        *_GROWING,
        Fresh("reported_at", 3, severity="warning"),
        Filled("component_code", 0.7, severity="warning"),
        Within("months_since_handover_count", low=-1, share=0.99, severity="warning"),
        Within("paused_minutes", low=0),
        Rare("is_negative_duration", 0.01, severity="warning"),
    ),
    "fct_ticket_events": _GROWING,
    "fct_visits": (*_GROWING, Within("on_site_minutes", 0, 24 * 60, share=0.99, severity="warning")),
    "fct_costs": _GROWING,
    "fct_ratings": _GROWING,
    "fct_tasks": _GROWING,
    "fct_calls": (*_GROWING, Fresh("call_date", 3, severity="warning")),
    "fct_meter_days": (
        *_GROWING,
        Fresh("on_date", 3, severity="warning"),
        Related("unit_code", "dim_homes", "unit_code", share=0.95, severity="warning"),
        Filled("unit_code", 0.95, severity="warning"),
    ),
    "fct_payments": (
        *_GROWING,
        Fresh("paid_date", 45, severity="warning"),
        Related("ticket_number", "fct_tickets", "ticket_number", share=0.95, severity="warning"),
    ),
    "fct_home_months": (Steady(0.1), Within("home_count", low=0)),
}
"""By mart. Previous figures are those of the published build, and freshness is counted from `data_as_of`."""

"""The figures of the executive overview, asked in as few questions as they allow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from dashboards import backlog, figures, formatting
from dashboards.figures import Record
from dashboards.periods import year_until
from dashboards.rows import MONTH
from dashboards.visit import Visit

SATISFACTION: Final = ("csat_process", "csat_timeliness", "csat_attitude", "rating_response_rate")
TIMES: Final = ("time_to_resolve_median", "time_to_resolve_p90")
SERVICE: Final = (*TIMES, "sla_attainment")
COST: Final = ("cost_total", "cost_per_ticket", "cost_per_home_year")
BY_MONTH: Final = ("csat_process", *SERVICE, "cost_total", "cost_per_ticket")
COMPARED: Final = (
    "ticket_count",
    "csat_process",
    "time_to_resolve_median",
    "sla_attainment",
    "cost_total",
    "cost_per_ticket",
)


@dataclass(frozen=True, slots=True)
class Overview:
    """What the page shows: the period and the one before, the months of a year, the projects, and the backlog."""

    now: Record
    before: Record
    months: Sequence[Record]
    projects: Sequence[Record]
    backlog_now: Record
    backlog_months: Sequence[Record]
    backlog_ages: list[dict[str, Any]]


def gather(visit: Visit) -> Overview:
    """All figures of the page."""
    cards = (*SATISFACTION, *SERVICE, *COST)
    earlier = visit.days.before()
    return Overview(
        now=figures.one(visit, cards, days=visit.days),
        before=figures.one(visit, cards, days=earlier) if earlier else {},
        months=figures.ask(visit, BY_MONTH, [MONTH], days=year_until(visit.days.end), order_by=[MONTH]),
        projects=figures.ask(visit, COMPARED, ["project"], days=visit.days, order_by=["project"]),
        backlog_now=backlog.latest(visit),
        backlog_months=backlog.month_ends(visit),
        backlog_ages=backlog.drawn(visit),
    )


def in_one_unit(visit: Visit, shown: Overview) -> Visit:
    """The visit with one unit for all times to resolve on the page, its charts and its table: that of the card."""
    return replace(visit, hours_in=formatting.hours_in(shown.now.get(TIMES[0])))

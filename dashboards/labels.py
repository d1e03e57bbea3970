"""What filters, periods and bases are called."""

from __future__ import annotations

from typing import Final

from dashboards import periods
from dashboards.visit import Visit

CUSTOM: Final = "custom"
"""The choice of days of a reader's own, which is no code of a period."""


def field_label(visit: Visit, name: str) -> str:
    """What a field is called."""
    _ = visit.gettext
    return {
        "project": _("Project"),
        "category": _("Category"),
        "component": _("Component"),
        "unit_type": _("Unit type"),
        "contractor": _("Contractor"),
        "severity": _("Severity"),
        "building": _("Building"),
        "batch": _("Material batch"),
        "handover": _("Month of handover"),
        "age": _("Days open"),
        "since_handover": _("Months since handover"),
        "defect": _("Defect"),
        "exchange": _("Telephone exchange"),
    }[name]


def period_in_days(visit: Visit) -> str:
    """The period looked at, by its name and by its days."""
    _ = visit.gettext
    days, name = visit.days, period_label(visit, visit.filters.period_code)
    if visit.filters.period_code not in periods.PRESETS:
        return name
    spelled = f"{days.start} – {days.end}" if days.start else _("until {day}").format(day=days.end)
    return f"{name} · {spelled}"


def course(visit: Visit) -> str | None:
    """Which months the charts by month show, None where those are the period itself."""
    _ = visit.gettext
    if visit.filters.period_code == periods.DEFAULT:
        return None
    return _("Courses by month show the 12 months until {day}, whatever the period").format(day=visit.days.end)


def period_label(visit: Visit, code: str) -> str:
    """What a period is called; days of a reader's own are written out."""
    _ = visit.gettext
    presets = {
        "30d": _("Last 30 days"),
        "90d": _("Last 90 days"),
        "12m": _("Last 12 months"),
        "ytd": _("This year"),
        "all": _("Everything"),
        CUSTOM: _("Days of your choice"),
    }
    if code in presets:
        return presets[code]
    days = periods.period(code, today=visit.today)
    return f"{days.start} – {days.end}" if days else code

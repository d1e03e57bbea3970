"""The columns of lists: which are shown, what they are called, and how a cell is written."""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Sequence
from typing import Any, Final

import streamlit as st

from core.semantic_layer import Measure
from dashboards import formatting
from dashboards.figures import Record
from dashboards.rows import number_format
from dashboards.visit import Visit

TICKET: Final = "ticket_number"
VALUE: Final = "value"
SOURCE: Final = "source"
_SOURCE_PARTS: Final = ("_source_table", "_source_key")

_NARROWEST: Final = 60
_WIDEST: Final = 320
_MARGIN: Final = 24
_LETTER: Final = 7.2

# Codes whose names are known, by the field they belong to.
_NAMED: Final = {
    "project_code": "project",
    "component_code": "component",
    "contractor_code": "contractor",
    "severity": "severity",
    "state": "state",
    "cost_kind": "cost_kind",
    "payer": "payer",
    "visit_purpose": "visit_purpose",
    "visit_outcome": "visit_outcome",
    "call_outcome": "call_outcome",
}


def shown(names: Sequence[str], *, has_value: bool) -> list[str]:
    """The columns a reader sees: the ticket first, no keys of ours, and last the row of the source."""
    held = [
        name for name in names if not name.endswith(("_id", "_key")) and name not in {VALUE, TICKET, *_SOURCE_PARTS}
    ]
    first = [TICKET] if TICKET in names else []
    return [*first, *([VALUE] if has_value else []), *held, SOURCE]


def cell(visit: Visit, name: str, record: Record) -> Any:
    """A cell as the table shows it: codes by their names, everything else as it is."""
    value = plain(name, record)
    if name in _NAMED and value is not None:
        return visit.names.name(_NAMED[name], value, visit.language)
    return value


def written(visit: Visit, name: str, record: Record) -> Any:
    """A cell as a file says it: as the table shows it, instants in local time."""
    _ = visit.gettext
    value = cell(visit, name, record)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return formatting.exact_instant(value, visit.settings.zone) if isinstance(value, dt.datetime) else value


def heading(visit: Visit, name: str) -> str:
    """What a column is called in a file, with the zone of its instants."""
    title = label(visit, name)
    return f"{title} ({visit.settings.timezone})" if name.endswith("_at") else title


def width(title: str, values: Sequence[Any]) -> int:
    """How many pixels a column needs for its heading and its longest value, as far as there is room."""
    texts = [f"{value:%Y-%m-%d %H:%M}" if isinstance(value, dt.datetime) else str(value) for value in values if value]
    letters = max([_length(title) + 1, *map(_length, texts)])
    return min(max(_NARROWEST, _MARGIN + round(_LETTER * letters)), _WIDEST)


def _length(text: str) -> int:
    """How many letters wide a text is: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def plain(name: str, record: Record) -> Any:
    """A cell as the source says it."""
    if name == SOURCE:
        return " ".join(str(record[part]) for part in _SOURCE_PARTS if record[part])
    value = record[name]
    return value.isoformat() if isinstance(value, dt.date) and not isinstance(value, dt.datetime) else value


def config(visit: Visit, name: str, counted: Measure, pixels: int) -> Any:
    """How a column is set; the value is of the measure `counted`."""
    title = label(visit, name)
    if name == VALUE:
        unit = visit.unit(counted.name)
        value_format = "¥%,.2f" if unit == "yuan" else number_format(unit, visit.language)
        return st.column_config.NumberColumn(title, format=value_format, width=pixels)
    if name.endswith("_at"):
        return st.column_config.DatetimeColumn(
            title, format="YYYY-MM-DD HH:mm", timezone=visit.settings.timezone, width=pixels
        )
    return st.column_config.Column(title, width=pixels)


# Long because it is one list of names.
def label(visit: Visit, name: str) -> str:
    """What a column is called; one without a name of its own is called as it is."""
    _ = visit.gettext
    return {
        "ticket_number": _("Ticket"),
        "title": _("Title"),
        "project_code": _("Project"),
        "unit_code": _("Home"),
        "component_code": _("Component"),
        "contractor_code": _("Contractor"),
        "severity": _("Severity"),
        "state": _("State"),
        "reported_at": _("Reported"),
        "closed_at": _("Closed"),
        "staff_number": _("Technician"),
        "visit_purpose": _("Purpose"),
        "visit_outcome": _("Outcome"),
        "promised_from_at": _("Promised from"),
        "promised_to_at": _("Promised until"),
        "arrived_at": _("Arrived"),
        "cost_kind": _("Kind of cost"),
        "payer": _("Borne by"),
        "note": _("Note"),
        "incurred_at": _("Incurred"),
        "process_score": _("Service"),
        "timeliness_score": _("Timeliness"),
        "attitude_score": _("Attitude"),
        "rating_comment": _("Comment"),
        "rated_at": _("Rated"),
        "age_days_count": _("Days open"),
        "on_date": _("Day"),
        "is_resolved": _("Resolved"),
        "is_resolved_first_contact": _("Resolved on first contact"),
        "started_at": _("Begun"),
        "exchange_code": _("Telephone exchange"),
        "agent_code": _("Agent"),
        "call_outcome": _("Outcome"),
        "wait_second_count": _("Seconds waited"),
        "talk_second_count": _("Seconds talked"),
        "offered_at": _("Called"),
        "unit_type_code": _("Unit type"),
        "full_building_code": _("Building"),
        "building_code": _("Building"),
        "building_name": _("Name of the building"),
        "project_name": _("Project"),
        "city": _("City"),
        "home_count": _("Homes"),
        "floor": _("Floor"),
        "area_m2": _("Area in m²"),
        "handover_date": _("Handed over"),
        "month_start_date": _("Month"),
        "supplier_name": _("Supplier"),
        "payment_description": _("Description"),
        "cost_group": _("Cost group"),
        "service_area": _("Service area"),
        "source_file": _("File"),
        "paid_date": _("Paid"),
        "meter_code": _("Meter"),
        "consumption_litres": _("Litres"),
        "backward_count": _("Backward readings"),
        "night_flow_run_night_count": _("Nights of flow"),
        VALUE: _("Value"),
        SOURCE: _("Source row"),
    }.get(name, name)

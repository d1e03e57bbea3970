"""What the telephone page shows, of everybody who calls and of the calls that were written down for a project."""

from __future__ import annotations

from typing import Final

from dashboards import figures
from dashboards.visit import Visit

AIM: Final = 0.8
"""The share of calls that should be answered within 20 seconds."""
BY_MONTH: Final = ("call_answer_rate", "service_level")
_OF_ALL: Final = (
    "calls_offered",
    "call_answer_rate",
    "service_level",
    "abandon_rate",
    "average_speed_of_answer",
    "first_contact_resolution",
)
_OF_A_PROJECT: Final = (
    "contact_count",
    "call_answer_rate",
    "service_level",
    "abandon_rate",
    "average_speed_of_answer",
    "first_contact_resolution",
)
_COMPARED: Final = (
    "calls_offered",
    "calls_answered",
    "call_answer_rate",
    "service_level",
    "abandon_rate",
    "average_speed_of_answer",
)


def cards(visit: Visit) -> tuple[str, ...]:
    """The measures on the cards: of a project the calls written down, for those offered are not known by project."""
    return _OF_A_PROJECT if figures.is_by_project(visit) else _OF_ALL


def compared(visit: Visit) -> tuple[str, ...]:
    """The measures of the table of exchanges."""
    return tuple(name for name in _COMPARED if not figures.is_lost_by_project(visit, name))


def project_note(visit: Visit) -> str:
    """Why some of the figures are missing for a project."""
    _ = visit.gettext
    return _(
        "A call has a project only once it was answered and written down. How many calls a project loses is therefore "
        "not known; what is shown counts the calls that were written down."
    )

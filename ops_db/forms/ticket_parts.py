"""What the answers to a form become: parts of a ticket, facts of its process, and what is kept beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_db.forms import definition as form
from ops_db.forms.evaluation import Value

FACT_KINDS = ("choice", "number", "money", "date", "date_time", "rating", "computed")
"""Kinds whose answers the process may compare; texts, lists and files say nothing a condition could rely on."""


@dataclass(frozen=True, slots=True)
class TicketParts:
    """The answers that are something of the ticket; the rest is in `Kept`."""

    place: Mapping[str, str] = field(default_factory=dict)
    category: str | None = None
    component: str | None = None
    defect: str | None = None
    title: str | None = None
    description: str | None = None
    severity: str | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """Answers to keep: open ones as JSON, personal ones to be encrypted, and the facts among the open ones."""

    plain: dict[str, Value]
    personal: dict[str, Value]
    facts: dict[str, str | int | float]


def ticket_parts(definition: form.FormDefinition, values: Mapping[str, Value]) -> TicketParts:
    """The parts of the ticket in accepted answers."""
    place: dict[str, str] = {}
    parts: dict[str, str] = {}
    for one in definition.fields:
        role, value = getattr(one, "role", None), values.get(one.key)
        if role is None or value is None:
            continue
        if role == "place" and isinstance(one, form.CascadeField):
            place[one.level] = str(value)
        elif role != "report_photos":
            parts[role] = str(value)
    return TicketParts(place=place, **parts)


def kept(definition: form.FormDefinition, values: Mapping[str, Value]) -> Kept:
    """Accepted answers, parted by who may read them; files are kept by whoever stores them."""
    plain: dict[str, Value] = {}
    personal: dict[str, Value] = {}
    facts: dict[str, str | int | float] = {}
    for one in definition.fields:
        value = values.get(one.key)
        if value is None or one.kind in (*form.FILE_KINDS, "section"):
            continue
        if _is_personal(definition, one):
            personal[one.key] = value
            continue
        plain[one.key] = value
        if one.kind in FACT_KINDS and isinstance(value, str | int | float) and len(str(value)) <= form.LONGEST_TEXT:
            facts[one.key] = value
    return Kept(plain, personal, facts)


def fact_fields(definition: form.FormDefinition) -> list[form.FormField]:
    """The fields whose answers the process knows: comparable, and not personal."""
    return [one for one in definition.fields if one.kind in FACT_KINDS and not _is_personal(definition, one)]


def _is_personal(definition: form.FormDefinition, one: form.FormField) -> bool:
    """Whether an answer is personal by itself, or computed from one that is."""
    from_personal = isinstance(one, form.ComputedField) and any(
        _is_personal(definition, definition.by_key[key]) for key in form.looked_at(one) if key in definition.by_key
    )
    return from_personal or form.is_personal(one)

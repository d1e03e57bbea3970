"""The answers of forms as facts of a process: what conditions may ask about, and of which kind each is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.forms import definition as form
from ops_db.forms import loading, repository
from ops_db.forms.ticket_parts import fact_fields
from ops_db.process.facts import FORM_PREFIX, FactKind
from ops_db.process.text import Text

_KINDS: Final[dict[str, FactKind]] = {
    "choice": "text",
    "number": "integer",
    "money": "money",
    "rating": "integer",
    "date": "date",
    "date_time": "date",
}
_OF_RESULTS: Final[dict[str, FactKind]] = {"number": "integer", "money": "money", "text": "text"}


@dataclass(frozen=True, slots=True)
class FormFact:
    """One answer the process knows; `options` are those of a choice."""

    name: str
    kind: FactKind
    label: Text
    options: tuple[form.Option, ...] = ()


async def facts_in_use(connection: AsyncConnection) -> dict[str, FormFact]:
    """The facts that the forms in use bring, by name."""
    return facts_of_forms(loading.parse_form(row.definition) for row in await repository.in_use(connection))


def facts_of_forms(definitions: Iterable[form.FormDefinition]) -> dict[str, FormFact]:
    """The facts of several forms; one that two of them ask in different kinds is none, for nothing compares with it."""
    found: dict[str, FormFact] = {}
    unsure: set[str] = set()
    for definition in definitions:
        for one in fact_fields(definition):
            fact = _fact(one)
            known = found.setdefault(fact.name, fact)
            if known.kind != fact.kind:
                unsure.add(fact.name)
            elif fact.options:
                more = tuple(option for option in fact.options if option not in known.options)
                found[fact.name] = FormFact(known.name, known.kind, known.label, (*known.options, *more))
    return {name: fact for name, fact in found.items() if name not in unsure}


def _fact(one: form.FormField) -> FormFact:
    kind = _OF_RESULTS[one.result] if isinstance(one, form.ComputedField) else _KINDS[one.kind]
    options = one.options if isinstance(one, form.ChoiceField) else ()
    return FormFact(f"{FORM_PREFIX}{one.key}", kind, one.label, options)

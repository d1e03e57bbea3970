"""The entries of the lists that come from master data: what can be chosen, and whether what was chosen is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import SpaceKind
from ops_db.actor import SYSTEM
from ops_db.estate import repository as estate_rows
from ops_db.estate import service as estate
from ops_db.forms import definition as form
from ops_db.forms.errors import Fault
from ops_db.forms.evaluation import Value

_EVERYWHERE: Final = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list."""

    code: str
    zh: str
    en: str

    def name(self, language: str) -> str:
        """Its name."""
        return self.zh if language.lower().startswith("zh") else self.en


Above = Mapping[str, str]
"""What is chosen above a list, by level: `{"project": "HZ01", "building": "03"}`."""


async def entries(connection: AsyncConnection, level: str, above: Above) -> list[Entry]:
    """The list of a level under what is chosen above it; empty while that is missing. Addresses are no secret."""
    project, building, home = (above.get(name, "") for name in ("project", "building", "home"))
    if level == "project":
        return [Entry(row.code, row.name, row.name) for row in await estate.projects(connection, actor=SYSTEM)]
    if level == "building" and project:
        return [
            Entry(row.code, row.name, row.name) for row in await estate.buildings(connection, project, actor=SYSTEM)
        ]
    if level == "home" and project and building:
        rows = await estate.homes(connection, project, building, actor=SYSTEM)
        return [Entry(row.code, row.room_number, row.room_number) for row in rows]
    if level == "space":
        return await _spaces(connection, project, building, home)
    if level in form.TAXONOMY_LEVELS:
        return _of_taxonomy(await estate.taxonomy(connection), level, above)
    return []


async def _spaces(connection: AsyncConnection, project: str, building: str, home: str) -> list[Entry]:
    if home:
        found = await estate_rows.home(connection, code=home, project_ids=_EVERYWHERE)
        rows = await estate_rows.spaces_of_type(connection, unit_type_id=found.unit_type_id) if found else []
    elif project and building:
        rows = await estate.shared_spaces(connection, project, building, actor=SYSTEM)
    else:
        rows = []
    return [Entry(row.code, row.name, f"{SpaceKind(row.kind).en} ({row.name})") for row in rows]


def _of_taxonomy(rows: list[Any], level: str, above: Above) -> list[Entry]:
    if level == "category":
        return [Entry(row.code, row.name_zh, row.name_en) for row in rows]
    components = [one for row in rows if row.code == above.get("category") for one in row.components]
    if level == "component":
        return [_entry(one) for one in components]
    return [_entry(one) for part in components if part["code"] == above.get("component") for one in part["defects"]]


def _entry(one: Mapping[str, str]) -> Entry:
    return Entry(one["code"], one["name_zh"], one["name_en"])


def above_of(definition: form.FormDefinition, field: form.CascadeField, values: Mapping[str, Value]) -> dict[str, str]:
    """What is chosen in the lists above a field, by level."""
    above: dict[str, str] = {}
    parent = definition.by_key.get(field.parent or "")
    while isinstance(parent, form.CascadeField) and parent.level not in above:
        chosen = values.get(parent.key)
        if isinstance(chosen, str):
            above[parent.level] = chosen
        parent = definition.by_key.get(parent.parent or "")
    return above


async def lists_of(
    connection: AsyncConnection, definition: form.FormDefinition, values: Mapping[str, Value]
) -> dict[str, list[Entry]]:
    """The list of each cascade of a form, as far as the answers lead."""
    return {
        field.key: await entries(connection, field.level, above_of(definition, field, values))
        for field in definition.fields
        if isinstance(field, form.CascadeField)
    }


async def faults_of_choices(
    connection: AsyncConnection, definition: form.FormDefinition, values: Mapping[str, Value]
) -> dict[str, Fault]:
    """A fault for each chosen code that is not in its list."""
    faults: dict[str, Fault] = {}
    for field in definition.fields:
        chosen = values.get(field.key)
        if isinstance(field, form.CascadeField) and chosen is not None:
            listed = await entries(connection, field.level, above_of(definition, field, values))
            if chosen not in [entry.code for entry in listed]:
                faults[field.key] = Fault("not_option")
    return faults

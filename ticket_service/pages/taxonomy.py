"""The defect taxonomy in the reader's language, as the selects of a form and the names in a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from core.language import Language
from ops_db.estate import service as estate


@dataclass(frozen=True, slots=True)
class DefectName:
    """The third level."""

    code: str
    name: str
    severity: str


@dataclass(frozen=True, slots=True)
class ComponentName:
    """The second level."""

    code: str
    name: str
    trade: str
    defects: tuple[DefectName, ...]


@dataclass(frozen=True, slots=True)
class CategoryName:
    """The first level."""

    code: str
    name: str
    components: tuple[ComponentName, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All three levels."""

    categories: tuple[CategoryName, ...]
    names: dict[str, str] = field(default_factory=dict)

    def what(self, category: str | None, component: str | None, defect: str | None) -> str:
        """Component and defect in words, or the most exact level known."""
        part, fault = self.names.get(component or "", ""), self.names.get(defect or "", "")
        if part and fault and part not in fault:
            return f"{part} · {fault}"
        return fault or part or self.names.get(category or "", "")

    def trade_of(self, component: str | None) -> str | None:
        """The craft a component asks for."""
        found = (one.trade for category in self.categories for one in category.components if one.code == component)
        return next(found, None)


async def taxonomy_of(connection: AsyncConnection, language: Language) -> Taxonomy:
    """The taxonomy with its names in `language`."""
    rows = await estate.taxonomy(connection)
    categories = tuple(_category(row, language) for row in rows)
    names: dict[str, str] = {}
    for category in categories:
        names[category.code] = category.name
        for component in category.components:
            names[component.code] = component.name
            names.update({defect.code: defect.name for defect in component.defects})
    return Taxonomy(categories, names)


def _category(row: Any, language: Language) -> CategoryName:
    components = tuple(
        ComponentName(
            component["code"],
            _name(component, language),
            component["trade"],
            tuple(
                DefectName(defect["code"], _name(defect, language), defect["default_severity"])
                for defect in component["defects"]
            ),
        )
        for component in row.components
    )
    return CategoryName(row.code, _name(row._asdict(), language), components)


def _name(row: Mapping[str, Any], language: Language) -> str:
    return str(row["name_zh" if language == "zh-CN" else "name_en"])

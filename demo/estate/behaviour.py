"""What the generator knows of the taxonomy: how often each component fails, when, where, and in whose words."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import yaml

import ops_db
from core.vocabulary import Severity
from demo.estate.draws import Floats

TAXONOMY_FILE: Final = Path(ops_db.__file__).parent / "reference" / "taxonomy.yaml"
SEVERITIES: Final = Severity.codes()
SEASONS: Final = ("plain", "rain", "cold", "hot")
MONTH_COUNT: Final = 60
"""Months since handover that the hazard curves reach; the estate is a little over four years old."""


@dataclass(frozen=True, slots=True)
class DefectKind:
    """A defect and how owners put it; `severity` is an index into SEVERITIES."""

    code: str
    name: str
    component: int
    severity: int
    weight: float
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComponentKind:
    """A component and how it fails; `hazard` is by month since handover and sums to its weight over three years."""

    code: str
    name: str
    category_code: str
    trade: str
    is_public: bool
    hazard: Floats
    season: int
    spaces: tuple[str, ...]
    material_code: str
    material_name: str
    material_fen: int
    labour_fen: int
    defects: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All components and defects; positions in these tuples are what the arrays of the generator hold."""

    components: tuple[ComponentKind, ...]
    defects: tuple[DefectKind, ...]

    def component(self, code: str) -> int:
        """The position of a component."""
        return next(index for index, kind in enumerate(self.components) if kind.code == code)


@cache
def taxonomy() -> Taxonomy:
    """The shipped taxonomy joined with how the pretend estate behaves; a component without behaviour is a KeyError."""
    behaviours = _read(Path(__file__).with_name("behaviour.yaml"))
    complaints = _read(Path(__file__).with_name("complaints.yaml"))
    components: list[ComponentKind] = []
    defects: list[DefectKind] = []
    for category in _read(TAXONOMY_FILE)["categories"]:
        for written in category["components"]:
            first = len(defects)
            for defect in written["defects"]:
                said = complaints[defect["code"]]
                severity = SEVERITIES.index(defect.get("severity", Severity.NORMAL))
                kind = (
                    defect["code"],
                    defect["name_zh"],
                    len(components),
                    severity,
                    said["weight"],
                    tuple(said["say"]),
                )
                defects.append(DefectKind(*kind))
            positions = tuple(range(first, len(defects)))
            components.append(_component(category["code"], written, behaviours[written["code"]], positions))
    return Taxonomy(tuple(components), tuple(defects))


def _component(
    category: str, written: dict[str, Any], behaviour: dict[str, Any], defects: tuple[int, ...]
) -> ComponentKind:
    material_code, material_name, material_yuan = behaviour["material"]
    return ComponentKind(
        code=written["code"],
        name=written["name_zh"],
        category_code=category,
        trade=written["trade"],
        is_public=written.get("public", False),
        hazard=_hazard(behaviour["shape"], behaviour["weight"]),
        season=SEASONS.index(behaviour["season"]),
        spaces=tuple(behaviour["spaces"]),
        material_code=material_code,
        material_name=material_name,
        material_fen=material_yuan * 100,
        labour_fen=behaviour["labour"] * 100,
        defects=defects,
    )


def _hazard(shape: str, weight: float) -> Floats:
    month = np.arange(MONTH_COUNT, dtype=np.float64)
    curve = {
        "infant": 5.0 * np.exp(-month / 2.5) + 0.5,
        "steady": 1.0 + 1.8 * np.exp(-month / 3.0),
        "wear": 0.6 + month / 20.0 + 0.8 * np.exp(-month / 2.0),
        "delayed": 0.7 + 2.2 * np.exp(-((month - 10.0) ** 2) / 40.0),
    }[shape]
    # Owners look round once more before a year of warranty is over.
    curve = curve * np.where(np.isin(month, (11, 23)), 1.35, 1.0)
    return np.asarray(weight * curve / curve[:36].sum())


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))

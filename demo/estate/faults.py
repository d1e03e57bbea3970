"""The faults that are planted, so that it can be tested whether they are found, and the truth about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from core.vocabulary import SpaceKind
from demo.estate.behaviour import MONTH_COUNT, taxonomy
from demo.estate.construction import Construction
from demo.estate.draws import Floats, Integers, stream
from demo.estate.property import SPACE_KINDS, Property

BATCH_COMPONENT: Final = "angle_valve"
CONTRACTOR_COMPONENT: Final = "wall_tile"
BATHROOM_COMPONENT: Final = "bath_waterproofing"
UNIT_TYPE: Final = "B2"

BATCH_FACTOR: Final = 5.0
CONTRACTOR_FACTOR: Final = 3.5
BATHROOM_FACTOR: Final = 5.0
BATCH_FIRST_MONTH: Final = 4
"""Bad valves hold for some months before they crack."""
DISPATCH_FACTOR: Final = 6.0
_WANTED_SHARE: Final = 0.15


@dataclass(frozen=True, slots=True)
class Faults:
    """Positions of what is bad; `meters` are positions among the meters, leaking since the day of `meter_since`."""

    batch: int
    contractor: int
    unit_type: int
    bad_space: int
    supervisor_projects: tuple[int, ...]
    meters: Integers
    meter_since: Integers
    meter_litres_per_hour: Floats


def plant(seed: int, estate: Property, construction: Construction, today: int) -> Faults:
    """Choose what is bad: each fault touches about a seventh of the homes that have been lived in for long enough."""
    rng = stream(seed, "faults")
    exposure: Floats = np.bincount(
        estate.unit_building,
        weights=np.where(estate.unit_handover_day > 0, np.clip(today - estate.unit_handover_day, 0, None), 0),
        minlength=len(estate.building_project),
    ).astype(np.float64)
    valves = construction.batch[:, taxonomy().component(BATCH_COMPONENT)]
    tiles = construction.contractor[:, taxonomy().component(CONTRACTOR_COMPONENT)]
    project_share = np.bincount(estate.building_project, weights=exposure) / exposure.sum()
    b2 = np.flatnonzero(np.array(estate.frames["unit_type"]["code"].to_list()) == UNIT_TYPE)
    unit_type = int(b2[np.argmax(project_share[estate.type_project[b2]])])
    bathrooms = (estate.space_type == unit_type) & (estate.space_kind == SPACE_KINDS.index(SpaceKind.BATHROOM))
    meter_count = len(construction.meter_unit)
    leaking = np.sort(rng.choice(meter_count, max(3, meter_count // 14), replace=False))
    return Faults(
        batch=_nearest_share(valves, exposure),
        contractor=_nearest_share(tiles, exposure),
        unit_type=unit_type,
        bad_space=int(np.flatnonzero(bathrooms)[0]),
        supervisor_projects=tuple(np.argsort(-project_share)[1:3].tolist()),
        meters=leaking,
        meter_since=today - rng.integers(20, 90, len(leaking)),
        meter_litres_per_hour=rng.uniform(6.0, 28.0, len(leaking)),
    )


def hazard_factor(
    faults: Faults, construction: Construction, building: Integers, unit_type: Integers, component: int
) -> Floats:
    """By group (building and unit type; rows) and month since handover (columns): how much worse `component` fails."""
    factor = np.ones((len(building), MONTH_COUNT))
    code = taxonomy().components[component].code
    if code == BATCH_COMPONENT:
        factor[construction.batch[building, component] == faults.batch, BATCH_FIRST_MONTH:] = BATCH_FACTOR
    if code == CONTRACTOR_COMPONENT:
        factor[construction.contractor[building, component] == faults.contractor] = CONTRACTOR_FACTOR
    if code == BATHROOM_COMPONENT:
        factor[unit_type == faults.unit_type] = BATHROOM_FACTOR
    return factor


def truth(faults: Faults, estate: Property, construction: Construction, supervisor: str, today: int) -> dict[str, Any]:
    """What was planted, in the codes that the tables use; `first_month` counts from handover."""
    batch = construction.frames["material_batch"].row(faults.batch, named=True)
    contractor = construction.frames["contractor"].row(faults.contractor, named=True)
    serials = "WM-" + estate.frames["unit"]["code"].gather(construction.meter_unit[faults.meters])
    return {
        "bad_batch": {
            "batch_code": batch["code"],
            "material_code": batch["material_code"],
            "component_code": BATCH_COMPONENT,
            "factor": BATCH_FACTOR,
            "first_month": BATCH_FIRST_MONTH,
        },
        "bad_contractor": {
            "contractor_code": contractor["code"],
            "component_code": CONTRACTOR_COMPONENT,
            "factor": CONTRACTOR_FACTOR,
        },
        "leaking_bathroom": {
            "project_code": estate.project_codes[int(estate.type_project[faults.unit_type])],
            "unit_type_code": UNIT_TYPE,
            "space_code": estate.frames["space"]["code"][faults.bad_space],
            "component_code": BATHROOM_COMPONENT,
            "factor": BATHROOM_FACTOR,
        },
        "slow_supervisor": {
            "staff_number": supervisor,
            "project_codes": [estate.project_codes[project] for project in faults.supervisor_projects],
            "dispatch_factor": DISPATCH_FACTOR,
        },
        "leaking_meters": [
            {"meter_code": serial, "since_days_ago": int(today - since), "litres_per_hour": round(float(litres), 1)}
            for serial, since, litres in zip(serials, faults.meter_since, faults.meter_litres_per_hour, strict=True)
        ],
    }


def _nearest_share(owner: Integers, exposure: Floats) -> int:
    """The owner of buildings whose part of all exposure comes nearest to the wanted one."""
    share = np.bincount(owner, weights=exposure) / exposure.sum()
    return int(np.argmin(np.where(share > 0, np.abs(share - _WANTED_SHARE), np.inf)))

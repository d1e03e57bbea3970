"""Who built what where, from which delivery of which material: contractors, batches, the component register, assets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from core.vocabulary import Trade
from demo.estate.behaviour import taxonomy
from demo.estate.draws import Integers, dates, labels, stream, uuids
from demo.estate.names import SUPPLIERS, contractor_name
from demo.estate.property import DAY_SECONDS, Property
from demo.estate.sizes import Size

_TRADES: Final = Trade.codes()
_BUSY_TRADES: Final = (Trade.FINISHING, Trade.WATERPROOFING, Trade.PLUMBING, Trade.FINISHING, Trade.CARPENTRY,
                       Trade.FINISHING, Trade.ELECTRICAL)  # fmt: skip
_BATCH_DAYS: Final = 180
"""Days for which one delivery of a material lasts a region."""


@dataclass(frozen=True, slots=True)
class Construction:
    """Frames, and by building and component (rows and columns) the position of its contractor and its batch."""

    frames: dict[str, pl.DataFrame]
    contractor: Integers
    contractor_trade: Integers
    batch: Integers
    meter_unit: Integers


def build(size: Size, seed: int, estate: Property) -> Construction:
    """Give every component of every building a builder and a batch."""
    contractors, trades = _contractors(size, seed)
    contractor = _who_builds(seed, estate, trades)
    installed_day = _installation_days(seed, estate)
    batches, batch = _batches(seed, estate, installed_day)
    register = _register(seed, estate, contractors["id"], batches["id"], contractor, batch, installed_day)
    assets, meter_unit = _assets(size, seed, estate)
    frames = {"contractor": contractors, "material_batch": batches, "installed_component": register, "asset": assets}
    return Construction(frames, contractor, trades, batch, meter_unit)


def _contractors(size: Size, seed: int) -> tuple[pl.DataFrame, Integers]:
    # Every trade has at least one company, and those with most to do have more.
    order = [*_TRADES, *_BUSY_TRADES]
    trades = [order[index % len(order)] for index in range(size.contractor_count)]
    frame = pl.DataFrame(
        {
            "id": uuids(stream(seed, "contractor ids"), np.full(len(trades), 1_500_000_000)),
            "code": [f"CT{index + 1:03d}" for index in range(len(trades))],
            "name": [contractor_name(index, trade) for index, trade in enumerate(trades)],
        }
    )
    return frame, np.array([_TRADES.index(trade) for trade in trades])


def _who_builds(seed: int, estate: Property, trades: Integers) -> Integers:
    """A project gives each trade to one company, a large project to two by halves."""
    rng = stream(seed, "who builds")
    components = taxonomy().components
    building_count = len(estate.building_project)
    contractor = np.empty((building_count, len(components)), dtype=np.int64)
    by_trade = {trade: np.flatnonzero(trades == index) for index, trade in enumerate(_TRADES)}
    for project in range(len(estate.project_codes)):
        buildings = np.flatnonzero(estate.building_project == project)
        for trade, companies in by_trade.items():
            columns = np.flatnonzero([component.trade == trade for component in components])
            first = companies[(project + int(rng.integers(len(companies)))) % len(companies)]
            second = companies[int(rng.integers(len(companies)))] if len(buildings) > 2 else first
            half = np.arange(len(buildings)) < (len(buildings) + 1) // 2
            contractor[np.ix_(buildings, columns)] = np.where(half, first, second)[:, None]
    return contractor


def _installation_days(seed: int, estate: Property) -> Integers:
    rng = stream(seed, "installation days")
    component_count = len(taxonomy().components)
    before = rng.integers(200, 420, (len(estate.building_project), 1)) + rng.integers(-30, 30, (1, component_count))
    return np.asarray(estate.building_handover_day[:, None] - before)


def _batches(seed: int, estate: Property, installed_day: Integers) -> tuple[pl.DataFrame, Integers]:
    """Deliveries: one of each material for every region and some months, so neighbouring buildings share them."""
    rng = stream(seed, "batches")
    components = taxonomy().components
    materials = list(dict.fromkeys(component.material_code for component in components))
    names = {component.material_code: component.material_name for component in components}
    material = np.array([materials.index(component.material_code) for component in components])
    region_count = 1 + len(estate.project_codes) // 12
    region = rng.integers(0, region_count, len(estate.project_codes))[estate.building_project]
    period = installed_day // _BATCH_DAYS
    keys = (material[None, :] * 10 + region[:, None]) * 1000 + period
    known, batch = np.unique(keys, return_inverse=True)
    of_material, of_period = known // 10_000, known % 1000
    received = of_period * _BATCH_DAYS - rng.integers(5, 40, len(known))
    supplier = (of_material * 3 + rng.integers(0, 2, len(known))) % len(SUPPLIERS)
    received_date = dates(received)
    number = pl.Series(np.arange(len(known)) + 1).cast(pl.String).str.zfill(4)
    frame = pl.DataFrame(
        {
            "id": uuids(stream(seed, "batch ids"), received * DAY_SECONDS),
            "code": "PC" + received_date.dt.strftime("%Y%m") + "-" + number,
            "material_code": labels(materials, of_material),
            "material_name": labels([names[code] for code in materials], of_material),
            "supplier_name": labels(SUPPLIERS, supplier),
            "received_date": received_date,
        }
    )
    return frame, batch.reshape(keys.shape).astype(np.int64)


def _register(
    seed: int,
    estate: Property,
    contractor_ids: pl.Series,
    batch_ids: pl.Series,
    contractor: Integers,
    batch: Integers,
    installed_day: Integers,
) -> pl.DataFrame:
    buildings = estate.frames["building"]
    codes = [component.code for component in taxonomy().components]
    row, column = (index.ravel() for index in np.indices(contractor.shape))
    return pl.DataFrame(
        {
            "id": uuids(stream(seed, "register ids"), installed_day.ravel() * DAY_SECONDS),
            "project_id": buildings["project_id"].gather(row),
            "building_id": buildings["id"].gather(row),
            "component_code": labels(codes, column),
            "contractor_id": labels(contractor_ids, contractor.ravel()),
            "material_batch_id": labels(batch_ids, batch.ravel()),
            "installed_date": dates(installed_day.ravel()),
        }
    )


def _assets(size: Size, seed: int, estate: Property) -> tuple[pl.DataFrame, Integers]:
    """Two lifts a building and the smart water meters, which the first projects try out."""
    rng = stream(seed, "assets")
    buildings = estate.frames["building"]
    lift_building = np.repeat(np.arange(buildings.height), 2)
    lift_code = labels(estate.project_codes, estate.building_project[lift_building])
    lift_number = pl.Series(np.tile([1, 2], buildings.height)).cast(pl.String)
    lift_serial = "LT-" + lift_code + "-" + buildings["code"].gather(lift_building) + "-" + lift_number
    candidates = np.flatnonzero((estate.unit_handover_day > 0) & (estate.unit_project < 3))
    meter_unit = np.sort(rng.choice(candidates, min(size.meter_count, len(candidates)), replace=False))
    units = estate.frames["unit"]
    building = np.concatenate([lift_building, estate.unit_building[meter_unit]])
    unit = np.concatenate([np.full(len(lift_building), -1), meter_unit])
    frame = pl.DataFrame(
        {
            "id": uuids(stream(seed, "asset ids"), np.full(len(building), 1_500_000_000)),
            "project_id": buildings["project_id"].gather(building),
            "building_id": buildings["id"].gather(building),
            "unit_id": labels(units["id"], unit),
            "component_code": ["lift"] * len(lift_building) + ["water_meter"] * len(meter_unit),
            "serial_number": pl.concat([lift_serial, "WM-" + units["code"].gather(meter_unit)]),
        }
    )
    return frame, meter_unit

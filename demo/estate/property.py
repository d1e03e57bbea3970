"""Land and walls: projects, unit types with their rooms, buildings, homes, and when each was handed over."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from core.vocabulary import SpaceKind
from demo.estate.draws import Integers, dates, instants, labels, stream, uuids
from demo.estate.names import CITIES, DEVELOPER, PROJECT_HEADS, PROJECT_TAILS, PROPERTY_COMPANIES, City
from demo.estate.sizes import Size

DAY_SECONDS: Final = 86_400
SPACE_KINDS: Final = SpaceKind.codes()

# Code, name, area in square metres, bedrooms, bathrooms; four to six of them make a project's range.
_PLANS: Final = (
    ("A1", "A1 两室一厅一卫", "76.50", 2, 1),
    ("A2", "A2 两室两厅一卫", "89.00", 2, 1),
    ("B1", "B1 三室两厅一卫", "98.00", 3, 1),
    ("B2", "B2 三室两厅两卫", "112.50", 3, 2),
    ("C1", "C1 四室两厅两卫", "128.00", 4, 2),
    ("C2", "C2 四室两厅三卫", "143.00", 4, 3),
)
_BEDROOMS: Final = ("主卧", "次卧", "书房", "老人房")
_BATHROOMS: Final = ("主卫", "次卫", "客卫")
_SHARED: Final = (
    (SpaceKind.LOBBY, "单元大堂"),
    (SpaceKind.STAIRCASE, "楼梯间"),
    (SpaceKind.LIFT_SHAFT, "电梯"),
    (SpaceKind.ROOF, "屋面"),
    (SpaceKind.FACADE, "外立面"),
    (SpaceKind.BASEMENT, "地下车库"),
    (SpaceKind.OUTDOOR, "楼前园区"),
)


@dataclass(frozen=True, slots=True)
class Property:
    """Frames of the ops schema, and the same as arrays of positions: row n of an array is row n of its frame."""

    frames: dict[str, pl.DataFrame]
    project_cities: tuple[City, ...]
    project_codes: tuple[str, ...]
    type_project: Integers
    building_project: Integers
    building_handover_day: Integers
    unit_project: Integers
    unit_building: Integers
    unit_type: Integers
    unit_handover_day: Integers
    space_kind: Integers
    space_type: Integers
    space_building: Integers


def lay_out(size: Size, seed: int, now: dt.datetime) -> Property:
    """Lay out every project of an estate that exists at `now`."""
    rng = stream(seed, "property")
    today = int(now.timestamp()) // DAY_SECONDS
    projects, cities = _projects(size, seed, rng, now)
    types, plans, type_project = _unit_types(seed, rng, projects["id"])
    wanted = rng.uniform(0.6, 1.4, size.project_count)
    home_counts = np.round(wanted / wanted.sum() * size.home_count).astype(int)
    blocks = [
        block for project, homes in enumerate(home_counts) for block in _blocks(rng, project, int(homes), today, size)
    ]
    buildings = _buildings(seed, projects, blocks, today)
    units, arrays = _units(seed, rng, projects["code"], buildings, types["id"], type_project, blocks, today)
    spaces, space_arrays = _spaces(seed, types["id"], plans, buildings["id"])
    return Property(
        frames={"project": projects, "unit_type": types, "building": buildings, "unit": units, "space": spaces},
        project_cities=cities,
        project_codes=tuple(projects["code"]),
        type_project=type_project,
        building_project=np.array([block.project for block in blocks]),
        building_handover_day=np.array([block.handover_day for block in blocks]),
        **arrays,
        **space_arrays,
    )


def _projects(
    size: Size, seed: int, rng: np.random.Generator, now: dt.datetime
) -> tuple[pl.DataFrame, tuple[City, ...]]:
    count = size.project_count
    cities = tuple(CITIES[index % len(CITIES)] for index in range(count))
    heads = [PROJECT_HEADS[index] for index in rng.permutation(len(PROJECT_HEADS))]
    ages = np.full(count, int((now - dt.timedelta(days=5 * 365)).timestamp()))
    rows = {
        "id": uuids(stream(seed, "project ids"), ages),
        "code": [f"{city.letters}{index // len(CITIES) + 1:02d}" for index, city in enumerate(cities)],
        "name": [
            f"安屿·{heads[index % len(heads)]}{PROJECT_TAILS[(index // len(heads) + index) % len(PROJECT_TAILS)]}"
            for index in range(count)
        ],
        "city": [city.name for city in cities],
        "district": [city.districts[int(rng.integers(len(city.districts)))] for city in cities],
        "developer_name": [DEVELOPER] * count,
        "property_company_name": [PROPERTY_COMPANIES[index % 2] for index in range(count)],
        "created_at": instants(ages),
    }
    return pl.DataFrame(rows), cities


def _unit_types(
    seed: int, rng: np.random.Generator, project_ids: pl.Series
) -> tuple[pl.DataFrame, list[tuple[int, int]], Integers]:
    rows = []
    for project, project_id in enumerate(project_ids):
        # B2 is everywhere; what else is on offer differs.
        offered = sorted({3, *rng.permutation(len(_PLANS))[: int(rng.integers(3, 5))].tolist()})
        for index in offered:
            code, name, area, bedrooms, bathrooms = _PLANS[index]
            varied = Decimal(area) + Decimal(int(rng.integers(-8, 9))) / 2
            rows.append((project, project_id, code, name, varied, bedrooms, bathrooms))
    columns = ["project", "project_id", "code", "name", "area_m2", "bedroom_count", "bathroom_count"]
    frame = pl.DataFrame(rows, schema=columns, orient="row").with_columns(pl.col("area_m2").cast(pl.Decimal(7, 2)))
    ids = uuids(stream(seed, "unit type ids"), np.full(len(rows), 1_500_000_000))
    plans = list(zip(frame["bedroom_count"], frame["bathroom_count"], strict=True))
    return frame.drop("project").insert_column(0, ids.alias("id")), plans, frame["project"].to_numpy()


@dataclass(frozen=True, slots=True)
class _Block:
    project: int
    code: str
    floor_count: int
    homes_per_floor: int
    home_count: int
    handover_day: int
    street: str


def _blocks(rng: np.random.Generator, project: int, homes: int, today: int, size: Size) -> list[_Block]:
    """The buildings of one project, in phases that were handed over months apart."""
    # Projects are evenly staggered over four years, the last one was handed over some weeks ago.
    age = 1460 - project * 1330 // max(1, size.project_count - 1) if size.project_count > 1 else 1460
    first_handover = today - age - int(rng.integers(0, 40))
    phase_months = int(rng.integers(5, 9))
    street = f"{PROJECT_HEADS[-1 - project % len(PROJECT_HEADS)]}路{int(rng.integers(1, 400))}号"
    blocks: list[_Block] = []
    left = homes
    while left > 0:
        per_floor = int(rng.choice([2, 4, 4, 4, 6]))
        floors = int(rng.choice([11, 15, 17, 18, 18]) if size.home_count < 10_000 else rng.choice([18, 25, 27, 31, 33]))
        count = min(left, per_floor * floors)
        phase = len(blocks) * 3 // max(3, homes // max(1, per_floor * floors) + 1)
        day = min(first_handover + phase * phase_months * 30, today - 25)
        blocks.append(_Block(project, f"{len(blocks) + 1:02d}", -(-count // per_floor), per_floor, count, day, street))
        left -= count
    return blocks


def _buildings(seed: int, projects: pl.DataFrame, blocks: list[_Block], today: int) -> pl.DataFrame:
    rng = stream(seed, "buildings")
    handover = np.array([block.handover_day for block in blocks])
    accepted = handover - rng.integers(60, 160, len(blocks))
    return pl.DataFrame(
        {
            "id": uuids(stream(seed, "building ids"), (today - 1900) * DAY_SECONDS + np.arange(len(blocks))),
            "project_id": projects["id"].gather([block.project for block in blocks]),
            "code": [block.code for block in blocks],
            "name": [f"{int(block.code)}栋" for block in blocks],
            "address": [
                f"{projects['city'][block.project]}{projects['district'][block.project]}{block.street}{int(block.code)}栋"
                for block in blocks
            ],
            "floor_count": pl.Series([block.floor_count for block in blocks], dtype=pl.Int16),
            "completion_acceptance_date": dates(accepted),
        }
    )


def _units(
    seed: int,
    rng: np.random.Generator,
    project_codes: pl.Series,
    buildings: pl.DataFrame,
    type_ids: pl.Series,
    type_project: Integers,
    blocks: list[_Block],
    today: int,
) -> tuple[pl.DataFrame, dict[str, Integers]]:
    counts = np.array([block.home_count for block in blocks])
    building = np.repeat(np.arange(len(blocks)), counts)
    within = np.arange(len(building)) - np.repeat(np.cumsum(counts) - counts, counts)
    per_floor = np.array([block.homes_per_floor for block in blocks])[building]
    floor, door = within // per_floor + 1, within % per_floor + 1
    project = np.array([block.project for block in blocks])[building]
    first_type = np.searchsorted(type_project, np.arange(len(project_codes)))
    type_count = np.bincount(type_project)
    # The doors of a floor carry the plans in turn, beginning differently in each building.
    unit_type = first_type[project] + (door - 1 + building) % type_count[project]
    lag = np.floor(rng.gamma(1.2, 14.0, len(building))).astype(np.int64)
    handover = np.array([block.handover_day for block in blocks])[building] + lag
    handover[(handover > today) | (rng.random(len(building)) < 0.015)] = -1
    room = pl.Series(floor * 100 + door).cast(pl.String)
    code = labels(project_codes, project) + "-" + buildings["code"].gather(building) + "-" + room
    frame = pl.DataFrame(
        {
            "id": uuids(stream(seed, "unit ids"), (today - 1900) * DAY_SECONDS + building),
            "project_id": buildings["project_id"].gather(building),
            "building_id": buildings["id"].gather(building),
            "unit_type_id": labels(type_ids, unit_type),
            "code": code,
            "room_number": room,
            "floor": pl.Series(floor).cast(pl.Int16),
            "handover_date": dates(handover),
        }
    )
    arrays = {"unit_project": project, "unit_building": building, "unit_type": unit_type, "unit_handover_day": handover}
    return frame, arrays


def _spaces(
    seed: int, type_ids: pl.Series, plans: list[tuple[int, int]], building_ids: pl.Series
) -> tuple[pl.DataFrame, dict[str, Integers]]:
    rows: list[tuple[int, int, str, SpaceKind, str]] = []
    for index, (bedrooms, bathrooms) in enumerate(plans):
        rooms = [(SpaceKind.ENTRANCE, "玄关"), (SpaceKind.LIVING_ROOM, "客厅"), (SpaceKind.KITCHEN, "厨房")]
        rooms += [(SpaceKind.BEDROOM, name) for name in _BEDROOMS[:bedrooms]]
        rooms += [(SpaceKind.BATHROOM, name if bathrooms > 1 else "卫生间") for name in _BATHROOMS[:bathrooms]]
        rooms += [(SpaceKind.BALCONY, "阳台")]
        rows += [(index, -1, f"{kind}-{number}", kind, name) for number, kind, name in _numbered(rooms)]
    for index in range(len(building_ids)):
        rows += [(-1, index, f"{kind}-1", kind, name) for kind, name in _SHARED]
    owner_type, owner_building = (np.array([row[position] for row in rows]) for position in (0, 1))
    frame = pl.DataFrame(
        {
            "id": uuids(stream(seed, "space ids"), np.full(len(rows), 1_500_000_000)),
            "unit_type_id": labels(type_ids, owner_type),
            "building_id": labels(building_ids, owner_building),
            "code": [row[2] for row in rows],
            "kind": [row[3].value for row in rows],
            "name": [row[4] for row in rows],
        }
    )
    kinds = np.array([SPACE_KINDS.index(row[3]) for row in rows])
    return frame, {"space_kind": kinds, "space_type": owner_type, "space_building": owner_building}


def _numbered(rooms: list[tuple[SpaceKind, str]]) -> list[tuple[int, SpaceKind, str]]:
    seen: dict[SpaceKind, int] = {}
    numbered = []
    for kind, name in rooms:
        seen[kind] = seen.get(kind, 0) + 1
        numbered.append((seen[kind], kind, name))
    return numbered

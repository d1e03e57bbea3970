"""When something breaks: an inhomogeneous Poisson process over homes, components and months since handover.

A cell is one component in the homes of one plan of one building, in one month since handover. Its intensity is hazard ×
homes × what the days of that month drive, times what is planted. Tickets are drawn over all cells at once, then each
gets a home and, along the same daily drive, a moment; some come again because the repair did not hold.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.vocabulary import Channel, Severity
from demo.estate.behaviour import MONTH_COUNT, SEVERITIES, taxonomy
from demo.estate.construction import Construction
from demo.estate.draws import Flags, Floats, Integers, pick, pick_from_groups, stream
from demo.estate.faults import BATHROOM_COMPONENT, Faults, hazard_factor
from demo.estate.people import People
from demo.estate.property import DAY_SECONDS, SPACE_KINDS, Property
from demo.estate.weather import CLIMATES, cumulated_drive
from demo.estate.working_hours import CHINA_OFFSET

CHANNELS: Final = Channel.codes()
MONTH_DAYS: Final = 30
REPEAT_SHARE: Final = 0.055
"""Tickets that are the same trouble in the same home again within three months."""

_SHARED_FACTOR: Final = 0.8
"""What a shared component of a building counts for, per home of the building."""
# Local hours from midnight on: people report in the morning, after lunch, and when they are home again.
_HOURS: Final = np.array([2, 1, 1, 1, 1, 3, 9, 22, 58, 92, 96, 74, 46, 52, 78, 84, 72, 56, 48, 52, 58, 46, 24, 8.0])
_OWNER_CHANNELS: Final = {Channel.PHONE: 44, Channel.WECHAT: 21, Channel.PORTAL: 15, Channel.QR: 10, Channel.DESK: 10}
_PUBLIC_CHANNELS: Final = {
    Channel.PHONE: 30,
    Channel.INSPECTION: 38,
    Channel.QR: 14,
    Channel.DESK: 10,
    Channel.WECHAT: 8,
}


@dataclass(frozen=True, slots=True)
class Arrivals:
    """One entry a ticket, in the order of `reported`: positions, -1 for none. `is_repeat`: a repair did not hold."""

    reported: Integers
    project: Integers
    building: Integers
    unit: Integers
    component: Integers
    defect: Integers
    severity: Integers
    space: Integers
    channel: Integers
    reporter: Integers
    is_repeat: Flags

    def __len__(self) -> int:
        return len(self.reported)

    def part(self, first: int, last: int) -> Arrivals:
        """The tickets from position `first` up to `last`."""
        return Arrivals(*(getattr(self, name)[first:last] for name in self.__slots__))


def arrive(
    seed: int,
    count: int,
    now: dt.datetime,
    estate: Property,
    construction: Construction,
    faults: Faults,
    people: People,
) -> Arrivals:
    """Draw `count` tickets that are reported before `now`."""
    rng = stream(seed, "arrivals")
    groups = _groups(estate)
    drive = _Drive(seed, estate, int(now.timestamp()))
    # What falls behind `now` or before a late handover is dropped, so some more are drawn.
    drawn = int(count * (1 - REPEAT_SHARE) * 1.18) + 200
    group, component, month = _cells(rng, drawn, groups, drive, construction, faults)
    unit = np.where(groups.is_public(component), -1, pick_from_groups(rng, groups.offsets, group))
    unit[unit >= 0] = groups.units[unit[unit >= 0]]
    building = groups.building[group]
    base = np.where(unit >= 0, estate.unit_handover_day[unit], estate.building_handover_day[building])
    day = drive.day_within(rng, groups.climate[group], groups.season[component], base + month * MONTH_DAYS)
    reported = day * DAY_SECONDS - CHINA_OFFSET + _second_of_day(rng, drawn)
    usable = np.flatnonzero((base > 0) & (reported < drive.now) & (reported > base * DAY_SECONDS))
    kept = rng.permutation(usable)[: count - int(count * REPEAT_SHARE)]
    first = (reported[kept], building[kept], unit[kept], component[kept])
    reported, building, unit, component, source = _with_repeats(rng, count, drive.now, *first)
    order = np.argsort(reported, kind="stable")
    defect = _defects(rng, component)
    defect = np.where(source >= 0, defect[source], defect)
    space = _spaces(rng, estate, faults, building, unit, component)
    space = np.where(source >= 0, space[source], space)
    severity, channel, reporter = _details(rng, estate, people, building, unit, component, defect)
    return Arrivals(
        reported=reported[order],
        project=estate.building_project[building[order]],
        building=building[order],
        unit=unit[order],
        component=component[order],
        defect=defect[order],
        severity=severity[order],
        space=space[order],
        channel=channel[order],
        reporter=reporter[order],
        is_repeat=source[order] >= 0,
    )


@dataclass(frozen=True, slots=True)
class _Groups:
    """Homes of one plan in one building; `units[offsets[g]:offsets[g + 1]]` are its homes."""

    building: Integers
    unit_type: Integers
    climate: Integers
    offsets: Integers
    units: Integers
    season: Integers

    @property
    def sizes(self) -> Integers:
        """Homes of each group."""
        return np.diff(self.offsets)

    def is_public(self, component: Integers) -> Flags:
        """Whether each component belongs to the building."""
        return np.array([kind.is_public for kind in taxonomy().components])[component]


def _groups(estate: Property) -> _Groups:
    order = np.lexsort((estate.unit_type, estate.unit_building))
    key = estate.unit_building[order] * len(estate.type_project) + estate.unit_type[order]
    _, first = np.unique(key, return_index=True)
    building = estate.unit_building[order[first]]
    climates = np.array([CLIMATES.index(city.climate) for city in estate.project_cities])
    return _Groups(
        building=building,
        unit_type=estate.unit_type[order[first]],
        climate=climates[estate.building_project[building]],
        offsets=np.append(first, len(order)),
        units=order,
        season=np.array([kind.season for kind in taxonomy().components]),
    )


class _Drive:
    """What days drive, from the first handover up to now."""

    def __init__(self, seed: int, estate: Property, now: int) -> None:
        self.now = now
        self.first_day = int(estate.building_handover_day.min())
        self.today = (now + CHINA_OFFSET) // DAY_SECONDS
        self.cumulated = cumulated_drive(seed, self.first_day, self.today - self.first_day + 2)
        self.handover = estate.building_handover_day

    def per_month(self, groups: _Groups, season: int) -> Floats:
        """Drive in each month since handover: groups by MONTH_COUNT."""
        edges = self.handover[groups.building][:, None] + np.arange(MONTH_COUNT + 1) * MONTH_DAYS
        edges = np.clip(edges, self.first_day, self.today + 1) - self.first_day
        return np.asarray(np.diff(self.cumulated[groups.climate[:, None], season, edges], axis=1))

    def day_within(self, rng: np.random.Generator, climate: Integers, season: Integers, from_day: Integers) -> Integers:
        """A day of the month that begins at `from_day`, drawn by what each day drives."""
        last = self.cumulated.shape[2] - 1
        low = np.clip(from_day - self.first_day, 0, last)
        high = np.clip(low + MONTH_DAYS, 0, last)
        share = rng.random(len(from_day))
        day = np.empty(len(from_day), dtype=np.int64)
        for one_climate, one_season in {(int(a), int(b)) for a, b in np.unique(np.stack([climate, season]), axis=1).T}:
            mine = (climate == one_climate) & (season == one_season)
            line = self.cumulated[one_climate, one_season]
            target = line[low[mine]] + share[mine] * (line[high[mine]] - line[low[mine]])
            day[mine] = np.searchsorted(line, target, side="right") - 1
        return self.first_day + day


def _cells(
    rng: np.random.Generator, count: int, groups: _Groups, drive: _Drive, construction: Construction, faults: Faults
) -> tuple[Integers, Integers, Integers]:
    """Group, component and month of `count` tickets."""
    components = taxonomy().components
    shape = (len(groups.building), MONTH_COUNT)
    per_month = [drive.per_month(groups, season) for season in range(drive.cumulated.shape[1])]
    intensity = np.empty((len(components), *shape), dtype=np.float32)
    for index, kind in enumerate(components):
        homes = groups.sizes * (_SHARED_FACTOR if kind.is_public else 1.0)
        planted = hazard_factor(faults, construction, groups.building, groups.unit_type, index)
        intensity[index] = homes[:, None] * kind.hazard * per_month[kind.season] * planted
    cumulated = np.cumsum(intensity.ravel(), dtype=np.float64)
    cell = np.searchsorted(cumulated, np.sort(rng.random(count)) * cumulated[-1], side="right")
    component, group, month = np.unravel_index(np.minimum(cell, cumulated.size - 1), intensity.shape)
    return group, component, month


def _second_of_day(rng: np.random.Generator, count: int) -> Integers:
    return np.asarray(pick(rng, _HOURS, count) * 3600 + rng.integers(0, 3600, count))


def _with_repeats(
    rng: np.random.Generator,
    count: int,
    now: int,
    reported: Integers,
    building: Integers,
    unit: Integers,
    component: Integers,
) -> tuple[Integers, Integers, Integers, Integers, Integers]:
    """Append tickets that follow an earlier one of the same place until there are `count`; `source` is that one."""
    wanted = count - len(reported)
    gap = (np.exp(rng.normal(np.log(24.0), 0.6, len(reported))) * DAY_SECONDS).astype(np.int64) + 6 * DAY_SECONDS
    again = reported + gap
    again += _second_of_day(rng, len(again)) - (again + CHINA_OFFSET) % DAY_SECONDS
    source = rng.permutation(np.flatnonzero((again < now) & (gap < 85 * DAY_SECONDS)))[:wanted]
    return (
        np.concatenate([reported, again[source]]),
        np.concatenate([building, building[source]]),
        np.concatenate([unit, unit[source]]),
        np.concatenate([component, component[source]]),
        np.concatenate([np.full(len(reported), -1), source]),
    )


def _defects(rng: np.random.Generator, component: Integers) -> Integers:
    defect = np.empty(len(component), dtype=np.int64)
    for index, kind in enumerate(taxonomy().components):
        mine = component == index
        weights = [taxonomy().defects[position].weight for position in kind.defects]
        defect[mine] = kind.defects[0] + pick(rng, weights, int(mine.sum()))
    return defect


def _spaces(
    rng: np.random.Generator, estate: Property, faults: Faults, building: Integers, unit: Integers, component: Integers
) -> Integers:
    """The room: one of those the component may be in, of the home's plan or of the building."""
    space = np.full(len(unit), -1)
    plan = np.where(unit >= 0, estate.unit_type[unit], -1)
    bathroom = taxonomy().component(BATHROOM_COMPONENT)
    for index, kind in enumerate(taxonomy().components):
        mine = np.flatnonzero(component == index)
        wanted = np.isin(estate.space_kind, [SPACE_KINDS.index(name) for name in kind.spaces])
        owner = estate.space_building if kind.is_public else estate.space_type
        rooms = np.flatnonzero(wanted & (owner >= 0))
        rooms = rooms[np.argsort(owner[rooms], kind="stable")]
        place = (building if kind.is_public else plan)[mine]
        offsets = np.searchsorted(owner[rooms], np.arange(owner.max() + 2))
        space[mine] = rooms[pick_from_groups(rng, offsets, place)]
    leaking = (plan == faults.unit_type) & (component == bathroom) & (rng.random(len(unit)) < 0.85)
    return np.where(leaking, faults.bad_space, space)


def _details(
    rng: np.random.Generator,
    estate: Property,
    people: People,
    building: Integers,
    unit: Integers,
    component: Integers,
    defect: Integers,
) -> tuple[Integers, Integers, Integers]:
    """Severity, channel and reporter."""
    count = len(unit)
    severity = np.array([kind.severity for kind in taxonomy().defects])[defect]
    shift = pick(rng, [0.10, 0.80, 0.10], count) - 1
    is_emergency = severity == SEVERITIES.index(Severity.EMERGENCY)
    severity = np.where(is_emergency, severity, np.clip(severity + shift, 1, len(SEVERITIES) - 1))
    channel = _channel(rng, _OWNER_CHANNELS, count)
    public = unit < 0
    channel[public] = _channel(rng, _PUBLIC_CHANNELS, int(public.sum()))
    is_meter = component == taxonomy().component("water_meter")
    channel[is_meter & (rng.random(count) < 0.6)] = CHANNELS.index(Channel.SENSOR)
    # Of a shared part any neighbour may report; the first home of a building that has somebody stands in for a gap.
    neighbours = np.searchsorted(estate.unit_building, np.arange(len(estate.building_project) + 1))
    home = np.where(public, pick_from_groups(rng, neighbours, building), unit)
    living = np.diff(people.offsets)[home]
    position = np.where(
        rng.random(count) < 0.7, 0, np.floor(rng.random(count) * np.maximum(living, 1)).astype(np.int64)
    )
    reporter = people.members[np.minimum(people.offsets[home] + position, len(people.members) - 1)]
    nobody = np.isin(channel, [CHANNELS.index(Channel.INSPECTION), CHANNELS.index(Channel.SENSOR)]) | (living == 0)
    return severity, channel, np.where(nobody, -1, reporter)


def _channel(rng: np.random.Generator, weights: dict[Channel, int], count: int) -> Integers:
    codes = np.array([CHANNELS.index(channel) for channel in weights])
    return codes[pick(rng, list(weights.values()), count)]

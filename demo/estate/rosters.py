"""Who works when, who is away, which rules send tickets where, which visits can be promised, and what is in stock."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import polars as pl

from core.vocabulary import StaffKind
from core.work_vocabulary import AbsenceReason
from demo.estate.behaviour import taxonomy
from demo.estate.draws import labels, stream, uuids

_EARLY: Final = ((450, 720), (780, 990))
_LATE: Final = ((570, 720), (810, 1140))
_SLOTS: Final = ((540, 660, 3), (840, 960, 3), (960, 1080, 2))
_WORKING_WEEK: Final = 6
_AWAY_SHARE: Final = 0.08
_UNITS: Final = ("个", "桶", "米", "套", "㎡")

Frames = dict[str, pl.DataFrame]


def rosters(seed: int, now: dt.datetime, frames: Frames) -> Frames:
    """The tables a dispatcher and a warehouse keep, for the estate in `frames`."""
    technicians = frames["staff"].filter(pl.col("kind") == StaffKind.TECHNICIAN.value)["id"]
    rng = stream(seed, "rosters")
    return {
        "staff_shift": _shifts(rng, technicians),
        "staff_leave": _leave(rng, seed, now, technicians),
        "dispatch_rule": _rules(seed, now, frames),
        "appointment_slot": _slots(),
        "material_stock": _stock(seed, now, frames),
    }


def _shifts(rng: np.random.Generator, technicians: pl.Series) -> pl.DataFrame:
    """Half of a crew begins early, half late; one day of the six is off, a different one for each."""
    rows = []
    for number, (staff_id, off) in enumerate(
        zip(technicians, rng.integers(1, _WORKING_WEEK + 1, len(technicians)), strict=True)
    ):
        for weekday in range(1, 8):
            works = weekday != int(off) if number % 3 == 0 else weekday <= _WORKING_WEEK
            for start, end in (_EARLY if number % 2 else _LATE) if works else ():
                rows.append((staff_id, weekday, start, end))
    columns = ["staff_id", "weekday", "start_minute", "end_minute"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _leave(rng: np.random.Generator, seed: int, now: dt.datetime, technicians: pl.Series) -> pl.DataFrame:
    """Some are away this week. The first technician, who is the demonstration's, is there."""
    is_away = rng.random(len(technicians)) < _AWAY_SHARE
    is_away[0] = False
    is_away[-1] = True
    away = technicians.filter(pl.Series(is_away))
    since = [now.date() - dt.timedelta(days=int(days)) for days in rng.integers(0, 4, len(away))]
    until = [day + dt.timedelta(days=int(days)) for day, days in zip(since, rng.integers(3, 9, len(away)), strict=True)]
    reasons = AbsenceReason.codes()
    return pl.DataFrame(
        {
            "id": uuids(stream(seed, "leave ids"), np.full(len(away), int(now.timestamp()))),
            "staff_id": away,
            "from_date": since,
            "to_date": until,
            "reason": [reasons[int(one)] for one in rng.integers(0, 2, len(away))],
        }
    )


def _rules(seed: int, now: dt.datetime, frames: Frames) -> pl.DataFrame:
    own = frames["crew"].filter(pl.col("contractor_id").is_null())["id"]
    rules: list[dict[str, Any]] = [
        {"severity": "emergency", "crew_source": "any", "mode": "assign", "note": "特急不等人"},
        {"is_in_contractor_warranty": True, "crew_source": "builder", "mode": "suggest", "note": "谁施工，谁保修"},
        {
            "project_id": frames["project"]["id"][0],
            "category_code": "finishing",
            "crew_source": "named",
            "crew_id": own[0],
            "mode": "grab",
            "note": "精装小修由本项目班组抢单",
        },
        {"is_public_area": True, "crew_source": "any", "mode": "suggest", "note": "公共区域"},
        {"crew_source": "any", "mode": "suggest", "note": ""},
    ]
    columns = (
        *("project_id", "category_code", "severity", "is_public_area", "is_in_contractor_warranty"),
        *("crew_source", "crew_id", "mode", "note"),
    )
    ids = uuids(stream(seed, "rule ids"), np.full(len(rules), int(now.timestamp())))
    rows = [
        {"id": id, "position": position} | {name: rule.get(name) for name in columns}
        for position, (id, rule) in enumerate(zip(ids, rules, strict=True), start=1)
    ]
    return pl.DataFrame(rows)


def _slots() -> pl.DataFrame:
    rows = [(weekday, *slot) for weekday in range(1, _WORKING_WEEK + 1) for slot in _SLOTS]
    return pl.DataFrame(rows, schema=["weekday", "start_minute", "end_minute", "capacity"], orient="row")


def _stock(seed: int, now: dt.datetime, frames: Frames) -> pl.DataFrame:
    """What the warehouse of each project has: of most things enough, of some too little or nothing."""
    rng = stream(seed, "stock")
    kinds = {kind.material_code: kind for kind in taxonomy().components}
    codes = list(kinds)
    projects = frames["project"]
    place, material = (index.ravel() for index in np.indices((projects.height, len(codes))))
    quantity = np.floor(rng.gamma(0.9, 60.0, len(place)))
    quantity[rng.random(len(place)) < 0.06] = 0
    return pl.DataFrame(
        {
            "id": uuids(stream(seed, "stock ids"), np.full(len(place), int(now.timestamp()))),
            "warehouse_code": labels(["CK-" + code for code in projects["code"]], place),
            "project_id": labels(projects["id"], place),
            "material_code": labels(codes, material),
            "material_name": labels([kind.material_name for kind in kinds.values()], material),
            "unit": labels(_UNITS, material % len(_UNITS)),
            "on_hand": quantity,
            "unit_price_fen": np.array([kind.material_fen for kind in kinds.values()])[material],
            "counted_on": [now.date() - dt.timedelta(days=1)] * len(place),
        }
    )

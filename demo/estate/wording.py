"""Titles and descriptions of tickets, as owners and inspectors would write them."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from core.vocabulary import Channel, Severity
from demo.estate import phrases
from demo.estate.arrivals import CHANNELS, Arrivals
from demo.estate.behaviour import SEVERITIES, taxonomy
from demo.estate.draws import labels
from demo.estate.property import Property

_FIRST_PHRASE: Final = np.concatenate([[0], np.cumsum([len(kind.phrases) for kind in taxonomy().defects])])
_PHRASES: Final = tuple(phrase for kind in taxonomy().defects for phrase in kind.phrases)
_DEFECT_NAMES: Final = tuple(kind.name for kind in taxonomy().defects)


def wording(rng: np.random.Generator, arrivals: Arrivals, estate: Property) -> tuple[pl.Series, pl.Series]:
    """Title and description of each ticket."""
    count = len(arrivals)
    defect = arrivals.defect
    first, last = _FIRST_PHRASE[defect], _FIRST_PHRASE[defect + 1]
    phrase = labels(_PHRASES, first + np.floor(rng.random(count) * (last - first)).astype(np.int64))
    space = labels(estate.frames["space"]["name"], arrivals.space)
    building = estate.frames["building"]["name"].gather(arrivals.building)
    is_shared = arrivals.unit < 0
    frame = pl.DataFrame(
        {
            "opening": _some(rng, phrases.OPENINGS, count),
            "inspected": _some(rng, phrases.INSPECTED, count),
            "where": space,
            "shared": building + space,
            "phrase": phrase,
            "defect": labels(_DEFECT_NAMES, defect),
            "since": _some(rng, phrases.SINCE, count),
            "since_now": _some(rng, phrases.SINCE_NOW, count),
            "is_emergency": arrivals.severity == SEVERITIES.index(Severity.EMERGENCY),
            "wish": _some(rng, phrases.WISHES, count),
            "is_shared": is_shared,
            "is_inspected": arrivals.channel == CHANNELS.index(Channel.INSPECTION),
            "says_home": rng.random(count) < 0.55,
            "names_defect": rng.random(count) < 0.6,
            "again": arrivals.is_repeat,
        }
    )
    place = pl.when("is_shared").then(pl.col("shared")).otherwise(pl.col("where"))
    owner_place = (
        pl.when(~pl.col("is_shared") & pl.col("says_home")).then(pl.lit("我家") + pl.col("where")).otherwise(place)
    )
    clause = pl.col("phrase").str.split("，").list.first()
    title = pl.when("names_defect").then(place + "·" + pl.col("defect")).otherwise(place + clause)
    since = pl.when("is_emergency").then(pl.col("since_now")).otherwise(pl.col("since"))
    since = pl.when("again").then(pl.lit("，之前修过一次又出现了")).otherwise(since)
    spoken = pl.col("opening") + owner_place + pl.col("phrase") + since + pl.col("wish")
    written = pl.col("inspected") + place + pl.col("phrase") + "。"
    described = frame.select(
        title.alias("title"), pl.when("is_inspected").then(written).otherwise(spoken).alias("description")
    )
    return described["title"], described["description"]


def _some(rng: np.random.Generator, choices: tuple[str, ...], count: int) -> pl.Series:
    return labels(choices, rng.integers(0, len(choices), count))

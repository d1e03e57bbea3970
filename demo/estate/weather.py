"""What drives the days: how willing people are to report on a weekday, rain, frost and heat, per climate."""

from __future__ import annotations

import datetime as dt
from typing import Final

import numpy as np

from demo.estate.behaviour import SEASONS
from demo.estate.draws import Floats, stream

CLIMATES: Final = ("east", "south", "north", "west")

# Monday to Sunday; homes are looked at at weekends, and reported at once or on Monday.
_WEEKDAY: Final = np.array([1.22, 1.08, 1.0, 0.97, 0.98, 1.05, 0.78])
# Rain by month, January first, in units of the yearly mean.
_RAIN: Final = {
    "east": (0.6, 0.7, 0.9, 1.0, 1.1, 2.1, 1.6, 1.4, 1.1, 0.6, 0.5, 0.4),
    "south": (0.4, 0.6, 0.9, 1.4, 1.8, 2.0, 1.5, 1.4, 1.0, 0.5, 0.4, 0.3),
    "north": (0.1, 0.2, 0.3, 0.6, 0.8, 1.3, 2.9, 2.6, 1.3, 0.7, 0.4, 0.1),
    "west": (0.2, 0.3, 0.5, 0.8, 1.1, 1.5, 2.4, 2.2, 1.6, 0.8, 0.3, 0.1),
}
_COLD: Final = {
    "east": (3.0, 2.4, 1.0, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.2, 1.2, 2.6),
    "south": (2.0, 1.6, 0.6, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.4, 1.4),
    "north": (2.7, 2.1, 1.1, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.6, 3.4, 2.8),
    "west": (2.9, 2.2, 0.9, 0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 1.8, 2.7),
}
_HOT: Final = (0.2, 0.2, 0.3, 0.6, 1.2, 2.0, 2.8, 2.6, 1.4, 0.6, 0.3, 0.2)
# By how much the spring festival empties the desk.
_FESTIVAL_FACTOR: Final = 0.45


def cumulated_drive(seed: int, first_day: int, day_count: int) -> Floats:
    """Drive since `first_day`, by climate, season and day (one more than days); a mean day adds one.

    Differences of it are what a component of that season fails by within those days.
    """
    days = [dt.date(1970, 1, 1) + dt.timedelta(days=first_day + index) for index in range(day_count)]
    weekday = _WEEKDAY[[day.weekday() for day in days]]
    month = np.array([day.month - 1 for day in days])
    festival = np.array([(day.month, day.day) >= (1, 24) and (day.month, day.day) <= (2, 14) for day in days])
    willing = weekday * np.where(festival, _FESTIVAL_FACTOR, 1.0)
    drive = np.empty((len(CLIMATES), len(SEASONS), day_count))
    for index, climate in enumerate(CLIMATES):
        rain = _wetness(stream(seed, "weather", index), np.array(_RAIN[climate])[month])
        by_season = {"plain": np.ones(day_count), "rain": 0.35 + 0.65 * rain}
        by_season |= {"cold": np.array(_COLD[climate])[month], "hot": np.array(_HOT)[month]}
        drive[index] = [by_season[season] * willing for season in SEASONS]
    drive /= drive.mean(axis=2, keepdims=True)
    return np.concatenate([np.zeros((*drive.shape[:2], 1)), np.cumsum(drive, axis=2)], axis=2)


def _wetness(rng: np.random.Generator, monthly: Floats) -> Floats:
    """Daily rain around its monthly mean: wet spells of some days, most days dry."""
    noise = rng.normal(size=len(monthly) + 6)
    spells = np.convolve(noise, np.array([0.25, 0.5, 0.8, 1.0, 0.6, 0.3, 0.1]), mode="valid")[: len(monthly)]
    return np.asarray(monthly * np.exp(1.1 * spells / spells.std()))

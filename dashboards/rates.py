"""Defect rates of parts of the estate: counts and the homes behind them, with exact Poisson intervals.

Count and exposure are measures, asked in two questions. They are divided here and not by one measure, since a defect
has a component, a contractor and a batch, while a home has not: every home of the same project, unit type and month of
handover was at risk of each of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from scipy.special import gammaincinv

PER: Final = 100
_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Rate:
    """Defects per hundred of what was at risk; `value` is None where too little was at risk to judge."""

    count: int
    exposure: float
    value: float | None
    low: float
    high: float


def rate(count: int, exposure: float, *, least: float) -> Rate | None:
    """Return the rate per hundred with its exact 95 % interval (Garwood 1936), None without any exposure."""
    if exposure <= 0:
        return None
    low, high = poisson_interval(count)
    scale = PER / exposure
    return Rate(count, exposure, count * scale if exposure >= least else None, low * scale, high * scale)


def poisson_interval(count: int) -> tuple[float, float]:
    """The exact 95 % interval of a Poisson mean of which `count` were seen."""
    tail = (1 - _LEVEL) / 2
    low = float(gammaincinv(count, tail)) if count else 0.0
    return low, float(gammaincinv(count + 1, 1 - tail))


def cells(
    counts: Sequence[Mapping[str, Any]],
    exposures: Sequence[Mapping[str, Any]],
    *,
    keys: Sequence[str],
    exposed_by: Sequence[str],
    count: str,
    exposure: str,
    least: float,
) -> dict[tuple[Any, ...], Rate]:
    """Return the rate of each combination of `keys` that has defects, by the codes of the combination.

    `exposed_by` are those of the keys that divide the homes too; the others leave the exposure as it is.
    """
    at_risk = {tuple(record[key] for key in exposed_by): record[exposure] or 0 for record in exposures}
    found = {}
    for record in counts:
        homes = at_risk.get(tuple(record[key] for key in exposed_by), 0)
        if record[count] and (cell := rate(record[count], homes, least=least)):
            found[tuple(record[key] for key in keys)] = cell
    return found

"""By when the service promises things, as a new installation is set up, and how a pause puts a promise off."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.vocabulary import Severity, SlaTarget
from demo.estate.behaviour import SEVERITIES
from demo.estate.draws import Integers
from demo.estate.working_hours import WorkingHours
from ops_db.seed import PROMISED_MINUTES

_MINUTES: Final = {
    target: np.array([PROMISED_MINUTES[Severity(code)][target] for code in SEVERITIES], dtype=np.float64)
    for target in SlaTarget
}


def due(hours: WorkingHours, start: Integers, severity: Integers, target: SlaTarget) -> Integers:
    """The moment by which `target` is promised: so many working minutes after the minute that `start` falls in."""
    return hours.add(start - start % 60, _MINUTES[target][severity])


def put_off(hours: WorkingHours, promised: Integers, paused: Integers, resumed: Integers) -> Integers:
    """The promise after a pause: later by the working time of the pause, unless it was broken before."""
    before, after = hours.worked(paused - paused % 60), hours.worked(resumed - resumed % 60)
    lost = np.where(before < hours.worked(promised), after - before, 0.0)
    return hours.add(promised, lost)

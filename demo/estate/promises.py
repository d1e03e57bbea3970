"""By when the service promises to have a ticket resolved, as a new installation is set up."""

from __future__ import annotations

from typing import Final

import numpy as np

from core.vocabulary import Severity, SlaTarget
from demo.estate.behaviour import SEVERITIES
from demo.estate.draws import Integers
from demo.estate.working_hours import WorkingHours
from ops_db.seed import PROMISED_MINUTES

_MINUTES: Final = np.array([PROMISED_MINUTES[Severity(code)][SlaTarget.RESOLVE] for code in SEVERITIES], dtype=np.float64)


def resolve_due(hours: WorkingHours, reported: Integers, severity: Integers) -> Integers:
    """The moment each ticket is due: the promised working minutes after the minute it was reported in."""
    return hours.add(reported - reported % 60, _MINUTES[severity])

"""Since when a ticket's promise runs, and while of that it did not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from core.working_time import Pause


def running_since(reported_at: dt.datetime, events: Iterable[Any], now: dt.datetime) -> tuple[dt.datetime, list[Pause]]:
    """The start and the pauses by the events of kind pause, resume and reopen, in order; one still lasting ends now."""
    start, pauses = reported_at, list[Pause]()
    for event in events:
        if event.kind == "ticket:reopen":
            start, pauses = event.occurred_at, []
        elif event.kind == "ticket:pause":
            pauses.append((event.occurred_at, now))
        elif pauses:
            pauses[-1] = (pauses[-1][0], event.occurred_at)
    return start, pauses

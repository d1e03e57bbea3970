"""The way of a ticket as its owner sees it: the stations of a parcel, when each was reached, and where it is now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.vocabulary import OwnerStatus

WAY: Final = (
    OwnerStatus.RECEIVED,
    OwnerStatus.ACCEPTED,
    OwnerStatus.DISPATCHED,
    OwnerStatus.ON_THE_WAY,
    OwnerStatus.IN_REPAIR,
    OwnerStatus.TO_RATE,
    OwnerStatus.FINISHED,
)
"""The stations in their order; a pause or an end is shown behind the one where it happened."""

Mark = Literal["done", "current", "current stopped", "current ended", ""]


@dataclass(frozen=True, slots=True)
class Station:
    """One station: `mark` is its look, `reached_at` None while it lies ahead or was passed unseen."""

    status: OwnerStatus
    mark: Mark
    reached_at: dt.datetime | None = None

    @property
    def is_current(self) -> bool:
        """Whether the ticket stands here."""
        return self.mark.startswith("current")


def stations(events: Iterable[Any], current: OwnerStatus) -> list[Station]:
    """The stations of a ticket that stands at `current`; its events, oldest first, say the status they led to.

    Where a ticket was given up or paused, the station reached stays and the end or the pause stands behind it; one
    given up has nothing ahead. One that went back (not accepted, reopened) has the later stations ahead of it again.
    """
    reached: dict[OwnerStatus, dt.datetime] = {}
    last, stopped_at = OwnerStatus.RECEIVED, None
    for event in events:
        if event.payload.get("milestone") == "dispatched":
            # A known fault skips the survey, and with it the moment in which the owner would see this station.
            reached.setdefault(OwnerStatus.DISPATCHED, event.occurred_at)
        owner_status = event.payload.get("owner_status")
        if owner_status == current:
            stopped_at = event.occurred_at
        status = _station_of(owner_status)
        if status is None:
            continue
        reached = {one: at for one, at in reached.items() if WAY.index(one) <= WAY.index(status)}
        reached.setdefault(status, event.occurred_at)
        last = status
    at_station = _station_of(current)
    place = WAY.index(at_station if at_station is not None else last)
    if at_station is None:
        passed = [Station(status, "done", reached.get(status)) for status in WAY[: place + 1]]
        if current == OwnerStatus.PAUSED:
            ahead = [Station(status, "") for status in WAY[place + 1 :]]
            return [*passed, Station(current, "current stopped", stopped_at), *ahead]
        return [*passed, Station(current, "current ended", stopped_at)]
    return [_station(status, place, current, reached) for status in WAY]


def _station_of(status: str | None) -> OwnerStatus | None:
    """The station of a status; the follow-up call belongs to the rating, a pause and a refusal to none."""
    if status == OwnerStatus.FOLLOW_UP:
        return OwnerStatus.TO_RATE
    return OwnerStatus(status) if status in WAY else None


def _station(status: OwnerStatus, place: int, current: OwnerStatus, reached: dict[OwnerStatus, dt.datetime]) -> Station:
    index = WAY.index(status)
    if index > place:
        return Station(status, "")
    if index < place or current == OwnerStatus.FINISHED:
        return Station(status, "done", reached.get(status))
    shown = current if current == OwnerStatus.FOLLOW_UP else status
    return Station(shown, "current", reached.get(status))

"""The stations of a repair, as its owner sees them."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import OwnerStatus
from ticket_service.pages.stations import WAY, stations

START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def log(*statuses: str, milestones: dict[int, str] | None = None) -> list[Any]:
    return [
        SimpleNamespace(
            payload={"owner_status": status, "milestone": (milestones or {}).get(hour)},
            occurred_at=START + dt.timedelta(hours=hour),
        )
        for hour, status in enumerate(statuses)
    ]


def marks(events: list[Any], current: str) -> dict[str, str]:
    return {station.status.value: station.mark for station in stations(events, OwnerStatus(current))}


def test_what_was_passed_is_done_and_what_lies_ahead_is_open() -> None:
    found = marks(log("received", "accepted", "dispatched"), "dispatched")
    assert found["accepted"] == "done"
    assert found["dispatched"] == "current"
    assert found["on_the_way"] == found["finished"] == ""


def test_a_finished_repair_has_passed_every_station() -> None:
    assert set(marks(log("received", "accepted", "to_rate", "finished"), "finished").values()) == {"done"}


def test_a_pause_is_shown_where_it_happened() -> None:
    found = marks(log("received", "accepted", "paused"), "paused")
    assert list(found)[:3] == ["received", "accepted", "paused"]
    assert found["accepted"] == "done"
    assert found["paused"] == "current stopped"
    assert found["dispatched"] == ""


@pytest.mark.parametrize("end", ["rejected", "cancelled"])
def test_a_ticket_that_was_given_up_keeps_what_it_reached_and_has_nothing_ahead(end: str) -> None:
    found = stations(log("received", "accepted", end), OwnerStatus(end))
    assert [(one.status.value, one.mark) for one in found] == [
        ("received", "done"),
        ("accepted", "done"),
        (end, "current ended"),
    ]
    assert [one.reached_at for one in found] == [START + dt.timedelta(hours=hour) for hour in range(3)]


def test_a_repair_that_was_not_accepted_lies_ahead_again() -> None:
    events = log("received", "accepted", "in_repair", "to_rate", "in_repair")
    found = {station.status: station for station in stations(events, OwnerStatus.IN_REPAIR)}
    assert found[OwnerStatus.IN_REPAIR].is_current
    assert found[OwnerStatus.TO_RATE].reached_at is None


def test_a_dispatch_without_a_survey_has_its_moment() -> None:
    events = log("received", "accepted", "in_repair", milestones={2: "dispatched"})
    found = {station.status: station.reached_at for station in stations(events, OwnerStatus.IN_REPAIR)}
    assert found[OwnerStatus.DISPATCHED] == START + dt.timedelta(hours=2)


@given(st.lists(st.sampled_from(OwnerStatus.codes())), st.sampled_from(OwnerStatus.codes()))
def test_exactly_one_station_is_current_unless_all_are_done(statuses: list[str], current: str) -> None:
    found = stations(log(*statuses), OwnerStatus(current))
    is_given_up = current in (OwnerStatus.REJECTED, OwnerStatus.CANCELLED)
    assert is_given_up or len(found) == len(WAY) + (current == OwnerStatus.PAUSED)
    assert sum(station.is_current for station in found) == (current != OwnerStatus.FINISHED)

"""The pauses of a ticket's clock, told from its log."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple

import pytest

from core.vocabulary import PauseReason
from ops_db.clock.running import Halt, halts_in

REPORTED = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)


class Logged(NamedTuple):
    """An event as the repository reads it."""

    kind: str
    occurred_at: dt.datetime
    reason: str | None = None


def at(hours: int) -> dt.datetime:
    return REPORTED + dt.timedelta(hours=hours)


def paused(hours: int, reason: str | None = "waiting_owner") -> Logged:
    return Logged("ticket:pause", at(hours), reason)


def resumed(hours: int) -> Logged:
    return Logged("ticket:resume", at(hours))


@pytest.mark.parametrize(
    ("events", "since", "halts"),
    [
        ([], 0, []),
        ([paused(1)], 0, [Halt(at(1), None, PauseReason.WAITING_OWNER)]),
        ([paused(1), resumed(2)], 0, [Halt(at(1), at(2), PauseReason.WAITING_OWNER)]),
        ([paused(1, "told by an older system")], 0, [Halt(at(1), None, None)]),
        (
            [paused(1), resumed(2), paused(3, "weather"), Logged("ticket:reopen", at(9))],
            9,
            [Halt(at(1), at(2), PauseReason.WAITING_OWNER), Halt(at(3), at(9), PauseReason.WEATHER)],
        ),
    ],
)
def test_each_pause_has_its_reason_and_lasts_until_it_ends_or_the_ticket_is_reopened(
    events: list[Any], since: int, halts: list[Halt]
) -> None:
    assert halts_in(REPORTED, events) == (at(since), halts)

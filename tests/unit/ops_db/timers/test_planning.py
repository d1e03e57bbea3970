"""When timers are due, and that pauses take nothing from them and give nothing to them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.working_time import DEFAULT_CALENDAR, WorkingTime
from ops_db.process.node_parts import NodeTimer
from ops_db.timers.planning import due_again_at, due_at_of, remaining_minutes

WORKING = WorkingTime(DEFAULT_CALENDAR)
MONDAY = dt.datetime(2026, 3, 2, tzinfo=ZoneInfo("Asia/Shanghai"))


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> dt.datetime:
    return MONDAY + dt.timedelta(days=day, hours=hour, minutes=minute, seconds=second)


def timer(minutes: int, since: str = "opened", clock: str = "working") -> NodeTimer:
    return NodeTimer.model_validate(
        {"key": "t", "minutes": minutes, "since": since, "clock": clock, "do": "warn", "to": ["desk"]}
    )


@pytest.mark.parametrize(
    ("one", "due", "expected"),
    [
        (timer(60), None, at(0, 18)),
        (timer(61), None, at(1, 8, 31)),
        (timer(120, clock="calendar"), None, at(0, 19)),
        (timer(60, "after_due"), at(0, 18), at(1, 9, 30)),
        (timer(60, "before_due"), at(1, 9, 30), at(0, 18)),
        (timer(60, "before_due", "calendar"), at(1, 9, 30), at(1, 8, 30)),
        (timer(600, "before_due"), at(1, 9, 30), at(0, 17)),
        (timer(60, "before_due"), None, None),
        (timer(60, "after_due"), None, None),
    ],
)
def test_a_timer_counts_from_where_it_says(
    one: NodeTimer, due: dt.datetime | None, expected: dt.datetime | None
) -> None:
    assert due_at_of(one, opened_at=at(0, 17), step_due_at=due, working=WORKING) == expected


def test_a_timer_paused_over_night_goes_on_where_it_stood() -> None:
    left = remaining_minutes(at(0, 17, 30), is_working_time=True, now=at(0, 17, 0, 30), working=WORKING)
    assert left == 29.5
    assert due_again_at(left, is_working_time=True, now=at(1, 8, 30), working=WORKING) == at(1, 8, 59, 30)


def test_an_overdue_timer_is_due_at_once_when_the_ticket_is_resumed() -> None:
    left = remaining_minutes(at(0, 9), is_working_time=True, now=at(0, 10), working=WORKING)
    assert left == 0
    assert due_again_at(left, is_working_time=True, now=at(3, 7), working=WORKING) == at(3, 7)


@given(
    st.integers(1, 3_000),
    st.lists(st.tuples(st.integers(1, 4_000), st.integers(1, 200_000)), max_size=30),
    st.booleans(),
)
def test_pauses_keep_the_time_used_to_the_second(
    minutes: int, stretches: list[tuple[int, int]], is_working_time: bool
) -> None:
    now = at(0, 8, 30)
    due_at = due_again_at(float(minutes), is_working_time=is_working_time, now=now, working=WORKING)
    used = 0.0
    for runs_seconds, stands_seconds in stretches:
        paused_at = now + dt.timedelta(seconds=runs_seconds)
        if paused_at >= due_at:
            break
        before = remaining_minutes(due_at, is_working_time=is_working_time, now=now, working=WORKING)
        left = remaining_minutes(due_at, is_working_time=is_working_time, now=paused_at, working=WORKING)
        assert -0.001 <= before - left <= runs_seconds / 60 + 0.001
        used += before - left
        now = paused_at + dt.timedelta(seconds=stands_seconds)
        due_at = due_again_at(left, is_working_time=is_working_time, now=now, working=WORKING)
    left = remaining_minutes(due_at, is_working_time=is_working_time, now=now, working=WORKING)
    assert used + left == pytest.approx(minutes, abs=0.01)

"""Times as readers read them."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticket_service.pages.appointments import suggested_windows
from ticket_service.pages.reader_times import ReaderClock
from ticket_service.pages.rendering import clock

ZONE = ZoneInfo("Asia/Shanghai")
NOW = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)


@pytest.fixture(params=["zh-CN", "en"])
def reader(request: pytest.FixtureRequest) -> ReaderClock:
    return clock(request.param, now=NOW, zone=ZONE)


def at(**parts: int) -> dt.datetime:
    return NOW + dt.timedelta(**parts)


def test_near_days_are_named_and_times_are_local() -> None:
    chinese, english = (clock(language, now=NOW, zone=ZONE) for language in ("zh-CN", "en"))
    assert chinese.moment(NOW) == "今天 10:00"
    assert english.moment(at(days=1)) == "Tomorrow 10:00"
    assert (chinese.moment(at(days=3)), english.moment(at(days=3))) == ("3月5日 10:00", "5 Mar 10:00")
    assert english.moment(at(days=-400)) == "26 Jan 2025 10:00"


def test_a_day_begins_at_local_midnight() -> None:
    reader = clock("en", now=dt.datetime(2026, 3, 1, 16, 30, tzinfo=dt.UTC), zone=ZONE)
    assert reader.moment(dt.datetime(2026, 3, 1, 15, 30, tzinfo=dt.UTC)) == "Yesterday 23:30"


def test_durations_name_their_largest_units() -> None:
    reader = clock("en", now=NOW, zone=ZONE)
    spans = {"45 min": (0, 45), "3 h 5 min": (3, 5), "11 h": (11, 40), "1 d 6 h": (30, 0), "5 d": (125, 0)}
    for text, (hours, minutes) in spans.items():
        assert reader.duration(dt.timedelta(hours=hours, minutes=minutes)) == text


def test_a_deadline_is_far_then_soon_then_late(reader: ReaderClock) -> None:
    assert [reader.due(at(hours=hours)).urgency for hours in (30, 2, -2)] == ["far", "soon", "late"]


def test_a_window_says_its_day_once(reader: ReaderClock) -> None:
    assert reader.window(at(hours=1), at(hours=3)).endswith("11:00–13:00")
    assert reader.window(at(hours=1), at(hours=30)).count("11:00") == 1


@given(st.datetimes(dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)))  # noqa: DTZ001  The zone is added below.
def test_a_field_gives_back_the_minute_it_showed(naive: dt.datetime) -> None:
    instant = naive.replace(second=0, microsecond=0, tzinfo=dt.UTC)
    reader = clock("en", now=NOW, zone=ZONE)
    assert reader.from_field(reader.field_value(instant)) == instant


def test_windows_offered_lie_ahead_and_within_the_working_day(reader: ReaderClock) -> None:
    windows = suggested_windows(reader)
    assert [window.start for window in windows][:2] == ["2026-03-02T14:00", "2026-03-02T16:00"]
    assert all(reader.from_field(window.start) > NOW for window in windows)

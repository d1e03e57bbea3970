"""Calendars out of the operational tables count as `core.working_time` counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl

from core.public_holidays import special_days_of
from core.working_time import Calendar, WorkingTime
from transforms.calendar_segments import calendar_segments
from transforms.ops_schemas import OPS_SCHEMAS


def rows(table: str, *given: dict[str, Any]) -> pl.LazyFrame:
    schema = pl.Schema(OPS_SCHEMAS[table])
    return pl.LazyFrame([dict.fromkeys(schema) | {"changed_xid": 1} | row for row in given], schema=schema)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def frames(
    *, region: str | None = None, shifts: tuple[tuple[int, int, int], ...] = ((1, 540, 720), (1, 780, 1080))
) -> Any:
    return {
        "ops__calendar": rows(
            "calendar", {"code": "default", "name": "x", "timezone": "Asia/Shanghai", "holiday_region": region}
        ),
        "ops__calendar_shift": rows(
            "calendar_shift",
            *(
                {"id": number, "calendar_code": "default", "weekday": day, "start_minute": start, "end_minute": end}
                for number, (day, start, end) in enumerate(shifts)
            ),
        ),
        "ops__ticket": rows("ticket", {"id": "t", "reported_at": at("2025-03-03"), "closed_at": at("2026-02-01")}),
    }


def test_the_segments_cover_every_year_in_which_something_happened_and_one_on_each_side() -> None:
    accepted, rejected = calendar_segments(frames()).collect()
    assert rejected.is_empty()
    assert accepted["starts_at"].min() == at("2023-12-31 16:00")
    assert accepted["ends_at"].max() == at("2027-12-27 10:00")


def test_the_rows_are_those_of_the_services_clock() -> None:
    week = [(day, 540, 1080) for day in range(1, 7)]
    override = {
        "id": 1,
        "calendar_code": "default",
        "on_date": dt.date(2025, 5, 20),
        "is_working": False,
        "reason": "x",
    }
    given = frames(region="CN", shifts=tuple(week)) | {"ops__calendar_override": rows("calendar_override", override)}
    accepted, _ = calendar_segments(given).collect()
    calendar = Calendar.from_rows("default", "Asia/Shanghai", week, [(dt.date(2025, 5, 20), False, None)])
    expected = WorkingTime(calendar, special_days_of("CN")).segments(2024, 2027)
    assert accepted.rows() == [tuple(segment) for segment in expected]


def test_a_later_week_counts_from_its_first_day_on() -> None:
    given = frames()
    later = [
        {"id": 9, "calendar_code": "default", "weekday": 2, "start_minute": 600, "end_minute": 660}
        | {"valid_from": dt.date(2025, 6, 1)},
    ]
    given["ops__calendar_shift"] = pl.concat([given["ops__calendar_shift"], rows("calendar_shift", *later)])
    segments, _ = calendar_segments(given).collect()
    accepted = segments.filter(pl.col("starts_at") < pl.col("ends_at"))
    assert accepted.filter(pl.col("starts_at") < at("2025-06-01"))["ends_at"].dt.weekday().unique().to_list() == [1]
    since = accepted.filter(pl.col("starts_at") >= at("2025-06-01"))
    assert since["ends_at"].dt.weekday().unique().to_list() == [2]
    assert since.select(
        (pl.col("ends_at") - pl.col("starts_at")).dt.total_minutes()
    ).to_series().unique().to_list() == [60]


def test_work_round_the_clock_gives_each_instant_one_row() -> None:
    accepted, rejected = calendar_segments(frames(shifts=tuple((day, 0, 1440) for day in range(1, 8)))).collect()
    assert rejected.is_empty()
    assert accepted.select("calendar_code", "starts_at").is_unique().all()
    assert accepted.select((pl.col("ends_at") - pl.col("starts_at")).dt.total_minutes()).to_series().min() == 1440


def test_nothing_reported_yet_needs_no_segments() -> None:
    given = frames()
    del given["ops__ticket"]
    accepted, _ = calendar_segments(given).collect()
    assert accepted.is_empty()

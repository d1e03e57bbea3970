"""Working calendars compiled to segments, over every year that something in the operational store happened or is due.

The rows are those of `core.working_time`, so the marts count working minutes exactly as the service does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any, Final

import polars as pl

from core.public_holidays import special_days_of
from core.working_time import FIRST_YEAR, LAST_YEAR, Calendar, WorkingTime
from transforms.clean_result import CleanResult, split_by_rules
from transforms.schemas import CalendarSegment

INPUTS: Final = (
    "ops__calendar",
    "ops__calendar_shift",
    "ops__calendar_override",
    "ops__ticket",
    "ops__ticket_event",
    "ops__visit",
    "ops__control",
)
_INSTANTS: Final = {
    "ops__ticket": ("reported_at", "closed_at", "resolve_due_at"),
    "ops__ticket_event": ("occurred_at",),
    "ops__visit": ("promised_to", "departed_at", "arrived_at", "left_at"),
    "ops__control": ("snapshot_at",),
}


def calendar_segments(frames: Mapping[str, pl.LazyFrame]) -> CleanResult:
    """The segments of every calendar, from the clean operational tables.

    Calendars are a handful of small definitions and no stream of rows, so they are read here and compiled one by one.
    Raises CalendarError for a calendar in which nobody works.
    """
    segments: list[tuple[str, dt.datetime, dt.datetime, int]] = []
    years = _years(frames)
    if years is not None and "ops__calendar" in frames:
        for working_time in _compiled(frames):
            segments.extend(working_time.segments(*years))
    frame = pl.LazyFrame(segments, schema=pl.Schema(CalendarSegment), orient="row")
    # Where work begins with the first year itself, the empty row before it would be a second row for one instant.
    return frame.unique(["calendar_code", "starts_at"], keep="last", maintain_order=True).pipe(
        split_by_rules, CalendarSegment
    )


def _years(frames: Mapping[str, pl.LazyFrame]) -> tuple[int, int] | None:
    """The first year that matters and the one after the last, None where nothing ever happened."""
    found = pl.collect_all(
        frames[name].select(
            first=pl.min_horizontal(pl.col(columns).dt.year().min()),
            last=pl.max_horizontal(pl.col(columns).dt.year().max()),
        )
        for name, columns in _INSTANTS.items()
        if name in frames
    )
    first, last = pl.concat(found).select(pl.col("first").min(), pl.col("last").max()).row(0) if found else (None, None)
    # A zone may be ahead of UTC or behind it, and an open ticket is due in times to come: a year more on both sides.
    return None if first is None else (max(first - 1, FIRST_YEAR), min(last + 1, LAST_YEAR))


def _compiled(frames: Mapping[str, pl.LazyFrame]) -> Iterator[WorkingTime]:
    shifts, overrides = (
        frames[name].collect().partition_by("calendar_code", as_dict=True) if name in frames else {}
        for name in ("ops__calendar_shift", "ops__calendar_override")
    )
    for code, zone, region in (
        frames["ops__calendar"].select("code", "timezone", "holiday_region").collect().iter_rows()
    ):
        calendar = Calendar.from_rows(
            code,
            zone,
            _rows(shifts.get((code,)), "weekday", "start_minute", "end_minute", "valid_from"),
            _rows(overrides.get((code,)), "on_date", "is_working", "like_weekday"),
        )
        yield WorkingTime(calendar, special_days_of(region))


def _rows(frame: pl.DataFrame | None, *columns: str) -> list[tuple[Any, ...]]:
    return [] if frame is None else frame.select(columns).rows()

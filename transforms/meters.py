"""Water meters: what flowed between readings, and nights in which it never stopped.

Meters count litres and never turn back, so a reading below the one before is a fault of transmission, of rounding, or
of two counters that report under one name. It is marked and nothing flowed with it. The reading that comes back from
such a dip is measured against the one before the dip, so that the dip adds nothing.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from transforms.schemas import NIGHT_HOURS

MOST_LITRES_AN_HOUR: Final = 5_000
"""More than the overload flow of a home's meter (Q4 = 5 m³/h at DN 20, ISO 4064) is a jump, not consumption."""

MOST_SILENT_NIGHTS: Final = 3
"""So many nights without a single reading do not end a run of nights with flow; more do."""

_METER: Final = "meter_code"


def readings(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Readings in order of time, each with the litres since the one before and what is odd about it."""
    return (
        raw.rename({"_timezone": "timezone"})
        .sort(_METER, "read_at", "_sequence", "_loaded_at", "_source_line", nulls_last=False)
        .pipe(_compared_with_the_reading_before)
        .pipe(_measured_across_dips)
        .pipe(_marked)
    )


def days(clean_readings: pl.LazyFrame, zone: str) -> pl.LazyFrame:
    """One row for each meter and local day with a reading; consumption counts on the day it was read.

    Days are those of where the source stands, which is `zone` unless it said otherwise.
    """
    return (
        clean_readings.with_columns(timezone=pl.col("timezone").fill_null(zone))
        .pipe(_with_local_times)
        .pipe(_summed_by_day)
        .sort(_METER, "on_date")
        .pipe(_with_runs_of_night_flow)
    )


def _compared_with_the_reading_before(frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.with_columns(
        difference_litres=pl.col("reading_litres").diff().over(_METER),
        _minutes=pl.col("read_at").diff().over(_METER).dt.total_seconds() / 60,
        is_repeated=(pl.col("read_at") == pl.col("read_at").shift().over(_METER)).fill_null(value=False),
    ).with_columns(is_backward=(pl.col("difference_litres") < 0).fill_null(value=False))


def _measured_across_dips(frame: pl.LazyFrame) -> pl.LazyFrame:
    before_the_dip = pl.col("reading_litres").shift(2).over(_METER)
    returns = pl.col("is_backward").shift().over(_METER) & (pl.col("reading_litres") >= before_the_dip)
    return frame.with_columns(
        _gain=pl.when(returns).then(pl.col("reading_litres") - before_the_dip).otherwise("difference_litres"),
        _hours=pl.max_horizontal(
            (pl.col("_minutes") + pl.when(returns).then(pl.col("_minutes").shift().over(_METER)).otherwise(0)) / 60,
            pl.lit(1.0),
        ),
    )


def _marked(frame: pl.LazyFrame) -> pl.LazyFrame:
    is_jump = (pl.col("_gain") > MOST_LITRES_AN_HOUR * pl.col("_hours")).fill_null(value=False)
    return frame.with_columns(
        is_jump=is_jump,
        consumption_litres=pl.when(~pl.col("is_backward") & ~is_jump).then("_gain"),
    )


def _with_local_times(frame: pl.LazyFrame) -> pl.LazyFrame:
    # A column of times has one zone in Polars, so each zone has its turn.
    zones = frame.select(pl.col("timezone").unique()).collect().to_series()
    local = (
        pl.when(timezone=zone).then(pl.col("read_at").dt.convert_time_zone(zone).dt.replace_time_zone(None))
        for zone in zones
    )
    return frame.with_columns(_local=pl.coalesce(*local, pl.lit(None, pl.Datetime("us"))))


def _summed_by_day(frame: pl.LazyFrame) -> pl.LazyFrame:
    hour = pl.col("_local").dt.hour()
    in_the_night = hour.is_in(NIGHT_HOURS) & ~pl.col("is_repeated") & pl.col("difference_litres").is_not_null()
    return frame.group_by(_METER, on_date=pl.col("_local").dt.date()).agg(
        consumption_litres=pl.col("consumption_litres").sum(),
        reading_count=pl.len().cast(pl.Int64),
        backward_count=pl.col("is_backward").sum().cast(pl.Int64),
        jump_count=pl.col("is_jump").sum().cast(pl.Int64),
        repeated_count=pl.col("is_repeated").sum().cast(pl.Int64),
        night_hour_count=hour.filter(in_the_night).n_unique().cast(pl.Int64),
        night_min_litres=pl.col("difference_litres").filter(in_the_night).min(),
    )


def _with_runs_of_night_flow(frame: pl.LazyFrame) -> pl.LazyFrame:
    was_observed = pl.col("night_hour_count") > 0
    observed_date = pl.when(was_observed).then("on_date")
    silent_nights = (pl.col("on_date") - observed_date.forward_fill().shift().over(_METER)).dt.total_days() - 1
    run = pl.col("_ends_a_run").cum_sum().over(_METER)
    in_run = (_METER, "_run")
    started = pl.col("on_date").filter("is_night_flow").min().over(in_run)
    return (
        frame.with_columns(
            is_night_flow=(pl.col("night_hour_count") == len(NIGHT_HOURS))
            & (pl.col("night_min_litres") > 0).fill_null(value=False)
        )
        .with_columns(
            _ends_a_run=was_observed
            & (~pl.col("is_night_flow") | (silent_nights > MOST_SILENT_NIGHTS).fill_null(value=False))
        )
        .with_columns(_run=run)
        .with_columns(
            night_flow_run_nights=pl.when("is_night_flow")
            .then(pl.col("is_night_flow").sum().over(in_run).cast(pl.Int64))
            .otherwise(0),
            night_flow_started_date=pl.when("is_night_flow").then(started),
        )
    )

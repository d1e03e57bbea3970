"""What flowed between readings of a meter, and the nights in which it never stopped."""

from __future__ import annotations

import datetime as dt
import itertools
import zipfile
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from transforms import meters

SHANGHAI = "Asia/Shanghai"
MIDNIGHT = dt.datetime(2026, 3, 1, 16, tzinfo=dt.UTC)


def raw(readings: Iterable[tuple[str, dt.datetime, float]]) -> pl.LazyFrame:
    frame = pl.LazyFrame(
        list(readings),
        schema={"meter_code": pl.String, "read_at": pl.Datetime("us", "UTC"), "reading_litres": pl.Float64},
        orient="row",
    )
    return frame.with_row_index("_source_line").with_columns(
        pl.col("_source_line").cast(pl.Int64),
        _sequence=pl.lit(None, pl.Int64),
        _loaded_at=pl.lit(MIDNIGHT),
        _timezone=pl.lit(None, pl.String),
    )


def hourly(*litres: float, meter: str = "m", start: dt.datetime = MIDNIGHT) -> list[tuple[str, dt.datetime, float]]:
    return [(meter, start + dt.timedelta(hours=hour), reading) for hour, reading in enumerate(litres)]


def readings(rows: Iterable[tuple[str, dt.datetime, float]]) -> pl.DataFrame:
    return raw(rows).pipe(meters.readings).collect()


def consumption(*litres: float) -> list[float | None]:
    return readings(hourly(*litres))["consumption_litres"].to_list()


def test_consumption_is_the_difference_to_the_reading_before() -> None:
    assert consumption(100, 103, 103, 110) == [None, 3, 0, 7]


def test_the_first_reading_of_each_meter_says_nothing() -> None:
    both = readings([*hourly(100, 103), *hourly(900, 901, meter="n")])
    assert both["difference_litres"].to_list() == [None, 3, None, 1]


def test_a_backward_reading_is_marked_and_what_comes_back_counts_once() -> None:
    frame = readings(hourly(100, 90, 104, 105))
    assert frame["is_backward"].to_list() == [False, True, False, False]
    assert frame["consumption_litres"].to_list() == [None, None, 4, 1]


def test_two_counters_under_one_name_do_not_make_a_flood() -> None:
    low, high = 200_000.0, 448_541.0
    frame = readings(hourly(low, high, low + 5, high + 7, low + 9, high + 20))
    assert frame["consumption_litres"].to_list() == [None, None, None, 7, None, 13]
    assert frame["is_jump"].to_list() == [False, True, False, False, False, False]


def test_a_replaced_counter_begins_anew() -> None:
    assert consumption(500_000, 500_010, 2, 9) == [None, 10, None, 7]


def test_much_water_over_a_long_gap_is_no_jump() -> None:
    late = MIDNIGHT + dt.timedelta(days=30)
    frame = readings([("m", MIDNIGHT, 0.0), ("m", late, 60_000.0), ("m", late + dt.timedelta(hours=1), 70_000.0)])
    assert frame["is_jump"].to_list() == [False, False, True]


def test_a_reading_sent_twice_is_marked_and_adds_nothing() -> None:
    rows = hourly(100, 105, 108)
    frame = readings([rows[0], rows[1], rows[1], rows[2]])
    assert frame["is_repeated"].to_list() == [False, False, True, False]
    assert frame["consumption_litres"].to_list() == [None, 5, 0, 3]


@given(st.lists(st.floats(0, 400), min_size=1, max_size=30))
def test_a_counter_that_never_turns_back_adds_up(steps: list[float]) -> None:
    counter = list(itertools.accumulate(steps, initial=50.0))
    total = readings(hourly(*counter))["consumption_litres"].sum()
    assert total == pytest.approx(counter[-1] - counter[0], abs=1e-6)


def nights(pattern: str) -> pl.DataFrame:
    """Days whose nights are as the pattern says.

    F all three hours with flow, Z with a dry hour, P one hour observed, `.` day readings alone, `_` no reading at all.
    """
    rows, counter = [], 1000.0
    for day, letter in enumerate(pattern):
        midnight = MIDNIGHT + dt.timedelta(days=day)
        hours = {"F": range(24), "Z": range(24), "P": (0, 3, 5, 12), ".": (6, 12, 20), "_": ()}[letter]
        for hour in hours:
            counter += 0 if letter == "Z" and hour == 3 else 2
            rows.append(("m", midnight + dt.timedelta(hours=hour, minutes=20), counter))
    return raw(rows).pipe(meters.readings).pipe(meters.days, SHANGHAI).collect()


def runs(pattern: str) -> list[int]:
    return nights(pattern)["night_flow_run_nights"].to_list()


def test_a_run_counts_nights_without_a_dry_hour() -> None:
    assert runs("FFFZFF") == [3, 3, 3, 0, 2, 2]
    started = nights("ZFFF")["night_flow_started_date"].to_list()
    assert started == [None, *[dt.date(2026, 3, 3)] * 3]


def test_a_night_partly_observed_is_no_proof_and_ends_a_run() -> None:
    assert runs("FFPFF") == [2, 2, 0, 2, 2]


def test_a_silent_night_neither_counts_nor_ends_a_run() -> None:
    assert runs("FF_FF") == [4, 4, 4, 4]
    assert runs("FF.FF") == [4, 4, 0, 4, 4]


def test_a_run_does_not_outlive_a_long_silence() -> None:
    assert runs("FF___FF") == [4, 4, 4, 4]
    assert runs("FF____FF") == [2, 2, 2, 2]


def test_days_and_nights_are_local() -> None:
    frame = raw(hourly(*range(0, 48, 2))).pipe(meters.readings).pipe(meters.days, "UTC").collect()
    assert frame["on_date"].to_list() == [dt.date(2026, 3, 1), dt.date(2026, 3, 2)]
    assert frame["night_hour_count"].to_list() == [0, 3]


def test_each_source_keeps_its_own_days_and_nights() -> None:
    here = raw(hourly(*range(0, 48, 2)))
    there = raw(hourly(*range(0, 48, 2), meter="n")).with_columns(_timezone=pl.lit("UTC"))
    frame = pl.concat([here, there]).pipe(meters.readings).pipe(meters.days, SHANGHAI).collect()
    assert frame.filter(meter_code="m")["on_date"].to_list() == [dt.date(2026, 3, 2)]
    assert frame.filter(meter_code="n")["on_date"].to_list() == [dt.date(2026, 3, 1), dt.date(2026, 3, 2)]


@pytest.mark.real_data
def test_the_trial_of_real_water_meters_shows_the_known_leaks(real_data: Path) -> None:
    with zipfile.ZipFile(real_data / "daiad_water" / "swm_trialA.zip") as opened:
        text = pl.read_csv(opened.read("swm_trialA.csv"), separator=";", infer_schema=False)
    landed = text.with_row_index("_source_line").select(
        pl.col("_source_line").cast(pl.Int64),
        meter_code="user key",
        read_at=pl.col("datetime")
        .str.to_datetime("%d/%m/%Y %H:%M:%S")
        .dt.replace_time_zone("Europe/Madrid", ambiguous="earliest")
        .dt.convert_time_zone("UTC"),
        reading_litres=pl.col("meter reading").cast(pl.Float64),
        _sequence=pl.lit(None, pl.Int64),
        _loaded_at=pl.lit(MIDNIGHT),
        _timezone=pl.lit("Europe/Madrid"),
    )
    clean = meters.readings(landed.lazy()).collect()
    assert clean.height == 674_019
    assert clean["is_backward"].sum() == 203
    found = meters.days(clean.lazy(), SHANGHAI).collect()
    long_runs = found.filter(pl.col("night_flow_run_nights") > 30).select(
        pl.col("meter_code").str.head(8), pl.col("night_flow_started_date").cast(pl.String), "night_flow_run_nights"
    )
    known = {("da98dc95", "2016-08-29", 74), ("da98dc95", "2016-11-13", 41), ("be4c16fa", "2016-08-01", 31)}
    ours = {row for row in long_runs.unique().rows() if row[0] in {"da98dc95", "be4c16fa"}}
    assert ours == known
    by_meter = clean.group_by("meter_code").agg(
        gained=pl.col("reading_litres").last() - pl.col("reading_litres").first(),
        used=pl.col("consumption_litres").sum(),
    )
    assert by_meter.select((pl.col("used") - pl.col("gained")).abs().max()).item() < 300

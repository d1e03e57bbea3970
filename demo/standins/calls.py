"""The telephone exchange: one file a day, a call a line, with those that gave up and those that stayed in the menu."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from demo.estate.draws import Integers, labels, pick, stream
from demo.estate.generate import Estate
from demo.estate.names import phone_numbers
from demo.estate.working_hours import CHINA_OFFSET
from demo.standins.dropping import Spoil, csv_bytes, drop, spoiled

EXCHANGE: Final = "PBX-HZ-1"
DAYS: Final = 90
# Letter of the call's key, result, number per logged call, and seconds it lasts on average.
_UNLOGGED: Final = (
    ("Q", "ANSWERED", 2.4, 95.0),
    ("A", "ABANDONED", 0.4, 55.0),
    ("I", "IVR", 0.6, 35.0),
    ("P", "PHANTOM", 0.02, 2.0),
)
_AGENTS: Final = 6
"""Agents who take calls, the first of the staff; every size has as many."""
_FEWEST_TO_SPOIL: Final = 20
# By local hour: how long callers wait, relative to the day. Everybody rings at ten and at three.
_RUSH: Final = np.array([0.5] * 8 + [1.0, 1.7, 2.2, 1.6, 0.8, 0.9, 1.6, 1.9, 1.5, 1.0, 0.8, 1.1, 1.1, 0.8, 0.5, 0.5])


def recent_calls(estate: Estate, part: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The inbound calls of the last days among those that the desk logged about a part of the tickets."""
    since = estate.now - dt.timedelta(days=DAYS)
    return part["call"].filter(pl.col("direction") == "inbound", pl.col("started_at") >= since)


def drop_call_logs(estate: Estate, folder: Path, logged: pl.DataFrame) -> list[Path]:
    """Drop the log of each day up to yesterday; `logged` is what the desk wrote down of it."""
    log = _log(estate, logged).sort("offered_at")
    today = (estate.now + dt.timedelta(seconds=CHINA_OFFSET)).date()
    return list(_files(estate, folder, log, today))


def _files(estate: Estate, folder: Path, log: pl.DataFrame, today: dt.date) -> Iterator[Path]:
    days = log.with_columns(_day=pl.col("offered_at").dt.date()).filter(pl.col("_day") < today)
    for day in days.partition_by("_day", maintain_order=True):
        date: dt.date = day["_day"][0]
        stamps = pl.selectors.datetime().dt.strftime("%Y-%m-%d %H:%M:%S")
        chance = random.Random(f"{estate.seed} {date}")  # noqa: S311  Made-up data.
        count = int(day.height >= _FEWEST_TO_SPOIL and chance.random() < 0.3)
        text = spoiled(day.drop("_day").with_columns(stamps), chance, _WAYS, count)
        yield drop(folder, f"calls_{date:%Y%m%d}.csv", csv_bytes(text), text.height)


def _log(estate: Estate, logged: pl.DataFrame) -> pl.DataFrame:
    """What the desk answered, and around it what it did not: times are local wall-clock times."""
    rng = stream(estate.seed, "exchange")
    staff = estate.frames["staff"].select(agent_id="id", agent="staff_number")
    answered = logged.join(staff, on="agent_id", how="left", maintain_order="left")
    begun = answered["started_at"].dt.epoch("s").to_numpy() + CHINA_OFFSET
    ended = answered["ended_at"].dt.epoch("s").to_numpy() + CHINA_OFFSET
    wait = np.minimum(rng.exponential(16.0, len(begun)) * _RUSH[begun // 3600 % 24], 400).astype(np.int64)
    menu = rng.integers(8, 40, len(begun))
    handled = _rows(
        answered["exchange_key"], answered["caller_phone"], begun - wait - menu, begun, ended,
        menu, answered["agent"], "ANSWERED",
    )  # fmt: skip
    return pl.concat([handled, *_unlogged(rng, begun, staff["agent"])])


def _unlogged(rng: np.random.Generator, begun: Integers, agents: pl.Series) -> Iterator[pl.DataFrame]:
    """What the desk wrote nothing down of: quick questions, callers who gave up or stayed in the menu, line noise.

    They come around the same times as the logged calls, which began at `begun`.
    """
    if not len(begun):
        return
    rush = _RUSH[begun // 3600 % 24]
    for letter, result, share, lasts in _UNLOGGED:
        count = int(len(begun) * share)
        chosen = pick(rng, rush, count)
        offered = begun[chosen] + rng.integers(-2400, 2400, count)
        lasted = np.maximum(rng.exponential(lasts, count), 1).astype(np.int64)
        is_answered = result == "ANSWERED"
        menu = lasted if result == "IVR" else rng.integers(6, 40, count)
        begun_waiting = offered if result == "IVR" else offered + menu
        wait = np.minimum(rng.exponential(15.0, count) * rush[chosen], 400).astype(np.int64) if is_answered else 0
        yield _rows(
            pl.Series([f"EX{letter}{at}{row:05d}" for row, at in enumerate(offered)], dtype=pl.String),
            phone_numbers(rng, count),
            offered,
            begun_waiting + wait if is_answered else None,
            begun_waiting + wait + lasted,
            menu,
            labels(agents.head(_AGENTS), rng.integers(0, _AGENTS, count) if is_answered else np.full(count, -1)),
            result,
        )


def _rows(
    keys: pl.Series,
    callers: pl.Series,
    offered: Integers,
    answered: Integers | None,
    ended: Integers,
    menu: Integers,
    agents: pl.Series,
    result: str,
) -> pl.DataFrame:
    wall = pl.Datetime("us")
    picked_up = (
        pl.Series(answered * 1_000_000).cast(wall)
        if answered is not None
        else pl.Series([None] * len(ended), dtype=wall)
    )
    return pl.DataFrame(
        {
            "call_id": keys,
            "exchange": [EXCHANGE] * len(ended),
            "caller": callers,
            "offered_at": pl.Series(offered * 1_000_000).cast(wall),
            "answered_at": picked_up,
            "ended_at": pl.Series(ended * 1_000_000).cast(wall),
            "ivr_seconds": menu,
            "agent": agents,
            "result": [result] * len(ended),
        }
    )


def _ends_first(cells: list[str]) -> None:
    cells[5] = "2001-01-01 00:00:00"


def _unknown_result(cells: list[str]) -> None:
    cells[8] = "TRANSFER?"


def _no_time(cells: list[str]) -> None:
    cells[3] = "--:--"


_WAYS: Final[tuple[Spoil, ...]] = (_ends_first, _unknown_result, _no_time)

"""Smart water meters: hourly counters as weekly files or as messages, some of them of homes where water never stops."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import numpy as np
import polars as pl

from demo.estate.draws import Floats, stream
from demo.estate.generate import Estate
from demo.estate.working_hours import CHINA_OFFSET
from demo.standins.dropping import Spoil, csv_bytes, drop, spoiled

DAYS: Final = 120
TOPIC: Final = "anju/meters/{device}/reading"
# Litres an hour of a usual household, by local hour.
_BY_HOUR: Final = np.array(
    [1, 0.3, 0.1, 0.1, 0.1, 1, 9, 22, 18, 10, 8, 10, 14, 9, 7, 7, 9, 14, 24, 28, 30, 26, 14, 5.0]
)
_NIGHT: Final = (1, 2, 3, 4)


def readings(estate: Estate) -> pl.DataFrame:
    """Hourly readings of all meters up to now, in the columns of their files, by device and time."""
    rng = stream(estate.seed, "meters")
    serials = estate.frames["asset"].filter(component_code="water_meter")["serial_number"].to_list()
    last_hour = int(estate.now.timestamp()) // 3600
    hours = np.arange(last_hour - DAYS * 24, last_hour + 1)
    used = _use(rng, estate, hours, len(serials))
    counter = rng.integers(15_000, 280_000, (len(serials), 1)) + np.cumsum(used, axis=1)
    # A counter that is read while it turns over shows less than before, once in a while.
    counter -= np.where(rng.random(counter.shape) < 0.0002, rng.integers(20, 90, counter.shape), 0)
    meter, hour = (index.ravel() for index in np.indices(counter.shape))
    frame = pl.DataFrame(
        {
            "device": pl.Series(serials).gather(meter),
            "read_at": pl.Series(hours[hour] * 3_600_000_000).cast(pl.Datetime("us", "UTC")),
            "litres": np.round(counter.ravel(), 1),
            "sequence": hour,
        }
    )
    silent = _silences(rng, len(serials), len(hours))
    heard = frame.filter(pl.Series(~silent.ravel()))
    # Some messages come twice.
    twice = heard.filter(pl.Series(rng.random(heard.height) < 0.001))
    return pl.concat([heard, twice]).sort("device", "read_at", maintain_order=True)


def drop_meter_files(estate: Estate, folder: Path) -> list[Path]:
    """Drop the readings up to yesterday, a file a week."""
    return list(_files(estate, folder))


def _files(estate: Estate, folder: Path) -> Iterator[Path]:
    local = pl.col("read_at").dt.convert_time_zone("Asia/Shanghai")
    today = (estate.now + dt.timedelta(seconds=CHINA_OFFSET)).date()
    frame = readings(estate).with_columns(_week=local.dt.date().dt.truncate("1w"), _day=local.dt.date())
    for week in frame.filter(pl.col("_day") < today).partition_by("_week", maintain_order=True):
        last: dt.date = week["_day"].sort()[-1]
        chance = random.Random(f"{estate.seed} {last}")  # noqa: S311  Made-up data.
        written = week.drop("_week", "_day").with_columns(local.dt.strftime("%Y-%m-%dT%H:%M:%S%:z").alias("read_at"))
        text = spoiled(written, chance, _WAYS, 3)
        yield drop(folder, f"meters_{last:%Y%m%d}.csv", csv_bytes(text), text.height)


def publish(estate: Estate, url: str, *, last_hours: int = 24) -> int:
    """Send the readings of the last hours to a broker (mqtt://[user:password@]host:port); returns how many."""
    since = estate.now - dt.timedelta(hours=last_hours)
    frame = readings(estate).filter(pl.col("read_at") > since)
    return asyncio.run(_send(frame, url))


async def _send(frame: pl.DataFrame, url: str) -> int:
    # Only this function speaks MQTT; a demonstration by files needs no client.
    from aiomqtt import Client  # noqa: PLC0415

    address = urlsplit(url)
    async with Client(
        address.hostname or "127.0.0.1", address.port or 1883, username=address.username, password=address.password
    ) as client:
        for row in frame.iter_rows(named=True):
            message = row | {"read_at": row["read_at"].isoformat()}
            await client.publish(TOPIC.format(device=row["device"]), json.dumps(message), qos=1)
    return frame.height


def _use(
    rng: np.random.Generator, estate: Estate, hours: np.ndarray[tuple[int, ...], np.dtype[np.int64]], count: int
) -> Floats:
    """Litres used by each meter in each hour."""
    of_day = (hours + CHINA_OFFSET // 3600) % 24
    size = rng.gamma(4.0, 0.25, (count, 1))
    used = size * _BY_HOUR[of_day] * rng.gamma(1.2, 1 / 1.2, (count, len(hours)))
    # At night nearly every home rests; somebody gets up once in a while.
    asleep = np.isin(of_day, _NIGHT) & (rng.random(used.shape) < 0.93)
    used = np.where(asleep | (used < 0.5), 0.0, used)
    faults = estate.faults
    leaks = hours >= (faults.meter_since * 24 - CHINA_OFFSET // 3600)[:, None]
    used[faults.meters] += leaks * faults.meter_litres_per_hour[:, None] * rng.uniform(0.8, 1.2, leaks.shape)
    return np.asarray(used)


def _silences(rng: np.random.Generator, count: int, length: int) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Where nothing is heard: single messages that are lost, and meters that stay silent for days."""
    lost = rng.random((count, length)) < 0.002
    for meter in rng.choice(count, max(1, count // 15), replace=False):
        first = int(rng.integers(0, length - 24 * 9))
        lost[meter, first : first + int(rng.integers(30, 24 * 8))] = True
    return np.asarray(lost)


def _no_number(cells: list[str]) -> None:
    cells[2] = "ERR"


def _no_device(cells: list[str]) -> None:
    cells[0] = ""


def _no_zone(cells: list[str]) -> None:
    cells[1] = cells[1][:16]


_WAYS: Final[tuple[Spoil, ...]] = (_no_number, _no_device, _no_zone)

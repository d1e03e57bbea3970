"""Water meters: counter readings in litres, dropped as files or sent as MQTT messages.

Load mode: files are batches; messages are spooled into files of the inbox (`meter_messages.py`) and land as such.
Odd: readings repeat, come late, run backward and stop for months. Raw keeps all of it; the clean zone judges.
Data flow: broker, inbox/meters -> contracts meters__reading* -> raw meters__reading.
Run alone: `anju feed land meters [FILE…]`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from core.settings import Settings
from ingestion.contracts import LINE, contracts_of
from ingestion.dropped_files import FileFeed, land_files
from ingestion.meter_messages import collect
from ingestion.reports import LandingReport, Progress, no_progress

ENTITIES: Final = ("meters__reading",)


def file_feed(_settings: Settings) -> FileFeed:
    """The files of meters."""
    return FileFeed("meters", contracts_of("meters"), {"meters__reading.trial": trial_readings})


def land(
    settings: Settings, *, files: Iterable[Path] | None = None, now: dt.datetime, progress: Progress = no_progress
) -> LandingReport:
    """Collect what the broker holds for us, then land the files of the inbox; or the files named alone.

    Raises SourceUnreachableError when the broker does not answer, after the files have landed all the same.
    """
    feed = file_feed(settings)
    if files is not None or settings.mqtt_url is None:
        return land_files(settings, feed, files=files, now=now, progress=progress)
    try:
        collect(settings, now=now, progress=progress)
    finally:
        report = land_files(settings, feed, now=now, progress=progress)
    return report


def trial_readings(readings: pl.DataFrame) -> pl.DataFrame:
    """Readings of the field trial; their difference can be computed and their order is that of the file."""
    return readings.select("meter_code", "read_at", "reading_litres", pl.lit(None, pl.Int64).alias("_sequence"), LINE)

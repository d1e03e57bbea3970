"""Sensors of lifts: samples of a door's bearing, humidity and vibration, dropped as files; the file's name is the lift.

Load mode: each file is a batch; samples carry no time, their order is their place in the file.
Odd: a spreadsheet turned numbers of two decimals into dates; samples repeat, since a door mostly stands still.
Data flow: inbox/lifts -> contract lifts__sample -> raw lifts__sample.
Run alone: `anju feed land lifts [FILE…]`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.settings import Settings
from ingestion.contracts import contracts_of
from ingestion.dropped_files import FileFeed, land_files
from ingestion.reports import LandingReport, Progress, no_progress

ENTITIES: Final = ("lifts__sample",)


def file_feed(_settings: Settings) -> FileFeed:
    """The files of lift sensors."""
    return FileFeed("lifts", contracts_of("lifts"))


def land(
    settings: Settings, *, files: Iterable[Path] | None = None, now: dt.datetime, progress: Progress = no_progress
) -> LandingReport:
    """Land samples of lift sensors."""
    return land_files(settings, file_feed(settings), files=files, now=now, progress=progress)

"""The telephone exchange's log: one call a row, in our exchange format or as a voice response unit writes it.

Load mode: each file is a batch. A call that is sent twice stays twice in raw; the clean zone keeps the later one.
Odd: times without dates that cross midnight, `0:00:00` for what did not happen, clocks of two machines that differ by a
minute (so that a step seems to end before it begins), phantom calls.
Data flow: inbox/calls -> contracts calls__call* -> raw calls__call; the caller's number becomes a pseudonym.
Run alone: `anju feed land calls [FILE…]`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from core.settings import Settings
from ingestion.cells import wall_clock
from ingestion.contracts import LINE, contract_named, contracts_of
from ingestion.dropped_files import FileFeed, Shape, land_files
from ingestion.reports import LandingReport, Progress, no_progress

ENTITIES: Final = ("calls__call",)

_COLUMNS: Final = (
    *("call_key", "exchange_code", "offered_at", "answered_at", "ended_at"),
    *("wait_seconds", "talk_seconds", "vru_seconds"),
    *("outcome", "agent_code", "caller_pseudonym", "call_date"),
)
_DAY_SECONDS: Final = 86_400
_HALF_DAY_SECONDS: Final = 43_200
_CALLER_WAITED: Final = ("answered", "abandoned")


def file_feed(settings: Settings) -> FileFeed:
    """The files of both exchanges."""
    bank_zone = contract_named("calls__call.bank").timezone or settings.timezone
    shapes = {"calls__call": exchange_calls(settings.timezone), "calls__call.bank": bank_calls(bank_zone)}
    return FileFeed("calls", contracts_of("calls"), shapes)


def land(
    settings: Settings, *, files: Iterable[Path] | None = None, now: dt.datetime, progress: Progress = no_progress
) -> LandingReport:
    """Land the logs of telephone exchanges."""
    return land_files(settings, file_feed(settings), files=files, now=now, progress=progress)


def exchange_calls(timezone: str) -> Shape:
    """Our exchange format: what a caller waited is what is left between arrival and answer after the announcements.

    Who is answered, or gives up, while they still run has not waited.
    """

    def shape(calls: pl.DataFrame) -> pl.DataFrame:
        stops_waiting_at = pl.coalesce("answered_at", "ended_at")
        waited = (stops_waiting_at - pl.col("offered_at")).dt.total_seconds() - pl.col("vru_seconds")
        talked = (pl.col("ended_at") - pl.col("answered_at")).dt.total_seconds().fill_null(0)
        return calls.with_columns(
            wait_seconds=pl.when(pl.col("outcome").is_in(_CALLER_WAITED)).then(waited.clip(lower_bound=0)).otherwise(0),
            talk_seconds=talked,
            call_date=pl.col("offered_at").dt.convert_time_zone(timezone).dt.date(),
        ).select(*_COLUMNS, LINE)

    return shape


def bank_calls(timezone: str) -> Shape:
    """The bank's format: a call's own date, and times of day that are nearest to the moment it came in."""

    def shape(calls: pl.DataFrame) -> pl.DataFrame:
        answered_at = pl.when(pl.col("outcome") == "answered").then(_near_entry("service_start"))
        ends = [_near_entry(name) for name in ("vru_exit", "queue_exit", "service_exit")]
        instants = {
            "offered_at": _near_entry("vru_entry"),
            "answered_at": answered_at,
            "ended_at": pl.max_horizontal(ends),
        }
        return calls.with_columns(
            call_key=pl.format(
                "{}-{}-{}-{}", pl.col("call_date").dt.strftime("%y%m%d"), "vru_line", "call_id", "vru_entry"
            ),
            exchange_code=pl.col("vru_line"),
            **{name: wall_clock(local, timezone) for name, local in instants.items()},
        ).select(*_COLUMNS, LINE)

    return shape


def _near_entry(name: str) -> pl.Expr:
    """A time of day as the naive wall-clock time within twelve hours of the call's entry; null if it did not happen."""
    entry = _second_of_day("vru_entry")
    distance = (_second_of_day(name) - entry + _HALF_DAY_SECONDS) % _DAY_SECONDS - _HALF_DAY_SECONDS
    return pl.col("call_date").cast(pl.Datetime("us")) + pl.duration(seconds=entry + distance)


def _second_of_day(name: str) -> pl.Expr:
    parts = pl.col(name).str.split(":").list.eval(pl.element().cast(pl.Int64))
    return parts.list.get(0) * 3600 + parts.list.get(1) * 60 + parts.list.get(2)

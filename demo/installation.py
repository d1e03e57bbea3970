"""Which estate an installation shows: remembered in its home, so that every stand-in speaks of the same one."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from core.settings import Settings
from demo.addresses import neighbour_address
from demo.codes import put_up
from demo.estate.generate import Estate, generate
from demo.estate.load import LoadError, Progress, has_projects, load
from demo.standins.calls import drop_call_logs, recent_calls
from demo.standins.erp import drop_erp_files
from demo.standins.finance import DATABASE, Ledger, create_ledger
from demo.standins.meters import drop_meter_files
from demo.walks import walk

_FILE: Final = "demo.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """What makes an estate the one it is."""

    size: str
    seed: int
    now: dt.datetime

    def estate(self) -> Estate:
        """The estate itself."""
        return generate(self.size, self.seed, self.now)


def recall(settings: Settings) -> Plan | None:
    """The plan kept in the home, if there is one."""
    kept = _read(settings)
    return Plan(kept["size"], kept["seed"], dt.datetime.fromisoformat(kept["now"])) if kept else None


def prepare(settings: Settings, database_url: str, plan: Plan, *, progress: Progress | None = None) -> tuple[Plan, str]:
    """Fill an empty database with the estate and let the outside systems say what they have to say, once.

    Returns the plan that holds (a home that was prepared before keeps its own) and the address of the finance database.
    What an interrupted run left undone is done by the next.
    """
    held = _read(settings) or {}
    is_loaded = has_projects(database_url)
    if is_loaded and not held:
        raise LoadError("The database holds projects that are not the demonstration's. Give an empty one.")
    plan = recall(settings) or plan
    if is_loaded and held["is_prepared"]:
        return plan, neighbour_address(database_url, DATABASE)
    estate = plan.estate()
    ledger, calls = Ledger(estate), []

    def each_part(part: dict[str, pl.DataFrame]) -> None:
        ledger.add(part)
        calls.append(recent_calls(estate, part))

    _write(settings, plan, is_prepared=False)
    if is_loaded:
        for part in estate.ticket_parts():
            each_part(part)
    else:
        load(estate, database_url, settings, progress=progress, each_part=each_part)
    finance_url = create_ledger(database_url, ledger.payments(), database=DATABASE)
    drop_files(estate, settings.inbox, pl.concat(calls))
    walk(database_url, settings, plan.now)
    put_up(database_url, plan.now)
    _write(settings, plan, is_prepared=True)
    return plan, finance_url


def drop_files(estate: Estate, inbox: Path, calls: pl.DataFrame) -> list[Path]:
    """Drop the files of the ERP, the exchange (`calls` being what the desk logged of it) and the meters."""
    return [
        *drop_erp_files(estate, inbox / "erp"),
        *drop_call_logs(estate, inbox / "calls", calls),
        *drop_meter_files(estate, inbox / "meters"),
    ]


def _read(settings: Settings) -> dict[str, Any] | None:
    path = settings.home / _FILE
    kept: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return kept


def _write(settings: Settings, plan: Plan, *, is_prepared: bool) -> None:
    settings.home.mkdir(parents=True, exist_ok=True)
    kept = {"size": plan.size, "seed": plan.seed, "now": plan.now.isoformat(), "is_prepared": is_prepared}
    part = settings.home / f"{_FILE}.part"
    part.write_text(json.dumps(kept) + "\n", encoding="utf-8")
    part.replace(settings.home / _FILE)

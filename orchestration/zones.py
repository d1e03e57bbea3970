"""The edge between the zones of the lake: raw batches in, clean tables out, nothing done twice.

The rules are in `transforms`; here files are read and written. A clean table is one Parquet file, written beside its
place and renamed into it. Its fingerprint (the batches and code it was made from) is kept next to it, so that a tick
with nothing new reads and writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import polars as pl
from filelock import FileLock

import transforms
from core import public_holidays, working_time
from core.settings import Settings
from ingestion import landing
from orchestration.attempts import replace_json
from transforms.catalogue import CLEAN_TABLES, CleanTable

FINGERPRINTS: Final = "fingerprints.json"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class CleanOutcome:
    """What became of one clean table: its rows, those turned away, and whether anything had to be done."""

    table: str
    rows: int
    rejected: int
    is_new: bool


def single_writer(settings: Settings) -> FileLock:
    """Two runs at once would race for the clean zone; the second waits for the first."""
    settings.lake.mkdir(parents=True, exist_ok=True)
    return FileLock(settings.lake / ".pipeline.lock", timeout=2 * 60 * 60)


def refresh_clean(
    settings: Settings, *, only: Iterable[str] | None = None, progress: Progress = lambda _: None
) -> list[CleanOutcome]:
    """Bring the clean tables (all, or `only` these) up to what has landed."""
    settings.clean.mkdir(parents=True, exist_ok=True)
    known = _read_fingerprints(settings)
    wanted = set(CLEAN_TABLES) if only is None else set(only)
    outcomes = []
    for table in CLEAN_TABLES.values():
        if table.name not in wanted:
            continue
        print_now = _fingerprint(settings, table, known)
        path = clean_file(settings, table.name)
        if known.get(table.name) == print_now and path.exists():
            rejected = _row_count(rejects_file(settings, table.name))
            outcomes.append(CleanOutcome(table.name, _row_count(path), rejected, is_new=False))
            continue
        progress(table.name)
        outcomes.append(_make(settings, table))
        known[table.name] = print_now
        _write_fingerprints(settings, known)
    return outcomes


def is_stale(settings: Settings) -> bool:
    """Whether a clean table is missing, or something landed that it was not made from."""
    known = _read_fingerprints(settings)
    return any(
        known.get(table.name) != _fingerprint(settings, table, known) or not clean_file(settings, table.name).exists()
        for table in CLEAN_TABLES.values()
    )


def fingerprint(settings: Settings) -> str:
    """One hash of everything the clean zone was made from."""
    return hashlib.sha256(json.dumps(_read_fingerprints(settings), sort_keys=True).encode()).hexdigest()


def clean_file(settings: Settings, table: str) -> Path:
    """Where a clean table is kept."""
    return settings.clean / f"{table}.parquet"


def rejects_file(settings: Settings, table: str) -> Path:
    """Where the rows are kept that broke a rule of a clean table, with the rules' names; as new as the table."""
    return settings.quarantine / ".clean" / f"{table}.parquet"


def rejects(settings: Settings, table: str) -> pl.DataFrame:
    """Rows turned away from one clean table, with `_rule`."""
    file = rejects_file(settings, table)
    return pl.read_parquet(file) if file.exists() else pl.DataFrame(schema={"_rule": pl.String()})


def clean_reject_counts(settings: Settings) -> list[dict[str, Any]]:
    """Rows turned away between raw and clean: `entity`, `_rule`, `row_count`, most first."""
    counts = [
        pl.scan_parquet(path).group_by("_rule").agg(row_count=pl.len()).with_columns(entity=pl.lit(path.stem)).collect()
        for path in sorted(rejects_file(settings, "any").parent.glob("[!.]*.parquet"))
    ]
    found = [count.select("entity", "_rule", "row_count") for count in counts if not count.is_empty()]
    return pl.concat(found).sort("row_count", descending=True).to_dicts() if found else []


def _make(settings: Settings, table: CleanTable) -> CleanOutcome:
    accepted, rejected = table.build(_inputs(settings, table), zone=settings.timezone).collect()
    # The rejected rows first: a table in place whose rejects are missing would have lost rows.
    _replace(rejects_file(settings, table.name), rejected)
    _replace(clean_file(settings, table.name), accepted)
    return CleanOutcome(table.name, accepted.height, rejected.height, is_new=True)


def _replace(path: Path, frame: pl.DataFrame) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}")
    frame.write_parquet(unfinished, compression="zstd", row_group_size=256_000)
    unfinished.replace(path)


def _inputs(settings: Settings, table: CleanTable) -> dict[str, pl.LazyFrame]:
    frames: dict[str, pl.LazyFrame] = {}
    for name in table.inputs:
        # A table of the clean zone may bear the name of its raw input; only other clean tables are read from there.
        if name in CLEAN_TABLES and name != table.name:
            frames[name] = pl.scan_parquet(clean_file(settings, name))
            continue
        raw = landing.scan_or_none(settings.raw, name)
        if raw is not None:
            frames[name] = raw
    return frames


def _fingerprint(settings: Settings, table: CleanTable, known: dict[str, str]) -> str:
    digest = hashlib.sha256(_code_fingerprint().encode())
    for name in table.inputs:
        if name in CLEAN_TABLES and name != table.name:
            digest.update(f"{name}={known.get(name)};".encode())
        else:
            batch_ids = [manifest.batch_id for manifest in landing.current_batches(settings.raw, name)]
            digest.update(f"{name}={batch_ids};".encode())
    return digest.hexdigest()


@cache
def _code_fingerprint() -> str:
    """A new version of the rules makes every clean table anew."""
    digest = hashlib.sha256()
    clock = (Path(working_time.__file__), Path(public_holidays.__file__))
    for source in (*sorted(Path(transforms.__file__).parent.rglob("*.py")), *clock):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def _read_fingerprints(settings: Settings) -> dict[str, str]:
    try:
        found: dict[str, str] = json.loads((settings.clean / FINGERPRINTS).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return found


def _write_fingerprints(settings: Settings, fingerprints: dict[str, str]) -> None:
    replace_json(settings.clean / FINGERPRINTS, fingerprints)


def _row_count(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())

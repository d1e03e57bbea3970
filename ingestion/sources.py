"""The list of sources: what each is called, what it lands, and how to land it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol

from core.settings import Settings
from ingestion import calls, crm, dropped_files, erp, finance, lifts, meters, ops
from ingestion.dropped_files import FileFeed
from ingestion.errors import IngestionError
from ingestion.reports import LandingReport, Progress, no_progress


class Land(Protocol):
    """How every source is landed."""

    def __call__(
        self, settings: Settings, *, files: Iterable[Path] | None = None, now: dt.datetime, progress: Progress = ...
    ) -> LandingReport:
        """Land what is new; raises IngestionError."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source system; `file_feed` is None for those that take no files."""

    name: str
    description: str
    entities: tuple[str, ...]
    land: Land
    is_configured: Callable[[Settings], bool]
    file_feed: Callable[[Settings], FileFeed] | None = None

    def retry(self, settings: Settings, *, now: dt.datetime) -> LandingReport:
        """Try again what was held or quarantined; raises IngestionError for a source without files."""
        if self.file_feed is None:
            message = f"{self.name} takes no files: correct the row there, and its next change lands by itself."
            raise IngestionError(message)
        return dropped_files.retry(settings, self.file_feed(settings), now=now)


def _about(module: ModuleType) -> str:
    """What the module says of its source, in one line."""
    return (module.__doc__ or "").partition("\n")[0]


def _always(_settings: Settings) -> bool:
    return True


def _has_crm(settings: Settings) -> bool:
    return settings.crm_url is not None


SOURCES: Final[dict[str, Source]] = {
    source.name: source
    for source in (
        Source("ops", _about(ops), ops.ENTITIES, ops.land, _always),
        Source("crm", _about(crm), crm.ENTITIES, crm.land, _has_crm),
        Source("erp", _about(erp), erp.ENTITIES, erp.land, _always, erp.file_feed),
        Source("finance", _about(finance), finance.ENTITIES, finance.land, _always, finance.file_feed),
        Source("calls", _about(calls), calls.ENTITIES, calls.land, _always, calls.file_feed),
        Source("meters", _about(meters), meters.ENTITIES, meters.land, _always, meters.file_feed),
        Source("lifts", _about(lifts), lifts.ENTITIES, lifts.land, _always, lifts.file_feed),
    )
}
"""Every source by name, in the order in which they are best landed."""


def land_all(settings: Settings, *, now: dt.datetime, progress: Progress = no_progress) -> list[LandingReport]:
    """Land every source that is set up."""
    return [
        source.land(settings, now=now, progress=progress)
        for source in SOURCES.values()
        if source.is_configured(settings)
    ]

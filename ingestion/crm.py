"""The CRM: who lives where and since when, and which homes sales handed over; read over REST.

Load mode: what changed since the last batch, looking an hour back; a change that is there already is not landed twice.
Odd: homes are spelled as people type them; the interface answers 429 and 500 now and then.
Data flow: feeds/crm.yaml -> contracts crm__* -> raw crm__customer, crm__home; names and numbers become pseudonyms.
Run alone: `anju feed land crm`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from core.settings import Settings
from ingestion.errors import IngestionError, SourceNotConfiguredError
from ingestion.reports import LandingReport, Progress, no_progress
from ingestion.rest import land_rest, rest_feed

ENTITIES: Final = ("crm__customer", "crm__home")


def land(
    settings: Settings,
    *,
    files: Iterable[Path] | None = None,
    now: dt.datetime,
    progress: Progress = no_progress,
    is_complete: bool = False,
) -> LandingReport:
    """Land what changed in the CRM, or everything if `is_complete`."""
    if files is not None:
        message = "The CRM is read over its interface; it takes no files."
        raise IngestionError(message)
    if settings.crm_url is None:
        message = "No CRM: set ANJU_CRM_URL and ANJU_CRM_TOKEN."
        raise SourceNotConfiguredError(message)
    token = settings.crm_token.get_secret_value() if settings.crm_token else None
    return land_rest(
        settings,
        rest_feed("crm"),
        base_url=settings.crm_url,
        token=token,
        now=now,
        progress=progress,
        is_complete=is_complete,
    )

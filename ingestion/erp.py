"""The ERP: stock, batches, prices and purchases of material, dropped as GB18030 CSV or as workbooks with a sheet each.

Load mode: each file is a batch; a corrected file comes as a new one and the later wins in the clean zone.
Odd: Chinese headers that differ between exports, amounts in yuan, thousands commas, codes that Excel took for dates.
Data flow: inbox/erp -> contracts erp__* -> raw erp__stock, erp__batch, erp__price, erp__purchase.
Run alone: `anju feed land erp [FILE…]`.
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

ENTITIES: Final = ("erp__batch", "erp__price", "erp__purchase", "erp__stock")


def file_feed(_settings: Settings) -> FileFeed:
    """The ERP's files."""
    return FileFeed("erp", contracts_of("erp"))


def land(
    settings: Settings, *, files: Iterable[Path] | None = None, now: dt.datetime, progress: Progress = no_progress
) -> LandingReport:
    """Land the ERP's files."""
    return land_files(settings, file_feed(settings), files=files, now=now, progress=progress)

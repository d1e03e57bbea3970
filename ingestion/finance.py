"""The finance side: the maintenance ledger, read from a finance database or dropped as files.

Load mode: the database's table is read whole each time and replaces what it said before (a ledger is small, and
nothing in it tells reliably what changed); a sudden shrink is refused. Files add to it, each a batch.
Odd: council ledgers change their headers every quarter, one quarter has no dates, transaction numbers may repeat.
Data flow: finance database, inbox/finance -> contracts finance__payment* -> raw finance__payment.
Run alone: `anju feed land finance [FILE…]`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from core.settings import Settings
from ingestion import landing
from ingestion.contracts import LINE, contract_named, contracts_of
from ingestion.dropped_files import FileFeed, land_files, lock_of
from ingestion.postgres import read_only_snapshot
from ingestion.records import land_records
from ingestion.reports import LandingReport, Progress, no_progress

ENTITIES: Final = ("finance__payment",)

_STATEMENT: Final = """
    select payment_id::text, ledger, paid_on::text, supplier, description, cost_group, service_area,
        currency::text, amount::text, project_code, ticket_number
    from payment order by payment_id
"""


def file_feed(_settings: Settings) -> FileFeed:
    """Ledgers that come as files."""
    return FileFeed("finance", contracts_of("finance"), {"finance__payment.council": council_payments})


def land(
    settings: Settings,
    *,
    files: Iterable[Path] | None = None,
    now: dt.datetime,
    progress: Progress = no_progress,
    allow_shrink: bool = False,
) -> LandingReport:
    """Land the finance database where one is set, and the ledgers that were dropped; or the files named alone."""
    report = land_files(settings, file_feed(settings), files=files, now=now, progress=progress)
    if files is None and settings.finance_database_url is not None:
        report.merge(land_database(settings, now=now, progress=progress, allow_shrink=allow_shrink))
    return report


def land_database(
    settings: Settings, *, now: dt.datetime, progress: Progress = no_progress, allow_shrink: bool = False
) -> LandingReport:
    """Read the payment table whole; raises SuspiciousShrinkError when more than half of it is gone."""
    report = LandingReport("finance")
    url = settings.finance_database_url
    if url is None:
        return report
    contract = contract_named("finance__payment")
    with lock_of(settings, "finance"):
        landing.sweep(settings.raw, contract.entity)
        with read_only_snapshot(url.get_secret_value(), what="the finance database") as snapshot:
            rows = snapshot.frame(_STATEMENT)
        previous = landing.latest(settings.raw, contract.entity, origin="database")
        landing.refuse_suspicious_shrink(previous, rows.height, is_allowed=allow_shrink)
        land_records(
            settings,
            contract,
            rows,
            report=report,
            origin="database",
            source_file="finance database, table payment",
            replaces_earlier=True,
            now=now,
        )
        landing.retire_hidden(settings.raw, contract.entity)
        progress(contract.entity, rows.height)
    return report


def council_payments(ledger: pl.DataFrame) -> pl.DataFrame:
    """A council's ledger as payments; a transaction number that comes again within a file gets `#2` and so on."""
    occurrence = pl.int_range(pl.len()).over("trans_no") + 1
    number = pl.col("trans_no").str.replace(" - ", "-", literal=True)
    is_missing = pl.lit(None, pl.String)
    return ledger.select(
        payment_key=pl.when(occurrence == 1).then(number).otherwise(pl.format("{}#{}", number, occurrence)),
        ledger_code="expenditure_code",
        paid_date="paid_date",
        supplier_name="supplier_name",
        description="expenditure_type",
        cost_group="expenditure_category",
        service_area="organisational_unit",
        currency_code=pl.lit("GBP"),
        amount_fen="amount_fen",
        project_code=is_missing,
        ticket_number=is_missing,
        **{LINE: pl.col(LINE)},
    )

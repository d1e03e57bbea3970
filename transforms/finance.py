"""Payments: the newest version of each, credits negative, in minor units of the currency."""

from __future__ import annotations

import polars as pl

from transforms.current_state import newest_per_key
from transforms.plain_text import code, tidy


def payments(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Payments by key; a payment without a date stays, because its amount was paid all the same."""
    return (
        raw.rename({"_source_file": "source_file"})
        .pipe(newest_per_key, ["payment_key"])
        .with_columns(
            code(pl.col("currency_code", "project_code", "ticket_number")),
            tidy(pl.col("supplier_name", "description", "cost_group", "service_area")),
        )
    )

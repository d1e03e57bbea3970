"""Stock, batches, prices and purchases of the ERP: what was said last about each."""

from __future__ import annotations

import polars as pl

from transforms.current_state import newest_per_key
from transforms.plain_text import code, tidy


def stock(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Quantities by warehouse, material and day; a corrected file replaces the one of the same day."""
    return (
        raw.with_columns(tidy(pl.col("warehouse_code", "material_code", "material_name", "unit_name")))
        .pipe(newest_per_key, ["warehouse_code", "material_code", "as_of_date"])
    )  # fmt: skip


def batches(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Deliveries by batch number."""
    return (
        raw.with_columns(tidy(pl.col("batch_code", "material_code", "material_name", "supplier_name")))
        .pipe(newest_per_key, ["batch_code"])
    )  # fmt: skip


def prices(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Prices by material and first day."""
    return raw.with_columns(tidy(pl.col("material_code"))).pipe(newest_per_key, ["material_code", "valid_from_date"])


def purchases(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Lines of orders by their key."""
    return (
        raw.with_columns(tidy(pl.col("purchase_key", "material_code", "supplier_name")), code(pl.col("project_code")))
        .pipe(newest_per_key, ["purchase_key"])
    )  # fmt: skip

"""Customers and homes of the CRM: the newest entry of each, under the canonical spelling of the home."""

from __future__ import annotations

import polars as pl

from transforms.current_state import LANDING_ORDER, newest_per_key
from transforms.plain_text import code, tidy
from transforms.unit_codes import building_of, canonical_unit_code

_NEWEST = ("updated_at", *LANDING_ORDER)


def customers(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The newest entry of each customer."""
    return (
        raw.pipe(newest_per_key, ["customer_key"], _NEWEST)
        .with_columns(customer_kind=tidy(pl.col("customer_kind")).str.to_lowercase())
        .pipe(_with_canonical_home, None)
    )


def homes(raw: pl.LazyFrame) -> pl.LazyFrame:
    """The newest entry of each home; entries that spell the same home differently are one."""
    return (
        raw.with_columns(project_code=code(pl.col("project_code")), unit_type_code=tidy(pl.col("unit_type_code")))
        .pipe(_with_canonical_home, pl.col("project_code"))
        .pipe(newest_per_key, ["unit_code"], _NEWEST)
        .with_columns(building_code=building_of(pl.col("unit_code")).fill_null(pl.col("building_code")))
    )


def _with_canonical_home(frame: pl.LazyFrame, project_code: pl.Expr | None) -> pl.LazyFrame:
    # What names no home keeps its own spelling, so that the rejected row shows what the CRM wrote.
    canonical = canonical_unit_code(pl.col("unit_code"), project_code)
    return frame.with_columns(unit_code=pl.coalesce(canonical, pl.col("unit_code")))

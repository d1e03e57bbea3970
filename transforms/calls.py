"""Calls of the telephone exchange: each once, with what the exchange measured wrongly left out."""

from __future__ import annotations

import polars as pl

from transforms.current_state import newest_per_key
from transforms.plain_text import tidy


def calls(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Calls by key. Some exchanges count a negative time in the voice menu: that is no measurement, so it is null."""
    return raw.pipe(newest_per_key, ["call_key"]).with_columns(
        vru_seconds=pl.when(pl.col("vru_seconds") >= 0).then("vru_seconds"),
        outcome=tidy(pl.col("outcome")).str.to_lowercase(),
        agent_code=tidy(pl.col("agent_code")),
    )

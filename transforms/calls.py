"""Calls of the telephone exchange: each once, with what the exchange measured wrongly left out."""

from __future__ import annotations

import polars as pl

from transforms.current_state import newest_per_key
from transforms.plain_text import tidy


def calls(raw: pl.LazyFrame) -> pl.LazyFrame:
    """Calls by exchange and key. A negative time in the voice menu, as some exchanges write it, is no measurement."""
    return raw.pipe(newest_per_key, ["exchange_code", "call_key"]).with_columns(
        vru_seconds=pl.when(pl.col("vru_seconds") >= 0).then("vru_seconds"),
        outcome=tidy(pl.col("outcome")).str.to_lowercase(),
        agent_code=tidy(pl.col("agent_code")),
    )

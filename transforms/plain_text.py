"""Names as people meant them: one width of character, one space between words, nothing instead of an empty cell."""

from __future__ import annotations

import polars as pl


def tidy(text: pl.Expr) -> pl.Expr:
    """`text` in compatibility form (NFKC), inner white space as one space, none at the ends; empty becomes null."""
    plain = text.str.normalize("NFKC").str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(plain != "").then(plain)


def code(text: pl.Expr) -> pl.Expr:
    """A code in capitals, tidied."""
    return tidy(text).str.to_uppercase()

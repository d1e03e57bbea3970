"""Dropping a file the way a careful system does: under another name first, and with a note of what it must hold."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable, Sequence
from pathlib import Path

import polars as pl

Spoil = Callable[[list[str]], None]
"""Makes one row of cells unreadable."""


def drop(folder: Path, name: str, content: bytes, row_count: int) -> Path:
    """Put a file into `folder`; readers see it only once it is whole, then the marker with its rows and hash."""
    folder.mkdir(parents=True, exist_ok=True)
    part, path = folder / f"{name}.part", folder / name
    part.write_bytes(content)
    part.replace(path)
    marker = {"rows": row_count, "sha256": hashlib.sha256(content).hexdigest()}
    (folder / f"{name}.done").write_text(json.dumps(marker), encoding="utf-8")
    return path


def csv_bytes(frame: pl.DataFrame, encoding: str = "utf-8") -> bytes:
    """The frame as CSV with a header; GB18030 writes every character that Unicode has."""
    return frame.write_csv(quote_style="necessary", line_terminator="\r\n" if encoding != "utf-8" else "\n").encode(
        encoding
    )


def spoiled(frame: pl.DataFrame, chance: random.Random, ways: Sequence[Spoil], count: int) -> pl.DataFrame:
    """The frame as text with `count` of its rows made unreadable, each in one of the ways."""
    text = frame.with_columns(pl.all().cast(pl.String).fill_null(""))
    if not text.height:
        return text
    rows = {index: list(text.row(index)) for index in chance.sample(range(text.height), min(count, text.height))}
    for cells in rows.values():
        chance.choice(ways)(cells)
    changed = pl.DataFrame(list(rows.values()), schema=text.schema, orient="row").with_columns(
        _row=pl.Series(list(rows), dtype=pl.UInt32)
    )
    return text.with_row_index("_row").update(changed, on="_row").drop("_row")

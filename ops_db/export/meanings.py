"""What tables and columns mean, in both languages, and in which unit they count."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

_FILE: Final = Path(__file__).parent / "meanings.yaml"
_UNITS: Final = (
    ("_fen", "fen (1/100 CNY)"),
    ("_minutes", "minutes"),
    ("_minute", "minutes from local midnight"),
    ("_m2", "m²"),
    ("byte_count", "bytes"),
    ("_count", "count"),
    ("_score", "1–5"),
    ("_pct", "percent"),
)
_PIXELS: Final = ("attachment.width", "attachment.height")


class Meaning(NamedTuple):
    """What something is, in English and Chinese."""

    en: str
    zh: str


@cache
def _words() -> dict[str, Any]:
    words: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return words


def of_table(name: str, docstring: str) -> Meaning:
    """What a table holds: English from its model, Chinese from the words."""
    return Meaning(docstring.partition("\n\n")[0].replace("\n    ", " "), _words()["tables"].get(name, ""))


def of_column(table: str, column: str) -> Meaning:
    """What a column holds; empty where nobody has said so yet."""
    words = _words()["columns"]
    found = words.get(f"{table}.{column}") or words.get(column) or ("", "")
    return Meaning(*found)


def of_mart(name: str) -> str:
    """What a mart is called in Chinese."""
    return str(_words()["marts"].get(name, ""))


def unit_of(table: str, column: str, kind: str) -> str:
    """In which unit a column counts; empty for what is no quantity."""
    if kind == "instant":
        return "UTC"
    if f"{table}.{column}" in _PIXELS:
        return "pixels"
    return next((unit for ending, unit in _UNITS if column.endswith(ending) and kind != "text"), "")

"""The dictionary as a page that opens anywhere: one file, both languages, no script and nothing fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def as_html(document: dict[str, Any]) -> str:
    """The page of a sealed dictionary."""
    return _ENVIRONMENT.get_template("dictionary.html").render(document=document)


def _size(byte_count: int) -> str:
    size = float(byte_count)
    for unit in ("B", "KB", "MB"):
        if size < 1024:
            return f"{size:,.0f} {unit}"
        size /= 1024
    return f"{size:,.1f} GB"


_ENVIRONMENT.filters["size"] = _size

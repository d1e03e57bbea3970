"""Rows on a terminal: a table where it fits, else a block for each row, so that no figure is ever cut off."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from rich.console import Console
from rich.measure import Measurement
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

_ENDLESS: Final = 100_000


def print_rows(rows: Sequence[Mapping[str, Any]], *, title: str = "") -> None:
    """Print rows that all have the same columns; without any, say so."""
    console = Console()
    if not rows:
        console.print(f"{title}: none." if title else "There is none.")
        return
    table = Table(*rows[0], title=title or None)
    for row in rows:
        table.add_row(*(Text(as_text(value)) for value in row.values()))
    needed = Measurement.get(console, console.options.update(max_width=_ENDLESS), table).maximum
    if needed <= console.width or len(rows[0]) == 1:
        console.print(table)
        return
    if title:
        console.print(Text(title, style="bold"))
    for number, row in enumerate(rows, start=1):
        block = Table.grid(padding=(0, 2))
        for name, value in row.items():
            block.add_row(Text(name, style="cyan", overflow="fold"), Text(as_text(value), overflow="fold"))
        if len(rows) > 1:
            console.print(Rule(f"{number}", align="left", style="dim"))
        console.print(block)


def as_text(value: Any) -> str:
    """A value as people read it: a dash for none, thousands apart, no more than four decimals, minutes of a time."""
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float() | Decimal():
            return f"{value:,.4f}".rstrip("0").rstrip(".")
        case int():
            return f"{value:,}"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M}" if value.tzinfo is None else f"{value:%Y-%m-%d %H:%M %Z}"
        case _:
            return str(value)

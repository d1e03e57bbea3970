"""Shifts as people write them: `8:30-12:00 13:30-18:00`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ops_db.dispatch.shifts import Stretch

_STRETCH: Final = re.compile(r"(\d{1,2})[:：.]?(\d{2})?\s*[-–—~至]\s*(\d{1,2})[:：.]?(\d{2})?")
_BETWEEN: Final = re.compile(r"[\s,，;；、]*")


def read_shifts(text: str) -> list[Stretch]:
    """The stretches of a day, none for an empty text; raises ValueError for what cannot be read."""
    found, end = [], 0
    for match in _STRETCH.finditer(text):
        if not _BETWEEN.fullmatch(text[end : match.start()]):
            raise ValueError(text)
        end = match.end()
        hours = [int(group or 0) for group in match.groups()]
        found.append(Stretch(hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]))
    if not _BETWEEN.fullmatch(text[end:]):
        raise ValueError(text)
    return found


def written(stretches: Iterable[Stretch]) -> str:
    """The same as text."""
    return "  ".join(f"{clock(one.start_minute)}–{clock(one.end_minute)}" for one in stretches)


def clock(minute: int) -> str:
    """Minutes from midnight as the clock on the wall."""
    return f"{minute // 60:02d}:{minute % 60:02d}"

"""How a figure is written: one way for each unit, in both languages, the same on cards, charts and tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Final, Literal

from core.language import Language

NOTHING: Final = "–"

Translate = Callable[[str], str]
HoursIn = Literal["hours", "days"]


def written(value: float | None, unit: str, language: Language, *, hours_in: HoursIn | None = None) -> str:
    """The figure with its unit; a dash where there is none. Shares are 0 to 1, money is yuan.

    Hours are written in the step that fits their size, unless `hours_in` names one for all.
    """
    if value is None:
        return NOTHING
    if unit == "hours" and hours_in:
        zh, en = ("天", "d") if hours_in == "days" else ("小时", "h")
        return f"{value / (24 if hours_in == 'days' else 1):,.1f} {zh if language == 'zh-CN' else en}"
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit in {"yuan", "money"}:
        return _money(value, language, sign="¥" if unit == "yuan" else "")
    if unit in _SECONDS_OF:
        return _duration(value * _SECONDS_OF[unit], language)
    return _number(value)


def hours_in(leading: float | None) -> HoursIn:
    """The one unit for all hours on a page whose leading figure is this one: days from two days on."""
    return "days" if leading is not None and leading >= _HOURS_OF_TWO_DAYS else "hours"


def delta(now: float | None, earlier: float | None, unit: str, language: Language) -> str | None:
    """How a figure has changed: shares by points, everything else in per cent; None where that says nothing."""
    if now is None or earlier is None:
        return None
    if unit == "share":
        points = 100 * (now - earlier)
        return f"{points:+.1f}{' 个百分点' if language == 'zh-CN' else ' pts'}"
    if earlier <= 0:
        return None
    change = 100 * (now - earlier) / earlier
    return f"{change:+.0f}%" if abs(change) < 1000 else None


def is_notable(now: float | None, earlier: float | None, unit: str) -> bool:
    """Whether a change is large enough to be coloured: a point of a share, a twentieth of anything else."""
    if now is None or earlier is None:
        return False
    return abs(now - earlier) >= (0.01 if unit == "share" else 0.05 * abs(earlier))


def instant(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as people read it, to the minute."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def exact_instant(moment: dt.datetime, zone: dt.tzinfo) -> str:
    """A moment as spreadsheets read it, to the second."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def axis_format(unit: str) -> str:
    """The d3 format of an axis of this unit."""
    return ".0%" if unit == "share" else "~s" if unit in {"yuan", "money"} else "~f"


_HOURS_OF_TWO_DAYS: Final = 48
_SECONDS_OF: Final = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
_STEPS: Final = (
    (2 * 86400, 86400, "天", "d"),
    (5400, 3600, "小时", "h"),
    (90, 60, "分钟", "min"),
)


def _duration(seconds: float, language: Language) -> str:
    for floor, length, zh, en in _STEPS:
        if abs(seconds) >= floor:
            return f"{seconds / length:,.1f} {zh if language == 'zh-CN' else en}"
    return f"{seconds:,.0f} {'秒' if language == 'zh-CN' else 's'}"


def _money(value: float, language: Language, *, sign: str) -> str:
    size = abs(value)
    steps = [(1e8, "亿"), (1e4, "万")] if language == "zh-CN" else [(1e9, "bn"), (1e6, "m"), (1e4, "k")]
    minus = "-" if value < 0 else ""
    for step, word in steps:
        if size >= step:
            divisor = 1e3 if word == "k" else step
            return f"{minus}{sign}{size / divisor:,.1f}{word}"
    return f"{minus}{sign}{size:,.0f}" if size >= 100 else f"{minus}{sign}{size:,.2f}"


def _number(value: float) -> str:
    is_whole = float(value).is_integer()
    return (
        f"{value:,.0f}" if is_whole or abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"
    )


def counted(count: int, unit: str, language: Language) -> str:
    """A count with what is counted: `7,326 tickets`, `7,326 张工单`."""
    zh, en = _COUNTED.get(unit, ("条记录", "rows"))
    return f"{count:,} {zh}" if language == "zh-CN" else f"{count:,} {en}"


_COUNTED: Final = {
    "tickets": ("张工单", "tickets"),
    "ratings": ("条评价", "ratings"),
    "visits": ("次上门", "visits"),
    "calls": ("通来电", "calls"),
    "homes": ("户", "homes"),
    "readings": ("条读数", "readings"),
    "nights": ("夜", "nights"),
    "payments": ("笔付款", "payments"),
}

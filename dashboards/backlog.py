"""The backlog: tickets open at the end of a day. It is a state, so the period of the page does not cut it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from core.measures import Condition
from dashboards import figures
from dashboards.figures import Record
from dashboards.periods import year_until
from dashboards.visit import Visit

BACKLOG: Final = "backlog"
_DAY: Final = "metric_time__day"
_BANDS: Final = {
    "00-03": ("0–3 天", "0–3 days"),
    "04-07": ("4–7 天", "4–7 days"),
    "08-14": ("8–14 天", "8–14 days"),
    "15-30": ("15–30 天", "15–30 days"),
    "31+": ("30 天以上", "over 30 days"),
}


def latest(visit: Visit) -> Record:
    """The backlog at the end of the data."""
    return figures.one(visit, [BACKLOG], days=None, more=on_day(None))


def month_ends(visit: Visit) -> list[Record]:
    """The backlog at the end of each of the last months."""
    return figures.ask(visit, [BACKLOG], [_DAY], days=year_until(visit.today), more=_MONTH_ENDS, order_by=[_DAY])


def a_month_earlier(visit: Visit, month_ends: Sequence[Record]) -> Record:
    """The record of the last month that had ended before the data does; empty without one."""
    ended = [record for record in month_ends if record[_DAY] < visit.today]
    return ended[-1] if ended else {}


def drawn(visit: Visit) -> list[dict[str, Any]]:
    """The rows of the chart: one for each age at each month end, and last at the end of the data."""
    _ = visit.gettext
    place = 0 if visit.language == "zh-CN" else 1
    by_age = [_DAY, "age_band"]
    records = figures.ask(visit, [BACKLOG], by_age, days=year_until(visit.today), more=_MONTH_ENDS, order_by=by_age)
    latest_records = figures.ask(visit, [BACKLOG], by_age, days=None, more=on_day(None), order_by=by_age)
    ended = {record[_DAY] for record in records}
    records += [record for record in latest_records if record[_DAY] not in ended]
    as_of = _("{day}, as of")
    return [
        {
            "day": record[_DAY].isoformat(),
            "day_name": record[_DAY].isoformat() if record[_DAY] in ended else as_of.format(day=record[_DAY]),
            "code": record["age_band"],
            "series": _BANDS.get(record["age_band"], (record["age_band"],) * 2)[place],
            "value": record[BACKLOG],
            "shown": f"{record[BACKLOG]:,}",
        }
        for record in records
    ]


def bands(visit: Visit) -> list[str]:
    """What the ages are called, youngest first."""
    return [names[0 if visit.language == "zh-CN" else 1] for names in _BANDS.values()]


def on_day(day: dt.date | None) -> tuple[Condition, ...]:
    """The condition that names one day: this one, or the last of the data."""
    return (Condition("is_latest", "eq", True),) if day is None else (Condition("on_date", "eq", day),)


_MONTH_ENDS: Final = (Condition("is_month_end", "eq", True),)

"""What is known of a calendar's years: whether the holidays are entered, and whether deadlines were counted with them.

Of each calendar this year and the next are kept as they were when its running deadlines were last counted. What is
different now (a day entered, another week, a notice of the State Council that came with an update) shows by its hash.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.public_holidays import special_days_of
from core.vocabulary import Permission
from core.working_time import Calendar, SpecialDays
from ops_db.clock import repository
from ops_db.notices import repository as notices

FIRST_MONTH_TO_ASK: Final = 11
"""The State Council publishes the holidays of a year in the November before it, or in December."""

_DAY: Final = dt.timedelta(days=1)
_CHANGED_ZH: Final = "日历“{name}”{year}年的工作日已变化"
_CHANGED_EN: Final = "The working days of {year} in {name} have changed"
_CHANGED_BODY_ZH: Final = "在办工单的期限仍按原来的工作日计算。请查看会变动的期限并重新计算。"
_CHANGED_BODY_EN: Final = (
    "The due times of running tickets were counted before that. See which would move, and count them anew."
)
_MISSING_ZH: Final = "请录入{year}年的节假日：{name}"
_MISSING_EN: Final = "Enter the holidays of {year}: {name}"
_MISSING_BODY_ZH: Final = "放假与调休通知尚未录入，跨年的期限暂按法定节假日计算。请在工作日历中录入。"
_MISSING_BODY_EN: Final = (
    "The notice with its make-up days is not entered, so due times beyond New Year reckon with the statutory days"
    " alone. Enter them in the calendar."
)


@dataclass(frozen=True, slots=True)
class KeptCalendar:
    """A calendar as a page shows it; `row` has the columns of the repository."""

    row: Row[Any]
    calendar: Calendar

    @classmethod
    def of(cls, row: Row[Any]) -> KeptCalendar:
        """That of a row."""
        shifts = [(day, start, end, dt.date.fromisoformat(since)) for day, start, end, since in row.shifts]
        days = [(dt.date.fromisoformat(day), is_working, like) for day, is_working, like, _ in row.overrides]
        return cls(row, Calendar.from_rows(row.code, row.timezone, shifts, days))

    def special_days(self, year: int) -> SpecialDays:
        """The public holidays and make-up days of a year."""
        return special_days_of(self.row.holiday_region)(year)

    def today(self, now: dt.datetime) -> dt.date:
        """The date in its zone."""
        return now.astimezone(ZoneInfo(self.row.timezone)).date()


@dataclass(frozen=True, slots=True)
class YearStanding:
    """One year of one calendar: whether its holidays are missing, and since when it is different from what counted."""

    code: str
    name: str
    year: int
    is_missing: bool
    counted_at: dt.datetime | None
    """When the deadlines were counted, if the days are different since; None = nothing is to be done."""


def is_missing(kept: KeptCalendar, year: int) -> bool:
    """Whether nobody has said what the public holidays of a year are: no notice, and no day entered by hand."""
    if not kept.special_days(year).is_provisional:
        return False
    return not any(on_date.startswith(f"{year:04}-") for on_date, *_ in kept.row.overrides)


def hash_of(kept: KeptCalendar, year: int) -> str:
    """SHA-256 of the hours of every day of a year."""
    special, day = kept.special_days(year), dt.date(year, 1, 1)
    digest = hashlib.sha256()
    while day.year == year:
        shifts = kept.calendar.shifts_on(day, special)
        digest.update(f"{day}:{','.join(f'{one.start_minute}-{one.end_minute}' for one in shifts)};".encode())
        day += _DAY
    return digest.hexdigest()


def standings(rows: Iterable[Row[Any]], known: Iterable[Row[Any]], now: dt.datetime) -> Iterator[YearStanding]:
    """How this year and the next stand in every calendar that a project goes by; the next is asked for in time."""
    counted = {(one.calendar_code, one.year): one for one in known}
    for row in rows:
        if not row.projects:
            continue
        kept = KeptCalendar.of(row)
        today = kept.today(now)
        for year in (today.year, today.year + 1):
            before = counted.get((row.code, year))
            is_changed = before is not None and before.day_hash != hash_of(kept, year)
            yield YearStanding(
                row.code,
                row.name,
                year,
                is_missing(kept, year) and (year == today.year or today.month >= FIRST_MONTH_TO_ASK),
                before.counted_at if before is not None and is_changed else None,
            )


async def keep_known(connection: AsyncConnection, code: str, *, now: dt.datetime) -> None:
    """Write down, where nothing is, what the years of a calendar are now: before a change, and once a day."""
    await _keep(connection, code, now=now, is_counted=False)


async def keep_counted(connection: AsyncConnection, code: str, *, now: dt.datetime) -> None:
    """Write down that every running deadline was counted with the years as they are."""
    await _keep(connection, code, now=now, is_counted=True)


async def _keep(connection: AsyncConnection, code: str, *, now: dt.datetime, is_counted: bool) -> None:
    for row in await repository.calendars(connection):
        if row.code == code:
            kept = KeptCalendar.of(row)
            year = kept.today(now).year
            hashes = {one: hash_of(kept, one) for one in (year, year + 1)}
            await repository.keep_years(connection, code=code, hashes=hashes, now=now, is_counted=is_counted)


async def tell_managers(connection: AsyncConnection, *, now: dt.datetime) -> int:
    """Tell managers of days that changed since deadlines were counted, and of holidays to be entered; each once."""
    rows = await repository.calendars(connection)
    for row in rows:
        await keep_known(connection, row.code, now=now)
    told = 0
    for one in standings(rows, await repository.years(connection), now):
        page = f"/manage/calendars?code={one.code}&year={one.year}"
        if one.is_missing and await repository.tell_of_missing(connection, code=one.code, year=one.year, now=now):
            told += await _tell(
                connection,
                one,
                link=page,
                now=now,
                words=(_MISSING_ZH, _MISSING_EN, _MISSING_BODY_ZH, _MISSING_BODY_EN),
            )
        if one.counted_at and await repository.tell_of_change(connection, code=one.code, year=one.year, now=now):
            told += await _tell(
                connection,
                one,
                link=f"/manage/calendars/due-times?code={one.code}",
                now=now,
                words=(_CHANGED_ZH, _CHANGED_EN, _CHANGED_BODY_ZH, _CHANGED_BODY_EN),
            )
    return told


async def _tell(
    connection: AsyncConnection, one: YearStanding, *, link: str, now: dt.datetime, words: tuple[str, str, str, str]
) -> int:
    names = ("title_zh", "title_en", "body_zh", "body_en")
    said = {name: text.format(year=one.year, name=one.name) for name, text in zip(names, words, strict=True)}
    return await notices.tell_holders(connection, permission=Permission.CLOCK_MANAGE.value, link=link, now=now, **said)

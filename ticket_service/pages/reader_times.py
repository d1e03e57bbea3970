"""Instants as a reader wants them: in the local zone, in their language, near ones in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime

from core.language import Language

MINUTE, HOUR, DAY = 60, 3600, 86400
SOON = dt.timedelta(hours=4)

Translate = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Due:
    """How a promise stands: the words, and whether it is late, soon or far."""

    text: str
    urgency: Literal["late", "soon", "far"]


@dataclass(frozen=True, slots=True)
class ReaderClock:
    """Writes instants for one reader at one moment `now` (aware)."""

    now: dt.datetime
    zone: ZoneInfo
    language: Language
    translate: Translate

    @property
    def today(self) -> dt.date:
        """The reader's date."""
        return self.now.astimezone(self.zone).date()

    def date_of(self, instant: dt.datetime) -> dt.date:
        """The reader's date at `instant`."""
        return instant.astimezone(self.zone).date()

    def moment(self, instant: dt.datetime) -> str:
        """Day and time, the day in words where it is near: today 14:05, 3 Nov 14:05."""
        return f"{self.day(self.date_of(instant))} {self.time(instant)}"

    def full(self, instant: dt.datetime) -> str:
        """The whole date with year, and the time."""
        pattern = "y年M月d日 HH:mm" if self._is_chinese else "d MMMM y, HH:mm"
        return format_datetime(instant, pattern, tzinfo=self.zone, locale=self._locale)

    def time(self, instant: dt.datetime) -> str:
        """Hours and minutes."""
        return format_datetime(instant, "HH:mm", tzinfo=self.zone, locale=self._locale)

    def day(self, date: dt.date) -> str:
        """A date; yesterday, today and tomorrow by name, the year only where it is another one."""
        _ = self.translate
        near = {-1: _("Yesterday"), 0: _("Today"), 1: _("Tomorrow")}.get((date - self.today).days)
        if near is not None:
            return near
        if date.year == self.today.year:
            return format_date(date, "M月d日" if self._is_chinese else "d MMM", locale=self._locale)
        return format_date(date, "y年M月d日" if self._is_chinese else "d MMM y", locale=self._locale)

    @property
    def today_in_full(self) -> str:
        """The reader's date with its weekday."""
        return format_date(self.today, "M月d日 EEEE" if self._is_chinese else "EEEE, d MMMM", locale=self._locale)

    def window(self, start: dt.datetime, end: dt.datetime) -> str:
        """A span of time, the day said once where it is the same."""
        if self.date_of(start) == self.date_of(end):
            return f"{self.moment(start)}–{self.time(end)}"
        return f"{self.moment(start)} – {self.moment(end)}"

    def duration(self, span: dt.timedelta) -> str:
        """A length of time in its one or two largest units."""
        _ = self.translate
        seconds = abs(int(span.total_seconds()))
        days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // MINUTE
        if days >= 3 or (days and not hours):
            return _("%(days)s d", days=days)
        if days:
            return _("%(days)s d %(hours)s h", days=days, hours=hours)
        if hours and minutes and hours < 10:
            return _("%(hours)s h %(minutes)s min", hours=hours, minutes=minutes)
        if hours:
            return _("%(hours)s h", hours=hours)
        return _("%(minutes)s min", minutes=minutes)

    def age(self, instant: dt.datetime) -> str:
        """How long ago `instant` was."""
        if self.now - instant < dt.timedelta(minutes=1):
            return self.translate("just now")
        return self.translate("%(duration)s ago", duration=self.duration(self.now - instant))

    def due(self, deadline: dt.datetime) -> Due:
        """How far a deadline is, or by how much it was missed."""
        left = deadline - self.now
        if left < dt.timedelta(0):
            return Due(self.translate("%(duration)s overdue", duration=self.duration(left)), "late")
        text = self.translate("%(duration)s left", duration=self.duration(left))
        return Due(text, "soon" if left < SOON else "far")

    def field_value(self, instant: dt.datetime) -> str:
        """The value of a `datetime-local` input."""
        return instant.astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")

    def from_field(self, value: str) -> dt.datetime:
        """The aware instant of a `datetime-local` input; raises ValueError."""
        return dt.datetime.fromisoformat(value).replace(tzinfo=self.zone)

    @property
    def _is_chinese(self) -> bool:
        return self.language == "zh-CN"

    @property
    def _locale(self) -> str:
        return "zh_CN" if self._is_chinese else "en_GB"

"""How the text of a cell becomes a value, and by which rule it is refused: expressions over columns, no row is touched.

Spreadsheets damage cells in known ways. What can be undone without guessing is undone here by a written rule
(full-width digits, `12.50元`, thousands commas, day serials, `138001.0`); what cannot is refused (`1.38E+10` has lost
digits, `3月12日` was a code). Nothing is rounded and nothing that was filled becomes null.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import polars as pl

from ingestion.pseudonyms import normal_phone

DATE_FORMATS: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d 00:00:00")
TIMESTAMP_FORMATS: Final = (
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y年%m月%d日 %H:%M",
)

LOST_DIGITS: Final = r"^[+-]?\d+(?:\.\d+)?[eE][+-]?\d+$"
SPREADSHEET_DATE: Final = r"^(?:\d{1,2}[-. ]{1,2}[A-Z][a-zä]{2}\.?|[A-Z][a-zä]{2}[-. ]\d{2}|\d{1,2}月\d{1,2}日)$"
UNDECODABLE: Final = "\ufffd"

_SERIAL_OF_1970: Final = 25569
# Day serials of the years 1982 to 2064: a five-digit number in a column of dates is nothing else.
_SERIAL: Final = r"^[3-5]\d{4}(?:\.0+)?$"
_GROUPED: Final = r"^[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?$"
_INTEGER: Final = r"^[+-]?\d{1,18}(?:\.0+)?$"
_NUMBER: Final = r"^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$"
_AMOUNT: Final = r"^[+-]?\d{1,15}(?:\.\d{1,2}0*|\.)?$"
_MONTHS: Final = {
    "Jan": 1,
    "Feb": 2,
    "Mar": 3,
    "Mrz": 3,
    "Mär": 3,
    "Apr": 4,
    "May": 5,
    "Mai": 5,
    "Jun": 6,
    "Jul": 7,
    "Aug": 8,
    "Sep": 9,
    "Oct": 10,
    "Okt": 10,
    "Nov": 11,
    "Dec": 12,
    "Dez": 12,
}


def trimmed(cells: pl.Series, *, nulls: Sequence[str] = (), null_pattern: str | None = None) -> pl.Series:
    """The texts without blanks around them; nothing, and what the contract lists as nothing, is null."""
    text = pl.col(cells.name).str.strip_chars()
    is_something = ~text.is_in(["", *nulls])
    if null_pattern:
        is_something &= ~text.str.contains(null_pattern)
    return cells.to_frame().select(pl.when(is_something).then(text)).to_series()


def plain(cells: pl.Series) -> pl.Series:
    """The texts with full-width letters and digits made plain; slow, so only where there are any."""
    has_others = cells.str.contains(r"[^\x00-\x7f]").any()
    return cells.str.normalize("NFKC") if has_others else cells


def phone(text: pl.Expr) -> pl.Expr:
    """A phone number as digits; null where it is none."""
    digits = normal_phone(text)
    return pl.when(digits.str.contains(r"^\d{5,15}$")).then(digits)


def integer(text: pl.Expr) -> pl.Expr:
    """A whole number; null where the text is none."""
    digits = _ungrouped(text)
    return pl.when(digits.str.contains(_INTEGER)).then(digits.str.replace(r"\.0+$", "")).cast(pl.Int64, strict=False)


def number(text: pl.Expr) -> pl.Expr:
    """A decimal number; null where the text is none, or not finite."""
    digits = _ungrouped(text)
    return pl.when(digits.str.contains(_NUMBER)).then(digits).cast(pl.Float64, strict=False)


def number_once_date(text: pl.Expr) -> pl.Expr:
    """A number that a spreadsheet took for a date: `18. Jan` was 18.01, `Jun 63` was 6.63; null for anything else.

    Only for columns whose contract says that the source writes two decimals there.
    """
    month = text.str.extract(r"([A-Za-zä]{3})").replace_strict(_MONTHS, default=None, return_dtype=pl.Int64)
    day_first = text.str.extract(r"^(\d{1,2})[-. ]{1,2}[A-Za-zä]{3}$") + "." + month.cast(pl.String).str.zfill(2)
    year_last = month.cast(pl.String) + "." + text.str.extract(r"^[A-Za-zä]{3}[-. ](\d{2})$")
    return pl.coalesce(day_first, year_last).cast(pl.Float64, strict=False)


def amount_fen(text: pl.Expr) -> pl.Expr:
    """Money with at most two decimals, as an exact integer of the hundredth; null where the text is none."""
    digits = _ungrouped(text.str.replace_all(r"^[¥￥]\s*|\s*元$", ""))
    whole = digits.str.extract(r"^[+-]?(\d+)")
    cents = digits.str.extract(r"\.(\d{1,2})0*$").fill_null("").str.pad_end(2, "0")
    sign = pl.when(digits.str.starts_with("-")).then(-1).otherwise(1)
    return pl.when(digits.str.contains(_AMOUNT)).then((whole + cents).cast(pl.Int64, strict=False) * sign)


def date(text: pl.Expr, formats: Sequence[str] = DATE_FORMATS) -> pl.Expr:
    """A date in one of `formats`, or a spreadsheet's day serial; null where the text is neither."""
    serial = pl.when(text.str.contains(_SERIAL)).then(text).cast(pl.Float64, strict=False).cast(pl.Int32)
    from_serial = (serial - _SERIAL_OF_1970).cast(pl.Date)
    return pl.coalesce(*(text.str.to_date(spelling, strict=False) for spelling in formats), from_serial)


def timestamp(
    text: pl.Expr, timezone: str, formats: Sequence[str] = TIMESTAMP_FORMATS, *, shifts_skipped: bool = False
) -> pl.Expr:
    """An instant in UTC; null where the text is none, or a wall-clock time that the zone skipped in spring.

    A text without an offset is wall-clock time in `timezone`; of an hour that comes twice in autumn the first is meant.
    With `shifts_skipped` a skipped time is read by the clock before the jump, for devices that change late.
    """
    return pl.coalesce(_instant(text, spelling, timezone, shifts_skipped) for spelling in formats)


def choice(text: pl.Expr, values: Mapping[str, str]) -> pl.Expr:
    """The code that stands for the text, whatever its capitals; null where the text is not in the list."""
    known = {spelling.casefold(): meaning for spelling, meaning in values.items()}
    return text.str.to_lowercase().replace_strict(known, default=None, return_dtype=pl.String)


# Called by position in one table only.
def _instant(text: pl.Expr, spelling: str, timezone: str, shifts_skipped: bool) -> pl.Expr:  # noqa: FBT001
    if "z" in spelling:
        return text.str.to_datetime(spelling, strict=False, time_unit="us", time_zone="UTC")
    local = text.str.to_datetime(spelling, strict=False, time_unit="us")
    instant = wall_clock(local, timezone)
    if not shifts_skipped:
        return instant
    return pl.coalesce(instant, wall_clock(local.dt.offset_by("-1h"), timezone) + pl.duration(hours=1))


def wall_clock(local: pl.Expr, timezone: str) -> pl.Expr:
    """The instant in UTC of a naive wall-clock time; the first of two, and null for one that never was."""
    return local.dt.replace_time_zone(timezone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def _ungrouped(text: pl.Expr) -> pl.Expr:
    ascii_minus = text.str.replace("−", "-", literal=True)
    ungrouped = ascii_minus.str.replace_all(",", "", literal=True)
    return pl.when(ascii_minus.str.contains(_GROUPED)).then(ungrouped).otherwise(ascii_minus)

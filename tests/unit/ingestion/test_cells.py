"""Cells: what a spreadsheet did is undone by a written rule or refused, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion import cells
from ingestion.pseudonyms import masked


def read(rule: Callable[[pl.Expr], pl.Expr], *texts: str | None) -> list[object]:
    column = cells.plain(cells.trimmed(pl.Series("cell", texts, pl.String)))
    return column.to_frame().select(rule(pl.col("cell"))).to_series().to_list()


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("12.50", 1250),
        ("12.5", 1250),
        ("12", 1200),
        ("12.500", 1250),
        ("¥1,234.50", 123450),
        ("￥12", 1200),
        ("12.5元", 1250),
        ("１２．５元", 1250),
        ("-0.01", -1),
        ("−3", -300),
        ("12.505", None),
        ("1,23", None),
        ("1E3", None),
        ("12 元 50", None),
        ("abc", None),
    ],
)
def test_money_becomes_exact_fen_or_nothing(text: str, fen: int | None) -> None:
    assert read(cells.amount_fen, text) == [fen]


@given(st.integers(min_value=-(10**14), max_value=10**14))
def test_every_amount_survives_being_written_with_two_decimals(fen: int) -> None:
    assert read(cells.amount_fen, f"{Decimal(fen) / 100:.2f}", f"{Decimal(fen) / 100:,.2f}") == [fen, fen]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-05", dt.date(2026, 1, 5)),
        ("2026/1/5", dt.date(2026, 1, 5)),
        ("2026年1月5日", dt.date(2026, 1, 5)),
        ("２０２６-０１-０５", dt.date(2026, 1, 5)),
        ("20260105", dt.date(2026, 1, 5)),
        ("2026-01-05 00:00:00", dt.date(2026, 1, 5)),
        ("46027", dt.date(2026, 1, 5)),
        ("46027.0", dt.date(2026, 1, 5)),
        ("2026-02-30", None),
        ("5.1", None),
        ("2026-01-05 09:30:00", None),
    ],
)
def test_dates_are_read_in_every_agreed_spelling(text: str, day: dt.date | None) -> None:
    assert read(cells.date, text) == [day]


@given(st.dates(min_value=dt.date(1983, 1, 1), max_value=dt.date(2063, 1, 1)))
def test_a_spreadsheets_day_serial_is_the_day_it_stood_for(day: dt.date) -> None:
    assert read(cells.date, str((day - dt.date(1899, 12, 30)).days)) == [day]


def test_a_number_that_became_a_date_is_read_back() -> None:
    texts = ("18. Jan", "21. Mrz", "06. Mai", "Jun 63", "Dez 90", "18.01", "Nonsense", "45. Foo")
    assert read(cells.number_once_date, *texts) == [18.01, 21.03, 6.05, 6.63, 12.90, None, None, None]


def test_numbers_are_read_and_half_numbers_are_not() -> None:
    texts = ("1,234.5", "０.５", "-.5", "1,23", "12 kg", "nan", "inf", "1.5E+3")
    assert read(cells.number, *texts) == [1234.5, 0.5, -0.5, None, None, None, None, 1500.0]
    assert read(cells.integer, "12", "12.0", "12.5", "1e3") == [12, 12, None, None]


def test_a_phone_number_has_one_spelling_and_lost_digits_are_no_phone() -> None:
    texts = ("13800001111", "+86 138-0000-1111", "１３８００００１１１１", "13800001111.0", "1.38E+10", "")
    assert read(cells.phone, *texts) == ["13800001111"] * 4 + [None, None]


def test_wall_clock_times_are_instants_of_their_zone() -> None:
    def new_york(text: pl.Expr) -> pl.Expr:
        return cells.timestamp(text, "America/New_York")

    def shifting(text: pl.Expr) -> pl.Expr:
        return cells.timestamp(text, "America/New_York", shifts_skipped=True)

    def utc(*parts: int) -> dt.datetime:
        return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc, arg-type]  # Parts drawn at random.

    texts = ("2024-07-01 12:00:00", "2024-11-03 01:30:00", "2024-03-10 02:30:00", "2026-01-05T09:00:00+08:00")
    assert read(new_york, *texts) == [utc(2024, 7, 1, 16), utc(2024, 11, 3, 5, 30), None, utc(2026, 1, 5, 1)]
    assert read(shifting, texts[2]) == [utc(2024, 3, 10, 7, 30)]


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("电话13800001111请回", "电话138****1111请回"),
        ("139 0000 2222,13800001111", "139****2222,138****1111"),
        ("tel13800001111", "tel138****1111"),
        ("+8613800001111", "+86138****1111"),
        ("１３８００００１１１１", "１３８****１１１１"),
        ("0571-88886666", "0571-****6666"),
        ("身份证330106198001011234", "身份证3301**********1234"),
        ("someone@example.com", "***@***"),
        ("call (212) 639-9675", "call (212) ***-9675"),
        ("工单T00000012，2026-01-05，订单20260105123456", "工单T00000012，2026-01-05，订单20260105123456"),
    ],
)
def test_free_text_keeps_its_sense_and_loses_its_numbers(text: str, hidden: str) -> None:
    assert pl.DataFrame({"text": [text]}).select(masked(pl.col("text"))).item() == hidden


@given(
    st.text("ab号电话，。,;: \n-", max_size=5),
    st.from_regex(r"\A1[3-9][0-9]{9}\Z"),
    st.text("ab请回，。,;", max_size=5),
)
def test_no_mobile_number_survives_masking_wherever_it_stands(before: str, number: str, after: str) -> None:
    text = f"{before}{number}{after}{number}"
    hidden = pl.DataFrame({"text": [text]}).select(masked(pl.col("text"))).item()
    assert number not in hidden

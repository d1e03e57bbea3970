"""Forms drawn from the process, and what comes back from them."""

from __future__ import annotations

import datetime as dt
from decimal import InvalidOperation
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_db.process.data_fields import DataField
from ops_db.process.text import Text
from ticket_service.pages.action_forms import read_data, yuan_to_fen
from ticket_service.pages.rendering import clock, yuan

READER = clock("en", now=dt.datetime(2026, 3, 2, tzinfo=dt.UTC), zone=ZoneInfo("Asia/Shanghai"))
TITLE = Text(zh="字段", en="Field")


def field(key: str, kind: str) -> DataField:
    return DataField.model_validate({"key": key, "kind": kind, "title": TITLE})


def test_text_becomes_what_the_process_asks_for() -> None:
    fields = [field("cost", "money"), field("count", "integer"), field("skips", "boolean"), field("at", "date_time")]
    typed = {"cost": "1,234.5", "count": " 3 ", "skips": "on", "at": "2026-03-02T09:00"}
    data, errors = read_data(fields, typed, READER)
    assert errors == {}
    assert data == {"cost": 123_450, "count": 3, "skips": True, "at": "2026-03-02T09:00:00+08:00"}


def test_what_cannot_be_read_is_named_and_what_is_empty_is_left_out() -> None:
    fields = [field("cost", "money"), field("count", "integer"), field("at", "date_time"), field("note", "text")]
    data, errors = read_data(fields, {"cost": "viel", "count": "1.5", "at": "soon", "note": "  "}, READER)
    assert data == {}
    assert set(errors) == {"cost", "count", "at"}


@given(st.integers(min_value=-(10**11), max_value=10**11))
def test_an_amount_that_was_written_is_read_again(fen: int) -> None:
    assert yuan_to_fen(yuan(fen, "zh-CN")) == fen


@pytest.mark.parametrize("text", ["1.005", "", "NaN", "Infinity", "1e400", "12元", "一百"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises((ValueError, InvalidOperation)):
        yuan_to_fen(text)

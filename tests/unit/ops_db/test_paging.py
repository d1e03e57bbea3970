"""Cursors."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ops_db.errors import InvalidInput
from ops_db.paging import cursor_of, keys_of


@given(st.lists(st.text(), min_size=1, max_size=3))
def test_a_cursor_gives_its_keys_again(keys: list[str]) -> None:
    assert keys_of(cursor_of(*keys), count=len(keys)) == keys


@given(st.text(max_size=60))
def test_a_text_that_is_no_cursor_is_refused_and_never_crashes(text: str) -> None:
    with contextlib.suppress(InvalidInput):
        assert len(keys_of(text, count=2)) == 2


@pytest.mark.parametrize("text", ["", "!!", "e30", "WyJhIl0", "MQ"])
def test_a_damaged_cursor_says_so(text: str) -> None:
    with pytest.raises(InvalidInput, match="first page"):
        keys_of(text, count=2)

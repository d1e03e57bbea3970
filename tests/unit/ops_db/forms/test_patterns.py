"""Patterns: a safe part of regular expressions, and an end to matching whatever somebody sends."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_db.forms.patterns import LONGEST_MATCHED, PatternRefused, matches, translated


@pytest.mark.parametrize(
    ("pattern", "taken", "refused"),
    [
        (r"[A-Z]{2}-\d{1,4}", "XY-12", "XY-１２"),
        (r"北楼|南楼", "南楼", "东楼"),
        (r"(?:ab){2}c?", "ababc", "abc"),
        (r"[^\s&~\-]+", "a.b", "a-b"),
        (r"a.c", "abc", "a\nc"),
        (r"\S{3}", "a北c", "a c"),
    ],
)
def test_a_pattern_matches_the_whole_answer(pattern: str, taken: str, refused: str) -> None:
    assert matches(pattern, taken)
    assert not matches(pattern, refused)
    assert not matches(pattern, taken + "\n")


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+", "(a|a)*", "(a|aa)+", "(?:a?){30}", "a*a*a*", "(", "a)", "[", "[]", "[b-a]", "a{5,2}", "a{999}", "*a",
     "a**", "a+?", "^a$", r"\1", r"\p{L}", "(?=a)", "(?P<n>a)", r"[\D]", "", "x" * 201, "(" * 20 + ")" * 20, "a{",
     "a\\"],
)  # fmt: skip
def test_what_is_catastrophic_or_means_different_things_is_refused(pattern: str) -> None:
    with pytest.raises(PatternRefused):
        translated(pattern)


@settings(max_examples=300)
@given(st.text(alphabet="ab01-[]()?*+{},|\\dws.^&~北", max_size=14), st.text(alphabet="ab01-北", max_size=200))
def test_every_pattern_is_refused_or_ends_soon(pattern: str, answer: str) -> None:
    try:
        source = translated(pattern)
    except PatternRefused:
        return
    begun = time.perf_counter()
    assert matches(pattern, answer) == (re.fullmatch(source, answer) is not None)
    assert time.perf_counter() - begun < 2


def test_the_worst_allowed_pattern_ends_soon() -> None:
    begun = time.perf_counter()
    assert not matches(r"\w*\w*!", "a" * LONGEST_MATCHED)
    assert not matches(r"\w{0,9}\w{0,9}\w{0,9}\w{0,9}!", "a" * LONGEST_MATCHED)
    assert time.perf_counter() - begun < 1

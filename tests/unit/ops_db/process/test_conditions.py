"""Conditions as structured data."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from ops_db.process.conditions import AllOf, AnyOf, Comparison, Condition, NoneOf, holds
from ops_db.process.errors import FactNotComparable

FACTS = {"cost_fen": 60_000, "severity": "urgent", "is_shared": False, "note": None}


def condition(data: Any) -> Condition:
    return TypeAdapter[Condition](Condition).validate_python(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"field": "cost_fen", "op": "gt", "value": 50_000}, True),
        ({"field": "cost_fen", "op": "le", "value": 59_999}, False),
        ({"field": "cost_fen", "op": "ge", "value": 60_000}, True),
        ({"field": "cost_fen", "op": "lt", "value": 60_000}, False),
        ({"field": "severity", "op": "eq", "value": "urgent"}, True),
        ({"field": "severity", "op": "ne", "value": "urgent"}, False),
        ({"field": "severity", "op": "in", "value": ["urgent", "emergency"]}, True),
        ({"field": "severity", "op": "not_in", "value": ["urgent", "emergency"]}, False),
        ({"field": "is_shared", "op": "eq", "value": False}, True),
        ({"field": "is_shared", "op": "is_set"}, True),
        ({"field": "note", "op": "is_set"}, False),
        ({"field": "note", "op": "is_not_set"}, True),
        ({"field": "unheard_of", "op": "is_not_set"}, True),
    ],
)
def test_one_comparison(data: dict[str, Any], expected: bool) -> None:
    assert holds(condition(data), FACTS) is expected


@pytest.mark.parametrize("op", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_an_absent_fact_makes_every_comparison_false(op: str) -> None:
    assert holds(condition({"field": "unheard_of", "op": op, "value": 1}), FACTS) is False
    assert holds(condition({"field": "unheard_of", "op": "not_in", "value": [1]}), FACTS) is False


def test_text_against_a_number_says_which_fact() -> None:
    with pytest.raises(FactNotComparable, match="severity is 'urgent' and cannot be compared with 3"):
        holds(condition({"field": "severity", "op": "gt", "value": 3}), FACTS)


@pytest.mark.parametrize(
    "data",
    [
        "cost_fen > 5",
        {"field": "cost_fen", "op": "matches", "value": ".*"},
        {"field": "cost_fen", "op": "gt"},
        {"field": "cost_fen", "op": "in", "value": 5},
        {"field": "cost_fen", "op": "eq", "value": [5]},
        {"field": "cost_fen", "op": "is_set", "value": 5},
        {"all": []},
        {"field": "cost_fen", "op": "eq", "value": {"__import__": "os"}},
        {"all": [{"field": "cost_fen", "op": "is_set"}], "any": [{"field": "cost_fen", "op": "is_set"}]},
    ],
)
def test_anything_else_is_no_condition(data: Any) -> None:
    with pytest.raises(ValidationError):
        condition(data)


comparisons = st.builds(
    lambda field, value: Comparison(field=field, op="gt", value=value), st.sampled_from("abc"), st.integers(0, 9)
)


@given(
    parts=st.lists(comparisons, min_size=1, max_size=4),
    facts=st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)),
)
def test_all_any_and_none_are_those_of_logic(parts: list[Comparison], facts: dict[str, int]) -> None:
    # Both sides are drawn as numbers.
    truths = [part.field in facts and facts[part.field] > part.value for part in parts]  # type: ignore[operator]
    assert holds(AllOf(all=tuple(parts)), facts) == all(truths)
    assert holds(AnyOf(any=tuple(parts)), facts) == any(truths)
    assert holds(NoneOf(none=tuple(parts)), facts) == (not any(truths))
    assert holds(AllOf(all=(AnyOf(any=tuple(parts)), NoneOf(none=tuple(parts)))), facts) is False

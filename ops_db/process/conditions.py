"""Conditions over facts as structured data: one comparison, or all, any or none of several; never expression text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import eq, ge, gt, le, lt, ne
from typing import Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictFloat, StrictInt, StrictStr, model_validator

from ops_db.process.errors import FactNotComparable

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "is_set", "is_not_set"]

LARGEST_NUMBER: Final = 2**53 - 1
"""The largest whole number that every reader of JSON counts exactly (RFC 8259, section 6)."""

_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {"eq": eq, "ne": ne, "lt": lt, "le": le, "gt": gt, "ge": ge}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Comparison(_Part):
    """One fact against one value: `{field: cost_fen, op: gt, value: 50000}`.

    A fact that is absent or null makes every comparison false, `ne` and `not_in` too; `is_not_set` asks for it.
    """

    field: str = Field(min_length=1)
    op: Operator
    value: Scalar | tuple[Scalar, ...] | None = None

    @model_validator(mode="after")
    def _numbers_are_counted_everywhere(self) -> Self:
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        if any(isinstance(value, int | float) and not abs(value) <= LARGEST_NUMBER for value in values):
            raise ValueError(f"a number goes from -{LARGEST_NUMBER} to {LARGEST_NUMBER}")
        return self

    @model_validator(mode="after")
    def _value_fits_operator(self) -> Self:
        if self.op in ("is_set", "is_not_set"):
            if self.value is not None:
                raise ValueError(f"{self.op} takes no value")
        elif self.op in ("in", "not_in"):
            if not isinstance(self.value, tuple):
                raise ValueError(f"{self.op} needs a list of values")
        elif self.value is None or isinstance(self.value, tuple):
            raise ValueError(f"{self.op} needs one value")
        return self


class AllOf(_Part):
    """True when every part is."""

    all: tuple[Condition, ...] = Field(min_length=1)


class AnyOf(_Part):
    """True when at least one part is."""

    any: tuple[Condition, ...] = Field(min_length=1)


class NoneOf(_Part):
    """True when no part is."""

    none: tuple[Condition, ...] = Field(min_length=1)


Condition = Comparison | AllOf | AnyOf | NoneOf


def holds(condition: Condition, facts: Mapping[str, object]) -> bool:
    """Whether `condition` is true of `facts`; raises FactNotComparable for text against a number and the like."""
    if isinstance(condition, Comparison):
        return _compares(condition, facts.get(condition.field))
    if isinstance(condition, AllOf):
        return all(holds(part, facts) for part in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(part, facts) for part in condition.any)
    return not any(holds(part, facts) for part in condition.none)


def _compares(condition: Comparison, fact: object) -> bool:
    if condition.op == "is_set":
        return fact is not None
    if condition.op == "is_not_set":
        return fact is None
    if fact is None:
        return False
    if isinstance(condition.value, tuple):
        return (fact in condition.value) == (condition.op == "in")
    try:
        return _COMPARE[condition.op](fact, condition.value)
    except TypeError:
        raise FactNotComparable(
            "The fact {field} is {fact!r} and cannot be compared with {value!r}. Correct the condition or the fact.",
            field=condition.field,
            fact=fact,
            value=condition.value,
        ) from None

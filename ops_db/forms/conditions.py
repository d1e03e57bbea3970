"""Conditions over the answers of a form, as data: the shape of the process's conditions, and two operators more.

Here a comparison of things that do not compare is false instead of an error, and the same in the browser
(`ticket_service/static/js/forms/evaluation.js`).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    Tag,
    model_validator,
)

Scalar = StrictBool | StrictInt | StrictFloat | StrictStr
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "contains", "is_set", "is_not_set"]
ORDERING: tuple[Operator, ...] = ("lt", "le", "gt", "ge")
FOR_PRESENCE: tuple[Operator, ...] = ("is_set", "is_not_set")
LONGEST_LIST = 300


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Comparison(_Part):
    """One answer against a value or against another answer: `{field: leak_days, op: gt, value: 3}`.

    An answer that is not given makes every comparison false, `ne` and `not_in` too; `is_not_set` asks for it.
    """

    field: str = Field(min_length=1, max_length=40)
    op: Operator
    value: Scalar | tuple[Scalar, ...] | None = None
    other: str | None = Field(default=None, min_length=1, max_length=40, description="Key of another field.")

    @model_validator(mode="after")
    def _operand_fits_operator(self) -> Self:
        if self.op in FOR_PRESENCE:
            if self.value is not None or self.other is not None:
                raise ValueError(f"{self.op} takes no value")
        elif self.op in ("in", "not_in"):
            if not isinstance(self.value, tuple) or not 1 <= len(self.value) <= LONGEST_LIST:
                raise ValueError(f"{self.op} needs a list of values")
        elif (self.value is None) == (self.other is None) or isinstance(self.value, tuple):
            raise ValueError(f"{self.op} needs one value, or the key of another field")
        return self


class AllOf(_Part):
    """True when every part is."""

    all: tuple[Condition, ...] = Field(min_length=1, max_length=50)


class AnyOf(_Part):
    """True when at least one part is."""

    any: tuple[Condition, ...] = Field(min_length=1, max_length=50)


class NoneOf(_Part):
    """True when no part is."""

    none: tuple[Condition, ...] = Field(min_length=1, max_length=50)


def _shape(data: Any) -> str:
    """Which of the four a condition is, told by its first word, so that a fault names one place and not four."""
    names = data if isinstance(data, dict) else type(data).model_fields if isinstance(data, BaseModel) else ()
    return next((name for name in ("all", "any", "none") if name in names), "comparison")


Condition = Annotated[
    Annotated[Comparison, Tag("comparison")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NoneOf, Tag("none")],
    Discriminator(_shape),
]


def comparisons(condition: Comparison | AllOf | AnyOf | NoneOf) -> list[Comparison]:
    """Every comparison in it."""
    if isinstance(condition, Comparison):
        return [condition]
    parts = condition.all if isinstance(condition, AllOf) else ()
    parts = condition.any if isinstance(condition, AnyOf) else parts
    parts = condition.none if isinstance(condition, NoneOf) else parts
    return [comparison for part in parts for comparison in comparisons(part)]


def fields_of_condition(condition: Comparison | AllOf | AnyOf | NoneOf | None) -> list[str]:
    """The keys of the fields it looks at, each once."""
    if condition is None:
        return []
    found = [key for one in comparisons(condition) for key in (one.field, one.other) if key is not None]
    return list(dict.fromkeys(found))

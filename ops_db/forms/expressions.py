"""What a computed field is computed by, as data; never expression text. `evaluation` knows what each comes to."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from ops_db.forms.conditions import Condition, Scalar, fields_of_condition


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)


class Constant(_Part):
    """A fixed value."""

    value: Scalar


class Answer(_Part):
    """The answer to a field; nothing while that field is hidden or empty. Of pictures it is their number."""

    field: str = Field(min_length=1, max_length=40)


Several = Annotated["tuple[Expression, ...]", Field(min_length=1, max_length=50)]
Two = Annotated["tuple[Expression, Expression]", Field()]


class Sum(_Part):
    """All numbers together; what is not given counts nothing."""

    sum: Several


class Difference(_Part):
    """The first less the second; nothing when either is missing."""

    difference: Two


class Product(_Part):
    """All numbers multiplied; nothing when one is missing."""

    product: Several


class Ratio(_Part):
    """The first divided by the second; nothing when either is missing or the second is zero."""

    ratio: Two


class If(_Part):
    """One of two, by a condition."""

    if_: Condition = Field(alias="if")
    then: Expression
    else_: Expression | None = Field(default=None, alias="else")


class DaysBetween(_Part):
    """Days from the first date to the second, negative when it lies before."""

    days_between: Two


class Concat(_Part):
    """The texts one after the other; what is not given is left out."""

    concat: Several


class Coalesce(_Part):
    """The first that is given."""

    coalesce: Several


class Count(_Part):
    """How many are given; a multiple choice counts each chosen one."""

    count: Several


_NAMES = ("sum", "difference", "product", "ratio", "if", "days_between", "concat", "coalesce", "count", "field")


def _shape(data: Any) -> str:
    if isinstance(data, BaseModel):
        return next((name for name in _NAMES if name in (field.rstrip("_") for field in type(data).model_fields)), "")
    return next((name for name in _NAMES if isinstance(data, dict) and name in data), "value")


Expression = Annotated[
    Annotated[Constant, Tag("value")]
    | Annotated[Answer, Tag("field")]
    | Annotated[Sum, Tag("sum")]
    | Annotated[Difference, Tag("difference")]
    | Annotated[Product, Tag("product")]
    | Annotated[Ratio, Tag("ratio")]
    | Annotated[If, Tag("if")]
    | Annotated[DaysBetween, Tag("days_between")]
    | Annotated[Concat, Tag("concat")]
    | Annotated[Coalesce, Tag("coalesce")]
    | Annotated[Count, Tag("count")],
    Discriminator(_shape),
]

for _model in (Sum, Difference, Product, Ratio, If, DaysBetween, Concat, Coalesce, Count):
    _model.model_rebuild()


def parts_of(expression: Expression) -> tuple[Expression, ...]:
    """The expressions directly in it."""
    if isinstance(expression, If):
        return (expression.then,) if expression.else_ is None else (expression.then, expression.else_)
    if isinstance(expression, Constant | Answer):
        return ()
    (name,) = type(expression).model_fields
    parts: tuple[Expression, ...] = getattr(expression, name)
    return parts


def fields_of_expression(expression: Expression) -> list[str]:
    """The keys of the fields it looks at, each once."""
    if isinstance(expression, Answer):
        return [expression.field]
    found = fields_of_condition(expression.if_) if isinstance(expression, If) else []
    for part in parts_of(expression):
        found.extend(fields_of_expression(part))
    return list(dict.fromkeys(found))

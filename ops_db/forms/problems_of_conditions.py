"""Faults inside conditions and expressions: what they look at, and whether that can be compared or reckoned."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator
from typing import Final

from ops_db.forms import definition as form
from ops_db.forms import expressions as ex
from ops_db.forms.conditions import (
    FOR_PRESENCE,
    AllOf,
    AnyOf,
    Comparison,
    NoneOf,
    comparisons,
    fields_of_condition,
)
from ops_db.forms.errors import FormProblem
from ops_db.forms.evaluation import LARGEST, Value, holds

AnyCondition = Comparison | AllOf | AnyOf | NoneOf

_MOST_SAMPLES: Final = 20_000
_NUMBERS: Final = ("number", "money", "rating", "photo", "video", "signature")
_MOMENTS: Final = ("date", "date_time")


def value_kind(field: form.FormField) -> str:
    """What an answer is made of: text, number, moment, or list."""
    if isinstance(field, form.ComputedField):
        return "text" if field.result == "text" else "number"
    if field.kind in _NUMBERS:
        return "number"
    if field.kind in _MOMENTS:
        return "moment"
    return "list" if field.kind == "choices" else "text"


def faults_of_condition(definition: form.FormDefinition, condition: AnyCondition, place: str) -> Iterator[FormProblem]:
    """What is wrong with a condition of the field or rule `place`."""
    for one in comparisons(condition):
        fields = [(key, definition.by_key.get(key)) for key in (one.field, one.other) if key is not None]
        unknown = [key for key, field in fields if field is None or isinstance(field, form.SectionField)]
        if unknown:
            yield _unknown(unknown[0], place)
        else:
            kinds = [value_kind(field) for _, field in fields if field is not None]
            yield from _faults_of_comparison(definition.by_key[one.field], one, kinds, place)


def _faults_of_comparison(
    field: form.FormField, one: Comparison, kinds: list[str], place: str
) -> Iterator[FormProblem]:
    if one.op in FOR_PRESENCE:
        return
    kind = kinds[0]
    is_operator_fit = {"list": one.op == "contains", "text": one.op in ("eq", "ne", "in", "not_in")}.get(
        kind, one.op != "contains"
    )
    if not is_operator_fit:
        yield FormProblem(
            "The answer of {key} cannot be compared by {operator}.",
            fault="operator_unfit",
            place=place,
            key=field.key,
            operator=one.op,
        )
        return
    if one.other is not None:
        if kinds[0] != kinds[1]:
            yield FormProblem(
                "The answers of {key} and {other} are of different kinds and do not compare.",
                fault="kinds_differ",
                place=place,
                key=field.key,
                other=one.other,
            )
        return
    values = one.value if isinstance(one.value, tuple) else (one.value,)
    if isinstance(field, form.ChoiceField | form.ChoicesField):
        unknown = [str(value) for value in values if value not in [option.code for option in field.options]]
        if unknown:
            yield FormProblem(
                "{option} is none of the options of {key}.",
                fault="option_unknown",
                place=place,
                key=field.key,
                option=unknown[0],
            )
    elif not all(_fits(value, kind) for value in values):
        yield FormProblem(
            "The value compared with {key} is of another kind than its answer.",
            fault="value_unfit",
            place=place,
            key=field.key,
        )


def _fits(value: object, kind: str) -> bool:
    if kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and _is_sound(value)
    if kind == "moment":
        return isinstance(value, str) and _is_day(value)
    return isinstance(value, str)


def _is_sound(number: float) -> bool:
    return math.isfinite(number) and abs(number) <= LARGEST


def _is_day(text: str) -> bool:
    try:
        dt.datetime.strptime(text, "%Y-%m-%d" if "T" not in text else "%Y-%m-%dT%H:%M")  # noqa: DTZ007  Only its shape matters.
    except ValueError:
        return False
    return True


def faults_of_expression(definition: form.FormDefinition, field: form.ComputedField) -> Iterator[FormProblem]:
    """What is wrong with what a computed field is computed by."""
    if _depth(field.expression) > 12:
        yield FormProblem(
            "The computation is nested too deeply. Split it into several computed fields.",
            fault="too_deep",
            place=field.key,
        )
        return
    yield from _faults_inside(definition, field.expression, field.key)
    made_of = _result_kind(definition, field.expression)
    wanted = "text" if field.result == "text" else "number"
    if wanted == "number" and made_of not in ("number", None):
        yield FormProblem(
            "The computation gives no number. Choose text as its result.", fault="result_unfit", place=field.key
        )


def _depth(expression: ex.Expression) -> int:
    return 1 + max((_depth(part) for part in ex.parts_of(expression)), default=0)


def _faults_inside(definition: form.FormDefinition, expression: ex.Expression, place: str) -> Iterator[FormProblem]:
    if isinstance(expression, ex.Answer):
        target = definition.by_key.get(expression.field)
        if target is None or isinstance(target, form.SectionField):
            yield _unknown(expression.field, place)
    if (
        isinstance(expression, ex.Constant)
        and isinstance(expression.value, float | int)
        and not _is_sound(expression.value)
    ):
        yield FormProblem("A number in the computation is too large.", fault="value_unfit", place=place)
    if isinstance(expression, ex.If):
        yield from faults_of_condition(definition, expression.if_, place)
    needed = "moment" if isinstance(expression, ex.DaysBetween) else "number"
    if isinstance(expression, ex.Sum | ex.Difference | ex.Product | ex.Ratio | ex.DaysBetween):
        for part in ex.parts_of(expression):
            if _result_kind(definition, part) not in (needed, None):
                yield FormProblem(
                    "A part of the computation is no number, or no date where days are counted.",
                    fault="part_unfit",
                    place=place,
                )
    for part in ex.parts_of(expression):
        yield from _faults_inside(definition, part, place)


def _result_kind(definition: form.FormDefinition, expression: ex.Expression) -> str | None:
    """What an expression gives; None where that cannot be said, which is no fault here."""
    if isinstance(expression, ex.Answer):
        field = definition.by_key.get(expression.field)
        return None if field is None else value_kind(field)
    if isinstance(expression, ex.Constant):
        if isinstance(expression.value, str):
            return "moment" if _is_day(expression.value) else "text"
        return "number"
    if isinstance(expression, ex.If | ex.Coalesce):
        kinds = {_result_kind(definition, part) for part in ex.parts_of(expression)}
        return kinds.pop() if len(kinds) == 1 else "text" if "text" in kinds else None
    return "text" if isinstance(expression, ex.Concat) else "number"


def is_never_true(definition: form.FormDefinition, condition: AnyCondition) -> bool:
    """Whether no answers make it true.

    Only comparisons with constants are judged: around each constant and at the bounds of the field all cases are
    tried. A condition that compares two answers, or looks at too many, is given the benefit of the doubt.
    """
    parts = comparisons(condition)
    fields = [definition.by_key[key] for key in fields_of_condition(condition)]
    if any(one.other is not None for one in parts) or any(isinstance(field, form.ComputedField) for field in fields):
        return False
    samples = [_samples(field, [one for one in parts if one.field == field.key]) for field in fields]
    if math.prod(map(len, samples)) > _MOST_SAMPLES:
        return False
    keys = [field.key for field in fields]
    return not any(
        holds(condition, dict(zip(keys, combination, strict=True))) for combination in itertools.product(*samples)
    )


def _samples(field: form.FormField, parts: list[Comparison]) -> list[Value]:
    constants = [value for one in parts for value in (one.value if isinstance(one.value, tuple) else (one.value,))]
    always_given = getattr(field, "is_required", False) and field.visible_if is None
    found: list[Value] = [] if always_given else [None]
    if isinstance(field, form.ChoiceField):
        return found + [option.code for option in field.options]
    if isinstance(field, form.ChoicesField):
        named = [str(value) for value in constants if isinstance(value, str)][:6]
        return found + [chosen for size in range(len(named) + 1) for chosen in itertools.combinations(named, size)]
    if value_kind(field) == "number":
        return found + _numbers_around(field, [value for value in constants if isinstance(value, int | float)])
    if value_kind(field) == "moment":
        days = [dt.date.fromisoformat(str(value)[:10]) for value in constants if isinstance(value, str)]
        steps = [day + dt.timedelta(days=step) for day in days for step in (-1, 0, 1)]
        return (
            found
            + [day.isoformat() for day in steps or [dt.date(2026, 1, 1)]]
            + [v for v in constants if isinstance(v, str)]
        )
    return found + [value for value in constants if isinstance(value, str)] + ["\u0000another answer"]


def _numbers_around(field: form.FormField, constants: list[float]) -> list[Value]:
    """Each constant, a step to either side, and the bounds: between two of them nothing changes."""
    step = 10.0 ** -getattr(field, "decimals", 0)
    low, high = getattr(field, "minimum", None), getattr(field, "maximum", None)
    if field.kind in ("rating", "photo", "video", "signature"):
        low, high = 1, high or 1
    near = {value + shift for value in constants for shift in (-step, 0, step)} | {0.0}
    near |= {bound for bound in (low, high) if bound is not None}
    return [value for value in sorted(near) if (low is None or value >= low) and (high is None or value <= high)]


def _unknown(key: str, place: str) -> FormProblem:
    return FormProblem(
        "There is no field {key} in this form. Choose one of its fields.", fault="unknown_field", place=place, key=key
    )

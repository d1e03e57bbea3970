"""What conditions and expressions come to. The browser has the same in `static/js/forms/evaluation.js`.

Numbers are those of IEEE 754 in both, added in the order written and rounded half up, so that both get the same
figure to the last bit. Nothing here raises: what cannot be compared or reckoned is false or nothing.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from operator import ge, gt, le, lt
from typing import Any, Final

from ops_db.forms import expressions as ex
from ops_db.forms.conditions import AllOf, AnyOf, Comparison, NoneOf
from ops_db.forms.definition import ComputedField

Value = str | int | float | bool | tuple[str, ...] | None
Values = Mapping[str, Value]

LARGEST: Final = 1e15
LONGEST_CONCAT: Final = 500
_MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2})?")
_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {"lt": lt, "le": le, "gt": gt, "ge": ge}
_POWERS: Final = (1.0, 10.0, 100.0, 1_000.0, 10_000.0)


def holds(condition: Comparison | AllOf | AnyOf | NoneOf, values: Values) -> bool:
    """Whether `condition` is true of `values`, in which what is not answered is missing or None."""
    if isinstance(condition, AllOf):
        return all(holds(part, values) for part in condition.all)
    if isinstance(condition, AnyOf):
        return any(holds(part, values) for part in condition.any)
    if isinstance(condition, NoneOf):
        return not any(holds(part, values) for part in condition.none)
    return _compares(condition, values)


def _compares(condition: Comparison, values: Values) -> bool:
    answer = values.get(condition.field)
    if condition.op == "is_set":
        return answer is not None
    if condition.op == "is_not_set":
        return answer is None
    if condition.op in ("in", "not_in"):
        listed = condition.value if isinstance(condition.value, tuple) else ()
        return answer is not None and any(_is_same(answer, one) for one in listed) == (condition.op == "in")
    constant = None if isinstance(condition.value, tuple) else condition.value
    operand = values.get(condition.other) if condition.other is not None else constant
    if answer is None or operand is None:
        return False
    if condition.op == "contains":
        return isinstance(answer, tuple) and isinstance(operand, str) and operand in answer
    if condition.op in ("eq", "ne"):
        return _is_same(answer, operand) == (condition.op == "eq")
    if _is_number(answer) and _is_number(operand):
        return _ORDER[condition.op](answer, operand)
    both_moments = _is_moment(answer) and _is_moment(operand)
    return both_moments and _ORDER[condition.op](answer, operand)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_moment(value: object) -> bool:
    return isinstance(value, str) and _MOMENT.fullmatch(value) is not None


def _is_same(one: object, other: object) -> bool:
    """Equality without Python's true that equals one; lists are the same as nothing."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if _is_number(one):
        return _is_number(other) and one == other
    return isinstance(one, str) and isinstance(other, str) and one == other


def evaluated(expression: ex.Expression, values: Values) -> Value:
    """What `expression` comes to; numbers are not rounded yet."""
    match expression:
        case ex.Constant():
            return expression.value
        case ex.Answer():
            return values.get(expression.field)
        case ex.If():
            if holds(expression.if_, values):
                return evaluated(expression.then, values)
            return evaluated(expression.else_, values) if expression.else_ is not None else None
        case ex.Count():
            return sum(_count(evaluated(part, values)) for part in expression.count)
        case ex.Concat():
            return _joined([evaluated(part, values) for part in expression.concat])
        case ex.Coalesce():
            return next((one for part in expression.coalesce if (one := evaluated(part, values)) is not None), None)
        case ex.DaysBetween():
            return _days(*(evaluated(part, values) for part in expression.days_between))
        case _:
            return _reckoned(expression, [_number(evaluated(part, values)) for part in ex.parts_of(expression)])


def _reckoned(expression: ex.Expression, numbers: list[float | None]) -> float | None:
    given = [number for number in numbers if number is not None]
    if isinstance(expression, ex.Sum):
        return _finite(_total(given)) if given else None
    if len(given) < len(numbers):
        return None
    match expression:
        case ex.Difference():
            return _finite(given[0] - given[1])
        case ex.Product():
            product = 1.0
            for number in given:
                product *= number
            return _finite(product)
        case _:
            return _finite(given[0] / given[1]) if given[1] != 0 else None


def _total(numbers: list[float]) -> float:
    # The built-in sum is compensated since Python 3.12 and would differ from a browser's in the last bit.
    total = 0.0
    for number in numbers:
        total += number
    return total


def _number(value: Value) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _count(value: Value) -> int:
    if value is None:
        return 0
    return len(value) if isinstance(value, tuple) else 1


def _joined(values: list[Value]) -> str | None:
    texts = [text for value in values if (text := text_of(value)) is not None]
    return "".join(texts)[:LONGEST_CONCAT] if texts else None


def text_of(value: Value) -> str | None:
    """A value as a concatenation writes it; a number with at most four decimals, a list by commas."""
    if isinstance(value, str):
        return value
    if isinstance(value, tuple):
        return ", ".join(value)
    if value is None or isinstance(value, bool) or abs(value) > LARGEST:
        return None
    ten_thousandths = math.floor(abs(float(value)) * 10_000 + 0.5)
    whole, rest = divmod(ten_thousandths, 10_000)
    sign = "-" if value < 0 and ten_thousandths else ""
    return f"{sign}{whole}" + (f".{rest:04d}".rstrip("0") if rest else "")


def _days(start: Value, end: Value) -> int | None:
    first, last = _date(start), _date(end)
    return None if first is None or last is None else (last - first).days


def _date(value: Value) -> dt.date | None:
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        return dt.date.fromisoformat(value[:10])
    except ValueError:
        return None


def rounded(number: float, decimals: int) -> int | float | None:
    """Half up; a whole number is an int, and what no one could mean is nothing."""
    power = _POWERS[decimals]
    result = math.floor(number * power + 0.5) / power
    if abs(result) > LARGEST:
        return None
    return int(result) if result.is_integer() else result


def computed(field: ComputedField, values: Values) -> Value:
    """The value of a computed field, in the shape its `result` says."""
    value = evaluated(field.expression, values)
    if field.result == "text":
        return (text_of(value) or None) if value is not None else None
    number = _number(value)
    if number is None or abs(number) > LARGEST:
        return None
    return rounded(number, 0 if field.result == "money" else field.decimals)

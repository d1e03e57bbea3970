"""What somebody typed or a program sent, as the value of a field, or the fault that keeps it from being one.

The browser reads typed text in the same way: `static/js/forms/reading.js`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from ops_db.forms import definition as form
from ops_db.forms.errors import Fault
from ops_db.forms.evaluation import Value
from ops_db.personal_data import CALLABLE_PHONE

Reading = Value | Fault

_BLANK: Final = " \t\n\u00a0\u3000\ufeff"
_CONTROL: Final = re.compile("[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff]")
_FULL_WIDTH: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_NUMBER: Final = re.compile(r"([+-]?)([0-9]{1,12})(?:\.([0-9]{1,10}))?")
_NUMBER_NOISE: Final = re.compile("[ \u00a0\u3000,，¥￥]")
_PHONE_NOISE: Final = re.compile("[ \t\u00a0\u3000\\-–—().·]")
_DATE: Final = re.compile(r"(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_LONGEST_CODE: Final = 60


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known besides the answers: the installation's wall clock, the place of the link, files that came along.

    `now` is like `2026-05-31T09:00`. `fixed` has the answers that are known and not asked, by key of the field.
    """

    now: str
    fixed: Mapping[str, str]
    files: Mapping[str, int]


def read_typed(
    definition: form.FormDefinition, typed: Mapping[str, Sequence[str]], around: Circumstances
) -> dict[str, Reading]:
    """The readings of a form's text; every field has one, and only a multiple choice has several texts."""
    return {
        field.key: _known(field, around, partial(_typed, field, typed.get(field.key, ())))
        for field in definition.fields
        if isinstance(field, form.AskedField)
    }


def read_values(definition: form.FormDefinition, given: Mapping[str, Any], around: Circumstances) -> dict[str, Reading]:
    """The readings of values as JSON has them; a key the form does not ask for is a fault of its own."""
    readings: dict[str, Reading] = {
        field.key: _known(field, around, partial(_given, field, given.get(field.key)))
        for field in definition.fields
        if isinstance(field, form.AskedField)
    }
    return readings | {key: Fault("unknown") for key in given if key not in readings}


def _known(field: form.AskedField, around: Circumstances, read: Callable[[], Reading]) -> Reading:
    """What needs no reading, because it is known; else what `read` says."""
    if isinstance(field, form.PhotoField | form.VideoField | form.SignatureField):
        return around.files.get(field.key) or None
    if isinstance(field, form.CascadeField) and field.key in around.fixed:
        return around.fixed[field.key]
    if isinstance(field, form.DateField | form.DateTimeField) and field.auto == "report_time":
        return around.now[:10] if isinstance(field, form.DateField) else around.now
    return read()


def trimmed(text: str) -> str:
    """The text without what no one sees: control characters, blanks at either end; line ends are one character."""
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip(_BLANK)


def _typed(field: form.AskedField, texts: Sequence[str]) -> Reading:
    if isinstance(field, form.ChoicesField):
        return _chosen(field, [text for text in map(trimmed, texts) if text])
    text = trimmed(texts[-1]) if texts else ""
    if not text:
        return None
    if isinstance(field, form.TextField):
        return " ".join(text.split("\n"))
    if isinstance(field, form.NumberField):
        return _number(field, text)
    if isinstance(field, form.MoneyField):
        return _money(text)
    if isinstance(field, form.RatingField):
        return int(text) if re.fullmatch("[1-9]|10", text) else Fault("not_rating")
    return _text(field, text)


def _given(field: form.AskedField, value: Any) -> Reading:
    if value is None or value in ("", []):
        return None
    if isinstance(field, form.ChoicesField):
        is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
        return _chosen(field, value) if is_list else Fault("not_option")
    if isinstance(field, form.NumberField | form.MoneyField | form.RatingField):
        if isinstance(value, bool) or not isinstance(value, int | float):
            return Fault("not_rating" if isinstance(field, form.RatingField) else "not_number")
        return _figure(field, value)
    if not isinstance(value, str):
        return Fault("not_text")
    text = trimmed(value)
    if isinstance(field, form.TextField):
        text = " ".join(text.split("\n"))
    return _text(field, text) if text else None


def _text(field: form.AskedField, text: str) -> Reading:
    if isinstance(field, form.PhoneField):
        number = _PHONE_NOISE.sub("", text.translate(_FULL_WIDTH))
        return number if number.isascii() and re.fullmatch(CALLABLE_PHONE, number) else Fault("not_phone")
    if isinstance(field, form.DateField):
        return text if _is_date(text) else Fault("not_date")
    if isinstance(field, form.DateTimeField):
        day, _, time = text.partition("T")
        return f"{day}T{time[:5]}" if _is_date(day) and _is_time(time) else Fault("not_date_time")
    if isinstance(field, form.CascadeField):
        return text if len(text) <= _LONGEST_CODE else Fault("not_option")
    return text


def _is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    return (
        _TIME.fullmatch(text[:5]) is not None
        and re.fullmatch(r"(?::[0-5][0-9](?:\.[0-9]{1,6})?)?", text[5:]) is not None
    )


def _number(field: form.NumberField, text: str) -> Reading:
    found = _NUMBER.fullmatch(_NUMBER_NOISE.sub("", text.translate(_FULL_WIDTH)))
    if not found:
        return Fault("not_number")
    if len((found[3] or "").rstrip("0")) > field.decimals:
        return Fault("too_precise", {"decimals": field.decimals})
    return whole(float(found[0]))


def _money(text: str) -> Reading:
    found = _NUMBER.fullmatch(_NUMBER_NOISE.sub("", text.translate(_FULL_WIDTH)))
    decimals = (found[3] or "").rstrip("0") if found else ""
    if not found or len(decimals) > 2:
        return Fault("not_money")
    fen = int(found[2]) * 100 + int(decimals.ljust(2, "0"))
    return -fen if found[1] == "-" else fen


def _figure(field: form.NumberField | form.MoneyField | form.RatingField, value: float) -> Reading:
    if isinstance(field, form.NumberField):
        text = f"{value:.10f}" if abs(value) <= form.LARGEST_NUMBER else "too large"
        return _number(field, text)
    if value != int(value) or abs(value) > form.LARGEST_NUMBER * 100:
        return Fault("not_rating" if isinstance(field, form.RatingField) else "not_money")
    return int(value)


def whole(number: float) -> int | float:
    """An int where the number is whole, so that 3.0 and 3 are written alike; no negative zero."""
    return int(number) if number.is_integer() else number


def _chosen(field: form.ChoicesField, codes: Sequence[str]) -> Reading:
    """The chosen codes in the order of the options, each once."""
    known = [option.code for option in field.options]
    if set(codes) - set(known):
        return Fault("not_option")
    return tuple(code for code in known if code in codes) or None

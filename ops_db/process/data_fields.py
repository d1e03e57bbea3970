"""The data an action asks for, and the check of what was given against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ops_db.process.errors import InvalidData, MissingData
from ops_db.process.text import Text

FieldKind = Literal["text", "long_text", "integer", "money", "boolean", "choice", "date", "date_time", "technician", "crew"]


class Option(BaseModel):
    """One answer a choice offers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(min_length=1)
    title: Text


class DataField(BaseModel):
    """One piece of data: `money` is whole fen, `date_time` ISO text with an offset, `technician` and `crew` an id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    kind: FieldKind
    title: Text
    is_required: bool = False
    options: tuple[Option, ...] = ()
    minimum: int | None = None
    maximum: int | None = None

    @model_validator(mode="after")
    def _options_belong_to_choices(self) -> Self:
        if (self.kind == "choice") != bool(self.options):
            raise ValueError("options belong to fields of kind choice, and such a field needs at least one")
        if self.kind not in ("integer", "money") and (self.minimum is not None or self.maximum is not None):
            raise ValueError("minimum and maximum belong to fields of kind integer or money")
        return self


NOTE: Final = DataField(key="note", kind="long_text", title=Text(zh="备注", en="Note"))
"""Every action takes a note."""


def checked_data(
    fields: Iterable[DataField],
    data: Mapping[str, Any],
    *,
    at_least_one: tuple[str, ...] = (),
    all_or_none: tuple[str, ...] = (),
) -> dict[str, Any]:
    """The given data without blanks, ready for JSON; raises MissingData or InvalidData naming the fields."""
    known = {field.key: field for field in fields}
    unknown = [key for key in data if key not in known]
    if unknown:
        raise InvalidData(
            "This action does not ask for {unknown}. It takes: {known}.",
            unknown=", ".join(unknown),
            known=", ".join(known),
            fields=tuple(unknown),
        )
    given = {key: value for key, value in data.items() if not _is_blank(value)}
    missing = [key for key, field in known.items() if field.is_required and key not in given]
    if all_or_none and any(key in given for key in all_or_none):
        missing += [key for key in all_or_none if key not in given and key not in missing]
    if missing:
        raise MissingData("Please fill in {missing} and try again.", missing=", ".join(missing), fields=tuple(missing))
    if at_least_one and not any(key in given for key in at_least_one):
        raise MissingData(
            "Please fill in at least one of {missing} and try again.",
            missing=", ".join(at_least_one),
            fields=at_least_one,
        )
    return {key: _checked(known[key], value) for key, value in given.items()}


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _checked(field: DataField, value: Any) -> Any:
    try:
        return _CHECKS[field.kind](field, value)
    except (TypeError, ValueError) as reason:
        raise InvalidData(
            "The value {value!r} of {field} cannot be used: {reason}.",
            value=value,
            field=field.key,
            reason=str(reason),
            fields=(field.key,),
        ) from None


def _text(_field: DataField, value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value.strip()


def _integer(field: DataField, value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number is expected")
    if field.minimum is not None and value < field.minimum:
        raise ValueError(f"the least is {field.minimum}")
    if field.maximum is not None and value > field.maximum:
        raise ValueError(f"the most is {field.maximum}")
    return value


def _boolean(_field: DataField, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false is expected")
    return value


def _choice(field: DataField, value: Any) -> str:
    codes = [option.code for option in field.options]
    if value not in codes:
        raise ValueError(f"one of {', '.join(codes)} is expected")
    return str(value)


def _date(_field: DataField, value: Any) -> str:
    if isinstance(value, str):
        value = dt.date.fromisoformat(value)
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise TypeError("a date like 2026-05-31 is expected")
    return value.isoformat()


def _date_time(_field: DataField, value: Any) -> str:
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise TypeError("an instant with its offset, like 2026-05-31T09:00:00+08:00, is expected")
    return value.isoformat()


def _id(_field: DataField, value: Any) -> str:
    if not isinstance(value, str | UUID):
        raise TypeError("an id is expected")
    return str(value)


_CHECKS: Final[dict[FieldKind, Callable[[DataField, Any], Any]]] = {
    "text": _text,
    "long_text": _text,
    "integer": _integer,
    "money": _integer,
    "boolean": _boolean,
    "choice": _choice,
    "date": _date,
    "date_time": _date_time,
    "technician": _id,
    "crew": _id,
}

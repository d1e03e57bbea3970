"""The data an action asks for, and the check of what was given against it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ops_db.process.errors import InvalidData, MissingData
from ops_db.process.text import Text

FieldKind = Literal[
    "text",
    "long_text",
    "integer",
    "money",
    "boolean",
    "choice",
    "date",
    "date_time",
    "technician",
    "crew",
    "staff",
    "role",
]


class Option(BaseModel):
    """One answer a choice offers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str = Field(min_length=1)
    title: Text


class DataField(BaseModel):
    """One piece of data: `money` is whole fen, `date_time` ISO text with an offset.

    `technician`, `crew` and `staff` are an id, `role` the code of a role.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)
    kind: FieldKind
    title: Text
    is_required: bool = False
    options: tuple[Option, ...] = Field(default=(), max_length=500)
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


class Form:
    """The data one action asks for: its fields, and which of them are needed together or at least one of."""

    __slots__ = ("_known", "_required", "all_or_none", "at_least_one", "fields")

    def __init__(
        self, fields: Iterable[DataField], at_least_one: tuple[str, ...] = (), all_or_none: tuple[str, ...] = ()
    ) -> None:
        """Add the note that every action takes, unless the fields have one of their own."""
        self._known = {field.key: field for field in fields}
        self._known.setdefault(NOTE.key, NOTE)
        self.fields = tuple(self._known.values())
        self.at_least_one = at_least_one
        self.all_or_none = all_or_none
        self._required = tuple(field.key for field in self.fields if field.is_required)

    def checked(self, data: Mapping[str, Any]) -> dict[str, str | int]:
        """The given data without blanks, ready for JSON; raises MissingData or InvalidData naming the fields."""
        if not data:
            if not self._required and not self.at_least_one:
                return {}
            given: dict[str, Any] = {}
        else:
            if not data.keys() <= self._known.keys():
                self._refuse_unknown(data)
            given = {key: value for key, value in data.items() if not _is_blank(value)}
        required = self._required
        if self.all_or_none and not given.keys().isdisjoint(self.all_or_none):
            required = tuple(dict.fromkeys((*required, *self.all_or_none)))
        missing = tuple(key for key in required if key not in given) if required else ()
        if missing:
            raise MissingData("Please fill in {missing} and try again.", missing=", ".join(missing), fields=missing)
        if self.at_least_one and given.keys().isdisjoint(self.at_least_one):
            raise MissingData(
                "Please fill in at least one of {missing} and try again.",
                missing=", ".join(self.at_least_one),
                fields=self.at_least_one,
            )
        known = self._known
        return {key: _checked(known[key], value) for key, value in given.items()}

    def _refuse_unknown(self, data: Mapping[str, Any]) -> None:
        unknown = tuple(key for key in data if key not in self._known)
        raise InvalidData(
            "This action does not ask for {unknown}. It takes: {known}.",
            unknown=", ".join(unknown),
            known=", ".join(self._known),
            fields=unknown,
        )


def _is_blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and (not value or value.isspace()))


def _checked(field: DataField, value: object) -> str | int:
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


def _text(_field: DataField, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text is expected")
    return value.strip()


def _integer(field: DataField, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError("a whole number is expected")
    if field.minimum is not None and value < field.minimum:
        raise ValueError(f"the least is {field.minimum}")
    if field.maximum is not None and value > field.maximum:
        raise ValueError(f"the most is {field.maximum}")
    return value


def _boolean(_field: DataField, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false is expected")
    return value


def _choice(field: DataField, value: object) -> str:
    codes = [option.code for option in field.options]
    if not isinstance(value, str) or value not in codes:
        raise ValueError(f"one of {', '.join(codes)} is expected")
    return value


def _date(_field: DataField, value: object) -> str:
    if isinstance(value, str):
        return dt.date.fromisoformat(value).isoformat()
    if isinstance(value, dt.datetime) or not isinstance(value, dt.date):
        raise TypeError("a date like 2026-05-31 is expected")
    return value.isoformat()


def _date_time(_field: DataField, value: object) -> str:
    instant = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(instant, dt.datetime) or instant.tzinfo is None:
        raise TypeError("an instant with its offset, like 2026-05-31T09:00:00+08:00, is expected")
    return instant.isoformat()


def _id(_field: DataField, value: object) -> str:
    if not isinstance(value, str | UUID):
        raise TypeError("an id is expected")
    return str(value)


_CHECKS: Final[dict[FieldKind, Callable[[DataField, object], str | int]]] = {
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
    "staff": _id,
    "role": _text,
}

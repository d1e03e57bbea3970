"""How an older system's tickets are read: one YAML file says for each canonical field which columns tell it.

`docs/import.md` explains the file; the mappings that are shipped lie in `mappings/`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import available_timezones

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from core.vocabulary import Channel, Severity, Term, TicketState, Trade
from ingestion.cells import TIMESTAMP_FORMATS
from ingestion.errors import ContractError

MAPPINGS: Final = Path(__file__).parent / "mappings"

DateOnly = Literal["never", "at_midnight", "always"]

_CODES: Final[dict[str, type[Term]]] = {
    "trade": Trade,
    "severity": Severity,
    "channel": Channel,
    "state": TicketState,
}


class Candidate(BaseModel):
    """One place where a value may be found: a column, several joined, or a constant; the first that has one counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str | None = None
    columns: tuple[str, ...] = Field(default=(), description="Joined by `separator`, empty ones left out.")
    separator: str = " "
    constant: str | None = None
    nulls: tuple[str, ...] = Field(default=(), description="Texts by which the source says that there is nothing.")
    pattern: str | None = Field(default=None, description="What its first group finds is the value; else nothing.")
    filled: str | None = Field(default=None, description="The value wherever there is any text at all.")
    values: dict[str, str] = Field(default={}, description="Source texts, whatever their capitals, to values.")
    unmapped: Literal["reject", "keep", "skip"] = Field(
        default="reject", description="A text that `values` does not list: refuse the row, keep the text, look further."
    )

    @field_validator("pattern")
    @classmethod
    def _finds_a_group(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            groups = pl.select(pl.lit("").str.extract_groups(pattern)).to_series().struct.fields
        except pl.exceptions.ComputeError as error:
            message = f"{pattern!r} is no regular expression: {str(error).splitlines()[-1]}"
            raise ValueError(message) from None
        if not groups:
            message = f"{pattern!r} has no group; put what is wanted into ( )"
            raise ValueError(message)
        return pattern

    @model_validator(mode="after")
    def _says_one_place(self) -> Candidate:
        if sum([self.column is not None, bool(self.columns), self.constant is not None]) != 1:
            message = "name exactly one of column, columns and constant"
            raise ValueError(message)
        return self

    @property
    def source_columns(self) -> tuple[str, ...]:
        """The columns it looks at."""
        return (self.column,) if self.column else self.columns


def _as_candidates(field: Any) -> Any:
    """A field may be written as a constant, as one candidate, or as `first_of` with a default."""
    if isinstance(field, str):
        return {"first_of": [{"constant": field}]}
    if isinstance(field, dict) and "first_of" not in field:
        return {"first_of": [{k: v for k, v in field.items() if k != "default"}], "default": field.get("default")}
    return field


class Value(BaseModel):
    """How a canonical field is found: the first candidate that has a value, else the default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    first_of: tuple[Candidate, ...]
    default: str | None = None


TextField = Annotated[Value, BeforeValidator(_as_candidates)]


class Instant(BaseModel):
    """A moment: its column, how it is written, and whether the source knew the time of day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    formats: tuple[str, ...] = TIMESTAMP_FORMATS
    nulls: tuple[str, ...] = ()
    date_only: DateOnly = Field(default="never", description="Whether midnight, or every time, stands for a mere date.")


class Fields(BaseModel):
    """The canonical fields; those without a default must be given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source_key: TextField
    number_hint: TextField | None = None
    project_code: TextField
    project_name: TextField | None = None
    city: TextField
    building_code: TextField | None = None
    building_name: TextField | None = None
    building_address: TextField | None = None
    room_number: TextField | None = None
    category: TextField
    component: TextField | None = None
    defect: TextField | None = None
    trade: TextField
    severity: TextField
    channel: TextField
    title: TextField
    description: TextField | None = None
    state: TextField
    source_state: TextField | None = None
    resolution_text: TextField | None = None
    reported_at: Instant
    closed_at: Instant

    @field_validator("trade", "severity", "channel", "state")
    @classmethod
    def _gives_known_codes(cls, value: Value, info: Any) -> Value:
        known = _CODES[info.field_name].codes()
        for candidate in value.first_of:
            given = [candidate.constant, candidate.filled, *candidate.values.values()]
            unknown = sorted({code for code in given if code is not None} - set(known))
            if unknown or (candidate.column and not candidate.filled and not candidate.values):
                message = (
                    f"{', '.join(unknown) or candidate.column} is no code of {info.field_name}: {', '.join(known)}"
                )
                raise ValueError(message)
            if candidate.unmapped == "keep":
                message = "unmapped texts cannot be kept here, since only known codes count"
                raise ValueError(message)
        if value.default is not None and value.default not in known:
            message = f"{value.default} is no code of {info.field_name}: {', '.join(known)}"
            raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _places_hang_together(self) -> Fields:
        if self.room_number and not self.building_code:
            message = "a room_number needs a building_code"
            raise ValueError(message)
        if self.defect and not self.component:
            message = "a defect needs a component"
            raise ValueError(message)
        return self


class Mapping(BaseModel):
    """An older system: its name, its clock, and where each canonical field is found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    about: str
    system: str = Field(pattern="^[a-z][a-z0-9_]*$")
    timezone: str
    sheet: str | None = None
    is_public: bool = Field(description="Whether the components belong to buildings rather than to homes.")
    repeated_keys: Literal["reject", "keep_fullest"] = "reject"
    fields: Fields

    @field_validator("timezone")
    @classmethod
    def _is_a_known_zone(cls, name: str) -> str:
        if name not in available_timezones():
            message = f"{name!r} is no time zone; write one like Asia/Shanghai"
            raise ValueError(message)
        return name

    @property
    def values(self) -> dict[str, Value]:
        """The fields that are texts, by name."""
        found = {name: getattr(self.fields, name) for name in Fields.model_fields}
        return {name: value for name, value in found.items() if isinstance(value, Value)}

    @property
    def source_columns(self) -> set[str]:
        """Every column that the mapping reads."""
        texts = {name for value in self.values.values() for found in value.first_of for name in found.source_columns}
        return texts | {self.fields.reported_at.column, self.fields.closed_at.column}


def load_mapping(name: str | Path) -> Mapping:
    """A mapping by file, or by the name of one that is shipped; raises ContractError saying what is wrong with it."""
    shipped = MAPPINGS / f"{name}.yaml"
    path = shipped if shipped.exists() else Path(name)
    if not path.exists():
        known = ", ".join(sorted(found.stem for found in MAPPINGS.glob("*.yaml")))
        message = f"There is no mapping {name}. Give a YAML file, or one of: {known}."
        raise ContractError(message)
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        message = f"Mapping {path.name} is no YAML file that can be read: {error}"
        raise ContractError(message) from error
    if not isinstance(written, dict):
        message = f"Mapping {path.name} holds no fields. Write it as docs/import.md shows."
        raise ContractError(message)
    try:
        return Mapping.model_validate({"name": path.stem} | written)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, found['loc']))}: {_plainly(found)}" for found in error.errors())
        message = f"Mapping {path.name} is not written as it must be. {said}."
        raise ContractError(message) from error


def _plainly(found: ErrorDetails) -> str:
    """What pydantic found, in words of the mapping rather than of a program."""
    match found["type"]:
        case "extra_forbidden":
            return "there is no such entry"
        case "missing":
            return "it must be given"
        case _:
            return found["msg"].removeprefix("Value error, ")

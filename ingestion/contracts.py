"""What a feed has promised: its columns, how each is spelled and read, its key and its limits; one YAML file a feed.

A file whose header does not meet its contract is held whole, because a renamed column would otherwise turn into nulls.
A row whose cell does not meet it is quarantined under the rule it broke, because one bad row must not stop the feed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import polars as pl
import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from ingestion import cells
from ingestion.errors import ContractError
from ingestion.pseudonyms import PersonalKind, Pseudonyms

CONTRACTS: Final = Path(__file__).parent / "contracts"
LINE: Final = "_source_line"
RULE: Final = "_rule"

_EARLIEST_YEAR: Final = 1950
_LATEST_YEAR: Final = 2100

CellType = Literal["text", "code", "phone", "integer", "number", "amount_fen", "date", "timestamp", "choice"]


def _as_mapping(values: Any) -> Any:
    return {str(value): str(value) for value in values} if isinstance(values, list) else values


class Column(BaseModel):
    """One column of a feed. `required` is about its cells, `may_be_absent` about the column itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: CellType
    spelled: tuple[str, ...] = Field(default=(), description="Header spellings; the column's own name always counts.")
    required: bool = False
    may_be_absent: bool = False
    pattern: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    values: Annotated[dict[str, str], BeforeValidator(_as_mapping)] = {}
    formats: tuple[str, ...] = ()
    timezone: str | None = None
    nulls: tuple[str, ...] = Field(default=(), description="Texts by which the source says that there is nothing.")
    null_pattern: str | None = Field(default=None, description="The same as a pattern of texts.")
    multiline: bool = False
    scientific: bool = Field(
        default=False, description="Numbers such as 4e+05 are exact here, not rounded for display."
    )
    was_date: bool = Field(default=False, description="Undo what a spreadsheet did to numbers of two decimals.")
    shifts_skipped: bool = Field(default=False, description="Read a time that spring skipped by the clock before.")
    personal: PersonalKind | None = None
    lands_as: str | None = Field(default=None, description="Name in raw, where it differs.")

    @model_validator(mode="after")
    def _is_consistent(self) -> Column:
        if (self.type == "choice") != bool(self.values):
            message = "a column of type choice lists its values, and no other column does"
            raise ValueError(message)
        if self.personal and not self.lands_as:
            message = "a personal column says under which name its pseudonym lands (lands_as)"
            raise ValueError(message)
        return self


class Check(BaseModel):
    """A rule across two columns of a row: `column` is not below `at_least`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: str
    column: str
    at_least: str


class Contract(BaseModel):
    """The promise of one feed. Several contracts may land as the same entity, one for each way it is delivered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    entity: str
    version: int
    about: str
    sheet: str | None = None
    encodings: tuple[str, ...] = ("utf-8", "utf-16", "gb18030")
    key: tuple[str, ...]
    repeated_keys: Literal["keep", "reject"] = "keep"
    row_limit: int = 5_000_000
    max_rejected_pct: float = 2.0
    tolerated_rejects: int = Field(default=20, description="So many bad rows never hold a batch, however small it is.")
    timezone: str | None = None
    columns: dict[str, Column]
    checks: tuple[Check, ...] = ()

    @model_validator(mode="after")
    def _names_its_own_columns(self) -> Contract:
        named = {*self.key, *(name for check in self.checks for name in (check.column, check.at_least))}
        unknown = named - set(self.columns)
        if unknown:
            message = f"key and checks name columns that the contract does not have: {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return self

    def holds_batch(self, *, rows_in: int, rows_rejected: int) -> bool:
        """Whether so many rows are bad that something is wrong with the delivery rather than with its rows."""
        if rows_rejected == rows_in > 0:
            return True
        return rows_rejected > max(self.tolerated_rejects, rows_in * self.max_rejected_pct / 100)

    @property
    def personal_columns(self) -> tuple[str, ...]:
        """Columns whose values must not be written down as they are."""
        return tuple(name for name, column in self.columns.items() if column.personal)

    @property
    def spellings(self) -> dict[str, str]:
        """Each header spelling, made plain, to the name of its column."""
        return {
            plain_header(spelling): name
            for name, column in self.columns.items()
            for spelling in (name, *column.spelled)
        }


@dataclass(frozen=True, slots=True)
class HeaderReading:
    """How a file's header meets a contract: where each column stands, and what is wrong with it."""

    positions: dict[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    repeated: tuple[str, ...]
    absent: tuple[str, ...]

    @property
    def is_met(self) -> bool:
        """Whether the file may be read. An unknown column beside an absent one may be that column renamed."""
        return not (self.missing or self.repeated or (self.unknown and self.absent))

    def problem(self, contract: Contract) -> str:
        """What to tell the sender."""
        parts = [
            (self.missing, "is missing"),
            (self.repeated, "stands there twice"),
            (self.unknown, "is not in the contract"),
            (self.absent if self.unknown else (), "is absent, perhaps renamed to the unknown one"),
        ]
        said = "; ".join(
            f"{', '.join(_as_files_spell(contract, name) for name in names)} {what}" for names, what in parts if names
        )
        return f"The header does not meet contract {contract.name} (version {contract.version}): {said}."


@dataclass(frozen=True, slots=True)
class RowReading:
    """The rows of one input: `accepted` typed, `rejected` as line and rule. Together they are all rows."""

    accepted: pl.DataFrame
    rejected: pl.DataFrame


def _as_files_spell(contract: Contract, name: str) -> str:
    """A column of the contract with its other spellings, since a file may never use our own."""
    column = contract.columns.get(name)
    return f"{name} (or {', '.join(column.spelled)})" if column and column.spelled else name


def load_contract(path: Path) -> Contract:
    """Read one contract; raises ContractError naming what is wrong with it."""
    try:
        return Contract.model_validate({"name": path.stem} | yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError, TypeError) as error:
        message = f"Contract {path.name} is not written as it must be: {error}"
        raise ContractError(message) from error


@cache
def contracts_of(source: str) -> tuple[Contract, ...]:
    """All contracts of one source, by name."""
    return tuple(load_contract(path) for path in sorted(CONTRACTS.glob(f"{source}__*.yaml")))


def contract_named(name: str) -> Contract:
    """One contract by name."""
    return load_contract(CONTRACTS / f"{name}.yaml")


def plain_header(text: str) -> str:
    """A header without what does not matter: width, capitals, blanks, underscores, brackets of another width."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def read_header(contract: Contract, header: Sequence[str]) -> HeaderReading:
    """Find the contract's columns in a header, in whatever order."""
    spellings = contract.spellings
    found: dict[str, int] = {}
    unknown, repeated = [], []
    for position, text in enumerate(header):
        name = spellings.get(plain_header(text))
        if name is None:
            unknown.append(text.strip() or f"column {position + 1} without a name")
        elif name in found:
            repeated.append(name)
        else:
            found[name] = position
    lacking = [name for name in contract.columns if name not in found]
    return HeaderReading(
        positions=found,
        missing=tuple(name for name in lacking if not contract.columns[name].may_be_absent),
        unknown=tuple(unknown),
        repeated=tuple(repeated),
        absent=tuple(name for name in lacking if contract.columns[name].may_be_absent),
    )


def choose_contract(contracts: Iterable[Contract], header: Sequence[str]) -> tuple[Contract, HeaderReading]:
    """The contract that a header meets, else the one it comes nearest to (its reading then says what is wrong)."""
    readings = [(contract, read_header(contract, header)) for contract in contracts]
    return max(readings, key=lambda pair: (pair[1].is_met, len(pair[1].positions) - len(pair[1].missing)))


def read_rows(contract: Contract, rows: pl.DataFrame, *, timezone: str) -> RowReading:
    """Read text rows (columns named by the contract, and `_source_line`) into values; split off what breaks a rule.

    `timezone` is that of wall-clock times unless the contract names another. A column that the file lacks is null.
    """
    zone = contract.timezone or timezone
    absent = [pl.lit(None, pl.String).alias(name) for name in contract.columns if name not in rows.columns]
    rows = rows.with_columns(absent)
    text = rows.with_columns(_text(column, rows[name]) for name, column in contract.columns.items())
    values = text.select(LINE, *(_value(column, name, zone).alias(name) for name, column in contract.columns.items()))
    broken = text.select(_broken(name, column) for name, column in contract.columns.items())
    rule = _first_rule(contract, text, values, broken)
    return RowReading(
        accepted=values.filter(rule.is_null()),
        rejected=pl.DataFrame({LINE: values[LINE], RULE: rule}).filter(rule.is_not_null()),
    )


def landed(contract: Contract, accepted: pl.DataFrame, pseudonyms: Pseudonyms) -> pl.DataFrame:
    """Accepted rows as they go into raw: personal fields as pseudonyms, columns under their raw names."""
    hidden = [
        pseudonyms.of_column(column.personal, accepted[name]).alias(name)
        for name, column in contract.columns.items()
        if column.personal
    ]
    renamed = {name: column.lands_as for name, column in contract.columns.items() if column.lands_as}
    return accepted.with_columns(hidden).rename(renamed)


def _text(column: Column, cell_texts: pl.Series) -> pl.Series:
    trimmed = cells.trimmed(cell_texts, nulls=column.nulls, null_pattern=column.null_pattern)
    return trimmed if column.type == "text" else cells.plain(trimmed)


def _value(column: Column, name: str, zone: str) -> pl.Expr:
    text = pl.col(name)
    match column.type:
        case "text" | "code":
            return text
        case "phone":
            return cells.phone(text)
        case "integer":
            return cells.integer(text)
        case "number":
            return (
                pl.coalesce(cells.number(text), cells.number_once_date(text)) if column.was_date else cells.number(text)
            )
        case "amount_fen":
            return cells.amount_fen(text)
        case "date":
            return cells.date(text, column.formats or cells.DATE_FORMATS)
        case "timestamp":
            formats = column.formats or cells.TIMESTAMP_FORMATS
            return cells.timestamp(text, column.timezone or zone, formats, shifts_skipped=column.shifts_skipped)
        case "choice":
            return cells.choice(text, column.values)


_MISREAD: Final[Mapping[CellType, str]] = {
    "phone": "not_a_phone",
    "integer": "not_an_integer",
    "number": "not_a_number",
    "amount_fen": "not_an_amount",
    "date": "not_a_date",
    "timestamp": "not_a_time",
    "choice": "not_in_the_list",
}


def _broken(name: str, column: Column) -> pl.Expr:
    """The first rule about the text of this column that a row breaks, else null."""
    text = pl.col(name)
    rules: list[tuple[str, pl.Expr]] = []
    if column.required:
        rules.append(("missing", text.is_null()))
    if column.type in ("code", "phone", "number", "integer") and not column.scientific:
        rules.append(("lost_digits", text.str.contains(cells.LOST_DIGITS)))
    if column.type in ("code", "phone"):
        rules.append(("turned_into_a_date", text.str.contains(cells.SPREADSHEET_DATE)))
        # The source itself lost a character; in a name it stays as it is, a code means something else without it.
        rules.append(("undecodable", text.str.contains(cells.UNDECODABLE, literal=True)))
    if column.type in ("text", "code") and not column.multiline:
        rules.append(("line_break", text.str.contains("\n", literal=True)))
    if column.pattern:
        rules.append(("not_as_agreed", ~text.str.contains(column.pattern)))
    return pl.coalesce(*(_named(name, rule, is_broken) for rule, is_broken in rules), _no_rule()).alias(name)


def _first_rule(contract: Contract, text: pl.DataFrame, values: pl.DataFrame, broken: pl.DataFrame) -> pl.Series:
    """The first rule each row breaks, in the order of the contract's columns, then across columns."""
    found: list[pl.Expr | pl.Series] = []
    for name, column in contract.columns.items():
        value = pl.col(name)
        found.append(broken[name])
        if column.type in _MISREAD:
            is_misread = text[name].is_not_null() & values[name].is_null()
            found.append(pl.select(_named(name, _MISREAD[column.type], pl.lit(is_misread))).to_series())
        if column.type == "number":
            found.append(_named(name, "not_finite", ~value.is_finite()))
        if column.type in ("date", "timestamp"):
            found.append(_named(name, "far_off", ~value.dt.year().is_between(_EARLIEST_YEAR, _LATEST_YEAR)))
        if column.minimum is not None:
            found.append(_named(name, "too_small", value < column.minimum))
        if column.maximum is not None:
            found.append(_named(name, "too_large", value > column.maximum))
    found += [_named("row", check.rule, pl.col(check.column) < pl.col(check.at_least)) for check in contract.checks]
    if contract.repeated_keys == "reject":
        found.append(_named("key", "repeated", ~pl.struct(contract.key).is_first_distinct()))
    return values.select(pl.coalesce(*found, _no_rule()).alias(RULE)).to_series()


def _named(subject: str, rule: str, is_broken: pl.Expr) -> pl.Expr:
    return pl.when(is_broken).then(pl.lit(f"{subject}.{rule}"))


def _no_rule() -> pl.Expr:
    return pl.lit(None, pl.String)

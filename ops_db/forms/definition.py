"""The language of forms: a title, fields in the order they are asked in, and rules across them.

A definition is data. A section is a field of its own and holds everything up to the next one; what is hidden, by
itself or with its section, has no answer. Money is whole fen, dates are ISO text, a moment is the wall clock of the
installation (`2026-05-31T09:00`).
"""

from __future__ import annotations

from functools import cached_property
from typing import Annotated, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Field

from ops_db.forms.conditions import Condition
from ops_db.forms.expressions import Expression, fields_of_expression
from ops_db.process.text import Text

Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Role = Literal[
    "place", "title", "description", "reporter_name", "reporter_phone", "category", "component", "defect", "severity",
    "report_photos",
]  # fmt: skip
"""What an answer is of the ticket that the form opens."""

Level = Literal["project", "building", "home", "space", "category", "component", "defect"]

PARENT_LEVELS: Final[dict[str, tuple[str, ...]]] = {
    "project": (),
    "building": ("project",),
    "home": ("building",),
    "space": ("home", "building"),
    "category": (),
    "component": ("category",),
    "defect": ("component",),
}
"""Which list narrows which: a level is asked after the one it belongs to."""

PLACE_LEVELS: Final = ("project", "building", "home", "space")
TAXONOMY_LEVELS: Final = ("category", "component", "defect")
MOST_FIELDS: Final = 200
LONGEST_TEXT: Final = 500
LONGEST_LONG_TEXT: Final = 4_000
LARGEST_NUMBER: Final = 10**12
MOST_FILES: Final = 12


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Field(_Part):
    key: Key
    label: Text
    hint: Text | None = None
    visible_if: Condition | None = None


class _Asked(_Field):
    is_required: bool = False
    is_personal: bool = Field(default=False, description="Kept encrypted, and never a fact of the process.")
    role: Role | None = None


class TextField(_Asked):
    """One line."""

    kind: Literal["text"]
    min_length: int = Field(default=0, ge=0, le=LONGEST_TEXT)
    max_length: int = Field(default=200, ge=1, le=LONGEST_TEXT)
    pattern: str | None = Field(default=None, max_length=200, description="See ops_db/forms/patterns.py.")
    pattern_hint: Text | None = Field(default=None, description="What to tell somebody whose answer does not match.")
    default: str | None = Field(default=None, max_length=LONGEST_TEXT)


class LongTextField(_Asked):
    """Several lines."""

    kind: Literal["long_text"]
    min_length: int = Field(default=0, ge=0, le=LONGEST_LONG_TEXT)
    max_length: int = Field(default=2_000, ge=1, le=LONGEST_LONG_TEXT)
    default: str | None = Field(default=None, max_length=LONGEST_LONG_TEXT)


Number = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Fen = Annotated[int, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, strict=True)]


class NumberField(_Asked):
    """A number with at most so many decimals."""

    kind: Literal["number"]
    decimals: int = Field(default=0, ge=0, le=4)
    minimum: Number | None = None
    maximum: Number | None = None
    unit: Text | None = None
    default: Number | None = None


class MoneyField(_Asked):
    """An amount, asked in yuan and kept in fen."""

    kind: Literal["money"]
    minimum: Fen | None = None
    maximum: Fen | None = None
    default: Fen | None = None


class PhoneField(_Asked):
    """A number somebody can be called under; always personal."""

    kind: Literal["phone"]
    auto: Literal["reporter_phone"] | None = Field(
        default=None, description="Filled with the reporter's number where it is known, and by the browser elsewhere."
    )


Days = Annotated[int, Field(ge=-36_500, le=36_500)]


class DateField(_Asked):
    """A day, perhaps not before or after some days from the day of the report."""

    kind: Literal["date"]
    earliest_days: Days | None = None
    latest_days: Days | None = None
    auto: Literal["report_time"] | None = Field(default=None, description="Filled with the day of the report.")


class DateTimeField(_Asked):
    """A day and a time."""

    kind: Literal["date_time"]
    earliest_days: Days | None = None
    latest_days: Days | None = None
    auto: Literal["report_time"] | None = Field(default=None, description="Filled with the moment of the report.")


class Option(_Part):
    """One answer a choice offers."""

    code: Key
    label: Text


Options = Annotated[tuple[Option, ...], Field(min_length=1, max_length=300)]


class ChoiceField(_Asked):
    """One of several."""

    kind: Literal["choice"]
    options: Options
    look: Literal["chips", "list"] = "chips"
    default: str | None = None


class ChoicesField(_Asked):
    """Any of several."""

    kind: Literal["choices"]
    options: Options
    minimum: int | None = Field(default=None, ge=0, le=300)
    maximum: int | None = Field(default=None, ge=1, le=300)


class CascadeField(_Asked):
    """One entry of the master data; `parent` is the field of the level above, whose answer narrows the list."""

    kind: Literal["cascade"]
    level: Level
    parent: str | None = Field(default=None, max_length=40)


class PhotoField(_Asked):
    """Pictures."""

    kind: Literal["photo"]
    minimum: int = Field(default=0, ge=0, le=MOST_FILES)
    maximum: int = Field(default=MOST_FILES, ge=1, le=MOST_FILES)


class VideoField(_Asked):
    """One short film."""

    kind: Literal["video"]


class SignatureField(_Asked):
    """A signature by finger or mouse; always personal."""

    kind: Literal["signature"]


class RatingField(_Asked):
    """Stars."""

    kind: Literal["rating"]
    maximum: int = Field(default=5, ge=3, le=10)


class ComputedField(_Field):
    """Something that follows from other answers."""

    kind: Literal["computed"]
    expression: Expression
    result: Literal["number", "money", "text"] = "number"
    decimals: int = Field(default=2, ge=0, le=4)
    is_personal: bool = False
    role: Literal["title", "description"] | None = None


class SectionField(_Field):
    """A heading over the fields that follow."""

    kind: Literal["section"]


FormField = Annotated[
    TextField | LongTextField | NumberField | MoneyField | PhoneField | DateField | DateTimeField | ChoiceField
    | ChoicesField | CascadeField | PhotoField | VideoField | SignatureField | RatingField | ComputedField
    | SectionField,
    Discriminator("kind"),
]  # fmt: skip

AskedField = (
    TextField | LongTextField | NumberField | MoneyField | PhoneField | DateField | DateTimeField | ChoiceField
    | ChoicesField | CascadeField | PhotoField | VideoField | SignatureField | RatingField
)  # fmt: skip

KINDS: Final[tuple[str, ...]] = tuple(
    get_args(model.model_fields["kind"].annotation)[0] for model in get_args(get_args(FormField)[0])
)
FILE_KINDS: Final = ("photo", "video", "signature")


class Rule(_Part):
    """Something across fields: where `when` holds, `must` has to hold too, or `message` stands beside `field`."""

    key: Key
    field: str = Field(min_length=1, max_length=40)
    when: Condition | None = None
    must: Condition
    message: Text


class FormDefinition(_Part):
    """One version of one form."""

    key: Key
    version: int = Field(ge=1)
    title: Text
    intro: Text | None = None
    purpose: Literal["report", "step"] = Field(
        default="report", description="A report opens a ticket; a step is filled in within one."
    )
    fields: tuple[FormField, ...] = Field(min_length=1, max_length=MOST_FIELDS)
    rules: tuple[Rule, ...] = Field(default=(), max_length=100)

    @cached_property
    def by_key(self) -> dict[str, FormField]:
        """Fields by key."""
        return {field.key: field for field in self.fields}

    @cached_property
    def section_of(self) -> dict[str, SectionField]:
        """The section each field stands in, if it stands in one."""
        found: dict[str, SectionField] = {}
        section: SectionField | None = None
        for field in self.fields:
            if isinstance(field, SectionField):
                section = field
            elif section is not None:
                found[field.key] = section
        return found

    def with_role(self, role: str) -> list[FormField]:
        """The fields that are this of the ticket, in order."""
        return [field for field in self.fields if getattr(field, "role", None) == role]


def is_personal(field: FormField) -> bool:
    """Whether an answer says who somebody is: then it is encrypted and stays out of facts and figures."""
    if isinstance(field, PhoneField | SignatureField):
        return True
    if isinstance(field, SectionField):
        return False
    return field.is_personal or field.role in ("reporter_name", "reporter_phone")


def looked_at(field: ComputedField) -> list[str]:
    """The fields a computed one is computed from."""
    return fields_of_expression(field.expression)

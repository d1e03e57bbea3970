"""What goes into and out of the API about processes. A definition itself is described by its own published schema."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from core.vocabulary import DefinitionState, Severity, Trade
from ops_db.process.text import Text
from ticket_service.api.schemas import Out

KEY_PATTERN = r"^[a-z][a-z0-9_]{0,99}$"


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewProcessIn(_In):
    """A process to begin, by its short name and its title."""

    key: str = Field(pattern=KEY_PATTERN)
    title_zh: str = Field(min_length=1, max_length=100)
    title_en: str = Field(min_length=1, max_length=100)


class DraftFromIn(_In):
    """The version a draft begins as a copy of."""

    from_version: int = Field(ge=1, le=1_000_000)


class DraftIn(_In):
    """A draft as it shall be kept, and the revision that was looked at."""

    revision: str = Field(min_length=1, max_length=64)
    definition: dict[str, Any]


class CheckIn(_In):
    """A definition to be checked; nothing is kept."""

    definition: dict[str, Any]


class PublishIn(_In):
    """The revision of the draft that was looked at."""

    revision: str = Field(min_length=1, max_length=64)


class ImportIn(_In):
    """A file with a definition, as text in YAML or JSON."""

    text: str = Field(min_length=1, max_length=200_000)


class ProblemOut(Out):
    """Something that keeps a definition from running; `node` is None where it is about the process as a whole."""

    code: str
    node: str | None
    path: str
    title: str
    message: str


class CheckOut(Out):
    """What a check found; nothing means that the definition can run."""

    problems: list[ProblemOut]


class DraftOut(Out):
    """A draft, the revision to name when it is changed, and what keeps it from running."""

    key: str
    version: int
    revision: str
    definition: dict[str, Any]
    problems: list[ProblemOut]


class SavedOut(Out):
    """What became of a draft that was saved."""

    revision: str
    problems: list[ProblemOut]


class SummaryOut(Out):
    """What publishing a draft would do."""

    version: int
    previous: int | None
    problems: list[ProblemOut]
    differences: list[str]
    rules: list[str]
    running: int


class PublishedOut(Out):
    """The version that new tickets take from now on."""

    key: str
    version: int


class VersionOut(Out):
    """One version of a process."""

    version: int
    state: DefinitionState
    published_at: dt.datetime | None
    running_count: int


class ProcessOut(Out):
    """A process with its versions, newest first."""

    key: str
    title: Text
    is_default: bool
    rule_count: int
    versions: list[VersionOut]


class DefinitionOut(Out):
    """One version as it was drawn."""

    key: str
    version: int
    state: DefinitionState
    published_at: dt.datetime | None
    definition: dict[str, Any]


class RuleIn(_In):
    """Which tickets take a process; what is left out does not matter."""

    process_key: str = Field(pattern=KEY_PATTERN)
    project_id: UUID | None = None
    area_id: UUID | None = None
    trade: Trade | None = None
    category_code: str | None = Field(default=None, max_length=100)
    is_public_area: bool | None = None
    severity: Severity | None = None


class RuleOut(RuleIn):
    """A rule where it stands."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    position: int


class MoveIn(_In):
    """Where a rule shall stand, counted from one."""

    position: int = Field(ge=1, le=100_000)


class WhichOut(Out):
    """The process such a ticket would take; without a rule it is the default one."""

    process_key: str
    rule_id: UUID | None
    position: int | None

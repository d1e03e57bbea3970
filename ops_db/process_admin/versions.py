"""Processes with their versions: what there is, what runs on it, what is taken out of use, and files of it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from typing import Any, Final, Literal

import yaml
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import DefinitionState, Permission
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound
from ops_db.process.errors import DefinitionInvalid
from ops_db.process.safe_yaml import read_yaml
from ops_db.process.text import Text
from ops_db.process_admin import repository, rule_repository
from ops_db.process_admin.errors import ProcessInUse
from ops_db.tickets.opening import DEFAULT_PROCESS

FileFormat = Literal["yaml", "json"]
LARGEST_FILE: Final = 200_000
"""Characters of a file with one definition; five hundred nodes fit."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a process; `running_count` tickets are under way on it."""

    version: int
    state: DefinitionState
    published_at: dt.datetime | None
    running_count: int


@dataclass(frozen=True, slots=True)
class Process:
    """A process with its versions, newest first; `drawn` is what a small picture shows."""

    key: str
    title: Text
    versions: list[Version]
    drawn: dict[str, Any]
    rule_count: int
    is_default: bool

    @property
    def draft(self) -> Version | None:
        """The version being drawn."""
        return next((one for one in self.versions if one.state == DefinitionState.DRAFT), None)

    @property
    def published(self) -> Version | None:
        """The version new tickets take."""
        return next((one for one in self.versions if one.state == DefinitionState.PUBLISHED), None)

    @property
    def running_count(self) -> int:
        """Tickets under way on any version."""
        return sum(one.running_count for one in self.versions)


@dataclass(frozen=True, slots=True)
class DrawnVersion:
    """One version as it was drawn."""

    key: str
    version: int
    state: DefinitionState
    title: Text
    published_at: dt.datetime | None
    document: dict[str, Any]


async def processes(connection: AsyncConnection, *, actor: Actor) -> list[Process]:
    """Every process there is; the one that tickets take by default comes first, then those in use."""
    actor.require(Permission.PROCESS_MANAGE)
    rows: dict[str, list[Row[Any]]] = {}
    for row in await repository.versions(connection):
        rows.setdefault(row.key, []).append(row)
    drawings = await repository.drawings(connection)
    counts = await rule_repository.counts_by_process(connection)
    found = [
        Process(
            key,
            title_of(versions[0].title, key),
            [_version(row) for row in versions],
            drawings[key],
            counts.get(key, 0),
            key == DEFAULT_PROCESS,
        )
        for key, versions in rows.items()
    ]
    return sorted(found, key=lambda one: (not one.is_default, one.published is None, one.key))


async def version_of(connection: AsyncConnection, *, actor: Actor, key: str, version: int) -> DrawnVersion:
    """One version as it was drawn; raises NotFound."""
    actor.require(Permission.PROCESS_MANAGE)
    row = await repository.version(connection, key=key, version=version)
    if row is None:
        raise NotFound("There is no version {version} of the process {key}.", version=version, key=key)
    state = DefinitionState(row.state)
    return DrawnVersion(row.key, row.version, state, title_of(row.title, key), row.published_at, row.drawn)


async def retire(connection: AsyncConnection, *, actor: Actor, key: str, version: int, now: dt.datetime) -> None:
    """Let no new ticket take a version; those under way finish on it. Raises NotFound, ProcessInUse."""
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    await repository.lock(connection, key=key)
    rule_count = (await rule_repository.counts_by_process(connection)).get(key, 0)
    if key == DEFAULT_PROCESS:
        raise ProcessInUse("Tickets that no rule names take this process. Publish another version instead.")
    if rule_count:
        raise ProcessInUse(
            "{count} process rules lead to this process. Let them lead elsewhere first.", count=rule_count
        )
    gone = await repository.retire(connection, key=key, version=version)
    if not gone:
        raise NotFound("Version {version} of the process {key} is not in use.", version=version, key=key)
    await audit.note(
        connection,
        actor=actor,
        deed="process:retire",
        now=now,
        object_kind="process",
        object_id=gone[0].id,
        detail={"key": key, "version": version},
    )


def as_file(document: dict[str, Any], form: FileFormat) -> str:
    """A definition as the text of a file that can be read in again."""
    if form == "json":
        return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    return yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=120)


def from_file(text: str) -> object:
    """What a file with a definition says, in YAML or JSON; raises InvalidInput saying what is wrong with it."""
    if len(text) > LARGEST_FILE:
        raise InvalidInput("The file is too large; at most {most} characters.", most=LARGEST_FILE)
    try:
        return read_yaml(text, name="file")
    except DefinitionInvalid as error:
        fault = error.problems[0]
        raise InvalidInput(fault.template, **fault.values) from error


def title_of(title: Any, key: str) -> Text:
    """The title of a stored document, which in a draft may be unfinished."""
    given = title if isinstance(title, dict) else {}
    zh, en = (str(given.get(side) or "").strip() for side in ("zh-CN", "en"))
    return Text(zh=zh or en or key, en=en or zh or key)


def _version(row: Row[Any]) -> Version:
    return Version(row.version, DefinitionState(row.state), row.published_at, row.running_count)

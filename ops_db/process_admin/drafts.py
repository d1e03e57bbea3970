"""Drafts of processes: made new or from a version, saved while they are drawn, checked, published, discarded.

A process serves every project, so changing one takes a permission that counts in each; reading one does not. Which of
them the tickets of a project take is said by a rule of that project.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.vocabulary import Permission, Role
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound, VersionConflict
from ops_db.forms.process_facts import facts_in_use
from ops_db.process.definition import Definition
from ops_db.process.loading import parse_definition
from ops_db.process_admin import choice_repository, repository
from ops_db.process_admin.checking import Finding, House, check, runnable, storable
from ops_db.process_admin.errors import DraftExists

LONGEST_TITLE: Final = 100
_KEY: Final = re.compile(r"^[a-z][a-z0-9_]{0,99}$")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as it is stored: `revision` must be named to change it, `findings` is what keeps it from running."""

    key: str
    version: int
    document: dict[str, Any]
    revision: str
    findings: list[Finding]


async def house_of(connection: AsyncConnection) -> House:
    """What a definition may refer to now; processes are put in as the version that new tickets take."""
    documents = {row.key: row.drawn for row in await repository.published(connection)}
    parsed: dict[str, Definition] = {}

    def lookup(key: str) -> Definition | None:
        if key in documents and key not in parsed:
            parsed[key] = parse_definition(documents[key])
        return parsed.get(key)

    codes: dict[str, set[str]] = {}
    for row in await choice_repository.references(connection):
        codes.setdefault(row.list, set()).add(row.code)
    return House(
        lookup,
        roles=frozenset(codes.get("roles", ())) | frozenset(Role.codes()),
        held_roles=frozenset(codes.get("held_roles", ())) | {Role.OWNER.value, Role.SYSTEM.value},
        staff=frozenset(codes.get("staff", ())),
        crews=frozenset(codes.get("crews", ())),
        processes=frozenset(documents),
        forms=frozenset(codes.get("forms", ())),
        form_facts={name: fact.kind for name, fact in (await facts_in_use(connection)).items()},
    )


async def new_process(
    connection: AsyncConnection, *, actor: Actor, key: str, title_zh: str, title_en: str, now: dt.datetime
) -> None:
    """Begin a process with a first draft of one step; raises InvalidInput, DraftExists."""
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    if not _KEY.match(key):
        raise InvalidInput("The short name of a process is small letters, digits and _, beginning with a letter.")
    titles = [" ".join(title.split()) for title in (title_zh, title_en)]
    if not all(titles) or max(map(len, titles)) > LONGEST_TITLE:
        raise InvalidInput(
            "Give the process a name in Chinese and in English, at most {most} letters.", most=LONGEST_TITLE
        )
    await repository.lock(connection, key=key)
    if await repository.last_version(connection, key=key):
        raise DraftExists("There is a process {key} already. Change that one, or choose another short name.", key=key)
    document = _first_drawing(key, {"zh-CN": titles[0], "en": titles[1]})
    await _add(connection, document, key=key, version=1, actor=actor, now=now, deed="process:begin")


async def draft_from(connection: AsyncConnection, *, actor: Actor, key: str, version: int, now: dt.datetime) -> None:
    """Make a draft that begins as a copy of `version`; raises NotFound, DraftExists."""
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    await repository.lock(connection, key=key)
    row = await repository.version(connection, key=key, version=version)
    if row is None:
        raise NotFound("There is no version {version} of the process {key}.", version=version, key=key)
    await _require_no_draft(connection, key)
    number = await repository.last_version(connection, key=key) + 1
    document = row.drawn | {"key": key, "version": number}
    await _add(connection, document, key=key, version=number, actor=actor, now=now, deed="process:draft")


async def import_draft(connection: AsyncConnection, *, actor: Actor, document: object, now: dt.datetime) -> Draft:
    """Make a draft of a definition that was exported or written elsewhere; raises InvalidInput, DraftExists."""
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    given = storable(document)
    key = given.get("key")
    if not isinstance(key, str) or not _KEY.match(key):
        raise InvalidInput("The short name of a process is small letters, digits and _, beginning with a letter.")
    await repository.lock(connection, key=key)
    await _require_no_draft(connection, key)
    number = await repository.last_version(connection, key=key) + 1
    imported = given | {"version": number}
    await _add(connection, imported, key=key, version=number, actor=actor, now=now, deed="process:import")
    return await draft_of(connection, actor=actor, key=key)


async def draft_of(connection: AsyncConnection, *, actor: Actor, key: str) -> Draft:
    """The draft of a process with what keeps it from running; raises NotFound."""
    actor.require(Permission.PROCESS_MANAGE)
    row = await _draft_row(connection, key)
    findings = check(row.drawn, await house_of(connection))
    return Draft(row.key, row.version, row.drawn, row.revision, findings)


async def save_draft(
    connection: AsyncConnection, *, actor: Actor, key: str, revision: str, document: object, now: dt.datetime
) -> Draft:
    """Replace the draft by `document`, however unfinished, if nobody else did meanwhile.

    Raises NotFound, VersionConflict, InvalidInput. Drawing is no deed of its own; publishing is written down.
    """
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    row = await _draft_row(connection, key)
    kept = storable(document) | {"key": key, "version": row.version}
    saved = await repository.save_draft(
        connection, key=key, revision=revision, document=kept, account_id=actor.account_id, now=now
    )
    if saved is None:
        raise await _changed_meanwhile(connection, row, actor=actor, now=now)
    return Draft(key, row.version, kept, saved, check(kept, await house_of(connection)))


async def check_document(connection: AsyncConnection, *, actor: Actor, document: object) -> list[Finding]:
    """What keeps a definition from running, without keeping it."""
    actor.require(Permission.PROCESS_MANAGE)
    return check(storable(document), await house_of(connection))


async def publish(connection: AsyncConnection, *, actor: Actor, key: str, revision: str, now: dt.datetime) -> int:
    """Freeze the draft as the version new tickets take, and retire the one before; gives its number.

    Tickets under way stay on theirs. Raises NotFound, VersionConflict, DefinitionInvalid.
    """
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    await repository.lock(connection, key=key)
    row = await _draft_row(connection, key)
    document = runnable(row.drawn, await house_of(connection))
    done = await repository.publish(connection, key=key, revision=revision, runnable=document, now=now)
    if done is None:
        raise await _changed_meanwhile(connection, row, actor=actor, now=now)
    retired = await repository.retire(connection, key=key, keep=done.version)
    await audit.note(
        connection,
        actor=actor,
        deed="process:publish",
        now=now,
        object_kind="process",
        object_id=done.id,
        detail={"key": key, "version": done.version, "replaces": [one.version for one in retired]},
    )
    return int(done.version)


async def discard(connection: AsyncConnection, *, actor: Actor, key: str, now: dt.datetime) -> None:
    """Throw the draft away; raises NotFound."""
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    gone = await repository.discard_draft(connection, key=key)
    if gone is None:
        raise _no_draft(key)
    await _note(connection, actor=actor, deed="process:discard", id=gone.id, key=key, version=gone.version, now=now)


async def _add(
    connection: AsyncConnection,
    document: dict[str, Any],
    *,
    key: str,
    version: int,
    actor: Actor,
    now: dt.datetime,
    deed: str,
) -> None:
    id = uuid7()
    await repository.add_draft(connection, id=id, key=key, version=version, document=document, now=now)
    await _note(connection, actor=actor, deed=deed, id=id, key=key, version=version, now=now)


async def _note(
    connection: AsyncConnection, *, actor: Actor, deed: str, id: Any, key: str, version: int, now: dt.datetime
) -> None:
    detail = {"key": key, "version": version}
    await audit.note(connection, actor=actor, deed=deed, now=now, object_kind="process", object_id=id, detail=detail)


async def _require_no_draft(connection: AsyncConnection, key: str) -> None:
    if await repository.draft(connection, key=key) is not None:
        raise DraftExists("The process {key} has a draft already. Go on with it, or discard it first.", key=key)


async def _draft_row(connection: AsyncConnection, key: str) -> Row[Any]:
    row = await repository.draft(connection, key=key)
    if row is None:
        raise _no_draft(key)
    return row


async def _changed_meanwhile(
    connection: AsyncConnection, row: Row[Any], *, actor: Actor, now: dt.datetime
) -> VersionConflict:
    """The refusal of what was drawn on an older draft, with who changed it and how long ago."""
    current: dict[str, Any] = {"key": row.key, "version": row.version, "revision": row.revision}
    save = await repository.last_save(connection, id=row.id)
    if save is None or save.display_name is None:
        return VersionConflict(
            "Somebody else has changed this draft meanwhile. Load it again; what you did since then is not in it.",
            current=current,
        )
    current |= {"saved_by": save.display_name, "saved_at": save.saved_at}
    if save.account_id == actor.account_id:
        return VersionConflict(
            "You have changed this draft in another window. Load it again; what you did here since then is not in it.",
            current=current,
        )
    minutes = int((now - save.saved_at).total_seconds() // 60)
    if minutes < 1:
        return VersionConflict(
            "{name} has changed this draft just now. Load it again; what you did since then is not in it.",
            current=current,
            name=save.display_name,
        )
    return VersionConflict(
        "{name} has changed this draft, last {minutes} min ago. Load it again; what you did since then is not in it.",
        current=current,
        name=save.display_name,
        minutes=minutes,
    )


def _no_draft(key: str) -> NotFound:
    return NotFound("The process {key} has no draft. Begin one from its newest version.", key=key)


def _first_drawing(key: str, title: dict[str, str]) -> dict[str, Any]:
    """What a new process begins with: one step of the desk, which can be cancelled and opened again."""
    return {
        "key": key,
        "version": 1,
        "title": title,
        "nodes": [
            {"kind": "start", "key": "reported", "next": "intake"},
            {
                "kind": "task",
                "key": "intake",
                "title": {"zh-CN": "受理", "en": "Intake"},
                "role": "desk",
                "deputies": ["supervisor"],
                "owner_status": "received",
                "choices": [
                    {
                        "key": "accept",
                        "title": {"zh-CN": "受理", "en": "Accept"},
                        "next": "closed",
                        "milestone": "accepted",
                    }
                ],
            },
            {"kind": "end", "key": "closed"},
        ],
        "controls": [
            {"action": "assign", "roles": ["supervisor", "desk"]},
            {"action": "depart", "roles": ["technician", "supervisor"]},
            {"action": "arrive", "roles": ["technician", "supervisor"]},
            {"action": "pause", "roles": ["desk", "supervisor"]},
            {"action": "resume", "roles": ["desk", "supervisor", "system"]},
            {"action": "cancel", "roles": ["desk", "supervisor"]},
            {"action": "reopen", "roles": ["desk", "supervisor"], "to": ["intake"]},
        ],
    }

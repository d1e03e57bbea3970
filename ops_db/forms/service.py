"""Designing forms: drafts that are saved as they are typed, publishing what is fit, and taking out of use.

A published version never changes; answers keep the version they were given to.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import DefinitionState, Permission
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound, NotPermitted
from ops_db.forms import loading, repository
from ops_db.forms.definition import FormDefinition
from ops_db.forms.errors import FormInUse, FormInvalid, FormProblem
from ops_db.process.text import Text

_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Saved:
    """A draft as it is kept now, and what still keeps it from being published."""

    row: Row[Any]
    problems: tuple[FormProblem, ...]


async def forms(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """One row for each form."""
    actor.require(Permission.FORM_MANAGE)
    return await repository.forms(connection)


async def versions(connection: AsyncConnection, key: str, *, actor: Actor) -> list[Row[Any]]:
    """All versions of a form, newest first; raises NotFound."""
    actor.require(Permission.FORM_MANAGE)
    found = await repository.versions(connection, key)
    if not found:
        raise _no_form(key)
    return found


async def version(connection: AsyncConnection, key: str, number: int, *, actor: Actor) -> Row[Any]:
    """One version; raises NotFound."""
    actor.require(Permission.FORM_MANAGE)
    found = await repository.version(connection, key, number)
    if found is None:
        raise _no_form(key)
    return found


async def draft(connection: AsyncConnection, key: str, *, actor: Actor) -> Saved:
    """The draft of a form; raises NotFound."""
    actor.require(Permission.FORM_MANAGE)
    found = await repository.in_state(connection, key, DefinitionState.DRAFT)
    if found is None:
        raise NotFound("There is no draft of this form. Begin one.")
    return Saved(found, problems_of(found.definition))


async def published(connection: AsyncConnection, key: str) -> tuple[Row[Any], FormDefinition]:
    """The version in use; raises NotFound."""
    found = await repository.in_state(connection, key, DefinitionState.PUBLISHED)
    if found is None:
        raise _no_form(key)
    return found, loading.parse_form(found.definition)


async def begin(
    connection: AsyncConnection,
    key: str,
    *,
    actor: Actor,
    now: dt.datetime,
    title: Text | None = None,
    purpose: str = "report",
    data: Mapping[str, Any] | None = None,
) -> Saved:
    """Begin a draft: from `data`, from the newest version, or, with a title, of a form that is new.

    Raises NotFound, InvalidInput for a key no form can have, FormInUse while there is a draft or the key is taken.
    """
    _require_everywhere(actor)
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            "A key begins with a letter and has small letters, digits and _ only, at most 40.", fields=("key",)
        )
    earlier = await repository.versions(connection, key)
    if data is None and title is not None:
        if earlier:
            raise FormInUse("There is a form with this key already. Choose another key.", fields=("key",))
        data = {"title": title.model_dump(by_alias=True), "purpose": purpose, "fields": []}
    if data is None:
        if not earlier:
            raise _no_form(key)
        data = earlier[0].definition
    row = await repository.add_draft(connection, key=key, definition=_json(data), created_by=actor.account_id, now=now)
    if row is None:
        raise FormInUse("There is a draft of this form already. Go on with it, or discard it first.")
    await _note(connection, row, "form:draft", actor=actor, now=now)
    return Saved(row, problems_of(row.definition))


async def save(
    connection: AsyncConnection, key: str, data: Mapping[str, Any], *, revision: int, actor: Actor, now: dt.datetime
) -> Saved:
    """Keep a draft as it is, finished or not; raises FormInUse when somebody else saved it meanwhile, FormInvalid."""
    _require_everywhere(actor)
    text = _json(data)
    row = await repository.save_draft(connection, key=key, definition=text, revision=revision, now=now)
    if row is None:
        raise _overtaken()
    return Saved(row, problems_of(row.definition))


async def publish(connection: AsyncConnection, key: str, *, revision: int, actor: Actor, now: dt.datetime) -> Row[Any]:
    """Put the draft into use in place of the version before; raises FormInvalid, FormInUse, NotFound."""
    _require_everywhere(actor)
    kept = await draft(connection, key, actor=actor)
    if kept.row.revision != revision:
        raise _overtaken()
    definition = loading.load_form(kept.row.definition)
    await repository.retire(connection, key=key, now=now)
    row = await repository.publish(
        connection, key=key, revision=revision, definition=_json(loading.as_data(definition)), now=now
    )
    if row is None:
        raise _overtaken()
    await _note(connection, row, "form:publish", actor=actor, now=now)
    return row


async def discard(connection: AsyncConnection, key: str, *, revision: int, actor: Actor, now: dt.datetime) -> None:
    """Throw the draft away; raises FormInUse, NotFound."""
    _require_everywhere(actor)
    kept = await draft(connection, key, actor=actor)
    if not await repository.discard_draft(connection, key=key, revision=revision):
        raise _overtaken()
    await _note(connection, kept.row, "form:discard", actor=actor, now=now)


async def retire(connection: AsyncConnection, key: str, *, actor: Actor, now: dt.datetime) -> None:
    """Take the form out of use; its links then lead nowhere. Raises NotFound."""
    _require_everywhere(actor)
    row, _ = await published(connection, key)
    await repository.retire(connection, key=key, now=now)
    await _note(connection, row, "form:retire", actor=actor, now=now)


def problems_of(data: object) -> tuple[FormProblem, ...]:
    """What keeps a draft from being published; nothing for one that is fit."""
    try:
        loading.load_form(data)
    except FormInvalid as invalid:
        return invalid.problems
    return ()


def _json(data: Mapping[str, Any]) -> str:
    """The text of a draft, bounded; what Postgres cannot keep is refused here."""
    loading.check_extent(data)
    text = json.dumps(dict(data), ensure_ascii=False, allow_nan=False)
    if len(text.encode("utf-8", "surrogatepass")) > loading.LARGEST_BYTES or "\\u0000" in text:
        raise InvalidInput("The form is too large, or has characters that cannot be kept.")
    return text


def _require_everywhere(actor: Actor) -> None:
    """A form serves every project, so it takes a permission that holds in every project."""
    actor.require(Permission.FORM_MANAGE)
    if actor.scope(Permission.FORM_MANAGE) is not None:
        raise NotPermitted(
            "Forms are shared by all projects, and your {permission} counts in some only. Ask an administrator.",
            permission=Permission.FORM_MANAGE.value,
        )


async def _note(connection: AsyncConnection, row: Row[Any], deed: str, *, actor: Actor, now: dt.datetime) -> None:
    detail = {"key": row.key, "version": row.version}
    await audit.note(connection, actor=actor, deed=deed, now=now, object_kind="form", object_id=row.id, detail=detail)


def _no_form(key: str) -> NotFound:
    return NotFound("There is no form {key} in use. Check the address.", key=key if _KEY.fullmatch(key) else "")


def _overtaken() -> FormInUse:
    return FormInUse("Somebody else changed this draft meanwhile. Open it again to see it as it is now.")

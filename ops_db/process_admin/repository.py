"""SQL for process definitions and their drafts. A revision is the hash of what is stored, and so never out of step."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_COLUMNS = """definition.id, definition.key, definition.version, definition.state, definition.published_at,
    definition.created_at, coalesce(definition.source, definition.definition) -> 'title' as title"""
_REVISION = "md5(definition.definition::text)"
_DRAWN = "coalesce(definition.source, definition.definition)"

_VERSIONS = text(f"""
    select {_COLUMNS}, coalesce(running.count, 0) as running_count
      from ops.process_definition as definition
      left join (select process_definition_id, count(*) as count from ops.ticket where state = 'open'
                  group by process_definition_id) as running on running.process_definition_id = definition.id
     where cast(:key as text) is null or definition.key = :key
     order by definition.key, definition.version desc
""")

_DRAWINGS = text(f"""
    select distinct on (definition.key) definition.key, {_DRAWN} as drawn
      from ops.process_definition as definition
     order by definition.key, definition.state = 'published' desc, definition.version desc
""")

_VERSION = text(f"""
    select {_COLUMNS}, {_DRAWN} as drawn, definition.definition, {_REVISION} as revision
      from ops.process_definition as definition
     where definition.key = :key and definition.version = :version
""")

_DRAFT = text(f"""
    select {_COLUMNS}, {_DRAWN} as drawn, {_REVISION} as revision
      from ops.process_definition as definition
     where definition.key = :key and definition.state = 'draft'
""")

_PUBLISHED = text(f"""
    select distinct on (definition.key) {_COLUMNS}, {_DRAWN} as drawn
      from ops.process_definition as definition
     where definition.state = 'published'
     order by definition.key, definition.version desc
""")

_LOCK_KEY = text("select pg_advisory_xact_lock(hashtextextended('process:' || cast(:key as text), 0))")

_LAST_VERSION = text("select coalesce(max(version), 0) from ops.process_definition where key = :key")

_ADD_DRAFT = text("""
    insert into ops.process_definition (id, key, version, state, definition, created_at)
    values (:id, :key, :version, 'draft', cast(:document as jsonb), :now)
""")

_SAVE_DRAFT = text(f"""
    update ops.process_definition as definition
       set definition = cast(:document as jsonb)
     where definition.key = :key and definition.state = 'draft' and {_REVISION} = :revision
    returning definition.id, {_REVISION} as revision
""")

_NOTE_SAVE = text("""
    insert into ops.process_draft_save (definition_id, account_id, saved_at) values (:id, :account_id, :now)
    on conflict (definition_id) do update set account_id = excluded.account_id, saved_at = excluded.saved_at
""")

_LAST_SAVE = text("""
    select save.account_id, save.saved_at, account.display_name
      from ops.process_draft_save as save left join ops.account on account.id = save.account_id
     where save.definition_id = :id
""")

_DISCARD_DRAFT = text("""
    delete from ops.process_definition where key = :key and state = 'draft' returning id, version
""")

_PUBLISH = text(f"""
    update ops.process_definition as definition
       set state = 'published', published_at = :now, source = definition.definition,
           definition = cast(:runnable as jsonb)
     where definition.key = :key and definition.state = 'draft' and {_REVISION} = :revision
    returning definition.id, definition.version
""")

_RETIRE = text("""
    update ops.process_definition
       set state = 'retired'
     where key = :key and state = 'published' and version <> :keep
       and (version = :version or cast(:version as int) is null)
    returning id, version
""")


async def versions(connection: AsyncConnection, *, key: str | None = None) -> list[Row[Any]]:
    """Every version of every process, or of one, newest first, with the tickets that run on it."""
    return list((await connection.execute(_VERSIONS, {"key": key})).all())


async def drawings(connection: AsyncConnection) -> dict[str, Any]:
    """What each process looks like: its published version, else its newest."""
    return {row.key: row.drawn for row in await connection.execute(_DRAWINGS)}


async def version(connection: AsyncConnection, *, key: str, version: int) -> Row[Any] | None:
    """One version, as drawn (`drawn`) and as it runs (`definition`)."""
    return (await connection.execute(_VERSION, {"key": key, "version": version})).one_or_none()


async def draft(connection: AsyncConnection, *, key: str) -> Row[Any] | None:
    """The draft of a process, with its revision."""
    return (await connection.execute(_DRAFT, {"key": key})).one_or_none()


async def published(connection: AsyncConnection) -> list[Row[Any]]:
    """The version of each process that new tickets take, as drawn."""
    return list((await connection.execute(_PUBLISHED)).all())


async def lock(connection: AsyncConnection, *, key: str) -> None:
    """Let nobody else give this process a new version or state until the transaction ends."""
    await connection.execute(_LOCK_KEY, {"key": key})


async def last_version(connection: AsyncConnection, *, key: str) -> int:
    """The highest version there is; 0 for a process nobody knows."""
    return int((await connection.execute(_LAST_VERSION, {"key": key})).scalar_one())


async def add_draft(
    connection: AsyncConnection, *, id: UUID, key: str, version: int, document: dict[str, Any], now: dt.datetime
) -> None:
    """Keep a new draft."""
    values = {"id": id, "key": key, "version": version, "document": _json(document), "now": now}
    await connection.execute(_ADD_DRAFT, values)


async def save_draft(
    connection: AsyncConnection,
    *,
    key: str,
    revision: str,
    document: dict[str, Any],
    account_id: UUID | None,
    now: dt.datetime,
) -> str | None:
    """Replace the draft if it is still at `revision`, and give the new one; None if it is not."""
    values = {"key": key, "revision": revision, "document": _json(document)}
    row = (await connection.execute(_SAVE_DRAFT, values)).one_or_none()
    if row is None:
        return None
    await connection.execute(_NOTE_SAVE, {"id": row.id, "account_id": account_id, "now": now})
    return str(row.revision)


async def last_save(connection: AsyncConnection, *, id: UUID) -> Row[Any] | None:
    """Who saved a draft last, and when; None if nobody has since it was begun."""
    return (await connection.execute(_LAST_SAVE, {"id": id})).one_or_none()


async def discard_draft(connection: AsyncConnection, *, key: str) -> Row[Any] | None:
    """Remove the draft; None if there was none."""
    return (await connection.execute(_DISCARD_DRAFT, {"key": key})).one_or_none()


async def publish(
    connection: AsyncConnection, *, key: str, revision: str, runnable: dict[str, Any], now: dt.datetime
) -> Row[Any] | None:
    """Freeze the draft if it is still at `revision`: as drawn, and as it runs; None if it is not."""
    values = {"key": key, "revision": revision, "runnable": _json(runnable), "now": now}
    return (await connection.execute(_PUBLISH, values)).one_or_none()


async def retire(connection: AsyncConnection, *, key: str, version: int | None = None, keep: int = 0) -> list[Row[Any]]:
    """Let no new ticket take a version, or any but `keep`; gives those that were taken until now."""
    return list((await connection.execute(_RETIRE, {"key": key, "version": version, "keep": keep})).all())


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)

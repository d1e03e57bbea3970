"""Which processes the tickets of a list may run on, so that a list can name their steps."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.process.definition import Definition
from ops_db.process.loading import default_definition
from ops_db.tickets.standing import known_definition

_PUBLISHED = text("""
    select id from ops.process_definition where state = 'published'
     order by key <> :default_key, key, version desc
""")


async def processes_in_use(connection: AsyncConnection) -> list[Definition]:
    """Every published version, the default process first and the newest before the older ones."""
    found = await connection.execute(_PUBLISHED, {"default_key": default_definition().key})
    ids: list[UUID] = list(found.scalars())
    return [(await known_definition(connection, id)).definition for id in ids]

"""What the properties of a process may name: roles, crews, people, places and kinds of defects, with their names."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.process_admin import choice_repository


@dataclass(frozen=True, slots=True)
class Named:
    """One thing to choose: its code, and its name in both languages."""

    code: str
    zh: str
    en: str


async def named_lists(connection: AsyncConnection, *, actor: Actor) -> dict[str, list[Named]]:
    """Every list by its name; what the sources of facts are called stands behind `fact_`."""
    actor.require(Permission.PROCESS_MANAGE)
    lists: dict[str, list[Named]] = {}
    for row in await choice_repository.named(connection):
        lists.setdefault(row.list, []).append(Named(row.code, row.zh, row.en))
    return lists

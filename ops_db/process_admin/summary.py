"""What publishing a draft would do: what differs, which rules lead there, and which tickets are not touched."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.actor import Actor
from ops_db.process_admin import drafts, repository, rules
from ops_db.process_admin.differences import Difference, differences
from ops_db.process_admin.drafts import Draft
from ops_db.process_admin.rules import Rule
from ops_db.tickets.opening import DEFAULT_PROCESS


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything to look at before publishing; `previous` is the version in use, None before the first."""

    draft: Draft
    previous: int | None
    differences: list[Difference]
    rules: list[Rule | None]
    running_count: int


async def summary_of(connection: AsyncConnection, *, actor: Actor, key: str) -> Summary:
    """The summary of a draft; a rule that is None stands for the tickets no rule names. Raises NotFound."""
    draft = await drafts.draft_of(connection, actor=actor, key=key)
    rows = await repository.versions(connection, key=key)
    published = next((row for row in await repository.published(connection) if row.key == key), None)
    leading: list[Rule | None] = [one for one in await rules.rules(connection, actor=actor) if one.process_key == key]
    if key == DEFAULT_PROCESS:
        leading.append(None)
    return Summary(
        draft,
        published.version if published else None,
        differences(published.drawn, draft.document) if published else [],
        leading,
        sum(row.running_count for row in rows),
    )

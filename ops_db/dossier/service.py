"""A ticket with everything around it, as far as the one who asks may see it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, Permission
from ops_db.actor import Actor
from ops_db.approvals.service import signers_of
from ops_db.dossier import repository
from ops_db.notices import repository as notices
from ops_db.people.service import Contact, masked_contact
from ops_db.personal_data import PersonalData
from ops_db.process.definition import Definition
from ops_db.process.state import Action
from ops_db.tickets.deputies import offers_to
from ops_db.tickets.standing import Standing, standing_of
from ops_db.visit_promises.service import BROKEN, KEPT

SEES_COSTS: Final = (Permission.COST_READ, Permission.COST_WRITE, Permission.TICKET_DISPATCH)
"""Who reads the books, who writes into them, and who answers for what the ticket becomes."""


_NAMING: Final = frozenset({"approval:add_signer", "approval:delegate", "task:complete", "timer:reassign"})
"""The events whose data may name a colleague or a role."""

_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Dossier:
    """One ticket. Rows have the columns of `ops_db.dossier.repository`.

    `facts` are what the process knows of it. `signers` are those of every approval, empty for an owner, who sees of the
    notices their own alone. `names` are the colleagues and roles that steps named, by id and code, in both languages.
    `costs` is empty for those who neither read nor enter costs nor dispatch, `calls` for those who do not dispatch.
    """

    ticket: Row[Any]
    reporter: Contact | None
    definition: Definition
    actions: tuple[Action, ...]
    facts: Mapping[str, Any]
    events: list[Row[Any]]
    tasks: list[Row[Any]]
    visits: list[Row[Any]]
    messages: list[Row[Any]]
    attachments: list[Row[Any]]
    ratings: list[Row[Any]]
    costs: list[Row[Any]]
    calls: list[Row[Any]]
    signers: list[Row[Any]]
    notices: list[Row[Any]]
    earlier: list[Row[Any]]
    names: Mapping[str, Row[Any]]

    def is_promise_kept(self, visit: Row[Any]) -> bool | None:
        """Whether somebody came within the window promised; None where none was, or it is not over."""
        judged = [
            event.kind == KEPT
            for event in self.events
            if event.kind in (KEPT, BROKEN)
            and event.payload.get("visit_id") == str(visit.id)
            and visit.promised_to is not None
            and dt.datetime.fromisoformat(event.payload["promised_to"]) == visit.promised_to.replace(microsecond=0)
        ]
        return judged[-1] if judged else None

    def node_title(self, node_key: str | None, language: str) -> str:
        """What a node is called; the key itself for one without a title (start and end)."""
        node = self.definition.by_key.get(node_key) if node_key else None
        title = getattr(node, "title", None)
        return title.label(language) if title else (node_key or "")


async def dossier_of(
    connection: AsyncConnection, number: str | None = None, *, actor: Actor, personal_data: PersonalData
) -> Dossier:
    """The ticket with all its rows; raises NotFound.

    An owner's link stands for its number, and hides what is internal.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    project_id, id = standing.ticket.project_id, standing.ticket.id
    is_owner = actor.kind == ActorKind.OWNER
    events = await repository.events(connection, id=id)
    ticket = await repository.ticket(connection, id=id)
    sees_people = is_owner or actor.may(Permission.PERSON_READ, project_id)
    sees_costs = any(actor.may(permission, project_id) for permission in SEES_COSTS)
    sees_calls = actor.may(Permission.TICKET_DISPATCH, project_id)
    return Dossier(
        ticket=ticket,
        reporter=_reporter(ticket, personal_data) if sees_people else None,
        definition=standing.definition,
        actions=offers_to(standing, actor),
        facts=standing.facts,
        events=events,
        tasks=await repository.tasks(connection, id=id),
        visits=await repository.visits(connection, id=id),
        messages=await repository.messages(connection, id=id, with_internal=not is_owner),
        attachments=await repository.attachments(connection, id=id),
        ratings=await repository.ratings(connection, id=id),
        costs=await repository.costs(connection, id=id) if sees_costs else [],
        calls=await repository.calls(connection, id=id) if sees_calls else [],
        signers=await _signers(connection, standing, is_owner=is_owner),
        notices=await notices.of_owner(connection, ticket_id=id)
        if is_owner
        else await notices.of_ticket(connection, ticket_id=id),
        earlier=await _earlier(connection, id=id, unit_id=None if is_owner else ticket.unit_id),
        names={} if is_owner else await _names(connection, events),
    )


async def _names(connection: AsyncConnection, events: list[Row[Any]]) -> dict[str, Row[Any]]:
    """What the colleagues and roles are called that were named in a step, by id and by code."""
    said = {
        value
        for event in events
        if event.kind in _NAMING
        for value in (event.payload.get("data") or {}).values()
        if isinstance(value, str)
    }
    ids = sorted(value for value in said if _ID.fullmatch(value))
    codes = sorted(value for value in said if _CODE.fullmatch(value))
    if not ids and not codes:
        return {}
    return {row.code: row for row in await repository.names(connection, ids=ids, codes=codes)}


async def _signers(connection: AsyncConnection, standing: Standing, *, is_owner: bool) -> list[Row[Any]]:
    if is_owner or not standing.definition.approvals:
        return []
    return await signers_of(connection, ticket_id=standing.ticket.id)


async def _earlier(connection: AsyncConnection, *, id: UUID, unit_id: UUID | None) -> list[Row[Any]]:
    return [] if unit_id is None else await repository.earlier(connection, id=id, unit_id=unit_id)


def _reporter(ticket: Row[Any], personal_data: PersonalData) -> Contact | None:
    if ticket.reporter_id is None:
        return None
    return masked_contact(
        ticket.reporter_id, ticket.name_ciphertext, ticket.phone_ciphertext, personal_data=personal_data
    )

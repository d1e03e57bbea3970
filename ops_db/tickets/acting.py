"""Acting on a ticket: the process decides whether, one guarded statement writes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.vocabulary import ActorKind, Permission
from ops_db.actor import SYSTEM, Actor
from ops_db.dispatch.dispatching import after_step
from ops_db.forms.filling import Filling, filled, keep_filled
from ops_db.material.service import release_at_end
from ops_db.process import interpreter
from ops_db.process.errors import ProcessError, steps_named
from ops_db.process.state import Step
from ops_db.process.text import Text
from ops_db.settlement.ending import require_settled
from ops_db.tickets import repository
from ops_db.tickets.beside import BESIDE_THE_PROCESS
from ops_db.tickets.deputies import as_whom
from ops_db.tickets.recording import write_change
from ops_db.tickets.standing import Standing, conflict, standing_of


@dataclass(frozen=True, slots=True)
class Acted:
    """What became of a ticket."""

    id: UUID
    number: str
    version: int
    state: str
    node_key: str | None
    owner_status: str


async def act(
    connection: AsyncConnection,
    number: str | None = None,
    *,
    actor: Actor,
    action: str,
    version: int | None,
    now: dt.datetime,
    task_id: UUID | None = None,
    choice: str | None = None,
    data: Mapping[str, Any] | None = None,
    fired_id: UUID | None = None,
    filling: Filling | None = None,
) -> Acted:
    """Do one action on a ticket; an owner's link stands for its number.

    `version` is the one the actor looked at; None means whatever it is now, for actors that look at nothing. One that
    was overtaken only by what stands beside the process, an owner who urges or rates, is as good as the one of now.
    `fired_id` is the timer that acts; where it is not planned any more, nothing happens but a VersionConflict.
    `filling` has the answers to the form the action asks for. Raises NotFound, NotPermitted, VersionConflict (somebody
    was quicker), ReferenceUnknown, FormNeeded, AnswersRefused, CostsNotSettled, or a ProcessError.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    actor = as_whom(actor, standing, action=action, task_id=task_id, choice=choice)
    if actor.kind != ActorKind.OWNER:
        actor.require(Permission.TICKET_ACT, standing.ticket.project_id)
    if version is not None and not await _is_current(connection, standing, version):
        raise await conflict(connection, standing, actor=actor)
    in_process, task = actor.in_process(standing.ticket.project_id), str(task_id) if task_id else None
    definition, facts = standing.definition, standing.facts
    async with _roles_named(connection):
        with steps_named(definition.titles):
            asking = interpreter.form_asked(
                definition, standing.state, action, actor=in_process, task=task, choice=choice, facts=facts
            )
            done = await filled(connection, asking.form_key if asking else None, filling, now=now)
            answers = done.facts if done else {}
            step = interpreter.act(
                definition,
                standing.state,
                action,
                actor=in_process,
                task=task,
                choice=choice,
                data=data or {},
                facts={name: value for name, value in (facts | answers).items() if value is not None},
                new_id=lambda: str(uuid7()),
            )
    await require_settled(connection, standing, step)
    if not await write_change(connection, standing, step, actor=actor, now=now, fired_id=fired_id, answers=answers):
        raise await conflict(connection, standing, actor=actor)
    if done is not None and asking is not None:
        await keep_filled(connection, done, ticket=standing.ticket, node_key=asking.node_key, actor=actor, now=now)
    account_id = actor.id if actor.kind == ActorKind.ACCOUNT else None
    is_moved = await after_step(connection, standing, step, actor_id=account_id, now=now)
    is_released = not step.state.tokens and await release_at_end(connection, standing.ticket.id, now=now)
    if is_moved or is_released:
        moved = await standing_of(connection, standing.ticket.number, actor=SYSTEM, permission=Permission.TICKET_READ)
        return Acted(id=standing.ticket.id, **moved.summary())
    return _acted(standing, step)


@asynccontextmanager
async def _roles_named(connection: AsyncConnection) -> AsyncIterator[None]:
    """Let what is refused within know what this house calls its roles, since it says who may act instead."""
    try:
        yield
    except ProcessError as error:
        named = await repository.role_names(connection)
        error.roles = {row.code: Text(zh=row.name_zh, en=row.name_en) for row in named}
        raise


def _acted(standing: Standing, step: Step) -> Acted:
    return Acted(
        id=standing.ticket.id,
        number=standing.ticket.number,
        version=step.state.version,
        state=step.state.ticket_state.value,
        node_key=step.state.node_key,
        owner_status=step.owner_status.value,
    )


async def _is_current(connection: AsyncConnection, standing: Standing, version: int) -> bool:
    """Whether what the actor looked at still stands."""
    if version >= standing.ticket.version:
        return bool(version == standing.ticket.version)
    kinds = await repository.kinds_since(connection, id=standing.ticket.id, version=version)
    return kinds.issubset(BESIDE_THE_PROCESS)

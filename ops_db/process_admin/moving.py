"""Running tickets taken to another version of their process: every live task is checked before any is moved.

Timers are planned anew: one that the new version has unchanged goes on as it was, one that fired does not fire again,
and any other counts from when its step was opened.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.process_vocabulary import TimerAction, TimerState
from core.vocabulary import DefinitionState, Permission
from core.working_time import WorkingTime
from ops_db import audit
from ops_db.actor import SYSTEM, Actor
from ops_db.errors import InvalidInput, NotFound, NotPermitted
from ops_db.process.change import owner_status
from ops_db.process.definition import Definition, TaskNode
from ops_db.process.migration_plan import Live, Misfit, plan
from ops_db.process.state import State, Token
from ops_db.process_admin import moving_repository as repository
from ops_db.tickets import promises
from ops_db.tickets.standing import Known, Standing, conflict, known_definition, standing_of
from ops_db.timers.planning import PlannedTimer, planned_timers, remaining_minutes


@dataclass(frozen=True, slots=True)
class Moved:
    """What became of a move: the tickets moved, or that would be, and every task that has no place; then none moved."""

    numbers: tuple[str, ...]
    misfits: tuple[Misfit, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """The two versions of a process that tickets are moved between."""

    key: str
    from_version: int
    to_version: int
    old_id: UUID
    new_id: UUID
    old: Known
    new: Known

    @property
    def data(self) -> dict[str, Any]:
        """What event and audit entry say of the move."""
        return {"process": self.key, "from_version": self.from_version, "version": self.to_version}


async def move_tickets(
    connection: AsyncConnection,
    key: str,
    *,
    from_version: int,
    to_version: int,
    node_map: Mapping[str, str],
    actor: Actor,
    now: dt.datetime,
    numbers: Sequence[str] | None = None,
    is_dry_run: bool = False,
) -> Moved:
    """Move the open tickets of a version, all or those named, to another; nothing is moved where one does not fit.

    Raises NotPermitted, NotFound for a version that is not published, and VersionConflict when a ticket is changed
    meanwhile; the caller's transaction then undoes the others.
    """
    pair = await pair_of(connection, key, from_version=from_version, to_version=to_version, actor=actor)
    standings = {}
    for number in await repository.running(connection, id=pair.old_id, numbers=list(numbers) if numbers else None):
        standings[number] = await standing_of(connection, number, actor=SYSTEM, permission=Permission.TICKET_READ)
    live = [Live(number, standing.state) for number, standing in standings.items()]
    planned = plan(pair.old.definition, pair.new.definition, live, node_map)
    moved = Moved(tuple(one.ticket for one in planned.moved), planned.misfits)
    if is_dry_run or not planned.fits:
        return moved
    for one in planned.moved:
        if not await move_one(connection, standings[one.ticket], one.state, pair, actor=actor, now=now):
            raise await conflict(connection, standings[one.ticket], actor=SYSTEM)
    await note_move(connection, pair, moved.numbers, node_map, actor=actor, now=now)
    return moved


async def pair_of(connection: AsyncConnection, key: str, *, from_version: int, to_version: int, actor: Actor) -> Pair:
    """The versions a move is between; raises NotPermitted, InvalidInput, NotFound where one is not published."""
    if actor.scope(Permission.PROCESS_MANAGE) is not None:
        raise NotPermitted(
            "Your roles do not include {permission} here. Ask an administrator for it.",
            permission=Permission.PROCESS_MANAGE.value,
        )
    if from_version == to_version:
        raise InvalidInput("Tickets are moved from one version to another. Choose two.", fields=("to",))
    old_id = await _published(connection, key, from_version)
    new_id = await _published(connection, key, to_version)
    old, new = await known_definition(connection, old_id), await known_definition(connection, new_id)
    return Pair(key, from_version, to_version, old_id, new_id, old, new)


async def move_one(
    connection: AsyncConnection, standing: Standing, state: State, pair: Pair, *, actor: Actor, now: dt.datetime
) -> bool:
    """Write one ticket as it stands in the new version; False if it was changed meanwhile."""
    values = await _rows(connection, standing, state, pair.new.definition, now=now)
    payload = json.dumps({"data": pair.data, "owner_status": values["owner_status"]})
    return await repository.move(
        connection,
        values
        | {
            "definition_id": pair.new_id,
            "actor_kind": actor.kind.value,
            "actor_id": actor.id,
            "now": now,
            "payload": payload,
        },
    )


async def note_move(
    connection: AsyncConnection,
    pair: Pair,
    numbers: Sequence[str],
    node_map: Mapping[str, str],
    *,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Put down in the audit log which tickets were moved, and by which map."""
    detail = pair.data | {"tickets": list(numbers), "node_map": dict(node_map)}
    await audit.note(
        connection,
        actor=actor,
        deed="process:migrate",
        now=now,
        object_kind="process_definition",
        object_id=pair.new_id,
        detail=detail,
    )


async def definition_of_version(connection: AsyncConnection, key: str, version: int) -> Definition:
    """A published version of a process; raises NotFound."""
    return (await known_definition(connection, await _published(connection, key, version))).definition


async def _published(connection: AsyncConnection, key: str, version: int) -> UUID:
    row = await repository.version(connection, key=key, version=version)
    if row is None or row.state == DefinitionState.DRAFT:
        raise NotFound("There is no published version {version} of the process {key}.", key=key, version=version)
    id: UUID = row.id
    return id


async def acting_at_once(
    connection: AsyncConnection, standings: Sequence[Standing], states: Sequence[State], pair: Pair, *, now: dt.datetime
) -> Counter[TimerAction]:
    """What timers of the new version would do as soon as these tickets stand in it, since their time is over by now.

    `states` are those of `standings` in the new version; a ticket that is paused waits.
    """
    ids = [one.ticket.id for one in standings]
    tasks = await repository.tasks(connection, ticket_ids=ids)
    timers: dict[UUID, list[Row[Any]]] = {id: [] for id in ids}
    for timer in await repository.timers(connection, ticket_ids=ids):
        timers[timer.ticket_id].append(timer)
    opened = {str(task.id): task for task in tasks}
    found: Counter[TimerAction] = Counter()
    for standing, state in zip(standings, states, strict=True):
        if not state.is_paused:
            working = await promises.working_time(connection, standing.ticket.calendar_code)
            _, planned = _timers(standing, state, pair.new.definition, opened, timers[standing.ticket.id], working)
            found.update(one.action for one in planned if one.due_at <= now)
    return found


async def _rows(
    connection: AsyncConnection, standing: Standing, state: State, new: Definition, *, now: dt.datetime
) -> dict[str, Any]:
    """The parameters of the statement that moves one ticket."""
    ticket_id = standing.ticket.id
    tasks = {str(task.id): task for task in await repository.tasks(connection, ticket_ids=[ticket_id])}
    timers = await repository.timers(connection, ticket_ids=[ticket_id])
    working = await promises.working_time(connection, standing.ticket.calendar_code)
    kept, planned = _timers(standing, state, new, tasks, timers, working)
    wanted = {(one.task_id, one.timer_key) for one in planned} | kept
    running = [one for one in timers if one.state in (TimerState.PLANNED, TimerState.HELD)]
    return {
        "id": ticket_id,
        "version": standing.state.version + 1,
        "version_before": standing.state.version,
        "node_key": state.node_key,
        "owner_status": owner_status(new, state).value,
        "tasks": json.dumps(
            [
                _task_row(before, token, standing.definition, new)
                for before, token in zip(standing.state.tokens, state.tokens, strict=True)
            ]
        ),
        "timers": json.dumps([_timer_row(one, state, now=now, working=working) for one in planned]),
        "gone_ids": [one.id for one in running if (str(one.task_id), one.timer_key) not in wanted],
    }


def _task_row(before: Token, token: Token, old: Definition, new: Definition) -> dict[str, Any]:
    node, old_node = new.by_key[token.node_key], old.by_key[before.node_key]
    role = token.role
    # A step nobody was given in particular is the new version's role's; one given to another role stays theirs.
    if isinstance(node, TaskNode) and isinstance(old_node, TaskNode) and role == old_node.role:
        role = node.role
    return {"id": token.id, "node_key": token.node_key, "fork": token.fork, "role": role}


def _timers(
    standing: Standing,
    state: State,
    new: Definition,
    tasks: Mapping[str, Row[Any]],
    timers: Sequence[Row[Any]],
    working: WorkingTime,
) -> tuple[set[tuple[str, str]], list[PlannedTimer]]:
    """The timers that go on as they are, by task and key, and those to plan."""
    known = {(str(one.task_id), one.timer_key): one for one in timers}
    kept: set[tuple[str, str]] = set()
    planned: list[PlannedTimer] = []
    for before, token in zip(standing.state.tokens, state.tokens, strict=True):
        task = tasks[token.id]
        same = _unchanged(standing.definition, before.node_key, new, token.node_key)
        for one in planned_timers(
            token, new.by_key[token.node_key], now=task.opened_at, due_at=task.due_at, working=working
        ):
            found = known.get((token.id, one.timer_key))
            if found is not None and (found.state == TimerState.FIRED or one.timer_key in same):
                kept.add((token.id, one.timer_key))
            else:
                planned.append(one)
    return kept, planned


def _timer_row(one: PlannedTimer, state: State, *, now: dt.datetime, working: WorkingTime) -> dict[str, Any]:
    if not state.is_paused:
        return one.row | {"state": TimerState.PLANNED.value, "remaining_minutes": None}
    left = remaining_minutes(one.due_at, is_working_time=one.is_working_time, now=now, working=working)
    return one.row | {"state": TimerState.HELD.value, "remaining_minutes": left}


def _unchanged(old: Definition, before: str, new: Definition, after: str) -> set[str]:
    """The keys of the timers that a node has alike in both versions."""
    earlier = {one.key: one for one in getattr(old.by_key[before], "timers", ())}
    return {one.key for one in getattr(new.by_key[after], "timers", ()) if earlier.get(one.key) == one}

"""Moving tickets from a page: the plan looked at step by step, then carried out a part at a time.

A house may have thousands of tickets on a version, and nobody waits for an answer that long. Each part is one
transaction over the next hundred by number; what does not fit stays, and so does what somebody changed meanwhile.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from core.process_vocabulary import TimerAction
from ops_db.actor import Actor
from ops_db.process.definition import RESTING_KINDS, AnyNode, Definition, SplitNode
from ops_db.process.migration_plan import Live, Misfit, likely_map, plan
from ops_db.process_admin import moving_repository as repository
from ops_db.process_admin.moving import Pair, acting_at_once, move_one, note_move, pair_of
from ops_db.tickets import repository as tickets
from ops_db.tickets.standing import Standing, state_of

PART: Final = 100
"""Tickets of one transaction: a second or two."""


@dataclass(frozen=True, slots=True)
class Line:
    """A node of the old version at which tickets are, and what stands for it in the new one."""

    node: AnyNode
    count: int
    target: str | None
    choices: tuple[AnyNode, ...]
    misfits: tuple[Misfit, ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """What a move by this map would do; `at_once` is what timers would do right away, their time being over."""

    old: Definition
    new: Definition
    node_map: Mapping[str, str]
    lines: tuple[Line, ...]
    fitting: tuple[str, ...]
    staying: tuple[str, ...]
    at_once: Mapping[TimerAction, int]


@dataclass(frozen=True, slots=True)
class Part:
    """What one part of a move did; `after` is the number the next one begins beyond."""

    moved: tuple[str, ...]
    stayed: tuple[str, ...]
    after: str
    left: int


async def planned_move(
    connection: AsyncConnection,
    key: str,
    *,
    from_version: int,
    to_version: int,
    chosen: Mapping[str, str],
    actor: Actor,
    now: dt.datetime,
) -> Planned:
    """The plan over every ticket; `chosen` goes before the likely map, and an empty choice says that none fits.

    Raises NotPermitted, NotFound.
    """
    pair = await pair_of(connection, key, from_version=from_version, to_version=to_version, actor=actor)
    old, new = pair.old.definition, pair.new.definition
    node_map = {node: target for node, target in (likely_map(old, new) | dict(chosen)).items() if target}
    standings = await _standings(connection, pair, after="", most=None)
    live = [Live(one.ticket.number, one.state) for one in standings]
    found = plan(old, new, live, node_map)
    misfits: dict[str, list[Misfit]] = {}
    for one in found.misfits:
        misfits.setdefault(one.node_key, []).append(one)
    counts = _tickets_at(live)
    lines = tuple(
        Line(
            node,
            counts[node.key],
            node_map.get(node.key),
            tuple(one for one in new.nodes if one.kind == node.kind),
            tuple(misfits.get(node.key, ())),
        )
        for node in old.nodes
        if counts[node.key] and isinstance(node, (*RESTING_KINDS, SplitNode))
    )
    staying = tuple(dict.fromkeys(one.ticket for one in found.misfits))
    by_number = {one.ticket.number: one for one in standings}
    fitting = tuple(one.ticket for one in found.moved)
    at_once = await acting_at_once(
        connection, [by_number[number] for number in fitting], [one.state for one in found.moved], pair, now=now
    )
    return Planned(old, new, node_map, lines, fitting, staying, at_once)


async def move_part(
    connection: AsyncConnection,
    key: str,
    *,
    from_version: int,
    to_version: int,
    node_map: Mapping[str, str],
    after: str,
    actor: Actor,
    now: dt.datetime,
    most: int = PART,
) -> Part:
    """Move those of the next tickets beyond the number `after` that fit; raises NotPermitted, NotFound."""
    pair = await pair_of(connection, key, from_version=from_version, to_version=to_version, actor=actor)
    standings = await _standings(connection, pair, after=after, most=most)
    by_number = {one.ticket.number: one for one in standings}
    live = [Live(number, one.state) for number, one in by_number.items()]
    found = plan(pair.old.definition, pair.new.definition, live, node_map)
    moved = [
        one.ticket
        for one in found.moved
        if await move_one(connection, by_number[one.ticket], one.state, pair, actor=actor, now=now)
    ]
    if moved:
        await note_move(connection, pair, moved, node_map, actor=actor, now=now)
    if not standings:
        return Part((), (), after, 0)
    last = standings[-1].ticket.number
    stayed = tuple(number for number in by_number if number not in set(moved))
    return Part(tuple(moved), stayed, last, await repository.left_after(connection, id=pair.old_id, after=last))


async def _standings(connection: AsyncConnection, pair: Pair, *, after: str, most: int | None) -> list[Standing]:
    """Where the tickets stand, read together; nothing asks for the facts of one that only changes its version."""
    ids = [row.id for row in await repository.running_after(connection, id=pair.old_id, after=after, most=most)]
    rows = {row.id: row for row in await tickets.standings(connection, ids=ids)}
    # One that ended between the two questions is left out.
    here = [rows[id] for id in ids if id in rows and rows[id].process_definition_id == pair.old_id]
    return [Standing(row, pair.old.definition, pair.old.needs, state_of(row), {}) for row in here]


def _tickets_at(live: list[Live]) -> Counter[str]:
    """How many tickets are at each node, and within each split."""
    counts: Counter[str] = Counter()
    for one in live:
        here = {token.node_key for token in one.state.tokens}
        forks = {step.partition(":")[0] for token in one.state.tokens for step in token.fork.split("/") if step}
        counts.update(here | forks)
    return counts

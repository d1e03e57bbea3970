"""Since when a ticket's promise runs, and while of that it did not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from core.working_time import Pause


class Move(NamedTuple):
    """An event that stops a clock, lets it go on, or begins it anew."""

    kind: str
    occurred_at: dt.datetime
    reason: str | None = None


class Course(NamedTuple):
    """When the clock began, the pauses that are over, and since when one lasts; None = it runs."""

    start: dt.datetime
    pauses: list[Pause]
    paused_since: dt.datetime | None


def moves_of(rows: Iterable[Sequence[Any]]) -> list[Move]:
    """The events of a list as Postgres writes it in JSON: kind, instant and reason."""
    return [Move(kind, dt.datetime.fromisoformat(occurred_at), reason) for kind, occurred_at, reason in rows]


def course_of(
    reported_at: dt.datetime, moves: Iterable[Move], *, running_reasons: Collection[str] = frozenset()
) -> Course:
    """The course of a clock by the events of kind pause, resume and reopen, in order.

    A pause for one of `running_reasons` does not stop it.
    """
    start, pauses, since = reported_at, list[Pause](), None
    for move in moves:
        if move.kind == "ticket:reopen":
            start, pauses, since = move.occurred_at, [], None
        elif move.kind == "ticket:pause":
            since = since if move.reason in running_reasons else since or move.occurred_at
        elif since is not None:
            pauses.append((since, move.occurred_at))
            since = None
    return Course(start, pauses, since)

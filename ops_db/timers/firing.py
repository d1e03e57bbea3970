"""Letting due timers do their work: each once, whatever workers, kills and hours of downtime there are.

A worker takes a batch of due timers for a while and lets each act in a transaction of its own, by the same path as a
person. The statement that moves the ticket also marks the timer, and is guarded by the ticket's version and the
timer's state: whoever comes second writes nothing. A worker that is killed leaves its batch to the next one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from ops_db.actor import SYSTEM
from ops_db.errors import DomainError, VersionConflict
from ops_db.process.errors import ProcessError
from ops_db.tickets.acting import act
from ops_db.timers import repository

Outcome = Literal["fired", "failed", "gone"]
Clock = Callable[[], dt.datetime]

SWEEP: Final = "timers"
_BATCH: Final = 200
_TRIES: Final = 5
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweeping:
    """How a worker takes timers: for how long, and how many of them at the same time."""

    lease_seconds: float = 60
    side_by_side: int = 4
    batch: int = _BATCH


USUAL: Final = Sweeping()


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of the timers of one sweep: `gone` ones were fired, held or withdrawn by somebody else meanwhile."""

    fired: int = 0
    failed: int = 0
    gone: int = 0


async def sweep(
    engine: AsyncEngine, *, clock: Clock, how: Sweeping = USUAL, stop: asyncio.Event | None = None
) -> Swept:
    """Let every timer fire that is due now; ends early, giving the rest back, once `stop` is set."""
    counts: Counter[Outcome] = Counter()
    due_by = clock()
    while stop is None or not stop.is_set():
        async with engine.begin() as connection:
            batch = await repository.claim(connection, now=due_by, most=how.batch, seconds=how.lease_seconds)
        if not batch:
            break
        waiting = list(reversed(batch))
        try:
            async with asyncio.TaskGroup() as tasks:
                for _ in range(how.side_by_side):
                    tasks.create_task(_work_off(engine, waiting, counts, clock, stop))
        finally:
            if waiting:
                async with engine.begin() as connection:
                    await repository.release(connection, ids=[timer.id for timer in waiting])
    async with engine.begin() as connection:
        await repository.swept(connection, name=SWEEP, now=due_by)
    return Swept(fired=counts["fired"], failed=counts["failed"], gone=counts["gone"])


async def _work_off(
    engine: AsyncEngine,
    waiting: list[Row[Any]],
    counts: Counter[Outcome],
    clock: Clock,
    stop: asyncio.Event | None,
) -> None:
    while waiting and not (stop is not None and stop.is_set()):
        counts[await fire(engine, waiting.pop(), now=clock())] += 1


async def fire(engine: AsyncEngine, timer: Row[Any], *, now: dt.datetime) -> Outcome:
    """Let one timer act; one that is refused is marked with the reason and not tried again."""
    for _ in range(_TRIES):
        try:
            async with engine.begin() as connection:
                await act(
                    connection,
                    timer.number,
                    actor=SYSTEM,
                    action="time_out",
                    version=None,
                    task_id=timer.task_id,
                    data={"timer": timer.timer_key},
                    now=now,
                    fired_id=timer.id,
                )
        except VersionConflict:
            if not await _is_planned(engine, timer.id):
                return "gone"
        except (DomainError, ProcessError) as error:
            return await _refused(engine, timer, str(error))
        except (OperationalError, InterfaceError):
            # The database is away or busy: the timer is taken up again when its lease is over.
            raise
        except Exception as error:  # noqa: BLE001  A fault of ours is logged, kept with the timer, and not repeated.
            _LOG.exception("The timer %s of ticket %s could not do its work.", timer.timer_key, timer.number)
            return await _refused(engine, timer, f"{type(error).__name__}: {error}")
        else:
            return "fired"
    return await _refused(engine, timer, f"The ticket was changed by others {_TRIES} times in a row.")


async def _is_planned(engine: AsyncEngine, id: UUID) -> bool:
    async with engine.connect() as connection:
        return await repository.is_planned(connection, id=id)


async def _refused(engine: AsyncEngine, timer: Row[Any], failure: str) -> Outcome:
    async with engine.begin() as connection:
        # What ended, held or withdrew the step meanwhile took its timers with it; that is no failure.
        if not await repository.is_planned(connection, id=timer.id):
            return "gone"
        await repository.fail(connection, id=timer.id, failure=failure)
    return "failed"

"""Letting due timers do their work: each once, whatever workers, kills and hours of downtime there are.

A worker takes a batch of due timers for a while. Those that only tell somebody fire many in a transaction; each other
acts in one of its own, by the same path as a person. The statement that moves the ticket also marks the timer, and is
guarded by the ticket's version and the timer's state: whoever comes second writes nothing. A worker that is killed
leaves its batch to the next one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from core.process_vocabulary import TimerAction
from ops_db.actor import SYSTEM
from ops_db.errors import DomainError, VersionConflict
from ops_db.notices.composing import failed_words
from ops_db.process.errors import ProcessError
from ops_db.tickets.acting import act
from ops_db.timers import repository
from ops_db.timers.reminding import TELLING, remind

Outcome = Literal["fired", "failed", "gone"]
Clock = Callable[[], dt.datetime]

SWEEP: Final = "timers"
_BATCH: Final = 400
_TOGETHER: Final = 100
_TRIES: Final = 5
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sweeping:
    """How a worker takes timers: for how long, how many at the same time, how many reminders in one transaction."""

    lease_seconds: float = 60
    side_by_side: int = 4
    batch: int = _BATCH
    together: int = _TOGETHER


USUAL: Final = Sweeping()


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of the timers of one sweep: `gone` ones were fired, held or withdrawn by somebody else meanwhile."""

    fired: int = 0
    failed: int = 0
    gone: int = 0


@dataclass(frozen=True, slots=True)
class _Work:
    """What the tasks of one sweep share; `left` are the timers taken and not come to yet."""

    engine: AsyncEngine
    clock: Clock
    stop: asyncio.Event | None
    counts: Counter[Outcome]
    left: set[UUID]

    @property
    def is_stopped(self) -> bool:
        """Whether the worker was asked to end."""
        return self.stop is not None and self.stop.is_set()


async def sweep(
    engine: AsyncEngine, *, clock: Clock, how: Sweeping = USUAL, stop: asyncio.Event | None = None
) -> Swept:
    """Let every timer fire that is due now; ends early, giving the rest back, once `stop` is set."""
    counts: Counter[Outcome] = Counter()
    work = _Work(engine, clock, stop, counts, set())
    due_by = clock()
    while not work.is_stopped:
        async with engine.begin() as connection:
            batch = await repository.claim(connection, now=due_by, most=how.batch, seconds=how.lease_seconds)
        if not batch:
            break
        work.left.update(timer.id for timer in batch)
        try:
            for lots in turns(batch, together=how.together):
                async with asyncio.TaskGroup() as tasks:
                    for _ in range(min(how.side_by_side, len(lots))):
                        tasks.create_task(_work_off(work, lots))
        finally:
            if work.left:
                async with engine.begin() as connection:
                    await repository.release(connection, ids=list(work.left))
                work.left.clear()
    async with engine.begin() as connection:
        await repository.swept(connection, name=SWEEP, now=due_by)
    return Swept(fired=counts["fired"], failed=counts["failed"], gone=counts["gone"])


def turns(batch: Iterable[Row[Any]], *, together: int) -> list[list[list[Row[Any]]]]:
    """Timers as lots that may act at the same time, turn after turn: those of one ticket each in its own, in order."""
    in_turn: list[list[Row[Any]]] = []
    seen: Counter[UUID] = Counter()
    for timer in sorted(batch, key=lambda one: (one.due_at, one.id)):
        place = seen[timer.ticket_id]
        seen[timer.ticket_id] += 1
        if place == len(in_turn):
            in_turn.append([])
        in_turn[place].append(timer)
    return [_lots(timers, together) for timers in in_turn]


def _lots(timers: list[Row[Any]], together: int) -> list[list[Row[Any]]]:
    telling = [timer for timer in timers if timer.action in TELLING]
    alone = [[timer] for timer in timers if timer.action not in TELLING]
    return [telling[start : start + together] for start in range(0, len(telling), together)] + alone


async def _work_off(work: _Work, lots: list[list[Row[Any]]]) -> None:
    while lots and not work.is_stopped:
        lot = lots.pop()
        now = work.clock()
        fired = await _remind(work.engine, lot, now=now) if len(lot) > 1 else set()
        work.counts["fired"] += len(fired)
        work.left.difference_update(fired)
        for timer in lot:
            if timer.id not in fired and not work.is_stopped:
                work.counts[await fire(work.engine, timer, now=now)] += 1
                work.left.discard(timer.id)


async def _remind(engine: AsyncEngine, lot: list[Row[Any]], *, now: dt.datetime) -> set[UUID]:
    """Those of a lot that fired together; each of the others is looked at alone."""
    try:
        async with engine.begin() as connection:
            return await remind(connection, lot, now=now)
    except (OperationalError, InterfaceError):
        raise
    except Exception:  # noqa: BLE001  One that cannot be read must not keep the others back: alone, each says why.
        _LOG.exception("%d reminders could not fire together.", len(lot))
        return set()


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
            return await _refused(engine, timer, str(error), now=now)
        except (OperationalError, InterfaceError):
            # The database is away or busy: the timer is taken up again when its lease is over.
            raise
        except Exception as error:  # noqa: BLE001  A fault of ours is logged, kept with the timer, and not repeated.
            _LOG.exception("The timer %s of ticket %s could not do its work.", timer.timer_key, timer.number)
            return await _refused(engine, timer, f"{type(error).__name__}: {error}", now=now)
        else:
            return "fired"
    return await _refused(engine, timer, f"The ticket was changed by others {_TRIES} times in a row.", now=now)


async def _is_planned(engine: AsyncEngine, id: UUID) -> bool:
    async with engine.connect() as connection:
        return await repository.is_planned(connection, id=id)


async def _refused(engine: AsyncEngine, timer: Row[Any], failure: str, *, now: dt.datetime) -> Outcome:
    async with engine.begin() as connection:
        # What ended, held or withdrew the step meanwhile took its timers with it; that is no failure.
        if not await repository.is_planned(connection, id=timer.id):
            return "gone"
        title, body = failed_words(TimerAction(timer.action))
        await repository.fail(
            connection,
            id=timer.id,
            failure=failure,
            title_zh=title.zh,
            title_en=title.en,
            body_zh=body.zh,
            body_en=body.en,
            now=now,
        )
    return "failed"

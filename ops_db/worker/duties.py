"""What a worker does again and again. A new duty is one line in `DUTIES`."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from core.settings import Settings
from ops_db.accounts.service import forget_sessions
from ops_db.clock.years import tell_managers
from ops_db.idempotency.service import forget_old
from ops_db.integrity.verification import anchor_now
from ops_db.personal_data import PersonalData
from ops_db.timers.firing import USUAL, Sweeping, sweep
from ops_db.visit_promises.service import break_passed
from ops_db.webhooks.delivering import deliver_due
from ops_db.webhooks.outbound import Reply, post

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Workbench:
    """What a duty works with; a long one ends early once `stop` is set."""

    engine: AsyncEngine
    settings: Settings
    clock: Callable[[], dt.datetime]
    stop: asyncio.Event
    sweeping: Sweeping = USUAL


@dataclass(frozen=True, slots=True)
class Duty:
    """Something to do every so many seconds (a divisor of 60) or, if more than a minute, minutes.

    Several workers may be at it at once, and a killed one leaves it half done: the duty itself must be safe for both.
    """

    name: str
    seconds: int
    work: Callable[[Workbench], Awaitable[None]]

    @property
    def cron(self) -> str:
        """When it is time, as procrastinate's schedule; the sixth field counts seconds."""
        return f"* * * * * */{self.seconds}" if self.seconds < 60 else f"*/{self.seconds // 60} * * * *"


async def fire_due_timers(bench: Workbench) -> None:
    """Let every timer act whose time has come."""
    swept = await sweep(bench.engine, clock=bench.clock, how=bench.sweeping, stop=bench.stop)
    if swept.fired or swept.failed:
        _LOG.info("%s timers fired, %s could not.", swept.fired, swept.failed)


async def anchor_the_logs(bench: Workbench) -> None:
    """Write down outside the database what the logs are now."""
    url = bench.engine.url.render_as_string(hide_password=False)
    added = await asyncio.to_thread(anchor_now, bench.settings, url, now=bench.clock())
    if added:
        _LOG.info("%s entries of the logs are anchored.", sum(anchor.count for anchor in added))


async def tell_other_systems(bench: Workbench) -> None:
    """Send every webhook that is due."""

    async def send(url: str, content: bytes, headers: dict[str, str]) -> Reply:
        return await post(url, content, headers, may_be_loopback=bench.settings.webhook_loopback)

    keys = PersonalData.of(bench.settings)
    done = await deliver_due(bench.engine, send=send, personal_data=keys, clock=bench.clock, stop=bench.stop)
    if done.taken or done.failed:
        _LOG.info("%s webhooks were taken, %s were not.", done.taken, done.failed)


async def judge_passed_promises(bench: Workbench) -> None:
    """Say of visits that were promised and whose window has passed that nobody came."""
    async with bench.engine.begin() as connection:
        broken = await break_passed(connection, now=bench.clock())
    if broken:
        _LOG.info("%s promised visits were missed.", broken)


async def forget_what_is_over(bench: Workbench) -> None:
    """Remove sessions that ran out, and answers kept for requests that nobody repeats any more."""
    async with bench.engine.begin() as connection:
        answers = await forget_old(connection, now=bench.clock())
        sessions = await forget_sessions(connection, now=bench.clock())
    if answers or sessions:
        _LOG.info("%s answers to old requests and %s sessions are forgotten.", answers, sessions)


async def ask_for_holidays(bench: Workbench) -> None:
    """Tell managers which holidays are to be entered, and whose deadlines were counted with other days."""
    async with bench.engine.begin() as connection:
        told = await tell_managers(connection, now=bench.clock())
    if told:
        _LOG.info("%s notices about the days of calendars were written.", told)


DUTIES: Final[tuple[Duty, ...]] = (
    Duty("timers", 5, fire_due_timers),
    Duty("anchors", 900, anchor_the_logs),
    Duty("webhooks", 5, tell_other_systems),
    Duty("promises", 60, judge_passed_promises),
    Duty("forgetting", 1_800, forget_what_is_over),
    Duty("calendars", 1_800, ask_for_holidays),
)
"""Every duty of a worker."""

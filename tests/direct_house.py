"""A database whose tickets are opened, moved and timed from here, at times of one's choosing and without a service."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from core.settings import Settings
from core.vocabulary import Channel
from ops_db.actor import SYSTEM, Actor
from ops_db.engine import worker_engine
from ops_db.personal_data import PersonalData
from ops_db.tickets.acting import act
from ops_db.tickets.opening import NewTicket, open_ticket
from ops_db.timers.firing import Sweeping, Swept, sweep
from tests.watched_process import publish, watched

T = TypeVar("T")
START = dt.datetime(2026, 3, 2, 2, 0, tzinfo=dt.UTC)
"""A Monday, ten in the morning where the homes are."""


class House:
    """A database with the watched process or another one, used from here without a service."""

    def __init__(self, url: str, settings: Settings, engine: Engine, definition: dict[str, Any] | None = None) -> None:
        self.url, self.settings, self.engine = url, settings, engine
        with engine.begin() as connection:
            self.definition_id: UUID = publish(connection, definition or watched())

    def run(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        async def go(engine: AsyncEngine) -> T:
            async with engine.begin() as connection:
                return await work(connection)

        return self.with_engine(go)

    def with_engine(self, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
        async def go() -> T:
            engine = worker_engine(self.url, pool_size=12)
            try:
                return await work(engine)
            finally:
                await engine.dispose()

        return asyncio.run(go())

    def open(self, *, now: dt.datetime = START) -> str:
        new = NewTicket(channel=Channel.DESK, description="渗水", unit_code="HZ01-03-1801")
        keys = PersonalData.of(self.settings)
        opened = self.run(lambda one: open_ticket(one, new, actor=SYSTEM, now=now, personal_data=keys))
        return opened.number

    def act(self, number: str, action: str, *, now: dt.datetime, actor: Actor = SYSTEM, **more: Any) -> Any:
        return self.run(lambda one: act(one, number, actor=actor, action=action, version=None, now=now, **more))

    def sweep(self, at: dt.datetime, *, side_by_side: int = 4) -> Swept:
        how = Sweeping(side_by_side=side_by_side)
        return self.with_engine(lambda engine: sweep(engine, clock=lambda: at, how=how))

    def rows(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.execute(text(statement)).all())

    def kinds(self) -> list[str]:
        return [row.kind for row in self.rows("select kind from ops.ticket_event order by version")]

    def timers(self) -> dict[str, str]:
        return {row.timer_key: row.state for row in self.rows("select timer_key, state from ops.timer")}

"""What a worker does again and again."""

from __future__ import annotations

import asyncio
import datetime as dt

from sqlalchemy import create_engine, pool, text

from core.settings import Settings
from ops_db.engine import worker_engine
from ops_db.worker.duties import DUTIES, Workbench, forget_what_is_over

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def test_sessions_that_ran_out_and_old_answers_are_forgotten_and_nothing_else(database_url: str) -> None:
    engine = create_engine(database_url, poolclass=pool.NullPool)
    with engine.begin() as connection:
        connection.execute(
            text("""
                with account as (insert into ops.account (login, display_name) values ('wang', '王') returning id)
                insert into ops.session (account_id, token_hash, expires_at)
                select id, cast(token as bytea), ends from account,
                       (values ('over', timestamptz '2026-03-02 08:59Z'),
                               ('live', timestamptz '2026-03-02 09:01Z')) as one (token, ends)
            """)
        )
        connection.execute(
            text("""
                insert into ops.idempotency_key (actor, key, request_hash, status, answer, created_at)
                values ('a', 'old', '', 201, '{}', '2026-01-30 09:00Z'),
                       ('a', 'new', '', 201, '{}', '2026-02-01 09:00Z')
            """)
        )

    async def work() -> None:
        workers = worker_engine(database_url, pool_size=1)
        try:
            await forget_what_is_over(Workbench(workers, Settings(), lambda: NOW, asyncio.Event()))
        finally:
            await workers.dispose()

    asyncio.run(work())
    with engine.connect() as connection:
        assert connection.scalars(text("select convert_from(token_hash, 'UTF8') from ops.session")).all() == ["live"]
        assert connection.scalars(text("select key from ops.idempotency_key")).all() == ["new"]


def test_every_duty_comes_round_as_often_as_it_says() -> None:
    assert {duty.name: duty.cron for duty in DUTIES} == {
        "timers": "* * * * * */5",
        "anchors": "*/15 * * * *",
        "webhooks": "* * * * * */5",
        "promises": "*/1 * * * *",
        "forgetting": "*/30 * * * *",
        "calendars": "*/30 * * * *",
    }

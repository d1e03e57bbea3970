"""Waiting for the transaction horizon: what reads below it sees nothing newer than the server's oldest transaction."""

from __future__ import annotations

import time
from typing import LiteralString

import psycopg
from sqlalchemy import Engine

PATIENCE_SECONDS = 60


def settle(database: str | Engine) -> None:
    """Wait until no transaction of the server, those of other tests included, began before what was committed."""
    address = database if isinstance(database, str) else database.url.render_as_string(hide_password=False)
    address = address.replace("postgresql+psycopg://", "postgresql://", 1)
    until = time.monotonic() + PATIENCE_SECONDS
    with psycopg.connect(address, autocommit=True) as connection:
        mark = _number(connection, "select pg_current_xact_id()::text::bigint")
        while _number(connection, "select pg_snapshot_xmin(pg_current_snapshot())::text::bigint") <= mark:
            assert time.monotonic() < until, f"a transaction older than {mark} did not end"
            time.sleep(0.01)


def _number(connection: psycopg.Connection, statement: LiteralString) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])

"""Connections to the operational database: pools, and how long a statement may wait.

The service fails fast and lets the caller try again; a waiting request would only queue up others behind it, and an
idle transaction would hold back the horizon below which changes are extracted.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, Engine, create_engine, event, pool
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

APPLICATION_ROLE: Final = "anju_application"
"""What service and workers act as; `ops_db.application_role` says what it may."""

REACH: Final = "anju.projects"
"""The setting of a connection that names the projects it sees; `ops_db.reach` says of which tables."""
EVERY_PROJECT: Final = "*"
REACH_OPTION: Final = "anju_projects"
"""The option of a SQLAlchemy connection that keeps what `REACH` was set to."""

_OF_BOTH = f"-c role={APPLICATION_ROLE} -c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
_SEES_EVERYTHING = f"-c {REACH}={EVERY_PROJECT}"
_SERVICE_LIMITS = f"{_OF_BOTH} -c lock_timeout=2000 -c statement_timeout=5000"
# A worker does not wait for the disk: what a crash of the server takes back, event, notices and the timer's mark, it
# takes back together, and the timer is due again.
_WORKER_LIMITS = (
    f"{_OF_BOTH} {_SEES_EVERYTHING} -c lock_timeout=5000 -c statement_timeout=30000 -c synchronous_commit=off"
)
_CONNECT_SECONDS = 3
_POOL_SIZE = 16
_POOL_WAIT_SECONDS = 3


def service_engine(database_url: str, *, pool_size: int = _POOL_SIZE, sees_every_project: bool = False) -> AsyncEngine:
    """The pool of the ticket service. A statement that loses its server drops the whole pool, which then fills anew.

    Its connections see no project until they are told which, unless whoever asks is a command of the installation.
    """
    engine = create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=_POOL_WAIT_SECONDS,
        pool_use_lifo=True,
        connect_args={
            "options": f"{_SERVICE_LIMITS} {_SEES_EVERYTHING}" if sees_every_project else _SERVICE_LIMITS,
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "anju-ticket-service",
        },
    )
    event.listen(engine.sync_engine, "begin", _reach_again)
    return engine


def _reach_again(connection: Connection) -> None:
    """Set the reach anew in a transaction that follows one: what was undone took the setting back with it."""
    projects = connection.get_execution_options().get(REACH_OPTION)
    if projects is not None:
        connection.exec_driver_sql("select set_config(%s, %s, true)", (REACH, projects))


def worker_engine(database_url: str, *, pool_size: int) -> AsyncEngine:
    """The pool of a worker, which may wait longer than a reader would."""
    return create_async_engine(
        database_url,
        pool_size=pool_size,
        max_overflow=0,
        connect_args={
            "options": _WORKER_LIMITS,
            "connect_timeout": _CONNECT_SECONDS,
            "application_name": "anju-worker",
        },
    )


def command_engine(database_url: str) -> Engine:
    """Single connections for commands, which may take as long as they need.

    They act as the owner of the tables, who sees everything; a login that would see a part is refused, not misled.
    """
    return create_engine(
        database_url,
        poolclass=pool.NullPool,
        connect_args={"options": "-c timezone=UTC -c row_security=off", "application_name": "anju-command"},
    )

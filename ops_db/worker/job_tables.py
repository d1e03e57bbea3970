"""The tables of the job queue, which procrastinate describes: made once, and brought forward by its own migrations."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from procrastinate.schema import SchemaManager
from sqlalchemy import Connection, text

JOB_SCHEMA: Final = "jobs"
_LATEST: Final = re.compile(r"^\d\d\.\d\d\.\d\d_\d\d_.+\.sql$")


def install(connection: Connection) -> None:
    """Make the tables of the queue, or bring them from the step their schema's comment names to the newest."""
    steps = sorted(path for path in Path(SchemaManager.get_migrations_path()).iterdir() if _LATEST.match(path.name))
    found = connection.execute(
        text("select obj_description(oid, 'pg_namespace') from pg_namespace where nspname = :name"),
        {"name": JOB_SCHEMA},
    ).one_or_none()
    if found is None:
        connection.execute(text(f"create schema {JOB_SCHEMA}"))
        _run(connection, SchemaManager.get_schema())
    else:
        for step in steps:
            if step.name > (found[0] or ""):
                _run(connection, step.read_text(encoding="utf-8"))
    # The statement takes no parameters; the name is a file name of the library.
    connection.execute(text(f"comment on schema {JOB_SCHEMA} is '{steps[-1].name}'"))


def _run(connection: Connection, script: str) -> None:
    connection.execute(text(f"set local search_path to {JOB_SCHEMA}"))
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    with driver.cursor() as cursor:
        cursor.execute(script)
    connection.execute(text('set local search_path to "$user", public'))

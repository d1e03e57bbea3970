"""A finished build as the gates read it: its own private file, opened read-only before anybody else sees it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import duckdb

SCHEMA: Final = "marts"


@contextmanager
def open_build(duckdb_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the build."""
    with duckdb.connect(str(duckdb_path), read_only=True) as connection:
        yield connection


def table_of(connection: duckdb.DuckDBPyConnection, mart: str) -> duckdb.DuckDBPyRelation:
    """The rows of a mart."""
    return connection.table(f"{SCHEMA}.{mart}")


def rows_of_marts(duckdb_path: Path) -> dict[str, int]:
    """How many rows each mart of a build has."""
    with open_build(duckdb_path) as connection:
        tables = connection.table_function("duckdb_tables").filter(f"schema_name = '{SCHEMA}'").project("table_name")
        return {name: table_of(connection, name).count("*").pl().item() for (name,) in tables.fetchall()}

"""Every clean table, what it is made from and how. The clean zone, dbt sources and the pipeline follow this list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import dataframely as dy
import polars as pl

from transforms.clean_result import CleanResult
from transforms.ops_schemas import OPS_SCHEMAS, Control
from transforms.ops_tables import CONTROL, TOMBSTONES, current_control, current_rows


class Build(Protocol):
    """What makes one clean table. A missing input counts as an empty one: that source has not landed anything yet."""

    def __call__(self, frames: Mapping[str, pl.LazyFrame], /) -> CleanResult:
        """The table, not yet computed, out of frames by name."""


@dataclass(frozen=True, slots=True)
class CleanTable:
    """One table of the clean zone. `inputs` are names of raw tables or of clean tables that stand earlier."""

    name: str
    inputs: tuple[str, ...]
    schema: type[dy.Schema]
    build: Build


def _ops_table(table: str) -> CleanTable:
    name = f"ops__{table}"
    return CleanTable(name, (name, TOMBSTONES), OPS_SCHEMAS[table], partial(current_rows, table=table))


_TABLES: Final = (
    *(_ops_table(table) for table in OPS_SCHEMAS),
    CleanTable(CONTROL, (CONTROL,), Control, current_control),
)

CLEAN_TABLES: Final[dict[str, CleanTable]] = {table.name: table for table in _TABLES}
"""All clean tables in an order in which they can be built."""

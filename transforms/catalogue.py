"""Every clean table, what it is made from and how. The clean zone, dbt sources and the pipeline follow this list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

import dataframely as dy
import polars as pl

from transforms import calls, crm, erp, finance, meters, schemas
from transforms.calendar_segments import INPUTS as CALENDAR_INPUTS
from transforms.calendar_segments import calendar_segments
from transforms.clean_result import CleanResult, split_by_rules
from transforms.ops_schemas import OPS_SCHEMAS, Control
from transforms.ops_tables import CONTROL, TOMBSTONES, current_control, current_rows

Frames = Mapping[str, pl.LazyFrame]


class Build(Protocol):
    """What makes one clean table. A missing input counts as an empty one: that source has not landed anything yet."""

    def __call__(self, frames: Frames, /, *, zone: str = ...) -> CleanResult:
        """The table, not yet computed, out of frames by name; local days are those of `zone`, an IANA name."""


DEFAULT_ZONE: Final = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class CleanTable:
    """One table of the clean zone. `inputs` are names of raw tables or of clean tables that stand earlier."""

    name: str
    inputs: tuple[str, ...]
    schema: type[dy.Schema]
    build: Build


def _ops_table(table: str) -> CleanTable:
    def build(frames: Frames, /, *, zone: str = DEFAULT_ZONE) -> CleanResult:  # noqa: ARG001  Instants stay in UTC.
        return current_rows(frames, table)

    name = f"ops__{table}"
    return CleanTable(name, (name, TOMBSTONES), OPS_SCHEMAS[table], build)


def _control(frames: Frames, /, *, zone: str = DEFAULT_ZONE) -> CleanResult:  # noqa: ARG001  Instants stay in UTC.
    return current_control(frames)


def _calendar_segments(frames: Frames, /, *, zone: str = DEFAULT_ZONE) -> CleanResult:  # noqa: ARG001  Calendars name theirs.
    return calendar_segments(frames)


def _made_from(
    source: str,
    schema: type[dy.Schema],
    transform: Callable[..., pl.LazyFrame],
    *,
    name: str = "",
    by_day: bool = False,
) -> CleanTable:
    """The table that `transform` makes of one input; `by_day` says that it asks for the zone of its days."""

    def build(frames: Frames, /, *, zone: str = DEFAULT_ZONE) -> CleanResult:
        if source not in frames:
            return split_by_rules(schema.create_empty(lazy=True), schema)
        made = transform(frames[source], zone) if by_day else transform(frames[source])
        return split_by_rules(made, schema)

    return CleanTable(name or source, (source,), schema, build)


_TABLES: Final = (
    *(_ops_table(table) for table in OPS_SCHEMAS),
    CleanTable(CONTROL, (CONTROL,), Control, _control),
    CleanTable("calendar__segments", CALENDAR_INPUTS, schemas.CalendarSegment, _calendar_segments),
    _made_from("crm__customer", schemas.Customer, crm.customers),
    _made_from("crm__home", schemas.Home, crm.homes),
    _made_from("erp__stock", schemas.Stock, erp.stock),
    _made_from("erp__batch", schemas.Batch, erp.batches),
    _made_from("erp__price", schemas.Price, erp.prices),
    _made_from("erp__purchase", schemas.Purchase, erp.purchases),
    _made_from("finance__payment", schemas.Payment, finance.payments),
    _made_from("calls__call", schemas.ExchangeCall, calls.calls),
    _made_from("meters__reading", schemas.Reading, meters.readings),
    _made_from("meters__reading", schemas.MeterDay, meters.days, name="meters__day", by_day=True),
)

CLEAN_TABLES: Final[dict[str, CleanTable]] = {table.name: table for table in _TABLES}
"""All clean tables in an order in which they can be built."""

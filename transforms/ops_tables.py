"""The operational store as it stands: every landed version of a row becomes its newest, deleted rows go."""

from __future__ import annotations

from collections.abc import Mapping

import dataframely as dy
import polars as pl

from transforms.clean_result import CleanResult, split_by_rules
from transforms.current_state import newest_per_key, newest_version, without_deleted
from transforms.ops_schemas import OPS_SCHEMAS, Control, Tombstone

TOMBSTONES = "ops__tombstone"
CONTROL = "ops__control"


def current_rows(frames: Mapping[str, pl.LazyFrame], table: str) -> CleanResult:
    """The current rows of the operational table `table`, out of raw `ops__<table>` and `ops__tombstone`."""
    schema = OPS_SCHEMAS[table]
    (key,) = schema.primary_key()
    versions = frames.get(f"ops__{table}", schema.create_empty(lazy=True))
    tombstones = frames.get(TOMBSTONES, Tombstone.create_empty(lazy=True))
    return (
        versions.pipe(_only_columns_of, schema)
        .pipe(newest_version, key, "changed_xid")
        .pipe(without_deleted, tombstones, table=table, key=key)
        .pipe(split_by_rules, schema)
    )


def current_control(frames: Mapping[str, pl.LazyFrame]) -> CleanResult:
    """The control totals of the newest extraction of each table."""
    return (
        frames.get(CONTROL, Control.create_empty(lazy=True))
        .pipe(_only_columns_of, Control)
        .pipe(newest_per_key, ["table_name"], ["snapshot_at", "horizon_xid"])
        .pipe(split_by_rules, Control)
    )


def _only_columns_of(frame: pl.LazyFrame, schema: type[dy.Schema]) -> pl.LazyFrame:
    return frame.select(schema.column_names())

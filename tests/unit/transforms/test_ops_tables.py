"""Current rows of operational tables out of everything that ever landed."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ops_db.models import EXTRACTED_TABLES, SCHEMA, Base
from transforms.catalogue import CLEAN_TABLES
from transforms.ops_schemas import NOT_CARRIED, OPS_SCHEMAS, Control, Crew, Tombstone
from transforms.ops_tables import current_control, current_rows

MORNING = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)


def crews(*rows: tuple[str, str, int]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [
            {"changed_xid": xid, "id": key, "code": f"C-{key}", "name": name, "contractor_id": None}
            for key, name, xid in rows
        ],
        schema=pl.Schema(Crew),
    ).with_columns(_batch_id=pl.lit("b1"))


def deletions(*rows: tuple[str, str, int]) -> pl.LazyFrame:
    return pl.LazyFrame(
        [
            {"id": index, "table_name": table, "row_key": key, "changed_xid": xid, "deleted_at": MORNING}
            for index, (table, key, xid) in enumerate(rows)
        ],
        schema=pl.Schema(Tombstone),
    )


def names_of_crews(versions: pl.LazyFrame, tombstones: pl.LazyFrame) -> dict[str, str]:
    accepted, rejected = current_rows({"ops__crew": versions, "ops__tombstone": tombstones}, "crew").collect()
    assert rejected.is_empty()
    return dict(accepted.select("id", "name").iter_rows())


def test_the_row_of_the_latest_transaction_wins_whatever_the_order_of_landing() -> None:
    versions = crews(("a", "third", 12), ("a", "first", 3), ("b", "only", 5), ("a", "second", 9))
    assert names_of_crews(versions, deletions()) == {"a": "third", "b": "only"}


def test_a_row_landed_twice_is_one_row() -> None:
    assert names_of_crews(crews(("a", "one", 3), ("a", "one", 3)), deletions()) == {"a": "one"}


def test_a_deleted_row_is_gone() -> None:
    versions = crews(("a", "first", 3), ("a", "second", 9), ("b", "stays", 4))
    assert names_of_crews(versions, deletions(("crew", "a", 20))) == {"b": "stays"}


def test_a_row_made_anew_after_its_deletion_is_there() -> None:
    versions = crews(("a", "old", 3), ("a", "anew", 30), ("b", "old", 3), ("b", "anew in the same transaction", 20))
    found = names_of_crews(versions, deletions(("crew", "a", 20), ("crew", "b", 20)))
    assert found == {"a": "anew", "b": "anew in the same transaction"}


def test_a_deletion_in_another_table_touches_nothing() -> None:
    assert names_of_crews(crews(("a", "stays", 3)), deletions(("staff", "a", 20))) == {"a": "stays"}


def test_a_table_keyed_by_a_number_finds_its_tombstones() -> None:
    schema = OPS_SCHEMAS["calendar_shift"]
    row = {"changed_xid": 5, "calendar_code": "default", "weekday": 1, "start_minute": 540, "end_minute": 720}
    row["valid_from"] = dt.date(1970, 1, 1)
    versions = pl.LazyFrame([row | {"id": 1}, row | {"id": 2}], schema=pl.Schema(schema))
    frames = {"ops__calendar_shift": versions, "ops__tombstone": deletions(("calendar_shift", "1", 8))}
    accepted, _ = current_rows(frames, "calendar_shift").collect()
    assert accepted["id"].to_list() == [2]


def test_a_row_without_a_required_value_comes_back_with_the_rule_it_broke() -> None:
    versions = crews(("a", "fine", 3)).pipe(
        lambda good: pl.concat([good, crews(("b", "x", 4)).with_columns(name=pl.lit(None, pl.String))])
    )
    accepted, rejected = current_rows({"ops__crew": versions}, "crew").collect()
    assert accepted["id"].to_list() == ["a"]
    assert rejected.select("id", "_rule").rows() == [("b", "name.nullability")]


def test_a_source_that_never_landed_gives_empty_typed_tables() -> None:
    for name, table in CLEAN_TABLES.items():
        accepted, rejected = table.build({}).collect()
        assert accepted.is_empty(), name
        assert rejected.is_empty(), name
        assert accepted.schema == pl.Schema(table.schema), name


def test_control_totals_are_those_of_the_newest_extraction() -> None:
    rows = [
        {"table_name": table, "row_count": count, "in_flight_count": 0, "amount_fen_sum": None, "horizon_xid": xid,
         "snapshot_at": MORNING + dt.timedelta(minutes=xid)}
        for table, count, xid in (("ticket", 5, 10), ("ticket", 7, 20), ("visit", 3, 20), ("visit", 2, 10))
    ]  # fmt: skip
    control = pl.LazyFrame(rows, schema=pl.Schema(Control))
    accepted, _ = current_control({"ops__control": control}).collect()
    assert dict(accepted.select("table_name", "row_count").iter_rows()) == {"ticket": 7, "visit": 3}


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["write", "write", "delete"]), st.booleans()), max_size=20
)


@given(steps)
def test_increments_lead_to_the_state_of_the_store(history: list[tuple[str, str, bool]]) -> None:
    state: dict[str, str] = {}
    landed: list[tuple[str, str, int]] = []
    gone: list[tuple[str, str, int]] = []
    for xid, (key, deed, was_landed) in enumerate(history, start=100):
        if deed == "write":
            state[key] = f"{key}{xid}"
        elif state.pop(key, None):
            gone.append(("crew", key, xid))
        if was_landed and key in state:
            landed.append((key, state[key], xid))
    landed += [(key, name, int(name[1:])) for key, name in state.items()]
    assert names_of_crews(crews(*landed), deletions(*gone)) == state


def kind_of(column: sa.Column[object]) -> pl.DataType:
    """The type in which a column of the store stands in the clean zone."""
    by_python_type = {int: pl.Int64(), bool: pl.Boolean(), dt.date: pl.Date()}
    if isinstance(column.type, sa.DateTime):
        return pl.Datetime("us", "UTC")
    if isinstance(column.type, sa.Numeric):
        return pl.Float64()
    if isinstance(column.type, sa.Integer | sa.Boolean | sa.Date):
        return by_python_type[column.type.python_type]
    return pl.Int64() if column.name == "changed_xid" else pl.String()


@pytest.mark.parametrize("table", EXTRACTED_TABLES)
def test_the_clean_columns_are_those_of_the_operational_store(table: str) -> None:
    columns = [
        column
        for column in Base.metadata.tables[f"{SCHEMA}.{table}"].columns
        if (table, column.name) not in NOT_CARRIED
    ]
    schema = OPS_SCHEMAS[table]
    assert dict(pl.Schema(schema)) == {column.name: kind_of(column) for column in columns}
    assert set(schema.primary_key()) == {column.name for column in columns if column.primary_key}
    nullable = {name for name, column in schema.columns().items() if column.nullable}
    assert nullable == {column.name for column in columns if column.nullable}


def test_every_extracted_table_is_in_the_catalogue() -> None:
    assert {f"ops__{table}" for table in EXTRACTED_TABLES} <= set(CLEAN_TABLES)
    assert set(OPS_SCHEMAS) == set(EXTRACTED_TABLES)


def test_the_order_of_landing_changes_no_row() -> None:
    versions = crews(*((f"k{index % 7}", f"n{index}", index) for index in range(40)))
    first, _ = current_rows({"ops__crew": versions}, "crew").collect()
    again, _ = current_rows({"ops__crew": versions.reverse()}, "crew").collect()
    assert_frame_equal(first, again, check_row_order=False)

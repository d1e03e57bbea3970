"""What leaves and what stays, column by column."""

from __future__ import annotations

import pyarrow as pa
import pytest
from sqlalchemy import Column, MetaData, Numeric, Table, Text, Uuid

from ops_db.export import contents, meanings
from ops_db.export.columns import TEXTUAL, columns_of, kind_of, select_of
from ops_db.models.base import Base

TABLES = [table for table in Base.metadata.sorted_tables if table.name not in contents.LEFT_OUT_TABLES]


def test_every_column_has_a_meaning_in_both_languages() -> None:
    silent = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in columns_of(table, with_personal_data=True)[0]
        if not (column.meaning.en and column.meaning.zh)
    ]
    assert silent == [], "Say in ops_db/export/meanings.yaml what these columns hold."


def test_every_table_has_a_meaning_in_both_languages() -> None:
    docstrings = {mapper.local_table.name: mapper.class_.__doc__ or "" for mapper in Base.registry.mappers}  # type: ignore[attr-defined]  # Every model has one table.
    silent = [name for name, words in docstrings.items() if not all(meanings.of_table(name, words))]
    assert silent == [], "Say in ops_db/export/meanings.yaml what these tables hold."


def test_every_text_is_known_as_personal_or_harmless() -> None:
    unjudged = [
        f"{table.name}.{column.name}"
        for table in TABLES
        for column in table.columns
        if kind_of(column) in TEXTUAL
        and contents.why_left_out(table.name, column.name) is None
        and f"{table.name}.{column.name}" not in contents.PERSONAL
        and contents.treatment(table.name, column.name) == "left_out"
    ]
    assert unjudged == [], "Say in ops_db/export/contents.py whether these may name a person."


def test_what_the_lists_name_is_there() -> None:
    known = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    known |= {name.partition(".")[2] for name in known}
    named = contents.PERSONAL.keys() | contents.OPENED.keys() | contents.LEFT_OUT_COLUMNS.keys()
    assert (named | contents.HARMLESS_TEXTS) - known == set()
    assert contents.LEFT_OUT_TABLES.keys() <= {table.name for table in Base.metadata.sorted_tables}


def test_a_text_nobody_has_judged_stays_behind_without_personal_data() -> None:
    table = Table("diary", MetaData(), Column("id", Uuid(), primary_key=True), Column("confession", Text()))
    exported, left_out = columns_of(table, with_personal_data=False)
    assert [column.name for column in exported] == ["id"]
    assert [column.name for column in left_out] == ["confession"]
    assert [column.name for column in columns_of(table, with_personal_data=True)[0]] == ["id", "confession"]


def test_no_credential_leaves() -> None:
    leaving = {
        f"{table.name}.{column.name}" for table in TABLES for column in columns_of(table, with_personal_data=True)[0]
    }
    secrets = {name for name in leaving if any(word in name for word in ("password", "secret", "ciphertext"))}
    assert secrets == set()
    assert "api_token.token_hash" not in leaving


def test_decimals_keep_their_precision_and_units_are_named() -> None:
    table = Table("stock", MetaData(), Column("price_fen", Numeric(12, 3), primary_key=True))
    (column,) = columns_of(table, with_personal_data=True)[0]
    assert (column.arrow_type, column.unit) == (pa.decimal128(12, 3), "fen (1/100 CNY)")
    assert select_of(table, [column]) == 'select "price_fen" from ops."stock" order by "price_fen"'


def test_a_type_no_format_knows_is_named() -> None:
    from sqlalchemy.dialects.postgresql import INET  # noqa: PLC0415  The one place that knows of it.

    table = Table("door", MetaData(), Column("address", INET()))
    with pytest.raises(TypeError, match=r"door\.address"):
        kind_of(table.columns.address)


def test_a_reference_names_table_and_column() -> None:
    columns = {
        column.name: column for column in columns_of(Base.metadata.tables["ops.ticket"], with_personal_data=True)[0]
    }
    references = {name: columns[name].references for name in ("project_id", "unit_id", "component_code", "title")}
    assert references == {
        "project_id": "project.id",
        "unit_id": "unit.id",
        "component_code": "component.code",
        "title": "",
    }

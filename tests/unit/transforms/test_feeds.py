"""What becomes of the rows of the feeds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from transforms.catalogue import CLEAN_TABLES

DAY = dt.date(2026, 3, 2)
MORNING = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)

CUSTOMER = {"customer_key": "C1", "unit_code": "HZ01-03-1802", "customer_kind": "owner", "updated_at": MORNING}
HOME = {"unit_code": "3栋1802", "project_code": "HZ01", "building_code": "3", "updated_at": MORNING}
STOCK = {"warehouse_code": "W1", "material_code": "M1", "material_name": "卷材", "quantity": 3.0, "as_of_date": DAY}
PURCHASE = {
    "purchase_key": "P1", "material_code": "M1", "quantity": 1.0, "amount_fen": 500, "ordered_date": DAY,
}  # fmt: skip
PAYMENT = {"payment_key": "1", "ledger_code": "L", "currency_code": "CNY", "amount_fen": 100, "_source_file": "q1.csv"}
CALL = {
    "call_key": "A1", "exchange_code": "X", "offered_at": MORNING, "answered_at": MORNING, "ended_at": MORNING,
    "wait_seconds": 3, "talk_seconds": 60, "vru_seconds": 9, "outcome": "answered", "call_date": DAY,
}  # fmt: skip


def clean(table: str, *rows: dict[str, Any]) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Clean `rows`, landed in this order, as raw columns hold them."""
    schema = dict(pl.Schema(CLEAN_TABLES[table].schema)) | {
        "_loaded_at": pl.Datetime("us", "UTC"),
        "_source_file": pl.String(),
        "_source_line": pl.Int64(),
    }
    schema.pop("source_file", None)
    landed = [{"_loaded_at": MORNING, "_source_line": line} | row for line, row in enumerate(rows)]
    return CLEAN_TABLES[table].build({table: pl.LazyFrame(landed, schema=schema)}).collect()


@pytest.mark.parametrize(
    ("table", "row", "changed"),
    [
        ("crm__customer", CUSTOMER, {"phone_pseudonym": "p2"}),
        ("erp__stock", STOCK, {"quantity": 2.0}),
        ("erp__purchase", PURCHASE, {"amount_fen": 400}),
        ("finance__payment", PAYMENT, {"amount_fen": 90}),
        ("calls__call", CALL, {"talk_seconds": 61}),
    ],
)
def test_a_corrected_row_takes_the_place_of_the_first(table: str, row: dict[str, Any], changed: dict[str, Any]) -> None:
    accepted, rejected = clean(table, row, row | changed)
    assert rejected.is_empty()
    assert accepted.select(changed.keys()).rows(named=True) == [changed]


def test_the_newest_entry_of_a_customer_wins_over_one_landed_later() -> None:
    earlier = MORNING - dt.timedelta(days=1)
    accepted, _ = clean("crm__customer", CUSTOMER, CUSTOMER | {"updated_at": earlier, "customer_kind": "tenant"})
    assert accepted["customer_kind"].to_list() == ["owner"]


def test_a_home_spelled_in_two_ways_is_one_home() -> None:
    later = MORNING + dt.timedelta(days=1)
    accepted, _ = clean(
        "crm__home", HOME, HOME | {"unit_code": "ＨＺ０１/03/1802", "updated_at": later, "area_m2": 89.0}
    )
    columns = accepted.select("unit_code", "building_code", "area_m2")
    assert columns.rows() == [("HZ01-03-1802", "03", 89.0)]


def test_what_names_no_home_is_turned_away_in_its_own_spelling() -> None:
    accepted, rejected = clean("crm__customer", CUSTOMER | {"unit_code": "3栋1802"}, CUSTOMER | {"customer_key": "C2"})
    assert accepted["customer_key"].to_list() == ["C2"]
    assert rejected.select("unit_code", "_rule").rows() == [("3栋1802", "unit_code.regex")]


def test_a_home_handed_over_before_it_was_sold_breaks_the_rule_that_says_so() -> None:
    _, rejected = clean("crm__home", HOME | {"sale_date": DAY, "handover_date": DAY - dt.timedelta(days=1)})
    assert rejected["_rule"].to_list() == ["sold_before_it_is_handed_over"]


def test_credits_stay_negative_and_payments_without_a_date_stay() -> None:
    accepted, _ = clean(
        "finance__payment", PAYMENT, PAYMENT | {"payment_key": "2", "amount_fen": -40, "paid_date": None}
    )
    assert accepted["amount_fen"].sum() == 60
    assert accepted["source_file"].to_list() == ["q1.csv"] * 2


def test_names_of_suppliers_are_tidied_so_that_they_group() -> None:
    accepted, _ = clean(
        "finance__payment",
        PAYMENT | {"supplier_name": " 东方  雨虹 "},
        PAYMENT | {"payment_key": "2", "supplier_name": " "},
    )
    assert accepted["supplier_name"].to_list() == ["东方 雨虹", None]


def test_a_negative_time_in_the_voice_menu_is_no_measurement() -> None:
    accepted, rejected = clean("calls__call", CALL | {"vru_seconds": -6})
    assert rejected.is_empty()
    assert accepted["vru_seconds"].to_list() == [None]


def test_a_call_with_an_unknown_outcome_is_turned_away() -> None:
    accepted, rejected = clean("calls__call", CALL | {"outcome": "teleported"})
    assert accepted.is_empty()
    assert rejected["_rule"].to_list() == ["outcome.check__known"]


@pytest.mark.parametrize("name", sorted(CLEAN_TABLES))
def test_every_schema_says_in_one_sentence_what_a_row_is(name: str) -> None:
    schema: type[dy.Schema] = CLEAN_TABLES[name].schema
    assert schema.__doc__
    assert schema.__doc__.strip().endswith(".")


def test_clean_inputs_stand_before_the_tables_made_from_them() -> None:
    seen: set[str] = set()
    for table in CLEAN_TABLES.values():
        assert {name for name in table.inputs if name in CLEAN_TABLES and name != table.name} <= seen, table.name
        seen.add(table.name)

"""Contracts: a header either meets its contract or names what is wrong; a row ends in exactly one place."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from ingestion.contracts import (
    CONTRACTS,
    LINE,
    Contract,
    choose_contract,
    contract_named,
    contracts_of,
    load_contract,
    read_header,
    read_rows,
)
from ingestion.errors import ContractError

ALL = [load_contract(path) for path in sorted(CONTRACTS.glob("*.yaml"))]
EVERY_COLUMN = [(contract, name) for contract in ALL for name in contract.columns]


def header_of(contract: Contract) -> list[str]:
    return [(column.spelled or (name,))[0] for name, column in contract.columns.items()]


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_a_header_of_agreed_spellings_in_any_order_meets_the_contract(contract: Contract) -> None:
    assert read_header(contract, header_of(contract)[::-1]).is_met


@pytest.mark.parametrize(("contract", "name"), EVERY_COLUMN, ids=lambda value: getattr(value, "name", value))
def test_every_column_missing_renamed_or_doubled_is_noticed_and_named(contract: Contract, name: str) -> None:
    header = header_of(contract)
    place = list(contract.columns).index(name)
    missing = read_header(contract, header[:place] + header[place + 1 :])
    assert missing.is_met == contract.columns[name].may_be_absent
    assert name in missing.missing + missing.absent
    renamed = read_header(contract, [*header[:place], "something else", *header[place + 1 :]])
    assert not renamed.is_met
    assert name in renamed.problem(contract)
    assert "something else" in renamed.problem(contract)
    assert not read_header(contract, [*header, header[place]]).is_met


@pytest.mark.parametrize("contract", ALL, ids=lambda contract: contract.name)
def test_an_extra_column_does_not_stop_a_feed_and_is_named(contract: Contract) -> None:
    reading = read_header(contract, [*header_of(contract), "remark"])
    assert reading.is_met
    assert reading.unknown == ("remark",)


def test_width_capitals_and_blanks_of_a_header_do_not_matter() -> None:
    contract = contract_named("finance__payment.council")
    assert contract.spellings["supplier name"] == "supplier_name"
    header = ["Client", "Service Area", "Expenditure Catergory", "expenditure_code", "PAID DATE", "Trans  No"]
    assert read_header(contract, [*header, "Amount", "caporrev", "Supplier ID", "Supplier Name "]).is_met
    assert read_header(contract_named("erp__price"), ["物料编码", "单价（元）", "生效日期"]).is_met


def test_the_nearest_contract_explains_a_header_that_meets_none() -> None:
    contract, reading = choose_contract(contracts_of("erp"), ["物料编码", "单价", "生效"])
    assert contract.name == "erp__price"
    assert reading.missing == ("valid_from_date",)
    assert "生效" in reading.problem(contract)


def test_a_contract_that_is_written_wrong_says_where(tmp_path: Path) -> None:
    path = tmp_path / "erp__odd.yaml"
    path.write_text("entity: erp__odd\nversion: 1\nabout: x\nkey: [b]\ncolumns: {a: {type: text}}")
    with pytest.raises(ContractError, match=r"(?s)erp__odd\.yaml.*columns that the contract does not have: b"):
        load_contract(path)
    path.write_text("entity: erp__odd\nversion: 1\nabout: x\nkey: [a]\ncolumns: {a: {type: txt}}")
    with pytest.raises(ContractError, match=r"columns\.a\.type"):
        load_contract(path)


def rules_of(contract_name: str, **changes: str) -> list[str]:
    good = {
        "erp__stock": {
            "warehouse_code": "W01",
            "material_code": "M-1",
            "material_name": "防水涂料",
            "quantity": "12.5",
            "unit_name": "桶",
            "as_of_date": "2026-01-05",
        },
        "calls__call": {
            "call_key": "1",
            "exchange_code": "X",
            "caller": "13800001111",
            "offered_at": "2026-01-05 09:00:00",
            "answered_at": "2026-01-05 09:00:30",
            "ended_at": "2026-01-05 09:05:00",
            "vru_seconds": "10",
            "agent_code": "A1",
            "outcome": "ANSWERED",
        },
    }[contract_name]
    rows = pl.DataFrame([good | changes, good]).with_row_index(LINE, offset=2).with_columns(pl.col(LINE).cast(pl.Int64))
    reading = read_rows(contract_named(contract_name), rows, timezone="Asia/Shanghai")
    assert reading.accepted.height + reading.rejected.height == rows.height
    assert reading.accepted[LINE].to_list()[-1] == 3
    return reading.rejected["_rule"].to_list()


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("warehouse_code", "", "warehouse_code.missing"),
        ("warehouse_code", "　", "warehouse_code.missing"),
        ("warehouse_code", "仓一", "warehouse_code.not_as_agreed"),
        ("material_code", "1.38E+10", "material_code.lost_digits"),
        ("material_code", "3月12日", "material_code.turned_into_a_date"),
        ("material_code", "12-Mar", "material_code.turned_into_a_date"),
        ("material_name", "防\n水", "material_name.line_break"),
        ("material_code", "M\ufffd1", "material_code.undecodable"),
        ("quantity", "一桶", "quantity.not_a_number"),
        ("quantity", "1.2E+5", "quantity.lost_digits"),
        ("as_of_date", "2026-13-01", "as_of_date.not_a_date"),
        ("as_of_date", "0026-01-01", "as_of_date.far_off"),
    ],
)
def test_a_bad_cell_is_refused_under_its_rule(column: str, cell: str, rule: str) -> None:
    assert rules_of("erp__stock", **{column: cell}) == [rule]


@pytest.mark.parametrize(
    ("column", "cell", "rule"),
    [
        ("caller", "1.38E+10", "caller.lost_digits"),
        ("caller", "nobody", "caller.not_a_phone"),
        ("outcome", "LOST", "outcome.not_in_the_list"),
        ("ended_at", "2026-01-05 08:00:00", "row.ends_before_it_begins"),
        ("answered_at", "2026-01-05 08:00:00", "row.answered_before_it_is_offered"),
        ("offered_at", "2026-01-05T25:00:00", "offered_at.not_a_time"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused(column: str, cell: str, rule: str) -> None:
    assert rules_of("calls__call", **{column: cell}) == [rule]


def test_full_width_digits_are_a_spelling_not_an_error() -> None:
    assert rules_of("erp__stock", warehouse_code="Ｗ０１", quantity="１２", as_of_date="２０２６/１/５") == []

"""The operational store's own count of its rows and money against the marts made from them.

The store counts in the very snapshot that was extracted. Rows that were still being written at that moment, above the
transaction horizon, may stand in the marts in their older version or not at all: so many rows may differ, and none
where nothing was in flight. Money is compared to the fen.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
import polars as pl

from quality.marts import open_build, table_of
from quality.reports import Finding, GateReport, finding, report

GATE: Final = "operational_totals"


@dataclass(frozen=True, slots=True)
class Counterpart:
    """The mart that has one row for each row of an operational table, and the column of its money."""

    mart: str
    amount: str | None = None


COUNTERPARTS: Final[dict[str, Counterpart]] = {
    "project": Counterpart("dim_projects"),
    "building": Counterpart("dim_buildings"),
    "unit": Counterpart("dim_homes"),
    "unit_type": Counterpart("dim_unit_types"),
    "contractor": Counterpart("dim_contractors"),
    "ticket": Counterpart("fct_tickets"),
    "ticket_event": Counterpart("fct_ticket_events"),
    "task": Counterpart("fct_tasks"),
    "visit": Counterpart("fct_visits"),
    "rating": Counterpart("fct_ratings"),
    "cost_entry": Counterpart("fct_costs", amount="amount_fen"),
}


def reconcile(duckdb_path: Path, control: pl.DataFrame | None) -> GateReport:
    """Compare the marts of a build with `control`, the clean table `ops__control`."""
    if control is None or control.is_empty():
        return report(GATE, [_without_control("ops", "every mart")], checked_count=0)
    totals = {row["table_name"]: row for row in control.iter_rows(named=True)}
    findings: list[Finding] = []
    with open_build(duckdb_path) as connection:
        for table, counterpart in COUNTERPARTS.items():
            if table not in totals:
                findings.append(_without_control(table, counterpart.mart))
                continue
            try:
                rows, amount = _of_mart(connection, counterpart)
            except duckdb.Error as error:
                findings.append(_unreadable(counterpart, str(error)))
                continue
            findings += _compare(table, counterpart, totals[table], rows, amount)
    return report(GATE, findings, checked_count=len(COUNTERPARTS))


def _of_mart(connection: duckdb.DuckDBPyConnection, counterpart: Counterpart) -> tuple[int, int]:
    relation = table_of(connection, counterpart.mart)
    rows: int = relation.count("*").pl().item()
    amount = 0 if counterpart.amount is None else relation.sum(counterpart.amount).pl().item() or 0
    return rows, int(amount)


def _compare(
    table: str, counterpart: Counterpart, total: dict[str, Any], rows: int, amount: int
) -> list[Finding]:  # fmt: skip
    found = []
    counted, in_flight = total["row_count"], total["in_flight_count"]
    advice = "Rows were lost or doubled between the store and the mart: compare the raw batches, then the joins."
    advice_zh = "数据在业务库与集市之间丢失或重复：请先核对原始批次，再检查关联。"
    if abs(rows - counted) > in_flight:
        tolerance = f", give or take {in_flight:,} in flight" if in_flight else ""
        found.append(
            finding(
                f"rows_of_{table}", counterpart.mart, f"{rows:,} rows", f"{counted:,} rows{tolerance}", "error",
                advice=advice, advice_zh=advice_zh,
            )
        )  # fmt: skip
    expected = total["amount_fen_sum"] or 0
    if counterpart.amount is not None and amount != expected:
        # A row in flight may carry any amount, so then the difference is told and does not stop the build.
        found.append(
            finding(
                f"amount_of_{table}", counterpart.mart, f"{amount:,} fen", f"{expected:,} fen",
                "warning" if in_flight else "error", advice=advice, advice_zh=advice_zh,
            )
        )  # fmt: skip
    return found


def _without_control(table: str, mart: str) -> Finding:
    return finding(
        f"rows_of_{table}", mart, "no count of the store", f"a control total of {table}", "error",
        advice="The extraction did not say what it saw: land the store again with anju feed land ops.",
        advice_zh="抽取未提供对账总数：请重新接入业务库（anju feed land ops）。",
    )  # fmt: skip


def _unreadable(counterpart: Counterpart, why: str) -> Finding:
    return finding(
        "mart_is_readable", counterpart.mart, f"a check that could not run ({why})", "a readable mart", "error",
        advice="Build the marts again.", advice_zh="请重新构建集市。",
    )  # fmt: skip

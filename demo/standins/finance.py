"""The finance ledger: what was paid for repairs, and what contractors gave back, as rows of one table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
import polars as pl
import psycopg
from psycopg import sql

from demo.addresses import neighbour_address, plain_address
from demo.estate.draws import dates, labels, stream
from demo.estate.generate import Estate
from demo.estate.names import SUPPLIERS
from demo.estate.property import DAY_SECONDS

DATABASE: Final = "anju_demo_finance"
_TABLE: Final = """
    create table public.payment (
        payment_id bigint primary key, ledger text not null, paid_on date, supplier text, description text,
        cost_group text, service_area text, currency char(3) not null default 'CNY', amount numeric(14,2) not null,
        project_code text, ticket_number text, posted_at timestamptz not null default now())
"""
_GROUPS: Final = {"labour": "人工", "material": "材料", "subcontract": "分包", "compensation": "赔付"}
_COST_LEDGER: Final = "5401 维修成本"
_RECOVERY_LEDGER: Final = "5402 责任单位扣款"
_SERVICE_AREA: Final = "客户服务部"
_RECOVERED_SHARE: Final = 0.6

Part = dict[str, pl.DataFrame]


class Ledger:
    """Collects the ledger from the parts of an estate, in their order."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._single: list[pl.DataFrame] = []
        self._wages: list[pl.DataFrame] = []
        self._part_count = 0

    def add(self, part: Part) -> None:
        """Take bills, damages and deductions ticket by ticket, and wages by project and month."""
        costs = _costs(self._estate, part)
        self._single += _bills(self._estate, costs, self._part_count)
        month = pl.col("incurred_at").dt.truncate("1mo")
        self._wages.append(_summed(costs.filter(kind="labour").with_columns(month=month)))
        self._part_count += 1

    def payments(self) -> pl.DataFrame:
        """The table `payment`, by the day it was paid."""
        whole = pl.concat([*self._single, _payroll(self._estate, _summed(pl.concat(self._wages)))])
        whole = whole.filter(pl.col("paid_on") <= self._estate.now.date())
        whole = whole.sort("paid_on", "ledger", "ticket_number", "amount", "project_code")
        is_spoiled = pl.int_range(pl.len()) % max(1, whole.height // 4) == whole.height // 8
        return whole.select(
            pl.int_range(1, pl.len() + 1).alias("payment_id"),
            pl.all().exclude("currency"),
            # A clerk types the currency by hand here and there.
            pl.when(is_spoiled).then(pl.lit("rmb")).otherwise("currency").alias("currency"),
        )


def create_ledger(server_url: str, payments: pl.DataFrame, *, database: str = DATABASE) -> str:
    """Make the finance database anew beside the operational one, as a user who may; returns its address."""
    with psycopg.connect(plain_address(server_url), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(database)))
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(database)))
    url = neighbour_address(server_url, database)
    with psycopg.connect(url) as connection:
        connection.execute(_TABLE)
        columns = sql.SQL(", ").join(map(sql.Identifier, payments.columns))
        statement = sql.SQL("copy public.payment ({}) from stdin (format csv)").format(columns)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for rows in payments.iter_slices(50_000):
                copy.write(rows.write_csv(include_header=False))
    return url


def _costs(estate: Estate, part: Part) -> pl.DataFrame:
    tickets = part["ticket"].select(ticket_id="id", ticket_number="number", project_id="project_id", title="title")
    projects = estate.frames["project"].select(project_id="id", project_code="code")
    contractors = estate.frames["contractor"].select(contractor_id="id", contractor="name")
    return (
        part["cost_entry"]
        .join(tickets, on="ticket_id", maintain_order="left")
        .join(projects, on="project_id", maintain_order="left")
        .join(contractors, on="contractor_id", how="left", maintain_order="left")
    )


def _bills(estate: Estate, costs: pl.DataFrame, part: int) -> Iterator[pl.DataFrame]:
    rng = stream(estate.seed, "ledger", part)
    billed = costs.filter(pl.col("kind") != "labour")
    firms = estate.frames["contractor"]["name"]
    firm = labels(firms, rng.integers(0, len(firms), billed.height))
    shop = labels(SUPPLIERS, rng.integers(0, len(SUPPLIERS), billed.height))
    kind = pl.col("kind")
    supplier = pl.when(kind == "material").then(shop).when(kind == "subcontract").then(firm).otherwise(pl.lit("业主"))
    yield _ledger(
        billed, rng, _COST_LEDGER, supplier, pl.col("kind").replace_strict(_GROUPS, return_dtype=pl.String), 1
    )
    charged = costs.filter(pl.col("payer") == "contractor")
    charged = charged.filter(pl.Series(rng.random(charged.height) < _RECOVERED_SHARE))
    yield _ledger(charged, rng, _RECOVERY_LEDGER, pl.col("contractor"), pl.lit("扣款"), -1)


def _ledger(
    costs: pl.DataFrame, rng: np.random.Generator, ledger: str, supplier: Any, cost_group: pl.Expr, sign: int
) -> pl.DataFrame:
    incurred = costs["incurred_at"].dt.epoch("s").to_numpy() // DAY_SECONDS
    return costs.select(
        pl.lit(ledger).alias("ledger"),
        dates(incurred + rng.integers(12, 75, costs.height)).alias("paid_on"),
        supplier.alias("supplier"),
        pl.col("title").alias("description"),
        cost_group.alias("cost_group"),
        pl.lit(_SERVICE_AREA).alias("service_area"),
        pl.lit("CNY").alias("currency"),
        (sign * pl.col("amount_fen")).cast(pl.Decimal(16, 2)).truediv(100).cast(pl.Decimal(14, 2)).alias("amount"),
        "project_code",
        "ticket_number",
    )


def _summed(wages: pl.DataFrame) -> pl.DataFrame:
    return wages.group_by("project_code", "month").agg(pl.col("amount_fen").sum())


def _payroll(estate: Estate, monthly: pl.DataFrame) -> pl.DataFrame:
    company = estate.frames["project"].select(project_code="code", company="property_company_name")
    return monthly.join(company, on="project_code").select(
        pl.lit(_COST_LEDGER).alias("ledger"),
        pl.col("month").dt.date().dt.month_end().dt.offset_by("10d").alias("paid_on"),
        pl.col("company").alias("supplier"),
        (pl.col("month").dt.strftime("%Y年%m月") + "维修人工").alias("description"),
        pl.lit(_GROUPS["labour"]).alias("cost_group"),
        pl.lit(_SERVICE_AREA).alias("service_area"),
        pl.lit("CNY").alias("currency"),
        (pl.col("amount_fen").cast(pl.Decimal(16, 2)) / 100).cast(pl.Decimal(14, 2)).alias("amount"),
        "project_code",
        pl.lit(None, dtype=pl.String).alias("ticket_number"),
    )

"""What a row of each feed, and of each table the clean zone makes itself, looks like; a rule's name is its sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import dataframely as dy
import polars as pl

from transforms.extracted import instant
from transforms.unit_codes import CANONICAL_UNIT_CODE

CUSTOMER_KINDS: Final = ("owner", "tenant", "family")
CALL_OUTCOMES: Final = ("answered", "abandoned", "ivr_only", "phantom")
NIGHT_HOURS: Final = (2, 3, 4)


def _one_of(codes: tuple[str, ...]) -> Mapping[str, Callable[[pl.Expr], pl.Expr]]:
    return {"known": lambda code: code.is_in(codes)}


class Customer(dy.Schema):
    """Somebody the CRM knows, under pseudonyms, and the home the entry is about."""

    customer_key = dy.String(primary_key=True)
    unit_code = dy.String(regex=CANONICAL_UNIT_CODE)
    name_pseudonym = dy.String(nullable=True)
    phone_pseudonym = dy.String(nullable=True)
    customer_kind = dy.String(check=_one_of(CUSTOMER_KINDS))
    since_date = dy.Date(nullable=True)
    updated_at = instant()


class Home(dy.Schema):
    """A home as sales knows it."""

    unit_code = dy.String(primary_key=True, regex=CANONICAL_UNIT_CODE)
    project_code = dy.String(min_length=1)
    building_code = dy.String(min_length=1)
    unit_type_code = dy.String(nullable=True)
    area_m2 = dy.Float64(nullable=True, min_exclusive=0)
    sale_date = dy.Date(nullable=True)
    handover_date = dy.Date(nullable=True)
    updated_at = instant()

    @dy.rule()
    def sold_before_it_is_handed_over(cls) -> pl.Expr:  # noqa: N805  dataframely calls rules on the class.
        """A home is not handed over to nobody."""
        return pl.col("sale_date") <= pl.col("handover_date")


class Stock(dy.Schema):
    """How much of a material lay in a warehouse at the end of a day."""

    warehouse_code = dy.String(primary_key=True)
    material_code = dy.String(primary_key=True)
    material_name = dy.String()
    quantity = dy.Float64()
    unit_name = dy.String(nullable=True)
    as_of_date = dy.Date(primary_key=True)


class Batch(dy.Schema):
    """One delivery of one material, as the ERP knows it."""

    batch_code = dy.String(primary_key=True)
    material_code = dy.String()
    material_name = dy.String()
    supplier_name = dy.String(nullable=True)
    received_date = dy.Date(nullable=True)
    quantity = dy.Float64(nullable=True, min=0)


class Price(dy.Schema):
    """What one unit of a material costs from a day on, in fen."""

    material_code = dy.String(primary_key=True)
    price_fen = dy.Int64(min=0)
    valid_from_date = dy.Date(primary_key=True)


class Purchase(dy.Schema):
    """One line of an order; returned goods are negative."""

    purchase_key = dy.String(primary_key=True)
    material_code = dy.String()
    supplier_name = dy.String(nullable=True)
    quantity = dy.Float64()
    amount_fen = dy.Int64()
    ordered_date = dy.Date()
    project_code = dy.String(nullable=True)


class Payment(dy.Schema):
    """One payment in minor units of its currency; credits are negative."""

    payment_key = dy.String(primary_key=True)
    ledger_code = dy.String()
    paid_date = dy.Date(nullable=True)
    supplier_name = dy.String(nullable=True)
    description = dy.String(nullable=True)
    cost_group = dy.String(nullable=True)
    service_area = dy.String(nullable=True)
    currency_code = dy.String(regex="^[A-Z]{3}$")
    amount_fen = dy.Int64()
    project_code = dy.String(nullable=True)
    ticket_number = dy.String(nullable=True)
    source_file = dy.String(nullable=True)


class ExchangeCall(dy.Schema):
    """One call in the log of a telephone exchange."""

    call_key = dy.String(primary_key=True)
    exchange_code = dy.String(primary_key=True)
    offered_at = instant()
    answered_at = instant(nullable=True)
    ended_at = instant()
    wait_seconds = dy.Int64(min=0)
    talk_seconds = dy.Int64(min=0)
    vru_seconds = dy.Int64(nullable=True, min=0)
    outcome = dy.String(check=_one_of(CALL_OUTCOMES))
    agent_code = dy.String(nullable=True)
    caller_pseudonym = dy.String(nullable=True)
    call_date = dy.Date()


class Reading(dy.Schema):
    """One reading of a water meter and what flowed since the one before, in litres."""

    meter_code = dy.String(min_length=1)
    read_at = instant()
    reading_litres = dy.Float64(min=0, allow_inf=False, allow_nan=False)
    difference_litres = dy.Float64(nullable=True)
    consumption_litres = dy.Float64(nullable=True, min=0)
    is_repeated = dy.Bool()
    is_backward = dy.Bool()
    is_jump = dy.Bool()
    timezone = dy.String(nullable=True)


class MeterDay(dy.Schema):
    """One local day of a water meter, and the run of nights with flow its night belongs to."""

    meter_code = dy.String(primary_key=True)
    on_date = dy.Date(primary_key=True)
    consumption_litres = dy.Float64(min=0)
    reading_count = dy.Int64(min=1)
    backward_count = dy.Int64(min=0)
    jump_count = dy.Int64(min=0)
    repeated_count = dy.Int64(min=0)
    night_hour_count = dy.Int64(min=0, max=len(NIGHT_HOURS))
    night_min_litres = dy.Float64(nullable=True)
    is_night_flow = dy.Bool()
    night_flow_run_nights = dy.Int64(min=0)
    night_flow_started_date = dy.Date(nullable=True)


class CalendarSegment(dy.Schema):
    """A stretch of working time `[starts_at, ends_at)` and the working minutes of its calendar before it."""

    calendar_code = dy.String(primary_key=True)
    starts_at = instant(primary_key=True)
    ends_at = instant()
    minutes_before = dy.Int64(min=0)

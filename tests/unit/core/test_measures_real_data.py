"""The measures give the check figures of the public data sets, whose oddities no invented estate has."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from core import measures, warehouse
from core.measures import Condition
from core.settings import Settings
from ingestion import calls, finance, landing
from tests.small_estate import AS_OF, dbt, write_clean
from transforms import meters
from transforms.catalogue import CLEAN_TABLES

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(1200)]

ZONE = "America/New_York"
LIFTS = Condition("source_system", "eq", "nyc311")
COUNCIL = Condition("source_system", "eq", "council")


@pytest.fixture(scope="module")
def city(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A warehouse of tickets of New York, the calls of a bank, the payments of Oxford and the meters of Alicante."""
    settings = Settings(home=tmp_path_factory.mktemp("city"))
    write_clean(settings.clean, _estate())
    lifts, buildings = _lift_complaints(real_data)
    tickets = pl.concat([lifts, _council_casework(real_data)], how="diagonal")
    _write(settings, "ops__building", buildings)
    _write(settings, "ops__ticket", tickets)
    _write(settings, "meters__day", _meter_days(real_data))
    _landed(settings, real_data)
    dbt(
        settings.clean,
        settings.warehouse / "b1" / warehouse.WAREHOUSE_FILE,
        "build",
        "--exclude-resource-type",
        "unit_test",
    )
    warehouse.publish(settings, "b1", gates=[], data_as_of=AS_OF)
    return settings


def _estate() -> dict[str, list[dict[str, Any]]]:
    project = {"city": "New York", "timezone": ZONE, "calendar_code": "service", "created_at": AS_OF}
    return {
        "ops__control": [{"table_name": "ticket", "row_count": 0, "snapshot_at": AS_OF}],
        "ops__project": [{"id": code, "code": code, "name": code} | project for code in ("NYC-LIFTS", "NYC-COUNCIL")],
        "ops__defect_category": [{"code": "housing", "name_zh": "住房", "name_en": "Housing and Buildings"}],
    }


def _write(settings: Settings, table: str, frame: pl.DataFrame) -> None:
    schema = CLEAN_TABLES[table].schema.create_empty().schema
    missing = [pl.lit(None, dtype).alias(name) for name, dtype in schema.items() if name not in frame.columns]
    whole = frame.with_columns(missing).select(pl.col(name).cast(dtype) for name, dtype in schema.items())
    whole.write_parquet(settings.clean / f"{table}.parquet")


def _lift_complaints(real_data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    raw = pl.read_parquet(real_data / "nyc311_elevator" / "clean_requests.parquet")
    named = raw.with_columns(building_id=pl.when(pl.col("bbl").str.contains(r"^[1-5]\d{9}$")).then("bbl"))
    tickets = named.select(
        id=pl.format("lift-{}", "unique_key"),
        number=pl.format("L{}", "unique_key"),
        project_id=pl.lit("NYC-LIFTS"),
        building_id="building_id",
        state=pl.when(pl.col("status") == "Closed").then(pl.lit("closed")).otherwise(pl.lit("open")),
        reported_at=_instant("created_date"),
        closed_at=_instant("closed_date"),
        source_system=pl.lit("nyc311"),
        source_key=pl.col("unique_key").cast(pl.String),
        **_ordinary(),
    )
    buildings = (
        named.select(id="building_id", code="building_id", name="building_id", project_id=pl.lit("NYC-LIFTS"))
        .drop_nulls("id")
        .unique()
    )
    return tickets, buildings


def _council_casework(real_data: Path) -> pl.DataFrame:
    raw = pl.read_parquet(real_data / "nyc_council_constituent" / "nycomplaints.parquet").with_row_index("line")
    is_housing = pl.col("complaint_type") == "Housing and Buildings"
    return raw.select(
        id=pl.format("council-{}", "line"),
        number=pl.format("C{}", "line"),
        project_id=pl.lit("NYC-COUNCIL"),
        category_code=pl.when(is_housing).then(pl.lit("housing")),
        state=pl.when(pl.col("closedate").is_null()).then(pl.lit("open")).otherwise(pl.lit("closed")),
        reported_at=_instant("opendate"),
        closed_at=_instant("closedate"),
        source_system=pl.lit("council"),
        source_key=pl.col("line").cast(pl.String),
        **_ordinary(),
    )


def _instant(column: str) -> pl.Expr:
    local = pl.col(column).cast(pl.Datetime("us"))
    return local.dt.replace_time_zone(ZONE, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def _ordinary() -> dict[str, pl.Expr]:
    texts = {"severity": "normal", "channel": "import", "title": "-", "description": "", "owner_status": "received"}
    return {name: pl.lit(text) for name, text in texts.items()} | {"closed_at_precision": pl.lit("day")}


def _landed(settings: Settings, real_data: Path) -> None:
    """Land and clean the telephone log and the payments as the product does."""
    calls.land(settings, files=[real_data / "technion_bank_calls" / "data_anonymous_bank_february.txt"], now=AS_OF)
    finance.land(settings, files=sorted((real_data / "oxford_council_spend").glob("*.csv")), now=AS_OF)
    for table in ("calls__call", "finance__payment"):
        raw = landing.scan(settings.raw, table)
        CLEAN_TABLES[table].build({table: raw}).accepted.collect().write_parquet(settings.clean / f"{table}.parquet")


def _meter_days(real_data: Path) -> pl.DataFrame:
    with zipfile.ZipFile(real_data / "daiad_water" / "swm_trialA.zip") as opened:
        text = pl.read_csv(opened.read("swm_trialA.csv"), separator=";", infer_schema=False)
    landed = text.with_row_index("_source_line").select(
        pl.col("_source_line").cast(pl.Int64),
        meter_code="user key",
        read_at=pl.col("datetime")
        .str.to_datetime("%d/%m/%Y %H:%M:%S")
        .dt.replace_time_zone("Europe/Madrid", ambiguous="earliest")
        .dt.convert_time_zone("UTC"),
        reading_litres=pl.col("meter reading").cast(pl.Float64),
        _sequence=pl.lit(None, pl.Int64),
        _loaded_at=pl.lit(AS_OF),
    )
    return landed.lazy().pipe(meters.readings).pipe(meters.days, "Europe/Madrid").collect()


def figures(settings: Settings, names: list[str], *where: Condition) -> dict[str, Any]:
    return measures.query(settings, names, where=where).one()


def test_the_lift_complaints_of_new_york(city: Settings) -> None:
    names = ["ticket_count", "hours_to_close_median", "closed_within_24h_share", "closed_within_72h_share"]
    found = figures(city, names, LIFTS)
    assert found["ticket_count"] == 22_504
    assert found["hours_to_close_median"] == pytest.approx(659.0, abs=0.05)
    assert round(100 * found["closed_within_24h_share"], 2) == 6.69
    assert round(100 * found["closed_within_72h_share"], 1) == 13.2
    assert figures(city, ["building_count"])["building_count"] == 5_382


def test_the_repeats_at_a_building_of_new_york(city: Settings) -> None:
    names = [f"repeat_at_building_{days}d_count" for days in (1, 7, 30)]
    found = figures(city, [*names, "building_named_count", "negative_duration_count"], LIFTS)
    assert [found[name] for name in names] == [5_572, 10_370, 13_363]
    assert found["building_named_count"] == 22_257
    assert found["negative_duration_count"] == 0
    assert measures.drill(city, names[0], [LIFTS], limit=1).row_count == 5_572


def test_the_casework_of_the_council(city: Settings) -> None:
    housing = Condition("category", "eq", "housing")
    found = figures(city, ["days_to_close_median", "days_to_close_p90", "negative_duration_count"], COUNCIL)
    assert (found["days_to_close_median"], found["days_to_close_p90"]) == (7, 425)
    assert found["negative_duration_count"] == 0
    assert figures(city, ["ticket_count"], COUNCIL, housing)["ticket_count"] == 81_381
    assert figures(city, ["open_ticket_count"], COUNCIL)["open_ticket_count"] == 14_142


def test_the_telephone_of_a_bank(city: Settings) -> None:
    found = figures(
        city,
        ["calls_received", "calls_answered", "lost_call_share", "answered_in_time_share", "average_speed_of_answer"],
    )
    assert found["calls_received"] == 33_066
    assert found["calls_answered"] == 27_162
    assert round(100 * found["lost_call_share"], 2) == 17.86
    assert round(100 * found["answered_in_time_share"], 2) == 49.02
    assert round(found["average_speed_of_answer"], 2) == 40.77


def test_the_payments_of_a_council(city: Settings) -> None:
    materials = Condition("cost_group", "eq", "Materials")
    found = figures(city, ["payment_count", "payments_total"], materials)
    assert (found["payment_count"], round(found["payments_total"], 2)) == (6_555, 10_643_472.55)
    behind = measures.drill(city, "payments_total", [materials], limit=10_000)
    assert round(behind.value_sum or 0, 2) == 10_643_472.55
    assert {record["cost_group"] for record in behind.records()} == {"Materials"}
    assert round(figures(city, ["payments_total"])["payments_total"], 2) == 165_481_456.60


def test_the_water_meters_of_a_trial(city: Settings) -> None:
    found = figures(city, ["meter_backward_readings", "meter_readings"])
    assert (found["meter_backward_readings"], found["meter_readings"]) == (203, 674_019)
    leaks = measures.query(
        city, ["longest_night_flow"], ["meter_code"], [Condition("is_night_flow", "eq", True)], ["-longest_night_flow"]
    )
    by_meter = {meter[:8]: nights for meter, nights in leaks.rows}
    assert (by_meter["da98dc95"], by_meter["be4c16fa"]) == (74, 31)

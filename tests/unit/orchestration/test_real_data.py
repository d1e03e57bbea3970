"""Public data through the commands people use, from its files to `anju metrics query`, gives its check figures.

Tickets of two older systems are imported into the operational store and extracted from there; payments, meters and
calls are landed as files. Nothing is mapped by the test.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from typer.testing import CliRunner

from core.settings import Settings, get_settings
from orchestration.command import app

pytestmark = [pytest.mark.real_data, pytest.mark.timeout(1200)]

LIFTS = "source_system=nyc311"
COUNCIL = "source_system=nyc_council"


@pytest.fixture(autouse=True)
def settings_of_the_city(city: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANJU_HOME", str(city.home))
    get_settings.cache_clear()


def answer(*arguments: str) -> Any:
    """What `anju metrics query` says."""
    outcome = CliRunner().invoke(app, ["metrics", "query", *arguments, "--json"])
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.output)


def figures(metrics: str, *where: str) -> dict[str, Any]:
    """The one row that answers."""
    conditions = [part for condition in where for part in ("--where", condition)]
    (row,) = answer("--metrics", metrics, *conditions)["rows"]
    return dict(row)


def test_the_lift_complaints_of_new_york() -> None:
    found = figures("ticket_count,hours_to_close_median,closed_within_24h_share,closed_within_72h_share", LIFTS)
    assert found["ticket_count"] == 22_504
    assert found["hours_to_close_median"] == pytest.approx(659.0, abs=0.05)
    assert round(100 * found["closed_within_24h_share"], 2) == 6.69
    assert round(100 * found["closed_within_72h_share"], 1) == 13.2
    assert figures("building_count")["building_count"] == 5_382


def test_the_repeats_at_a_building_of_new_york() -> None:
    names = [f"repeat_at_building_{days}d_count" for days in (1, 7, 30)]
    found = figures(",".join([*names, "building_named_count", "negative_duration_count"]), LIFTS)
    assert [found[name] for name in names] == [5_572, 10_370, 13_363]
    assert found["building_named_count"] == 22_257
    assert found["negative_duration_count"] == 0
    assert answer("--metrics", names[0], "--where", LIFTS, "--drill", "--limit", "1")["row_count"] == 5_572


def test_the_casework_of_the_council_without_its_repeated_rows(city: Settings, real_data: Path) -> None:
    file = pl.read_parquet(real_data / "nyc_council_constituent" / "nycomplaints.parquet")
    rejected = pl.read_csv(city.home / "import" / "nycomplaints.rejected.csv", infer_schema=False)
    kept = file.with_columns(filled=pl.sum_horizontal(pl.all().is_not_null()))
    kept = kept.sort("filled", descending=True, maintain_order=True).unique("unique_key", keep="first")
    found = figures(
        "ticket_count,open_ticket_count,days_to_close_median,days_to_close_p90,negative_duration_count", COUNCIL
    )

    assert (found["ticket_count"], rejected.height) == (341_194, 105)
    assert found["ticket_count"] + rejected.height == file.height == 341_299
    assert _open_count(file) == 14_142
    assert found["open_ticket_count"] == _open_count(kept)
    assert (_days(file).median(), _days(file).quantile(0.9, "linear")) == (7, 425)
    assert found["days_to_close_median"] == _days(kept).median()
    assert found["days_to_close_p90"] == _days(kept).quantile(0.9, "linear")
    assert found["negative_duration_count"] == 0


def test_the_category_that_the_council_spells_in_two_ways(real_data: Path) -> None:
    file = pl.read_parquet(real_data / "nyc_council_constituent" / "nycomplaints.parquet")
    assert file.filter(complaint_type="Housing and Buildings").height == 81_381
    kept = file.sort(pl.sum_horizontal(pl.all().is_null()), maintain_order=True).unique("unique_key", keep="first")
    is_housing = kept["complaint_type"].str.to_lowercase() == "housing and buildings"
    found = figures("ticket_count", COUNCIL, "category=nyc_council_housing_and_buildings")
    assert found["ticket_count"] == is_housing.sum()


def test_the_telephone_of_a_bank() -> None:
    found = figures("calls_received,calls_answered,lost_call_share,answered_in_time_share,average_speed_of_answer")
    assert found["calls_received"] == 33_066
    assert found["calls_answered"] == 27_162
    assert round(100 * found["lost_call_share"], 2) == 17.86
    assert round(100 * found["answered_in_time_share"], 2) == 49.02
    assert round(found["average_speed_of_answer"], 2) == 40.77


def test_the_payments_of_a_council() -> None:
    materials = ("--where", "cost_group=Materials")
    found = figures("payment_count,payments_total", "cost_group=Materials")
    assert (found["payment_count"], round(found["payments_total"], 2)) == (6_555, 10_643_472.55)
    behind = answer("--metrics", "payments_total", *materials, "--drill", "--limit", "10000")
    assert round(behind["value_sum"], 2) == 10_643_472.55
    assert {record["cost_group"] for record in behind["rows"]} == {"Materials"}
    assert round(figures("payments_total")["payments_total"], 2) == 165_481_456.60


def test_the_water_meters_of_a_trial() -> None:
    found = figures("meter_backward_readings,meter_readings")
    assert (found["meter_backward_readings"], found["meter_readings"]) == (203, 674_019)
    leaks = answer("--metrics", "longest_night_flow", "--group-by", "meter_code")["rows"]
    by_meter = {row["meter_code"][:8]: row["longest_night_flow"] for row in leaks}
    assert (by_meter["da98dc95"], by_meter["be4c16fa"]) == (74, 31)


def _open_count(casework: pl.DataFrame) -> int:
    return casework["closedate"].null_count()


def _days(casework: pl.DataFrame) -> pl.Series:
    return casework.select((pl.col("closedate") - pl.col("opendate")).dt.total_days()).to_series()

"""Clean tables are made anew exactly when something they were made from has changed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from core.settings import Settings
from ingestion import landing
from orchestration import zones

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
PRICES = pl.DataFrame(
    {
        "material_code": ["M-1", "M-2"],
        "price_fen": [100, 250],
        "valid_from_date": [dt.date(2026, 1, 1)] * 2,
        "_source_file": ["prices.csv"] * 2,
        "_source_line": [2, 3],
    }
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


def land_prices(settings: Settings, frame: pl.DataFrame, label: str) -> None:
    with landing.writing(settings.raw, "erp__price", now=NOW, label=label) as batch:
        batch.add_frame(frame)
        batch.commit(origin="file", content_sha256=label, contract_version=1, rows_in=frame.height)


def refreshed(settings: Settings) -> dict[str, zones.CleanOutcome]:
    return {outcome.table: outcome for outcome in zones.refresh_clean(settings)}


def test_every_clean_table_exists_even_where_nothing_landed(settings: Settings) -> None:
    outcomes = refreshed(settings)

    assert all(zones.clean_file(settings, table).exists() for table in outcomes)
    assert {outcome.rows for outcome in outcomes.values()} == {0}


def test_a_second_look_without_news_makes_nothing(settings: Settings) -> None:
    land_prices(settings, PRICES, "a")
    first = refreshed(settings)
    second = refreshed(settings)

    assert first["erp__price"] == zones.CleanOutcome("erp__price", 2, 0, is_new=True)
    assert {outcome.is_new for outcome in second.values()} == {False}
    assert second["erp__price"].rows == 2


def test_the_clean_zone_is_stale_from_a_landing_until_it_is_renewed(settings: Settings) -> None:
    assert zones.is_stale(settings)
    refreshed(settings)
    assert not zones.is_stale(settings)
    land_prices(settings, PRICES, "a")
    assert zones.is_stale(settings)
    refreshed(settings)
    zones.clean_file(settings, "erp__price").unlink()
    assert zones.is_stale(settings)


def test_a_new_batch_renews_only_what_is_made_from_it(settings: Settings) -> None:
    land_prices(settings, PRICES, "a")
    refreshed(settings)
    before = zones.fingerprint(settings)
    land_prices(settings, PRICES.with_columns(material_code=pl.lit("M-3")).head(1), "b")

    assert [table for table, outcome in refreshed(settings).items() if outcome.is_new] == ["erp__price"]
    assert zones.fingerprint(settings) != before
    assert pl.read_parquet(zones.clean_file(settings, "erp__price"))["material_code"].sort().to_list() == [
        "M-1",
        "M-2",
        "M-3",
    ]


def test_a_clean_table_that_was_deleted_is_made_again(settings: Settings) -> None:
    land_prices(settings, PRICES, "a")
    refreshed(settings)
    zones.clean_file(settings, "erp__price").unlink()

    assert [table for table, outcome in refreshed(settings).items() if outcome.is_new] == ["erp__price"]

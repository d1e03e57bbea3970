"""Public data sets, landed and cleaned: what is known of them comes out."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from core.settings import Settings
from ingestion import calls, finance, landing
from transforms.catalogue import CLEAN_TABLES

NOW = dt.datetime(2026, 3, 2, 8, tzinfo=dt.UTC)

pytestmark = pytest.mark.real_data


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def cleaned(settings: Settings, table: str) -> pl.DataFrame:
    """The clean table; every landed row has to be in it."""
    raw = landing.scan(settings.raw, table)
    accepted, rejected = CLEAN_TABLES[table].build({table: raw}).collect()
    assert rejected.is_empty()
    assert accepted.height == raw.select(pl.len()).collect().item()
    return accepted


def test_the_calls_of_a_bank_give_the_known_service_levels(settings: Settings, real_data: Path) -> None:
    calls.land(settings, files=[real_data / "technion_bank_calls" / "data_anonymous_bank_february.txt"], now=NOW)
    found = cleaned(settings, "calls__call")
    assert found.height == 33_344
    offered = found.filter(pl.col("outcome") != "phantom")
    answered = offered.filter(pl.col("outcome") == "answered")
    assert (offered.height, answered.height) == (33_066, 27_162)
    assert 1 - answered.height / offered.height == pytest.approx(0.1786, abs=5e-5)
    assert answered.filter(pl.col("wait_seconds") <= 20).height / offered.height == pytest.approx(0.4902, abs=5e-5)
    assert answered["wait_seconds"].mean() == pytest.approx(40.77, abs=5e-3)
    assert found["vru_seconds"].null_count() == 25


def test_the_payments_of_a_council_keep_their_sums(settings: Settings, real_data: Path) -> None:
    finance.land(settings, files=sorted((real_data / "oxford_council_spend").glob("*.csv")), now=NOW)
    found = cleaned(settings, "finance__payment")
    landed = landing.scan(settings.raw, "finance__payment").select(pl.col("amount_fen").sum()).collect().item()
    assert found["amount_fen"].sum() == landed
    materials = found.filter(pl.col("cost_group") == "Materials")
    assert (materials.height, materials["amount_fen"].sum()) == (6_555, 1_064_347_255)
    without_date = found.filter(pl.col("source_file").str.contains("apr-jun-2014"))
    assert without_date["paid_date"].null_count() == without_date.height == 3_836

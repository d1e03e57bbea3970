"""The feeds of calls, finance, meters and lifts: what each format says arrives, figures of the real files included."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import LiteralString

import polars as pl
import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from core.settings import Settings
from ingestion import calls, finance, landing, lifts, meters, quarantine
from ingestion.errors import SuspiciousShrinkError
from ingestion.postgres import libpq_url
from ingestion.pseudonyms import Pseudonyms
from ingestion.sources import SOURCES

CALLS = "call_id,exchange,caller,offered_at,answered_at,ended_at,ivr_seconds,agent,result\n"


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def raw(settings: Settings, entity: str) -> pl.DataFrame:
    return landing.scan(settings.raw, entity).collect()


def test_every_source_is_listed_with_its_entities_and_what_it_is() -> None:
    assert list(SOURCES) == ["ops", "crm", "erp", "finance", "calls", "meters", "lifts"]
    for name, source in SOURCES.items():
        assert source.description
        assert all(entity.startswith(f"{name}__") for entity in source.entities)


def test_a_call_is_split_into_announcement_waiting_and_talking(
    settings: Settings, tmp_path: Path, now: dt.datetime
) -> None:
    rows = (
        "1,HZ,13800001111,2026-01-05 09:00:00,2026-01-05 09:00:40,2026-01-05 09:03:00,10,A7,ANSWERED\n"
        "2,HZ,,2026-01-05 23:59:50,,2026-01-06 00:00:20,12,,abandoned\n"
        "3,HZ,,2026-01-05 10:00:00,,2026-01-05 10:00:09,9,,IVR\n"
        "4,HZ,,2026-01-05 11:00:00,2026-01-05 11:00:05,2026-01-05 11:01:05,12,A7,ANSWERED\n"
    )
    calls.land(settings, files=[written(tmp_path, "calls.csv", CALLS + rows)], now=now)
    found = raw(settings, "calls__call").sort("call_key")
    assert found.select("wait_seconds", "talk_seconds", "vru_seconds", "outcome").rows() == [
        (30, 140, 10, "answered"),
        (18, 0, 12, "abandoned"),
        (0, 0, 9, "ivr_only"),
        (0, 60, 12, "answered"),
    ]
    assert found["offered_at"][0] == dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC)
    assert found["call_date"].to_list()[1] == dt.date(2026, 1, 5)
    assert found["caller_pseudonym"].to_list() == [Pseudonyms(settings).of("phone", "13800001111"), None, None, None]


def test_a_refused_call_shows_no_number_in_quarantine(settings: Settings, tmp_path: Path, now: dt.datetime) -> None:
    rows = (
        "1,HZ,13800001111,2026-01-05 09:00:00,,2026-01-05 08:00:00,1,A7,ABANDONED\n"
        "2,HZ,13800002222,2026-01-05 09:00:00\n"
        "3,HZ,13800003333,2026-01-05 09:00:00,,2026-01-05 09:00:20,1,,ABANDONED\n"
    )
    calls.land(settings, files=[written(tmp_path, "calls.csv", CALLS + rows)], now=now)
    found = quarantine.rows(settings.quarantine, settings.raw, "calls__call")
    assert found["_rule"].to_list() == ["row.ends_before_it_begins", "row.too_few_cells"]
    assert not found["_raw_text"].str.contains(r"1380000").any()
    for path in settings.lake.rglob("*.parquet"):
        assert b"1380000" not in path.read_bytes()


def test_times_of_a_day_stay_near_the_call_when_it_crosses_midnight(
    settings: Settings, tmp_path: Path, now: dt.datetime
) -> None:
    header = (
        "vru+line,call_id,customer_id,priority,type,date,vru_entry,vru_exit,vru_time,q_start,q_exit,q_time,outcome,"
        "ser_start,ser_exit,ser_time,server\n"
    )
    rows = (
        "AA0101,1,0,0,PS,990201,23:59:50,0:00:00,10,0:00:00,0:00:00,0,AGENT,23:59:59,0:04:10,251,DORIT\n"
        "AA0101,2,27,2,PS,990207,9:48:14,9:47:17,-57,9:47:17,9:50:11,174,HANG,0:00:00,0:00:00,0,NO_SERVER\n"
    )
    calls.land(settings, files=[written(tmp_path, "log.csv", header + rows)], now=now)
    night, clocks = raw(settings, "calls__call").sort("call_key").iter_rows(named=True)
    assert night["answered_at"] == dt.datetime(1999, 2, 1, 21, 59, 59, tzinfo=dt.UTC)
    assert night["ended_at"] == dt.datetime(1999, 2, 1, 22, 4, 10, tzinfo=dt.UTC)
    assert night["caller_pseudonym"] is None
    assert (clocks["offered_at"], clocks["vru_seconds"]) == (dt.datetime(1999, 2, 7, 7, 48, 14, tzinfo=dt.UTC), -57)
    assert (clocks["answered_at"], clocks["agent_code"], clocks["outcome"]) == (None, None, "abandoned")


@pytest.mark.real_data
def test_a_month_of_a_banks_calls_meets_its_figures(settings: Settings, real_data: Path, now: dt.datetime) -> None:
    report = calls.land(
        settings, files=[real_data / "technion_bank_calls" / "data_anonymous_bank_february.txt"], now=now
    )
    assert (report.rows_in, report.rows_loaded) == (33_344, 33_344)
    found = raw(settings, "calls__call")
    assert found["call_key"].is_unique().all()
    assert (found["vru_seconds"] < 0).sum() == 25
    offered = found.filter(pl.col("outcome") != "phantom")
    answered = offered.filter(outcome="answered")
    assert (offered.height, answered.height) == (33_066, 27_162)
    assert round((offered["outcome"] == "abandoned").sum() / offered.height * 100, 2) == 17.86
    assert round(int((answered["wait_seconds"] <= 20).sum()) / offered.height * 100, 2) == 49.02
    # A mean of numbers is a number.
    assert round(answered["wait_seconds"].mean(), 2) == 40.77  # type: ignore[arg-type]
    assert not (found["ended_at"] < found["offered_at"]).any()


@pytest.mark.real_data
def test_twelve_quarters_of_a_councils_ledger_with_nine_headers_add_up(
    settings: Settings, real_data: Path, now: dt.datetime
) -> None:
    files = sorted((real_data / "oxford_council_spend").glob("*.csv"))
    report = finance.land(settings, files=files, now=now)
    assert len(files) == len(report.batches) == 12
    assert (report.rows_in, report.rows_loaded, report.rows_quarantined) == (45_230, 45_229, 1)
    refused = quarantine.rows(settings.quarantine, settings.raw, "finance__payment")
    assert refused.select("_source_line", "_raw_text").rows() == [(3861, ",,xxx,,,,,,,")]
    found = raw(settings, "finance__payment")
    assert found["amount_fen"].sum() == 16_548_145_660
    materials = found.filter(cost_group="Materials")
    assert (materials.height, materials["amount_fen"].sum()) == (6_555, 1_064_347_255)
    assert found["payment_key"].is_unique().all()
    undated = found.filter(pl.col("paid_date").is_null())
    assert undated["_source_file"].value_counts().rows() == [("expenditure-over-500-apr-jun-2014.csv", 3_836)]
    assert finance.land(settings, files=files, now=now + dt.timedelta(hours=1)).batches == []


@pytest.fixture
def ledger(postgres_url: str, settings: Settings) -> Settings:
    """An installation whose finance database holds a payment table."""
    url = libpq_url(postgres_url)
    name = f"finance_{settings.home.parent.name[-40:]}".replace("-", "_")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(name)))
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    address = f"{url.rpartition('/')[0]}/{name}"
    with psycopg.connect(address) as connection:
        connection.execute(
            """create table payment (payment_id bigint primary key, ledger text not null, paid_on date, supplier text,
               description text, cost_group text, service_area text, currency char(3) not null default 'CNY',
               amount numeric(14, 2) not null, project_code text, ticket_number text,
               posted_at timestamptz not null default now())"""
        )
        connection.execute(
            """insert into payment (payment_id, ledger, paid_on, supplier, cost_group, amount, ticket_number)
               select n, '5401 维修成本', '2026-01-05', '宏达防水', '材料', n + 0.01, 'T' || n
               from generate_series(1, 10) n"""
        )
    return settings.model_copy(update={"finance_database_url": SecretStr(address)})


def change_ledger(installation: Settings, statement: LiteralString) -> None:
    assert installation.finance_database_url is not None
    with psycopg.connect(installation.finance_database_url.get_secret_value()) as connection:
        connection.execute(statement)


def test_the_finance_database_is_read_whole_and_replaces_what_it_said(ledger: Settings, now: dt.datetime) -> None:
    assert finance.land(ledger, now=now).rows_loaded == 10
    found = raw(ledger, "finance__payment").sort("amount_fen")
    assert found.row(0, named=True) | {"_batch_id": "", "_loaded_at": None} == {
        "payment_key": "1",
        "ledger_code": "5401 维修成本",
        "paid_date": dt.date(2026, 1, 5),
        "supplier_name": "宏达防水",
        "description": None,
        "cost_group": "材料",
        "service_area": None,
        "currency_code": "CNY",
        "amount_fen": 101,
        "project_code": None,
        "ticket_number": "T1",
        "_source_file": "finance database, table payment",
        "_source_line": 1,
        "_batch_id": "",
        "_timezone": None,
        "_loaded_at": None,
    }
    assert finance.land(ledger, now=now + dt.timedelta(hours=1)).batches == []
    change_ledger(
        ledger, "delete from payment where payment_id = 3; update payment set amount = -5 where payment_id = 4"
    )
    finance.land(ledger, now=now + dt.timedelta(hours=2))
    found = raw(ledger, "finance__payment")
    assert found.height == 9
    assert found.filter(payment_key="4")["amount_fen"].item() == -500
    assert quarantine.rows(ledger.quarantine, ledger.raw, "finance__payment").is_empty()
    assert len(landing.batches(ledger.raw, "finance__payment")) == 1


def test_a_finance_database_that_suddenly_shrinks_is_refused_and_the_last_good_data_stays(
    ledger: Settings, now: dt.datetime
) -> None:
    finance.land(ledger, now=now)
    change_ledger(ledger, "delete from payment where payment_id > 3")
    with pytest.raises(SuspiciousShrinkError, match="3 rows, after 10"):
        finance.land(ledger, now=now + dt.timedelta(hours=1))
    assert raw(ledger, "finance__payment").height == 10
    finance.land(ledger, now=now + dt.timedelta(hours=2), allow_shrink=True)
    assert raw(ledger, "finance__payment").height == 3


def test_backward_and_repeated_readings_are_in_raw_as_they_were_sent(
    settings: Settings, tmp_path: Path, now: dt.datetime
) -> None:
    rows = (
        "device,read_at,litres,sequence\n"
        "WM-1,2026-01-05T09:00:00+08:00,100,1\n"
        "WM-1,2026-01-05T09:00:00+08:00,100,1\n"
        "WM-1,2026-01-05T10:00:00+08:00,90.5,2\n"
        "WM-1,2026-01-05 11:00:00,91,3\n"
        "WM-1,2026-01-05T12:00:00Z,-1,4\n"
    )
    report = meters.land(settings, files=[written(tmp_path, "meters.csv", rows)], now=now)
    assert report.rows_quarantined == 2
    found = raw(settings, "meters__reading").sort("_source_line")
    assert found["reading_litres"].to_list() == [100, 100, 90.5]
    assert found["_sequence"].to_list() == [1, 1, 2]
    refused = quarantine.rows(settings.quarantine, settings.raw, "meters__reading")
    assert refused["_rule"].to_list() == ["read_at.not_a_time", "reading_litres.too_small"]


@pytest.mark.real_data
def test_a_year_of_a_field_trial_of_meters_arrives_reading_by_reading(
    settings: Settings, real_data: Path, now: dt.datetime
) -> None:
    report = meters.land(settings, files=[real_data / "daiad_water" / "swm_trialA.zip"], now=now)
    assert (report.rows_in, report.rows_loaded) == (674_019, 674_019)
    found = raw(settings, "meters__reading").sort("_source_line")
    assert found["meter_code"].n_unique() == 92
    local = pl.col("read_at").dt.convert_time_zone("Europe/Madrid")
    assert found.select(local.dt.date().min()).item() == dt.date(2016, 3, 1)
    step = pl.col("reading_litres") - pl.col("reading_litres").shift().over("meter_code")
    assert found.select((step < 0).sum()).item() == 203


@pytest.mark.real_data
def test_lift_samples_that_a_spreadsheet_turned_into_dates_are_numbers_again(
    settings: Settings, real_data: Path, now: dt.datetime
) -> None:
    file = real_data / "elevator_predictive" / "predictive-maintenance-dataset.csv"
    report = lifts.land(settings, files=[file], now=now)
    assert (report.rows_in, report.rows_loaded) == (112_001, 112_001)
    found = raw(settings, "lifts__sample").sort("_source_line")
    text = pl.read_csv(file, separator=";" if b";" in file.read_bytes()[:40] else ",", infer_schema=False)
    was_date = text.select(
        pl.col("vibration").str.contains("[A-Za-z]"), pl.col("ball-bearing").str.contains("[A-Za-z]")
    )
    assert was_date.sum().row(0) == (5_242, 535)
    assert found.drop("_timezone").null_count().sum_horizontal().item() == 0
    repaired, sound = found.filter(was_date["vibration"]), found.filter(~was_date["vibration"])
    assert repaired["vibration"].max() < sound["vibration"].max()  # type: ignore[operator]  # A number.
    assert repaired["vibration"].min() > 0  # type: ignore[operator]  # A number.
    assert found.filter(text["vibration"] == "18. Jan")["vibration"].unique().to_list() == [18.01]

"""The stand-ins speak as the contracts of ingestion expect, dirt included, in the codes of the estate."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from collections.abc import Iterator
from typing import Any

import polars as pl
import psycopg
import pytest
from aiomqtt import Client
from fastapi.testclient import TestClient
from sqlalchemy import make_url

from core.identifiers import uuid7
from core.settings import Settings
from demo.estate.generate import Estate
from demo.installation import drop_files
from demo.standins.broker import broker
from demo.standins.calls import recent_calls
from demo.standins.crm import create_crm
from demo.standins.finance import Ledger, create_ledger
from demo.standins.meters import publish, readings
from ingestion import calls, erp, landing
from ingestion.contracts import contracts_of
from ingestion.dropped_files import FileFeed, land_files

TOKEN = "a-token"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def crm(small_estate: Estate) -> TestClient:
    return TestClient(create_crm(small_estate, TOKEN, is_moody=False))


def pages(client: TestClient, table: str, **query: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(f"/api/v1/{table}", params=query | cursor, headers=HEADERS)
        assert answer.status_code == 200
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return items
        cursor = {"cursor": answer.json()["next_cursor"]}


def test_the_crm_gives_every_customer_and_home_once_in_order(crm: TestClient, small_estate: Estate) -> None:
    customers, homes = pages(crm, "customers", limit=500), pages(crm, "homes", limit=333)
    assert len(customers) == small_estate.frames["household_member"].height
    assert len({row["id"] for row in customers}) == len(customers)
    assert {row["home"] for row in homes} == set(small_estate.frames["unit"]["code"])
    order = [(row["updated_at"], row["id"]) for row in customers]
    assert order == sorted(order)


def test_the_crm_gives_what_changed_since(crm: TestClient) -> None:
    everything = pages(crm, "customers", limit=500)
    since = everything[-40]["updated_at"]
    assert pages(crm, "customers", limit=7, updated_since=since) == [
        row for row in everything if row["updated_at"] >= since
    ]


def test_the_crm_wants_its_token_and_its_own_cursors(crm: TestClient) -> None:
    assert crm.get("/api/v1/homes").status_code == 401
    assert crm.get("/api/v1/homes", headers={"Authorization": "Bearer other"}).status_code == 401
    assert crm.get("/api/v1/homes", params={"cursor": "bm90IG91cnM="}, headers=HEADERS).status_code == 400
    assert crm.get("/api/v1/homes", params={"limit": 501}, headers=HEADERS).status_code == 422
    assert crm.get("/health").json() == {"status": "ok"}


def test_homes_are_spelled_as_people_type_them(crm: TestClient, small_estate: Estate) -> None:
    spelled = [row["home"] for row in pages(crm, "customers", limit=500)]
    codes = set(small_estate.frames["unit"]["code"])
    dirty = [home for home in spelled if home not in codes]
    assert 0.05 < len(dirty) / len(spelled) < 0.2
    assert any("栋" in home for home in dirty)
    assert any("0" in home for home in dirty)


def test_a_moody_crm_is_busy_or_broken_now_and_then(small_estate: Estate) -> None:
    client = TestClient(create_crm(small_estate, TOKEN, seed=3))
    answers = [client.get("/api/v1/homes", params={"limit": 1}, headers=HEADERS) for _ in range(300)]
    seen = {status: [one for one in answers if one.status_code == status] for status in (200, 429, 500)}
    assert answers[0].status_code == 200
    assert len(seen[200]) > 270
    assert seen[500]
    assert {one.headers["retry-after"] for one in seen[429]} == {"1"}


@pytest.fixture(scope="module")
def dropped(small_estate: Estate, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home whose inbox holds everything, landed."""
    settings = Settings(home=tmp_path_factory.mktemp("dropped"))
    drop_files(small_estate, settings.inbox, recent_calls(small_estate, small_estate.tables))
    now = dt.datetime.now(dt.UTC)
    meters = land_files(settings, FileFeed("meters", contracts_of("meters")), now=now)
    for report in (erp.land(settings, now=now), calls.land(settings, now=now), meters):
        assert report.held == []
    return settings


@pytest.mark.parametrize(
    ("entity", "least", "most_refused"),
    [
        ("erp__stock", 1_500, 20),
        ("erp__batch", 300, 5),
        ("erp__price", 150, 5),
        ("erp__purchase", 150, 5),
        ("calls__call", 1_000, 60),
        ("meters__reading", 100_000, 80),
    ],
)
def test_what_is_dropped_is_landed_but_for_a_few_unreadable_rows(
    dropped: Settings, entity: str, least: int, most_refused: int
) -> None:
    loaded = landing.scan(dropped.raw, entity).collect().height
    batches = landing.batches(dropped.raw, entity)
    refused = sum(batch.rows_quarantined for batch in batches)
    assert loaded >= least
    assert 0 < refused <= most_refused
    assert sum(batch.rows_in for batch in batches) == loaded + refused


def test_codes_agree_with_the_estate(dropped: Settings, small_estate: Estate) -> None:
    batches = landing.scan(dropped.raw, "erp__batch").collect()
    assert set(batches["batch_code"]) <= set(small_estate.frames["material_batch"]["code"])
    logged = landing.scan(dropped.raw, "calls__call").collect()
    known = small_estate.tables["call"]["exchange_key"]
    assert logged["call_key"].is_in(known.implode()).sum() > 200
    shares = logged["outcome"].value_counts(normalize=True)
    assert {"answered", "abandoned", "ivr_only", "phantom"} == set(shares["outcome"])
    assert 0.05 < shares.filter(outcome="abandoned")["proportion"].item() < 0.2


def test_water_runs_all_night_where_the_truth_says_so_and_nowhere_else(small_estate: Estate) -> None:
    local = pl.col("read_at").dt.convert_time_zone("Asia/Shanghai")
    frame = readings(small_estate).unique(["device", "read_at"]).sort("device", "read_at")
    used = frame.with_columns(litres=pl.col("litres").diff().over("device")).filter(local.dt.hour().is_in([2, 3, 4, 5]))
    last_week = used.filter(pl.col("read_at") > small_estate.now - dt.timedelta(days=7))
    least = last_week.group_by("device").agg(running=(pl.col("litres") > 0).mean())
    leaking = {fault["meter_code"] for fault in small_estate.truth["leaking_meters"]}
    assert set(least.filter(pl.col("running") > 0.95)["device"]) == leaking


@pytest.fixture
def finance_database(database_url: str) -> Iterator[str]:
    """The name of a database beside the test's own, removed at the end."""
    name = f"finance_{uuid7().hex}"
    yield name
    own = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")


def test_the_ledger_holds_what_tickets_cost(small_estate: Estate, database_url: str, finance_database: str) -> None:
    ledger = Ledger(small_estate)
    ledger.add(small_estate.tables)
    payments = ledger.payments()

    url = create_ledger(database_url, payments, database=finance_database)

    numbers = set(small_estate.tables["ticket"]["number"])
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "select count(*), sum(amount), count(*) filter (where amount < 0) from payment"
        ).fetchone()
        named = connection.execute(
            "select distinct ticket_number from payment where ticket_number is not null"
        ).fetchall()
        groups = connection.execute("select distinct cost_group from payment").fetchall()
    assert rows is not None
    assert rows[:2] == (payments.height, payments["amount"].sum())
    assert rows[2] > 100
    assert {number for (number,) in named} <= numbers
    assert {group for (group,) in groups} == {"人工", "材料", "分包", "赔付", "扣款"}
    materials = small_estate.tables["cost_entry"].filter(kind="material")["amount_fen"].sum() / 100
    paid = float(payments.filter(cost_group="材料")["amount"].sum())
    assert 0.9 * materials < paid <= materials


def test_meters_speak_mqtt(small_estate: Estate, free_port: int) -> None:
    async def listen() -> list[dict[str, Any]]:
        heard = []
        async with broker(free_port), Client("127.0.0.1", free_port) as client:
            await client.subscribe("anju/meters/+/reading", qos=1)
            sent = await asyncio.to_thread(publish, small_estate, f"mqtt://127.0.0.1:{free_port}", last_hours=2)
            async for message in client.messages:
                reading = json.loads(message.payload)
                assert str(message.topic) == f"anju/meters/{reading['device']}/reading"
                heard.append(reading)
                if len(heard) == sent:
                    return heard
        return heard

    heard = asyncio.run(asyncio.wait_for(listen(), 60))
    assert len(heard) > 40
    assert set(heard[0]) == {"device", "read_at", "litres", "sequence"}
    assert dt.datetime.fromisoformat(heard[0]["read_at"]).tzinfo is not None
    serials = small_estate.frames["asset"].filter(component_code="water_meter")["serial_number"]
    assert {reading["device"] for reading in heard} <= set(serials)

"""The CRM over REST: page by page to the end or nothing, through refusals, each change once, nobody by name."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from pydantic import SecretStr

from core.settings import Settings
from ingestion import crm, landing, quarantine
from ingestion.errors import SourceNotConfiguredError, SourceUnreachableError, TooManyBadRowsError
from ingestion.pseudonyms import Pseudonyms

TOKEN = "crm-token"


class Crm:
    """A scripted CRM: its rows, and the answers it gives instead of a page, in turn."""

    def __init__(self) -> None:
        self.customers = [customer(number) for number in range(1, 26)]
        self.homes = [
            {
                "home": "HZ01-03-1802",
                "project": "HZ01",
                "building": "03",
                "unit_type": "B2",
                "area_m2": 112.5,
                "sold_on": None,
                "handed_over_on": "2023-05-01",
                "updated_at": "2026-01-05T09:00:00+08:00",
            }
        ]
        self.refusals: list[tuple[int, dict[str, str]]] = []
        self.queries: list[dict[str, str]] = []
        self.page_size = 10

    def answer(self, path: str, query: dict[str, str], token: str) -> tuple[int, dict[str, str], Any]:
        self.queries.append(query)
        if token != f"Bearer {TOKEN}":
            return 401, {}, {"error": "unauthorized"}
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return status, headers, {"error": "try again"}
        rows = self.customers if path.endswith("customers") else self.homes
        since = query.get("updated_since")
        if since:
            start = dt.datetime.fromisoformat(since)
            rows = [row for row in rows if dt.datetime.fromisoformat(str(row["updated_at"])) >= start]
        first = int(query.get("cursor", "0"))
        last = first + self.page_size
        following = str(last) if last < len(rows) else None
        return 200, {}, {"items": rows[first:last], "next_cursor": following}


def customer(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"C{number:06d}",
        "home": "HZ01-3栋-1802",
        "name": "王小明",
        "phone": f"138000{number:05d}",
        "kind": "owner",
        "since": "2023-05-01",
        "updated_at": f"2026-01-05T{number % 24:02d}:00:00+08:00",
    } | changes


@pytest.fixture
def system() -> Crm:
    return Crm()


@pytest.fixture
def installation(settings: Settings, system: Crm) -> Iterator[Settings]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            status, headers, body = system.answer(parts.path, query, self.headers.get("Authorization", ""))
            payload = json.dumps(body).encode()
            self.send_response(status)
            for name, value in ({"Content-Type": "application/json"} | headers).items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield settings.model_copy(update={"crm_url": url, "crm_token": SecretStr(TOKEN)})
    server.shutdown()
    server.server_close()


def customers(installation: Settings) -> pl.DataFrame:
    return landing.scan(installation.raw, "crm__customer").collect().sort("customer_key")


def test_every_page_lands_and_nobody_by_name(installation: Settings, system: Crm, now: dt.datetime) -> None:
    report = crm.land(installation, now=now)
    assert report.rows_loaded == 26
    found = customers(installation)
    assert found["customer_key"].to_list() == [row["id"] for row in system.customers]
    assert found["unit_code"][0] == "HZ01-3栋-1802"
    assert found["phone_pseudonym"][0] == Pseudonyms(installation).of("phone", "13800000001")
    assert found["name_pseudonym"].n_unique() == 1
    assert found["updated_at"][0] == dt.datetime(2026, 1, 4, 17, tzinfo=dt.UTC)
    for path in installation.lake.rglob("*"):
        assert not path.is_file() or not any(secret in path.read_bytes() for secret in ("王小明".encode(), b"13800000"))
    home = landing.scan(installation.raw, "crm__home").collect().row(0, named=True)
    assert (home["area_m2"], home["sale_date"], home["handover_date"]) == (112.5, None, dt.date(2023, 5, 1))


def test_refusals_are_waited_out(installation: Settings, system: Crm, now: dt.datetime) -> None:
    system.refusals = [(429, {"Retry-After": "1"}), (500, {}), (503, {})]
    assert crm.land(installation, now=now).rows_loaded == 26
    assert system.refusals == []


def test_only_changes_are_asked_for_and_each_lands_once(installation: Settings, system: Crm, now: dt.datetime) -> None:
    crm.land(installation, now=now)
    system.queries.clear()
    report = crm.land(installation, now=now + dt.timedelta(minutes=10))
    assert report.batches == []
    assert dt.datetime.fromisoformat(system.queries[0]["updated_since"]) == dt.datetime(2026, 1, 5, 14, tzinfo=dt.UTC)
    system.customers.append(customer(30, updated_at="2026-01-05T22:30:00+08:00", name="李"))
    report = crm.land(installation, now=now + dt.timedelta(minutes=20))
    (batch,) = report.batches
    assert (batch.rows_loaded, batch.rows_in - batch.rows_loaded) == (1, batch.rows_repeated)
    assert customers(installation).height == 26
    assert crm.land(installation, now=now + dt.timedelta(minutes=30)).batches == []


def test_reading_everything_again_changes_nothing(installation: Settings, now: dt.datetime) -> None:
    crm.land(installation, now=now)
    assert crm.land(installation, now=now + dt.timedelta(minutes=10), is_complete=True).batches == []


def test_a_failure_in_the_middle_lands_no_page_at_all(
    installation: Settings, system: Crm, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingestion.rest._ATTEMPTS", 2)
    answer = system.answer

    def breaks(path: str, query: dict[str, str], token: str) -> tuple[int, dict[str, str], Any]:
        return (500, {}, {}) if query.get("cursor") == "20" else answer(path, query, token)

    monkeypatch.setattr(system, "answer", breaks)
    with pytest.raises(SourceUnreachableError, match="500"):
        crm.land(installation, now=now)
    assert landing.batches(installation.raw, "crm__customer") == []


def test_a_wrong_token_says_so(installation: Settings, now: dt.datetime) -> None:
    stranger = installation.model_copy(update={"crm_token": SecretStr("wrong")})
    with pytest.raises(SourceUnreachableError, match="401"):
        crm.land(stranger, now=now)


def test_a_field_that_is_gone_stops_the_feed_and_is_named(
    installation: Settings, system: Crm, now: dt.datetime
) -> None:
    for row in system.customers:
        row["mobile"] = row.pop("phone")
    with pytest.raises(SourceUnreachableError, match="phone is missing; mobile is not in the contract"):
        crm.land(installation, now=now)


def test_a_bad_row_is_quarantined_without_its_name_and_number(
    installation: Settings, system: Crm, now: dt.datetime
) -> None:
    system.customers[3] = customer(4, kind="cousin")
    report = crm.land(installation, now=now)
    assert report.rows_quarantined == 1
    refused = quarantine.rows(installation.quarantine, installation.raw, "crm__customer").row(0, named=True)
    assert refused["_rule"] == "customer_kind.not_in_the_list"
    assert refused["_source_file"] == "crm:/api/v1/customers"
    told = json.loads(refused["_raw_text"])
    assert (told["customer_key"], told["customer_kind"]) == ("C000004", "cousin")
    assert (told["name"], told["phone"]) == ("***", "***")


def test_a_feed_of_mostly_bad_rows_is_refused_whole(installation: Settings, system: Crm, now: dt.datetime) -> None:
    system.customers = [customer(number, since="yesterday") for number in range(1, 26)]
    with pytest.raises(TooManyBadRowsError, match=r"25 of 25 rows.*since_date\.not_a_date 25"):
        crm.land(installation, now=now)
    assert landing.batches(installation.raw, "crm__customer") == []


def test_without_an_address_the_message_names_the_setting(settings: Settings, now: dt.datetime) -> None:
    with pytest.raises(SourceNotConfiguredError, match="ANJU_CRM_URL"):
        crm.land(settings, now=now)

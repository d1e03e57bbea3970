"""Messages of meters: on disk before they are acknowledged, whoever is killed when; a real broker answers."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client
import paho.mqtt.publish
import pytest
from amqtt.broker import Broker  # type: ignore[import-untyped]  # amqtt ships no types.
from pydantic import SecretStr

from core.settings import Settings
from ingestion import inbox, landing, meter_messages, meters, quarantine
from ingestion.errors import SourceUnreachableError


@pytest.fixture
def broker(free_port: int) -> Iterator[int]:
    """A broker that keeps sessions, on a port of its own."""
    loop = asyncio.new_event_loop()
    running: list[Broker] = []
    is_up = threading.Event()

    async def start() -> None:
        listeners = {"default": {"type": "tcp", "bind": f"127.0.0.1:{free_port}"}}
        plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": False}}
        running.append(Broker({"listeners": listeners, "plugins": plugins}))
        await running[0].start()
        is_up.set()

    thread = threading.Thread(target=lambda: (loop.run_until_complete(start()), loop.run_forever()))
    thread.start()
    assert is_up.wait(20)
    yield free_port
    asyncio.run_coroutine_threadsafe(running[0].shutdown(), loop).result(20)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def installation(settings: Settings, broker: int) -> Settings:
    """An installation that has subscribed once, as `anju up` does, before any meter sends."""
    found = settings.model_copy(update={"mqtt_url": SecretStr(f"mqtt://anju:reader@127.0.0.1:{broker}")})
    meter_messages.collect(found, now=dt.datetime.now(dt.UTC), idle_seconds=0.2)
    return found


def send(broker: int, *readings: tuple[str, bytes]) -> None:
    messages = [
        {"topic": f"anju/meters/{device}/reading", "payload": payload, "qos": 1} for device, payload in readings
    ]
    sender = {"username": "meter", "password": "sender"}
    # The library's stub knows one kind of message.
    paho.mqtt.publish.multiple(messages, hostname="127.0.0.1", port=broker, auth=sender)  # type: ignore[arg-type]


def reading(device: str, litres: float, sequence: int | None = 1) -> tuple[str, bytes]:
    told = {"device": device, "read_at": "2026-01-05T09:00:00+08:00", "litres": litres, "sequence": sequence}
    return device, json.dumps({name: value for name, value in told.items() if value is not None}).encode()


def test_messages_sent_while_nobody_listened_land_as_readings(
    installation: Settings, broker: int, now: dt.datetime
) -> None:
    send(broker, *(reading(f"WM-{number}", 100.5 + number, number) for number in range(60)), reading("WM-x", 7, None))
    report = meters.land(installation, now=now)
    assert report.rows_loaded == 61
    found = landing.scan(installation.raw, "meters__reading").collect()
    assert found.filter(meter_code="WM-59").select("reading_litres", "_sequence", "read_at").row(0) == (
        159.5,
        59,
        dt.datetime(2026, 1, 5, 1, tzinfo=dt.UTC),
    )
    assert found.filter(meter_code="WM-x")["_sequence"].to_list() == [None]
    assert meters.land(installation, now=now + dt.timedelta(minutes=1)).batches == []


def test_a_message_that_is_no_reading_is_quarantined_with_its_text(
    installation: Settings, broker: int, now: dt.datetime
) -> None:
    good = [reading(f"WM-{number}", 1) for number in range(3)]
    send(broker, *good, ("WM-bad", b"not json\n at all"), ("WM-odd", b'{"device": "WM-odd", "litres": 5}'))
    report = meters.land(installation, now=now)
    assert (report.rows_loaded, report.rows_quarantined) == (3, 2)
    refused = quarantine.rows(installation.quarantine, installation.raw, "meters__reading")
    assert refused["_rule"].unique().to_list() == ["read_at.missing"]
    assert sorted(refused["_raw_text"]) == [
        "WM-bad,,not json at all,",
        'WM-odd,,"{""device"": ""WM-odd"", ""litres"": 5}",',
    ]


def test_a_listener_killed_before_it_announced_loses_nothing(
    installation: Settings, broker: int, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(broker, reading("WM-1", 1), reading("WM-2", 2))
    with monkeypatch.context() as patch:
        patch.setattr(meter_messages._Spool, "finish", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            meter_messages.collect(installation, now=now)
    (unfinished,) = inbox.folder_of(installation, "meters").glob("mqtt-*.part")
    with unfinished.open("ab") as file:
        file.write(b"WM-3,2026-01-0")
    assert meters.land(installation, now=now + dt.timedelta(minutes=1)).rows_loaded == 2
    found = landing.scan(installation.raw, "meters__reading").collect()
    assert sorted(found["meter_code"]) == ["WM-1", "WM-2"]


def test_a_message_is_acknowledged_only_once_it_is_on_disk(
    installation: Settings, broker: int, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledged: list[int] = []
    monkeypatch.setattr(paho.mqtt.client.Client, "ack", lambda _, mid, __: acknowledged.append(mid))
    send(broker, reading("WM-1", 1))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
        with pytest.raises(OSError, match="disk full"):
            meter_messages.collect(installation, now=now)
    assert acknowledged == []


def test_a_broker_that_does_not_answer_is_named_and_files_land_all_the_same(
    settings: Settings, free_port: int, now: dt.datetime
) -> None:
    absent = settings.model_copy(update={"mqtt_url": SecretStr(f"mqtt://reader:s3cret@127.0.0.1:{free_port}")})
    folder: Path = inbox.folder_of(absent, "meters")
    folder.mkdir(parents=True)
    (folder / "day.csv").write_text("device,read_at,litres,sequence\nWM-1,2026-01-05T09:00:00+08:00,5,1\n")
    (folder / "day.csv.done").touch()
    with pytest.raises(SourceUnreachableError, match=f"127.0.0.1:{free_port}") as failed:
        meters.land(absent, now=now)
    assert "s3cret" not in str(failed.value)
    assert landing.scan(absent.raw, "meters__reading").collect().height == 1

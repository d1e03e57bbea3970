"""MQTT messages of meters into files of the inbox, so that no message is acknowledged before it is on disk.

The session at the broker outlives the connection: what meters send while nobody listens waits there (QoS 1; some
brokers keep sessions only of clients with a name, so the address should have one). A message that was written but not
acknowledged in time comes again; it is the same reading, and the clean zone counts it once.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
import socket
import time
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from core.settings import Settings
from ingestion import inbox
from ingestion.errors import SourceUnreachableError
from ingestion.reports import Progress, no_progress

TOPIC: Final = "anju/meters/+/reading"
SESSION: Final = "anju-meters"

_COLUMNS: Final = ("device", "read_at", "litres", "sequence")
_IDLE_SECONDS: Final = 1.0
_LONGEST_SECONDS: Final = 60.0
_CONNECT_SECONDS: Final = 10.0
_KEEPALIVE_SECONDS: Final = 30
_DEFAULT_PORT: Final = 1883
_CONSENT: Final = ("Success", "Granted QoS 0", "Granted QoS 1")


def collect(
    settings: Settings,
    *,
    now: dt.datetime,
    idle_seconds: float = _IDLE_SECONDS,
    longest_seconds: float = _LONGEST_SECONDS,
    progress: Progress = no_progress,
) -> Path | None:
    """Take the messages that wait at the broker, until none came for `idle_seconds`; the file they are in, if any.

    Raises SourceUnreachableError when the broker does not answer.
    """
    folder = inbox.folder_of(settings, "meters")
    folder.mkdir(parents=True, exist_ok=True)
    _finish_abandoned(folder)
    if settings.mqtt_url is None:
        return None
    spool = _Spool(folder / f"mqtt-{now.astimezone(dt.UTC):%Y%m%dT%H%M%S%fZ}.csv.part")
    listener = _Listener(settings.mqtt_url.get_secret_value(), spool)
    started = last_message_at = time.monotonic()
    try:
        listener.subscribe()
        while time.monotonic() - last_message_at < idle_seconds and time.monotonic() - started < longest_seconds:
            if listener.take(idle_seconds / 10):
                last_message_at = time.monotonic()
                progress("meters__reading", spool.count)
    finally:
        # The session stays at the broker.
        listener.disconnect()
    return spool.finish()


class _Listener:
    """A connection to the broker that acknowledges a message once the spool has it on disk, and not before."""

    def __init__(self, url: str, spool: _Spool) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "127.0.0.1", parts.port or _DEFAULT_PORT
        self._spool = spool
        self._answers: list[str] = []
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=SESSION, clean_session=False, manual_ack=True)
        if parts.username:
            self._client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
        if parts.scheme == "mqtts":
            self._client.tls_set()
        self._client.on_connect = lambda _c, _u, _f, reason, _p: self._answers.append(str(reason))
        self._client.on_subscribe = lambda _c, _u, _m, reasons, _p: self._answers.extend(map(str, reasons))
        self._client.on_message = lambda _c, _u, message: spool.receive(message)

    def subscribe(self) -> None:
        """Connect and subscribe; raises SourceUnreachableError."""
        host, port = self._address
        try:
            self._client.connect(host, port, keepalive=_KEEPALIVE_SECONDS)
            self._wait_for_answers(1)
            self._client.subscribe(TOPIC, qos=1)
            self._wait_for_answers(2)
        except (ConnectionError, TimeoutError, socket.gaierror, ValueError) as error:
            message = f"Cannot reach the broker of the meters at {host}:{port}: {error}"
            raise SourceUnreachableError(message) from error

    def take(self, seconds: float) -> bool:
        """Wait so long for messages and keep them; whether any came."""
        self._client.loop(timeout=seconds)
        any_came = self._spool.flush()
        for message in self._spool.take_written():
            self._client.ack(message.mid, message.qos)
        return any_came

    def disconnect(self) -> None:
        """Leave the broker."""
        self._client.disconnect()

    def _wait_for_answers(self, count: int) -> None:
        # Messages of the session may come before the answer, and a broker may wait for their acknowledgement.
        deadline = time.monotonic() + _CONNECT_SECONDS
        while len(self._answers) < count:
            if time.monotonic() > deadline:
                message = "it does not answer"
                raise TimeoutError(message)
            self.take(0.1)
        if self._answers[-1] not in _CONSENT:
            raise ConnectionRefusedError(self._answers[-1])


class _Spool:
    """Messages on their way into one file: received, then written and on disk, then acknowledged."""

    def __init__(self, path: Path) -> None:
        self.count = 0
        self._path = path
        self._received: list[mqtt.MQTTMessage] = []
        self._written: list[mqtt.MQTTMessage] = []

    def receive(self, message: mqtt.MQTTMessage) -> None:
        """Keep a message until the next flush."""
        self._received.append(message)

    def flush(self) -> bool:
        """Put what was received onto disk; whether there was anything."""
        if not self._received:
            return False
        is_new = not self._path.exists()
        with self._path.open("a", encoding="utf-8", newline="") as file:
            rows = csv.writer(file, lineterminator="\n")
            if is_new:
                rows.writerow(_COLUMNS)
            rows.writerows(_row(message) for message in self._received)
            file.flush()
            os.fsync(file.fileno())
        self.count += len(self._received)
        self._written += self._received
        self._received = []
        return True

    def take_written(self) -> list[mqtt.MQTTMessage]:
        """The messages that may be acknowledged now."""
        written, self._written = self._written, []
        return written

    def finish(self) -> Path | None:
        """Close the file and announce it to the landing."""
        return _announce(self._path) if self.count else None


def _row(message: mqtt.MQTTMessage) -> tuple[Any, ...]:
    """A message as a row of the file; one that is no reading keeps its text, and its contract will refuse it."""
    try:
        reading = json.loads(message.payload)
        return tuple(_cell(reading[name]) if name != "sequence" else reading.get(name) for name in _COLUMNS)
    except (ValueError, KeyError, TypeError):
        device = message.topic.split("/")[2]
        return device, "", " ".join(message.payload.decode(errors="replace").split()), ""


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | int) else json.dumps(value)


def _finish_abandoned(folder: Path) -> None:
    """Take over what a killed run left: its messages may have been acknowledged, all but a half-written last line."""
    for path in folder.glob("mqtt-*.csv.part"):
        text = path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if whole.count(b"\n") > 1:
            path.write_bytes(whole)
            _announce(path)
        else:
            path.unlink()


def _announce(path: Path) -> Path:
    complete = path.with_suffix("")
    rows = path.read_bytes().count(b"\n") - 1
    path.rename(complete)
    complete.with_name(f"{complete.name}.done").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    return complete

"""MQTT messages of meters into files of the inbox, so that no message is acknowledged before it is on disk.

The session at the broker outlives the connection: what meters send while nobody listens waits there (QoS 1). A message
that was written but not acknowledged in time comes again; it is the same reading, and the clean zone counts it once.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import os
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
    spool = _Spool(folder / f"mqtt-{now.astimezone(dt.UTC):%Y%m%dT%H%M%S%fZ}.csv.part")
    url = settings.mqtt_url
    if url is None:
        return None
    client = _client(url.get_secret_value(), spool)
    started = time.monotonic()
    last_message_at = started
    try:
        while time.monotonic() - last_message_at < idle_seconds and time.monotonic() - started < longest_seconds:
            client.loop(timeout=idle_seconds / 10)
            if spool.flush():
                last_message_at = time.monotonic()
                progress("meters__reading", spool.count)
            for message in spool.take_written():
                client.ack(message.mid, message.qos)
    finally:
        # Acknowledgements leave with the network loop; the session stays at the broker.
        client.loop(timeout=idle_seconds / 10)
        client.disconnect()
        client.loop(timeout=idle_seconds / 10)
    return spool.finish()


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
        if io.BytesIO(whole).read().count(b"\n") > 1:
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


def _client(url: str, spool: _Spool) -> mqtt.Client:
    """A connected client that is subscribed; raises SourceUnreachableError."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or _DEFAULT_PORT
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=SESSION, clean_session=False, manual_ack=True)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set()
    answers: list[str] = []
    client.on_connect = lambda _c, _u, _f, reason, _p: answers.append(str(reason))
    client.on_subscribe = lambda _c, _u, _m, reasons, _p: answers.extend(str(reason) for reason in reasons)
    client.on_message = lambda _c, _u, message: spool.receive(message)
    try:
        client.connect(host, port, keepalive=_KEEPALIVE_SECONDS)
        _wait_for_answers(client, answers, 1)
        client.subscribe(TOPIC, qos=1)
        _wait_for_answers(client, answers, 2)
    except (OSError, ValueError) as error:
        message = f"Cannot reach the broker of the meters at {host}:{port}: {error}"
        raise SourceUnreachableError(message) from error
    return client


def _wait_for_answers(client: mqtt.Client, answers: list[str], count: int) -> None:
    deadline = time.monotonic() + _CONNECT_SECONDS
    while len(answers) < count:
        if time.monotonic() > deadline:
            message = "it does not answer"
            raise OSError(message)
        client.loop(timeout=0.1)
    if answers[-1] not in ("Success", "Granted QoS 1", "Granted QoS 0"):
        raise OSError(answers[-1])

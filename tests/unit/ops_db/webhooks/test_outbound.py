"""Nothing is sent into the own network, however the address is written and whatever the name answers later."""

from __future__ import annotations

import asyncio
import datetime as dt
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import ClassVar

import pytest
from standardwebhooks import Webhook

from core.identifiers import uuid7
from ops_db.webhooks.delivering import GIVEN_UP_AFTER, TRIED_FOR, WAITS, next_step, signed_headers
from ops_db.webhooks.keeping import new_secret
from ops_db.webhooks.outbound import AddressRefused, checked_url, is_allowed, post

NOT_PUBLIC = (
    *("127.0.0.1", "127.8.9.1", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),
    *("169.254.169.254", "100.64.0.1", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1"),
    *("239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.0.1"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
    *("2002:7f00:1::", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2"),
)
PUBLIC = ("93.184.216.34", "1.1.1.1", "8.8.8.8", "2606:4700:4700::1111", "64:ff9b::101:101")
REFUSED_URLS = (
    *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com", "javascript:alert(1)"),
    *("https://", "https:///path", "//example.com", "example.com", "", " ", "https://user@example.com/"),
    *("https://user:password@example.com/", "https://exa mple.com/", "https://example.com:99999/"),
    *("https://10.0.0.1/", "https://[::1]/", "https://localhost:8443/", "https://169.254.169.254/latest"),
    *("https://例え.jp/", "https://example.com/\n", "https://[::1", "https://example.com/\tx"),
)
TRICKY_HOSTS = (
    *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0", "localhost", "LOCALHOST", "localhost."),
    *("[::1]", "[::ffff:127.0.0.1]", "[::]", "127.0.0.1.", "0x7f.1", "017700000001"),
)


def test_no_address_that_is_not_public_is_allowed() -> None:
    assert [one for one in NOT_PUBLIC if is_allowed(one)] == []
    assert [one for one in PUBLIC if not is_allowed(one)] == []


def test_an_address_must_be_https_and_plain() -> None:
    for url in REFUSED_URLS:
        with pytest.raises(AddressRefused):
            checked_url(url)


def test_hosts_written_in_strange_ways_lead_nowhere() -> None:
    for host in TRICKY_HOSTS:
        reply = asyncio.run(post(f"https://{host}:9/", b"{}", {}, seconds=3))
        assert reply.status is None, (host, reply)
        assert "leads into this network" in reply.words or "error" in reply.words.lower() or "No answer" in reply.words


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    async def resolve(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34", "10.0.0.5"]

    reply = asyncio.run(post("https://mixed.example/", b"{}", {}, resolve=resolve))
    assert (reply.status, "leads into this network" in reply.words) == (None, True)


class Receiver(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, dict[str, str], bytes]]] = []
    status = 200
    location = ""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).seen.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(type(self).status)
        if type(self).location:
            self.send_header("location", type(self).location)
        self.end_headers()
        self.wfile.write(b"x" * 100_000)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[str]:
    Receiver.seen, Receiver.status, Receiver.location = [], 200, ""
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(receiver: str) -> None:
    asked = []

    async def flipping(host: str, _port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["10.0.0.1"]

    url = receiver.replace("127.0.0.1", "hooks.example")
    reply = asyncio.run(post(url, b"{}", {"a": "b"}, may_be_loopback=True, resolve=flipping))
    assert reply.status == 200
    assert asked == ["hooks.example"]
    assert Receiver.seen[0][1]["host"].startswith("hooks.example:")


def test_loopback_is_reached_only_where_it_is_allowed(receiver: str) -> None:
    assert asyncio.run(post(receiver, b"{}", {})).status is None
    assert Receiver.seen == []
    assert asyncio.run(post(receiver, b"{}", {}, may_be_loopback=True)).is_taken


def test_no_redirect_is_followed_and_of_the_answer_only_a_beginning_is_kept(receiver: str) -> None:
    Receiver.status, Receiver.location = 302, receiver + "/elsewhere"
    reply = asyncio.run(post(receiver, b"{}", {}, may_be_loopback=True))
    assert (reply.status, reply.is_taken, len(reply.words)) == (302, False, 500)
    assert len(Receiver.seen) == 1


def test_a_signature_is_verified_by_the_library_of_the_standard() -> None:
    secret, id, now = new_secret(), uuid7(), dt.datetime.now(dt.UTC)
    content = '{"type":"ticket.create","data":{"number":"T1","备注":"中文"}}'.encode()
    headers = signed_headers(secret, id, content, now)
    assert Webhook(secret).verify(content, headers)["data"]["number"] == "T1"
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(new_secret()).verify(content, headers)


def test_waits_grow_and_last_for_three_days() -> None:
    assert list(WAITS) == sorted(set(WAITS))
    first = now = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
    attempts = 0
    while True:
        attempts += 1
        state, then = next_step(attempts, first, now)
        if state == "dead":
            break
        assert then > now
        now = then
    assert now - first == TRIED_FOR >= dt.timedelta(hours=72)
    assert 12 <= attempts <= 30
    assert dt.timedelta(days=5) == GIVEN_UP_AFTER

"""Clients that open tickets as fast as the service answers, in a process of their own.

Plain sockets and as little work as possible, since they share the cores with what they measure.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

ROOMS: Final = range(1801, 1817)


def ticket(number: int) -> dict[str, Any]:
    """The body of a new ticket; homes and telephone numbers come round again."""
    return {
        "unit_code": f"HZ01-03-{ROOMS[number % len(ROOMS)]}",
        "defect_code": "bath_waterproofing_leak",
        "description": "主卧卫生间门口墙面渗水，楼下已有水渍",
        "reporter": {"phone": f"138000012{number % 100:02d}", "name": "王芳"},
    }


@dataclass(slots=True)
class Posted:
    """What came back: how often which status, and the seconds each answer took."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)


async def post_for(url: str, cookie: str, *, seconds: float, connections: int, label: str) -> Posted:
    """Open tickets over so many connections for so long; `label` makes their keys unlike those of other runs."""
    posted = Posted()
    deadline = time.perf_counter() + seconds
    clients = [_client(url, cookie, f"{label}-{number}", deadline, posted) for number in range(connections)]
    await asyncio.gather(*clients)
    return posted


async def _client(url: str, cookie: str, label: str, deadline: float, posted: Posted) -> None:
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    head = (
        f"POST /api/v1/tickets HTTP/1.1\r\nHost: {place.netloc}\r\nOrigin: {url}\r\nCookie: anju_session={cookie}\r\n"
        "Content-Type: application/json\r\n"
    )
    number = 0
    while (began := time.perf_counter()) < deadline:
        number += 1
        body = json.dumps(ticket(number), ensure_ascii=False).encode()
        writer.write(
            f"{head}Idempotency-Key: {label}-{number:08d}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
        )
        posted.statuses[await _answer(reader)] += 1
        posted.latencies.append(time.perf_counter() - began)
    writer.close()
    await writer.wait_closed()


async def _answer(reader: asyncio.StreamReader) -> int:
    """The status of an answer, whose body is read and thrown away."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"\r\ncontent-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])


def main() -> None:
    """`URL COOKIE SECONDS CONNECTIONS LABEL`: post, and print what came back as JSON."""
    url, cookie, seconds, connections, label = sys.argv[1:]
    began = time.perf_counter()
    posted = asyncio.run(post_for(url, cookie, seconds=float(seconds), connections=int(connections), label=label))
    elapsed = time.perf_counter() - began
    percentiles = statistics.quantiles(posted.latencies, n=100)
    found = {
        "created": posted.statuses.pop(201, 0),
        "refused": dict(posted.statuses),
        "seconds": elapsed,
        "p50_ms": percentiles[49] * 1000,
        "p99_ms": percentiles[98] * 1000,
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()

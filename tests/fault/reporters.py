"""Clients who report defects, repeat what was not answered under the same key, and remember what was acknowledged."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import httpx
from sqlalchemy import Engine, text

PATIENCE_SECONDS: Final = 60
_WAIT_SECONDS: Final = 0.1
# The service is not there, cannot reach its database, or the first request of this key is still at work.
_TRY_AGAIN: Final = frozenset({409, 503})

_BOOKS: Final = text("""
    select ticket.description as key, ticket.number,
           (select count(*) from ops.ticket_event where ticket_id = ticket.id) as event_count,
           (select count(*) from ops.task where ticket_id = ticket.id and state = 'open') as task_count
      from ops.ticket
""")


class Reporters:
    """Threads that post tickets. The description of a ticket is its key, so that each is found again."""

    def __init__(self, url: str, cookies: dict[str, str], *, count: int) -> None:
        self.acknowledged: dict[str, str] = {}
        self.unanswered: Counter[str] = Counter()
        self.surprises: list[str] = []
        self._url, self._cookies = url, cookies
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._report, args=(number,)) for number in range(count)]

    def start(self) -> None:
        """Begin to report."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Report nothing new, and wait until all that was begun is acknowledged."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def wait_for_more(self, count: int) -> None:
        """Wait until `count` more tickets than now are acknowledged."""
        target = len(self.acknowledged) + count
        wait_until(lambda: bool(self.surprises) or len(self.acknowledged) >= target, f"{count} more acknowledgements")
        assert not self.surprises, self.surprises[:3]

    def repeat(self, key: str) -> tuple[str, bool]:
        """Post a ticket once more; returns the number answered, and whether the answer was the kept one."""
        with self._client() as client:
            answer = client.post("/api/v1/tickets", **_request(key))
        return answer.json()["number"], answer.headers["Idempotency-Replayed"] == "true"

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=self._url, cookies=self._cookies, headers={"Origin": self._url}, timeout=PATIENCE_SECONDS
        )

    def _report(self, reporter: int) -> None:
        with self._client() as client:
            number = 0
            while not self._ended.is_set() and not self.surprises:
                number += 1
                self._report_until_acknowledged(client, f"reporter-{reporter}-ticket-{number:05d}")

    def _report_until_acknowledged(self, client: httpx.Client, key: str) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            try:
                answer = client.post("/api/v1/tickets", **_request(key))
            except httpx.TransportError as error:
                self.unanswered[type(error).__name__] += 1
            else:
                if answer.status_code == 201:
                    self.acknowledged[key] = answer.json()["number"]
                    return
                if answer.status_code not in _TRY_AGAIN:
                    self.surprises.append(f"{key}: {answer.status_code} {answer.text[:500]}")
                    return
                self.unanswered[answer.json()["code"]] += 1
            time.sleep(_WAIT_SECONDS)
        self.surprises.append(f"{key}: not acknowledged within {PATIENCE_SECONDS} s")


def assert_books_are_right(reporters: Reporters, engine: Engine, *, what: str) -> None:
    """0 acknowledged tickets lost, 0 duplicated, 0 without event or open step, 0 that nobody reported."""
    assert not reporters.surprises, reporters.surprises[:3]
    with engine.connect() as connection:
        books = connection.execute(_BOOKS).all()
        kept_count = connection.execute(text("select count(*) from ops.idempotency_key")).scalar_one()
    numbers = {row.key: row.number for row in books}
    acknowledged = reporters.acknowledged
    found: dict[str, Any] = {
        "lost": sum(numbers.get(key) != number for key, number in acknowledged.items()),
        "duplicated": len(books) - len(numbers),
        "of nobody": len(numbers.keys() - acknowledged.keys()),
        "without event": sum(row.event_count == 0 for row in books),
        "without open step": sum(row.task_count == 0 for row in books),
        "answers not kept": len(acknowledged) - kept_count,
    }
    context = f"{what}; {len(acknowledged)} acknowledged, {sum(reporters.unanswered.values())} unanswered requests"
    print(f"{context}: {found}; {dict(reporters.unanswered)}")
    assert not any(found.values()), f"{context}: {found}"


def wait_until(condition: Callable[[], bool], what: str, *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait for a condition; fails with its name when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Waited {seconds} s for {what}."
        time.sleep(0.005)


def _request(key: str) -> dict[str, Any]:
    room = 1801 + int(key[-5:]) % 16
    body = {"unit_code": f"HZ01-03-{room}", "defect_code": "bath_waterproofing_leak", "description": key}
    return {"json": body, "headers": {"Idempotency-Key": key}}

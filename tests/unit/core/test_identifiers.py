"""Identifiers of rows: version 7, rising, and unique across threads and forked processes."""

import itertools
import multiprocessing
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import RFC_4122, UUID

import pytest

from core import identifiers
from core.identifiers import uuid7


def _many(count: int) -> list[UUID]:
    return [uuid7() for _ in range(count)]


def test_identifiers_are_uuids_of_version_seven_that_carry_the_time() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid7()
    assert (made.version, made.variant) == (7, RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000


def test_identifiers_rise_within_a_process_even_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time_ns()
    clock = itertools.chain([now, now - 5_000_000_000], itertools.repeat(now - 9_000_000_000))
    monkeypatch.setattr(identifiers.time, "time_ns", lambda: next(clock))
    made = _many(1000)
    assert all(earlier < later for earlier, later in itertools.pairwise(made))


def test_a_full_random_part_carries_into_the_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    milliseconds = time.time_ns() // 1_000_000 + 60_000
    monkeypatch.setattr(identifiers, "_last", (milliseconds + 1 << 74) - 1)
    made = uuid7()
    assert made.int >> 80 == milliseconds + 1
    assert (made.version, made.variant) == (7, RFC_4122)


def test_threads_never_share_an_identifier() -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(itertools.chain.from_iterable(pool.map(_many, [2000] * 8)))
    assert len(set(made)) == len(made)


def test_forked_processes_never_share_an_identifier() -> None:
    uuid7()
    with multiprocessing.get_context("fork").Pool(2) as pool:
        first, second = pool.map(_many, [2000, 2000], chunksize=1)
    assert not set(first) & set(second)

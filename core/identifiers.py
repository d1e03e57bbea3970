"""Identifiers for rows: UUIDs of version 7, which sort by the moment they were made and so keep indexes compact.

Python 3.11 to 3.13 have none in the standard library. People never see these; the short number of a ticket is
made elsewhere.
"""

from __future__ import annotations

import os
import secrets
import threading
import time
from uuid import UUID

_RANDOM_BITS = 74
_STEP_BITS = 32

_lock = threading.Lock()
_last = 0


def uuid7() -> UUID:
    """A new UUID, greater than every one made before it in this process, even if the clock steps back.

    RFC 9562, section 6.2, method 2: 48 bits of Unix milliseconds, then 74 random bits that, within a millisecond,
    grow by a random step. A full random part carries into the milliseconds.
    """
    global _last  # noqa: PLW0603  The last value is what makes the sequence monotonic.
    fresh = (time.time_ns() // 1_000_000) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
    with _lock:
        _last = fresh if fresh >> _RANDOM_BITS > _last >> _RANDOM_BITS else _last + 1 + secrets.randbits(_STEP_BITS)
        value = _last
    milliseconds, random_part = value >> _RANDOM_BITS, value & ((1 << _RANDOM_BITS) - 1)
    high, low = random_part >> 62, random_part & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


def _forget_last() -> None:
    # A forked child must neither continue its parent's sequence nor inherit a lock that a thread of the parent holds.
    global _last, _lock
    _last, _lock = 0, threading.Lock()


os.register_at_fork(after_in_child=_forget_last)

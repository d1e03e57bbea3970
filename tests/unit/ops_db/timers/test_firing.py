"""In which order due timers are taken, and which of them together."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from ops_db.timers.firing import turns

NOW = dt.datetime(2026, 11, 24, 9, tzinfo=dt.UTC)


def timers_of(specs: list[tuple[int, int, str]]) -> list[Any]:
    return [
        SimpleNamespace(
            id=UUID(int=number),
            ticket_id=UUID(int=ticket),
            due_at=NOW + dt.timedelta(minutes=minute),
            action=action,
        )
        for number, (ticket, minute, action) in enumerate(specs)
    ]


SPECS = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 5), st.sampled_from(["warn", "escalate", "advance", "go_on"])),
    max_size=40,
)


@given(specs=SPECS, together=st.integers(1, 6))
def test_every_timer_has_its_turn_once_and_those_of_one_ticket_in_order(
    specs: list[tuple[int, int, str]], together: int
) -> None:
    timers = timers_of(specs)
    taken = turns(timers, together=together)
    flat = [timer.id for lots in taken for lot in lots for timer in lot]
    assert Counter(flat) == Counter(timer.id for timer in timers)
    seen: dict[UUID, dt.datetime] = {}
    for lots in taken:
        of_turn = [timer for lot in lots for timer in lot]
        assert len({timer.ticket_id for timer in of_turn}) == len(of_turn), "two of one ticket at the same time"
        for timer in of_turn:
            assert seen.get(timer.ticket_id, timer.due_at) <= timer.due_at
            seen[timer.ticket_id] = timer.due_at


@given(specs=SPECS, together=st.integers(1, 6))
def test_only_what_moves_nothing_fires_together(specs: list[tuple[int, int, str]], together: int) -> None:
    for lots in turns(timers_of(specs), together=together):
        for lot in lots:
            assert len(lot) <= together
            assert len(lot) == 1 or {timer.action for timer in lot} <= {"warn", "escalate"}

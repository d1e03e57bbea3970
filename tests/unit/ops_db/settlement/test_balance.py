"""Settling costs adds up to the fen, whatever is settled in which order."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from core.vocabulary import CostPayer
from core.work_vocabulary import SettlementKind
from ops_db.settlement.balance import KIND_OF_PAYER, Cost, Settled, fits, shares

BUILDER = UUID(int=1)
COSTS = st.builds(
    lambda payer, fen: Cost(payer, BUILDER if payer == CostPayer.CONTRACTOR else None, fen),
    st.sampled_from(CostPayer),
    st.integers(-(10**9), 10**9).filter(bool),
)


@given(st.lists(COSTS, max_size=8), st.lists(st.tuples(st.integers(0, 2), st.integers(1, 100), st.booleans())))
def test_all_costs_are_settled_written_off_or_open_after_any_steps(
    costs: list[Cost], steps: list[tuple[int, int, bool]]
) -> None:
    settled: list[Settled] = []
    for which, percent, is_written_off in steps:
        found = shares(costs, settled)
        if which >= len(found):
            continue
        share = found[which]
        amount = share.open_fen * percent // 100
        if not fits(share, amount):
            continue
        kind = SettlementKind.WRITTEN_OFF if is_written_off else KIND_OF_PAYER[share.payer]
        settled.append(Settled(share.payer, share.contractor_id, kind, amount))
        after = shares(costs, settled)[which]
        assert abs(after.open_fen) == abs(share.open_fen) - abs(amount)
    found = shares(costs, settled)
    total = sum(share.settled_fen + share.written_off_fen + share.open_fen for share in found)
    assert total == sum(cost.amount_fen for cost in costs)


def test_no_more_than_is_open_can_be_settled_and_nothing_the_other_way() -> None:
    [share] = shares([Cost(CostPayer.OWNER, None, 60_000)], [])
    assert [fits(share, fen) for fen in (60_000, 1, 60_001, 0, -1)] == [True, True, False, False, False]


def test_a_reversal_after_settling_leaves_something_to_give_back() -> None:
    [share] = shares(
        [Cost(CostPayer.OWNER, None, 500), Cost(CostPayer.OWNER, None, -500)],
        [Settled(CostPayer.OWNER, None, SettlementKind.COLLECTED, 500)],
    )
    assert share.open_fen == -500
    assert fits(share, -500)

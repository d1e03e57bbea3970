"""What is left to settle of a ticket's costs. Pure, in whole fen.

Always: the sum of all costs = collected + charged + borne + written off + what is still open.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from core.vocabulary import CostPayer
from core.work_vocabulary import SettlementKind

KIND_OF_PAYER: Final = MappingProxyType(
    {
        CostPayer.OWNER: SettlementKind.COLLECTED,
        CostPayer.CONTRACTOR: SettlementKind.CHARGED,
        CostPayer.DEVELOPER: SettlementKind.BORNE,
    }
)
"""How the cost of each payer is usually done with; whatever cannot be had is written off."""


class Cost(NamedTuple):
    """An amount somebody bears."""

    payer: CostPayer
    contractor_id: UUID | None
    amount_fen: int


class Settled(NamedTuple):
    """An amount that is done with."""

    payer: CostPayer
    contractor_id: UUID | None
    kind: SettlementKind
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Share:
    """What one payer bears of a ticket, and how far it is settled."""

    payer: CostPayer
    contractor_id: UUID | None
    cost_fen: int
    settled_fen: int
    written_off_fen: int

    @property
    def open_fen(self) -> int:
        """What is still to be done with; negative where more was settled than the costs came to in the end."""
        return self.cost_fen - self.settled_fen - self.written_off_fen


def shares(costs: Iterable[Cost], settled: Iterable[Settled]) -> list[Share]:
    """One share for each payer and contractor that ever had one."""
    costs, settled = list(costs), list(settled)
    known = {(cost.payer, cost.contractor_id) for cost in costs} | {(one.payer, one.contractor_id) for one in settled}
    keys = sorted(known, key=lambda key: (key[0], str(key[1] or "")))
    return [
        Share(
            payer,
            contractor_id,
            sum(one.amount_fen for one in costs if one[:2] == (payer, contractor_id)),
            sum(
                one.amount_fen
                for one in settled
                if one[:2] == (payer, contractor_id) and one.kind != SettlementKind.WRITTEN_OFF
            ),
            sum(
                one.amount_fen
                for one in settled
                if one[:2] == (payer, contractor_id) and one.kind == SettlementKind.WRITTEN_OFF
            ),
        )
        for payer, contractor_id in keys
    ]


def fits(share: Share, amount_fen: int) -> bool:
    """Whether so much of a share can be settled: it has the sign of what is open, and is no more than that."""
    return amount_fen != 0 and (amount_fen > 0) == (share.open_fen > 0) and abs(amount_fen) <= abs(share.open_fen)

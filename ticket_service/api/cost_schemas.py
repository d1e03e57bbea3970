"""What goes into and out of the API about the costs of a ticket and their settlement. Money is whole fen."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from core.vocabulary import CostKind, CostPayer
from core.work_vocabulary import SettlementKind
from ticket_service.api.schemas import Code, CostOut, In, Out

MOST_FEN = 100_000_000_000
Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Fen = Annotated[int, Field(ge=-MOST_FEN, le=MOST_FEN)]
Quantity = Annotated[Decimal, Field(gt=0, le=100_000, max_digits=9, decimal_places=3)]


class CostIn(In):
    """An amount spent, not zero. A negative one corrects another and says in the note which."""

    kind: CostKind = Field(examples=["labour"])
    amount_fen: Fen
    payer: CostPayer = CostPayer.DEVELOPER
    contractor_id: UUID | None = Field(default=None, examples=[None], description="Who pays, if a contractor does.")
    quantity: Quantity | None = None
    material_code: Code | None = None
    note: Words = ""


class ContractorOut(Out):
    """Somebody who built something in the project and so may have to pay."""

    id: UUID
    code: str = Field(examples=["K-07"])
    name: str = Field(examples=["宏远建设"])


class CostsOut(Out):
    """The costs of a ticket, and whom its warranty proposes to bear one.

    While the contractor's warranty runs that is the contractor, then the developer while the owner's does, then the
    owner; null where nobody can say.
    """

    entries: list[CostOut]
    total_fen: int
    proposed_payer: CostPayer | None
    proposed_contractor_id: UUID | None
    contractors: list[ContractorOut]


class ShareOut(Out):
    """What one payer bears of a ticket, and how far it is settled."""

    payer: CostPayer
    contractor_id: UUID | None
    contractor_name: str | None
    cost_fen: int
    settled_fen: int
    written_off_fen: int
    open_fen: int


class SettledOut(Out):
    """One step of a settlement."""

    payer: CostPayer
    contractor_id: UUID | None
    kind: SettlementKind = Field(examples=["collected"])
    amount_fen: int
    reason: str
    settled_at: dt.datetime
    settled_by: str | None


class SettlementOut(Out):
    """How far the costs of a ticket are settled: a share for each payer, and the steps taken.

    Always: cost = settled + written off + open. `open_fen` is the sum of what is open, whatever its sign.
    """

    shares: list[ShareOut]
    steps: list[SettledOut]
    open_fen: int


class SettleIn(In):
    """Be done with an amount of what a payer bears; all that is open if none is given.

    It is collected from the owner, charged to the contractor or borne by the developer, or written off with a reason.
    """

    payer: CostPayer
    contractor_id: UUID | None = Field(default=None, examples=[None])
    amount_fen: Fen | None = None
    is_written_off: bool = False
    reason: Words = ""

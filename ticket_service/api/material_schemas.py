"""What goes into and out of the API about material: stock, and requests for it."""

from __future__ import annotations

import datetime as dt
from uuid import UUID

from pydantic import Field

from core.work_vocabulary import MaterialMove, MaterialRequestState
from ops_db.material.service import MOST_LINES
from ticket_service.api.cost_schemas import Quantity, Words
from ticket_service.api.schemas import In, Out


class StockOut(Out):
    """What one warehouse has of one material; `available` is what is not reserved."""

    id: UUID
    warehouse_code: str
    material_code: str
    material_name: str
    unit: str
    on_hand: float
    reserved: float
    available: float
    unit_price_fen: int
    counted_on: dt.date


class LineIn(In):
    """One material, by its stock, and how much of it."""

    stock_id: UUID
    quantity: Quantity


class RequestIn(In):
    """What is needed for a ticket; each material once."""

    lines: list[LineIn] = Field(min_length=1, max_length=MOST_LINES)
    note: Words = ""


class LineOut(Out):
    """One material of a request, and what became of it."""

    id: UUID
    stock_id: UUID
    material_code: str
    material_name: str
    unit: str
    warehouse_code: str
    quantity: float
    reserved: float
    issued: float
    returned: float
    available: float


class RequestOut(Out):
    """What was asked for at once for a ticket."""

    id: UUID
    state: MaterialRequestState
    note: str
    requested_by: str | None
    requested_at: dt.datetime
    lines: list[LineOut]


class WaitingLineOut(Out):
    """One material that waits to be issued."""

    id: UUID
    name: str
    unit: str
    quantity: float
    reserved: float
    issued: float
    returned: float
    available: float
    warehouse: str


class WaitingRequestOut(Out):
    """An open request, with the ticket it is for."""

    id: UUID
    number: str
    title: str
    project_name: str
    note: str
    requested_by: str | None
    requested_at: dt.datetime
    lines: list[WaitingLineOut]


class MaterialMoveIn(In):
    """What the warehouse does with a material that was asked for.

    Issuing enters what it costs, borne by whom the warranty says; returning enters the opposite.
    """

    kind: MaterialMove = Field(examples=["reserve"])
    quantity: Quantity

"""Material on its way to a repair, and how costs are done with."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.vocabulary import CostPayer
from core.work_vocabulary import MaterialMove, MaterialRequestState, SettlementKind
from ops_db.models.base import Base, identity_key, one_of, uuid_key


class MaterialStock(Base):
    """What one warehouse has of one material, as the ERP said last, less what was issued since."""

    __tablename__ = "material_stock"
    __table_args__ = (
        CheckConstraint("on_hand >= 0", name="on_hand_is_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_is_not_negative"),
        CheckConstraint("unit_price_fen >= 0", name="price_is_not_negative"),
        UniqueConstraint("warehouse_code", "material_code"),
    )

    id: Mapped[uuid_key]
    warehouse_code: Mapped[str]
    project_id: Mapped[uuid.UUID | None] = mapped_column(
        ForeignKey("project.id"), index=True, comment="Null = for all."
    )
    material_code: Mapped[str]
    material_name: Mapped[str]
    unit: Mapped[str]
    on_hand: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    reserved: Mapped[Decimal] = mapped_column(Numeric(12, 3), server_default=text("0"))
    unit_price_fen: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    counted_on: Mapped[dt.date] = mapped_column(comment="Day of the ERP's count.")


class MaterialRequest(Base):
    """What somebody asks the warehouse for, for one ticket."""

    __tablename__ = "material_request"
    __table_args__ = (
        one_of("state", MaterialRequestState),
        Index("ix_material_request_ticket", "ticket_id"),
        Index("ix_material_request_open", "requested_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    state: Mapped[str] = mapped_column(server_default="open")
    note: Mapped[str] = mapped_column(server_default="")
    requested_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    requested_at: Mapped[dt.datetime]


class MaterialRequestLine(Base):
    """One material of a request, and what became of it."""

    __tablename__ = "material_request_line"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        CheckConstraint("least(reserved, issued, returned) >= 0", name="nothing_is_negative"),
        CheckConstraint("reserved + issued <= quantity", name="no_more_than_asked_for"),
        CheckConstraint("returned <= issued", name="no_more_back_than_went_out"),
        UniqueConstraint("request_id", "stock_id"),
        Index("ix_material_request_line_stock", "stock_id"),
    )

    id: Mapped[uuid_key]
    request_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("material_request.id"))
    stock_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("material_stock.id"))
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    reserved: Mapped[Decimal] = mapped_column(Numeric(12, 3), server_default=text("0"))
    issued: Mapped[Decimal] = mapped_column(Numeric(12, 3), server_default=text("0"))
    returned: Mapped[Decimal] = mapped_column(Numeric(12, 3), server_default=text("0"))


class MaterialMovement(Base):
    """One reservation, issue or return; rows are only ever added."""

    __tablename__ = "material_movement"
    __table_args__ = (
        one_of("kind", MaterialMove),
        CheckConstraint("quantity > 0", name="quantity_is_positive"),
        Index("ix_material_movement_line", "line_id"),
    )

    id: Mapped[identity_key]
    line_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("material_request_line.id"))
    kind: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(Numeric(12, 3))
    cost_entry_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cost_entry.id"))
    account_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    moved_at: Mapped[dt.datetime]


class CostSettlement(Base):
    """An amount of a ticket's cost that is done with; rows are only ever added, a mistake is settled the other way."""

    __tablename__ = "cost_settlement"
    __table_args__ = (
        one_of("payer", CostPayer),
        one_of("kind", SettlementKind),
        CheckConstraint("amount_fen <> 0", name="amount_is_not_zero"),
        CheckConstraint("(payer = 'contractor') = (contractor_id is not null)", name="contractor_is_named"),
        CheckConstraint(
            "kind = 'written_off' or (payer, kind) in (('owner', 'collected'), ('contractor', 'charged'),"
            " ('developer', 'borne'))",
            name="kind_fits_payer",
        ),
        CheckConstraint("kind <> 'written_off' or reason <> ''", name="a_write_off_says_why"),
        Index("ix_cost_settlement_ticket", "ticket_id"),
    )

    id: Mapped[uuid_key]
    ticket_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("ticket.id"))
    payer: Mapped[str]
    contractor_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("contractor.id"))
    kind: Mapped[str]
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(server_default="")
    settled_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    settled_at: Mapped[dt.datetime]

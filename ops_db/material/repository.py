"""SQL of stock and of requests for it. Every change of stock is one guarded statement, so it is never negative."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_STOCK = text("""
    select stock.id, stock.warehouse_code, stock.material_code, stock.material_name, stock.unit, stock.on_hand,
           stock.reserved, stock.on_hand - stock.reserved as available, stock.unit_price_fen, stock.counted_on
      from ops.material_stock as stock
     where (stock.project_id is null or cast(:project_ids as uuid[]) is null
            or stock.project_id = any(cast(:project_ids as uuid[])))
       and (cast(:project_code as text) is null or stock.project_id is null
            or stock.project_id = (select id from ops.project where code = :project_code))
       and (cast(:search as text) is null or stock.material_name ilike :search or stock.material_code ilike :search)
     order by stock.material_name, stock.warehouse_code limit :limit
""")
_LINES = """
    select line.id, line.request_id, line.stock_id, line.quantity, line.reserved, line.issued, line.returned,
           stock.material_code, stock.material_name, stock.unit, stock.unit_price_fen, stock.warehouse_code,
           stock.on_hand - stock.reserved as available,
           request.ticket_id, request.state, request.note, request.requested_at, account.display_name as requested_by
      from ops.material_request_line as line
      join ops.material_stock as stock on stock.id = line.stock_id
      join ops.material_request as request on request.id = line.request_id
      left join ops.account on account.id = request.requested_by
"""
_OF_TICKET = text(f"{_LINES} where request.ticket_id = :ticket_id order by request.requested_at, stock.material_name")
_OPEN_LINES = text(
    f"{_LINES} where request.ticket_id = :ticket_id and request.state = 'open' for update of line, stock"
)
_LINE = text(f"{_LINES} where line.id = :id and request.ticket_id = :ticket_id")
_WAITING = text("""
    select ticket.number, ticket.title, ticket.project_id, project.name as project_name, request.id as request_id,
           request.note, request.requested_at, account.display_name as requested_by,
           jsonb_agg(jsonb_build_object('id', line.id, 'name', stock.material_name, 'unit', stock.unit,
               'quantity', line.quantity, 'reserved', line.reserved, 'issued', line.issued, 'returned', line.returned,
               'available', stock.on_hand - stock.reserved, 'warehouse', stock.warehouse_code)
               order by stock.material_name) as lines
      from ops.material_request as request
      join ops.ticket on ticket.id = request.ticket_id
      join ops.project on project.id = ticket.project_id
      join ops.material_request_line as line on line.request_id = request.id
      join ops.material_stock as stock on stock.id = line.stock_id
      left join ops.account on account.id = request.requested_by
     where request.state = 'open'
       and (cast(:project_ids as uuid[]) is null or ticket.project_id = any(cast(:project_ids as uuid[])))
     group by ticket.number, ticket.title, ticket.project_id, project.name, request.id, account.display_name
     order by request.requested_at
""")
_ADD_REQUEST = text("""
    insert into ops.material_request (ticket_id, note, requested_by, requested_at)
    values (:ticket_id, :note, :requested_by, :now) returning id
""")
_ADD_LINE = text("""
    insert into ops.material_request_line (request_id, stock_id, quantity)
    select :request_id, stock.id, :quantity from ops.material_stock as stock
     where stock.id = :stock_id and (stock.project_id is null or stock.project_id = :project_id)
    returning id
""")
_RESERVE = text("""
    with taken as (
        update ops.material_stock as stock set reserved = stock.reserved + :quantity
          from ops.material_request_line as line
         where line.id = :id and stock.id = line.stock_id and stock.on_hand - stock.reserved >= :quantity
           and line.reserved + line.issued + :quantity <= line.quantity
        returning stock.id)
    update ops.material_request_line as line set reserved = line.reserved + :quantity
      from taken where line.id = :id returning line.id
""")
_RELEASE = text("""
    with given as (
        update ops.material_stock as stock set reserved = stock.reserved - :quantity
          from ops.material_request_line as line
         where line.id = :id and stock.id = line.stock_id and line.reserved >= :quantity
           and stock.reserved >= :quantity
        returning stock.id)
    update ops.material_request_line as line set reserved = line.reserved - :quantity
      from given where line.id = :id returning line.id
""")
_ISSUE = text("""
    with taken as (
        update ops.material_stock as stock
           set on_hand = stock.on_hand - :quantity, reserved = stock.reserved - :quantity
          from ops.material_request_line as line
         where line.id = :id and stock.id = line.stock_id and line.reserved >= :quantity
           and stock.reserved >= :quantity and stock.on_hand >= :quantity
        returning stock.id)
    update ops.material_request_line as line
       set reserved = line.reserved - :quantity, issued = line.issued + :quantity
      from taken where line.id = :id returning line.id
""")
_RETURN = text("""
    with given as (
        update ops.material_stock as stock set on_hand = stock.on_hand + :quantity
          from ops.material_request_line as line
         where line.id = :id and stock.id = line.stock_id and line.issued - line.returned >= :quantity
        returning stock.id)
    update ops.material_request_line as line set returned = line.returned + :quantity
      from given where line.id = :id returning line.id
""")
_MOVES = {"reserve": _RESERVE, "release": _RELEASE, "issue": _ISSUE, "return": _RETURN}
_LOCK_LINE = text("""
    select from ops.material_request_line as line join ops.material_stock as stock on stock.id = line.stock_id
     where line.id = :id for update
""")
_ADD_MOVEMENT = text("""
    insert into ops.material_movement (line_id, kind, quantity, cost_entry_id, account_id, moved_at)
    values (:line_id, :kind, :quantity, :cost_entry_id, :account_id, :now)
""")
_FINISH = text("""
    update ops.material_request as request set state = 'done'
     where request.id = :id and request.state = 'open'
       and not exists (select from ops.material_request_line as line
                        where line.request_id = request.id and line.issued < line.quantity)
""")
_CLOSE = text("update ops.material_request set state = :state where id = :id and state = 'open' returning id")
_NEEDS_PURCHASE = text("""
    select exists (
        select from ops.material_request as request
          join ops.material_request_line as line on line.request_id = request.id
          join ops.material_stock as stock on stock.id = line.stock_id
         where request.ticket_id = :ticket_id and request.state = 'open'
           and line.quantity - line.issued - line.reserved > stock.on_hand - stock.reserved)
""")
_LOAD = text("""
    insert into ops.material_stock (warehouse_code, project_id, material_code, material_name, unit, on_hand,
                                    unit_price_fen, counted_on)
    select given.warehouse_code, project.id, given.material_code, given.material_name, given.unit, given.on_hand,
           coalesce(given.unit_price_fen, 0), given.counted_on
      from jsonb_to_recordset(cast(:rows as jsonb)) as given (
           warehouse_code text, material_code text, material_name text, unit text, on_hand numeric,
           unit_price_fen bigint, counted_on date)
      left join ops.project on 'CK-' || project.code = given.warehouse_code
    on conflict (warehouse_code, material_code) do update
       set on_hand = excluded.on_hand, material_name = excluded.material_name, unit = excluded.unit,
           counted_on = excluded.counted_on,
           unit_price_fen = case when excluded.unit_price_fen > 0 then excluded.unit_price_fen
                                 else material_stock.unit_price_fen end
     where excluded.counted_on >= material_stock.counted_on
    returning id
""")

Scope = list[UUID] | None


async def stock(
    connection: AsyncConnection,
    *,
    project_ids: Scope,
    search: str | None,
    limit: int,
    project_code: str | None = None,
) -> list[Row[Any]]:
    """What the warehouses of a scope have; of one project of it, if its code is given."""
    values = {
        "project_ids": project_ids,
        "search": f"%{search}%" if search else None,
        "limit": limit,
        "project_code": project_code,
    }
    return list((await connection.execute(_STOCK, values)).all())


async def of_ticket(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """What was requested for a ticket, a row for each material."""
    return list((await connection.execute(_OF_TICKET, {"ticket_id": ticket_id})).all())


async def open_lines(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """What a ticket still asks for; whoever else moves it waits until this transaction is over."""
    return list((await connection.execute(_OPEN_LINES, {"ticket_id": ticket_id})).all())


async def waiting(connection: AsyncConnection, *, project_ids: Scope) -> list[Row[Any]]:
    """Open requests, the oldest first."""
    return list((await connection.execute(_WAITING, {"project_ids": project_ids})).all())


async def locked_line(connection: AsyncConnection, *, id: UUID, ticket_id: UUID) -> Row[Any] | None:
    """One line of a ticket's requests; whoever else moves its material waits until this transaction is over."""
    await connection.execute(_LOCK_LINE, {"id": id})
    return (await connection.execute(_LINE, {"id": id, "ticket_id": ticket_id})).one_or_none()


async def add_request(connection: AsyncConnection, **values: Any) -> UUID:
    """Open a request."""
    id: UUID = (await connection.execute(_ADD_REQUEST, values)).scalar_one()
    return id


async def add_line(connection: AsyncConnection, **values: Any) -> UUID | None:
    """Add a material; None if the project has no such stock."""
    id: UUID | None = (await connection.execute(_ADD_LINE, values)).scalar_one_or_none()
    return id


async def move(connection: AsyncConnection, *, kind: str, id: UUID, quantity: Decimal) -> bool:
    """Reserve, release, issue or take back; False where stock or request do not have so much."""
    return (await connection.execute(_MOVES[kind], {"id": id, "quantity": quantity})).first() is not None


async def add_movement(connection: AsyncConnection, **values: Any) -> None:
    """Keep what was moved."""
    await connection.execute(_ADD_MOVEMENT, values)


async def finish_if_issued(connection: AsyncConnection, *, id: UUID) -> None:
    """Close a request of which everything is issued."""
    await connection.execute(_FINISH, {"id": id})


async def close(connection: AsyncConnection, *, id: UUID, state: str) -> bool:
    """Close an open request; False if it is closed already."""
    return (await connection.execute(_CLOSE, {"id": id, "state": state})).first() is not None


async def needs_purchase(connection: AsyncConnection, *, ticket_id: UUID) -> bool:
    """Whether something requested is not in stock."""
    return bool((await connection.execute(_NEEDS_PURCHASE, {"ticket_id": ticket_id})).scalar_one())


async def load(connection: AsyncConnection, *, rows: str) -> int:
    """Take the ERP's count; an older count than the one known changes nothing."""
    return len((await connection.execute(_LOAD, {"rows": rows})).all())

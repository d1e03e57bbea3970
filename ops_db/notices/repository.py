"""SQL of notices: whose they are, and what is unread."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_HELD = """unnest(cast(:roles as text[]), cast(:project_ids as uuid[]), cast(:away_ids as uuid[]))
           as held (role_code, project_id, away_id)"""
_IN_PROJECT = "(held.project_id is null or held.project_id = ticket.project_id)"
# What is addressed to the account, to a role it holds in the project of the ticket, or to somebody it stands in for:
# of theirs what came while they are away, and what they had not read before.
_MINE = f"""
    from ops.notice
    left join ops.ticket on ticket.id = notice.ticket_id
    left join ops.notice_read on notice_read.notice_id = notice.id and notice_read.account_id = :account_id
   where (notice.account_id = :account_id
          or notice.role_code is not null and exists (
             select from {_HELD} where held.role_code = notice.role_code and {_IN_PROJECT})
          or notice.account_id is not null and notice.ticket_id is not null and exists (
             select from {_HELD} where held.away_id = notice.account_id and {_IN_PROJECT})
             and (exists (
                  select from ops.delegation
                   where delegation.from_account_id = notice.account_id and delegation.to_account_id = :account_id
                     and delegation.starts_at <= notice.created_at and delegation.ends_at > notice.created_at)
                  or not exists (
                  select from ops.notice_read as theirs
                   where theirs.notice_id = notice.id and theirs.account_id = notice.account_id)))
"""
_ON_BEHALF_OF = f"""
    case when notice.account_id = :account_id then null
         when notice.account_id is not null then notice.account_id
         else (select held.away_id from {_HELD}
                where held.role_code = notice.role_code and {_IN_PROJECT}
                order by held.away_id nulls first limit 1) end as on_behalf_of"""
_LIST = text(f"""
    select notice.id, notice.title_zh, notice.title_en, notice.body_zh, notice.body_en, notice.created_at,
           notice.role_code, notice_read.read_at, notice.link, ticket.number, ticket.title,
           ticket.state, {_ON_BEHALF_OF}
    {_MINE}
     and (not :is_unread_only or notice_read.read_at is null)
     and (cast(:before_at as timestamptz) is null
          or (notice.created_at, notice.id) < (cast(:before_at as timestamptz), cast(:before_id as uuid)))
   order by notice.created_at desc, notice.id desc limit :most
""")
UNREAD = f"select count(*) from (select 1 {_MINE} and notice_read.read_at is null limit 100) as unread"
"""Counts what is unread; a hundred means that many or more."""

_UNREAD = text(UNREAD)
_MARK_READ = text(f"""
    insert into ops.notice_read (notice_id, account_id, read_at)
    select notice.id, :account_id, cast(:now as timestamptz)
    {_MINE} and notice_read.read_at is null and (cast(:id as uuid) is null or notice.id = cast(:id as uuid))
    on conflict do nothing
""")
_IS_MINE = text(f"select exists (select {_MINE} and notice.id = :id)")
_OF_OWNER = text("""
    select event_version, title_zh, title_en, body_zh, body_en, created_at from ops.notice
     where ticket_id = :ticket_id and recipient_kind = 'owner' order by created_at, id
""")
_OF_TICKET = text("""
    select notice.recipient_kind, notice.role_code, role.name_zh as role_name_zh, role.name_en as role_name_en,
           account.display_name, notice.title_zh, notice.title_en, notice.created_at
      from ops.notice
      left join ops.account on account.id = notice.account_id
      left join ops.role on role.code = notice.role_code
     where notice.ticket_id = :ticket_id order by notice.created_at, notice.id
""")


_TELL_HOLDERS = text("""
    insert into ops.notice (recipient_kind, account_id, link, title_zh, title_en, body_zh, body_en, created_at)
    select 'account', account.id, :link, :title_zh, :title_en, :body_zh, :body_en, :now
      from ops.account
     where account.is_active and exists (
           select from ops.account_role as held
             join ops.role_permission on role_permission.role_code = held.role_code
              and role_permission.permission = :permission
            where held.account_id = account.id and held.project_id is null)
""")


async def tell_holders(connection: AsyncConnection, **values: Any) -> int:
    """Tell everybody who holds a permission in every project of something that is no ticket's."""
    return (await connection.execute(_TELL_HOLDERS, values)).rowcount


async def of_account(connection: AsyncConnection, **values: Any) -> list[Row[Any]]:
    """Notices of an account and its roles, the newest first."""
    return list((await connection.execute(_LIST, values)).all())


async def unread_count(connection: AsyncConnection, **values: Any) -> int:
    """How many are unread; a hundred means that many or more."""
    return int((await connection.execute(_UNREAD, values)).scalar_one())


async def mark_read(connection: AsyncConnection, *, id: UUID | None, now: dt.datetime, **values: Any) -> int:
    """Mark one notice read, or all; how many were unread before."""
    return (await connection.execute(_MARK_READ, values | {"id": id, "now": now})).rowcount


async def is_of_account(connection: AsyncConnection, *, id: UUID, **values: Any) -> bool:
    """Whether a notice is for an account or one of its roles."""
    return bool((await connection.execute(_IS_MINE, values | {"id": id})).scalar_one())


async def of_owner(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """What the owner of a ticket was told, in order."""
    return list((await connection.execute(_OF_OWNER, {"ticket_id": ticket_id})).all())


async def of_ticket(connection: AsyncConnection, *, ticket_id: UUID) -> list[Row[Any]]:
    """Whom a ticket told what, in order."""
    return list((await connection.execute(_OF_TICKET, {"ticket_id": ticket_id})).all())

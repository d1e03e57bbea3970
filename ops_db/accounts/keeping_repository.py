"""SQL of keeping accounts, roles and delegations."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_ACCOUNTS = text("""
    select account.id, account.login, account.display_name, account.language, account.is_active, account.created_at,
           account.staff_id, staff.staff_number, staff.name as staff_name,
           (select max(seen_at) from ops.session where session.account_id = account.id) as seen_at,
           (select coalesce(jsonb_agg(jsonb_build_object('id', held.id, 'role', held.role_code,
                        'name_zh', role.name_zh, 'name_en', role.name_en, 'project_code', project.code,
                        'project_name', project.name) order by held.id), '[]')
              from ops.account_role as held join ops.role on role.code = held.role_code
              left join ops.project on project.id = held.project_id
             where held.account_id = account.id) as roles
      from ops.account left join ops.staff on staff.id = account.staff_id
     where (cast(:id as uuid) is null or account.id = :id)
       and (:search = '' or account.login ilike :like or account.display_name ilike :like
            or staff.staff_number ilike :like)
     order by account.is_active desc, account.login limit :most
""")
_ADD_ACCOUNT = text("""
    insert into ops.account (login, display_name, language, password_hash, password_is_temporary, staff_id)
    values (:login, :display_name, :language, :password_hash, true, :staff_id)
    on conflict (login) do nothing returning id
""")
_STAFF = text("select id from ops.staff where staff_number = :staff_number")
_STAFF_TAKEN = text("select login from ops.account where staff_id = :staff_id and id is distinct from :id")
_CHANGE_ACCOUNT = text("""
    update ops.account
       set display_name = :display_name, language = :language, staff_id = :staff_id, is_active = :is_active
     where id = :id
""")
_SET_PASSWORD = text("""
    update ops.account set password_hash = :password_hash, password_is_temporary = :is_temporary where id = :id
""")
_PASSWORD = text("select login, password_hash from ops.account where id = :id and is_active for update")
_END_SESSIONS = text("""
    update ops.session set revoked_at = :now
     where account_id = :id and revoked_at is null and id is distinct from cast(:but as uuid)
""")
_END_TOKENS = text("update ops.api_token set revoked_at = :now where account_id = :id and revoked_at is null")
_END_DELEGATIONS = text("""
    update ops.delegation set revoked_at = :now
     where (from_account_id = :id or to_account_id = :id) and revoked_at is null and ends_at > :now
""")
_GRANT = text("""
    insert into ops.account_role (account_id, role_code, project_id) values (:account_id, :role_code, :project_id)
    on conflict do nothing returning id
""")
_WITHDRAW = text("""
    delete from ops.account_role where id = :id and account_id = :account_id returning role_code, project_id
""")
_PROJECT = text("select id from ops.project where code = :code")
_PROJECTS = text("select code, name from ops.project order by code")
_ROLES = text("""
    select role.code, role.name_zh, role.name_en,
           (select count(distinct account_id) from ops.account_role where role_code = role.code) as account_count,
           (select coalesce(array_agg(permission order by permission), '{}')
              from ops.role_permission where role_code = role.code) as permissions
      from ops.role order by role.code
""")
_ADD_ROLE = text("""
    insert into ops.role (code, name_zh, name_en) values (:code, :name_zh, :name_en) on conflict do nothing
    returning code
""")
_PERMIT = text("""
    insert into ops.role_permission (role_code, permission) select :role_code, unnest(cast(:permissions as text[]))
    on conflict do nothing
""")
_FORBID = text("delete from ops.role_permission where role_code = :role_code and permission = any(:permissions)")
_REMOVE_ROLE = text("""
    with permissions as (delete from ops.role_permission where role_code = :code)
    delete from ops.role where code = :code
""")
_WAIT_FOR_RIGHTS = text("select pg_advisory_xact_lock(hashtextextended('rights of administrators', 0))")
_ADMINISTRATORS = text("""
    select count(*) from ops.account
     where is_active and 2 = (
        select count(distinct permission) from ops.account_role
          join ops.role_permission on role_permission.role_code = account_role.role_code
         where account_role.account_id = account.id and account_role.project_id is null
           and permission in ('role:manage', 'account:manage'))
""")
_DELEGATIONS = text("""
    select delegation.id, delegation.starts_at, delegation.ends_at, delegation.reason, delegation.created_at,
           delegation.revoked_at, delegation.from_account_id, delegation.to_account_id,
           away.display_name as from_name, away.login as from_login, deputy.display_name as to_name,
           deputy.login as to_login, maker.display_name as made_by
      from ops.delegation
      join ops.account as away on away.id = delegation.from_account_id
      join ops.account as deputy on deputy.id = delegation.to_account_id
      join ops.account as maker on maker.id = delegation.created_by
     where cast(:account_id as uuid) is null or :account_id in (delegation.from_account_id, delegation.to_account_id)
     order by delegation.starts_at desc limit 100
""")
_OVERLAPPING = text("""
    select count(*) from ops.delegation
     where from_account_id = :from_account_id and revoked_at is null and starts_at < :ends_at and ends_at > :starts_at
""")
_ADD_DELEGATION = text("""
    insert into ops.delegation (from_account_id, to_account_id, starts_at, ends_at, reason, created_by, created_at)
    values (:from_account_id, :to_account_id, :starts_at, :ends_at, :reason, :created_by, :now) returning id
""")
_END_DELEGATION = text("""
    update ops.delegation set revoked_at = :now
     where id = :id and revoked_at is null and ends_at > :now
       and (cast(:account_id as uuid) is null or from_account_id = :account_id)
    returning from_account_id, to_account_id
""")
_DEPUTIES = text("""
    select id, login, display_name from ops.account
     where is_active and id <> :account_id order by display_name, login limit 500
""")


async def accounts(
    connection: AsyncConnection, *, search: str = "", id: UUID | None = None, most: int = 200
) -> list[Row[Any]]:
    """Accounts with their roles, active ones first."""
    like = f"%{search.replace(chr(92), '').replace('%', '').replace('_', chr(92) + '_')}%"
    values = {"search": search, "like": like, "id": id, "most": most}
    return list((await connection.execute(_ACCOUNTS, values)).all())


async def add_account(connection: AsyncConnection, **values: Any) -> UUID | None:
    """Add an account; None if the login is taken."""
    return (await connection.execute(_ADD_ACCOUNT, values)).scalar_one_or_none()


async def staff_id(connection: AsyncConnection, *, staff_number: str) -> UUID | None:
    """The colleague of this number."""
    return (await connection.execute(_STAFF, {"staff_number": staff_number})).scalar_one_or_none()


async def login_of_staff(connection: AsyncConnection, *, staff_id: UUID, but: UUID | None) -> str | None:
    """The login of another account that belongs to a colleague."""
    return (await connection.execute(_STAFF_TAKEN, {"staff_id": staff_id, "id": but})).scalar_one_or_none()


async def change_account(connection: AsyncConnection, **values: Any) -> None:
    """Write name, language, colleague and whether it is active."""
    await connection.execute(_CHANGE_ACCOUNT, values)


async def set_password(connection: AsyncConnection, *, id: UUID, password_hash: str, is_temporary: bool) -> None:
    """Write a new password."""
    values = {"id": id, "password_hash": password_hash, "is_temporary": is_temporary}
    await connection.execute(_SET_PASSWORD, values)


async def password(connection: AsyncConnection, *, id: UUID) -> Row[Any] | None:
    """Login and password hash of an active account, which stays as it is until the transaction ends."""
    return (await connection.execute(_PASSWORD, {"id": id})).one_or_none()


async def end_sessions(connection: AsyncConnection, *, id: UUID, now: dt.datetime, but: UUID | None = None) -> int:
    """End every session of an account, save perhaps one, and count them."""
    return (await connection.execute(_END_SESSIONS, {"id": id, "now": now, "but": but})).rowcount


async def end_everything(connection: AsyncConnection, *, id: UUID, now: dt.datetime) -> None:
    """End sessions, tokens and delegations of an account."""
    for statement in (_END_SESSIONS, _END_TOKENS, _END_DELEGATIONS):
        await connection.execute(statement, {"id": id, "now": now, "but": None})


async def grant(
    connection: AsyncConnection, *, account_id: UUID, role_code: str, project_id: UUID | None
) -> int | None:
    """Give a role; None if it is held already."""
    values = {"account_id": account_id, "role_code": role_code, "project_id": project_id}
    return (await connection.execute(_GRANT, values)).scalar_one_or_none()


async def withdraw(connection: AsyncConnection, *, id: int, account_id: UUID) -> Row[Any] | None:
    """Take a role away; None if the account has no such grant."""
    return (await connection.execute(_WITHDRAW, {"id": id, "account_id": account_id})).one_or_none()


async def project_id(connection: AsyncConnection, *, code: str) -> UUID | None:
    """The project of this code."""
    return (await connection.execute(_PROJECT, {"code": code})).scalar_one_or_none()


async def projects(connection: AsyncConnection) -> list[Row[Any]]:
    """Code and name of every project."""
    return list((await connection.execute(_PROJECTS)).all())


async def roles(connection: AsyncConnection) -> list[Row[Any]]:
    """Every role with its permissions and how many accounts hold it."""
    return list((await connection.execute(_ROLES)).all())


async def add_role(connection: AsyncConnection, **values: Any) -> bool:
    """Add a role; False if the code is taken."""
    return (await connection.execute(_ADD_ROLE, values)).one_or_none() is not None


async def set_permissions(connection: AsyncConnection, *, role_code: str, added: list[str], removed: list[str]) -> None:
    """Change what a role permits."""
    if added:
        await connection.execute(_PERMIT, {"role_code": role_code, "permissions": added})
    if removed:
        await connection.execute(_FORBID, {"role_code": role_code, "permissions": removed})


async def remove_role(connection: AsyncConnection, *, code: str) -> None:
    """Remove a role that nobody holds."""
    await connection.execute(_REMOVE_ROLE, {"code": code})


async def wait_for_rights(connection: AsyncConnection) -> None:
    """Let one change of rights be made after the other, so that two cannot each leave the other as the last."""
    await connection.execute(_WAIT_FOR_RIGHTS)


async def administrator_count(connection: AsyncConnection) -> int:
    """Active accounts that may manage accounts and roles everywhere."""
    count: int = (await connection.execute(_ADMINISTRATORS)).scalar_one()
    return count


async def delegations(connection: AsyncConnection, *, account_id: UUID | None = None) -> list[Row[Any]]:
    """Delegations from or to an account, or all, newest first."""
    return list((await connection.execute(_DELEGATIONS, {"account_id": account_id})).all())


async def overlapping(connection: AsyncConnection, **values: Any) -> int:
    """How many delegations of the same account fall into the time."""
    count: int = (await connection.execute(_OVERLAPPING, values)).scalar_one()
    return count


async def add_delegation(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep a delegation."""
    id: UUID = (await connection.execute(_ADD_DELEGATION, values)).scalar_one()
    return id


async def end_delegation(
    connection: AsyncConnection, *, id: UUID, account_id: UUID | None, now: dt.datetime
) -> Row[Any] | None:
    """End a delegation before its time; of an account, or any. None if there is none to end."""
    values = {"id": id, "account_id": account_id, "now": now}
    return (await connection.execute(_END_DELEGATION, values)).one_or_none()


async def deputies(connection: AsyncConnection, *, account_id: UUID) -> list[Row[Any]]:
    """Who could stand in for an account."""
    return list((await connection.execute(_DEPUTIES, {"account_id": account_id})).all())

"""SQL of accounts, sessions and tokens."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_NOT_DELEGATED = "('role:manage', 'account:manage', 'webhook:manage')"
_GRANTS = f"""
    (select coalesce(jsonb_agg(jsonb_build_object(
                'role', held.role_code, 'name_zh', role.name_zh, 'name_en', role.name_en,
                'project_id', held.project_id, 'project_code', project.code,
                'on_behalf_of', held.on_behalf_of, 'on_behalf_name', held.on_behalf_name,
                'on_behalf_staff_id', held.staff_id, 'on_behalf_crew_id', held.crew_id,
                'permissions', (select coalesce(jsonb_agg(role_permission.permission), '[]')
                                from ops.role_permission where role_permission.role_code = held.role_code
                                 and (held.on_behalf_of is null
                                      or role_permission.permission not in {_NOT_DELEGATED})))
            order by held.on_behalf_of nulls first, held.id), '[]')
       from (select account_role.id, account_role.role_code, account_role.project_id,
                    cast(null as uuid) as on_behalf_of, cast(null as text) as on_behalf_name,
                    cast(null as uuid) as staff_id, cast(null as uuid) as crew_id
               from ops.account_role where account_role.account_id = account.id
              union all
             select account_role.id, account_role.role_code, account_role.project_id, away.id, away.display_name,
                    their_staff.id, their_staff.crew_id
               from ops.delegation
               join ops.account as away on away.id = delegation.from_account_id and away.is_active
               left join ops.staff as their_staff on their_staff.id = away.staff_id and their_staff.is_active
              join ops.account_role on account_role.account_id = away.id
              where delegation.to_account_id = account.id and delegation.revoked_at is null
                and delegation.starts_at <= :now and delegation.ends_at > :now and :with_delegations) as held
       join ops.role on role.code = held.role_code
       left join ops.project on project.id = held.project_id) as grants
"""
_ACCOUNT = f"""
    account.id as account_id, account.login, account.display_name, account.language, account.password_is_temporary,
    account.staff_id, staff.crew_id, {_GRANTS}
"""

_SESSION_ACCOUNT = text(f"""
    select session.id as session_id, session.seen_at, {_ACCOUNT}
      from ops.session
      join ops.account on account.id = session.account_id and account.is_active
      left join ops.staff on staff.id = account.staff_id and staff.is_active
     where session.token_hash = :token_hash and session.revoked_at is null and session.expires_at > :now
""")
_TOKEN_ACCOUNT = text(f"""
    select api_token.id as token_id, api_token.scopes, {_ACCOUNT}
      from ops.api_token
      join ops.account on account.id = api_token.account_id and account.is_active
      left join ops.staff on staff.id = account.staff_id and staff.is_active
     where api_token.token_hash = :token_hash and api_token.revoked_at is null
       and (api_token.expires_at is null or api_token.expires_at > :now)
""")
_LOGIN = text("select id, password_hash from ops.account where login = :login and is_active")
_FAILURES = text("""
    select count(*) filter (where login = :login) as of_login, count(*) filter (where address = :address) as of_address,
           min(failed_at) as first_at
      from ops.sign_in_failure
     where failed_at > :since and (login = :login or address = :address)
""")
_ADD_FAILURE = text("""
    insert into ops.sign_in_failure (login, address, failed_at) values (:login, :address, :now)
""")
_FORGET_FAILURES = text("delete from ops.sign_in_failure where login = :login or failed_at < :before")
_ADD_SESSION = text("""
    insert into ops.session (account_id, token_hash, created_at, seen_at, expires_at)
    values (:account_id, :token_hash, :now, :now, :expires_at)
""")
_SEE_SESSION = text("update ops.session set seen_at = :now where id = :id")
_FORGET_SESSIONS = text("delete from ops.session where expires_at < :before")
_REVOKE_SESSION = text("update ops.session set revoked_at = :now where id = :id and revoked_at is null")
_ADD_TOKEN = text("""
    insert into ops.api_token (account_id, name, token_hash, scopes, created_at, expires_at)
    values (:account_id, :name, :token_hash, :scopes, :now, :expires_at) returning id
""")
_TOKENS = text("""
    select id, name, scopes, created_at, expires_at, revoked_at
      from ops.api_token where account_id = :account_id order by created_at desc
""")
_REVOKE_TOKEN = text("""
    update ops.api_token set revoked_at = coalesce(revoked_at, :now)
     where id = :id and account_id = :account_id returning id
""")
_SET_LANGUAGE = text("update ops.account set language = :language where id = :id")
_AUDIT = text("""
    insert into ops.audit_entry (actor_kind, actor_id, deed, object_kind, object_id, detail, done_at)
    values (:actor_kind, :actor_id, :deed, :object_kind, :object_id, cast(:detail as jsonb), :now)
""")


async def session_account(connection: AsyncConnection, *, token_hash: bytes, now: dt.datetime) -> Row[Any] | None:
    """The account behind a live session, with its grants."""
    values = {"token_hash": token_hash, "now": now, "with_delegations": True}
    return (await connection.execute(_SESSION_ACCOUNT, values)).one_or_none()


async def token_account(connection: AsyncConnection, *, token_hash: bytes, now: dt.datetime) -> Row[Any] | None:
    """The account behind a live token, with its grants and the token's scopes."""
    values = {"token_hash": token_hash, "now": now, "with_delegations": False}
    return (await connection.execute(_TOKEN_ACCOUNT, values)).one_or_none()


async def login(connection: AsyncConnection, *, login: str) -> Row[Any] | None:
    """Id and password hash of an active account."""
    return (await connection.execute(_LOGIN, {"login": login})).one_or_none()


async def failures(connection: AsyncConnection, *, login: str, address: str, since: dt.datetime) -> Row[Any]:
    """How many sign-ins failed since then, of this login and from this address, and when the first of them did."""
    return (await connection.execute(_FAILURES, {"login": login, "address": address, "since": since})).one()


async def add_failure(connection: AsyncConnection, *, login: str, address: str, now: dt.datetime) -> None:
    """Count a failed sign-in."""
    await connection.execute(_ADD_FAILURE, {"login": login, "address": address, "now": now})


async def forget_failures(connection: AsyncConnection, *, login: str, before: dt.datetime) -> None:
    """Remove the failures of a login that succeeded, and those too old to count."""
    await connection.execute(_FORGET_FAILURES, {"login": login, "before": before})


async def add_session(
    connection: AsyncConnection, *, account_id: UUID, token_hash: bytes, now: dt.datetime, expires_at: dt.datetime
) -> None:
    """Keep a new session."""
    values = {"account_id": account_id, "token_hash": token_hash, "now": now, "expires_at": expires_at}
    await connection.execute(_ADD_SESSION, values)


async def see_session(connection: AsyncConnection, *, id: UUID, now: dt.datetime) -> None:
    """Note that a session is in use."""
    await connection.execute(_SEE_SESSION, {"id": id, "now": now})


async def revoke_session(connection: AsyncConnection, *, id: UUID, now: dt.datetime) -> None:
    """End a session."""
    await connection.execute(_REVOKE_SESSION, {"id": id, "now": now})


async def forget_sessions(connection: AsyncConnection, *, before: dt.datetime) -> int:
    """Remove sessions that ended before that."""
    return (await connection.execute(_FORGET_SESSIONS, {"before": before})).rowcount


async def add_token(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep a new token and return its id."""
    return (await connection.execute(_ADD_TOKEN, values)).scalar_one()


async def tokens(connection: AsyncConnection, *, account_id: UUID) -> list[Row[Any]]:
    """The tokens of an account, newest first."""
    return list((await connection.execute(_TOKENS, {"account_id": account_id})).all())


async def revoke_token(connection: AsyncConnection, *, id: UUID, account_id: UUID, now: dt.datetime) -> bool:
    """End a token; False if the account has none of this id."""
    values = {"id": id, "account_id": account_id, "now": now}
    return (await connection.execute(_REVOKE_TOKEN, values)).one_or_none() is not None


async def set_language(connection: AsyncConnection, *, id: UUID, language: str) -> None:
    """Remember the language an account reads."""
    await connection.execute(_SET_LANGUAGE, {"id": id, "language": language})


async def add_audit_entry(connection: AsyncConnection, **values: Any) -> None:
    """Add one deed to the audit log."""
    await connection.execute(_AUDIT, values)

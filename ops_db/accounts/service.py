"""Signing in and out, and from a cookie or a token to the actor behind it."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import ActorKind, Permission
from ops_db import audit
from ops_db.accounts import repository
from ops_db.actor import Actor, Grant
from ops_db.errors import InvalidInput, NotFound, SignInThrottled
from ops_db.passwords import is_password, new_token, token_hash

FAILURE_WINDOW = dt.timedelta(minutes=15)
FAILURES_PER_LOGIN = 5
FAILURES_PER_ADDRESS = 30
_SEEN_EVERY = dt.timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: shown once, here, and never again."""

    id: UUID
    token: str
    scopes: tuple[Permission, ...]
    expires_at: dt.datetime | None


async def sign_in(
    connection: AsyncConnection,
    *,
    login: str,
    password: str,
    address: str,
    now: dt.datetime,
    lasts: dt.timedelta,
) -> str | None:
    """The token of a new session, or None when login and password do not fit (that failure is counted, so commit it).

    Raises SignInThrottled after too many failures of this login or from this address within a quarter of an hour.
    """
    await refuse_guessing(connection, login=login, address=address, now=now)
    account = await repository.login(connection, login=login)
    # Argon2 works for some 50 ms; in a thread it does not hold up everybody else's requests.
    if not await asyncio.to_thread(is_password, password, account.password_hash if account else None) or not account:
        await repository.add_failure(connection, login=login, address=address, now=now)
        return None
    await repository.forget_failures(connection, login=login, before=now - FAILURE_WINDOW)
    token = new_token()
    await repository.add_session(
        connection, account_id=account.id, token_hash=token_hash(token), now=now, expires_at=now + lasts
    )
    actor = Actor(kind=ActorKind.ACCOUNT, id=account.id)
    await audit.note(connection, actor=actor, deed="session:begin", now=now, detail={"address": address})
    return token


async def refuse_guessing(connection: AsyncConnection, *, login: str, address: str, now: dt.datetime) -> None:
    """Raise SignInThrottled after too many failures of a login or from an address; asked before any password is."""
    failed = await repository.failures(connection, login=login, address=address, since=now - FAILURE_WINDOW)
    if failed.of_login >= FAILURES_PER_LOGIN or failed.of_address >= FAILURES_PER_ADDRESS:
        wait = max(1, int((failed.first_at + FAILURE_WINDOW - now).total_seconds()))
        raise SignInThrottled(
            "Too many failed attempts to sign in. Try again in {retry_after_seconds} seconds.", retry_after_seconds=wait
        )


async def sign_out(connection: AsyncConnection, *, actor: Actor, now: dt.datetime) -> None:
    """End the session the actor came with."""
    if actor.session_id is not None:
        await repository.revoke_session(connection, id=actor.session_id, now=now)
        await audit.note(connection, actor=actor, deed="session:end", now=now)


async def forget_sessions(connection: AsyncConnection, *, now: dt.datetime) -> int:
    """Remove sessions that ran out; that they were is in the log of deeds."""
    return await repository.forget_sessions(connection, before=now)


async def actor_of_session(connection: AsyncConnection, *, token: str, now: dt.datetime) -> Actor | None:
    """Who signed in with this cookie; None if the session is unknown, over or revoked, or the account closed."""
    account = await repository.session_account(connection, token_hash=token_hash(token), now=now)
    if account is None:
        return None
    if now - account.seen_at > _SEEN_EVERY:
        await repository.see_session(connection, id=account.session_id, now=now)
    return _actor(
        account,
        kind=ActorKind.ACCOUNT,
        id=account.account_id,
        session_id=account.session_id,
        limit=frozenset(Permission),
        must_change_password=account.password_is_temporary,
    )


async def actor_of_token(connection: AsyncConnection, *, token: str, now: dt.datetime) -> Actor | None:
    """Who issued this token, limited to its scopes; None if it is unknown, over or revoked, or the account closed."""
    account = await repository.token_account(connection, token_hash=token_hash(token), now=now)
    if account is None:
        return None
    return _actor(account, kind=ActorKind.TOKEN, id=account.token_id, session_id=None, limit=frozenset(account.scopes))


async def issue_token(
    connection: AsyncConnection,
    *,
    actor: Actor,
    name: str,
    scopes: Iterable[str],
    now: dt.datetime,
    expires_at: dt.datetime | None = None,
) -> IssuedToken:
    """A new key of an integration; it may do at most what its account may. Raises InvalidInput."""
    wanted = sorted(set(scopes))
    # A token outlives a delegation, so it carries nothing that is somebody else's.
    own = actor.with_grants_of(None).permissions
    beyond = [scope for scope in wanted if scope not in own]
    if beyond or not wanted:
        raise InvalidInput(
            "A token may carry only permissions of its account, at least one. Not yours: {beyond}.",
            beyond=", ".join(beyond) or "–",
        )
    if expires_at is not None and expires_at <= now:
        raise InvalidInput("The token would have expired already. Give a later time.")
    token = new_token()
    token_id = await repository.add_token(
        connection,
        account_id=actor.account_id,
        name=name,
        token_hash=token_hash(token),
        scopes=wanted,
        now=now,
        expires_at=expires_at,
    )
    detail = {"name": name, "scopes": wanted}
    await audit.note(
        connection, actor=actor, deed="token:issue", now=now, object_kind="api_token", object_id=token_id, detail=detail
    )
    return IssuedToken(token_id, token, tuple(Permission(scope) for scope in wanted), expires_at)


async def tokens_of(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The actor's own tokens, newest first, without the tokens themselves."""
    return [] if actor.account_id is None else await repository.tokens(connection, account_id=actor.account_id)


async def revoke_token(connection: AsyncConnection, *, actor: Actor, id: UUID, now: dt.datetime) -> None:
    """End one of the actor's own tokens; raises NotFound."""
    if actor.account_id is None or not await repository.revoke_token(
        connection, id=id, account_id=actor.account_id, now=now
    ):
        raise NotFound("There is no such token.")
    await audit.note(connection, actor=actor, deed="token:revoke", now=now, object_kind="api_token", object_id=id)


async def set_language(connection: AsyncConnection, *, actor: Actor, language: str) -> None:
    """Remember the language the account reads."""
    if actor.account_id is not None:
        await repository.set_language(connection, id=actor.account_id, language=language)


def _actor(
    account: Row[Any],
    *,
    kind: ActorKind,
    id: UUID,
    session_id: UUID | None,
    limit: frozenset[str],
    must_change_password: bool = False,
) -> Actor:
    return Actor(
        kind=kind,
        id=id,
        # Before that not even a route that is open to everybody takes the actor for more than a visitor.
        grants=() if must_change_password else tuple(_grant(grant, limit) for grant in account.grants),
        account_id=account.account_id,
        session_id=session_id,
        login=account.login,
        display_name=account.display_name,
        language=account.language,
        staff_id=account.staff_id,
        crew_id=account.crew_id,
        must_change_password=must_change_password,
    )


def _grant(grant: dict[str, Any], limit: frozenset[str]) -> Grant:
    permissions = frozenset(Permission(permission) for permission in grant["permissions"] if permission in limit)
    return Grant(
        grant["role"],
        permissions,
        _id(grant["project_id"]),
        grant["project_code"],
        name_zh=grant["name_zh"],
        name_en=grant["name_en"],
        on_behalf_of=_id(grant["on_behalf_of"]),
        on_behalf_name=grant["on_behalf_name"] or "",
        on_behalf_staff_id=_id(grant["on_behalf_staff_id"]),
        on_behalf_crew_id=_id(grant["on_behalf_crew_id"]),
    )


def _id(text: str | None) -> UUID | None:
    return UUID(text) if text else None

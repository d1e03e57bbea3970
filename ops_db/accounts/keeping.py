"""Keeping accounts: made, changed, closed, and given roles, by administrators on a page. Each change is audited.

Nobody gives away more than they hold, and the last administrator cannot be locked out. A change counts from the next
request on, since rights are read with each.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import secrets
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.language import LANGUAGES
from core.vocabulary import Permission
from ops_db import audit
from ops_db.accounts import keeping_repository as repository
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, LastAdministrator, NotFound, NotPermitted, ReferenceUnknown
from ops_db.passwords import hash_password

_LOGIN: Final = re.compile(r"^[a-z0-9][a-z0-9._@-]{1,59}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """What an account says of its owner."""

    display_name: str
    language: str
    staff_number: str = ""
    is_active: bool = True


async def accounts(connection: AsyncConnection, *, actor: Actor, search: str = "") -> list[Row[Any]]:
    """Every account with its roles."""
    actor.require_everywhere(Permission.ACCOUNT_MANAGE)
    return await repository.accounts(connection, search=search.strip())


async def account(connection: AsyncConnection, id: UUID, *, actor: Actor) -> Row[Any]:
    """One account; raises NotFound."""
    actor.require_everywhere(Permission.ACCOUNT_MANAGE)
    found = await repository.accounts(connection, id=id)
    if not found:
        raise NotFound("There is no such account.")
    return found[0]


async def add_account(
    connection: AsyncConnection, login: str, details: AccountDetails, *, actor: Actor, now: dt.datetime
) -> tuple[UUID, str]:
    """A new account without roles, and its first password, shown once and to be changed. Raises InvalidInput."""
    actor.require_everywhere(Permission.ACCOUNT_MANAGE)
    login = login.strip().lower()
    if not _LOGIN.match(login):
        raise InvalidInput(
            "A login has 2 to 60 small letters, digits, dots, hyphens, underscores or @.", fields=("login",)
        )
    checked = await _checked(connection, details, id=None)
    password = secrets.token_urlsafe(12)
    password_hash = await asyncio.to_thread(hash_password, password)
    id = await repository.add_account(
        connection,
        login=login,
        password_hash=password_hash,
        **{name: checked[name] for name in ("display_name", "language", "staff_id")},
    )
    if id is None:
        raise InvalidInput("There is an account {login} already. Choose another login.", login=login, fields=("login",))
    await _note(connection, "account:add", id, actor=actor, now=now, detail={"login": login})
    return id, password


async def change_account(
    connection: AsyncConnection, id: UUID, details: AccountDetails, *, actor: Actor, now: dt.datetime
) -> None:
    """Write the details; an account that is closed loses its sessions, tokens and delegations at once."""
    before = await account(connection, id, actor=actor)
    checked = await _checked(connection, details, id=id)
    await repository.wait_for_rights(connection)
    await repository.change_account(connection, id=id, **checked)
    if before.is_active and not details.is_active:
        await repository.end_everything(connection, id=id, now=now)
    await keep_an_administrator(connection)
    changed = {name: str(value) for name, value in checked.items() if getattr(before, name) != value}
    if changed:
        deed = "account:close" if before.is_active and not details.is_active else "account:change"
        await _note(connection, deed, id, actor=actor, now=now, detail={"changed": sorted(changed)})


async def set_password(connection: AsyncConnection, id: UUID, *, actor: Actor, now: dt.datetime) -> str:
    """A new password, shown once and to be changed at the next sign-in; every session of the account ends."""
    await account(connection, id, actor=actor)
    password = secrets.token_urlsafe(12)
    hashed = await asyncio.to_thread(hash_password, password)
    await repository.set_password(connection, id=id, password_hash=hashed, is_temporary=True)
    await repository.end_sessions(connection, id=id, now=now)
    await _note(connection, "account:password", id, actor=actor, now=now)
    return password


async def grant(
    connection: AsyncConnection,
    id: UUID,
    role_code: str,
    *,
    project_code: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Give an account a role, for one project or (without a code) for all; at most what the actor holds themselves."""
    await account(connection, id, actor=actor)
    role = next((one for one in await repository.roles(connection) if one.code == role_code), None)
    if role is None:
        raise ReferenceUnknown("There is no {name} here. Choose it from the list.", name=role_code)
    project_id = await repository.project_id(connection, code=project_code) if project_code else None
    if project_code and project_id is None:
        raise ReferenceUnknown("There is no {name} here. Choose it from the list.", name=project_code)
    beyond = [one for one in role.permissions if not _holds(actor, Permission(one), project_id)]
    if beyond:
        raise NotPermitted("You cannot give what you do not hold: {permission}.", permission=", ".join(beyond))
    if await repository.grant(connection, account_id=id, role_code=role_code, project_id=project_id) is not None:
        detail = {"role": role_code, "project_code": project_code or None}
        await _note(connection, "role:grant", id, actor=actor, now=now, detail=detail)


async def withdraw(connection: AsyncConnection, id: UUID, grant_id: int, *, actor: Actor, now: dt.datetime) -> None:
    """Take a role away again; raises NotFound, LastAdministrator."""
    await account(connection, id, actor=actor)
    await repository.wait_for_rights(connection)
    taken = await repository.withdraw(connection, id=grant_id, account_id=id)
    if taken is None:
        raise NotFound("This account has no such role any more.")
    await keep_an_administrator(connection)
    detail = {"role": taken.role_code, "project_id": str(taken.project_id) if taken.project_id else None}
    await _note(connection, "role:withdraw", id, actor=actor, now=now, detail=detail)


def _holds(actor: Actor, permission: Permission, project_id: UUID | None) -> bool:
    own = actor.with_grants_of(None)
    return own.scope(permission) is None if project_id is None else own.may(permission, project_id)


async def _checked(connection: AsyncConnection, details: AccountDetails, *, id: UUID | None) -> dict[str, Any]:
    name = " ".join(details.display_name.split())
    if not 1 <= len(name) <= 60:
        raise InvalidInput("Give the name that colleagues see, at most 60 characters.", fields=("display_name",))
    if details.language not in LANGUAGES:
        raise InvalidInput("Choose one of the languages of the pages.", fields=("language",))
    staff_id = None
    if details.staff_number.strip():
        staff_id = await repository.staff_id(connection, staff_number=details.staff_number.strip())
        if staff_id is None:
            raise InvalidInput("There is no colleague with this number.", fields=("staff_number",))
        taken_by = await repository.login_of_staff(connection, staff_id=staff_id, but=id)
        if taken_by is not None:
            raise InvalidInput(
                "This colleague has the account {login} already.", login=taken_by, fields=("staff_number",)
            )
    return {
        "display_name": name,
        "language": details.language,
        "staff_id": staff_id,
        "is_active": details.is_active,
    }


async def keep_an_administrator(connection: AsyncConnection) -> None:
    """Raise LastAdministrator if after this change nobody could manage accounts and roles any more."""
    if not await repository.administrator_count(connection):
        raise LastAdministrator(
            "Somebody must be left who manages accounts and roles everywhere. Give these rights to somebody else first."
        )


async def _note(
    connection: AsyncConnection,
    deed: str,
    id: UUID,
    *,
    actor: Actor,
    now: dt.datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    await audit.note(connection, actor=actor, deed=deed, now=now, object_kind="account", object_id=id, detail=detail)

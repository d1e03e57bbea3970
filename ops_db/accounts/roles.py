"""Roles: which there are and what each permits, changed by administrators on a page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission, Role
from ops_db import audit
from ops_db.accounts import keeping_repository as repository
from ops_db.accounts.keeping import keep_an_administrator
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound, NotPermitted

WITHOUT_ACCOUNTS: Final = frozenset({Role.OWNER.value, Role.SYSTEM.value})
"""Roles of the process that no account holds."""
_CODE: Final = re.compile(r"^[a-z][a-z0-9_]{1,39}$")


async def roles(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """Every role that an account may hold, the shipped ones in the order of the vocabulary, then the house's own."""
    actor.require_everywhere(Permission.ROLE_MANAGE)
    return await all_roles(connection)


async def all_roles(connection: AsyncConnection) -> list[Row[Any]]:
    """The same for whoever chooses one from a list."""
    order = {code: place for place, code in enumerate(Role.codes())}
    found = [one for one in await repository.roles(connection) if one.code not in WITHOUT_ACCOUNTS]
    return sorted(found, key=lambda one: (order.get(one.code, len(order)), one.code))


async def add_role(
    connection: AsyncConnection,
    code: str,
    *,
    name_zh: str,
    name_en: str,
    like: str,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """A role of this house, with the permissions of another to begin with. Raises InvalidInput, NotPermitted."""
    known = {one.code: one for one in await roles(connection, actor=actor)}
    code, names = code.strip(), {"name_zh": name_zh.strip(), "name_en": name_en.strip()}
    if not _CODE.match(code):
        raise InvalidInput(
            "A code has small letters, digits and underscores, and begins with a letter.", fields=("code",)
        )
    missing = tuple(name for name, value in names.items() if not 1 <= len(value) <= 40)
    if missing:
        raise InvalidInput("Give the role a name in both languages, at most 40 characters.", fields=missing)
    permissions = list(known[like].permissions) if like in known else []
    _require_held(actor, permissions)
    if code in WITHOUT_ACCOUNTS or not await repository.add_role(connection, code=code, **names):
        raise InvalidInput("There is a role {name} already.", name=code, fields=("code",))
    await repository.set_permissions(connection, role_code=code, added=permissions, removed=[])
    detail = {"role": code, "permissions": permissions}
    await audit.note(connection, actor=actor, deed="role:add", now=now, object_kind="role", detail=detail)


async def set_permissions(
    connection: AsyncConnection, wanted: Mapping[str, Collection[str]], *, actor: Actor, now: dt.datetime
) -> int:
    """Let each role named permit exactly this; returns how many roles changed.

    Raises NotFound for a role that is gone, NotPermitted for what the actor does not hold, LastAdministrator.
    """
    await repository.wait_for_rights(connection)
    known = {one.code: set(one.permissions) for one in await roles(connection, actor=actor)}
    changed = 0
    for code, permissions in wanted.items():
        if code not in known:
            raise NotFound("There is no role {name} any more.", name=code)
        added = sorted(set(permissions) & set(Permission.codes()) - known[code])
        removed = sorted(known[code] - set(permissions))
        if not added and not removed:
            continue
        _require_held(actor, added)
        changed += 1
        await repository.set_permissions(connection, role_code=code, added=added, removed=removed)
        detail = {"role": code, "added": added, "removed": removed}
        await audit.note(connection, actor=actor, deed="role:change", now=now, object_kind="role", detail=detail)
    if changed:
        await keep_an_administrator(connection)
    return changed


async def remove_role(connection: AsyncConnection, code: str, *, actor: Actor, now: dt.datetime) -> None:
    """Remove a role of this house that nobody holds. Raises NotFound, InvalidInput."""
    found = next((one for one in await roles(connection, actor=actor) if one.code == code), None)
    if found is None:
        raise NotFound("There is no role {name} any more.", name=code)
    if code in Role.codes():
        raise InvalidInput("Processes rely on the roles that Anju comes with. Take its permissions away instead.")
    if found.account_count:
        raise InvalidInput("{count} accounts hold this role. Take it from them first.", count=found.account_count)
    await repository.remove_role(connection, code=code)
    await audit.note(connection, actor=actor, deed="role:remove", now=now, object_kind="role", detail={"role": code})


def _require_held(actor: Actor, permissions: Collection[str]) -> None:
    own = actor.with_grants_of(None)
    beyond = [one for one in permissions if own.scope(Permission(one)) is not None]
    if beyond:
        raise NotPermitted("You cannot give what you do not hold: {permission}.", permission=", ".join(beyond))

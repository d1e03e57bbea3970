"""Endpoints and sources, kept by whoever manages integrations; each change is audited, keys are shown once."""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
import secrets
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db import audit
from ops_db.accounts import keeping_repository as accounts
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound
from ops_db.personal_data import PersonalData
from ops_db.webhooks import repository
from ops_db.webhooks.outbound import checked_url

KINDS: Final = (
    "ticket:create",
    "ticket:close",
    "ticket:reject",
    "ticket:cancel",
    "ticket:reopen",
    "ticket:pause",
    "ticket:resume",
    "ticket:urge",
    "task:complete",
    "task:assign",
    "visit:depart",
    "visit:arrive",
    "approval:approve",
    "approval:decline",
    "rating:give",
)
"""Kinds of event that are offered on the page; an endpoint may name any other."""
_KEY: Final = re.compile(r"^[a-z][a-z0-9-]{2,40}$")


async def endpoints(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """Every endpoint."""
    actor.require_everywhere(Permission.WEBHOOK_MANAGE)
    return await repository.endpoints(connection)


async def endpoint(connection: AsyncConnection, id: UUID, *, actor: Actor) -> Row[Any]:
    """One endpoint; raises NotFound."""
    actor.require_everywhere(Permission.WEBHOOK_MANAGE)
    found = await repository.endpoints(connection, id=id)
    if not found:
        raise NotFound("There is no such endpoint.")
    return found[0]


async def add_endpoint(
    connection: AsyncConnection,
    *,
    name: str,
    url: str,
    event_kinds: Collection[str],
    project_code: str,
    actor: Actor,
    now: dt.datetime,
    personal_data: PersonalData,
    may_be_loopback: bool = False,
) -> tuple[UUID, str]:
    """A new endpoint and the key its messages are signed with, which is shown once. Raises InvalidInput."""
    actor.require_everywhere(Permission.WEBHOOK_MANAGE)
    checked_url(url, may_be_loopback=may_be_loopback)
    secret = new_secret()
    id = await repository.add_endpoint(
        connection,
        name=_name(name),
        url=url.strip(),
        secret=personal_data.encrypt(secret),
        event_kinds=sorted(set(event_kinds)),
        project_id=await _project_id(connection, project_code),
        created_by=actor.account_id,
        now=now,
    )
    await _note(connection, "webhook:add", id, actor=actor, now=now, detail={"name": name, "url": url})
    return id, secret


async def change(
    connection: AsyncConnection, id: UUID, deed: str, *, actor: Actor, now: dt.datetime, personal_data: PersonalData
) -> str:
    """Do one of test, enable, disable, remove, secret, replay with an endpoint; the new key, if there is one."""
    found = await endpoint(connection, id, actor=actor)
    secret = ""
    match deed:
        case "test":
            body = {"type": "test.ping", "timestamp": now.isoformat(), "data": {"endpoint": found.name}}
            await repository.add_test(connection, endpoint_id=id, body=json.dumps(body, ensure_ascii=False), now=now)
        case "enable":
            await repository.enable(connection, id=id)
        case "disable":
            await repository.disable(connection, id=id, reason="", now=now)
        case "remove":
            await repository.remove_endpoint(connection, id=id)
        case "secret":
            secret = new_secret()
            await repository.set_secret(connection, id=id, secret=personal_data.encrypt(secret))
        case "replay":
            await repository.replay(connection, endpoint_id=id, id=None, now=now)
        case _:
            raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
    await _note(connection, f"webhook:{deed}", id, actor=actor, now=now, detail={"name": found.name})
    return secret


async def replay(connection: AsyncConnection, id: UUID, delivery_id: UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Send one message again, under the same id. Raises NotFound."""
    await endpoint(connection, id, actor=actor)
    if not await repository.replay(connection, endpoint_id=id, id=delivery_id, now=now):
        raise NotFound("There is no such message, or it waits already.")
    await _note(connection, "webhook:replay", id, actor=actor, now=now, detail={"delivery": str(delivery_id)})


async def add_source(
    connection: AsyncConnection,
    *,
    key: str,
    name: str,
    project_code: str,
    actor: Actor,
    now: dt.datetime,
    personal_data: PersonalData,
) -> str:
    """A system that may open and comment tickets, and the key it signs with, which is shown once."""
    actor.require_everywhere(Permission.WEBHOOK_MANAGE)
    if not _KEY.match(key.strip()):
        raise InvalidInput("An address has 3 to 41 small letters, digits and hyphens.", fields=("key",))
    secret = new_secret()
    id = await repository.add_source(
        connection,
        key=key.strip(),
        name=_name(name),
        secret=personal_data.encrypt(secret),
        project_id=await _project_id(connection, project_code),
        created_by=actor.account_id,
        now=now,
    )
    if id is None:
        raise InvalidInput("There is a source {name} already.", name=key.strip(), fields=("key",))
    await _note(connection, "hook:add", id, actor=actor, now=now, detail={"key": key.strip()})
    return secret


async def switch_source(
    connection: AsyncConnection, id: UUID, *, is_active: bool, actor: Actor, now: dt.datetime
) -> None:
    """Take messages of a source, or none. Raises NotFound."""
    actor.require_everywhere(Permission.WEBHOOK_MANAGE)
    if await repository.switch_source(connection, id=id, is_active=is_active) is None:
        raise NotFound("There is no such source.")
    await _note(connection, "hook:on" if is_active else "hook:off", id, actor=actor, now=now)


def new_secret() -> str:
    """A key as Standard Webhooks writes it."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= 80:
        raise InvalidInput("Give it a name of at most 80 characters.", fields=("name",))
    return name


async def _project_id(connection: AsyncConnection, code: str) -> UUID | None:
    if not code:
        return None
    found = await accounts.project_id(connection, code=code)
    if found is None:
        raise InvalidInput("Choose a project of the list.", fields=("project",))
    return found


async def _note(
    connection: AsyncConnection,
    deed: str,
    id: UUID,
    *,
    actor: Actor,
    now: dt.datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    await audit.note(connection, actor=actor, deed=deed, now=now, object_kind="webhook", object_id=id, detail=detail)

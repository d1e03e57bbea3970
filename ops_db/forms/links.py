"""Public links of forms, one for a project, a building, a home or an asset: what a QR code holds."""

from __future__ import annotations

import datetime as dt
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound
from ops_db.estate import repository as estate
from ops_db.forms import definition as form
from ops_db.forms import repository

ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
"""Without what is mistaken for something else when it is typed from a poster."""

CODE_LENGTH: Final = 10
MOST_AT_ONCE: Final = 1_000
Scope = Literal["project", "building", "home", "asset", "each_home", "each_asset"]


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """The place of a link, by the codes people know; `each_home` stands for all homes of the building."""

    scope: Scope
    project_code: str
    building_code: str | None = None
    unit_code: str | None = None
    serial_number: str | None = None


async def links(connection: AsyncConnection, form_key: str, *, actor: Actor) -> list[Row[Any]]:
    """The links of a form in the actor's projects, open ones first."""
    return await repository.links(connection, form_key, project_ids=actor.scope(Permission.FORM_MANAGE))


async def projects(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The projects for whose places the actor makes links."""
    return await estate.projects(connection, project_ids=actor.scope(Permission.FORM_MANAGE))


async def make_links(
    connection: AsyncConnection, form_key: str, wanted: WantedPlace, *, actor: Actor, now: dt.datetime
) -> list[Row[Any]]:
    """The open links of the form for the wanted places; those that are missing are made.

    Raises NotFound for a place that is none of the actor's, InvalidInput.
    """
    actor.require(Permission.FORM_MANAGE)
    places = await _places(connection, wanted, actor=actor)
    rows = [{name: str(value) if value else None for name, value in place.items()} for place in places]
    coded = [row | {"code": new_code()} for row in rows]
    await repository.add_links(
        connection, form_key=form_key, links=json.dumps(coded), created_by=actor.account_id, now=now
    )
    keys = {tuple(place.values()) for place in places}
    found = [
        link
        for link in await links(connection, form_key, actor=actor)
        if link.revoked_at is None and (link.project_id, link.building_id, link.unit_id, link.asset_id) in keys
    ]
    detail = {"form": form_key, "scope": wanted.scope, "project": wanted.project_code, "count": len(found)}
    await audit.note(connection, actor=actor, deed="form_link:make", now=now, object_kind="form_link", detail=detail)
    return found


async def revoke_link(connection: AsyncConnection, form_key: str, id: UUID, *, actor: Actor, now: dt.datetime) -> None:
    """Close a link for good: a poster that is torn down or was copied. Raises NotFound."""
    actor.require(Permission.FORM_MANAGE)
    revoked = await repository.revoke_link(
        connection, form_key=form_key, id=id, now=now, project_ids=actor.scope(Permission.FORM_MANAGE)
    )
    if revoked is None:
        raise NotFound("There is no such link, or it is closed already.")
    await audit.note(
        connection, actor=actor, deed="form_link:revoke", now=now, object_kind="form_link", object_id=revoked.id
    )


async def open_link(connection: AsyncConnection, code: str) -> Row[Any]:
    """The link of a code; raises NotFound for one that never was and for one that is closed."""
    link = await repository.link_of_code(connection, code.lower())
    if link is None or link.revoked_at is not None:
        raise NotFound("This code leads nowhere any more. Please call the service desk.")
    return link


async def place_of_home(connection: AsyncConnection, code: str) -> Row[Any] | None:
    """The place of a home by its own code, as a link to it would fix it; without the id of one."""
    return await repository.place_of_home(connection, code.strip().upper())


def new_code() -> str:
    """A code nobody guesses: 31 to the power of 10 are there."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def fixed_by_link(definition: form.FormDefinition, link: Row[Any] | None) -> dict[str, str]:
    """The answers a link gives, by field: those of the place, and of a registered asset its part of the house."""
    if link is None:
        return {}
    known = {
        "project": link.project_code,
        "building": link.building_code,
        "home": link.unit_code,
        "category": link.category_code,
        "component": link.component_code,
    }
    return {
        field.key: known[field.level]
        for field in definition.fields
        if isinstance(field, form.CascadeField) and field.role is not None and known.get(field.level)
    }


async def _places(connection: AsyncConnection, wanted: WantedPlace, *, actor: Actor) -> list[Mapping[str, UUID | None]]:
    rows = await repository.places(
        connection,
        project_code=wanted.project_code,
        building_code=wanted.building_code,
        unit_code=wanted.unit_code if wanted.scope == "home" else None,
        serial_number=wanted.serial_number if wanted.scope == "asset" else None,
        each_home=wanted.scope == "each_home",
        each_asset=wanted.scope == "each_asset",
        project_ids=actor.scope(Permission.FORM_MANAGE),
    )
    needed = {
        "project": (),
        "building": ("building_id",),
        "home": ("building_id", "unit_id"),
        "each_home": ("building_id", "unit_id"),
        "asset": ("building_id", "asset_id"),
        "each_asset": ("building_id", "asset_id"),
    }[wanted.scope]
    names = ("project_id", *needed)
    places: dict[tuple[UUID | None, ...], Mapping[str, UUID | None]] = {}
    for row in rows:
        if all(getattr(row, name) is not None for name in names):
            place = {
                name: getattr(row, name) if name in names else None
                for name in ("project_id", "building_id", "unit_id", "asset_id")
            }
            places[tuple(place.values())] = place
    if not places:
        raise NotFound("There is no such place in your projects. Choose it from the lists.")
    if len(places) > MOST_AT_ONCE:
        raise InvalidInput("At most {most} codes are made at once. Choose a building.", most=MOST_AT_ONCE)
    return list(places.values())

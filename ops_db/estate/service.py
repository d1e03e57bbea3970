"""Finding one's way in the estate, within the projects one may see."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.errors import NotFound
from ops_db.estate import repository
from ops_db.people import repository as people
from ops_db.people.service import Contact, masked_contact
from ops_db.personal_data import PersonalData, looks_like_phone

FOUND_AT_MOST: Final = 20
_LONGEST_ROOM_NUMBER: Final = 5


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a household, masked."""

    contact: Contact
    role: str
    since_date: dt.date
    until_date: dt.date | None


@dataclass(frozen=True, slots=True)
class HomeFile:
    """A home with its rooms, its people and what was reported for it; `household` is empty without `person:read`."""

    home: Row[Any]
    spaces: list[Row[Any]]
    household: list[Member]
    tickets: list[Row[Any]]


async def projects(connection: AsyncConnection, *, actor: Actor) -> list[Row[Any]]:
    """The actor's projects."""
    return await repository.projects(connection, project_ids=actor.scope(Permission.ESTATE_READ))


async def buildings(connection: AsyncConnection, project_code: str, *, actor: Actor) -> list[Row[Any]]:
    """The buildings of a project."""
    scope = actor.scope(Permission.ESTATE_READ)
    return await repository.buildings(connection, project_code=project_code, project_ids=scope)


async def homes(connection: AsyncConnection, project_code: str, building_code: str, *, actor: Actor) -> list[Row[Any]]:
    """The homes of a building."""
    scope = actor.scope(Permission.ESTATE_READ)
    return await repository.homes(connection, project_code=project_code, building_code=building_code, project_ids=scope)


async def shared_spaces(
    connection: AsyncConnection, project_code: str, building_code: str, *, actor: Actor
) -> list[Row[Any]]:
    """The shared parts of a building: lobby, staircase, roof."""
    scope = actor.scope(Permission.ESTATE_READ)
    return await repository.spaces_of_building(
        connection, project_code=project_code, building_code=building_code, project_ids=scope
    )


async def find_homes(
    connection: AsyncConnection, typed: str, *, actor: Actor, personal_data: PersonalData
) -> list[Row[Any]]:
    """At most twenty homes by what somebody typed: a phone number, a room, or the beginning of a home's code."""
    typed = typed.strip()
    if not typed:
        return []
    scope = actor.scope(Permission.ESTATE_READ)
    if looks_like_phone(typed):
        index = personal_data.phone_index(typed)
        return await repository.homes_by_phone(connection, phone_index=index, project_ids=scope, limit=FOUND_AT_MOST)
    if typed.isdigit() and len(typed) <= _LONGEST_ROOM_NUMBER:
        return await repository.homes_by_room(connection, room_number=typed, project_ids=scope, limit=FOUND_AT_MOST)
    prefix = typed.upper().replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    return await repository.homes_by_code(connection, prefix=prefix, project_ids=scope, limit=FOUND_AT_MOST)


async def home_file(connection: AsyncConnection, code: str, *, actor: Actor, personal_data: PersonalData) -> HomeFile:
    """Everything about one home; raises NotFound."""
    home = await repository.home(connection, code=code, project_ids=actor.scope(Permission.ESTATE_READ))
    if home is None:
        raise NotFound("There is no home {code} in your projects.", code=code)
    members: list[Member] = []
    if actor.may(Permission.PERSON_READ, home.project_id):
        for row in await people.household(connection, unit_id=home.id):
            contact = masked_contact(row.id, row.name_ciphertext, row.phone_ciphertext, personal_data=personal_data)
            members.append(Member(contact, row.role, row.since_date, row.until_date))
    may_read = actor.may(Permission.TICKET_READ, home.project_id)
    return HomeFile(
        home=home,
        spaces=await repository.spaces_of_type(connection, unit_type_id=home.unit_type_id),
        household=members,
        tickets=await repository.tickets_of_home(connection, unit_id=home.id) if may_read else [],
    )


async def taxonomy(connection: AsyncConnection) -> list[Row[Any]]:
    """Categories, each with `components`, each with `defects`."""
    return await repository.taxonomy(connection)


async def technicians(
    connection: AsyncConnection, *, project_code: str | None = None, actor: Actor | None = None
) -> list[Row[Any]]:
    """Technicians who serve a project, those with the least to do first.

    With an actor, those of their projects alone; without one the caller has checked the project.
    """
    return await repository.technicians(connection, project_code=project_code, project_ids=_within(actor))


async def crews(
    connection: AsyncConnection, *, project_code: str | None = None, actor: Actor | None = None
) -> list[Row[Any]]:
    """Crews that serve a project; with an actor, those of their projects alone."""
    return await repository.crews(connection, project_code=project_code, project_ids=_within(actor))


def _within(actor: Actor | None) -> repository.Scope:
    return None if actor is None else actor.scope(Permission.ESTATE_READ)

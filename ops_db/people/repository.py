"""SQL of people and households."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_BY_PHONE = text("select id from ops.person where phone_index = :phone_index order by created_at, id limit 1")
_ADD = text("""
    insert into ops.person (name_ciphertext, phone_ciphertext, phone_index, created_at)
    values (:name_ciphertext, :phone_ciphertext, :phone_index, :now) returning id
""")
_PERSON = text("""
    select person.id, person.name_ciphertext, person.phone_ciphertext
      from ops.person
     where person.id = :id
       and (cast(:project_ids as uuid[]) is null
            or exists (select from ops.household_member join ops.unit on unit.id = household_member.unit_id
                        where household_member.person_id = person.id
                          and unit.project_id = any(cast(:project_ids as uuid[])))
            or exists (select from ops.ticket
                        where ticket.reporter_id = person.id and ticket.project_id = any(cast(:project_ids as uuid[]))))
""")
_HOUSEHOLD = text("""
    select person.id, person.name_ciphertext, person.phone_ciphertext, household_member.role,
           household_member.since_date, household_member.until_date
      from ops.household_member
      join ops.person on person.id = household_member.person_id
     where household_member.unit_id = :unit_id
     order by household_member.until_date is not null, household_member.since_date
""")
_REPORTER = text("""
    select person.id, person.name_ciphertext, person.phone_ciphertext
      from ops.ticket join ops.person on person.id = ticket.reporter_id
     where ticket.id = :ticket_id
""")


async def id_by_phone(connection: AsyncConnection, *, phone_index: bytes) -> UUID | None:
    """The person with this number who has been known longest."""
    return (await connection.execute(_BY_PHONE, {"phone_index": phone_index})).scalar_one_or_none()


async def add(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep somebody new."""
    return (await connection.execute(_ADD, values)).scalar_one()


async def person(connection: AsyncConnection, *, id: UUID, project_ids: list[UUID] | None) -> Row[Any] | None:
    """Somebody's ciphertexts, if they live or reported in one of the projects."""
    return (await connection.execute(_PERSON, {"id": id, "project_ids": project_ids})).one_or_none()


async def household(connection: AsyncConnection, *, unit_id: UUID) -> list[Row[Any]]:
    """Who belongs to a home, those of today first."""
    return list((await connection.execute(_HOUSEHOLD, {"unit_id": unit_id})).all())


async def reporter(connection: AsyncConnection, *, ticket_id: UUID) -> Row[Any] | None:
    """The ciphertexts of who reported a ticket."""
    return (await connection.execute(_REPORTER, {"ticket_id": ticket_id})).one_or_none()

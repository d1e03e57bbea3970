"""Owners and their families: found by number, shown masked, revealed with a reason that is kept."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db import audit
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotFound
from ops_db.people import repository
from ops_db.personal_data import PersonalData, masked_name, masked_phone, normalised_phone


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody's name and number, masked unless they were revealed."""

    id: UUID
    name: str | None
    phone: str | None


async def find_or_add(
    connection: AsyncConnection, *, phone: str, name: str | None, personal_data: PersonalData, now: dt.datetime
) -> UUID:
    """The person with this number, added if nobody has it; raises InvalidInput for what is no number."""
    index = personal_data.phone_index(phone)
    known = await repository.id_by_phone(connection, phone_index=index)
    if known is not None:
        return known
    name = (name or "").strip()
    return await repository.add(
        connection,
        name_ciphertext=personal_data.encrypt(name) if name else None,
        phone_ciphertext=personal_data.encrypt(normalised_phone(phone)),
        phone_index=index,
        now=now,
    )


def masked_contact(
    id: UUID, name_ciphertext: bytes | None, phone_ciphertext: bytes | None, *, personal_data: PersonalData
) -> Contact:
    """What everybody with `person:read` may see: 王** 138****1234."""
    return Contact(
        id,
        masked_name(personal_data.decrypt(name_ciphertext)) if name_ciphertext else None,
        masked_phone(personal_data.decrypt(phone_ciphertext)) if phone_ciphertext else None,
    )


async def reveal(
    connection: AsyncConnection,
    *,
    actor: Actor,
    id: UUID,
    reason: str,
    now: dt.datetime,
    personal_data: PersonalData,
) -> Contact:
    """Name and number in full; who asked, for whom and why is kept. Raises NotFound, InvalidInput."""
    if not reason.strip():
        raise InvalidInput("Say why you need the number; the reason is kept.")
    found = await repository.person(connection, id=id, project_ids=actor.scope(Permission.PERSON_REVEAL))
    if found is None:
        raise NotFound("There is no such person in your projects.")
    await audit.note(
        connection,
        actor=actor,
        deed="person:reveal",
        now=now,
        object_kind="person",
        object_id=id,
        detail={"reason": reason.strip()},
    )
    return Contact(
        found.id,
        personal_data.decrypt(found.name_ciphertext) if found.name_ciphertext else None,
        personal_data.decrypt(found.phone_ciphertext) if found.phone_ciphertext else None,
    )

"""What was answered to the forms of a ticket; personal answers are masked, or left out for those who see no people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import InvalidToken
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.forms import definition as form
from ops_db.forms import loading, repository
from ops_db.personal_data import PersonalData, masked_name, masked_phone
from ops_db.tickets.standing import standing_of


@dataclass(frozen=True, slots=True)
class Given:
    """The answers to one form, by key of the field; `personal` are masked. The row is one of the repository."""

    row: Row[Any]
    definition: form.FormDefinition
    personal: Mapping[str, str]


async def given_for(
    connection: AsyncConnection, number: str, *, actor: Actor, personal_data: PersonalData
) -> list[Given]:
    """What was answered for a ticket, oldest first, each with the form as it was; raises NotFound."""
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    sees_people = actor.may(Permission.PERSON_READ, standing.ticket.project_id)
    found = []
    for row in await repository.responses(connection, standing.ticket.id):
        definition = loading.parse_form(row.definition)
        personal = opened(row, personal_data) if sees_people else {}
        known = definition.by_key
        found.append(
            Given(row, definition, {key: masked(known[key], value) for key, value in personal.items() if key in known})
        )
    return found


def opened(row: Row[Any], personal_data: PersonalData) -> dict[str, Any]:
    """The personal answers of a response in full."""
    if row.personal_ciphertext is None:
        return {}
    try:
        return dict(json.loads(personal_data.decrypt(row.personal_ciphertext)))
    except InvalidToken:
        # A key that was taken out of the installation takes what it sealed with it; the rest is still shown.
        return {}


def masked(field: form.FormField, value: Any) -> str:
    """A personal answer as it is shown: enough to recognise who is meant."""
    if isinstance(field, form.PhoneField):
        return masked_phone(str(value))
    return masked_name(str(value)) if isinstance(field, form.TextField) else "***"

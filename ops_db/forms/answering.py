"""Answers to a form, judged here again whatever the browser said, and kept with a ticket; files with them."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import AttachmentPurpose
from ops_db.actor import Actor
from ops_db.conversation import photos
from ops_db.conversation import service as conversation
from ops_db.errors import AttachmentRefused, AttachmentTooLarge
from ops_db.forms import definition as form
from ops_db.forms import repository
from ops_db.forms.assessment import Assessment, assess
from ops_db.forms.choices import faults_of_choices
from ops_db.forms.errors import AnswersRefused
from ops_db.forms.evaluation import Value
from ops_db.forms.links import fixed_by_link
from ops_db.forms.reading import Circumstances, Reading, read_typed, read_values
from ops_db.forms.ticket_parts import kept
from ops_db.personal_data import PersonalData

LARGEST_SIGNATURE: Final = 400 * 1024
Files = Mapping[str, Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Sent:
    """What came from a browser or a program: texts by field, or values as JSON has them; and files by field."""

    typed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    values: Mapping[str, Any] | None = None
    files: Files = field(default_factory=dict)

    def readings(self, definition: form.FormDefinition, around: Circumstances) -> dict[str, Reading]:
        """The readings of either."""
        if self.values is not None:
            return read_values(definition, self.values, around)
        return read_typed(definition, self.typed, around)


def circumstances(
    definition: form.FormDefinition, link: Row[Any] | None, files: Files, *, now: dt.datetime, zone: ZoneInfo
) -> Circumstances:
    """What is known besides the answers."""
    counts = {key: len(contents) for key, contents in files.items() if contents}
    return Circumstances(now=wall_clock(now, zone), fixed=fixed_by_link(definition, link), files=counts)


def wall_clock(now: dt.datetime, zone: ZoneInfo) -> str:
    """The moment as forms know it."""
    return now.astimezone(zone).strftime("%Y-%m-%dT%H:%M")


async def judged(
    connection: AsyncConnection,
    definition: form.FormDefinition,
    sent: Sent,
    *,
    link: Row[Any] | None = None,
    now: dt.datetime,
    zone: ZoneInfo,
) -> Assessment:
    """The answers, accepted; raises AnswersRefused with a fault for each field that is not."""
    around = circumstances(definition, link, sent.files, now=now, zone=zone)
    found = assess(definition, sent.readings(definition, around), around)
    faults = await faults_of_choices(connection, definition, found.values) | found.faults
    if faults:
        raise AnswersRefused(faults)
    return found


async def keep_response(
    connection: AsyncConnection,
    row: Row[Any],
    definition: form.FormDefinition,
    values: Mapping[str, Value],
    *,
    ticket_id: UUID,
    link_id: UUID | None = None,
    node_key: str | None = None,
    attachments: Mapping[str, list[str]] | None = None,
    signatures: Mapping[str, str] | None = None,
    now: dt.datetime,
    personal_data: PersonalData,
) -> UUID:
    """Keep accepted answers with a ticket: open ones as JSON, personal ones sealed."""
    parted = kept(definition, values)
    personal: dict[str, Any] = {**parted.personal, **(signatures or {})}
    return await repository.add_response(
        connection,
        ticket_id=ticket_id,
        form_definition_id=row.id,
        form_link_id=link_id,
        node_key=node_key,
        answers=json.dumps({**parted.plain, **(attachments or {})}, ensure_ascii=False),
        personal_ciphertext=personal_data.encrypt(json.dumps(personal, ensure_ascii=False)) if personal else None,
        now=now,
    )


async def keep_files(
    connection: AsyncConnection,
    definition: form.FormDefinition,
    found: Assessment,
    files: Files,
    *,
    actor: Actor,
    purpose: AttachmentPurpose,
    folder: Path,
    now: dt.datetime,
    number: str | None = None,
) -> dict[str, list[str]]:
    """Keep the pictures and films of visible fields with the ticket; the ids by field."""
    kept_ids: dict[str, list[str]] = {}
    for one in definition.fields:
        if not isinstance(one, form.PhotoField | form.VideoField) or one.key not in found.values:
            continue
        keep = conversation.keep_video if isinstance(one, form.VideoField) else conversation.keep_photo
        for place, content in enumerate(files.get(one.key, ())):
            try:
                row = await keep(
                    connection, number, actor=actor, content=content, purpose=purpose, folder=folder, now=now
                )
            except (AttachmentRefused, AttachmentTooLarge) as error:
                error.values |= {"fields": (one.key,), "place": place}
                raise
            kept_ids.setdefault(one.key, []).append(str(row.id))
    return kept_ids


async def signatures_of(definition: form.FormDefinition, found: Assessment, files: Files) -> dict[str, str]:
    """The signatures of visible fields as base64 of a picture drawn anew; they are kept sealed and never as a file."""
    drawn: dict[str, str] = {}
    for one in definition.fields:
        if isinstance(one, form.SignatureField) and one.key in found.values:
            content = files[one.key][0]
            if len(content) > LARGEST_SIGNATURE:
                raise AttachmentTooLarge("The signature is too large. Sign again.", fields=(one.key,))
            try:
                picture = await asyncio.to_thread(photos.harmless, content)
            except (AttachmentRefused, AttachmentTooLarge) as error:
                error.values |= {"fields": (one.key,)}
                raise
            drawn[one.key] = base64.b64encode(picture.content).decode()
    return drawn

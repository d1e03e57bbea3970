"""Answering a report form: accepted answers become a ticket, facts of its process, and answers to keep."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import AttachmentPurpose, Channel, Severity
from ops_db.actor import SYSTEM
from ops_db.forms import definition as form
from ops_db.forms.answering import Sent, judged, keep_files, keep_response, signatures_of
from ops_db.forms.evaluation import Value
from ops_db.forms.ticket_parts import kept, ticket_parts
from ops_db.personal_data import PersonalData
from ops_db.tickets.opening import NewTicket, OpenedTicket
from ops_db.tracking import service as tracking


async def submit_report(
    connection: AsyncConnection,
    row: Row[Any],
    definition: form.FormDefinition,
    sent: Sent,
    *,
    link: Row[Any] | None,
    address: str,
    folder: Path,
    zone: ZoneInfo,
    now: dt.datetime,
    personal_data: PersonalData,
) -> OpenedTicket:
    """Open the ticket that accepted answers report, with everything that came along.

    Raises AnswersRefused, QuotaExceeded, AttachmentRefused, AttachmentTooLarge and what `open_ticket` raises.
    """
    found = await judged(connection, definition, sent, link=link, now=now, zone=zone)
    new = _new_ticket(definition, found.values, link)
    opened = await tracking.report(connection, new, address=address, now=now, personal_data=personal_data)
    owner = await tracking.actor_of_link(connection, token=opened.tracking_token) or SYSTEM
    attachments = await keep_files(
        connection,
        definition,
        found,
        sent.files,
        actor=owner,
        purpose=AttachmentPurpose.REPORT,
        folder=folder,
        now=now,
    )
    await keep_response(
        connection,
        row,
        definition,
        found.values,
        ticket_id=opened.id,
        link_id=link.id if link is not None else None,
        attachments=attachments,
        signatures=await signatures_of(definition, found, sent.files),
        now=now,
        personal_data=personal_data,
    )
    return opened


def _new_ticket(definition: form.FormDefinition, values: Mapping[str, Value], link: Row[Any] | None) -> NewTicket:
    parts = ticket_parts(definition, values)
    place, known = parts.place, link
    return NewTicket(
        channel=Channel.PORTAL if link is None else Channel.QR,
        description=parts.description or parts.title or definition.title.zh,
        title=parts.title,
        unit_code=place.get("home") or (known.unit_code if known is not None else None),
        project_code=place.get("project") or (known.project_code if known is not None else None),
        building_code=place.get("building") or (known.building_code if known is not None else None),
        space_code=place.get("space"),
        category_code=parts.category or (known.category_code if known is not None else None),
        component_code=parts.component or (known.component_code if known is not None else None),
        defect_code=parts.defect,
        severity=Severity(parts.severity) if parts.severity else None,
        reporter_name=parts.reporter_name,
        reporter_phone=parts.reporter_phone,
        answers=kept(definition, values).facts,
    )

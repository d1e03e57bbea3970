"""The form of a step: judged before the step is taken, kept with the ticket once it is.

The version is the one published when the step is taken. Taking a form out of use closes its links, but leaves no ticket
behind: a step then asks for the version that was in use last.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.vocabulary import AttachmentPurpose
from ops_db.actor import Actor
from ops_db.errors import InvalidInput, NotInstalled
from ops_db.forms import loading, repository
from ops_db.forms.answering import Sent, judged, keep_files, keep_response, signatures_of
from ops_db.forms.assessment import Assessment
from ops_db.forms.definition import FormDefinition
from ops_db.forms.errors import FormNeeded
from ops_db.forms.ticket_parts import fact_fields, kept
from ops_db.personal_data import PersonalData
from ops_db.process.facts import FORM_PREFIX


@dataclass(frozen=True, slots=True)
class Filling:
    """Answers that came with a step, and what it takes to keep them."""

    sent: Sent
    zone: ZoneInfo
    folder: Path
    personal_data: PersonalData


@dataclass(frozen=True, slots=True)
class Filled:
    """A step's form with accepted answers."""

    row: Row[Any]
    definition: FormDefinition
    found: Assessment
    filling: Filling

    @property
    def facts(self) -> dict[str, Any]:
        """What the process knows from this step on; a question left open is forgotten if it was answered before."""
        answered = kept(self.definition, self.found.values).facts
        return {f"{FORM_PREFIX}{one.key}": answered.get(one.key) for one in fact_fields(self.definition)}


async def form_of_step(connection: AsyncConnection, key: str) -> tuple[Row[Any], FormDefinition]:
    """The version a step asks for now; raises NotInstalled where there never was one."""
    row = await repository.in_use_or_last(connection, key)
    if row is None:
        raise NotInstalled("This step asks for the form {form}, which was never published. Publish it.", form=key)
    return row, loading.parse_form(row.definition)


async def filled(
    connection: AsyncConnection, key: str | None, filling: Filling | None, *, now: dt.datetime
) -> Filled | None:
    """The accepted answers to the form `key`; None where no form is asked for.

    Raises FormNeeded without answers, AnswersRefused with a fault for each field that cannot be taken, InvalidInput for
    answers nobody asked for.
    """
    if key is None:
        if filling is not None and filling.sent.values != {}:
            raise InvalidInput("This action asks for no form. Send it without answers.", fields=("answers",))
        return None
    if filling is None:
        raise FormNeeded("This step asks for the form {form}. Fill it in and send its answers along.", form=key)
    row, definition = await form_of_step(connection, key)
    found = await judged(connection, definition, filling.sent, now=now, zone=filling.zone)
    return Filled(row, definition, found, filling)


async def keep_filled(
    connection: AsyncConnection,
    done: Filled,
    *,
    ticket: Row[Any],
    node_key: str | None,
    actor: Actor,
    now: dt.datetime,
) -> None:
    """Keep the answers and files with the ticket; raises AttachmentRefused, AttachmentTooLarge, QuotaExceeded."""
    files = done.filling.sent.files
    attachments = await keep_files(
        connection,
        done.definition,
        done.found,
        files,
        actor=actor,
        purpose=AttachmentPurpose.OTHER,
        folder=done.filling.folder,
        now=now,
        number=ticket.number,
    )
    await keep_response(
        connection,
        done.row,
        done.definition,
        done.found.values,
        ticket_id=ticket.id,
        node_key=node_key,
        attachments=attachments,
        signatures=await signatures_of(done.definition, done.found, files),
        now=now,
        personal_data=done.filling.personal_data,
    )

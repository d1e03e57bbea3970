"""The form in which the desk writes down a conversation about a ticket."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from core.vocabulary import CallDirection
from ops_db.calls.service import NewCall
from ticket_service.pages.acting import Refusal, RefusedForm
from ticket_service.pages.reader_times import Translate


def call_in(typed: Mapping[str, str], number: str, translate: Translate, now: dt.datetime) -> NewCall:
    """The call that was typed, as of now; raises RefusedForm for one without a word on what was said."""
    note = typed.get("call_note", "")
    if not note:
        errors = {"call_note": translate("This is needed.")}
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
    direction = CallDirection.OUTBOUND if typed.get("direction") == CallDirection.OUTBOUND else CallDirection.INBOUND
    return NewCall(direction=direction, started_at=now, ended_at=now, ticket_number=number, note=note)

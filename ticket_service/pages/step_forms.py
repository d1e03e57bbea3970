"""The designed form of a step, inside the form of the action that takes the step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from ops_db.forms import choices
from ops_db.forms.answering import Sent, wall_clock
from ops_db.forms.assessment import assess
from ops_db.forms.filling import Filling, form_of_step
from ops_db.forms.reading import Circumstances, read_typed
from ops_db.personal_data import PersonalData
from ops_db.process.state import Action
from ticket_service.pages.acting import Refusal, SentAnswers
from ticket_service.pages.action_forms import ActionForm, form_key
from ticket_service.pages.form_answering import files_of
from ticket_service.pages.form_text import Submitted
from ticket_service.pages.form_view import FormView, defaults_of, form_view, typed_texts
from ticket_service.pages.reader import Reader


def answers_in(sent: Submitted, *, reader: Reader, keys: PersonalData) -> SentAnswers:
    """Reads what was sent as the answers to a step's form."""

    async def filling(connection: AsyncConnection, key: str) -> Filling:
        _, definition = await form_of_step(connection, key)
        texts = typed_texts(sent.texts)
        files = files_of(definition, sent, texts, reader)
        settings = reader.settings
        return Filling(Sent(typed=texts, files=files), settings.zone, settings.attachments, keys)

    return filling


async def with_designed(
    connection: AsyncConnection,
    forms: Sequence[ActionForm],
    actions: Sequence[Action],
    *,
    reader: Reader,
    refusal: Refusal,
) -> list[ActionForm]:
    """The forms, those of steps that ask for a designed form with its fields; a refused one as it was filled in."""
    keys = {form_key(one.name, one.token_id, one.choice): one.form_key for one in actions if one.form_key}
    found = []
    for one in forms:
        key = keys.get(one.key)
        if key is None:
            found.append(one)
            continue
        typed = typed_texts(refusal.texts) if one.is_open else None
        designed = await _view(connection, key, one.key, typed, reader=reader, refusal=refusal)
        found.append(replace(one, designed=designed))
    return found


async def _view(
    connection: AsyncConnection,
    key: str,
    place: str,
    texts: Mapping[str, list[str]] | None,
    *,
    reader: Reader,
    refusal: Refusal,
) -> FormView:
    _, definition = await form_of_step(connection, key)
    typed = defaults_of(definition) if texts is None else dict(texts)
    around = Circumstances(now=wall_clock(reader.clock.now, reader.settings.zone), fixed={}, files={})
    assessed = assess(definition, read_typed(definition, typed, around), around)
    is_refused = texts is not None
    return form_view(
        definition,
        assessed,
        around,
        language=reader.language,
        translate=reader.translate,
        typed=typed,
        lists=await choices.lists_of(connection, definition, assessed.values),
        faults=refusal.faults if is_refused else {},
        sentences=refusal.errors if is_refused else {},
        place=place,
    )

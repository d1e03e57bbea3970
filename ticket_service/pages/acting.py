"""An action sent from a ticket's page or a technician's: done, or refused with the words to show beside the form."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.dossier.service import Dossier
from ops_db.errors import DomainError, InvalidInput, NotFound, NotPermitted, VersionConflict
from ops_db.forms.errors import AnswersRefused, Fault
from ops_db.forms.filling import Filling
from ops_db.personal_data import PersonalData
from ops_db.process.errors import ProcessError
from ops_db.process.state import Action
from ops_db.tickets.acting import act
from ops_db.tickets.beside import BESIDE_THE_PROCESS
from ops_db.tickets.deputies import offers_to
from ops_db.tickets.standing import standing_of
from ticket_service.pages.action_forms import ActionForm, Options, action_form, form_key, read_data
from ticket_service.pages.event_sentences import LogEntry, LogWriter
from ticket_service.pages.form_text import Submitted
from ticket_service.pages.reader import Reader, go
from ticket_service.pages.reader_times import ReaderClock
from ticket_service.pages.sentences import sentence_of
from ticket_service.pages.submitting import once
from ticket_service.problems import PROBLEMS

_KINDS: Final = {"action": "act", "amount": "cost", "body": "message", "call_note": "call", "process_score": "rate"}
_WORDS: Final = ("reason", "note", "comment")


SentAnswers = Callable[[AsyncConnection, str], Awaitable[Filling]]
"""Reads the answers a browser sent to the form of that key."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a form was refused: a sentence, words beside single fields, and what had been typed."""

    status: int
    sentence: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, list[str]] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    is_conflict: bool = False

    @property
    def form(self) -> str:
        """Which kind of form it was, told by the field that only it has."""
        return next((kind for name, kind in _KINDS.items() if name in self.typed), "photos" if self.errors else "")

    def typed_in(self, kind: str) -> Mapping[str, str]:
        """What had been typed, if it was a form of this kind."""
        return self.typed if self.form == kind else {}

    def errors_in(self, kind: str) -> Mapping[str, str]:
        """The words beside its fields, if it was a form of this kind."""
        return self.errors if self.form == kind else {}

    @property
    def form_key(self) -> str:
        """Which form of the page it was."""
        typed = self.typed
        return form_key(typed.get("action", ""), typed.get("task"), typed.get("choice"))


NOTHING_REFUSED: Final = Refusal(status=200)
"""What a page shows that is asked for, and not the answer to a form."""


class RefusedForm(Exception):
    """A form cannot be taken as it is."""

    def __init__(self, refusal: Refusal) -> None:
        """Carry what the page needs to show it again."""
        super().__init__(refusal.sentence)
        self.refusal = refusal


async def act_from_form(
    connection: AsyncConnection,
    number: str | None,
    typed: Mapping[str, str],
    *,
    actor: Actor,
    clock: ReaderClock,
    now: dt.datetime,
    answers: SentAnswers | None = None,
) -> None:
    """Do what the form says; `answers` reads those to the form of the step.

    Raises RefusedForm for fields that cannot be read, and what `act` raises.
    """
    standing = await standing_of(connection, number, actor=actor, permission=Permission.TICKET_READ)
    offers = offers_to(standing, actor)
    task, choice = typed.get("task") or None, typed.get("choice") or None
    offer = _offer(offers, typed.get("action", ""), task, choice)
    data, errors = read_data(offer.form.fields, typed, clock) if offer else ({}, {})
    if errors:
        raise RefusedForm(Refusal(status=422, errors=errors, typed=typed))
    await act(
        connection,
        number,
        actor=actor,
        action=typed.get("action", ""),
        version=_version(typed),
        task_id=UUID(task) if task else None,
        choice=choice,
        data=data,
        now=now,
        filling=await answers(connection, offer.form_key) if answers and offer and offer.form_key else None,
    )


def _offer(offers: tuple[Action, ...], name: str, task: str | None, choice: str | None) -> Action | None:
    return next((one for one in offers if (one.name, one.token_id, one.choice) == (name, task, choice)), None)


def _version(typed: Mapping[str, str]) -> int:
    try:
        return int(typed.get("version", ""))
    except ValueError as error:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.") from error


async def answered(
    form: Submitted,
    work: Callable[[], Awaitable[str]],
    *,
    show: Callable[[Refusal], Awaitable[Response]],
    connection: AsyncConnection,
    reader: Reader,
    actor: Actor,
    keys: PersonalData,
    toast: str = "done",
    onward: Callable[[str], Response] | None = None,
) -> Response:
    """Do the work of a form once and go on to the address it leads to, or show the page with what stood in the way.

    The page gone to shows the note `toast` once; `onward` is another way of going on. A refusal undoes whatever the
    work did before it.
    """
    try:
        location = await once(connection, work, actor=actor, typed=form.typed, now=reader.clock.now, keys=keys)
    except (RefusedForm, DomainError, ProcessError) as error:
        refusal = refusal_of(error, form, reader)
        await connection.rollback()
        return await show(refusal)
    return onward(location) if onward else go(location, toast=toast, sent=form.typed)


def refusal_of(error: RefusedForm | DomainError | ProcessError, form: Submitted, reader: Reader) -> Refusal:
    """What to show for a refused form; whatever no form can mend is raised again."""
    if isinstance(error, NotFound | NotPermitted):
        raise error
    refusal = error.refusal if isinstance(error, RefusedForm) else _refusal(error, form.typed, reader)
    # A browser does not put chosen files back into a page, so their fields say that they are empty again.
    again = dict.fromkeys(form.photos, reader.translate("Please choose the photos again."))
    errors = again | dict(refusal.errors)
    sentence = refusal.sentence or (reader.translate("Please check the marked fields.") if errors else "")
    return replace(refusal, sentence=sentence, errors=errors, texts=form.texts)


def _refusal(error: DomainError | ProcessError, typed: Mapping[str, str], reader: Reader) -> Refusal:
    faults = error.faults if isinstance(error, AnswersRefused) else {}
    _, sentence = reader.translate, sentence_of(error, reader.language)
    words, fields = sentence, error.values.get("fields")
    if error.code == "missing_data":
        words, sentence = _("This is needed."), _("Something is missing. Fill in the marked fields.")
    elif "file" in error.values:
        words = _("%(file)s: %(reason)s Please choose the photos again.", file=error.values["file"], reason=sentence)
    if fields and error.code != "missing_data":
        sentence = _("Please check the marked fields.")
    return Refusal(
        status=PROBLEMS[error.code][0].value,
        sentence=sentence,
        errors=dict.fromkeys(fields, words) if isinstance(fields, tuple) and not faults else {},
        typed=typed,
        faults=faults,
        is_conflict=isinstance(error, VersionConflict),
    )


def forms_of(
    dossier: Dossier, reader: Reader, refusal: Refusal, choices: Mapping[str, Options] = MappingProxyType({})
) -> list[ActionForm]:
    """The forms of everything allowed now; the one that was refused is open and holds what was typed.

    `choices` are the colleagues and roles to choose from, by the kind of field.
    """
    forms = []
    for action in dossier.actions:
        is_refused = refusal.form_key == form_key(action.name, action.token_id, action.choice)
        forms.append(
            action_form(action, reader.language, refusal.typed if is_refused else None, choices, dossier.facts)
        )
    return forms


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody was quicker: what they did, and what became of the words that were typed."""

    last: LogEntry | None
    is_form_kept: bool
    words: str


def conflict_of(refusal: Refusal, forms: list[ActionForm], dossier: Dossier, log: LogWriter) -> Conflict | None:
    """What to tell somebody who came too late; None if nobody did."""
    if not refusal.is_conflict:
        return None
    moved = [event for event in dossier.events if event.kind not in BESIDE_THE_PROCESS]
    is_form_kept = any(form.is_open for form in forms)
    words = "" if is_form_kept else "\n".join(filter(None, (refusal.typed.get(name) for name in _WORDS)))
    return Conflict(next(iter(log.entries(moved[-1:])), None), is_form_kept, words)

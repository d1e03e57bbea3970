"""What the process allows, as forms; and what came back from a form, as the data an action asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Final

from core.language import Language
from ops_db.process.data_fields import DataField
from ops_db.process.evidence import counted
from ops_db.process.facts import FACTS
from ops_db.process.state import Action
from ticket_service.pages.form_view import FormView
from ticket_service.pages.reader_times import ReaderClock, Translate

SCORES: Final = ("process_score", "timeliness_score", "attitude_score")
WINDOW: Final = ("promised_from", "promised_to")
TRAVEL: Final = ("depart", "arrive")
_LARGEST_FEN: Final = 10**12
_STEERING: Final = ("assign", "add_signer", "delegate", "pause", "return", "reject", "cancel")
_ICONS: Final = {
    "complete": "check",
    "assign": "user",
    "depart": "truck",
    "arrive": "pin",
    "pause": "pause",
    "resume": "play",
    "return": "undo",
    "reject": "close",
    "cancel": "close",
    "reopen": "refresh",
    "grab": "flag",
    "approve": "check",
    "decline": "close",
    "add_signer": "users",
    "delegate": "right",
}
_CHOICE_ICONS: Final = {"solved_by_phone": "phone", "dispatch": "truck", "not_fixed": "undo", "not_accepted": "undo"}
_TITLES: Final = {"cancel": ("取消工单", "Cancel the ticket"), "reject": ("驳回工单", "Reject the ticket")}
"""Names of buttons that would mean something else alone: a bare 取消 leaves a form as it is."""

_TONES: Final = {"reject": "danger", "cancel": "danger", "decline": "danger"}

Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form; `kind` is the process's kind of field, `value` what was typed before."""

    name: str
    kind: str
    title: str
    is_required: bool = False
    options: tuple[tuple[str, str], ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    value: str = ""


@dataclass(frozen=True, slots=True)
class NeededEvidence:
    """Something that must be on the ticket before the button is of use, and how much of it is there."""

    fact: str
    title: str
    count: int
    minimum: int

    @property
    def is_missing(self) -> bool:
        """Whether more is needed."""
        return self.count < self.minimum


@dataclass(frozen=True, slots=True)
class ActionForm:
    """One thing that can be done next. `key` tells it from the other forms of the page."""

    key: str
    action: str
    title: str
    icon: str
    tone: str
    token_id: str
    choice: str
    fields: tuple[FormField, ...]
    is_steering: bool
    is_open: bool = False
    evidence: tuple[NeededEvidence, ...] = ()
    designed: FormView | None = None

    @property
    def is_short_of_evidence(self) -> bool:
        """Whether something is missing that must be there before."""
        return any(one.is_missing for one in self.evidence)

    @property
    def is_travel(self) -> bool:
        """Whether somebody sets off or arrives."""
        return self.action in TRAVEL

    @property
    def asks_for_scores(self) -> bool:
        """Whether this is the owner's opinion."""
        return any(field.name in SCORES for field in self.fields)

    @property
    def asks_for_window(self) -> bool:
        """Whether an appointment can be promised."""
        return any(field.name in WINDOW for field in self.fields)

    @property
    def asks_for_people(self) -> bool:
        """Whether a crew or a technician is chosen."""
        return any(field.kind in {"technician", "crew"} for field in self.fields)

    @property
    def plain_fields(self) -> tuple[FormField, ...]:
        """The fields that need no arrangement of their own."""
        return tuple(
            field
            for field in self.fields
            if field.name not in (*SCORES, *WINDOW) and field.kind not in {"technician", "crew"}
        )


def form_key(action: str, token_id: str | None, choice: str | None) -> str:
    """Tells the forms of one page apart, also across a reload."""
    return "-".join(part for part in (action, choice or "", (token_id or "")[-12:]) if part)


def action_form(
    action: Action,
    language: Language,
    typed: Mapping[str, str] | None = None,
    choices: Mapping[str, Options] = MappingProxyType({}),
    facts: Mapping[str, Any] = MappingProxyType({}),
) -> ActionForm:
    """The form of one allowed action; `typed` is what was in it when it failed, and opens it.

    `choices` are the colleagues and roles to choose from, by the kind of field; `facts` count the evidence.
    """
    values = typed or {}
    return ActionForm(
        key=form_key(action.name, action.token_id, action.choice),
        action=action.name,
        title=_title(action, language),
        icon=_CHOICE_ICONS.get(action.choice or "", _ICONS.get(action.name, "check")),
        tone=_TONES.get(action.name, "steering" if action.name in _STEERING else ""),
        token_id=action.token_id or "",
        choice=action.choice or "",
        fields=tuple(_form_field(field, language, values.get(field.key, ""), choices) for field in action.form.fields),
        is_steering=action.name in _STEERING,
        is_open=typed is not None,
        evidence=_evidence(action, language, facts),
    )


def _evidence(action: Action, language: Language, facts: Mapping[str, Any]) -> tuple[NeededEvidence, ...]:
    return tuple(
        NeededEvidence(one.fact, FACTS[one.fact].label.label(language), one.present, one.minimum)
        for one in counted(action.evidence, facts)
    )


def _title(action: Action, language: Language) -> str:
    chinese, english = _TITLES.get(action.name, (action.title.zh, action.title.en))
    return chinese if language == "zh-CN" else english


def _form_field(field: DataField, language: Language, value: str, choices: Mapping[str, Options]) -> FormField:
    return FormField(
        name=field.key,
        kind=field.kind,
        title=field.title.label(language),
        is_required=field.is_required,
        options=choices.get(field.kind) or tuple((one.code, one.title.label(language)) for one in field.options),
        minimum=field.minimum,
        maximum=field.maximum,
        value=value,
    )


def read_data(
    fields: Sequence[DataField], typed: Mapping[str, str], clock: ReaderClock
) -> tuple[dict[str, Any], dict[str, str]]:
    """The data in a form's text, and a sentence for each field that cannot be read."""
    data: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for field in fields:
        text = typed.get(field.key, "").strip()
        if not text:
            continue
        try:
            data[field.key] = _read(field, text, clock)
        except (ValueError, InvalidOperation):
            errors[field.key] = _unreadable(field, clock.translate)
    return data, errors


def _read(field: DataField, text: str, clock: ReaderClock) -> Any:
    match field.kind:
        case "integer":
            return int(text)
        case "money":
            return yuan_to_fen(text)
        case "boolean":
            return text in {"on", "true", "1"}
        case "date":
            return dt.date.fromisoformat(text).isoformat()
        case "date_time":
            return clock.from_field(text).isoformat()
        case _:
            return text


def _unreadable(field: DataField, translate: Translate) -> str:
    match field.kind:
        case "integer":
            return translate("Enter a whole number.")
        case "money":
            return translate("Enter an amount in yuan, for example 120 or 35.50.")
        case _:
            return translate("Enter a date and a time.")


def yuan_to_fen(text: str) -> int:
    """Whole fen out of `1,234.5` yuan; raises ValueError or InvalidOperation for what is no amount of money."""
    fen = Decimal(text.replace(",", "").replace("，", "").replace("¥", "").strip()) * 100
    if not fen.is_finite() or abs(fen) > _LARGEST_FEN or fen != fen.to_integral_value():
        raise ValueError(text)
    return int(fen)

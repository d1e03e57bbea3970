"""What codes are called: projects, categories, components and the rest, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from core.language import Language
from core.vocabulary import (
    Channel,
    CostKind,
    CostPayer,
    OwnerStatus,
    Severity,
    Term,
    TicketState,
    VisitOutcome,
    VisitPurpose,
)
from dashboards.filters import NOT_RECORDED

_TERMS: Final[Mapping[str, type[Term]]] = {
    "severity": Severity,
    "state": TicketState,
    "channel": Channel,
    "owner_status": OwnerStatus,
    "cost_kind": CostKind,
    "payer": CostPayer,
    "visit_purpose": VisitPurpose,
    "visit_outcome": VisitOutcome,
}
_CALL_OUTCOMES: Final = {
    "answered": ("已接听", "Answered"),
    "abandoned": ("已放弃", "Abandoned"),
    "ivr_only": ("止于语音菜单", "Ended in the voice menu"),
    "phantom": ("误报", "Imagined by the exchange"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """The codes a reader may choose from, by field, with their names in both languages (Chinese first)."""

    known: Mapping[str, Mapping[str, tuple[str, str]]]
    parents: Mapping[str, str]
    """The category of each component."""

    def codes(self, field: str) -> tuple[str, ...]:
        """The codes of a field, in the order of the list."""
        if field in _TERMS:
            return _TERMS[field].codes()
        return tuple(self.known.get(field, {}))

    def allowed(self) -> dict[str, tuple[str, ...]]:
        """The codes of every field whose codes are known."""
        return {field: self.codes(field) for field in (*self.known, "severity")}

    def name(self, field: str, code: object, language: Language) -> str:
        """What a code is called; a code without a name is its own name."""
        if code is None or code == NOT_RECORDED:
            return "未记录" if language == "zh-CN" else "Not recorded"
        text = str(code)
        if field == "handover":
            return text[:7]
        if field in _TERMS:
            terms = _TERMS[field]
            return terms(text).label(language) if text in terms.codes() else text
        known = _CALL_OUTCOMES if field == "call_outcome" else self.known.get(field, {})
        zh, en = known.get(text, (text, text))
        return zh if language == "zh-CN" else en

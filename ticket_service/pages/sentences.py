"""Refusals as sentences in the reader's language: the template is translated, and codes among its values are named."""

from __future__ import annotations

from core.language import Language, translator
from core.vocabulary import Permission, Role, Term, TicketState
from ops_db.errors import DomainError
from ops_db.process.definition import TaskNode
from ops_db.process.errors import ProcessError
from ops_db.process.loading import default_definition
from ops_db.process.transitions import TRANSITIONS
from ticket_service.pages.rendering import LOCALE_DIR

_TERMS: dict[str, type[Term]] = {"state": TicketState, "permission": Permission, "role": Role, "roles": Role}


def sentence_of(error: DomainError | ProcessError, language: Language) -> str:
    """What the reader is told; a template that no catalogue knows stays English."""
    template = translator(LOCALE_DIR, language).gettext(error.template)
    return template.format(**{name: _named(name, value, language) for name, value in error.values.items()})


def _named(name: str, value: object, language: Language) -> object:
    """A code as its name: of an action, a step, a state, a role; anything else as it is."""
    if not isinstance(value, str):
        return value
    if name == "action" and value in TRANSITIONS:
        title = TRANSITIONS[value].title.label(language)
        return title if language == "zh-CN" else title.lower()
    if name == "node":
        node = default_definition().by_key.get(value)
        return node.title.label(language) if isinstance(node, TaskNode) else value
    if name == "visit":
        return {"departed": ("set off", "出发"), "arrived": ("arrived", "到达")}.get(value, (value, value))[
            language == "zh-CN"
        ]
    terms = _TERMS.get(name)
    if terms is None:
        return value
    codes = [code.strip() for code in value.split(",")]
    separator = "、" if language == "zh-CN" else ", "
    return separator.join(terms(code).label(language) if code in terms.codes() else code for code in codes)

"""Refusals as sentences in the reader's language: the template is translated, and codes among its values are named."""

from __future__ import annotations

from core.language import Language, translator
from core.vocabulary import Permission, Role, Term, TicketState
from ops_db.errors import DomainError
from ops_db.process.definition import TaskNode
from ops_db.process.errors import FaultyData, Problem, ProcessError
from ops_db.process.facts import FACTS
from ops_db.process.loading import default_definition
from ops_db.process.transitions import TRANSITIONS
from ticket_service.pages.rendering import LOCALE_DIR

_TERMS: dict[str, type[Term]] = {"state": TicketState, "permission": Permission, "role": Role, "roles": Role}


def sentence_of(error: DomainError | ProcessError | Problem, language: Language) -> str:
    """What the reader is told; a template that no catalogue knows stays English."""
    template = translator(LOCALE_DIR, language).gettext(error.template)
    values = {name: _named(name, value, language) for name, value in error.values.items()}
    if isinstance(error, FaultyData):
        lines = (f"- {problem.node}: {sentence_of(problem, language)}" for problem in error.problems)
        values["lines"] = "\n".join(lines)
    return template.format(**values)


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
    if name == "evidence":
        facts = [part.split(" ") for part in value.split(", ")]
        named = [f"{FACTS[fact].label.label(language)} {' '.join(rest)}" for fact, *rest in facts if fact in FACTS]
        return ("、" if language == "zh-CN" else ", ").join(named) or value
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

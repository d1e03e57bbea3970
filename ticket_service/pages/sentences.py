"""Refusals as sentences in the reader's language: the template is translated, and codes among its values are named."""

from __future__ import annotations

import re
from collections.abc import Mapping

from core.language import Language, translator
from core.vocabulary import Permission, Role, Term, TicketState
from ops_db.errors import DomainError
from ops_db.process.errors import FaultyData, Problem, ProcessError
from ops_db.process.facts import FACTS
from ops_db.process.text import Text
from ops_db.process.transitions import TRANSITIONS
from ticket_service.pages.rendering import LOCALE_DIR

_STEPS = frozenset({"node", "target", "split", "steps"})
_TASK = re.compile(r"\((\w+)\)")
_TERMS: dict[str, type[Term]] = {"state": TicketState, "permission": Permission, "role": Role, "roles": Role}


def sentence_of(
    error: DomainError | ProcessError | Problem, language: Language, steps: Mapping[str, Text] | None = None
) -> str:
    """What the reader is told; a template that no catalogue knows stays English.

    Steps are named as the process in question calls them: `steps`, or what the error brings with it.
    """
    template = translator(LOCALE_DIR, language).gettext(error.template)
    known, roles = steps or getattr(error, "steps", {}), getattr(error, "roles", {})
    values = {
        name: _steps_named(value, known, language) if name in _STEPS else _named(name, value, language, known, roles)
        for name, value in error.values.items()
    }
    if isinstance(error, FaultyData):
        lines = (f"- {problem.node}: {sentence_of(problem, language)}" for problem in error.problems)
        values["lines"] = "\n".join(lines)
    return template.format(**values)


def _steps_named(value: object, steps: Mapping[str, Text], language: Language) -> object:
    """The titles of one or several steps by their keys; a key nobody knows speaks for itself."""
    if not isinstance(value, str):
        return value
    # A ticket that has ended stands at no step, and is named by its state.
    states = {state.value: Text.of(state) for state in TicketState}
    known = {**states, **steps}
    titles = (known[key].label(language) if key in known else key for key in value.split(", "))
    return ("、" if language == "zh-CN" else ", ").join(titles)


def _named(
    name: str, value: object, language: Language, steps: Mapping[str, Text], roles: Mapping[str, Text]
) -> object:
    """A code as its name: of an action, a state, a role; anything else as it is."""
    if not isinstance(value, str):
        return value
    if name == "action" and value in TRANSITIONS:
        title = TRANSITIONS[value].title.label(language)
        return title if language == "zh-CN" else title.lower()
    if name == "tasks":
        return _TASK.sub(lambda found: f"({_steps_named(found[1], steps, language)})", value)
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
    own = roles if terms is Role else {}
    return separator.join(
        own[code].label(language) if code in own else terms(code).label(language) if code in terms.codes() else code
        for code in codes
    )

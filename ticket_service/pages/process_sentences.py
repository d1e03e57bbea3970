"""What is wrong with a process, in the reader's language and with the names people know its steps by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.language import Language, translator
from ops_db.process_admin.checking import Finding
from ops_db.process_admin.differences import Difference
from ops_db.process_admin.rules import Rule
from ticket_service.api.process_schemas import ProblemOut
from ticket_service.pages.manage.process_hints import HINTS
from ticket_service.pages.manage.process_lists import KINDS
from ticket_service.pages.reader_times import Translate
from ticket_service.pages.rendering import LOCALE_DIR, sentences

_NODES = ("node", "key", "keys", "nodes", "choice", "to")


def problems_of(findings: Sequence[Finding], document: Mapping[str, Any], language: Language) -> list[ProblemOut]:
    """The findings as sentences; a node is named by its title."""
    titles = _titles(document, language)
    gettext = translator(LOCALE_DIR, language).gettext
    translate = sentences(language)
    whole = translate("The process as a whole")
    return [
        ProblemOut(
            code=one.code,
            node=one.node,
            path=one.path,
            title=titles.get(one.node, one.node) if one.node else whole,
            message=_filled(gettext(one.template), one.values, titles),
        )
        for one in findings
    ]


def _filled(template: str, values: Mapping[str, object], titles: Mapping[str, str]) -> str:
    named = {name: _named(value, titles) if name in _NODES else value for name, value in values.items()}
    sentence = template.format(**named)
    return sentence[:1].upper() + sentence[1:]


def _named(value: object, titles: Mapping[str, str]) -> object:
    if not isinstance(value, str):
        return value
    keys = [key.strip() for key in value.split(",")]
    return ", ".join(titles.get(key, key) for key in keys)


def _titles(document: Mapping[str, Any], language: Language) -> dict[str, str]:
    own, other = ("zh-CN", "en") if language == "zh-CN" else ("en", "zh-CN")
    found: dict[str, str] = {}
    for node in document.get("nodes", []):
        title = node.get("title") if isinstance(node.get("title"), dict) else {}
        words = title.get(own) or title.get(other)
        found[str(node.get("key"))] = str(words or node.get("key"))
    return found


def differences_in(differences: Sequence[Difference], language: Language) -> list[str]:
    """What differs between two versions, a sentence each."""
    translate = sentences(language)
    return [_difference(one, language, translate) for one in differences]


def _difference(difference: Difference, language: Language, translate: Translate) -> str:
    model = "Definition" if difference.node is None else f"{difference.node_kind.capitalize()}Node"
    names = [_property_name(name, translate, model=model) for name in difference.properties]
    parts = separator(language).join(names)
    if difference.title is None:
        return translate("The process as a whole: %(parts)s", parts=parts)
    title = difference.title.label(language)
    if title == difference.node and difference.node_kind in KINDS:
        # A step without a name is called what it is, and its key tells it from others of its kind.
        title = f"{translate(KINDS[difference.node_kind][0])} {title}"
    if difference.kind == "added":
        return translate("Added: %(step)s", step=title)
    if difference.kind == "removed":
        return translate("Removed: %(step)s", step=title)
    return translate("Changed: %(step)s (%(parts)s)", step=title, parts=parts)


def _property_name(name: str, translate: Translate, *, model: str) -> str:
    """What a property is called on the panel of its kind; a word that has no name there stays as it is."""
    found = HINTS.get(f"{model}.{name}")
    return translate(found.label) if found else name


def separator(language: Language) -> str:
    """What stands between the names of a list."""
    return "、" if language == "zh-CN" else ", "


def rule_in_words(rule: Rule | None, language: Language) -> str:
    """What a rule asks of a ticket; None stands for the tickets no rule names."""
    translate = sentences(language)
    if rule is None:
        return translate("Every ticket that no rule names")
    asked = rule.conditions
    category = rule.category_name_zh if language == "zh-CN" else rule.category_name_en
    parts = [
        rule.project_name,
        rule.area_name,
        asked.trade.label(language) if asked.trade else None,
        category,
        None if asked.is_public_area is None else _place(translate, is_public_area=asked.is_public_area),
        asked.severity.label(language) if asked.severity else None,
    ]
    named = separator(language).join(part for part in parts if part)
    return translate("Rule %(position)s: %(named)s", position=rule.position, named=named or translate("every ticket"))


def _place(translate: Translate, *, is_public_area: bool) -> str:
    return translate("Shared parts") if is_public_area else translate("Inside homes")

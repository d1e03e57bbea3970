"""What is wrong with a process, in the reader's language and with the names people know its steps by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from core.language import Language, translator
from ops_db.process_admin.checking import Finding
from ticket_service.api.process_schemas import ProblemOut
from ticket_service.pages.rendering import LOCALE_DIR, sentences

_NODES = ("node", "key", "keys", "nodes", "choice", "to")


def problems_of(findings: Sequence[Finding], document: Mapping[str, Any], language: Language) -> list[ProblemOut]:
    """The findings as sentences; a node is named by its title."""
    titles = _titles(document, language)
    gettext = translator(LOCALE_DIR, language).gettext
    whole = sentences(language)("The process as a whole")
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

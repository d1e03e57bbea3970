"""The JSON schema of a definition with its words, enough to draw the side panel of a designer in both languages.

Beside JSON schema's own `title` and `description` every property has `x-title-zh` and `x-description-zh`; a property
with a closed list of values has `x-codes`, the words of each value as `{code: {en, zh-CN}}`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel

from core.vocabulary import OwnerStatus, Term, TicketState
from ops_db.process.transitions import TRANSITIONS

WORDS_FILE: Final = Path(__file__).parent / "definitions" / "schema_words.yaml"

_TERMS: Final[dict[str, type[Term]]] = {
    "owner_status": OwnerStatus,
    "owner_status_on_site": OwnerStatus,
    "ticket_state": TicketState,
}


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of `model`, each part and property with its words."""
    words = yaml.safe_load(WORDS_FILE.read_text(encoding="utf-8"))
    found = model.model_json_schema(by_alias=True)
    parts = {model.__name__: found, **found["$defs"]}
    for name, part in parts.items():
        own = words.get(name, {})
        if "self" in own:
            _put_words(part, own["self"])
        for key, shape in part.get("properties", {}).items():
            _put_words(shape, own.get(key) or words["any"][key])
            codes = _codes(shape, parts)
            if codes:
                shape["x-codes"] = {code: _words_of_code(words["codes"], key, code) for code in codes}
    return found


def _put_words(shape: dict[str, Any], words: list[str]) -> None:
    title, title_zh, hint, hint_zh = words
    shape["title"] = title
    shape["x-title-zh"] = title_zh
    if hint:
        shape["description"] = hint
        shape["x-description-zh"] = hint_zh


def _codes(shape: dict[str, Any], parts: dict[str, Any]) -> list[str]:
    """The closed list of values of a property, if it has one."""
    for one in (shape, *shape.get("anyOf", ())):
        target = parts.get(str(one.get("$ref", "")).rpartition("/")[2], one)
        values = target.get("enum") or ([target["const"]] if "const" in target else None)
        if values:
            return [str(value) for value in values]
    return []


def _words_of_code(words: dict[str, dict[str, list[str]]], key: str, code: str) -> dict[str, str]:
    if key in _TERMS:
        term = _TERMS[key](code)
        return {"en": term.en, "zh-CN": term.zh}
    if key == "action":
        title = TRANSITIONS[code].title
        return {"en": title.en, "zh-CN": title.zh}
    english, chinese = words[key][code]
    return {"en": english, "zh-CN": chinese}

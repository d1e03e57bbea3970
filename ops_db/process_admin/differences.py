"""How two drawings of a process differ, step by step; unfinished drafts can be compared too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from ops_db.process.text import Text

Kind = Literal["added", "removed", "changed"]
_NOT_BEHAVIOUR: Final = frozenset({"key", "version", "layout", "nodes"})


@dataclass(frozen=True, slots=True)
class Difference:
    """One step that was added, removed or changed; `node` None is the process as a whole.

    `properties` are the parts of it that changed, named as in the definition; `node_kind` is what kind of step it is.
    """

    kind: Kind
    node: str | None
    title: Text | None
    properties: tuple[str, ...] = ()
    node_kind: str = ""


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Difference]:
    """What `new` does differently from `old`, in the order of the drawing; where steps stand is no difference."""
    found = []
    whole = _changed(old, new, ignored=_NOT_BEHAVIOUR)
    if whole:
        found.append(Difference("changed", None, None, whole))
    before, after = _by_key(old), _by_key(new)
    for key, node in after.items():
        if key not in before:
            found.append(Difference("added", key, _title(node, key), node_kind=_kind(node)))
        elif changed := _changed(before[key], node, ignored=frozenset()):
            found.append(Difference("changed", key, _title(node, key), changed, _kind(node)))
    found += [
        Difference("removed", key, _title(node, key), node_kind=_kind(node))
        for key, node in before.items()
        if key not in after
    ]
    return found


def _changed(old: Mapping[str, Any], new: Mapping[str, Any], *, ignored: frozenset[str]) -> tuple[str, ...]:
    names = [name for name in {**old, **new} if name not in ignored]
    return tuple(name for name in names if _plain(old.get(name)) != _plain(new.get(name)))


def _plain(value: object) -> object:
    """What is left out, empty or false means the same."""
    if isinstance(value, dict):
        return {name: plain for name, inner in value.items() if (plain := _plain(inner)) is not None} or None
    if isinstance(value, list):
        return [_plain(inner) for inner in value] or None
    return None if value is False else value


def _by_key(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {str(node.get("key")): node for node in document.get("nodes", [])}


def _kind(node: Mapping[str, Any]) -> str:
    return str(node.get("kind", ""))


def _title(node: Mapping[str, Any], key: str) -> Text:
    title = node.get("title")
    given = title if isinstance(title, dict) else {}
    zh, en = given.get("zh-CN"), given.get("en")
    return Text(zh=str(zh or en or key), en=str(en or zh or key))

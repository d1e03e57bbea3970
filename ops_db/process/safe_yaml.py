"""Reading files that anybody may have written: bounded in size, depth and number of values before they are built."""

from __future__ import annotations

import contextlib
import json
from typing import Any, Final

import yaml

from ops_db.process.errors import DefinitionInvalid, Problem

MOST_BYTES: Final = 1_000_000
MOST_VALUES: Final = 100_000
DEEPEST: Final = 64

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_yaml(text: str | bytes, *, name: str) -> Any:
    """The one document in `text`; raises DefinitionInvalid for what is no YAML, too large, or refers to itself.

    An anchor may be used, but what it stands for counts anew each time, so that a few lines cannot become millions.
    """
    raw = text.encode() if isinstance(text, str) else text
    if len(raw) > MOST_BYTES:
        raise DefinitionInvalid(
            [Problem("too_large", name, "the file is larger than {most} bytes", {"most": MOST_BYTES})]
        )
    try:
        if raw.lstrip()[:1] == b"{":
            # JSON may be indented by tabs, which YAML does not take.
            with contextlib.suppress(json.JSONDecodeError):
                return json.loads(raw)
        _check_events(raw, name)
        return yaml.load(raw, Loader=_Loader)  # noqa: S506  The loader is the safe one, in C where there is one.
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        reason = str(getattr(error, "problem", None) or error).splitlines()[0][:200]
        raise DefinitionInvalid(
            [Problem("not_yaml", name, "line {line} cannot be read: {reason}", {"line": line, "reason": reason})]
        ) from None


def _check_events(raw: bytes, name: str) -> None:
    """Walk the file without building anything: how deep it goes, and how many values it stands for."""
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[str | None, int]] = []
    count = 0
    for event in yaml.parse(raw, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in sizes:
                values = {"anchor": str(event.anchor)[:100], "line": _line(event)}
                raise _invalid(Problem("refers_to_itself", name, "*{anchor} on line {line} refers to itself", values))
            count += sizes[event.anchor]
        elif isinstance(event, yaml.ScalarEvent):
            count += 1
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            count += 1
            open_anchors.append((event.anchor, count))
            if len(open_anchors) > DEEPEST:
                values = {"line": _line(event), "most": DEEPEST}
                raise _invalid(Problem("too_deep", name, "line {line} is nested more than {most} deep", values))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, began = open_anchors.pop()
            if anchor:
                sizes[anchor] = count - began + 1
        if count > MOST_VALUES:
            values = {"line": _line(event), "values": MOST_VALUES}
            raise _invalid(Problem("too_large", name, "by line {line} there are more than {values} values", values))


def _invalid(problem: Problem) -> DefinitionInvalid:
    return DefinitionInvalid([problem])


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def fault_of_size(data: object) -> Problem | None:
    """What makes data too large, too deep or circular to be looked at; None if nothing does."""
    count, waiting = 0, [(data, 1, "definition")]
    while waiting:
        value, depth, place = waiting.pop()
        count += 1
        if depth > DEEPEST:
            return Problem("too_deep", place, "something here is nested more than {most} deep", {"most": DEEPEST})
        if count > MOST_VALUES:
            return Problem("too_large", place, "there are more than {values} values", {"values": MOST_VALUES})
        if isinstance(value, str) and len(value) > MOST_BYTES:
            return Problem("too_large", place, "a text here is longer than {most} characters", {"most": MOST_BYTES})
        if isinstance(value, dict):
            if len(value) > MOST_VALUES:
                return Problem("too_large", place, "there are more than {values} values", {"values": MOST_VALUES})
            waiting.extend((part, depth + 1, _place(place, value, name)) for name, part in value.items())
        elif isinstance(value, list | tuple):
            if len(value) > MOST_VALUES:
                return Problem("too_large", place, "there are more than {values} values", {"values": MOST_VALUES})
            waiting.extend((part, depth + 1, place) for part in value)
    return None


def _place(place: str, within: dict[Any, Any], name: object) -> str:
    """The node a value belongs to, as far as that can be told, else where the data begins."""
    key = within.get("key")
    if "kind" in within and isinstance(key, str):
        return key[:100]
    return str(name)[:100] if place == "definition" else place

"""Definitions out of data or files: checked for size and shape, then for sense, and named faults, not a stack trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from ops_db.process.definition import Definition, SubprocessNode
from ops_db.process.definition_schema import schema
from ops_db.process.errors import DefinitionInvalid, Problem
from ops_db.process.problems import problems
from ops_db.process.safe_yaml import MOST_BYTES, fault_of_size, read_yaml

DEFINITIONS: Final = Path(__file__).parent / "definitions"
DEFAULT_DEFINITION_FILE: Final = DEFINITIONS / "default.yaml"
SHIPPED_FILES: Final = (DEFAULT_DEFINITION_FILE, DEFINITIONS / "property_repair.yaml")
SCHEMA_FILE: Final = DEFINITIONS / "definition.schema.json"

_MOST_FAULTS: Final = 200
_SENTENCES: Final = {
    "missing": Problem("shape", "", "{path} is missing"),
    "extra_forbidden": Problem("shape", "", "{path} is no property here"),
    "too_long": Problem("shape", "", "{path} has more than {max_length} entries"),
    "too_short": Problem("shape", "", "{path} needs at least {min_length} entries"),
    "string_too_short": Problem("shape", "", "{path} is empty"),
    "string_too_long": Problem("shape", "", "{path} is longer than {max_length} characters"),
    "literal_error": Problem("shape", "", "{path} must be one of {expected}"),
    "enum": Problem("shape", "", "{path} must be one of {expected}"),
    "union_tag_invalid": Problem("shape", "", "there is no kind of node {tag}; use one of {expected_tags}"),
    "greater_than": Problem("shape", "", "{path} must be more than {gt}"),
    "greater_than_equal": Problem("shape", "", "{path} must be at least {ge}"),
    "less_than_equal": Problem("shape", "", "{path} must be at most {le}"),
    "string_pattern_mismatch": Problem("shape", "", "{path} must fit the pattern {pattern}"),
    "other": Problem("shape", "", "{path}: {reason}"),
    "whole": Problem("shape", "", "{reason}"),
}
"""What is said of each kind of fault of shape, by pydantic's name for it."""


def parse_definition(data: Mapping[str, Any]) -> Definition:
    """The definition in `data`, checked for its shape only; raises DefinitionInvalid naming each fault and its node."""
    fault = fault_of_size(data)
    if fault is not None:
        raise DefinitionInvalid([fault])
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False)[:_MOST_FAULTS]
        found = [_problem_of_shape(data, dict(one)) for one in faults]
        raise DefinitionInvalid(list({str(one): one for one in found}.values())) from None


def load_definition(data: Mapping[str, Any]) -> Definition:
    """The definition in `data`, fit to run; raises DefinitionInvalid with every fault of shape or of sense."""
    definition = parse_definition(data)
    found = problems(definition) + [
        Problem("not_put_in", node.key, "the process that stands here is put in when the definition is published")
        for node in definition.nodes
        if isinstance(node, SubprocessNode)
    ]
    if found:
        raise DefinitionInvalid(found)
    return definition


def published_definition(data: Mapping[str, Any]) -> Definition:
    """A definition that was checked when it was published; what is checked today does not stop what runs."""
    return Definition.model_validate(data)


def parse_definition_text(text: str | bytes, *, name: str = "definition") -> Definition:
    """The definition in YAML or JSON, checked for its shape; raises DefinitionInvalid, with `name` as its place."""
    data = read_yaml(text, name=name)
    if not isinstance(data, dict):
        raise DefinitionInvalid([Problem("shape", name, "the file must hold one mapping with key, version and nodes")])
    return parse_definition(data)


def parse_definition_file(path: Path) -> Definition:
    """The definition in a YAML or JSON file, checked for its shape; raises OSError, or DefinitionInvalid."""
    with path.open("rb") as file:
        return parse_definition_text(file.read(MOST_BYTES + 1), name=path.name)


def load_definition_file(path: Path) -> Definition:
    """The definition in a YAML or JSON file, fit to run; raises OSError, or DefinitionInvalid."""
    definition = parse_definition_file(path)
    return load_definition(definition.model_dump(mode="json", by_alias=True))


@cache
def default_definition() -> Definition:
    """The default process of the trade, as shipped."""
    return load_definition_file(DEFAULT_DEFINITION_FILE)


@cache
def shipped_definitions() -> tuple[Definition, ...]:
    """Every process that ships, the default one first."""
    return tuple(load_definition_file(path) for path in SHIPPED_FILES)


def definition_schema() -> dict[str, Any]:
    """The JSON schema of a definition, its words in both languages; the same is published beside the definitions."""
    return schema(Definition)


def _problem_of_shape(data: Mapping[str, Any], fault: Mapping[str, Any]) -> Problem:
    location: tuple[str | int, ...] = fault["loc"]
    place, rest = "definition", location
    if len(location) > 1 and location[0] in ("nodes", "controls"):
        place, rest = f"{location[0]}[{location[1]}]", location[2:]
        if location[0] == "nodes":
            place = _node_name(data, location[1]) or place
    path = ".".join(_short(part) for part in _without_tags(rest))
    context = {name: _short(value) for name, value in fault.get("ctx", {}).items()}
    kind = fault["type"] if path or fault["type"] == "union_tag_invalid" else "whole"
    sentence = _SENTENCES.get(kind, _SENTENCES["other"])
    return Problem("shape", place, sentence.template, {"path": path, "reason": str(fault["msg"])} | context)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 100 else f"{text[:100]}…"


def _node_name(data: Mapping[str, Any], index: str | int) -> str | None:
    try:
        key = data["nodes"][index]["key"]
    except (KeyError, IndexError, TypeError):
        return None
    return _short(key) if isinstance(key, str) else None


_TAGS: Final = frozenset(
    {
        *("start", "task", "approval", "branch", "split", "join", "timer", "notice", "subprocess", "end"),
        *("Comparison", "AllOf", "AnyOf", "NoneOf"),
    }
)


def _without_tags(location: Iterable[str | int]) -> list[str | int]:
    """The path as its author wrote it: pydantic adds the kind of a node and the names of tried condition models."""
    return [part for part in location if part not in _TAGS]

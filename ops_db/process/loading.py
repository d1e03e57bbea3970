"""Definitions out of data or files: checked for shape, then for sense, and named faults instead of a stack trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from ops_db.process.definition import Definition
from ops_db.process.errors import DefinitionInvalid, Problem
from ops_db.process.problems import problems

DEFAULT_DEFINITION_FILE: Final = Path(__file__).parent / "definitions" / "default.yaml"
SCHEMA_FILE: Final = Path(__file__).parent / "definitions" / "definition.schema.json"


def parse_definition(data: Mapping[str, Any]) -> Definition:
    """The definition in `data`, checked for its shape only; raises DefinitionInvalid naming each fault and its node."""
    try:
        return Definition.model_validate(data)
    except ValidationError as error:
        raise DefinitionInvalid([_problem_of_shape(data, dict(fault)) for fault in error.errors()]) from None


def load_definition(data: Mapping[str, Any]) -> Definition:
    """The definition in `data`, fit to run; raises DefinitionInvalid with every fault of shape or of sense."""
    definition = parse_definition(data)
    found = problems(definition)
    if found:
        raise DefinitionInvalid(found)
    return definition


def load_definition_file(path: Path) -> Definition:
    """The definition in a YAML or JSON file; raises OSError, or DefinitionInvalid."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise DefinitionInvalid(
            [Problem("shape", path.name, "the file must hold one mapping with key, version and nodes")]
        )
    return load_definition(data)


@cache
def default_definition() -> Definition:
    """The default process of the trade, as shipped."""
    return load_definition_file(DEFAULT_DEFINITION_FILE)


def definition_schema() -> dict[str, Any]:
    """The JSON schema of a definition; the same is published beside the definitions."""
    return Definition.model_json_schema(by_alias=True)


def _problem_of_shape(data: Mapping[str, Any], fault: Mapping[str, Any]) -> Problem:
    location: tuple[str | int, ...] = fault["loc"]
    place, rest = "definition", location
    if len(location) > 1 and location[0] in ("nodes", "controls"):
        place, rest = f"{location[0]}[{location[1]}]", location[2:]
        if location[0] == "nodes":
            place = _node_name(data, location[1]) or place
    path = ".".join(str(part) for part in _without_tags(rest))
    reason = str(fault["msg"])
    if path:
        return Problem("shape", place, "{path}: {reason}", {"path": path, "reason": reason})
    return Problem("shape", place, "{reason}", {"reason": reason})


def _node_name(data: Mapping[str, Any], index: str | int) -> str | None:
    try:
        return str(data["nodes"][index]["key"])
    except (KeyError, IndexError, TypeError):
        return None


def _without_tags(location: Iterable[str | int]) -> list[str | int]:
    """The path as its author wrote it: pydantic adds the kind of a node and the names of tried condition models."""
    tags = {"start", "task", "branch", "end", "Comparison", "AllOf", "AnyOf", "NoneOf"}
    return [part for part in location if part not in tags]

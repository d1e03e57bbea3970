"""The check of a draft: everything that keeps it from running, each with its node and the property it is about.

A drawing is checked while it is drawn, so a way out that leads nowhere yet must not hide the other faults: it is
reported, and taken as leading to an end for the rest of the check.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ops_db.errors import InvalidInput
from ops_db.process.definition import MOST_NODES, Definition
from ops_db.process.errors import DefinitionInvalid, Problem
from ops_db.process.facts import FactKind
from ops_db.process.problems import problems
from ops_db.process.subprocess import Lookup, drawn_key, expanded

NOWHERE: Final = "nowhere_yet"
LARGEST_TEXT: Final = 20_000
DEEPEST: Final = 40

_EXITS: Final[dict[str, tuple[str, ...]]] = {
    "start": ("next",),
    "approval": ("approved", "declined"),
    "join": ("next",),
    "timer": ("next",),
    "notice": ("next",),
    "subprocess": ("next",),
}
_LISTED_EXITS: Final = {"task": "choices", "branch": "cases"}
_TAGS: Final = frozenset({"Comparison", "AllOf", "AnyOf", "NoneOf"})
_CONDITION: Final = re.compile(r"(\bwhen)\..*")
_CONTROL: Final = re.compile(r"^controls\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: its code, the node it is in (None = the process as a whole), the property, and a sentence."""

    code: str
    node: str | None
    path: str
    template: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.template.format(**self.values)


@dataclass(frozen=True, slots=True)
class House:
    """What a definition may refer to: the processes that can be put in, and who and what there is."""

    lookup: Lookup
    roles: frozenset[str] | None = None
    held_roles: frozenset[str] | None = None
    staff: frozenset[str] | None = None
    crews: frozenset[str] | None = None
    processes: frozenset[str] | None = None
    forms: frozenset[str] | None = None
    form_facts: Mapping[str, FactKind] | None = None


def check(document: Mapping[str, Any], house: House) -> list[Finding]:
    """Everything that keeps `document` from running in this house."""
    completed, open_ends = _completed(document)
    try:
        definition = Definition.model_validate(completed)
    except ValidationError as error:
        return open_ends + _of_shape(completed, error.errors())
    return open_ends + [_of_sense(one) for one in _faults(definition, house) if not _is_about_nowhere(one)]


def _faults(definition: Definition, house: House) -> list[Problem]:
    found = problems(
        definition,
        known_roles=house.roles,
        held_roles=house.held_roles,
        known_staff=house.staff,
        known_crews=house.crews,
        known_processes=house.processes,
        known_forms=house.forms,
        form_facts=house.form_facts,
    )
    if found:
        return found
    try:
        whole = expanded(definition, house.lookup)
    except DefinitionInvalid as error:
        return list(error.problems)
    # What goes wrong inside a process that is put in is shown at the step that puts it in.
    inside = problems(whole) if whole is not definition else []
    return [Problem(one.code, drawn_key(definition, one.node), one.template, one.values) for one in inside]


def runnable(document: Mapping[str, Any], house: House) -> dict[str, Any]:
    """`document` as tickets will run it, its subprocesses put in; raises DefinitionInvalid."""
    found = check(document, house)
    if found:
        raise DefinitionInvalid(
            [Problem(one.code, one.node or "definition", one.template, one.values) for one in found]
        )
    whole = expanded(Definition.model_validate(document), house.lookup)
    return whole.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def storable(document: object) -> dict[str, Any]:
    """`document` if it can be kept as a draft, however unfinished; raises InvalidInput for what no page sends."""
    if not isinstance(document, dict):
        raise InvalidInput("A process definition is one mapping with key, title and nodes.")
    nodes = document.get("nodes", [])
    if not isinstance(nodes, list) or not all(isinstance(node, dict) for node in nodes):
        raise InvalidInput("The nodes of a process are a list of mappings.")
    if len(nodes) > MOST_NODES:
        raise InvalidInput("A process has at most {most} nodes; put parts of it into subprocesses.", most=MOST_NODES)
    _require_storable(document, 0)
    return document


def _require_storable(value: object, depth: int) -> None:
    if depth > DEEPEST:
        raise InvalidInput("The definition is nested too deeply; at most {most} levels.", most=DEEPEST)
    if isinstance(value, str):
        if "\0" in value or len(value) > LARGEST_TEXT or not _is_encodable(value):
            raise InvalidInput("A text of the definition cannot be stored. Shorten it or type it again.")
    elif isinstance(value, dict):
        for name, inner in value.items():
            _require_storable(name, depth)
            _require_storable(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _require_storable(inner, depth + 1)
    elif isinstance(value, float) and (value != value or abs(value) == float("inf")):  # noqa: PLR0124  Not a number.
        raise InvalidInput("A number of the definition cannot be stored. Type it again.")


def _is_encodable(value: str) -> bool:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _completed(document: Mapping[str, Any]) -> tuple[dict[str, Any], list[Finding]]:
    """A copy in which every way out leads somewhere, and a finding for each that did not."""
    completed = copy.deepcopy(dict(document))
    found: list[Finding] = []
    for node in completed.get("nodes", []):
        for holder, name, path in _ways_out(node):
            if holder.get(name):
                continue
            holder[name] = NOWHERE
            found.append(_unconnected(node, path))
        if node.get("kind") == "split":
            found += _completed_split(node)
    if found:
        end = {"kind": "end", "key": NOWHERE}
        # An end nobody reaches would be a fault of its own.
        completed["nodes"] = [*completed["nodes"], end] if _is_reached(completed) else completed["nodes"]
    return completed, found


def _is_reached(completed: Mapping[str, Any]) -> bool:
    return any(
        holder.get(name) == NOWHERE for node in completed["nodes"] for holder, name, _ in _ways_out(node)
    ) or any(NOWHERE in node.get("next", ()) for node in completed["nodes"] if node.get("kind") == "split")


def _ways_out(node: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every place of a node that must name another: what holds it, its name there, and its path."""
    kind = str(node.get("kind"))
    for name in _EXITS.get(kind, ()):
        yield node, name, name
    listed = _LISTED_EXITS.get(kind)
    items = node.get(listed, []) if listed else []
    for index, item in enumerate(items if isinstance(items, list) else []):
        if isinstance(item, dict):
            yield item, "next", f"{listed}.{index}.next"


def _unconnected(node: Mapping[str, Any], path: str) -> Finding:
    return Finding("unconnected", str(node.get("key")), path, "A way out leads nowhere yet. Draw it to the next step.")


def _completed_split(node: dict[str, Any]) -> list[Finding]:
    targets = node.get("next")
    node["next"] = [one or NOWHERE for one in targets] if isinstance(targets, list) else []
    if node.get("join"):
        return []
    node["join"] = NOWHERE
    return [Finding("no_join", str(node.get("key")), "join", "Say where the paths meet again.")]


def _is_about_nowhere(problem: Problem) -> bool:
    """Whether a fault comes from a way out that leads nowhere, which is reported already."""
    return problem.node == NOWHERE or NOWHERE in map(str, problem.values.values()) or NOWHERE in problem.message


def _of_sense(problem: Problem) -> Finding:
    control = _CONTROL.match(problem.node)
    if control:
        return Finding(problem.code, None, f"controls.{control[1]}", problem.template, problem.values)
    node = None if problem.node == "definition" else problem.node
    return Finding(problem.code, node, "", problem.template, problem.values)


def _of_shape(document: Mapping[str, Any], errors: Iterable[ErrorDetails]) -> list[Finding]:
    found: dict[tuple[str | None, str], Finding] = {}
    for error in errors:
        node, path = _place(document, error["loc"])
        if node == NOWHERE:
            continue
        # Each kind of condition that was tried has its own complaint about the same place; one of them is enough.
        found.setdefault((node, path), _shape_finding(node, path, error))
    # A list with a fault in it is reported as too short besides.
    return [one for place, one in found.items() if not any(_is_within(other, place) for other in found)]


def _is_within(inner: tuple[str | None, str], outer: tuple[str | None, str]) -> bool:
    return inner[0] == outer[0] and inner[1].startswith(f"{outer[1]}.")


def _place(document: Mapping[str, Any], location: tuple[int | str, ...]) -> tuple[str | None, str]:
    parts: list[int | str] = [part for part in location if part not in _TAGS]
    if len(parts) >= 2 and parts[0] == "nodes" and isinstance(parts[1], int):
        node = document["nodes"][parts[1]]
        # The third part is the kind of the node, which pydantic adds.
        return str(node.get("key")), _path(parts[3:])
    return None, _path(parts)


def _path(parts: Iterable[int | str]) -> str:
    """The parts as one text; what is inside a condition is the condition's business."""
    return _CONDITION.sub(r"\1", ".".join(map(str, parts)))


def _shape_finding(node: str | None, path: str, error: ErrorDetails) -> Finding:
    kind = error["type"]
    if kind in ("missing", "string_too_short") or (kind == "string_type" and error.get("input") is None):
        return Finding("shape", node, path, "Something is still to be filled in here.")
    if kind == "string_pattern_mismatch":
        return Finding("shape", node, path, "Use small letters, digits and _ only, and begin with a letter.")
    if kind in ("literal_error", "enum"):
        return Finding("shape", node, path, "Choose one of the values offered.")
    if kind == "too_short":
        return Finding("shape", node, path, "At least one entry is needed here.")
    if kind == "union_tag_invalid":
        return Finding("shape", node, path, "There is no step of this kind.")
    reason = error["msg"].removeprefix("Value error, ")
    return Finding("shape", node, path, "This cannot be used as it is: {reason}.", {"reason": reason})

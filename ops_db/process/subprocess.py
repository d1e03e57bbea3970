"""Putting other processes in: a published definition holds everything it runs, so that no later version changes it.

The nodes of the other process get keys `<node>__<key>`, or `<node>__<process>__<key>` where one of several is put in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from core.vocabulary import TicketState
from ops_db.process.definition import MOST_NODES, Definition, SubprocessNode
from ops_db.process.errors import DefinitionInvalid, Problem

DEEPEST: Final = 5
"""How many processes may stand within each other."""

Lookup = Callable[[str], Definition | None]
"""Finds the published definition of a key; None if there is none."""

_Written = dict[str, Any]

_WAYS_ON: Final = ("next", "default", "approved", "declined", "join")
_STEPS: Final = ("task", "approval", "timer")
_AT_TASKS: Final = ("assign", "depart", "arrive", "grab")


def expanded(definition: Definition, lookup: Lookup) -> Definition:
    """The same process with every subprocess put in; raises DefinitionInvalid naming the node where that fails."""
    if not any(isinstance(node, SubprocessNode) for node in definition.nodes):
        return definition
    nodes, controls = _put_in(definition, lookup, (definition.key,))
    written = definition.model_dump(mode="json", by_alias=True)
    return Definition.model_validate(written | {"nodes": nodes, "controls": controls})


def drawn_key(definition: Definition, key: str) -> str:
    """The key of the node as drawn in `definition` that the running node `key` belongs to."""
    found = [node.key for node in definition.nodes if key == node.key or key.startswith(f"{node.key}__")]
    return max(found, key=len, default=key)


def _put_in(definition: Definition, lookup: Lookup, within: tuple[str, ...]) -> tuple[list[_Written], list[_Written]]:
    """Nodes and controls as data, with every subprocess put in; `within` are the processes around, outermost first."""
    nodes: list[_Written] = []
    controls = [control.model_dump(mode="json", by_alias=True) for control in definition.controls]
    entries: dict[str, str] = {}
    for node in definition.nodes:
        if isinstance(node, SubprocessNode):
            begins: dict[str, str] = {}
            names = dict.fromkeys([*(case.process for case in node.cases), *([node.process] if node.process else [])])
            for name in names:
                prefix = f"{node.key}__" if len(names) == 1 else f"{node.key}__{name}__"
                inner, inner_controls, begins[name] = _child(node, name, prefix, lookup, within)
                nodes += inner
                controls += inner_controls
            if node.cases:
                nodes.append(_choice_of_process(node, begins))
            else:
                entries[node.key] = begins.get(node.process or "", node.next)
        else:
            nodes.append(node.model_dump(mode="json", by_alias=True))
        if len(nodes) > MOST_NODES:
            fault = Problem(
                "too_many_nodes",
                node.key,
                "with every process put in there are more than {most} nodes",
                {"most": MOST_NODES},
            )
            raise DefinitionInvalid([fault])
    return [_relinked(node, entries) for node in nodes], controls


def _choice_of_process(node: SubprocessNode, begins: Mapping[str, str]) -> _Written:
    """The branch that stands where one of several processes is put in; with none of them the step is left out."""
    return {
        "kind": "branch",
        "key": node.key,
        "title": node.title.model_dump(by_alias=True),
        "cases": [{"when": case.when.model_dump(mode="json"), "next": begins[case.process]} for case in node.cases],
        "default": begins[node.process] if node.process else node.next,
    }


def _child(
    node: SubprocessNode, name: str, prefix: str, lookup: Lookup, within: tuple[str, ...]
) -> tuple[list[_Written], list[_Written], str]:
    """The nodes of process `name` under new keys, its controls bound to them, and the key it begins with."""
    child = _found(node, name, lookup, within)
    nodes, controls = _put_in(child, lookup, (*within, name))
    keys = {one["key"]: f"{prefix}{one['key']}" for one in nodes}
    kept = []
    for one in nodes:
        leads_to = None
        if one["kind"] == "end":
            leads_to = node.next if one["ticket_state"] == TicketState.CLOSED else node.rejected
        if leads_to is not None:
            keys[one["key"]] = leads_to
        elif one["kind"] != "start":
            kept.append(one)
    begin = next(keys[one["next"]] for one in nodes if one["kind"] == "start")
    moved = [_relinked(one, keys) | {"key": keys[one["key"]]} for one in kept]
    scopes = Definition.model_validate(child.model_dump(by_alias=True) | {"nodes": nodes, "controls": []}).scopes
    bound = (_bound(one, kept, keys) for control in controls for one in _returns_within(control, kept, scopes))
    return moved, [control for control in bound if control["at"]], begin


def _found(node: SubprocessNode, name: str, lookup: Lookup, within: tuple[str, ...]) -> Definition:
    if name in within:
        fault = Problem("process_within_itself", node.key, "{process} would stand within itself", {"process": name})
    elif len(within) > DEEPEST:
        fault = Problem(
            "subprocess_too_deep",
            node.key,
            "processes stand within each other more than {most} deep",
            {"most": DEEPEST},
        )
    else:
        child = lookup(name)
        if child is not None:
            return child
        fault = Problem("unknown_process", node.key, "there is no published process {process}", {"process": name})
    raise DefinitionInvalid([fault])


def _returns_within(
    control: _Written, nodes: list[_Written], scopes: Mapping[str, tuple[str, ...]]
) -> Iterator[_Written]:
    """A return offered anywhere leaves out at run time what lies within a fork; bound to nodes, it must say so."""
    if control["action"] != "return" or control["at"]:
        yield control
        return
    steps = [one["key"] for one in nodes if one["kind"] in _STEPS]
    for to in control["to"]:
        scope = scopes.get(to, ())
        yield control | {"to": [to], "at": [key for key in steps if scopes.get(key, ())[: len(scope)] == scope]}


def _bound(control: _Written, nodes: list[_Written], keys: Mapping[str, str]) -> _Written:
    """A control of the child, at the child's nodes alone; at none for a reopening, which is the parent's to say."""
    kinds = ("task",) if control["action"] in _AT_TASKS else _STEPS
    fitting = [one for one in nodes if one["kind"] in kinds]
    if control["action"] == "grab":
        fitting = [one for one in fitting if one["dispatch_choice"] is not None]
    here = control["at"] or [one["key"] for one in fitting]
    at = [] if control["action"] == "reopen" else [keys[key] for key in here if key in keys]
    return control | {"at": at, "to": [keys.get(key, key) for key in control["to"]]}


def _relinked(node: _Written, keys: Mapping[str, str]) -> _Written:
    """The same node, leading to nodes under their new keys."""
    linked = dict(node)
    for way in _WAYS_ON:
        to = node.get(way)
        if isinstance(to, list):
            linked[way] = [keys.get(key, key) for key in to]
        elif to is not None:
            linked[way] = keys.get(to, to)
    for ways in ("choices", "cases"):
        if ways in node:
            linked[ways] = [one | {"next": keys.get(one["next"], one["next"])} for one in node[ways]]
    if "return_to" in node:
        linked["return_to"] = [keys.get(key, key) for key in node["return_to"]]
    return linked

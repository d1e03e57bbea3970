"""The faults that make a well-formed definition unfit to run, each with the node it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from core.vocabulary import Role
from ops_db.process.definition import BranchNode, Control, Definition, EndNode, StartNode, TaskNode, next_keys
from ops_db.process.errors import Problem
from ops_db.process.transitions import TRANSITIONS


def problems(definition: Definition) -> list[Problem]:
    """All faults of sense in `definition`, in the order of its nodes; none means that it can run."""
    found = [*_faults_of_names(definition), *_faults_of_nodes(definition), *_faults_of_controls(definition)]
    # Reachability says nothing useful about a graph whose edges lead nowhere.
    return found or [*_faults_of_paths(definition)]


def _faults_of_names(definition: Definition) -> Iterator[Problem]:
    for key, count in Counter(node.key for node in definition.nodes).items():
        if count > 1:
            yield Problem("duplicate_key", key, f"{count} nodes have this key; give each its own")
    starts = [node.key for node in definition.nodes if isinstance(node, StartNode)]
    if len(starts) != 1:
        yield Problem("start_count", ", ".join(starts) or "definition", f"a process has one start, not {len(starts)}")
    if not any(isinstance(node, EndNode) for node in definition.nodes):
        yield Problem("no_end", "definition", "a process needs an end node")


def _faults_of_nodes(definition: Definition) -> Iterator[Problem]:
    for node in definition.nodes:
        for key in next_keys(node):
            target = definition.by_key.get(key)
            if target is None:
                yield Problem("unknown_node", node.key, f"it leads to {key}, which is no node of this process")
            elif isinstance(target, StartNode):
                yield Problem("leads_to_start", node.key, f"it leads back to the start {key}; name the node after it")
        if isinstance(node, BranchNode) and node.default is None:
            yield Problem("no_default", node.key, "a branch needs a default for the case that no condition is true")
        if isinstance(node, TaskNode):
            yield from _faults_of_task(node)
        elif not isinstance(node, StartNode | BranchNode | EndNode):
            yield Problem("not_runnable", node.key, "steps of the kind {kind} cannot run yet", {"kind": node.kind})


def _faults_of_task(node: TaskNode) -> Iterator[Problem]:
    if not node.choices:
        yield Problem("no_exit", node.key, "a task needs a choice that leads on")
    elif all(choice.when is not None for choice in node.choices):
        yield Problem("no_exit", node.key, "every choice has a condition; leave one without, or the task may never end")
    if node.is_assigned and node.role != Role.TECHNICIAN:
        yield Problem("assigned_role", node.key, f"only technicians are assigned, and this is for {node.role}")
    for key, count in Counter(choice.key for choice in node.choices).items():
        if count > 1:
            yield Problem("duplicate_choice", node.key, f"{count} choices are called {key}; give each its own key")
    for choice in node.choices:
        keys = Counter(field.key for field in choice.fields)
        for key, count in keys.items():
            if count > 1:
                yield Problem("duplicate_field", node.key, f"choice {choice.key} asks {count} times for {key}")
        for key in {*choice.at_least_one, *choice.all_or_none} - set(keys):
            yield Problem("unknown_field", node.key, f"choice {choice.key} needs {key}, which is none of its fields")


def _faults_of_controls(definition: Definition) -> Iterator[Problem]:
    for index, control in enumerate(definition.controls):
        place = f"controls[{index}] ({control.action})"
        for key in (*control.at, *control.to):
            if not isinstance(definition.by_key.get(key), TaskNode):
                yield Problem("unknown_node", place, f"{key} is no task of this process")
        yield from _faults_of_targets(control, place)
        built_in = {field.key for field in TRANSITIONS[control.action].fields}
        for field in control.fields:
            if field.key in built_in:
                yield Problem(
                    "duplicate_field", place, f"{control.action} asks for {field.key} anyway; choose another key"
                )


def _faults_of_targets(control: Control, place: str) -> Iterator[Problem]:
    if control.action == "reopen":
        if len(control.to) != 1:
            yield Problem("target_count", place, "say in `to` the one node a reopened ticket goes on from")
        if control.at:
            yield Problem("needless_nodes", place, "an ended ticket stands at no node; leave `at` out")
    elif control.action == "return":
        if not control.to:
            yield Problem("target_count", place, "say in `to` which nodes a task may return to")
    elif control.to:
        yield Problem("needless_nodes", place, f"{control.action} leads to no node; leave `to` out")


def _faults_of_paths(definition: Definition) -> Iterator[Problem]:
    following = {node.key: set(next_keys(node)) for node in definition.nodes}
    reopened = {key for control in definition.controls for key in control.to}
    reachable = _closure({definition.start_node.key, *reopened}, following)
    preceding: dict[str, set[str]] = {key: set() for key in following}
    for key, targets in following.items():
        for target in targets:
            preceding[target].add(key)
    ending = _closure({node.key for node in definition.nodes if isinstance(node, EndNode)}, preceding)
    branches = {node.key for node in definition.nodes if isinstance(node, BranchNode)}
    for node in definition.nodes:
        if node.key not in reachable:
            yield Problem("unreachable", node.key, "no path from the start leads here")
        elif node.key not in ending:
            yield Problem("no_way_out", node.key, "no path from here leads to an end")
        if node.key in branches:
            only_branches = {key: following[key] & branches for key in branches}
            if node.key in _closure(only_branches[node.key], only_branches):
                yield Problem("endless_branches", node.key, "branches lead back here with no task in between")


def _closure(start: Iterable[str], edges: dict[str, set[str]]) -> set[str]:
    seen: set[str] = set()
    waiting = list(start)
    while waiting:
        key = waiting.pop()
        if key not in seen:
            seen.add(key)
            waiting.extend(edges[key])
    return seen

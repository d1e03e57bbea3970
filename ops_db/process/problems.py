"""The faults that make a well-formed definition unfit to run, each with the node it is in.

What lies outside a definition (roles, people, crews, forms, other processes) is checked where the caller says what
there is; without that it is taken on trust.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from ops_db.process.definition import (
    BranchNode,
    Control,
    Definition,
    EndNode,
    JoinNode,
    NoticeNode,
    SplitNode,
    StartNode,
    SubprocessNode,
    TaskNode,
    next_keys,
)
from ops_db.process.errors import Problem
from ops_db.process.facts import FactKind
from ops_db.process.faults_of_conditions import faults_of_conditions, faults_of_fields
from ops_db.process.faults_of_paths import faults_of_paths
from ops_db.process.faults_of_steps import faults_of_approval, faults_of_task, faults_of_timers
from ops_db.process.transitions import TRANSITIONS

RECIPIENTS: Final = ("assignee", "owner")
"""Who can be told without being a role."""

_AT_TASKS: Final = ("assign", "depart", "arrive", "grab")


@dataclass(frozen=True, slots=True)
class Known:
    """What there is outside a definition; None where the caller does not say."""

    roles: Collection[str] | None = None
    held_roles: Collection[str] | None = None
    staff: Collection[str] | None = None
    crews: Collection[str] | None = None
    forms: Collection[str] | None = None
    processes: Collection[str] | None = None
    form_facts: Mapping[str, FactKind] | None = None


def problems(
    definition: Definition,
    *,
    known_roles: Collection[str] | None = None,
    held_roles: Collection[str] | None = None,
    known_staff: Collection[str] | None = None,
    known_crews: Collection[str] | None = None,
    known_forms: Collection[str] | None = None,
    known_processes: Collection[str] | None = None,
    form_facts: Mapping[str, FactKind] | None = None,
) -> list[Problem]:
    """All faults of sense in `definition`, in the order of its nodes; none means that it can run.

    `held_roles` are those somebody has, `known_staff` staff numbers, `known_crews` codes of crews, `form_facts` the
    kinds of the report form's answers by the name of the fact (`form_…`).
    """
    known = Known(known_roles, held_roles, known_staff, known_crews, known_forms, known_processes, form_facts)
    found = [
        *_faults_of_names(definition),
        *_faults_of_nodes(definition),
        *_faults_of_controls(definition),
        *faults_of_fields(definition),
        *faults_of_conditions(definition, known.form_facts),
        *_faults_of_references(definition, known),
    ]
    # Paths say nothing useful about a graph whose edges lead nowhere.
    if any(one.code in _BROKEN_GRAPH for one in found):
        return found
    return [*found, *faults_of_paths(definition)]


_BROKEN_GRAPH: Final = ("duplicate_key", "start_count", "no_end", "unknown_node", "leads_to_start", "no_exit")


def _faults_of_names(definition: Definition) -> Iterator[Problem]:
    for key, count in Counter(node.key for node in definition.nodes).items():
        if count > 1:
            yield Problem("duplicate_key", key, "{count} nodes have this key; give each its own", {"count": count})
    starts = [node.key for node in definition.nodes if isinstance(node, StartNode)]
    if len(starts) != 1:
        place = ", ".join(starts) or "definition"
        yield Problem("start_count", place, "a process has one start, not {count}", {"count": len(starts)})
    if not any(isinstance(node, EndNode) for node in definition.nodes):
        yield Problem("no_end", "definition", "a process needs an end node")


def _faults_of_nodes(definition: Definition) -> Iterator[Problem]:
    for node in definition.nodes:
        for key in next_keys(node):
            target = definition.by_key.get(key)
            if target is None:
                yield Problem(
                    "unknown_node", node.key, "it leads to {key}, which is no node of this process", {"key": key}
                )
            elif isinstance(target, StartNode):
                yield Problem(
                    "leads_to_start", node.key, "it leads back to the start {key}; name the node after it", {"key": key}
                )
        if isinstance(node, BranchNode) and node.default is None:
            yield Problem("no_default", node.key, "a branch needs a default for the case that no condition is true")
        elif isinstance(node, TaskNode):
            yield from faults_of_task(node)
        elif isinstance(node, SplitNode):
            yield from _faults_of_split(definition, node)
        elif isinstance(node, NoticeNode) and not node.to:
            yield Problem("notice_without_recipient", node.key, "say in `to` who is told")
        elif isinstance(node, SubprocessNode) and not node.cases and node.process is None:
            yield Problem("no_process", node.key, "name the process that is put in here")
    for approval in definition.approvals.values():
        yield from faults_of_approval(definition, approval)
    for step in definition.timed_steps:
        yield from faults_of_timers(step)


def _faults_of_split(definition: Definition, node: SplitNode) -> Iterator[Problem]:
    if len(node.next) < 2:
        yield Problem("split_paths", node.key, "a split needs at least two paths")
    for key, count in Counter(node.next).items():
        if count > 1:
            yield Problem(
                "duplicate_path", node.key, "{count} of its paths begin at {key}", {"count": count, "key": key}
            )
    if not isinstance(definition.by_key.get(node.join), JoinNode):
        yield Problem("join_missing", node.key, "its paths are to meet at {key}, which is no join", {"key": node.join})


def _faults_of_controls(definition: Definition) -> Iterator[Problem]:
    for index, control in enumerate(definition.controls):
        place = f"controls[{index}] ({control.action})"
        allowed = definition.tasks if control.action in _AT_TASKS else definition.steps
        for key in control.at:
            if key not in allowed:
                yield Problem("unknown_node", place, "{key} is no step this can be done at", {"key": key})
        for key in control.to:
            if key not in definition.tasks:
                yield Problem("unknown_node", place, "{key} is no task of this process", {"key": key})
        yield from _faults_of_targets(control, place)
        yield from _faults_of_grabbing(definition, control, place)
        built_in = {field.key for field in TRANSITIONS[control.action].fields}
        for field in control.fields:
            if field.key in built_in:
                yield Problem(
                    "duplicate_field",
                    place,
                    "{action} asks for {field} anyway; choose another key",
                    {"action": control.action, "field": field.key},
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
        yield Problem("needless_nodes", place, "{action} leads to no node; leave `to` out", {"action": control.action})


def _faults_of_grabbing(definition: Definition, control: Control, place: str) -> Iterator[Problem]:
    if control.action != "grab":
        return
    named = [definition.tasks[key] for key in control.at if key in definition.tasks]
    for node in named or definition.tasks.values():
        choice = node.choices_by_key.get(node.dispatch_choice or "")
        if choice is None:
            if control.at:
                yield Problem(
                    "grab_without_dispatch", place, "{key} is no dispatch step; name its choice", {"key": node.key}
                )
            continue
        required = [field.key for field in choice.fields if field.is_required]
        if required or choice.evidence or choice.form:
            yield Problem(
                "grab_needs_data",
                node.key,
                "a job that can be taken must not ask for more: choice {choice} does",
                {"choice": choice.key},
            )


def _faults_of_references(definition: Definition, known: Known) -> Iterator[Problem]:
    for place, kind, name in _references(definition):
        if kind == "role" and known.roles is not None and name not in known.roles:
            yield Problem("unknown_role", place, "there is no role {role}", {"role": name})
        elif kind == "approver" and known.held_roles is not None and name not in known.held_roles:
            yield Problem(
                "role_held_by_nobody", place, "nobody has the role {role}, so nobody can sign", {"role": name}
            )
        elif kind == "staff" and known.staff is not None and name not in known.staff:
            yield Problem("unknown_staff", place, "there is nobody with the staff number {number}", {"number": name})
        elif kind == "crew" and known.crews is not None and name not in known.crews:
            yield Problem("unknown_crew", place, "there is no crew {crew}", {"crew": name})
        elif kind == "form" and known.forms is not None and name not in known.forms:
            yield Problem("unknown_form", place, "there is no published form {form}", {"form": name})
        elif kind == "process" and known.processes is not None and name not in known.processes:
            yield Problem("unknown_process", place, "there is no published process {process}", {"process": name})


def _references(definition: Definition) -> Iterator[tuple[str, str, str]]:
    """Everything named that lies outside: the place, what kind of thing, and its name; each once a place."""
    found: dict[tuple[str, str, str | None], None] = {}
    for node in definition.nodes:
        for kind, name in _named_by(node):
            found[node.key, kind, name] = None
    for step in definition.timed_steps:
        for timer in step.timers:
            found[step.key, "crew", timer.crew] = None
            for role in (timer.role, *timer.to):
                found[step.key, "role", role] = None
    for index, control in enumerate(definition.controls):
        for role in control.roles:
            found[f"controls[{index}] ({control.action})", "role", role] = None
    for place, kind, name in found:
        if name is not None and not (kind == "role" and name in RECIPIENTS):
            yield place, kind, name


def _named_by(node: object) -> Iterator[tuple[str, str | None]]:
    if isinstance(node, TaskNode):
        yield from (("role", role) for role in (node.role, *node.deputies))
        yield "crew", node.crew
        yield from (("form", choice.form) for choice in node.choices)
    elif isinstance(node, NoticeNode):
        yield from (("role", role) for role in node.to)
    elif isinstance(node, SubprocessNode):
        yield "process", node.process
        yield from (("process", case.process) for case in node.cases)
    else:
        # An approval's roles must be held by somebody, a person's staff number be known.
        for approver in getattr(node, "approvers", ()):
            yield "role", approver.role
            yield "approver", approver.role
            yield "staff", approver.staff_number

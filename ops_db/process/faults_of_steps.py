"""Faults of single steps: tasks that never end, approvals nobody can give, timers that do nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from core.vocabulary import Role
from ops_db.process.definition import ApprovalNode, Definition, TaskNode
from ops_db.process.errors import Problem
from ops_db.process.node_parts import APPROVED, DECLINED, Choice, NodeTimer


def faults_of_task(node: TaskNode) -> Iterator[Problem]:
    """What keeps a task from being done, or its choices from being told apart."""
    if not node.choices:
        yield Problem("no_exit", node.key, "a task needs a choice that leads on")
    elif all(choice.when is not None for choice in node.choices):
        yield Problem("no_exit", node.key, "every choice has a condition; leave one without, or the task may never end")
    if node.is_assigned and node.role != Role.TECHNICIAN and node.person is None and node.crew is None:
        yield Problem(
            "assigned_role", node.key, "only technicians are assigned, and this is for {role}", {"role": node.role}
        )
    if node.person is not None and node.crew is not None:
        yield Problem("person_and_crew", node.key, "name a rule for the person or a crew, not both")
    if node.dispatch_choice is not None and node.dispatch_choice not in node.choices_by_key:
        yield Problem("unknown_choice", node.key, "{choice} is none of its choices", {"choice": node.dispatch_choice})
    for key, count in Counter(choice.key for choice in node.choices).items():
        if count > 1:
            yield Problem(
                "duplicate_choice",
                node.key,
                "{count} choices are called {choice}; give each its own key",
                {"count": count, "choice": key},
            )
    for choice in node.choices:
        yield from _faults_of_choice(node.key, choice)


def _faults_of_choice(place: str, choice: Choice) -> Iterator[Problem]:
    keys = Counter(field.key for field in choice.fields)
    for key, count in keys.items():
        if count > 1:
            yield Problem(
                "duplicate_field",
                place,
                "choice {choice} asks {count} times for {field}",
                {"choice": choice.key, "count": count, "field": key},
            )
    for key in sorted({*choice.at_least_one, *choice.all_or_none} - set(keys)):
        yield Problem(
            "unknown_field",
            place,
            "choice {choice} needs {field}, which is none of its fields",
            {"choice": choice.key, "field": key},
        )
    for evidence in choice.evidence:
        if evidence.purpose is not None and evidence.kind != "photo":
            yield Problem(
                "evidence_purpose",
                place,
                "only photos are from before or after; {kind} is not",
                {"kind": evidence.kind, "choice": choice.key},
            )


def faults_of_approval(definition: Definition, node: ApprovalNode) -> Iterator[Problem]:
    """What makes an approval impossible to give."""
    if not node.approvers:
        yield Problem("no_approver", node.key, "nobody is asked; name at least one approver")
    for approver in node.approvers:
        if sum(part is not None for part in (approver.role, approver.staff_number, approver.person)) != 1:
            yield Problem("approver_kind", node.key, "an approver is a role, a staff number or a rule, one of them")
    yield from _faults_of_count(node)
    for key in node.return_to:
        if key not in definition.tasks:
            yield Problem(
                "unknown_node", node.key, "it returns to {key}, which is no task of this process", {"key": key}
            )
    for key, count in Counter(field.key for field in node.fields).items():
        if count > 1:
            yield Problem(
                "duplicate_field",
                node.key,
                "the approval asks {count} times for {field}",
                {"count": count, "field": key},
            )


def _faults_of_count(node: ApprovalNode) -> Iterator[Problem]:
    if node.mode != "count":
        if node.needed is not None:
            yield Problem("needless_count", node.key, "`needed` belongs to the mode count; leave it out")
        return
    # Somebody named twice in person is asked once.
    named = {one.staff_number for one in node.approvers if one.staff_number is not None}
    rules = {one.person for one in node.approvers if one.person is not None}
    possible = sum(one.role is not None for one in node.approvers) + len(named) + len(rules)
    if node.needed is None:
        yield Problem("approval_count", node.key, "say in `needed` how many must approve")
    elif node.needed > possible and node.approvers:
        yield Problem(
            "approval_count",
            node.key,
            "{needed} must approve, but only {count} are asked",
            {"needed": node.needed, "count": possible},
        )


def faults_of_timers(node: TaskNode | ApprovalNode) -> Iterator[Problem]:
    """Timers that do nothing, or cannot do what they are to."""
    for key, count in Counter(timer.key for timer in node.timers).items():
        if count > 1:
            yield Problem(
                "duplicate_timer",
                node.key,
                "{count} timers are called {timer}; give each its own key",
                {"count": count, "timer": key},
            )
    for timer in node.timers:
        if timer.do in ("warn", "escalate"):
            if not timer.to:
                yield Problem(
                    "timer_without_recipient", node.key, "say in `to` whom timer {timer} tells", {"timer": timer.key}
                )
        elif timer.do == "reassign":
            yield from _faults_of_reassigning(node, timer)
        else:
            yield from _faults_of_advancing(node, timer)


def _faults_of_reassigning(node: TaskNode | ApprovalNode, timer: NodeTimer) -> Iterator[Problem]:
    if (timer.role is None) == (timer.crew is None):
        yield Problem(
            "timer_target",
            node.key,
            "timer {timer} hands over to a role or to a crew, one of them",
            {"timer": timer.key},
        )
    elif timer.crew is not None and not (isinstance(node, TaskNode) and node.takes_assignment):
        yield Problem(
            "crew_not_assigned",
            node.key,
            "timer {timer} hands over to a crew, but the step is not assigned",
            {"timer": timer.key},
        )


def _faults_of_advancing(node: TaskNode | ApprovalNode, timer: NodeTimer) -> Iterator[Problem]:
    choices: dict[str, Choice | None] = dict.fromkeys((APPROVED, DECLINED))
    if isinstance(node, TaskNode):
        choices = {**node.choices_by_key}
    if timer.choice is None or timer.choice not in choices:
        yield Problem(
            "timer_choice",
            node.key,
            "timer {timer} must take one of {known}",
            {"timer": timer.key, "known": ", ".join(choices) or "–"},
        )
        return
    choice = choices[timer.choice]
    asks = choice is not None and (
        any(field.is_required for field in choice.fields)
        or choice.at_least_one
        or choice.evidence
        or choice.form is not None
        or choice.when is not None
    )
    if asks or (timer.choice == APPROVED and isinstance(node, ApprovalNode) and _asks(node)):
        yield Problem(
            "advance_needs_data",
            node.key,
            "timer {timer} takes {choice}, which asks for data or has a condition; a clock cannot answer",
            {"timer": timer.key, "choice": timer.choice},
        )


def _asks(node: ApprovalNode) -> bool:
    return any(field.is_required for field in node.fields)

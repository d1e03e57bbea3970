"""Faults of conditions: facts nobody knows, and values of another kind than the fact's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Final

from core.vocabulary import Channel, Severity
from ops_db.process.conditions import AllOf, AnyOf, Comparison, Condition, NoneOf
from ops_db.process.definition import BranchNode, Definition, SubprocessNode
from ops_db.process.errors import Problem
from ops_db.process.facts import CREW_IDS, FACTS, FORM_PREFIX, STAFF_IDS, FactKind, asked_fields, kind_of_field

DEEPEST_CONDITION: Final = 20

_NUMBERS: Final = ("integer", "money")
_ORDERED: Final = ("lt", "le", "gt", "ge")
_KNOWN_VALUES: Final[dict[str, tuple[str, ...]]] = {
    "severity": Severity.codes(),
    "channel": Channel.codes(),
    "dispatch_mode": ("assign", "suggest", "grab"),
}


def faults_of_fields(definition: Definition) -> Iterator[Problem]:
    """Fields that share a key but not a kind, so that a condition could not tell what it compares."""
    kinds: dict[str, FactKind] = {name: fact.kind for name, fact in FACTS.items()}
    for place, field in asked_fields(definition):
        kind = kind_of_field(field.kind)
        known = kinds.setdefault(field.key, kind)
        if field.key.startswith(FORM_PREFIX) or field.key in (STAFF_IDS, CREW_IDS):
            yield Problem("reserved_field", place, "the key {field} is kept for other facts", {"field": field.key})
        elif known != kind and not (known in _NUMBERS and kind in _NUMBERS):
            yield Problem(
                "field_kind",
                place,
                "{field} is {kind} here and {known} elsewhere; give one of them another key",
                {"field": field.key, "kind": kind, "known": known},
            )


def faults_of_conditions(definition: Definition, form_facts: Mapping[str, FactKind] | None = None) -> Iterator[Problem]:
    """Every comparison that can never be made as it is written."""
    kinds: dict[str, FactKind] = {name: fact.kind for name, fact in FACTS.items()}
    values = dict(_KNOWN_VALUES)
    for _, field in asked_fields(definition):
        kinds.setdefault(field.key, kind_of_field(field.kind))
        if field.options and field.key not in FACTS:
            values[field.key] = (*values.get(field.key, ()), *(option.code for option in field.options))
    kinds.update(form_facts or {})
    for place, condition in _conditions(definition):
        depth, comparisons = _comparisons(condition)
        if depth > DEEPEST_CONDITION:
            yield Problem(
                "condition_too_deep",
                place,
                "a condition is nested {depth} deep; the most is {most}",
                {"depth": depth, "most": DEEPEST_CONDITION},
            )
            continue
        for comparison in comparisons:
            fault = _fault_of(comparison, place, kinds, values, is_form_known=form_facts is not None)
            if fault is not None:
                yield fault


def _conditions(definition: Definition) -> Iterator[tuple[str, Condition]]:
    for node in definition.nodes:
        if isinstance(node, BranchNode | SubprocessNode):
            yield from ((node.key, case.when) for case in node.cases)
    for task in definition.tasks.values():
        for choice in task.choices:
            for when in (choice.when, *(evidence.when for evidence in choice.evidence)):
                if when is not None:
                    yield task.key, when
    for index, control in enumerate(definition.controls):
        if control.when is not None:
            yield f"controls[{index}] ({control.action})", control.when


def _comparisons(condition: Condition) -> tuple[int, list[Comparison]]:
    """How deep the condition is nested, and every comparison in it."""
    found: list[Comparison] = []
    deepest, waiting = 0, [(condition, 1)]
    while waiting:
        one, depth = waiting.pop()
        deepest = max(deepest, depth)
        if isinstance(one, Comparison):
            found.append(one)
        else:
            waiting.extend((part, depth + 1) for part in reversed(_parts(one)))
    return deepest, found


def _parts(condition: AllOf | AnyOf | NoneOf) -> tuple[Condition, ...]:
    if isinstance(condition, AllOf):
        return condition.all
    return condition.any if isinstance(condition, AnyOf) else condition.none


def _fault_of(
    comparison: Comparison,
    place: str,
    kinds: Mapping[str, FactKind],
    values: Mapping[str, tuple[str, ...]],
    *,
    is_form_known: bool,
) -> Problem | None:
    name = comparison.field
    kind = kinds.get(name)
    if kind is None:
        if name.startswith(FORM_PREFIX) and not is_form_known:
            return None
        return Problem("unknown_fact", place, "there is no fact {fact}", {"fact": name})
    if comparison.op in ("is_set", "is_not_set"):
        return None
    if comparison.op in _ORDERED and kind in ("text", "boolean"):
        return Problem(
            "fact_not_ordered", place, "{fact} is {kind} and neither more nor less", {"fact": name, "kind": kind}
        )
    wanted = comparison.value if isinstance(comparison.value, tuple) else (comparison.value,)
    for value in wanted:
        if not _is_of_kind(value, kind):
            return Problem(
                "fact_kind",
                place,
                "{fact} is {kind}, and {value} is not",
                {"fact": name, "kind": kind, "value": repr(value)},
            )
        if name in values and value not in values[name]:
            return Problem(
                "unknown_value",
                place,
                "{fact} is never {value}; it is one of {known}",
                {"fact": name, "value": repr(value), "known": ", ".join(values[name])},
            )
    return None


def _is_of_kind(value: object, kind: FactKind) -> bool:
    if kind == "boolean":
        return isinstance(value, bool)
    if kind in _NUMBERS:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str):
        return False
    return kind != "date" or _is_date(value)


def _is_date(value: str) -> bool:
    try:
        dt.datetime.fromisoformat(value)
    except ValueError:
        return False
    return True

"""What changed from one version of a form to the next, field by field, for whoever is about to publish it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from ops_db.forms.definition import FormDefinition, FormField, Rule
from ops_db.process.text import Text


@dataclass(frozen=True, slots=True)
class Change:
    """One field, rule or heading of the form; `properties` names what is different of a changed one."""

    what: Literal["form", "field", "rule"]
    how: Literal["added", "removed", "changed", "moved"]
    key: str
    label: Text
    properties: tuple[str, ...] = ()


def changes(before: FormDefinition | None, after: FormDefinition) -> list[Change]:
    """Everything that differs, in the order of the new version; removed ones at the end."""
    if before is None:
        return [Change("field", "added", field.key, field.label) for field in after.fields]
    found: list[Change] = []
    heading = _differing(_heading(before), _heading(after))
    if heading:
        found.append(Change("form", "changed", after.key, after.title, heading))
    found += _changes_of_fields(before, after)
    old_rules, new_rules = {rule.key: rule for rule in before.rules}, {rule.key: rule for rule in after.rules}
    found += [
        _change_of_rule(old_rules.get(key), rule) for key, rule in new_rules.items() if old_rules.get(key) != rule
    ]
    found += [Change("rule", "removed", key, rule.message) for key, rule in old_rules.items() if key not in new_rules]
    return found


def _changes_of_fields(before: FormDefinition, after: FormDefinition) -> list[Change]:
    stayed = [field.key for field in after.fields if field.key in before.by_key]
    earlier = [field.key for field in before.fields if field.key in after.by_key]
    moved = set(stayed) - _longest_common(earlier, stayed)
    found: list[Change] = []
    for field in after.fields:
        old = before.by_key.get(field.key)
        if old is None:
            found.append(Change("field", "added", field.key, field.label))
            continue
        properties = _differing(_as_data(old), _as_data(field))
        if properties:
            found.append(Change("field", "changed", field.key, field.label, properties))
        elif field.key in moved:
            found.append(Change("field", "moved", field.key, field.label))
    removed = [field for field in before.fields if field.key not in after.by_key]
    return found + [Change("field", "removed", field.key, field.label) for field in removed]


def _change_of_rule(old: Rule | None, rule: Rule) -> Change:
    if old is None:
        return Change("rule", "added", rule.key, rule.message)
    return Change("rule", "changed", rule.key, rule.message, _differing(_as_data(old), _as_data(rule)))


def _as_data(part: FormField | Rule) -> dict[str, Any]:
    return part.model_dump(mode="json", by_alias=True)


def _heading(definition: FormDefinition) -> dict[str, Any]:
    return definition.model_dump(mode="json", by_alias=True, include={"title", "intro", "purpose"})


def _differing(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name) != new.get(name)))


def _longest_common(one: list[str], other: list[str]) -> set[str]:
    """The longest run of keys that stands in the same order in both; whatever is outside of it was moved."""
    lengths = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, left in enumerate(reversed(one), start=1):
        for j, right in enumerate(reversed(other), start=1):
            lengths[i][j] = lengths[i - 1][j - 1] + 1 if left == right else max(lengths[i - 1][j], lengths[i][j - 1])
    kept: set[str] = set()
    i, j = len(one), len(other)
    while i and j:
        left, right = one[len(one) - i], other[len(other) - j]
        if left == right:
            kept.add(left)
            i, j = i - 1, j - 1
        elif lengths[i - 1][j] >= lengths[i][j - 1]:
            i -= 1
        else:
            j -= 1
    return kept

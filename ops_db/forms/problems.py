"""What makes a well-formed form unfit to be published, each fault with the field or rule it is in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from core.vocabulary import Severity
from ops_db.forms import definition as form
from ops_db.forms.conditions import fields_of_condition
from ops_db.forms.errors import FormProblem
from ops_db.forms.expressions import fields_of_expression
from ops_db.forms.patterns import PatternRefused, matches, translated
from ops_db.forms.problems_of_conditions import (
    AnyCondition,
    faults_of_condition,
    faults_of_expression,
    is_never_true,
)
from ops_db.process.text import Text

_LONGEST_LABEL = 200
_LONGEST_HINT = 1_000
_ROLE_KINDS: dict[str, tuple[str, ...]] = {
    "place": ("cascade",),
    "category": ("cascade",),
    "component": ("cascade",),
    "defect": ("cascade",),
    "title": ("text", "computed"),
    "description": ("long_text", "text", "computed"),
    "reporter_name": ("text",),
    "reporter_phone": ("phone",),
    "severity": ("choice",),
    "report_photos": ("photo",),
}


def problems(definition: form.FormDefinition) -> list[FormProblem]:
    """All faults, in the order of the fields; none means that the form can be published."""
    found = [*_faults_of_keys(definition)]
    for index, field in enumerate(definition.fields):
        found.extend(_faults_of_field(definition, field, index))
    for rule in definition.rules:
        found.extend(_faults_of_rule(definition, rule))
    found.extend(_faults_of_purpose(definition))
    # What is never visible is asked of a graph without circles only.
    return [*found, *(_circles(definition) or ([] if found else _faults_of_visibility(definition)))]


def _faults_of_keys(definition: form.FormDefinition) -> Iterator[FormProblem]:
    for key, count in Counter(field.key for field in definition.fields).items():
        if count > 1:
            yield FormProblem(
                "{count} fields have the key {key}. Give each its own.",
                fault="duplicate_key",
                place=key,
                key=key,
                count=count,
            )
    for key, count in Counter(rule.key for rule in definition.rules).items():
        if count > 1:
            yield FormProblem(
                "{count} rules have the key {key}. Give each its own.",
                fault="duplicate_key",
                place=key,
                key=key,
                count=count,
            )
    if not any(isinstance(field, form.AskedField) for field in definition.fields):
        yield FormProblem("The form asks for nothing. Add a field.", fault="asks_nothing", place=definition.key)


def _faults_of_field(definition: form.FormDefinition, field: form.FormField, index: int) -> Iterator[FormProblem]:
    texts = [(field.label, _LONGEST_LABEL), (field.hint, _LONGEST_HINT)]
    if isinstance(field, form.ChoiceField | form.ChoicesField):
        texts += [(option.label, _LONGEST_LABEL) for option in field.options]
    yield from _faults_of_length(texts, field.key)
    if field.visible_if is not None:
        yield from faults_of_condition(definition, field.visible_if, field.key)
    if isinstance(field, form.ComputedField):
        yield from faults_of_expression(definition, field)
    if isinstance(field, form.ChoiceField | form.ChoicesField):
        yield from _faults_of_options(field)
    if isinstance(field, form.CascadeField):
        yield from _faults_of_cascade(definition, field, index)
    yield from _faults_of_bounds(field)
    yield from _faults_of_text(field)
    yield from _faults_of_role(definition, field)


def _faults_of_length(texts: list[tuple[Text | None, int]], place: str) -> Iterator[FormProblem]:
    for text, most in texts:
        if text is not None and max(len(text.zh), len(text.en)) > most:
            yield FormProblem(
                "A label or hint has more than {most} characters. Shorten it.", fault="too_long", place=place, most=most
            )


def _faults_of_options(field: form.ChoiceField | form.ChoicesField) -> Iterator[FormProblem]:
    codes = [option.code for option in field.options]
    for code, count in Counter(codes).items():
        if count > 1:
            yield FormProblem(
                "The option {option} is there {count} times. Give each its own code.",
                fault="duplicate_option",
                place=field.key,
                option=code,
                count=count,
            )
    if isinstance(field, form.ChoiceField) and field.default is not None and field.default not in codes:
        yield FormProblem(
            "The default {option} is none of the options.",
            fault="default_unknown",
            place=field.key,
            option=field.default,
        )
    if field.role == "severity" and set(codes) - set(Severity.codes()):
        yield FormProblem(
            "A severity is one of {severities}. Use these codes for the options.",
            fault="severity_unknown",
            place=field.key,
            severities=", ".join(Severity.codes()),
        )


def _faults_of_cascade(definition: form.FormDefinition, field: form.CascadeField, index: int) -> Iterator[FormProblem]:
    above = form.PARENT_LEVELS[field.level]
    if not above:
        if field.parent is not None:
            yield FormProblem(
                "A list of this level stands alone. Take its parent away.", fault="parent_needless", place=field.key
            )
        return
    if field.parent is None:
        yield FormProblem(
            "This list needs the field of the level above as its parent. Choose it.",
            fault="parent_missing",
            place=field.key,
        )
        return
    places = {one.key: place for place, one in enumerate(definition.fields)}
    parent = definition.by_key.get(field.parent)
    if parent is None:
        yield _unknown(field.parent, field.key)
    elif not isinstance(parent, form.CascadeField) or parent.level not in above:
        yield FormProblem(
            "The field {key} is not of the level above this list. Choose another parent.",
            fault="parent_unfit",
            place=field.key,
            key=field.parent,
        )
    elif places[field.parent] > index:
        yield FormProblem(
            "The parent {key} is asked after this list. Move it before.",
            fault="parent_after",
            place=field.key,
            key=field.parent,
        )


def _faults_of_bounds(field: form.FormField) -> Iterator[FormProblem]:
    low: float | None = None
    high: float | None = None
    match field:
        case form.TextField() | form.LongTextField():
            low, high = field.min_length, field.max_length
        case form.NumberField() | form.MoneyField() | form.ChoicesField() | form.PhotoField():
            low, high = field.minimum, field.maximum
        case form.DateField() | form.DateTimeField():
            low, high = field.earliest_days, field.latest_days
    if low is not None and high is not None and low > high:
        yield FormProblem("The least is more than the most. Exchange them.", fault="bounds_crossed", place=field.key)
    elif isinstance(field, form.NumberField | form.MoneyField) and field.default is not None:
        if (low is not None and field.default < low) or (high is not None and field.default > high):
            yield FormProblem(
                "The default lies outside of the least and the most.", fault="default_outside", place=field.key
            )
    elif isinstance(field, form.ChoicesField) and low is not None and low > len(field.options):
        yield FormProblem("More are asked for than there are options.", fault="too_few_options", place=field.key)


def _faults_of_text(field: form.FormField) -> Iterator[FormProblem]:
    if not isinstance(field, form.TextField | form.LongTextField):
        return
    if field.default is not None and not field.min_length <= len(field.default) <= field.max_length:
        yield FormProblem(
            "The default is shorter or longer than an answer may be.", fault="default_outside", place=field.key
        )
    if not isinstance(field, form.TextField) or field.pattern is None:
        return
    try:
        translated(field.pattern)
    except PatternRefused as refused:
        yield FormProblem(
            "The pattern cannot be used: {reason}.", fault="pattern_refused", place=field.key, reason=str(refused)
        )
        return
    if field.default is not None and not matches(field.pattern, field.default):
        yield FormProblem("The default does not match the pattern.", fault="default_outside", place=field.key)


def _faults_of_role(definition: form.FormDefinition, field: form.FormField) -> Iterator[FormProblem]:
    role = getattr(field, "role", None)
    if role is None:
        return
    is_fit = field.kind in _ROLE_KINDS[role]
    if isinstance(field, form.CascadeField):
        is_fit = field.level in (form.PLACE_LEVELS if role == "place" else (role,))
    if not is_fit:
        yield FormProblem(
            "A field of this kind cannot be {role} of the ticket. Choose another role.",
            fault="role_unfit",
            place=field.key,
            role=role,
        )
        return
    same = [one for one in definition.with_role(role) if getattr(one, "level", None) == getattr(field, "level", None)]
    if len(same) > 1 and same[0] is not field:
        yield FormProblem(
            "The field {key} is {role} of the ticket already. Only one can be.",
            fault="role_taken",
            place=field.key,
            key=same[0].key,
            role=role,
        )


def _faults_of_rule(definition: form.FormDefinition, rule: form.Rule) -> Iterator[FormProblem]:
    target = definition.by_key.get(rule.field)
    if target is None:
        yield _unknown(rule.field, rule.key)
    elif not isinstance(target, form.AskedField):
        yield FormProblem(
            "The rule speaks beside {key}, which asks for nothing. Choose a field that does.",
            fault="rule_field_unfit",
            place=rule.key,
            key=rule.field,
        )
    yield from _faults_of_length([(rule.message, _LONGEST_LABEL)], rule.key)
    for condition in (rule.when, rule.must):
        if condition is not None:
            yield from faults_of_condition(definition, condition, rule.key)


def _faults_of_purpose(definition: form.FormDefinition) -> Iterator[FormProblem]:
    texts = [(definition.title, _LONGEST_LABEL), (definition.intro, _LONGEST_HINT)]
    yield from _faults_of_length(texts, definition.key)
    if definition.purpose != "report":
        for field in definition.fields:
            if getattr(field, "role", None) is not None:
                yield FormProblem(
                    "A form of a step opens no ticket. Take the role of this field away.",
                    fault="role_needless",
                    place=field.key,
                )
        return
    if not any(getattr(field, "level", None) == "project" for field in definition.with_role("place")):
        yield FormProblem(
            "A report needs the project as place of the ticket. Add a cascade for it.",
            fault="place_missing",
            place=definition.key,
        )
    if not (definition.with_role("title") or definition.with_role("description")):
        yield FormProblem(
            "A report needs a field that is title or description of the ticket.",
            fault="description_missing",
            place=definition.key,
        )
    phones = definition.with_role("reporter_phone")
    if not phones or not getattr(phones[0], "is_required", False):
        yield FormProblem(
            "A report needs a required phone that is the reporter's.", fault="phone_missing", place=definition.key
        )


def dependencies(definition: form.FormDefinition, field: form.FormField) -> list[str]:
    """The fields that have to be settled before this one."""
    keys = fields_of_condition(field.visible_if)
    if isinstance(field, form.ComputedField):
        keys += fields_of_expression(field.expression)
    if isinstance(field, form.CascadeField) and field.parent is not None:
        keys.append(field.parent)
    section = definition.section_of.get(field.key)
    if section is not None:
        keys.append(section.key)
    return [key for key in dict.fromkeys(keys) if key in definition.by_key]


def conditions_of_showing(definition: form.FormDefinition, field: form.FormField) -> list[AnyCondition]:
    """All conditions that have to hold for a field to be shown: its section's, its parent lists' and its own."""
    section = definition.section_of.get(field.key)
    found = [one.visible_if for one in (section, field) if one is not None and one.visible_if is not None]
    parent = definition.by_key.get(field.parent or "") if isinstance(field, form.CascadeField) else None
    return found + (conditions_of_showing(definition, parent) if parent is not None and parent is not field else [])


def _circles(definition: form.FormDefinition) -> list[FormProblem]:
    """Fields that wait for one another, each circle named once at its first field."""
    waiting = {field.key: set(dependencies(definition, field)) for field in definition.fields}
    settled: set[str] = set()
    while ready := {key for key, before in waiting.items() if key not in settled and before <= settled}:
        settled |= ready
    left = [field.key for field in definition.fields if field.key not in settled]
    # What only waits for a circle is in none itself.
    while stray := [key for key in left if not any(key in waiting[other] for other in left)]:
        left = [key for key in left if key not in stray]
    left = list(dict.fromkeys(left))
    if not left:
        return []
    names = ", ".join(left)
    return [
        FormProblem(
            "These fields wait for one another: {keys}. Let one of them look at something else.",
            fault="circle",
            place=left[0],
            keys=names,
        )
    ]


def _faults_of_visibility(definition: form.FormDefinition) -> Iterator[FormProblem]:
    for field in definition.fields:
        if any(is_never_true(definition, condition) for condition in conditions_of_showing(definition, field)):
            yield FormProblem(
                "No answers make this field visible. Correct its condition.", fault="never_visible", place=field.key
            )


def _unknown(key: str, place: str) -> FormProblem:
    return FormProblem(
        "There is no field {key} in this form. Choose one of its fields.", fault="unknown_field", place=place, key=key
    )

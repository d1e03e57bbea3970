"""The answers to a form as JSON Schema (draft 2020-12), for programs that send or read them.

What a schema cannot say stays with the form: comparisons between answers, dates relative to the day of the report.
Whatever the form accepts, the schema accepts.
"""

from __future__ import annotations

from typing import Any, Final

from ops_db.forms import definition as form
from ops_db.forms.conditions import AllOf, AnyOf, Comparison, NoneOf
from ops_db.forms.patterns import translated
from ops_db.forms.problems import conditions_of_showing
from ops_db.forms.problems_of_conditions import value_kind

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_BOUNDS: Final = {"lt": "exclusiveMaximum", "le": "maximum", "gt": "exclusiveMinimum", "ge": "minimum"}

_RESULTS: Final = {"number": "number", "money": "integer", "text": "string"}
_FIXED: Final[dict[str, dict[str, Any]]] = {
    "phone": {"type": "string", "pattern": r"^\+?[0-9]{7,17}$"},
    "date": {"type": "string", "format": "date"},
    "date_time": {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"},
    "video": {"type": "integer", "const": 1},
    "signature": {"type": "integer", "const": 1},
}

Schema = dict[str, Any]
AnyCondition = Comparison | AllOf | AnyOf | NoneOf


def form_schema(definition: form.FormDefinition) -> Schema:
    """What the answers of an assessment look like; files are counted, computed fields are included."""
    answered = [field for field in definition.fields if not isinstance(field, form.SectionField)]
    conditional = [
        {"if": when, "then": {"required": [field.key]}}
        for field in answered
        if _is_needed(field) and (when := _when_shown(definition, field)) not in (None, {})
    ]
    schema: Schema = {
        "$schema": DIALECT,
        "$id": f"urn:anju:form:{definition.key}:{definition.version}",
        "title": definition.title.en,
        "type": "object",
        "additionalProperties": False,
        "properties": {field.key: _property(field) for field in answered},
        "required": [field.key for field in answered if _is_needed(field) and _when_shown(definition, field) == {}],
    }
    return schema | ({"allOf": conditional} if conditional else {})


def _is_needed(field: form.FormField) -> bool:
    if isinstance(field, form.PhotoField) and field.minimum > 0:
        return True
    return isinstance(field, form.AskedField) and field.is_required


def _property(field: form.FormField) -> Schema:
    described: Schema = {"title": field.label.en, "x-title-zh-CN": field.label.zh, "x-kind": field.kind}
    if field.hint is not None:
        described["description"] = field.hint.en
    if form.is_personal(field):
        described["x-personal"] = True
    return described | _shape(field)


def _shape(field: form.FormField) -> Schema:
    match field:
        case form.TextField() | form.LongTextField():
            shape: Schema = {"type": "string", "minLength": max(field.min_length, 1), "maxLength": field.max_length}
            pattern = field.pattern if isinstance(field, form.TextField) else None
            return shape | ({"pattern": f"^(?:{translated(pattern)})$"} if pattern else {})
        case form.NumberField() | form.MoneyField():
            is_whole = isinstance(field, form.MoneyField) or not field.decimals
            return {"type": "integer" if is_whole else "number"} | _bounds(field.minimum, field.maximum)
        case form.ChoiceField():
            return {"type": "string", "enum": [option.code for option in field.options]}
        case form.ChoicesField():
            counts = {"minItems": max(field.minimum or 0, 1)}
            counts |= {"maxItems": field.maximum} if field.maximum is not None else {}
            codes = [option.code for option in field.options]
            return {"type": "array", "items": {"enum": codes}, "uniqueItems": True} | counts
        case form.CascadeField():
            return {"type": "string", "maxLength": 60, "x-level": field.level}
        case form.PhotoField():
            return {"type": "integer", "minimum": max(field.minimum, 1), "maximum": field.maximum}
        case form.RatingField():
            return {"type": "integer", "minimum": 1, "maximum": field.maximum}
        case form.ComputedField():
            return {"type": _RESULTS[field.result], "readOnly": True}
        case _:
            return dict(_FIXED[field.kind])


def _bounds(least: float | None, most: float | None) -> Schema:
    found: Schema = {}
    if least is not None:
        found["minimum"] = least
    if most is not None:
        found["maximum"] = most
    return found


def _when_shown(definition: form.FormDefinition, field: form.FormField) -> Schema | None:
    """The schema of answers that show the field: `{}` for always, None where a schema cannot tell."""
    schemas = [_condition(definition, condition) for condition in conditions_of_showing(definition, field)]
    if any(schema is None for schema in schemas):
        return None
    parts = [schema for schema in schemas if schema is not None]
    return {} if not parts else parts[0] if len(parts) == 1 else {"allOf": parts}


def _condition(definition: form.FormDefinition, condition: AnyCondition) -> Schema | None:
    if isinstance(condition, Comparison):
        field = definition.by_key.get(condition.field)
        return None if field is None else _comparison(field, condition)
    name, parts = next(
        (name, getattr(condition, key))
        for name, key in (("allOf", "all"), ("anyOf", "any"), ("not", "none"))
        if hasattr(condition, key)
    )
    schemas = [_condition(definition, part) for part in parts]
    if any(schema is None for schema in schemas):
        return None
    return {"not": {"anyOf": schemas}} if name == "not" else {name: schemas}


def _comparison(field: form.FormField, one: Comparison) -> Schema | None:
    present: Schema = {"required": [field.key]}
    values: list[Any] = list(one.value) if isinstance(one.value, tuple) else [one.value]
    match one.op:
        case "is_set":
            return present
        case "is_not_set":
            return {"not": present}
        case _ if one.other is not None:
            return None
        case "eq" | "in":
            return present | {"properties": {field.key: {"enum": values}}}
        case "ne" | "not_in":
            return present | {"properties": {field.key: {"not": {"enum": values}}}}
        case "contains" if isinstance(field, form.ChoicesField):
            return present | {"properties": {field.key: {"contains": {"const": one.value}}}}
        case op if op in _BOUNDS and value_kind(field) == "number" and type(one.value) in (int, float):
            return present | {"properties": {field.key: {_BOUNDS[op]: one.value}}}
        case _:
            return None

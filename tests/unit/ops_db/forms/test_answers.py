"""Answers: read, judged, parted by who may read them; and the schema that programs check them with."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ops_db.forms import evaluation as ev
from ops_db.forms.answers_schema import form_schema
from ops_db.forms.assessment import Assessment, assess
from ops_db.forms.definition import FormDefinition
from ops_db.forms.errors import Fault
from ops_db.forms.expressions import Expression
from ops_db.forms.loading import default_report, parse_form
from ops_db.forms.reading import Circumstances, read_typed, read_values
from ops_db.forms.ticket_parts import kept, ticket_parts
from tests.form_cases import CHOICE, NOW, NUMBER, TEXT, forms, made_of, text, typed_into

AROUND = Circumstances(now=NOW, fixed={}, files={})
REPORT = {
    "project": ["HZ01"],
    "building": ["03"],
    "home": ["HZ01-03-1802"],
    "description": ["主卫渗水\r\n很严重 "],
    "phone": ["１３８ 0000-1234"],
    "name": ["王芳"],
}


def judged(data: dict[str, Any], typed: dict[str, str], around: Circumstances = AROUND) -> Assessment:
    definition = parse_form(data)
    return assess(definition, read_typed(definition, {key: [one] for key, one in typed.items()}, around), around)


def codes(assessment: Assessment) -> dict[str, str]:
    return {key: fault.code for key, fault in assessment.faults.items()}


def test_a_report_is_read_filled_in_and_parted_into_ticket_facts_and_secrets() -> None:
    definition = default_report()
    found = assess(definition, read_typed(definition, REPORT, AROUND), AROUND)
    assert found.faults == {}
    parts = ticket_parts(definition, found.values)
    assert dict(parts.place) == {"project": "HZ01", "building": "03", "home": "HZ01-03-1802"}
    assert (parts.description, parts.reporter_phone) == ("主卫渗水\n很严重", "13800001234")
    parted = kept(definition, found.values)
    assert parted.personal == {"phone": "13800001234", "name": "王芳"}
    assert parted.facts == {"reported": NOW}
    assert "王芳" not in str(parted.plain)


def test_what_is_computed_from_a_secret_is_a_secret() -> None:
    phone = {"key": "p", "kind": "phone", "label": text("p")}
    greeting = {"key": "g", "kind": "computed", "result": "text", "expression": {"concat": [{"field": "p"}]}}
    found = judged(made_of(phone, greeting), {"p": "13800001234"})
    assert kept(parse_form(made_of(phone, greeting)), found.values).plain == {}


def test_what_is_hidden_has_no_answer_is_not_needed_and_breaks_no_rule() -> None:
    section = {"key": "s", "kind": "section", "visible_if": {"field": "c", "op": "eq", "value": "x"}}
    must = {"key": "r", "field": "n", "must": {"field": "n", "op": "gt", "value": 5}, "message": text("more")}
    data = made_of(CHOICE, section, NUMBER | {"is_required": True}, rules=[must])
    assert judged(data, {"c": "y", "n": "3"}) == Assessment({"c": "y"}, frozenset({"s", "n"}), {})
    assert codes(judged(data, {"c": "x"})) == {"n": "needed"}
    assert codes(judged(data, {"c": "x", "n": "3"})) == {"n": "rule"}
    assert codes(judged(data, {"c": "x", "n": "6"})) == {}


def test_a_list_under_one_that_is_not_answered_or_hidden_has_no_answer() -> None:
    project = {
        "key": "p",
        "kind": "cascade",
        "level": "project",
        "visible_if": {"field": "c", "op": "eq", "value": "x"},
    }
    building = {"key": "b", "kind": "cascade", "level": "building", "parent": "p", "is_required": True}
    data = made_of(CHOICE, project, building)
    assert judged(data, {"c": "y", "b": "03"}) == Assessment({"c": "y"}, frozenset({"p", "b"}), {})
    assert codes(judged(data, {"c": "x", "b": "03"})) == {"b": "needed"}


@pytest.mark.parametrize(
    ("field", "typed", "fault"),
    [
        (TEXT | {"max_length": 3}, "abcd", Fault("too_long", {"most": 3})),
        (TEXT | {"pattern": r"\d+"}, "12a", Fault("pattern")),
        (NUMBER | {"decimals": 1}, "1.25", Fault("too_precise", {"decimals": 1})),
        (NUMBER, "11", Fault("too_large", {"most": 10})),
        (NUMBER, "1e3", Fault("not_number")),
        ({"key": "m", "kind": "money", "minimum": 100}, "0.99", Fault("too_small_money", {"least": 100})),
        ({"key": "m", "kind": "money"}, "1.005", Fault("not_money")),
        ({"key": "p", "kind": "phone"}, "12345", Fault("not_phone")),
        ({"key": "d", "kind": "date"}, "2026-02-30", Fault("not_date")),
        ({"key": "d", "kind": "date", "latest_days": 0}, "2026-03-03", Fault("too_late", {"latest": "2026-03-02"})),
        (CHOICE, "z", Fault("not_option")),
        ({"key": "r", "kind": "rating"}, "6", Fault("not_rating")),
        ({"key": "f", "kind": "photo", "minimum": 1}, "", Fault("needed")),
    ],
)  # fmt: skip
def test_a_fault_names_figures_of_the_form_and_never_the_answer(
    field: dict[str, Any], typed: str, fault: Fault
) -> None:
    assert judged(made_of(field), {field["key"]: typed}).faults == {field["key"]: fault}


def test_a_program_sends_values_and_unknown_keys_are_refused() -> None:
    definition = parse_form(made_of(TEXT, NUMBER | {"decimals": 2}, {"key": "m", "kind": "money"}))
    read = read_values(definition, {"a": " x ", "n": 0.25, "m": 1250, "is_admin": True}, AROUND)
    assert read == {"a": "x", "n": 0.25, "m": 1250, "is_admin": Fault("unknown")}
    wrong = read_values(definition, {"a": 1, "n": True, "m": 12.5}, AROUND)
    assert {key: fault.code for key, fault in wrong.items() if isinstance(fault, Fault)} == {
        "a": "not_text", "n": "not_number", "m": "not_money",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ({"sum": [{"value": 0.1}, {"value": 0.2}]}, 0.3),
        ({"sum": [{"field": "nothing"}]}, None),
        ({"sum": [{"field": "nothing"}, {"value": 2}]}, 2),
        ({"difference": [{"value": 2}, {"field": "nothing"}]}, None),
        ({"product": [{"field": "n"}, {"value": 1.5}]}, 6),
        ({"ratio": [{"value": 1}, {"value": 0}]}, None),
        ({"ratio": [{"value": 1}, {"value": 3}]}, 0.33),
        ({"days_between": [{"value": "2026-02-28"}, {"value": "2026-03-02T09:00"}]}, 2),
        ({"coalesce": [{"field": "nothing"}, {"value": 7}]}, 7),
        ({"count": [{"field": "n"}, {"field": "nothing"}, {"field": "list"}]}, 3),
        ({"if": {"field": "n", "op": "gt", "value": 3}, "then": {"value": 1}, "else": {"value": 2}}, 1),
        ({"product": [{"value": 1e12}, {"value": 1e12}]}, None),
        ({"sum": [{"value": 2.675}]}, 2.68),
        ({"sum": [{"value": -0.125}]}, -0.12),
    ],
)  # fmt: skip
def test_what_expressions_come_to(expression: dict[str, Any], value: Expression) -> None:
    field = parse_form(made_of({"key": "k", "kind": "computed", "expression": expression})).fields[0]
    assert ev.computed(field, {"n": 4, "list": ("a", "b")}) == value  # type: ignore[arg-type]  # It is the computed one.


def test_a_concatenation_writes_numbers_like_people() -> None:
    assert [ev.text_of(value) for value in (3, 2.5, -0.00001, 1e15, ("a", "b"), True, None)] == [
        "3", "2.5", "0", "1000000000000000", "a, b", None, None,
    ]  # fmt: skip


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_what_the_form_accepts_its_schema_accepts(data: st.DataObject) -> None:
    definition: FormDefinition = data.draw(forms())
    typed, files = data.draw(typed_into(definition))
    around = Circumstances(now=NOW, fixed={}, files=files)
    found = assess(definition, read_typed(definition, typed, around), around)
    schema = form_schema(definition)
    jsonschema.Draft202012Validator.check_schema(schema)
    if not found.faults:
        answers = {key: list(value) if isinstance(value, tuple) else value for key, value in found.values.items()}
        jsonschema.Draft202012Validator(schema).validate(answers)


def test_the_schema_refuses_what_the_form_refuses() -> None:
    shown = TEXT | {"is_required": True, "visible_if": {"field": "c", "op": "eq", "value": "x"}}
    schema = form_schema(parse_form(made_of(CHOICE, NUMBER | {"is_required": True}, shown)))
    validator = jsonschema.Draft202012Validator(schema)
    assert validator.is_valid({"c": "y", "n": 3})
    assert validator.is_valid({"c": "x", "n": 3, "a": "text"})
    for refused in ({"c": "y"}, {"c": "x", "n": 3}, {"n": 11}, {"n": 3, "c": "z"}, {"n": 3, "other": 1}, {"n": "3"}):
        assert not validator.is_valid(refused), refused

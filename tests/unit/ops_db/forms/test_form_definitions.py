"""Forms out of files: those that are shipped can be published, and the rest are told what is wrong, and where."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops_db.forms.comparison import Change, changes
from ops_db.forms.definition import FormDefinition
from ops_db.forms.errors import FormInvalid
from ops_db.forms.loading import (
    DEFINITIONS,
    SCHEMA_FILE,
    as_data,
    as_yaml,
    data_in,
    default_report,
    definition_schema,
    load_form,
    parse_form,
)
from ops_db.forms.problems import problems
from tests.form_cases import CHOICE, NUMBER, RULE, TEXT, forms, made_of, text


def faults(data: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.fault, problem.place) for problem in problems(parse_form(data))]


def test_the_forms_that_are_shipped_can_be_published_and_report_a_ticket() -> None:
    for path in DEFINITIONS.glob("*.yaml"):
        assert load_form(data_in(path.read_text(encoding="utf-8"))).fields
    assert [field.key for field in default_report().with_role("place")] == ["project", "building", "home", "room"]


def test_the_schema_beside_the_forms_is_that_of_the_language() -> None:
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == definition_schema()


@settings(max_examples=40)
@given(forms())
def test_a_form_written_as_yaml_and_as_json_is_read_as_itself(definition: FormDefinition) -> None:
    assert parse_form(data_in(as_yaml(definition))) == definition
    assert parse_form(json.loads(json.dumps(as_data(definition)))) == definition


@pytest.mark.parametrize(
    ("fields", "others", "expected"),
    [
        ([TEXT, TEXT], {}, ("duplicate_key", "a")),
        ([{"key": "s", "kind": "section"}], {}, ("asks_nothing", "made")),
        ([TEXT | {"visible_if": {"field": "zz", "op": "is_set"}}], {}, ("unknown_field", "a")),
        ([CHOICE, TEXT | {"visible_if": {"field": "c", "op": "eq", "value": "z"}}], {}, ("option_unknown", "a")),
        ([NUMBER, TEXT | {"visible_if": {"field": "n", "op": "eq", "value": "1"}}], {}, ("value_unfit", "a")),
        ([CHOICE, TEXT | {"visible_if": {"field": "c", "op": "gt", "value": 1}}], {}, ("operator_unfit", "a")),
        ([TEXT, NUMBER | {"visible_if": {"field": "a", "op": "eq", "other": "n"}}], {}, ("kinds_differ", "n")),
        ([NUMBER, TEXT | {"visible_if": {"field": "n", "op": "gt", "value": 10}}], {}, ("never_visible", "a")),
        (
            [CHOICE, TEXT | {"visible_if": {"all": [{"field": "c", "op": "eq", "value": one} for one in "xy"]}}],
            {},
            ("never_visible", "a"),
        ),
        ([TEXT | {"pattern": "(a+)+"}], {}, ("pattern_refused", "a")),
        ([TEXT | {"min_length": 9, "max_length": 3}], {}, ("bounds_crossed", "a")),
        ([NUMBER | {"default": 11}], {}, ("default_outside", "n")),
        ([CHOICE | {"default": "z"}], {}, ("default_unknown", "c")),
        ([{"key": "b", "kind": "cascade", "level": "building"}], {}, ("parent_missing", "b")),
        ([{"key": "b", "kind": "cascade", "level": "building", "parent": "b"}], {}, ("parent_unfit", "b")),
        (
            [
                {"key": "b", "kind": "cascade", "level": "building", "parent": "p"},
                {"key": "p", "kind": "cascade", "level": "project"},
            ],
            {},
            ("parent_after", "b"),
        ),
        ([{"key": "p", "kind": "cascade", "level": "project", "parent": "p"}], {}, ("parent_needless", "p")),
        (
            [
                TEXT | {"visible_if": {"field": "k", "op": "is_set"}},
                {"key": "k", "kind": "computed", "expression": {"count": [{"field": "a"}]}},
            ],
            {},
            ("circle", "a"),
        ),
        ([TEXT, {"key": "k", "kind": "computed", "expression": {"sum": [{"field": "a"}]}}], {}, ("part_unfit", "k")),
        ([{"key": "k", "kind": "computed", "expression": {"concat": [{"value": "a"}]}}], {}, ("result_unfit", "k")),
        ([TEXT | {"role": "title"}], {}, ("role_needless", "a")),
        ([NUMBER | {"role": "title"}], {"purpose": "report"}, ("role_unfit", "n")),
        ([TEXT], {"purpose": "report"}, ("phone_missing", "made")),
        ([TEXT], {"rules": [RULE | {"field": "z"}]}, ("unknown_field", "r")),
        ([TEXT | {"label": text("x" * 300)}], {}, ("too_long", "a")),
    ],
)  # fmt: skip
def test_what_cannot_work_is_named_with_its_field(
    fields: list[dict[str, Any]], others: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert expected in faults(made_of(*fields, **others))


def test_a_condition_somebody_can_meet_is_no_fault() -> None:
    exactly = TEXT | {
        "visible_if": {"all": [{"field": "n", "op": "ge", "value": 10}, {"field": "n", "op": "le", "value": 10}]}
    }
    assert faults(made_of(NUMBER, exactly)) == []
    assert faults(made_of(CHOICE, TEXT | {"visible_if": {"none": [{"field": "c", "op": "is_set"}]}})) == []


@pytest.mark.parametrize(
    ("written", "place", "said"),
    [
        ("a: &x [1]\nb: *x", "line 2", "aliases are not allowed"),
        ("key: [", "line 1", "expected the node content"),
        ("[1, 2]", "form", "one mapping"),
        ("[" * 100_000, "form", "no YAML that can be read"),
        ("a: " + "x" * 600_000, "form", "more than 512 kB"),
        (json.dumps({"fields": [0] * 60_000}), "form", "more than 50000 values"),
        ('{"a":' * 45 + "1" + "}" * 45, "form", "nested more than 40 levels"),
        (json.dumps(made_of(TEXT | {"kind": "colour"})), "a", "colour"),
        (json.dumps(made_of(TEXT | {"expression": "1+1"})), "a", "expression is no property here"),
        (
            json.dumps(made_of(TEXT | {"visible_if": {"all": [{"field": "a", "op": "run"}]}})),
            "a",
            "visible_if.all.0.op",
        ),
        (json.dumps(made_of({"key": "k", "kind": "computed", "expression": {"sum": "1+1"}})), "k", "expression.sum"),
        (json.dumps(made_of(TEXT, rules=[{"key": "r"}])), "r", "field is missing"),
        (json.dumps(made_of()), "form", "The form asks nothing yet"),
        (
            json.dumps(made_of(*[TEXT | {"key": f"a{n}"} for n in range(201)])),
            "form",
            "fields has more than 200 entries",
        ),
    ],
)
def test_malformed_huge_and_hostile_forms_get_a_message_that_names_the_place(
    written: str, place: str, said: str
) -> None:
    with pytest.raises(FormInvalid) as refused:
        load_form(data_in(written))
    assert any(problem.place == place and said in str(problem) for problem in refused.value.problems), refused.value


NAMES = st.sampled_from(("key", "version", "title", "fields", "rules", "kind", "all", "sum", "zh-CN"))
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=5))


@settings(max_examples=80)
@given(ANYTHING)
def test_whatever_data_comes_is_a_form_or_is_refused_in_words(data: object) -> None:
    try:
        found = load_form(data)
    except FormInvalid as refused:
        said = [(problem.place, str(problem)) for problem in refused.problems]
    else:
        said = [(found.key, "fit")]
    assert said
    assert all(place and words for place, words in said)


def test_two_versions_are_compared_field_by_field() -> None:
    before = parse_form(made_of(TEXT, NUMBER, CHOICE))
    after = parse_form(
        made_of(CHOICE, TEXT, NUMBER | {"maximum": 20}, {"key": "d", "kind": "date"}, title=text("other"))
    )
    assert [(one.what, one.how, one.key, one.properties) for one in changes(before, after)] == [
        ("form", "changed", "made", ("title",)),
        ("field", "moved", "c", ()),
        ("field", "changed", "n", ("maximum",)),
        ("field", "added", "d", ()),
    ]
    assert changes(after, before)[-1] == Change("field", "removed", "d", after.by_key["d"].label)
    assert changes(after, after) == []

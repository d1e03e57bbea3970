"""Random forms that can be published, and random answers to them, good and bad."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ops_db.forms import definition as form
from ops_db.forms.loading import parse_form
from ops_db.forms.problems_of_conditions import value_kind

NOW = "2026-03-02T10:30"
OPTIONS = ("leak", "crack", "noise", "other")
PATTERNS = ("[A-Z]{2}-\\d{1,4}", "(?:北|南)\\w+", "a?b+", "[^\\s&~]{2,5}", "\\d{3}|x{2,}", "[a-c\\-_.]+/", ".{1,3}")
WORDS = (
    "ab",
    "XY-123",
    "北楼a",
    "b",
    "12",
    "-3",
    "0.1",
    "１２．５",
    "1,234.567",
    "¥12.5",
    "1e3",
    "nan",
    "12.345",
    " ",
    "　",
)
TEXTS = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(("2026-03-02", "2026-02-30", "2025-12-31T23:59", "2026-03-02T10:30:15.5")),
    st.sampled_from(("2026-03-01T24:00", "1899-01-01")),
    st.sampled_from(("13800001234", "+86 138-0000-1234", "０５７１ 88886666", "12345", "0086（13800001234")),
    st.sampled_from(("1", "5", "10", "11", "leak", "crack", "nothing", "HZ01", "𝟙")),
    st.sampled_from(("\r\n x \r", "a\u0000b", "\ufeffb\u00a0", "+4915112345678")),
    st.text(max_size=8),
    st.from_regex(r"[+-]?[0-9]{1,4}(\.[0-9]{0,4})?", fullmatch=True),
)  # fmt: skip


def text(words: str) -> dict[str, str]:
    """A label."""
    return {"zh-CN": words, "en": words}


TEXT = {"key": "a", "kind": "text"}
RULE = {"key": "r", "field": "a", "must": {"field": "a", "op": "is_set"}, "message": text("m")}
NUMBER = {"key": "n", "kind": "number", "minimum": 0, "maximum": 10}
CHOICE = {
    "key": "c",
    "kind": "choice",
    "options": [{"code": "x", "label": text("x")}, {"code": "y", "label": text("y")}],
}


def made_of(*fields: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A form of a step with these fields."""
    labelled = [{"label": text(field["key"])} | field for field in fields]
    return {"key": "made", "version": 1, "title": text("made"), "purpose": "step", "fields": labelled} | others


@st.composite
def expressions(draw: st.DrawFn, fields: list[form.FormField], depth: int = 0) -> Any:
    """An expression over earlier fields; not always one that makes sense."""
    leaves = [
        st.builds(lambda value: {"value": value}, st.sampled_from((0, 1, 2.5, -3, 0.1, 1e9, "x", "2026-03-02", True)))
    ]
    if fields:
        leaves.append(st.builds(lambda one: {"field": one.key}, st.sampled_from(fields)))
    if depth > 2 or draw(st.booleans()):
        return draw(st.one_of(leaves))
    inner = expressions(fields, depth + 1)
    name = draw(
        st.sampled_from(("sum", "difference", "product", "ratio", "if", "days_between", "concat", "coalesce", "count"))
    )
    if name == "if":
        made = {"if": draw(conditions(fields, depth + 1)), "then": draw(inner)} if fields else {"value": 1}
        return made | ({"else": draw(inner)} if fields and draw(st.booleans()) else {})
    if name in ("difference", "ratio", "days_between"):
        return {name: [draw(inner), draw(inner)]}
    return {name: draw(st.lists(inner, min_size=1, max_size=3))}


@st.composite
def conditions(draw: st.DrawFn, fields: list[form.FormField], depth: int = 0) -> Any:
    """A condition over earlier fields, of any kinds."""
    if depth < 2 and draw(st.integers(0, 3)) == 0:
        parts = draw(st.lists(conditions(fields, depth + 1), min_size=1, max_size=3))
        return {draw(st.sampled_from(("all", "any", "none"))): parts}
    field = draw(st.sampled_from(fields)).key
    op = draw(st.sampled_from(("eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "contains", "is_set", "is_not_set")))
    values = st.sampled_from(("leak", "ab", 1, 2.5, 0, 100, True, "2026-03-02", "2026-03-02T10:30"))
    if op in ("is_set", "is_not_set"):
        return {"field": field, "op": op}
    if op in ("in", "not_in"):
        return {"field": field, "op": op, "value": draw(st.lists(values, min_size=1, max_size=3))}
    if draw(st.integers(0, 3)) == 0:
        return {"field": field, "op": op, "other": draw(st.sampled_from(fields)).key}
    return {"field": field, "op": op, "value": draw(values)}


def _bounded(draw: st.DrawFn, least: str, most: str, values: st.SearchStrategy[Any]) -> dict[str, Any]:
    low, high = sorted((draw(values), draw(values)))
    return {name: value for name, value in ((least, low), (most, high)) if draw(st.booleans())}


@st.composite
def fields_of_kind(draw: st.DrawFn, kind: str, key: str, earlier: list[form.FormField]) -> dict[str, Any]:
    """One field."""
    made: dict[str, Any] = {"key": key, "kind": kind, "label": text(key)}
    if earlier and draw(st.integers(0, 2)) == 0:
        made["visible_if"] = draw(conditions(earlier))
    if kind in ("section", "computed"):
        computed = {"expression": draw(expressions(earlier)), "decimals": draw(st.integers(0, 4)),
                    "result": draw(st.sampled_from(("number", "money", "text")))}  # fmt: skip
        return made | (computed if kind == "computed" else {})
    made["is_required"] = draw(st.booleans())
    if kind == "text":
        made |= {"min_length": draw(st.integers(0, 3)), "max_length": draw(st.integers(3, 9))}
        made |= {"pattern": draw(st.sampled_from(PATTERNS))} if draw(st.booleans()) else {}
    if kind == "number":
        made |= {"decimals": draw(st.integers(0, 4))} | _bounded(
            draw, "minimum", "maximum", st.sampled_from((-5, 0, 0.5, 10, 200))
        )
    if kind == "money":
        made |= _bounded(draw, "minimum", "maximum", st.integers(-100, 100_000))
    if kind in ("date", "date_time"):
        made |= _bounded(draw, "earliest_days", "latest_days", st.integers(-3, 3))
        made |= {"auto": "report_time"} if draw(st.integers(0, 4)) == 0 else {}
    if kind in ("choice", "choices"):
        made["options"] = [{"code": code, "label": text(code)} for code in OPTIONS]
    if kind == "choices":
        made |= {"minimum": draw(st.integers(0, 2)), "maximum": draw(st.integers(2, 4))}
    if kind == "photo":
        made |= {"minimum": draw(st.integers(0, 2)), "maximum": draw(st.integers(2, 4))}
    if kind == "rating":
        made["maximum"] = draw(st.integers(3, 10))
    if kind == "cascade":
        projects = [one.key for one in earlier if getattr(one, "level", "") == "project"]
        made |= {"level": "building", "parent": projects[0]} if projects else {"level": "project"}
    return made


@st.composite
def forms(draw: st.DrawFn) -> form.FormDefinition:
    """A form whose fields look at earlier ones only."""
    data: dict[str, Any] = {"key": "made", "version": 1, "title": text("made"), "purpose": "step", "fields": []}
    earlier: list[form.FormField] = []
    for index, kind in enumerate(draw(st.lists(st.sampled_from(form.KINDS), min_size=1, max_size=9))):
        data["fields"].append(
            draw(fields_of_kind(kind, f"f{index}", [one for one in earlier if one.kind != "section"]))
        )
        earlier = list(parse_form(data).fields)
    asked = [one for one in earlier if isinstance(one, form.AskedField)]
    if asked:
        data["rules"] = [
            {
                "key": f"r{index}",
                "field": draw(st.sampled_from(asked)).key,
                "must": draw(conditions(asked)),
                "message": text("no"),
            }
            | ({"when": draw(conditions(asked))} if draw(st.booleans()) else {})
            for index in range(draw(st.integers(0, 2)))
        ]
    return parse_form(data)


@st.composite
def typed_into(draw: st.DrawFn, definition: form.FormDefinition) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Texts and numbers of files, often what a field wants, often not."""
    typed: dict[str, list[str]] = {}
    files: dict[str, int] = {}
    for field in definition.fields:
        if field.kind in form.FILE_KINDS:
            files[field.key] = draw(st.integers(0, 4))
        elif field.kind == "choices":
            typed[field.key] = draw(st.lists(st.sampled_from((*OPTIONS, "")), max_size=4))
        elif draw(st.integers(0, 3)):
            typed[field.key] = [draw(st.one_of(TEXTS, _fitting(field)))]
    return typed, files


def _fitting(field: form.FormField) -> st.SearchStrategy[str]:
    if field.kind == "choice":
        return st.sampled_from(OPTIONS)
    kinds = {
        "number": st.integers(-10, 300).map(str),
        "moment": st.sampled_from(("2026-03-01", "2026-03-02", "2026-03-05", "2026-03-02T10:30", "2026-03-09T08:00")),
    }
    return kinds.get(value_kind(field), st.sampled_from(WORDS))

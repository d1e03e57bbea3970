"""Forms out of data, JSON or YAML: bounded in size and depth, checked for shape, then for sense; and back into YAML."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from ops_db.forms.definition import KINDS, FormDefinition
from ops_db.forms.errors import FormInvalid, FormProblem
from ops_db.forms.problems import problems

LARGEST_BYTES: Final = 512 * 1024
DEEPEST: Final = 40
MOST_VALUES: Final = 50_000
DEFINITIONS: Final = Path(__file__).parent / "definitions"
SCHEMA_FILE: Final = DEFINITIONS / "form_definition.schema.json"
REPORT_FILE: Final = DEFINITIONS / "report.yaml"
_MOST_NAMED: Final = 20
_SENTENCES: Final = {
    "missing": "{path} is missing",
    "extra_forbidden": "{path} is no property here",
    "too_long": "{path} has more than {max_length} entries",
    "too_short": "{path} needs at least {min_length} entries",
    "string_too_short": "{path} is empty",
    "string_too_long": "{path} is longer than {max_length} characters",
    "literal_error": "{path} must be one of {expected}",
    "enum": "{path} must be one of {expected}",
    "greater_than": "{path} must be more than {gt}",
    "greater_than_equal": "{path} must be at least {ge}",
    "less_than_equal": "{path} must be at most {le}",
    "string_pattern_mismatch": "{path} must fit the pattern {pattern}",
}
"""What is said of a fault of shape, by pydantic's name for it, in the words that processes use."""


class _PlainLoader(yaml.SafeLoader):
    """YAML without anchors: a short text with aliases can stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # The types of PyYAML stop here.
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)


def parse_form(data: object) -> FormDefinition:
    """The form in `data`, checked for its shape only; raises FormInvalid naming each fault and its place."""
    check_extent(data)
    if not isinstance(data, Mapping):
        raise FormInvalid(
            [_problem("shape", "form", "the form must be one mapping with key, version, title and fields")]
        )
    try:
        return FormDefinition.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
        exact = [fault for fault in faults if not any(_is_inside(other["loc"], fault["loc"]) for other in faults)]
        raise FormInvalid([_problem_of_shape(data, dict(fault)) for fault in exact[:_MOST_NAMED]]) from None
    except RecursionError:
        raise FormInvalid([_problem("shape", "form", "it is nested too deeply")]) from None


def load_form(data: object) -> FormDefinition:
    """The form in `data`, fit to be published; raises FormInvalid with every fault of shape or of sense."""
    definition = parse_form(data)
    found = problems(definition)
    if found:
        raise FormInvalid(found)
    return definition


def data_in(text: str) -> object:
    """The data in YAML or JSON text; raises FormInvalid for text that is neither, too large, or a trap."""
    if len(text.encode()) > LARGEST_BYTES:
        raise FormInvalid([_problem("too_large", "form", f"it has more than {LARGEST_BYTES // 1024} kB")])
    try:
        # JSON is read as such: YAML's reader is a hundred times slower, and this is what programs send.
        return json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=_PlainLoader)  # noqa: S506  A safe loader, made safer.
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise FormInvalid([_problem("syntax", f"line {line}", str(error.problem))]) from None
    except json.JSONDecodeError as error:
        raise FormInvalid([_problem("syntax", f"line {error.lineno}", error.msg)]) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise FormInvalid([_problem("syntax", "form", "it is no YAML that can be read")]) from None


def as_data(definition: FormDefinition) -> dict[str, Any]:
    """The form as JSON data, without what is left at its default."""
    return definition.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)


def as_yaml(definition: FormDefinition) -> str:
    """The form as YAML for people; reading it again gives the same form."""
    return str(yaml.safe_dump(as_data(definition), allow_unicode=True, sort_keys=False, width=120))


@cache
def default_report() -> FormDefinition:
    """The form of a report, as shipped."""
    return load_form(data_in(REPORT_FILE.read_text(encoding="utf-8")))


def definition_schema() -> dict[str, Any]:
    """The JSON schema of a definition; the same is published beside the definitions."""
    return FormDefinition.model_json_schema(by_alias=True)


def check_extent(data: object) -> None:
    """Refuse what is too deep or too much before anything recursive looks at it."""
    count, level = 0, [data]
    for _ in range(DEEPEST):
        inner: list[object] = []
        for value in level:
            if isinstance(value, Mapping):
                inner.extend(value.values())
            elif isinstance(value, list | tuple):
                inner.extend(value)
        count += len(inner)
        if count > MOST_VALUES:
            raise FormInvalid([_problem("too_large", "form", f"it has more than {MOST_VALUES} values")])
        if not inner:
            return
        level = inner
    raise FormInvalid([_problem("too_deep", "form", f"it is nested more than {DEEPEST} levels deep")])


def _problem(fault: str, place: str, reason: str) -> FormProblem:
    return FormProblem("This cannot be read as a form: {reason}.", fault=fault, place=place, reason=reason)


def _is_inside(location: tuple[str | int, ...], other: tuple[str | int, ...]) -> bool:
    """Whether a fault lies within another: pydantic also says of a list that none of its entries is good."""
    return len(location) > len(other) and location[: len(other)] == other


def _problem_of_shape(data: Mapping[str, Any], fault: Mapping[str, Any]) -> FormProblem:
    location = fault["loc"]
    if location == ("fields",) and fault["type"] == "too_short":
        return FormProblem("The form asks nothing yet. Put a first field in.", fault="shape", place="form")
    place, rest = "form", location
    if len(location) > 1 and location[0] in ("fields", "rules"):
        place, rest = _name(data, str(location[0]), location[1]) or f"{location[0]}[{location[1]}]", location[2:]
    # pydantic adds the kind of a field and the shape of a condition or expression to the path its author wrote.
    path: list[str] = []
    for part in map(str, rest):
        if part != "comparison" and part not in KINDS and path[-1:] != [part]:
            path.append(part)
    sentence = _SENTENCES.get(fault["type"])
    if sentence is None or not path:
        return _problem("shape", place, f"{'.'.join(path)}: {fault['msg']}" if path else fault["msg"])
    return FormProblem(sentence, fault="shape", place=place, **{"path": ".".join(path), **fault.get("ctx", {})})


def _name(data: Mapping[str, Any], part: str, index: str | int) -> str | None:
    try:
        key = data[part][index]["key"]
    except (KeyError, IndexError, TypeError):
        return None
    return key if isinstance(key, str) and len(key) <= 40 else None

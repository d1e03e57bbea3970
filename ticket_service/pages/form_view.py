"""A form as its page shows it: sections as cards, what was typed and what is wrong, data for the scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from core.language import Language
from ops_db.forms import definition as form
from ops_db.forms.assessment import Assessment
from ops_db.forms.choices import Entry
from ops_db.forms.errors import Fault
from ops_db.forms.loading import as_data
from ops_db.forms.patterns import PatternRefused, translated
from ops_db.forms.reading import Circumstances
from ticket_service.pages.form_sentences import answer_in_words, fault_sentence, fault_templates, label_of
from ticket_service.pages.reader_times import Translate

PREFIX: Final = "q-"
"""Before the key of a field in the names of its inputs, so that no key meets a name of the page itself."""


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field; `texts` is what was typed, `entries` the list of a choice or cascade."""

    field: form.FormField
    name: str
    id: str
    label: str
    hint: str
    is_hidden: bool
    is_required: bool
    texts: tuple[str, ...]
    entries: tuple[tuple[str, str], ...]
    error: str
    shown: str
    unit: str

    @property
    def text(self) -> str:
        """What was typed, of a field with one text."""
        return self.texts[-1] if self.texts else ""


@dataclass(frozen=True, slots=True)
class SectionView:
    """A card of the page; the fields before the first section are in one without a title."""

    key: str
    title: str
    hint: str
    is_hidden: bool
    fields: tuple[FieldView, ...]


@dataclass(frozen=True, slots=True)
class FormView:
    """The whole form."""

    title: str
    intro: str
    sections: tuple[SectionView, ...]
    data: str
    has_cascade: bool


def form_view(
    definition: form.FormDefinition,
    assessed: Assessment,
    around: Circumstances,
    *,
    language: Language,
    translate: Translate,
    typed: Mapping[str, Sequence[str]],
    lists: Mapping[str, Sequence[Entry]],
    faults: Mapping[str, Fault],
    sentences: Mapping[str, str] | None = None,
    place: str = "",
) -> FormView:
    """The form for one reader; `sentences` are refusals from elsewhere, by key of the field.

    `place` tells its fields from those of other forms of the page.
    """

    def field_view(one: form.FormField) -> FieldView:
        fault = faults.get(one.key)
        error = fault_sentence(definition, one.key, fault, language) if fault else (sentences or {}).get(one.key, "")
        value = assessed.values.get(one.key)
        shown = "" if value is None else answer_in_words(one, value, language, translate, {})
        return FieldView(
            field=one,
            name=PREFIX + one.key,
            id=f"{place}-{PREFIX}{one.key}" if place else PREFIX + one.key,
            label=one.label.label(language),
            hint=label_of(one.hint, language),
            is_hidden=one.key in assessed.hidden,
            is_required=_is_needed(one),
            texts=tuple(typed.get(one.key, ())) or _default(one),
            entries=_entries(one, lists, language),
            error=error,
            shown=shown,
            unit=label_of(one.unit, language) if isinstance(one, form.NumberField) else "",
        )

    return FormView(
        title=definition.title.label(language),
        intro=label_of(definition.intro, language),
        sections=tuple(_sections(definition, assessed, around, field_view, language)),
        data=_data_for_scripts(definition, around, language),
        has_cascade=any(
            isinstance(one, form.CascadeField) and one.key not in around.fixed for one in definition.fields
        ),
    )


def _sections(
    definition: form.FormDefinition, assessed: Assessment, around: Circumstances, field_view: Any, language: Language
) -> list[SectionView]:
    found: list[SectionView] = []
    heading: form.SectionField | None = None
    inside: list[FieldView] = []

    def close() -> None:
        # What the link knows is shown above the form; a card of which nothing is left to ask is not shown at all.
        if inside:
            found.append(
                SectionView(
                    key=heading.key if heading else "",
                    title=heading.label.label(language) if heading else "",
                    hint=label_of(heading.hint, language) if heading else "",
                    is_hidden=heading is not None and heading.key in assessed.hidden,
                    fields=tuple(inside),
                )
            )
        inside.clear()

    for one in definition.fields:
        if isinstance(one, form.SectionField):
            close()
            heading = one
        elif one.key not in around.fixed:
            inside.append(field_view(one))
    close()
    return found


def _is_needed(one: form.FormField) -> bool:
    return (isinstance(one, form.AskedField) and one.is_required) or (
        isinstance(one, form.PhotoField) and one.minimum > 0
    )


def _default(one: form.FormField) -> tuple[str, ...]:
    default = getattr(one, "default", None)
    if default is None:
        return ()
    return (
        f"{default / 100:g}"
        if isinstance(one, form.MoneyField)
        else f"{default:g}"
        if isinstance(default, float)
        else str(default),
    )


def defaults_of(definition: form.FormDefinition) -> dict[str, list[str]]:
    """What a fresh form has in it."""
    return {one.key: list(_default(one)) for one in definition.fields if _default(one)}


def _entries(
    one: form.FormField, lists: Mapping[str, Sequence[Entry]], language: Language
) -> tuple[tuple[str, str], ...]:
    if isinstance(one, form.ChoiceField | form.ChoicesField):
        return tuple((option.code, option.label.label(language)) for option in one.options)
    return tuple((entry.code, entry.name(language)) for entry in lists.get(one.key, ()))


def _data_for_scripts(definition: form.FormDefinition, around: Circumstances, language: Language) -> str:
    patterns = {}
    for one in definition.fields:
        if isinstance(one, form.TextField) and one.pattern:
            try:
                patterns[one.key] = translated(one.pattern)
            except PatternRefused:
                continue  # A draft may have one; its designer is told.
    data = {
        "definition": as_data(definition),
        "around": {"now": around.now, "fixed": dict(around.fixed)},
        "patterns": patterns,
        "sentences": fault_templates(language),
        "language": language,
    }
    return json.dumps(data, ensure_ascii=False)


def typed_texts(texts: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The texts of the form's own fields, by key."""
    return {name.removeprefix(PREFIX): list(values) for name, values in texts.items() if name.startswith(PREFIX)}

"""The answers to a form, judged: what is visible, what each field comes to, and what is wrong.

The browser judges in the same way: `static/js/forms/assessment.js`; a property test holds the two equal.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from ops_db.forms import definition as form
from ops_db.forms.conditions import FOR_PRESENCE, comparisons
from ops_db.forms.errors import Fault
from ops_db.forms.evaluation import Value, computed, holds
from ops_db.forms.patterns import matches
from ops_db.forms.reading import Circumstances, Reading


@dataclass(frozen=True, slots=True)
class Assessment:
    """`values` has what is answered, visible and readable; `hidden` the keys that are not shown."""

    values: dict[str, Value]
    hidden: frozenset[str]
    faults: dict[str, Fault]


def assess(definition: form.FormDefinition, readings: Mapping[str, Reading], around: Circumstances) -> Assessment:
    """Judge the readings of a form that can be published."""
    settling = _Settling(definition, readings)
    for one in definition.fields:
        settling.value_of(one.key)
    values: dict[str, Value] = {key: value for key, value in settling.values.items() if value is not None}
    faults = {
        key: reading for key, reading in readings.items() if key not in definition.by_key and isinstance(reading, Fault)
    }
    for one in definition.fields:
        if isinstance(one, form.AskedField) and not settling.is_hidden[one.key]:
            fault = _judged(one, readings.get(one.key), values.get(one.key), around)
            if fault is not None:
                faults[one.key] = fault
    for index, rule in enumerate(definition.rules):
        if rule.field not in faults and not settling.is_hidden.get(rule.field, True) and _is_broken(rule, values):
            faults[rule.field] = Fault("rule", {"rule": index})
    hidden = frozenset(key for key, is_hidden in settling.is_hidden.items() if is_hidden)
    return Assessment(values, hidden, faults)


@dataclass(slots=True)
class _Settling:
    """Values and visibility depend on one another; each is settled after those it looks at."""

    definition: form.FormDefinition
    readings: Mapping[str, Reading]
    values: dict[str, Value] = field(default_factory=dict)
    is_hidden: dict[str, bool] = field(default_factory=dict)

    def value_of(self, key: str) -> Value:
        """The value of a field, None while it is being settled; a published form has no circles."""
        if key in self.is_hidden or key not in self.definition.by_key:
            return self.values.get(key)
        one = self.definition.by_key[key]
        self.is_hidden[key] = False
        self.values[key] = None
        section = self.definition.section_of.get(key)
        if section is not None:
            self.value_of(section.key)
        is_shown = section is None or not self.is_hidden[section.key]
        if is_shown and isinstance(one, form.CascadeField) and one.parent is not None:
            self.value_of(one.parent)
            is_shown = not self.is_hidden.get(one.parent, False)
        if is_shown and one.visible_if is not None:
            is_shown = holds(one.visible_if, _Lookup(self))
        self.is_hidden[key] = not is_shown
        self.values[key] = self._settled(one) if is_shown else None
        return self.values[key]

    def _settled(self, one: form.FormField) -> Value:
        if isinstance(one, form.ComputedField):
            return computed(one, _Lookup(self))
        if isinstance(one, form.SectionField):
            return None
        if isinstance(one, form.CascadeField) and one.parent is not None and self.value_of(one.parent) is None:
            return None
        reading = self.readings.get(one.key)
        return None if isinstance(reading, Fault) else reading


class _Lookup(Mapping[str, Value]):
    """Values on demand, for conditions and expressions."""

    def __init__(self, settling: _Settling) -> None:
        self._settling = settling

    def __getitem__(self, key: str) -> Value:
        return self._settling.value_of(key)

    def get(self, key: str, default: Value = None) -> Value:  # type: ignore[override]  # What is unknown has no value.
        return self._settling.value_of(key) if key else default

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204  Part of the protocol; nothing iterates.
        return iter(self._settling.definition.by_key)

    def __len__(self) -> int:
        return len(self._settling.definition.by_key)


def _judged(one: form.AskedField, reading: Reading, value: Value, around: Circumstances) -> Fault | None:
    if isinstance(reading, Fault):
        return reading
    if value is None:
        is_needed = one.is_required or (isinstance(one, form.PhotoField) and one.minimum > 0)
        return Fault("needed") if is_needed else None
    match one:
        case form.TextField() | form.LongTextField():
            return _judged_text(one, str(value))
        case form.NumberField() | form.MoneyField():
            return _judged_number(one, value)
        case form.DateField() | form.DateTimeField():
            return None if one.auto else _judged_day(one, str(value), around)
        case form.ChoiceField():
            return None if value in [option.code for option in one.options] else Fault("not_option")
        case form.ChoicesField():
            return _judged_count(len(value) if isinstance(value, tuple) else 0, one.minimum, one.maximum)
        case form.PhotoField():
            return _judged_count(value if isinstance(value, int) else 0, one.minimum, one.maximum)
        case form.VideoField() | form.SignatureField():
            return _judged_count(value if isinstance(value, int) else 0, None, 1)
        case form.RatingField():
            is_fine = isinstance(value, int) and 1 <= value <= one.maximum
            return None if is_fine else Fault("not_rating")
        case _:
            return None


def _judged_text(one: form.TextField | form.LongTextField, text: str) -> Fault | None:
    if len(text) < one.min_length:
        return Fault("too_short", {"least": one.min_length})
    if len(text) > one.max_length:
        return Fault("too_long", {"most": one.max_length})
    is_other = isinstance(one, form.TextField) and one.pattern is not None and not matches(one.pattern, text)
    return Fault("pattern") if is_other else None


def _judged_number(one: form.NumberField | form.MoneyField, value: Value) -> Fault | None:
    if not isinstance(value, int | float):
        return Fault("not_number")
    kind = "_money" if isinstance(one, form.MoneyField) else ""
    if one.minimum is not None and value < one.minimum:
        return Fault(f"too_small{kind}", {"least": one.minimum})
    if one.maximum is not None and value > one.maximum:
        return Fault(f"too_large{kind}", {"most": one.maximum})
    return None


def _judged_count(count: int, least: int | None, most: int | None) -> Fault | None:
    if least is not None and count < least:
        return Fault("too_few", {"least": least})
    if most is not None and count > most:
        return Fault("too_many", {"most": most})
    return None


def _judged_day(one: form.DateField | form.DateTimeField, text: str, around: Circumstances) -> Fault | None:
    day, today = dt.date.fromisoformat(text[:10]), dt.date.fromisoformat(around.now[:10])
    if one.earliest_days is not None and (day - today).days < one.earliest_days:
        return Fault("too_early", {"earliest": _day(today, one.earliest_days)})
    if one.latest_days is not None and (day - today).days > one.latest_days:
        return Fault("too_late", {"latest": _day(today, one.latest_days)})
    return None


def _day(today: dt.date, days: int) -> str:
    return (today + dt.timedelta(days=days)).isoformat()


def _is_broken(rule: form.Rule, values: Mapping[str, Value]) -> bool:
    """Whether the rule applies and does not hold; while something it compares is not answered it does not apply."""
    if rule.when is not None and not holds(rule.when, values):
        return False
    compared = [one for one in comparisons(rule.must) if one.op not in FOR_PRESENCE]
    keys = [key for one in compared for key in (one.field, one.other) if key is not None]
    return all(values.get(key) is not None for key in keys) and not holds(rule.must, values)

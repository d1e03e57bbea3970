"""What a form says to whoever fills it in or designs it; the browser gets the same sentences with the page."""

from __future__ import annotations

from typing import Final

from core.language import Language, translator
from ops_db.forms import definition as form
from ops_db.forms.errors import Fault, FormProblem
from ops_db.forms.evaluation import Value
from ops_db.process.text import Text
from ticket_service.pages.reader import marked
from ticket_service.pages.reader_times import Translate
from ticket_service.pages.rendering import LOCALE_DIR, yuan
from ticket_service.pages.sentences import sentence_of

FAULTS: Final = {
    "needed": marked("This is needed."),
    "too_short": marked("Write at least %(least)s characters."),
    "too_long": marked("Write at most %(most)s characters here."),
    "pattern": marked("This is not in the form that is asked for."),
    "not_text": marked("Write text here."),
    "not_number": marked("Enter a number, for example 3 or 2.5."),
    "too_precise": marked("Enter at most %(decimals)s decimals."),
    "too_small": marked("The least is %(least)s."),
    "too_large": marked("The most is %(most)s."),
    "not_money": marked("Enter an amount in yuan, for example 120 or 35.50."),
    "too_small_money": marked("The least is %(least)s."),
    "too_large_money": marked("The most is %(most)s."),
    "not_phone": marked("Enter a mobile number of 11 digits, or a landline with its area code."),
    "not_date": marked("Enter a date."),
    "not_date_time": marked("Enter a date and a time."),
    "too_early": marked("Not before %(earliest)s."),
    "too_late": marked("Not after %(latest)s."),
    "not_option": marked("Choose one from the list."),
    "too_few": marked("At least %(least)s are needed."),
    "too_many": marked("At most %(most)s are possible."),
    "not_rating": marked("Choose a number of stars."),
    "unknown": marked("The form does not ask for this."),
}
"""A sentence for each fault; that of a broken rule, and of a pattern with a hint, stands in the form."""

_MONEY: Final = ("too_small_money", "too_large_money")
_INVALID: Final = marked("The form cannot be used as it is: {problems}")

ROLE_NAMES: Final[dict[str, tuple[str, str]]] = {
    "place": ("工单地点", "place of the ticket"),
    "title": ("工单标题", "title of the ticket"),
    "description": ("问题描述", "description of the ticket"),
    "reporter_name": ("报修人姓名", "reporter's name"),
    "reporter_phone": ("报修人电话", "reporter's phone"),
    "category": ("问题大类", "category"),
    "component": ("部件", "component"),
    "defect": ("缺陷", "defect"),
    "severity": ("紧急程度", "severity"),
    "report_photos": ("报修照片", "photos of the report"),
}


def fault_sentence(definition: form.FormDefinition, key: str, fault: Fault, language: Language) -> str:
    """What stands beside a field; nothing of what was answered is in it."""
    if fault.code == "rule":
        return definition.rules[int(fault.values["rule"])].message.label(language)
    field = definition.by_key.get(key)
    if fault.code == "pattern" and isinstance(field, form.TextField) and field.pattern_hint is not None:
        return field.pattern_hint.label(language)
    values = {name: yuan(int(value), language) for name, value in fault.values.items()} if fault.code in _MONEY else {}
    template = translator(LOCALE_DIR, language).gettext(FAULTS[fault.code])
    return template % {name: _figure(value) for name, value in (dict(fault.values) | values).items()}


def fault_templates(language: Language) -> dict[str, str]:
    """The sentences for the browser, with their gaps."""
    gettext = translator(LOCALE_DIR, language).gettext
    return {code: gettext(sentence) for code, sentence in FAULTS.items()}


def problem_sentence(problem: FormProblem, language: Language) -> str:
    """What is wrong with a definition, in the reader's language."""
    role = ROLE_NAMES.get(str(problem.values.get("role")))
    if role is not None:
        problem.values["role"] = role[0 if language == "zh-CN" else 1]
    return sentence_of(problem, language)


def label_of(text: Text | None, language: Language) -> str:
    """Words of a definition, or nothing."""
    return text.label(language) if text is not None else ""


def _figure(value: float | str) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def answer_in_words(
    field: form.FormField,
    value: Value,
    language: Language,
    translate: Translate,
    names: dict[tuple[str, str], tuple[str, str]],
) -> str:
    """An answer as people read it: labels instead of codes, yuan instead of fen."""
    at = 0 if language == "zh-CN" else 1
    match field:
        case form.ChoiceField() | form.ChoicesField():
            labels = {option.code: option.label.label(language) for option in field.options}
            chosen = value if isinstance(value, list | tuple) else [value]
            return translate(", ").join(labels.get(str(code), str(code)) for code in chosen)
        case form.CascadeField():
            return names.get((field.level, str(value)), (str(value), str(value)))[at]
        case form.MoneyField():
            return yuan(int(str(value)), language)
        case form.ComputedField() if field.result == "money":
            return yuan(int(str(value)), language)
        case form.NumberField():
            unit = label_of(field.unit, language)
            return f"{value} {unit}".strip()
        case form.RatingField():
            return f"{value} / {field.maximum}"
        case form.DateTimeField():
            return str(value).replace("T", " ")
        case _:
            return str(value)

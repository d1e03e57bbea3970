"""What the drawing of a process calls its kinds of steps, and the closed lists its properties choose from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from core.language import Language
from core.vocabulary import Channel, OwnerStatus, PauseReason, Role, Severity, Trade
from ops_db.forms.process_facts import FormFact
from ops_db.process.facts import FACTS
from ops_db.process.text import Text
from ops_db.process.transitions import TRANSITIONS
from ops_db.process_admin.choices import Named
from ticket_service.pages.assets import asset
from ticket_service.pages.reader import Reader, marked

KINDS: Final[dict[str, tuple[str, str]]] = {
    "start": (marked("Start"), marked("Where a new ticket enters.")),
    "task": (marked("Task"), marked("Somebody does something and says how it went.")),
    "approval": (marked("Approval"), marked("One or several people agree or decline.")),
    "branch": (marked("Decision"), marked("Goes on by what is known: amount, severity, place, warranty …")),
    "split": (marked("At the same time"), marked("Several paths go on at once and meet again.")),
    "join": (marked("When all are done"), marked("Waits until every path has come, then goes on.")),
    "timer": (marked("Wait"), marked("Waits for a time, then goes on by itself.")),
    "notice": (marked("Message"), marked("Tells somebody and goes on.")),
    "subprocess": (marked("Part process"), marked("Puts in another process, chosen by trade for example.")),
    "end": (marked("End"), marked("The ticket ends here, closed or not accepted.")),
    "approval_above": (
        marked("Approval above an amount"),
        marked("Asks finance for approval when the estimate is more than ¥500. Drop it on an arrow."),
    ),
    "in_parallel": (marked("Two steps at the same time"), marked("Two tasks that go on at once and meet again.")),
    "wait_then_tell": (marked("Wait, then tell somebody"), marked("Waits two hours, then sends a message.")),
}

LISTS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "end_states": (("closed", marked("Closed")), ("rejected", marked("Not accepted"))),
    "persons": (
        ("area_lead", marked("the area's lead")),
        ("dispatch", marked("whom the dispatch rules choose")),
    ),
    "approver_persons": (("area_lead", marked("the area's lead")),),
    "milestones": (
        ("accepted", marked("accepted by the desk")),
        ("dispatched", marked("handed to a technician")),
        ("surveyed", marked("looked at on site")),
        ("fixed", marked("repaired")),
        ("confirmed", marked("confirmed by the owner")),
        ("followed_up", marked("followed up")),
    ),
    "field_kinds": (
        ("text", marked("Text, one line")),
        ("long_text", marked("Text, several lines")),
        ("integer", marked("Whole number")),
        ("money", marked("Amount of money")),
        ("boolean", marked("Yes or no")),
        ("choice", marked("One of several answers")),
        ("date", marked("Date")),
        ("date_time", marked("Date and time")),
        ("technician", marked("Technician")),
        ("crew", marked("Crew")),
        ("staff", marked("Member of staff")),
        ("role", marked("Role")),
    ),
    "evidence_kinds": (
        ("photo", marked("Photo")),
        ("signature", marked("Signature")),
        ("material", marked("Entry of material")),
        ("cost", marked("Entry of cost")),
        ("message", marked("Message to the owner")),
    ),
    "photo_purposes": (("before", marked("before the repair")), ("after", marked("after the repair"))),
    "timer_since": (
        ("opened", marked("since the step began")),
        ("before_due", marked("before it is due")),
        ("after_due", marked("after it was due")),
    ),
    "timer_clocks": (("working", marked("working time")), ("calendar", marked("calendar time"))),
    "timer_deeds": (
        ("warn", marked("warn somebody")),
        ("escalate", marked("tell a superior")),
        ("advance", marked("go on by itself")),
        ("reassign", marked("give it to others")),
    ),
    "approval_modes": (
        ("all", marked("everybody")),
        ("any", marked("any one of them")),
        ("count", marked("a number of them")),
    ),
    "approval_orders": (("parallel", marked("all at once")), ("sequence", marked("one after the other"))),
    "fact_dispatch_mode": (
        ("assign", marked("Assigned by itself")),
        ("suggest", marked("Suggested")),
        ("grab", marked("Open to whoever takes it")),
    ),
}
_NOT_STEERED: Final = frozenset({"complete", "approve", "decline", "add_signer", "delegate", "time_out"})
_PEOPLE_OUTSIDE: Final = (Role.OWNER, Role.SYSTEM)


def catalogue_for(reader: Reader, lists: dict[str, list[Named]], form_facts: Iterable[FormFact] = ()) -> dict[str, Any]:
    """Everything the scripts of the process pages name things with, in the reader's language."""
    translate, language = reader.translate, reader.clock.language
    roles = _named(lists.get("roles", []), language)
    known = {role["code"] for role in roles}
    roles += [_option(role.value, role.label(language)) for role in Role if role.value not in known]
    options = {name: [_option(code, translate(words)) for code, words in values] for name, values in LISTS.items()}
    options |= {name: _named(values, language) for name, values in lists.items() if name != "roles"}
    options |= _of_vocabulary(language)
    inside = [role for role in roles if role["code"] not in {one.value for one in _PEOPLE_OUTSIDE}]
    options["recipients"] = [
        _option("assignee", translate("whoever has the step")),
        _option("owner", translate("the owner")),
        *inside,
    ]
    return {
        "icons": asset("icons.svg"),
        "roles": roles,
        "options": options,
        "facts": [
            {
                "name": fact.name,
                "kind": fact.kind,
                "label": _pair(fact.label),
                "source": f"fact_{fact.options}" if fact.options else None,
            }
            for fact in FACTS.values()
        ]
        + [
            {
                "name": fact.name,
                "kind": fact.kind,
                "label": _pair(fact.label),
                "source": None,
                "choices": [{"code": one.code, "title": _pair(one.label)} for one in fact.options],
                "group": "forms",
            }
            for fact in form_facts
        ],
        "kinds": _kinds(translate),
    }


def _kinds(translate: Callable[[str], str]) -> dict[str, Any]:
    return {
        kind: {"title": {"zh-CN": translate(title)}, "summary": {"zh-CN": translate(summary)}}
        for kind, (title, summary) in KINDS.items()
    }


def _of_vocabulary(language: Language) -> dict[str, list[dict[str, Any]]]:
    actions = [
        (one.action, one.title.label(language)) for one in TRANSITIONS.values() if one.action not in _NOT_STEERED
    ]
    return {
        "owner_statuses": [_option(one.value, one.label(language)) for one in OwnerStatus],
        "fact_severity": [_option(one.value, one.label(language)) for one in Severity],
        "fact_channel": [_option(one.value, one.label(language)) for one in Channel],
        "fact_trade": [_option(one.value, one.label(language)) for one in Trade],
        "pause_reasons": [_option(one.value, one.label(language)) for one in PauseReason],
        "actions": [_option(code, title) for code, title in actions],
    }


def _named(rows: Iterable[Named], language: Language) -> list[dict[str, Any]]:
    return [_option(one.code, one.zh if language == "zh-CN" else one.en) for one in rows]


def _option(code: str, label: str) -> dict[str, Any]:
    # The page reads one language at a time; its script takes the other side of a pair where one is missing.
    return {"code": code, "title": {"zh-CN": label}}


def _pair(text: Text) -> dict[str, str]:
    return {"zh-CN": text.zh, "en": text.en}

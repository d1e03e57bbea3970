"""What happened, in words for people: the deeds of the audit log and the events other systems are told of."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ticket_service.pages.reader import marked

_INSTANT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?[+-]\d\d:\d\d\Z")

WORDS: Final[dict[str, str]] = {
    "account:add": marked("Account made"),
    "account:own_password": marked("Own password changed"),
    "account:password": marked("Password set anew"),
    "account:set": marked("Account changed"),
    "approval:approve": marked("Approval given"),
    "approval:decline": marked("Approval declined"),
    "area:add": marked("Area made"),
    "area:assign": marked("Places given to another area"),
    "area:change": marked("Area changed"),
    "area:remove": marked("Area removed"),
    "approval:add_signer": marked("One more asked to sign"),
    "approval:delegate": marked("Approval handed on"),
    "clock:recompute": marked("Deadline counted anew"),
    "cost:settle": marked("Cost settled"),
    "hook:off": marked("Sender switched off"),
    "hook:on": marked("Sender switched on"),
    "material:issue": marked("Material issued"),
    "material:request": marked("Material requested"),
    "material:reserve": marked("Material reserved"),
    "material:return": marked("Material returned"),
    "task:return": marked("Returned to an earlier step"),
    "test.ping": marked("Test"),
    "ticket:import": marked("Taken over from an older system"),
    "timer:advance": marked("Gone on, as time was up"),
    "timer:escalate": marked("Reported to the supervisors"),
    "timer:go_on": marked("Wait over"),
    "timer:reassign": marked("Given to others, as time was up"),
    "timer:warn": marked("Reminder sent"),
    "visit:promise_broken": marked("Promise of a visit broken"),
    "visit:promise_kept": marked("Promise of a visit kept"),
    "webhook:disable": marked("Receiver switched off"),
    "webhook:enable": marked("Receiver switched on"),
    "webhook:remove": marked("Receiver removed"),
    "webhook:secret": marked("Key of a receiver renewed"),
    "webhook:test": marked("Test sent to a receiver"),
    "calendar:copy": marked("Calendar copied"),
    "calendar:day": marked("Day of the calendar set"),
    "calendar:recompute": marked("Deadlines counted anew"),
    "calendar:week": marked("Week of the calendar set"),
    "sla:pauses": marked("Pauses of a promise changed"),
    "delegation:begin": marked("Deputy named"),
    "delegation:end": marked("Deputy withdrawn"),
    "dispatch:assign": marked("Assigned by a rule"),
    "dispatch:offer": marked("Offered to a crew"),
    "dispatch_rule:add": marked("Dispatch rule added"),
    "dispatch_rule:change": marked("Dispatch rule changed"),
    "dispatch_rule:delete": marked("Dispatch rule removed"),
    "dispatch_rule:move": marked("Dispatch rule moved"),
    "dispatch_rule:switch": marked("Dispatch rule switched on or off"),
    "form:discard": marked("Draft of a form thrown away"),
    "form:draft": marked("Form drafted"),
    "form:publish": marked("Form published"),
    "form:retire": marked("Form retired"),
    "installation:export": marked("Everything exported"),
    "installation:import": marked("An export taken in"),
    "form_link:make": marked("Code of a form made"),
    "form_link:revoke": marked("Code of a form revoked"),
    "hook:add": marked("Sender added"),
    "hook:receive": marked("Message received"),
    "link:renew": marked("Link of an owner renewed"),
    "material:release": marked("Material released"),
    "person:reveal": marked("Contact revealed"),
    "process:begin": marked("Process begun"),
    "process:discard": marked("Draft of a process thrown away"),
    "process:draft": marked("Process drafted"),
    "process:import": marked("Process imported"),
    "process:migrate": marked("Tickets moved to another version"),
    "process:publish": marked("Process published"),
    "process:retire": marked("Process retired"),
    "process_rule:add": marked("Process rule added"),
    "process_rule:change": marked("Process rule changed"),
    "process_rule:move": marked("Process rule moved"),
    "process_rule:remove": marked("Process rule removed"),
    "rating:give": marked("Rating given"),
    "role:add": marked("Role made"),
    "role:change": marked("Permissions of a role changed"),
    "role:grant": marked("Role given"),
    "role:remove": marked("Role removed"),
    "role:withdraw": marked("Role withdrawn"),
    "roster:date": marked("Shift of a day set"),
    "roster:leave": marked("Leave entered"),
    "roster:leave_back": marked("Leave taken back"),
    "roster:skills": marked("Skills set"),
    "roster:week": marked("Shifts of the week set"),
    "session:begin": marked("Signed in"),
    "session:end": marked("Signed out"),
    "sla:promise": marked("Service level set"),
    "slot:delete": marked("Appointment window removed"),
    "slot:set": marked("Appointment window set"),
    "task:assign": marked("Somebody assigned"),
    "task:complete": marked("Step completed"),
    "task:grab": marked("Job taken"),
    "ticket:cancel": marked("Ticket cancelled"),
    "ticket:close": marked("Ticket closed"),
    "ticket:create": marked("Ticket opened"),
    "ticket:pause": marked("Ticket paused"),
    "ticket:reject": marked("Ticket not accepted"),
    "ticket:reopen": marked("Ticket reopened"),
    "ticket:report": marked("Problem reported"),
    "ticket:resume": marked("Ticket resumed"),
    "ticket:urge": marked("Owner urged"),
    "token:issue": marked("Token issued"),
    "token:revoke": marked("Token revoked"),
    "visit:arrive": marked("Arrived on site"),
    "visit:depart": marked("Set off"),
    "warranty:add": marked("Warranty term added"),
    "webhook:add": marked("Receiver added"),
    "webhook:replay": marked("Messages sent again"),
    "webhook:switch_off": marked("Receiver switched off"),
    "webhook:switch_on": marked("Receiver switched on"),
}
"""By the code that is kept; the words are English source text, marked for the catalogue."""


def words_of(code: str, translate: Callable[..., str]) -> str:
    """The words of a code; one that nobody has put into words yet speaks for itself."""
    return translate(WORDS[code]) if code in WORDS else code


def particulars(deed: Any, when: Callable[[dt.datetime], str]) -> str:
    """What a deed was about: to whom it was done and the values that are kept; people by name, instants by `when`."""
    names = deed.names or {}
    said = (_said(name, value, names, when) for name, value in json.loads(deed.detail or "{}").items())
    return " · ".join(filter(None, (deed.object_name, *said)))


def _said(name: str, value: Any, names: Mapping[str, str], when: Callable[[dt.datetime], str]) -> str:
    if isinstance(value, str) and value in names:
        return names[value]
    if isinstance(value, str) and _INSTANT.match(value):
        return when(dt.datetime.fromisoformat(value))
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return ", ".join(value)
    if isinstance(value, str) or value is None:
        return value or ""
    return f"{name} {json.dumps(value, ensure_ascii=False)}"

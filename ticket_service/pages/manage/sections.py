"""What there is to manage: one line for each subject, with who may open it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import HTMLResponse

from core.vocabulary import Permission
from ticket_service.pages.reader import Reader, marked


@dataclass(frozen=True, slots=True)
class Section:
    """One subject of the management pages; `path` is also what the addresses of its pages begin with."""

    path: str
    title: str
    summary: str
    icon: str
    permissions: tuple[Permission, ...]
    is_of_the_house: bool = False

    def is_open_to(self, reader: Reader) -> bool:
        """Whether the reader holds one of the permissions in some project, or in every one where it takes that."""
        if self.is_of_the_house:
            actor = reader.actor
            return actor is not None and any(actor.scope(permission) is None for permission in self.permissions)
        return any(reader.may(permission) for permission in self.permissions)


SECTIONS: Final[tuple[Section, ...]] = (
    Section(
        "/manage/processes",
        marked("Processes"),
        marked("Draw how tickets go through the house, try it out and publish it."),
        "flow",
        (Permission.PROCESS_MANAGE,),
    ),
    Section(
        "/manage/process-rules",
        marked("Process rules"),
        marked("Say which process a ticket takes: by project, area, trade, place or severity."),
        "filter",
        (Permission.PROCESS_MANAGE,),
    ),
    Section(
        "/manage/forms",
        marked("Forms"),
        marked("Design what a report asks for, and print the codes that lead to it."),
        "clipboard",
        (Permission.FORM_MANAGE,),
    ),
    Section(
        "/manage/dispatch",
        marked("Dispatch"),
        marked("Which crew gets which ticket, and how; try it out"),
        "route",
        (Permission.DISPATCH_MANAGE,),
    ),
    Section(
        "/manage/people",
        marked("People and shifts"),
        marked("Crews, skills, working time, leave and appointments"),
        "users",
        (Permission.DISPATCH_MANAGE,),
    ),
    Section(
        "/manage/areas",
        marked("Areas"),
        marked("Which parts of the estate belong together, and who leads each."),
        "building",
        (Permission.DISPATCH_MANAGE,),
    ),
    Section(
        "/manage/calendars",
        marked("Calendars"),
        marked("Working hours, holidays and days that are different"),
        "calendar",
        (Permission.CLOCK_MANAGE,),
    ),
    Section(
        "/manage/service-levels",
        marked("Service levels"),
        marked("What is promised, by severity and category"),
        "clock",
        (Permission.CLOCK_MANAGE,),
    ),
    Section(
        "/manage/warranty",
        marked("Warranty terms"),
        marked("How long a repair is owed, and by whom"),
        "flag",
        (Permission.WARRANTY_MANAGE,),
    ),
    Section(
        "/manage/accounts",
        marked("Accounts"),
        marked("Who may sign in, with which roles, and who stands in for whom."),
        "users",
        (Permission.ACCOUNT_MANAGE,),
        is_of_the_house=True,
    ),
    Section(
        "/manage/roles",
        marked("Roles and permissions"),
        marked("What each role may do; roles of your own."),
        "lock",
        (Permission.ROLE_MANAGE,),
        is_of_the_house=True,
    ),
    Section(
        "/manage/webhooks",
        marked("Integrations"),
        marked("Which other systems are told of what, and which may tell us."),
        "link",
        (Permission.WEBHOOK_MANAGE,),
        is_of_the_house=True,
    ),
    Section(
        "/manage/audit",
        marked("Audit log"),
        marked("Who did what, and whether the logs are as they were written."),
        "history",
        (Permission.AUDIT_READ,),
        is_of_the_house=True,
    ),
)
"""In the order of the menu; titles and summaries are English source text, marked for the catalogue."""


def menu_of(reader: Reader) -> list[Section]:
    """What this reader may manage."""
    return [section for section in SECTIONS if section.is_open_to(reader)]


def manage_page(reader: Reader, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
    """A management page with the menu of what this reader may manage."""
    menu = menu_of(reader)
    return reader.page(template, status=status, menu=menu, **context)

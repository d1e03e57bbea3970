"""Who reads a page: their language, their clock, what the header offers them; and the page made for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse

from core.language import LANGUAGES, Language
from core.settings import Settings
from core.vocabulary import Permission, Role
from ops_db.actor import Actor
from ops_db.approvals.service import waiting_for
from ticket_service.dependencies import READING_METHODS, Connection, CurrentSettings, Now, Visitor
from ticket_service.pages.form_text import MOST_PHOTOS
from ticket_service.pages.reader_times import ReaderClock
from ticket_service.pages.rendering import NavigationItem, clock, render

LANGUAGE_COOKIE: Final = "anju_language"
TOAST_COOKIE: Final = "anju_toast"
SENT_COOKIE: Final = "anju_sent"
MANAGING: Final[tuple[Permission, ...]] = (
    Permission.PROCESS_MANAGE,
    Permission.FORM_MANAGE,
    Permission.DISPATCH_MANAGE,
    Permission.CLOCK_MANAGE,
    Permission.WARRANTY_MANAGE,
    Permission.ACCOUNT_MANAGE,
    Permission.ROLE_MANAGE,
    Permission.WEBHOOK_MANAGE,
    Permission.AUDIT_READ,
)
"""Whoever holds one of these finds the management pages in the header."""
_YEAR: Final = dt.timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Viewer:
    """The signed-in person as the header shows one."""

    display_name: str
    login: str
    role_labels: tuple[str, ...]
    stands_in_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who asked for a page."""

    request: Request
    settings: Settings
    clock: ReaderClock
    actor: Actor | None
    unread_count: int = 0
    approval_count: int = 0

    @property
    def language(self) -> Language:
        """The language this reader reads."""
        return self.clock.language

    @property
    def translate(self) -> Callable[..., str]:
        """English source text into the reader's language."""
        return self.clock.translate

    def may(self, permission: Permission) -> bool:
        """Whether the reader holds `permission` in at least one project."""
        return self.actor is not None and self.actor.may(permission)

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page `template` with what every page needs; a note left by the page before is shown once."""
        toast = TOASTS.get(self.request.cookies.get(TOAST_COOKIE, ""))
        around = {
            "clock": self.clock,
            "viewer": self._viewer(),
            "navigation": self._navigation(),
            "home_href": home_of(self.actor),
            "unread_count": self.unread_count,
            "here": context.pop("here", self._here()),
            "toast": self.translate(toast) if toast else "",
            "photo_limits": {"most": MOST_PHOTOS, "megabytes": self.settings.attachment_megabytes},
        }
        response = render(template, self.language, status=status, **(around | context))
        if toast:
            response.delete_cookie(TOAST_COOKIE)
        return response

    def _here(self) -> str:
        """The address without the host; after a refused form that of the page the form was on."""
        path, query = self.request.url.path, self.request.url.query
        return f"{path}?{query}" if query and self.request.method == "GET" else path

    def _viewer(self) -> Viewer | None:
        if self.actor is None or not self.actor.login:
            return None
        names = {
            grant.name_zh if self.language == "zh-CN" else grant.name_en: None
            for grant in self.actor.grants
            if grant.on_behalf_of is None
        }
        return Viewer(self.actor.display_name, self.actor.login, tuple(names), tuple(self.actor.stands_in_for.values()))

    def _navigation(self) -> list[NavigationItem]:
        if self.actor is None or not self.actor.login or self.actor.must_change_password:
            return []
        _, path = self.translate, self.request.url.path
        items = []
        if self.may(Permission.TICKET_READ) and not is_technician_only(self.actor):
            items.append(NavigationItem("/desk", _("Service desk"), "desk", path.startswith("/desk")))
        if Role.TECHNICIAN in self.actor.roles:
            items.append(NavigationItem("/work", _("My work"), "clipboard", path.startswith("/work")))
        if self.approval_count or path.startswith("/approvals"):
            is_here = path.startswith("/approvals")
            items.append(NavigationItem("/approvals", _("Approvals"), "check", is_here, self.approval_count))
        if self.may(Permission.MATERIAL_ISSUE):
            items.append(NavigationItem("/material", _("Warehouse"), "inbox", path.startswith("/material")))
        if any(self.may(permission) for permission in MANAGING):
            items.append(NavigationItem("/manage", _("Management"), "filter", path.startswith("/manage")))
        if self.may(Permission.COCKPIT_EXECUTIVE) or self.may(Permission.COCKPIT_QUALITY):
            items.append(NavigationItem(self.settings.cockpits_url, _("Cockpits"), "chart"))
        return items


def home_of(actor: Actor | None) -> str:
    """Where somebody begins: technicians with their jobs, other staff at the desk, everybody else with a report."""
    if actor is None or not actor.login:
        return "/report"
    return "/work" if is_technician_only(actor) else "/desk"


def is_technician_only(actor: Actor) -> bool:
    """Whether the desk would only be in the way."""
    return set(actor.roles) == {Role.TECHNICIAN}


def language_of(request: Request, settings: Settings, actor: Actor | None) -> Language:
    """What the account reads, else what was chosen in this browser, else what the installation speaks."""
    chosen = actor.language if actor is not None and actor.login else request.cookies.get(LANGUAGE_COOKIE, "")
    return next((language for language in LANGUAGES if language == chosen), settings.language)


def make_reader(request: Request, settings: Settings, actor: Actor | None, now: dt.datetime) -> Reader:
    """The reader of a request, for code that runs outside of an endpoint too."""
    language = language_of(request, settings, actor)
    return Reader(request, settings, clock(language, now=now, zone=settings.zone), actor)


async def reader_of(
    request: Request, settings: CurrentSettings, visitor: Visitor, connection: Connection, now: Now
) -> Reader:
    """The reader of this request, with what the header counts; an error page greets the same person."""
    request.state.actor = visitor
    reader = make_reader(request, settings, visitor, now)
    if visitor is None or not visitor.login or request.method not in READING_METHODS:
        return reader
    unread, waiting = await waiting_for(connection, actor=visitor)
    return replace(reader, unread_count=unread, approval_count=waiting)


CurrentReader = Annotated[Reader, Depends(reader_of)]


def marked(message: str) -> str:
    """Mark a sentence for the catalogue that is translated later."""
    return message


TOASTS: Final = {
    "discarded": marked("The draft is thrown away."),
    "retired": marked("The version is out of use."),
    "rule_added": marked("The rule is added."),
    "rule_changed": marked("The rule is changed."),
    "rule_removed": marked("The rule is removed."),
    "done": marked("Done."),
    "created": marked("The ticket is open."),
    "sent": marked("Your message is sent."),
    "cost": marked("The cost is entered."),
    "photos": marked("The photos are stored."),
    "urged": marked("We told the service desk that you are waiting."),
    "rated": marked("Thank you for your rating."),
    "signed_out": marked("You are signed out."),
    "password_changed": marked("Your password is changed. Other browsers are signed out."),
    "call": marked("The call is logged."),
    "reversed": marked("The cost is reversed."),
    "accept": marked("Accepted."),
    "dispatch": marked("Dispatched."),
    "solved_by_phone": marked("Solved by phone."),
    "assign": marked("Assigned."),
    "depart": marked("You are on the way."),
    "arrive": marked("You have arrived."),
    "fixed": marked("The repair is done."),
    "fixed_at_survey": marked("The repair is done."),
    "not_accepted": marked("Sent back for repair."),
    "pause": marked("The clock is stopped."),
    "resume": marked("The clock runs again."),
    "return": marked("Returned to an earlier step."),
    "reject": marked("The ticket is rejected."),
    "cancel": marked("The ticket is cancelled."),
    "reopen": marked("The ticket is open again."),
    "approve": marked("Approved."),
    "decline": marked("Declined."),
    "add_signer": marked("One more is asked to sign."),
    "delegate": marked("Handed over."),
    "grab": marked("The job is yours."),
    "read": marked("Marked as read."),
}


def toast_of(typed: Mapping[str, str]) -> str:
    """Which note says what this action did: that of its choice, else of the action itself."""
    if "comment" in typed:
        return "done"  # The repair is accepted on the owner's behalf, which bears the name of another step's choice.
    names = (typed.get("choice", ""), typed.get("action", ""))
    return next((name for name in names if name in TOASTS), "done")


def go(path: str, *, toast: str = "", sent: Mapping[str, str] | None = None) -> RedirectResponse:
    """On to another page after a form; `toast` names the note it shows once.

    `sent` is the text of a form that was taken: the browser may forget its draft of it (static/js/drafts.js).
    """
    response = RedirectResponse(path, status_code=303)
    if toast:
        response.set_cookie(TOAST_COOKIE, toast, max_age=30, httponly=True, samesite="lax")
    if sent is not None:
        response.set_cookie(SENT_COOKIE, sent.get("idempotency_key", ""), max_age=60, samesite="lax")
    return response


def remember_language(response: RedirectResponse, language: Language) -> None:
    """Keep the chosen language in this browser for a year."""
    response.set_cookie(LANGUAGE_COOKIE, language, max_age=int(_YEAR.total_seconds()), httponly=True, samesite="lax")


def local_path(path: str | None, default: str) -> str:
    """`path` if it is an address on this site, else `default`; anything else could lead a reader astray."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable():
        return path
    return default

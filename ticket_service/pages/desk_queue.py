"""The queue of the service desk: views, filters, search, pages, and whether there is news."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import RedirectResponse, Response

from core.vocabulary import Permission, Role, Severity, TicketState
from ops_db.actor import Actor
from ops_db.estate import service as estate
from ops_db.process.definition import AnyNode, ApprovalNode, Definition, TaskNode
from ops_db.queue import service as queue
from ops_db.queue.processes import processes_in_use
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.taxonomy import Taxonomy, taxonomy_of
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False)

CanRead = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]

PAGE_SIZE: Final = 50
ENDED: Final = (TicketState.CLOSED, TicketState.REJECTED, TicketState.CANCELLED)
VIEWS: Final = ("mine", "todo", "open", "overdue", "paused", *ENDED)
_WITH_STEPS: Final = (Role.DESK, Role.SUPERVISOR, Role.PROPERTY_LEAD, Role.AREA_LEAD)
"""Who has steps of their own here; whoever has several of these roles looks at those of the first."""
_FILTERS: Final = ("project", "severity", "category", "step")


class Wanted(BaseModel):
    """What the address asks for."""

    model_config = ConfigDict(frozen=True)

    view: str = Field(default="", max_length=20)
    q: str = Field(default="", max_length=100)
    project: str = Field(default="", max_length=40)
    severity: str = Field(default="", max_length=20)
    category: str = Field(default="", max_length=80)
    step: str = Field(default="", max_length=80)
    after: str = Field(default="", max_length=300)

    def address(self, **changes: str) -> str:
        """The address of this list with changes; what is empty is left out."""
        asked = {name: getattr(self, name) for name in ("view", "q", *_FILTERS)} | changes
        query = urlencode({name: value for name, value in asked.items() if value})
        return f"/desk?{query}" if query else "/desk"

    def filters(self, role: str | None) -> queue.Filters:
        """The same for the use case; `role` is whose steps the view `todo` shows."""
        if self.q:
            return queue.Filters(search=self.q)
        return queue.Filters(
            state=self.view if self.view in ENDED else TicketState.OPEN,
            role=role if self.view == "todo" else None,
            project_code=self.project or None,
            severity=self.severity if self.severity in Severity.codes() else None,
            category_code=self.category or None,
            node_key=self.step or None,
            is_mine=self.view == "mine",
            is_overdue=self.view == "overdue",
            is_paused=self.view == "paused",
        )


@dataclass(frozen=True, slots=True)
class Tab:
    """One view with the number of tickets in it; None where counting is not worth it."""

    text: str
    href: str
    count: int | None
    is_current: bool
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """One list to choose from."""

    name: str
    title: str
    value: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One ticket of the list."""

    number: str
    title: str
    what: str
    place_code: str
    project_name: str
    owner_status: str
    severity: str
    step: str
    with_whom: str
    is_paused: bool
    reported_at: dt.datetime
    resolve_due_at: dt.datetime | None
    closed_at: dt.datetime | None


@router.get("/desk")
async def show_queue(
    wanted: Annotated[Wanted, Query()],
    reader: CurrentReader,
    actor: CanRead,
    connection: Connection,
    now: Now,
    keys: Keys,
) -> Response:
    """The list; a search that hits exactly one ticket by its number opens it."""
    role = own_role(actor)
    view = wanted.view if wanted.view in VIEWS else _first_view(actor)
    wanted = wanted.model_copy(update={"view": view})
    page = await queue.list_tickets(
        connection,
        wanted.filters(role),
        actor=actor,
        now=now,
        personal_data=keys,
        cursor=wanted.after or None,
        limit=PAGE_SIZE,
    )
    if len(page.rows) == 1 and page.rows[0]["number"] == wanted.q.upper():
        return RedirectResponse(f"/desk/tickets/{page.rows[0]['number']}", status_code=303)
    narrowed = queue.Filters(
        project_code=wanted.project or None, severity=wanted.severity or None, category_code=wanted.category or None
    )
    counts = await queue.counts(connection, narrowed, actor=actor, now=now, personal_data=keys)
    own = replace(narrowed, is_mine=True)
    mine = await queue.counts(connection, own, actor=actor, now=now, personal_data=keys) if is_somebodys(actor) else {}
    taxonomy = await taxonomy_of(connection, reader.language)
    processes = await processes_in_use(connection)
    projects = await estate.projects(connection, actor=actor)
    return reader.page(
        "desk_queue.html",
        filters=wanted,
        tabs=list(_tabs(wanted, counts, mine if is_somebodys(actor) else None, role, processes, reader))
        if not wanted.q
        else [],
        filter_choices=_filters(wanted, projects, taxonomy, processes, reader),
        has_filters=any(getattr(wanted, name) for name in _FILTERS),
        tickets=queue_rows(page.rows, taxonomy, processes, reader),
        first_href=wanted.address() if wanted.after else "",
        next_href=wanted.address(after=page.next_cursor) if page.next_cursor else "",
        fresh_href=wanted.address(after=wanted.after).replace("/desk", "/desk/fresh", 1),
        fresh_mark=_mark(page.rows_json),
        may_create=reader.may(Permission.TICKET_CREATE),
    )


@router.get("/desk/fresh")
async def is_there_news(
    wanted: Annotated[Wanted, Query()], actor: CanRead, connection: Connection, now: Now, keys: Keys
) -> dict[str, str]:
    """The mark of this list as it is now; a page that shows another one is out of date."""
    page = await queue.list_tickets(
        connection,
        wanted.filters(own_role(actor)),
        actor=actor,
        now=now,
        personal_data=keys,
        cursor=wanted.after or None,
        limit=PAGE_SIZE,
    )
    return {"mark": _mark(page.rows_json)}


def is_somebodys(actor: Actor) -> bool:
    """Whether steps can be given to the actor in person: a colleague on the books, or who stands in for one."""
    return actor.staff_id is not None or bool(actor.away)


def _first_view(actor: Actor) -> str:
    if own_role(actor):
        return "todo"
    return "mine" if is_somebodys(actor) else "open"


def own_role(actor: Actor) -> str | None:
    """Whose steps somebody at the desk looks at first."""
    return next((role.value for role in _WITH_STEPS if role in actor.roles), None)


def _mark(rows_json: str) -> str:
    return hashlib.sha256(rows_json.encode()).hexdigest()[:16]


def _tabs(
    wanted: Wanted,
    counts: Mapping[str, Mapping[str, int]],
    mine: Mapping[str, Mapping[str, int]] | None,
    role: str | None,
    processes: Iterable[Definition],
    reader: Reader,
) -> Iterable[Tab]:
    _ = reader.translate
    own = {node.key for process in processes for node in process.nodes if role in _roles_of(node)}
    todo = sum(one["open"] for key, one in counts.items() if key in own)
    total = {name: sum(one[name] for one in counts.values()) for name in ("open", "overdue", "paused")}
    texts: dict[str, tuple[str, int | None]] = {
        "mine": (_("Mine"), sum(one["open"] for one in (mine or {}).values())),
        "todo": (_("To do"), todo),
        "open": (_("All open"), total["open"]),
        "overdue": (_("Overdue"), total["overdue"]),
        "paused": (_("Paused"), total["paused"]),
        **{state.value: (state.label(reader.language), None) for state in ENDED},
    }
    for view, (text, count) in texts.items():
        if (view != "todo" or role) and (view != "mine" or mine is not None):
            href = wanted.address(view=view, step="")
            yield Tab(text, href, count, wanted.view == view, is_late=view == "overdue")


def _roles_of(node: AnyNode) -> tuple[str, ...]:
    """Whose list of work a step stands in; an approval stands in that of the first role it asks."""
    if isinstance(node, TaskNode):
        return (node.role,)
    asked = [one.role for one in node.approvers if one.role] if isinstance(node, ApprovalNode) else []
    return tuple(asked[:1])


def _steps(processes: Iterable[Definition], reader: Reader) -> dict[str, str]:
    """What the steps of several processes are called, by their keys; the first process says it."""
    steps: dict[str, str] = {}
    for process in processes:
        for node in process.nodes:
            if isinstance(node, TaskNode | ApprovalNode):
                steps.setdefault(node.key, node.title.label(reader.language))
    return steps


def _filters(
    wanted: Wanted, projects: Iterable[Any], taxonomy: Taxonomy, processes: Iterable[Definition], reader: Reader
) -> list[Filter]:
    _, language = reader.translate, reader.language
    steps = _steps(processes, reader)
    return [
        Filter("project", _("All projects"), wanted.project, tuple((one.code, one.name) for one in projects)),
        Filter("step", _("All steps"), wanted.step, tuple(steps.items())),
        Filter(
            "severity",
            _("All severities"),
            wanted.severity,
            tuple((one.value, one.label(language)) for one in Severity),
        ),
        Filter(
            "category", _("All categories"), wanted.category, tuple((one.code, one.name) for one in taxonomy.categories)
        ),
    ]


def queue_rows(
    rows: Iterable[Mapping[str, Any]], taxonomy: Taxonomy, processes: Iterable[Definition], reader: Reader
) -> list[QueueRow]:
    """Rows of the use case as rows of the page."""
    steps = _steps(processes, reader)
    return [
        QueueRow(
            number=row["number"],
            title=row["title"],
            what=taxonomy.what(row["category_code"], row["component_code"], row["defect_code"]),
            place_code=row["unit_code"] or "-".join(filter(None, (row["project_code"], row["building_code"]))),
            project_name=row["project_name"],
            owner_status=row["owner_status"],
            severity=row["severity"],
            step=steps.get(row["node_key"], "") if row["state"] == "open" else "",
            with_whom=row["assignee_name"] or row["crew_name"] or "",
            is_paused=row["pause_reason"] is not None,
            reported_at=_instant(row["reported_at"]),
            resolve_due_at=_instant(row["resolve_due_at"]) if row["resolve_due_at"] else None,
            closed_at=_instant(row["closed_at"]) if row["closed_at"] else None,
        )
        for row in rows
    ]


def _instant(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)

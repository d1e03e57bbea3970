"""Who could be sent for a ticket, in the order dispatch suggests, and which visits could be promised."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from core.work_vocabulary import DispatchMode
from ops_db.dispatch.dispatching import dispatch_choice
from ops_db.dispatch.ranking import Suggestion
from ops_db.dispatch.reason_words import sentence
from ops_db.dispatch.suggesting import Plan, plan_for
from ops_db.dossier.service import Dossier
from ops_db.estate import service as estate
from ops_db.rosters import service as rosters
from ticket_service.pages.action_forms import ActionForm
from ticket_service.pages.appointments import Window, suggested_windows
from ticket_service.pages.reader import Reader

_DAYS_AHEAD = 4
_MOST_WINDOWS = 8


@dataclass(frozen=True, slots=True)
class TechnicianOption:
    """Somebody who could go, with the open tasks they have; `reasons` where dispatch has an opinion of them."""

    id: UUID
    name: str
    crew_id: UUID | None
    crew_name: str | None
    open_count: int
    fits: bool
    reasons: str = ""


@dataclass(frozen=True, slots=True)
class TopSuggestion:
    """Who should go, to be taken with one tap: `form` is the one that sends them."""

    form: ActionForm
    id: UUID
    name: str
    crew_name: str
    reasons: str
    rule: int | None
    is_offered: bool


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who serves the project, the suggested first, and the windows to promise."""

    options: list[TechnicianOption]
    top: TopSuggestion | None
    windows: list[Window]


async def people_to_send(
    connection: AsyncConnection, dossier: Dossier, forms: Iterable[ActionForm], *, trade: str | None, reader: Reader
) -> People:
    """Everybody; ranked only where somebody can be sent now, since ranking looks at all they do that day."""
    rows = await estate.technicians(connection, project_code=dossier.ticket.project_code)
    asking = [form for form in forms if form.asks_for_people]
    if not asking:
        return People(_in_usual_order(rows, trade), None, suggested_windows(reader.clock))
    plan = await plan_for(connection, dossier.ticket.id, now=reader.clock.now)
    ranked = [_option(one, trade, reader) for one in plan.suggestions]
    known = {one.id for one in ranked}
    others = [one for one in _in_usual_order(rows, trade) if one.id not in known]
    crew_id = plan.best.candidate.crew_id if plan.best else plan.crew_id
    return People([*ranked, *others], _top(plan, asking, dossier, reader), await _windows(connection, crew_id, reader))


def _in_usual_order(rows: Iterable[Any], trade: str | None) -> list[TechnicianOption]:
    """First who has the trade, then who has least to do."""
    options = [
        TechnicianOption(row.id, row.name, row.crew_id, row.crew_name, row.open_task_count, trade in row.trades)
        for row in rows
    ]
    return sorted(options, key=lambda one: (not one.fits, one.open_count, one.name))


def _option(one: Suggestion, trade: str | None, reader: Reader) -> TechnicianOption:
    who = one.candidate
    fits = trade is not None and trade in who.trades
    words = sentence((reason for reason in one.reasons if reason.code != "load"), reader.language)
    return TechnicianOption(who.staff_id, who.name, who.crew_id, who.crew_name, who.open_count, fits, words)


def _top(plan: Plan, asking: list[ActionForm], dossier: Dossier, reader: Reader) -> TopSuggestion | None:
    nodes = {task.node_key for task in dossier.tasks if task.state == "open"}
    choices = {choice.key for node in nodes if (choice := dispatch_choice(dossier.definition, node))}
    form = next((one for one in asking if one.choice in choices), None)
    if plan.best is None or form is None:
        return None
    who = plan.best.candidate
    return TopSuggestion(
        form,
        who.staff_id,
        who.name,
        who.crew_name or "",
        sentence(plan.best.reasons, reader.language),
        plan.rule.position if plan.rule else None,
        is_offered=plan.mode == DispatchMode.GRAB,
    )


async def _windows(connection: AsyncConnection, crew_id: UUID | None, reader: Reader) -> list[Window]:
    """What the crew can still promise; the usual hours where no windows are kept."""
    clock = reader.clock
    free = await rosters.windows_to_promise(
        connection, crew_id=crew_id, zone=clock.zone, now=clock.now, days=_DAYS_AHEAD
    )
    if not free:
        return suggested_windows(clock)
    return [
        Window(
            clock.field_value(one.starts_at), clock.field_value(one.ends_at), clock.window(one.starts_at, one.ends_at)
        )
        for one in free[:_MOST_WINDOWS]
    ]

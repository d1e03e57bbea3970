"""The way of a ticket on the drawing of its process: what was done, by whom, how long it took, and where it stands."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from starlette.responses import Response

from core.vocabulary import Permission
from ops_db.actor import Actor
from ops_db.dossier.service import Dossier, dossier_of
from ops_db.forms.process_facts import facts_in_use
from ops_db.process.definition import Definition
from ticket_service.dependencies import Connection, Keys
from ticket_service.pages.manage.process_lists import catalogue_for
from ticket_service.pages.manage.process_words import words_for
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/desk/tickets/{number}")

CanRead = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]
_OPEN_TO_ALL: Final = {
    "start": ("next",),
    "task": ("role", "choices"),
    "approval": ("approved", "declined"),
    "branch": ("cases", "default"),
    "split": ("next", "join"),
    "join": ("next",),
    "timer": ("next", "minutes", "clock"),
    "notice": ("next", "to"),
    "end": ("ticket_state",),
}
"""What everybody who may read the ticket sees of a step: that it is there, whose it is, and where it leads."""


@router.get("/path")
async def show_path(number: str, reader: CurrentReader, actor: CanRead, connection: Connection, keys: Keys) -> Response:
    """The drawing with the ticket's way on it, and the same as a list."""
    dossier = await dossier_of(connection, number, actor=actor, personal_data=keys)
    sees_rules = actor.may(Permission.TICKET_DISPATCH, dossier.ticket.project_id)
    data = {
        "language": reader.clock.language,
        "words": words_for(reader.translate),
        "catalogue": catalogue_for(reader, {}, (await facts_in_use(connection)).values()),
        "definition": drawing_for(dossier.definition, sees_rules=sees_rules),
        "steps": _steps(dossier, reader),
    }
    return reader.page(
        "ticket_path.html",
        ticket=dossier.ticket,
        process=dossier.definition.title.label(reader.clock.language),
        version=dossier.definition.version,
        steps=data["steps"],
        data=data,
    )


def drawing_for(definition: Definition, *, sees_rules: bool) -> dict[str, Any]:
    """The definition to be drawn; who does not dispatch sees the steps, and not by which rules the house decides."""
    whole = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    kept = ("key", "version", "title", "nodes", "layout")
    drawn = {name: whole[name] for name in kept if name in whole}
    return drawn if sees_rules else drawn | {"nodes": [_without_rules(node) for node in whole["nodes"]]}


def _without_rules(node: dict[str, Any]) -> dict[str, Any]:
    names = ("kind", "key", "title", *_OPEN_TO_ALL.get(node["kind"], ("next",)))
    shown = {name: node[name] for name in names if name in node}
    if "choices" in shown:
        shown["choices"] = [{name: one[name] for name in ("key", "title", "next")} for one in shown["choices"]]
    if "cases" in shown:
        shown["cases"] = [_without_condition(case, number) for number, case in enumerate(shown["cases"], 1)]
    return shown


def _without_condition(case: dict[str, Any], number: int) -> dict[str, Any]:
    named = {"zh-CN": f"情况 {number}", "en": f"Case {number}"}
    return {"next": case["next"], "when": {}, "title": case.get("title") or named}


def _steps(dossier: Dossier, reader: Reader) -> list[dict[str, Any]]:
    """Each step the ticket stood at, in order, in words."""
    done_by = {
        str(event.task_id): event
        for event in dossier.events
        if event.task_id is not None and event.kind not in {"task:assign", "visit:depart", "visit:arrive"}
    }
    language = reader.clock.language
    return [_step(dossier, task, done_by.get(str(task.id)), reader, language) for task in dossier.tasks]


def _step(dossier: Dossier, task: Any, event: Any, reader: Reader, language: str) -> dict[str, Any]:
    clock, _ = reader.clock, reader.translate
    is_open = task.state == "open"
    spent = (clock.now if is_open else task.ended_at) - task.opened_at
    who = task.assignee_name or task.crew_name or ""
    if event is not None and not is_open:
        who = event.actor_name or event.staff_name or who
    late = is_open and task.due_at is not None and task.due_at < clock.now
    when = clock.moment(task.opened_at if is_open else task.ended_at)
    length = clock.duration(max(spent, dt.timedelta()))
    return {
        "node": task.node_key,
        "title": dossier.node_title(task.node_key, language),
        "isOpen": is_open,
        "isDone": task.state == "done",
        "isLate": late,
        "choice": task.outcome if task.state == "done" else None,
        "who": who,
        "when": when,
        "length": _("waiting for %(length)s", length=length) if is_open else _("took %(length)s", length=length),
    }

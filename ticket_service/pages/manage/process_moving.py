"""Moving the tickets under way to another version of their process: the plan as a table, then a part at a time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import DefinitionState, Permission
from ops_db.actor import Actor
from ops_db.errors import DomainError, NotFound, NotPermitted
from ops_db.process.definition import AnyNode
from ops_db.process.migration_plan import Misfit
from ops_db.process_admin import moving_in_parts as moving
from ops_db.process_admin import versions
from ops_db.process_admin.moving_in_parts import Line, Planned
from ops_db.process_admin.versions import Process, Version
from ticket_service.api.process_schemas import KEY_PATTERN
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.pages.sentences import sentence_of
from ticket_service.policies import Allowed
from ticket_service.problems import PROBLEMS

router = APIRouter(include_in_schema=False, prefix="/manage/processes")

Manager = Annotated[Actor, Depends(Allowed(Permission.PROCESS_MANAGE))]
Key = Annotated[str, Path(pattern=KEY_PATTERN)]
_MAPPED: Final = "map_"
_MOST_FIELDS: Final = 1000
_MOST_NAMED: Final = 12


@router.get("/{key}/move")
async def plan_move(
    key: Key, request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Which version to which, and what would become of the tickets; the choices stand in the address."""
    return await _plan_page(reader, actor, connection, key, dict(request.query_params), now=now)


@router.post("/{key}/move")
async def carry_out(
    key: Key, request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Move the next hundred; while there are more, the page says how far it is and goes on."""
    typed = (await submitted(request, most_fields=_MOST_FIELDS)).typed
    done, total = _number(typed.get("done")) or 0, _number(typed.get("confirmed"))
    pair = {"from_version": _number(typed.get("from")) or 0, "to_version": _number(typed.get("to")) or 0}
    node_map = _chosen(typed)
    if total is None or not await _is_still(connection, actor, key, pair, typed, total, now=now):
        words = reader.translate("Look at the plan as it is now, and say that you want this many tickets moved.")
        return await _plan_page(reader, actor, connection, key, typed, now=now, refused=words, status=409)
    part = await moving.move_part(
        connection,
        key,
        **pair,
        node_map={node: target for node, target in node_map.items() if target},
        after=typed.get("after", ""),
        actor=actor,
        now=now,
    )
    done += len(part.moved)
    again = {name: value for name, value in typed.items() if name.startswith(_MAPPED) or name in ("from", "to")}
    if not part.left:
        return go(f"/manage/processes/{key}/move?{urlencode(again | {'moved': done})}", toast="done")
    process = await _process(connection, actor, key)
    return manage_page(
        reader,
        "manage/process_moving.html",
        here="/manage/processes",
        process=process,
        carried=again | {"after": part.after, "done": done, "confirmed": total},
        done=done,
        total=max(total, done),
        **pair,
    )


async def _is_still(
    connection: AsyncConnection,
    actor: Actor,
    key: str,
    pair: Mapping[str, int],
    typed: Mapping[str, str],
    count: int,
    *,
    now: dt.datetime,
) -> bool:
    """Whether as many tickets fit as were confirmed; asked once, before the first of them is moved."""
    if typed.get("after"):
        return True
    planned = await moving.planned_move(connection, key, **pair, chosen=_chosen(typed), actor=actor, now=now)
    return len(planned.fitting) == count


async def _plan_page(
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    key: str,
    asked: Mapping[str, str],
    *,
    now: dt.datetime,
    refused: str = "",
    status: int = 200,
) -> Response:
    process = await _process(connection, actor, key)
    sources = [one for one in process.versions if one.state != DefinitionState.DRAFT]
    old, new = _pair(process, asked)
    planned, lines = None, []
    if old is not None and new is not None:
        try:
            planned = await moving.planned_move(
                connection,
                key,
                from_version=old.version,
                to_version=new.version,
                chosen=_chosen(asked),
                actor=actor,
                now=now,
            )
            lines = [_line(one, planned, reader) for one in planned.lines]
        except (NotFound, NotPermitted):
            raise
        except DomainError as error:
            refused, status = sentence_of(error, reader.language), PROBLEMS[error.code][0].value
    return manage_page(
        reader,
        "manage/process_move.html",
        status=status,
        here="/manage/processes",
        process=process,
        sources=sources,
        old=old,
        new=new,
        planned=planned,
        lines=lines,
        moved=_number(asked.get("moved")),
        refused=refused,
    )


def _line(line: Line, planned: Planned, reader: Reader) -> dict[str, Any]:
    """One row of the table; why tickets do not fit is said once for all that have the same reason."""
    reasons: dict[str, list[str]] = {}
    for misfit in line.misfits:
        reasons.setdefault(_reason(misfit, planned, reader), []).append(misfit.ticket)
    return {
        "key": line.node.key,
        "title": _title(line.node, reader),
        "count": line.count,
        "target": line.target or "",
        "choices": [(one.key, _title(one, reader)) for one in line.choices],
        "reasons": [
            (reason, numbers[:_MOST_NAMED], max(0, len(numbers) - _MOST_NAMED)) for reason, numbers in reasons.items()
        ],
    }


def _reason(misfit: Misfit, planned: Planned, reader: Reader) -> str:
    steps = {**planned.new.titles, **planned.old.titles}
    if misfit.problem.code in ("assigned", "on_the_way", "other_fork", "no_such_node"):
        steps = {**planned.old.titles, **planned.new.titles}
    sentence = sentence_of(misfit.problem, reader.language, steps)
    return sentence[:1].upper() + sentence[1:]


def _title(node: AnyNode, reader: Reader) -> str:
    title = getattr(node, "title", None)
    return title.label(reader.language) if title is not None else node.key


async def _process(connection: AsyncConnection, actor: Actor, key: str) -> Process:
    actor.require_everywhere(Permission.PROCESS_MANAGE)
    found = next((one for one in await versions.processes(connection, actor=actor) if one.key == key), None)
    if found is None:
        raise NotFound("There is no process {key}.", key=key)
    return found


def _pair(process: Process, asked: Mapping[str, str]) -> tuple[Version | None, Version | None]:
    """The versions asked for; else to the one in use, from the other one that has the most tickets."""
    known = {str(one.version): one for one in process.versions if one.state != DefinitionState.DRAFT}
    new = known.get(asked.get("to", "")) or process.published
    others = sorted((one for one in known.values() if one is not new), key=lambda one: -one.running_count)
    return known.get(asked.get("from", "")) or next(iter(others), None), new


def _chosen(asked: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix(_MAPPED): value for name, value in asked.items() if name.startswith(_MAPPED)}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else None

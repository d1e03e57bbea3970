"""The rules that say which process a ticket takes, as a page: in order, to move, add, change and try out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import Permission, Severity, Trade
from ops_db.actor import Actor
from ops_db.errors import DomainError, InvalidInput, ReferenceUnknown
from ops_db.process_admin import holders, rules, versions
from ops_db.process_admin.rules import Conditions
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.process_sentences import rule_in_words
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.pages.sentences import sentence_of
from ticket_service.pages.taxonomy import taxonomy_of
from ticket_service.policies import Allowed
from ticket_service.problems import PROBLEMS

router = APIRouter(include_in_schema=False, prefix="/manage/process-rules")

Manager = Annotated[Actor, Depends(Allowed(Permission.PROCESS_MANAGE))]
_HERE = "/manage/process-rules"


@router.get("")
async def list_rules(request: Request, reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """The rules in their order; with a ticket described in the address, which process it would take."""
    asked = dict(request.query_params)
    return await _page(reader, actor, connection, asked=asked)


@router.post("")
async def add_rule(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Add a rule after the last one."""
    typed = (await submitted(request)).typed
    try:
        await rules.add_rule(
            connection, conditions_in(typed), actor=actor, process_key=typed.get("process_key", ""), now=now
        )
    except DomainError as error:
        return await _page(reader, actor, connection, refused=error, typed=typed)
    return go(_HERE, toast="rule_added")


@router.post("/{id}")
async def change_rule(
    id: UUID, request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Change, move or remove a rule, as the button says."""
    typed = (await submitted(request)).typed
    try:
        await _changed(connection, id, typed, actor=actor, now=now)
    except DomainError as error:
        return await _page(reader, actor, connection, refused=error)
    return go(f"{_HERE}#rule-{id}", toast="rule_removed" if typed.get("do") == "remove" else "rule_changed")


async def _changed(connection: AsyncConnection, id: UUID, typed: Mapping[str, str], *, actor: Actor, now: Any) -> None:
    match typed.get("do"):
        case "remove":
            await rules.remove_rule(connection, id, actor=actor, now=now)
        case "move":
            position = typed.get("position", "")
            if not position.isascii() or not position.isdigit():
                raise InvalidInput("Say at which place the rule shall stand, counted from one.")
            await rules.move_rule(connection, id, actor=actor, position=int(position[:6]), now=now)
        case _:
            key = typed.get("process_key", "")
            await rules.change_rule(connection, id, conditions_in(typed), actor=actor, process_key=key, now=now)


def conditions_in(typed: Mapping[str, str]) -> Conditions:
    """What a form says of a ticket; an empty field does not matter. Raises InvalidInput for what no form offers."""
    try:
        return Conditions(
            project_id=UUID(typed["project_id"]) if typed.get("project_id") else None,
            area_id=UUID(typed["area_id"]) if typed.get("area_id") else None,
            trade=Trade(typed["trade"]) if typed.get("trade") else None,
            category_code=typed.get("category_code") or None,
            is_public_area={"yes": True, "no": False}.get(typed.get("is_public_area", "")),
            severity=Severity(typed["severity"]) if typed.get("severity") else None,
        )
    except ValueError as error:
        raise InvalidInput("Choose from the lists of this page. Load it again if something is missing.") from error


async def _page(
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    *,
    asked: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
    refused: DomainError | None = None,
) -> Response:
    language = reader.clock.language
    answer = None
    if asked and "ask" in asked:
        try:
            answer = await rules.which_process(connection, conditions_in(asked), actor=actor)
        except (InvalidInput, ReferenceUnknown) as error:
            refused = error
    found = await rules.rules(connection, actor=actor)
    processes = await versions.processes(connection, actor=actor)
    taxonomy = await taxonomy_of(connection, language)
    places = await rules.places(connection, actor=actor)
    return manage_page(
        reader,
        "manage/process_rules.html",
        status=PROBLEMS[refused.code][0].value if refused else 200,
        here=_HERE,
        rules=[(rule, rule_in_words(rule, language), rules.is_changeable(rule, actor=actor)) for rule in found],
        may_everywhere=actor.scope(Permission.PROCESS_MANAGE) is None,
        titles={one.key: one.title.label(language) for one in processes},
        choosable=[one for one in processes if one.published is not None],
        places=places,
        role_names=lambda roles: reader.translate(" or ").join(role.label(language) for role in roles),
        may_give=actor.scope(Permission.ACCOUNT_MANAGE) is None,
        lacking=await holders.lacking(connection, actor=actor),
        categories=taxonomy.categories,
        asked=asked or {},
        typed=typed or {},
        answer=answer,
        answer_rule=rule_in_words(answer.rule, language) if answer and answer.rule else "",
        refused=sentence_of(refused, language) if refused else "",
    )

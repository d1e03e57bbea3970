"""Dispatch: whom to send for a ticket and why, which visits can be promised, and the rules that decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response, status
from sqlalchemy.ext.asyncio import AsyncConnection

from core.language import Language
from core.vocabulary import Permission, Severity
from ops_db.actor import Actor
from ops_db.dispatch import service
from ops_db.dispatch.proposing import plan_for_ticket, promisable
from ops_db.dispatch.ranking import Suggestion
from ops_db.dispatch.reason_words import in_words
from ops_db.dispatch.rules import Rule
from ops_db.dispatch.service import NewRule
from ops_db.dispatch.suggesting import Plan
from ops_db.errors import NotFound
from ticket_service.api import dispatch_schemas as shapes
from ticket_service.api.schemas import In
from ticket_service.api.spoken import Spoken
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.once import Key, answered_once
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/tickets/{number}", tags=["dispatch"], route_class=RetryingRoute)
rule_router = APIRouter(prefix="/dispatch-rules", tags=["dispatch"], route_class=RetryingRoute)

Dispatcher = Annotated[Actor, Depends(Allowed(Permission.TICKET_DISPATCH))]
Manager = Annotated[Actor, Depends(Allowed(Permission.DISPATCH_MANAGE))]
Name = Annotated[str | None, Query(max_length=80)]


@router.get("/suggestions")
async def list_suggestions(
    number: str, actor: Dispatcher, connection: Connection, now: Now, language: Spoken
) -> shapes.SuggestionsOut:
    """Who should go for a ticket, the best first, each with the reasons; and the rule that decides.

    Sending somebody is the action of the ticket that asks for `technician_id`. Where the rule offers the ticket to a
    crew, whoever of it is quickest takes it by that action with their own.
    """
    plan = await plan_for_ticket(connection, number, actor=actor, now=now)
    return shapes.SuggestionsOut(**_plan_out(plan, language))


@router.get("/windows")
async def list_windows(
    number: str,
    actor: Dispatcher,
    connection: Connection,
    now: Now,
    days: Annotated[int, Query(ge=1, le=14, description="How many days from today on.")] = 4,
) -> shapes.WindowsOut:
    """Windows for a visit that can still be promised; promise one with the action that sends somebody.

    Whether a promise was kept stands with the visit.
    """
    found = await promisable(connection, number, actor=actor, now=now, days=days)
    return shapes.WindowsOut(
        crew_id=found.crew_id, windows=[shapes.WindowOut.model_validate(one) for one in found.windows]
    )


@rule_router.get("")
async def list_dispatch_rules(actor: Manager, connection: Connection) -> list[shapes.DispatchRuleOut]:
    """The rules that count in your projects, in their order: the first of which everything is true decides."""
    return [_rule_out(rule, actor) for rule in await service.rules(connection, actor=actor)]


@rule_router.get("/which")
async def which_crew(
    actor: Manager,
    connection: Connection,
    now: Now,
    language: Spoken,
    project_code: Annotated[str, Query(max_length=80)],
    building_code: Name = None,
    room_number: Name = None,
    category_code: Name = None,
    component_code: Name = None,
    defect_code: Name = None,
    severity: Severity = Severity.NORMAL,
) -> shapes.DispatchTrialOut:
    """Who would get such a ticket if it were reported now, and why; nothing is kept."""
    trial = await service.try_out(
        connection,
        project_code=project_code,
        building_code=building_code,
        room_number=room_number,
        category_code=category_code,
        component_code=component_code,
        defect_code=defect_code,
        severity=severity,
        actor=actor,
        now=now,
    )
    verdicts = [
        shapes.VerdictOut(rule_id=one.rule.id, position=one.rule.position, failed=one.failed, is_chosen=one.is_chosen)
        for one in trial.verdicts
    ]
    return shapes.DispatchTrialOut(**_plan_out(trial.plan, language), verdicts=verdicts)


@rule_router.post("", status_code=status.HTTP_201_CREATED, response_model=shapes.DispatchRuleOut)
async def add_dispatch_rule(
    body: shapes.DispatchRuleIn, actor: Manager, connection: Connection, now: Now, keys: Keys, key: Key = None
) -> Response:
    """Add a rule after the last one. One without a project takes a permission for every project."""

    async def work() -> shapes.DispatchRuleOut:
        new = NewRule(**body.model_dump())
        return await _kept(connection, await service.save_rule(connection, new, id=None, actor=actor, now=now), actor)

    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, status=status.HTTP_201_CREATED
    )


@rule_router.put("/{rule_id}", response_model=shapes.DispatchRuleOut)
async def change_dispatch_rule(
    rule_id: UUID,
    body: shapes.DispatchRuleIn,
    actor: Manager,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Change a rule where it stands."""

    async def work() -> shapes.DispatchRuleOut:
        new = NewRule(**body.model_dump())
        return await _kept(
            connection, await service.save_rule(connection, new, id=rule_id, actor=actor, now=now), actor
        )

    return await _once(connection, work, rule_id, body, actor=actor, key=key, now=now, keys=keys)


@rule_router.post("/{rule_id}/move", response_model=shapes.DispatchRuleOut)
async def move_dispatch_rule(
    rule_id: UUID,
    body: shapes.EarlierIn,
    actor: Manager,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Let a rule be asked before its neighbour, or after it."""

    async def work() -> shapes.DispatchRuleOut:
        await service.move_rule(connection, rule_id, up=body.is_earlier, actor=actor, now=now)
        return await _kept(connection, rule_id, actor)

    return await _once(connection, work, rule_id, body, actor=actor, key=key, now=now, keys=keys)


@rule_router.post("/{rule_id}/switch", response_model=shapes.DispatchRuleOut)
async def switch_dispatch_rule(
    rule_id: UUID,
    body: shapes.SwitchIn,
    actor: Manager,
    connection: Connection,
    now: Now,
    keys: Keys,
    key: Key = None,
) -> Response:
    """Let a rule count, or rest."""

    async def work() -> shapes.DispatchRuleOut:
        await service.switch_rule(connection, rule_id, on=body.is_active, actor=actor, now=now)
        return await _kept(connection, rule_id, actor)

    return await _once(connection, work, rule_id, body, actor=actor, key=key, now=now, keys=keys)


@rule_router.delete("/{rule_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_dispatch_rule(rule_id: UUID, actor: Manager, connection: Connection, now: Now) -> None:
    """Take a rule away; what it decided stays decided."""
    await service.delete_rule(connection, rule_id, actor=actor, now=now)


async def _once(
    connection: AsyncConnection,
    work: Callable[[], Awaitable[shapes.DispatchRuleOut]],
    rule_id: UUID,
    body: In,
    *,
    actor: Actor,
    key: str | None,
    now: dt.datetime,
    keys: Keys,
) -> Response:
    return await answered_once(
        connection, work, actor=actor, key=key, request=body, now=now, keys=keys, scope=str(rule_id)
    )


async def _kept(connection: AsyncConnection, id: UUID, actor: Actor) -> shapes.DispatchRuleOut:
    rule = next((one for one in await service.rules(connection, actor=actor) if one.id == id), None)
    if rule is None:
        raise NotFound("There is no such rule any more. Look at the list again.")
    return _rule_out(rule, actor)


def _rule_out(rule: Rule, actor: Actor) -> shapes.DispatchRuleOut:
    names = set(shapes.DispatchRuleOut.model_fields) - {"is_changeable"}
    values: dict[str, Any] = {name: getattr(rule, name) for name in names}
    return shapes.DispatchRuleOut(**values, is_changeable=service.is_changeable(rule, actor=actor))


def _plan_out(plan: Plan, language: Language) -> dict[str, Any]:
    return {
        "rule_id": plan.rule.id if plan.rule else None,
        "position": plan.rule.position if plan.rule else None,
        "mode": plan.mode,
        "crew_id": plan.crew_id,
        "starts_at": plan.job.starts_at,
        "ends_at": plan.job.ends_at,
        "suggestions": [_suggestion_out(one, language) for one in plan.suggestions],
    }


def _suggestion_out(one: Suggestion, language: Language) -> shapes.SuggestionOut:
    who = one.candidate
    return shapes.SuggestionOut(
        technician_id=who.staff_id,
        name=who.name,
        crew_id=who.crew_id,
        crew_name=who.crew_name,
        open_task_count=who.open_count,
        points=one.points,
        is_available=one.is_available,
        is_fit=one.is_fit,
        reasons=[
            shapes.ReasonOut(
                code=reason.code, points=reason.points, value=reason.value, text=in_words(reason, language)
            )
            for reason in one.reasons
        ],
    )

"""Time: a ticket's clock, warranty and way, and the calendars and service levels behind them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from fastapi import APIRouter, Depends

from core.vocabulary import PauseReason, Permission
from ops_db.actor import Actor
from ops_db.clock import service
from ops_db.clock.running import clock_of
from ops_db.clock.years import KeptCalendar
from ops_db.dossier.service import Dossier, dossier_of
from ops_db.process.definition import Definition
from ops_db.warranty.clocks import Judgement
from ops_db.warranty.of_ticket import warranty_for
from ticket_service.api import clock_schemas as shapes
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.ticket_path import drawing_for
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/tickets/{number}", tags=["clock"], route_class=RetryingRoute)
house_router = APIRouter(tags=["clock"], route_class=RetryingRoute)

Reader = Annotated[Actor, Depends(Allowed(Permission.TICKET_READ))]
Manager = Annotated[Actor, Depends(Allowed(Permission.CLOCK_MANAGE))]


@router.get("/clock")
async def read_clock(number: str, actor: Reader, connection: Connection) -> shapes.ClockOut:
    """What was promised for a ticket and by when, its pauses with their reasons, and what happens by itself."""
    found = await clock_of(connection, number, actor=actor)
    return shapes.ClockOut(
        calendar_code=found.calendar_code,
        running_since=found.running_since,
        pause_reason=found.pause_reason,
        deadlines=[shapes.DeadlineOut.model_validate(one) for one in found.deadlines],
        pauses=[shapes.HaltOut.model_validate(one) for one in found.halts],
        timers=[
            shapes.TicketTimerOut(**row._asdict(), **_titles(found.definition, row.node_key)) for row in found.timers
        ],
    )


@router.get("/warranty")
async def read_warranty(number: str, actor: Reader, connection: Connection) -> shapes.WarrantyOut:
    """Whether the owner, and whether the contractor is owed the repair: each with reason, term and days left."""
    found = await warranty_for(connection, number, actor=actor)
    return shapes.WarrantyOut(
        owner=_judged_out(found.owner),
        contractor=_judged_out(found.contractor),
        payer=found.payer,
        contractor_id=found.builder_id,
        contractor_name=found.builder_name,
    )


@router.get("/path")
async def read_path(number: str, actor: Reader, connection: Connection, now: Now, keys: Keys) -> shapes.PathOut:
    """The steps a ticket stood at, from when to when, and the drawing of the process it runs on."""
    dossier = await dossier_of(connection, number, actor=actor, personal_data=keys)
    definition = dossier.definition
    sees_rules = actor.may(Permission.TICKET_DISPATCH, dossier.ticket.project_id)
    return shapes.PathOut(
        process_key=definition.key,
        process_version=definition.version,
        process_title_zh=definition.title.label("zh-CN"),
        process_title_en=definition.title.label("en"),
        steps=_steps(dossier, now),
        drawing=drawing_for(definition, sees_rules=sees_rules),
    )


@house_router.get("/calendars")
async def list_calendars(actor: Manager, connection: Connection) -> list[shapes.CalendarOut]:
    """Calendars with their shifts, the days that are different, and which of your projects go by each."""
    return [_calendar_out(one, actor) for one in await service.calendars(connection, actor=actor)]


@house_router.get("/service-levels")
async def list_service_levels(actor: Manager, connection: Connection) -> list[shapes.ServiceLevelOut]:
    """Every promise that holds or held."""
    rows = await service.policies(connection, actor=actor)
    names = set(shapes.ServiceLevelOut.model_fields) - {"running_reasons"}
    return [
        shapes.ServiceLevelOut(
            **{name: getattr(row, name) for name in names},
            running_reasons=[one for one in PauseReason if one.value in row.running_reasons.split(",")],
        )
        for row in rows
    ]


def _titles(definition: Definition, node_key: str) -> dict[str, str]:
    title = getattr(definition.by_key.get(node_key), "title", None)
    return {
        "node_title_zh": title.label("zh-CN") if title else node_key,
        "node_title_en": title.label("en") if title else node_key,
    }


def _judged_out(one: Judgement) -> shapes.WarrantyClockOut:
    term = one.term
    return shapes.WarrantyClockOut(
        clock=one.clock,
        standing=one.standing,
        is_in_warranty=one.is_in_warranty,
        start_date=one.start,
        end_date=one.end,
        days_left=one.days_left,
        month_count=term.month_count if term else None,
        season_count=term.season_count if term else None,
        season=term.season if term else None,
        valid_from=term.valid_from if term else None,
        note=term.note if term else None,
    )


def _steps(dossier: Dossier, now: dt.datetime) -> list[shapes.StepOut]:
    return [
        shapes.StepOut(
            task_id=task.id,
            node_key=task.node_key,
            **_titles(dossier.definition, task.node_key),
            state=task.state,
            outcome=task.outcome,
            assignee_name=task.assignee_name,
            crew_name=task.crew_name,
            opened_at=task.opened_at,
            due_at=task.due_at,
            ended_at=task.ended_at,
            is_late=task.due_at is not None and task.due_at < (task.ended_at or now),
        )
        for task in dossier.tasks
    ]


def _calendar_out(kept: KeptCalendar, actor: Actor) -> shapes.CalendarOut:
    row = kept.row
    return shapes.CalendarOut(
        code=row.code,
        name=row.name,
        timezone=row.timezone,
        holiday_region=row.holiday_region,
        is_changeable=service.is_changeable(kept, actor=actor),
        project_codes=[code for code, _ in service.own_projects(kept, actor=actor)],
        shifts=[
            shapes.ShiftOut(weekday=weekday, start_minute=start, end_minute=end, valid_from=since)
            for weekday, start, end, since in sorted(row.shifts, key=lambda one: (one[3], one[0], one[1]))
        ],
        overrides=[
            shapes.OverrideOut(on_date=on, is_working=is_working, like_weekday=like, reason=reason or "")
            for on, is_working, like, reason in row.overrides
        ],
    )

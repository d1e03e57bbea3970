"""Opening a ticket: the place and the defect are looked up, the process starts, one statement writes it all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from core.identifiers import uuid7
from core.vocabulary import ActorKind, Channel, Permission, Severity
from ops_db.actor import SYSTEM, Actor
from ops_db.dispatch.dispatching import after_opening
from ops_db.errors import InvalidInput, NotInstalled, ReferenceUnknown
from ops_db.passwords import new_token, token_hash
from ops_db.people import service as people
from ops_db.personal_data import PersonalData
from ops_db.process import interpreter
from ops_db.process.errors import steps_named
from ops_db.process.facts import FORM_PREFIX
from ops_db.tickets import change_repository, promises, repository
from ops_db.tickets.facts import kept, read_facts
from ops_db.tickets.recording import Due, rows_of_step
from ops_db.tickets.standing import known_definition, standing_of
from ops_db.tickets.subject import Subject

DEFAULT_PROCESS = "standard_repair"
_TITLE_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTicket:
    """What is reported. The place is a home (`unit_code`), or a project and perhaps a building for a shared part.

    Of the taxonomy the most exact level known suffices; without a severity the defect's own is taken.
    The reporter is somebody known (`reporter_id`) or a number, with a name if it was given. `answers` are those of the
    report form that conditions may ask about, by the key of the field.
    """

    channel: Channel
    description: str
    title: str | None = None
    unit_code: str | None = None
    project_code: str | None = None
    building_code: str | None = None
    space_code: str | None = None
    category_code: str | None = None
    component_code: str | None = None
    defect_code: str | None = None
    severity: Severity | None = None
    reporter_id: UUID | None = None
    reporter_name: str | None = None
    reporter_phone: str | None = None
    reported_at: dt.datetime | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OpenedTicket:
    """A new ticket; `tracking_token` opens the owner's page and is kept nowhere."""

    id: UUID
    number: str
    version: int
    state: str
    node_key: str | None
    owner_status: str
    tracking_token: str


async def open_ticket(
    connection: AsyncConnection, new: NewTicket, *, actor: Actor, now: dt.datetime, personal_data: PersonalData
) -> OpenedTicket:
    """Open a ticket and start its process.

    Raises ReferenceUnknown (no such home, defect …, or not in the actor's projects), InvalidInput, NotInstalled.
    """
    reported_at = min(new.reported_at or now, now)
    place = await _place(connection, new, actor=actor, reported_at=reported_at)
    reporter_id = new.reporter_id
    if reporter_id is None and new.reporter_phone:
        reporter_id = await people.find_or_add(
            connection, phone=new.reporter_phone, name=new.reporter_name, personal_data=personal_data, now=now
        )
    severity = Severity(place.severity)
    definition, needs = await known_definition(connection, place.process_definition_id)
    facts = _facts(place, severity, new) | await read_facts(connection, needs, _subject(place, severity, reported_at))
    with steps_named(definition.titles):
        step = interpreter.start(definition, facts=facts, new_id=lambda: str(uuid7()))
    tracking_token = new_token()
    acknowledge_due_at, resolve_due_at = [
        await promises.due_at(connection, minutes, calendar_code=place.calendar_code, start=reported_at)
        for minutes in (place.acknowledge_minutes, place.resolve_minutes)
    ]
    working = await promises.working_time(connection, place.calendar_code) if needs.has_timers else None
    rows = rows_of_step(
        step,
        definition,
        actor=actor,
        now=now,
        due=Due(acknowledge_due_at, acknowledge_due_at, working),
        given=_answers(new) | kept(event.data for event in step.events),
    )
    details = {
        "severity": severity.value,
        "reporter_id": reporter_id,
        "reported_at": reported_at,
        "resolve_due_at": resolve_due_at,
        "closed_at": None if step.state.tokens else now,
        "tracking_token_hash": token_hash(tracking_token),
    }
    created = await change_repository.create(connection, rows.values | _row(place, new) | details, rows.parts)
    # A process may begin at a step that dispatches; the usual one begins at intake.
    if await after_opening(connection, created.id, definition, step.opened, now=now):
        moved = await standing_of(connection, created.number, actor=SYSTEM, permission=Permission.TICKET_READ)
        return OpenedTicket(id=created.id, tracking_token=tracking_token, **moved.summary())
    return OpenedTicket(
        id=created.id,
        number=created.number,
        version=step.state.version,
        state=step.state.ticket_state.value,
        node_key=step.state.node_key,
        owner_status=step.owner_status.value,
        tracking_token=tracking_token,
    )


def _row(place: Row[Any], new: NewTicket) -> dict[str, Any]:
    names = ("project_id", "building_id", "unit_id", "space_id", "category_code", "component_code", "defect_code")
    return {name: getattr(place, name) for name in (*names, "process_definition_id")} | {
        "id": uuid7(),
        "channel": new.channel.value,
        "title": _title(new),
        "description": new.description.strip(),
    }


async def _place(connection: AsyncConnection, new: NewTicket, *, actor: Actor, reported_at: dt.datetime) -> Row[Any]:
    if new.unit_code is None and new.project_code is None:
        raise InvalidInput("Say where: the code of a home, or of a project.")
    place = await repository.place(
        connection,
        process_key=DEFAULT_PROCESS,
        unit_code=new.unit_code,
        project_code=new.project_code,
        building_code=new.building_code,
        space_code=new.space_code,
        category_code=new.category_code,
        component_code=new.component_code,
        defect_code=new.defect_code,
        severity=new.severity.value if new.severity else None,
        reported_at=reported_at,
    )
    # A home of another project looks like no home at all, so that codes cannot be tried out.
    may_see = actor.kind == ActorKind.OWNER or (
        place is not None and actor.may(Permission.TICKET_CREATE, place.project_id)
    )
    if place is None or not may_see:
        name = new.unit_code or new.project_code
        raise ReferenceUnknown("There is no {name} in your projects. Check the code.", name=name)
    if place.process_definition_id is None:
        raise NotInstalled("No process is published. Load the reference data with `python -m ops_db seed`.")
    for given, found in (
        (new.building_code if new.unit_code is None else None, place.building_code),
        (new.space_code, place.space_id),
        (new.category_code, place.category_code),
        (new.component_code, place.component_code),
        (new.defect_code, place.defect_code),
    ):
        if given is not None and found is None:
            raise ReferenceUnknown("There is no {name} here. Choose it from the list.", name=given)
    if place.component_code is not None and place.category_code != place.component_category:
        raise ReferenceUnknown("The component and the category do not belong together. Choose both again.")
    if place.defect_code is not None and place.component_code != place.defect_component:
        raise ReferenceUnknown("The defect and the component do not belong together. Choose both again.")
    return place


def _facts(place: Row[Any], severity: Severity, new: NewTicket) -> dict[str, Any]:
    facts = {
        "project_code": place.project_code,
        "building_code": place.building_code,
        "category_code": place.category_code,
        "component_code": place.component_code,
        "defect_code": place.defect_code,
        "severity": severity.value,
        "channel": new.channel.value,
        "is_public_area": place.unit_id is None,
    }
    return _answers(new) | {name: value for name, value in facts.items() if value is not None}


def _answers(new: NewTicket) -> dict[str, Any]:
    return {f"{FORM_PREFIX}{key}": value for key, value in new.answers.items() if value is not None}


def _subject(place: Row[Any], severity: Severity, reported_at: dt.datetime) -> Subject:
    return Subject(
        None,
        place.project_id,
        place.building_id,
        place.unit_id,
        place.category_code,
        place.component_code,
        place.defect_code,
        severity.value,
        reported_at,
    )


def _title(new: NewTicket) -> str:
    title = " ".join((new.title or new.description).split())
    if not title:
        raise InvalidInput("Say in a few words what is wrong.")
    return title if len(title) <= _TITLE_LENGTH or new.title else title[: _TITLE_LENGTH - 1] + "…"

"""Rules of dispatch: in order, each in words, and a try-out that says who would get a ticket and why."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.language import Language
from core.vocabulary import Permission, Severity
from core.work_vocabulary import CrewSource, DispatchMode
from ops_db.actor import Actor
from ops_db.dispatch import repository, service
from ops_db.dispatch.reason_words import in_words
from ops_db.dispatch.rules import CONDITIONS, Rule
from ops_db.dispatch.service import NewRule, Trial
from ops_db.errors import DomainError, InvalidInput
from ops_db.estate import service as estate
from ops_db.personal_data import PersonalData
from ops_db.rosters import service as rosters
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import NOTHING_REFUSED, Refusal, answered
from ticket_service.pages.form_ids import id_in, needed_id
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.sentences import sentence_of
from ticket_service.pages.submitting import new_key
from ticket_service.pages.taxonomy import Taxonomy, taxonomy_of
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/dispatch")

Manager = Annotated[Actor, Depends(Allowed(Permission.DISPATCH_MANAGE))]

_FLAGS = ("is_public_area", "is_in_owner_warranty", "is_in_contractor_warranty")


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One rule in words."""

    id: UUID
    position: int
    conditions: tuple[str, ...]
    crew: str
    mode: str
    mode_code: str
    note: str
    is_active: bool
    is_changeable: bool


@dataclass(frozen=True, slots=True)
class Choices:
    """What the fields of a rule offer."""

    projects: list[Any]
    areas: list[Any]
    crews: list[Any]
    taxonomy: Taxonomy

    def name_of(self, kind: str, value: object) -> str:
        """What an id or a code is called."""
        if kind in ("category_code", "component_code"):
            return self.taxonomy.names.get(str(value), str(value))
        rows = {"project_id": self.projects, "area_id": self.areas, "crew_id": self.crews}[kind]
        return next((row.name for row in rows if row.id == value), "–")


@router.get("")
async def show_rules(
    reader: CurrentReader, actor: Manager, connection: Connection, edit: UUID | None = None
) -> Response:
    """The rules, and one of them to be changed."""
    return await _page(connection, reader=reader, actor=actor, editing=edit)


@router.get("/try")
async def try_rules(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Who would get a ticket reported now."""
    asked = {name: value.strip() for name, value in request.query_params.items()}
    try:
        trial = await service.try_out(
            connection,
            project_code=asked.get("project", ""),
            building_code=asked.get("building") or None,
            room_number=asked.get("room") or None,
            category_code=asked.get("category") or None,
            **_fault(asked.get("component", "")),
            severity=next((one for one in Severity if one == asked.get("severity")), Severity.NORMAL),
            actor=actor,
            now=now,
        )
    except DomainError as error:
        refused = Refusal(status=422, sentence=sentence_of(error, reader.language), typed=asked)
        return await _page(connection, reader=reader, actor=actor, refused=refused, asked=asked)
    return await _page(connection, reader=reader, actor=actor, asked=asked, trial=trial)


def _fault(chosen: str) -> dict[str, str | None]:
    """A component or, where the choice says so, a defect of one."""
    kind, _, code = chosen.rpartition(":")
    return {"component_code": None if kind else code or None, "defect_code": code if kind == "defect" else None}


@router.post("/rules")
async def save_rule(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Add a rule or change one."""
    form = await submitted(request)
    id = id_in(form.typed, "rule")

    async def work() -> str:
        saved = await service.save_rule(connection, rule_in(form.typed), id=id, actor=actor, now=now)
        return f"/manage/dispatch#rule-{saved}"

    return await _answer(work, form, reader=reader, actor=actor, connection=connection, keys=keys, editing=id)


@router.post("/order")
async def order_rules(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Move a rule up or down, let it rest, or take it away."""
    form = await submitted(request)
    id, deed = needed_id(form.typed, "rule"), form.typed.get("deed", "")

    async def work() -> str:
        if deed in ("up", "down"):
            await service.move_rule(connection, id, up=deed == "up", actor=actor, now=now)
        elif deed in ("on", "off"):
            await service.switch_rule(connection, id, on=deed == "on", actor=actor, now=now)
        elif deed == "delete":
            await service.delete_rule(connection, id, actor=actor, now=now)
        else:
            raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
        return "/manage/dispatch"

    return await _answer(work, form, reader=reader, actor=actor, connection=connection, keys=keys)


def rule_in(typed: Mapping[str, str]) -> NewRule:
    """The rule that was typed; raises InvalidInput for what no form of ours sends."""
    try:
        return NewRule(
            crew_source=CrewSource(typed.get("crew_source", "")),
            mode=DispatchMode(typed.get("mode", "")),
            project_id=id_in(typed, "project_id"),
            area_id=id_in(typed, "area_id"),
            category_code=typed.get("category_code") or None,
            component_code=typed.get("component_code") or None,
            severity=Severity(typed["severity"]) if typed.get("severity") else None,
            crew_id=id_in(typed, "crew_id"),
            note=typed.get("note", ""),
            **{name: {"yes": True, "no": False}.get(typed.get(name, "")) for name in _FLAGS},
        )
    except ValueError as error:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.") from error


async def _answer(
    work: Callable[[], Awaitable[str]],
    form: Any,
    *,
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    keys: PersonalData,
    editing: UUID | None = None,
) -> Response:
    async def show(refused: Refusal) -> Response:
        return await _page(connection, reader=reader, actor=actor, refused=refused, editing=editing)

    return await answered(
        form,
        work,
        show=show,
        connection=connection,
        reader=reader,
        actor=actor,
        keys=keys,
    )


async def _page(
    connection: AsyncConnection,
    *,
    reader: Reader,
    actor: Actor,
    editing: UUID | None = None,
    refused: Refusal = NOTHING_REFUSED,
    asked: Mapping[str, str] | None = None,
    trial: Trial | None = None,
) -> Response:
    kept = await service.rules(connection, actor=actor)
    choices = Choices(
        [
            one
            for one in await estate.projects(connection, actor=actor)
            if actor.may(Permission.DISPATCH_MANAGE, one.id)
        ],
        await repository.areas(connection),
        await rosters.crews(connection, actor=actor),
        await taxonomy_of(connection, reader.language),
    )
    edited = next(
        (rule for rule in kept if rule.id == editing and service.is_changeable(rule, actor=actor)),
        None,
    )
    typed = refused.typed if refused.typed.get("crew_source") else _typed_of(edited) if edited else {}
    return manage_page(
        reader,
        "manage/dispatch.html",
        status=refused.status,
        here="/manage/dispatch",
        rules=[rule_line(rule, choices, reader, actor=actor) for rule in kept],
        may_everywhere=actor.scope(Permission.DISPATCH_MANAGE) is None,
        choices=choices,
        edited=edited,
        typed=typed,
        refused=refused,
        asked=asked or {},
        trial=_trial_view(trial, choices, reader, actor=actor) if trial else None,
        flags=_flag_titles(reader),
        severities=Severity,
        modes=DispatchMode,
        sources=CrewSource,
        new_key=new_key,
    )


def _typed_of(rule: Rule) -> dict[str, str]:
    values = {name: getattr(rule, name) for name in (*CONDITIONS, "crew_source", "crew_id", "mode", "note")}
    words = {True: "yes", False: "no", None: ""}
    return {name: words[value] if value in (True, False, None) else str(value) for name, value in values.items()}


def _flag_titles(reader: Reader) -> dict[str, tuple[str, str, str]]:
    """What each yes-or-no condition is called, and its two answers."""
    _ = reader.translate
    return {
        "is_public_area": (_("Where"), _("Shared parts"), _("In a home")),
        "is_in_owner_warranty": (_("Owner's warranty"), _("Owed to the owner"), _("No longer owed to the owner")),
        "is_in_contractor_warranty": (
            _("Contractor's warranty"),
            _("Owed by the contractor"),
            _("No longer owed by the contractor"),
        ),
    }


def rule_line(rule: Rule, choices: Choices, reader: Reader, *, actor: Actor) -> RuleLine:
    """One rule in the reader's words."""
    crew = CrewSource(rule.crew_source).label(reader.language)
    if rule.crew_source == CrewSource.NAMED:
        named = next((one.name for one in choices.crews if one.id == rule.crew_id), None)
        crew = named or reader.translate("A crew of other projects")
    return RuleLine(
        rule.id,
        rule.position,
        tuple(_condition(name, getattr(rule, name), choices, reader) for name in CONDITIONS if _is_named(rule, name)),
        crew,
        rule.mode.label(reader.language),
        rule.mode.value,
        rule.note,
        rule.is_active,
        service.is_changeable(rule, actor=actor),
    )


def _is_named(rule: Rule, name: str) -> bool:
    return getattr(rule, name) is not None


def _condition(name: str, value: Any, choices: Choices, reader: Reader) -> str:
    if name == "severity":
        return Severity(value).label(reader.language)
    if name in _FLAGS:
        _, yes, no = _flag_titles(reader)[name]
        return yes if value else no
    return choices.name_of(name, value)


def _trial_view(trial: Trial, choices: Choices, reader: Reader, *, actor: Actor) -> dict[str, Any]:
    language: Language = reader.language
    return {
        "verdicts": [
            (rule_line(one.rule, choices, reader, actor=actor), one.is_chosen, _why_not(one.failed, reader))
            for one in trial.verdicts
        ],
        "mode": trial.plan.mode.label(language),
        "rule": trial.plan.rule,
        "when": reader.clock.window(trial.plan.job.starts_at, trial.plan.job.ends_at),
        "best": trial.plan.best,
        "people": [
            (one, [(in_words(reason, language), reason.points) for reason in one.reasons])
            for one in trial.plan.suggestions[:12]
        ],
        "count": len(trial.plan.suggestions),
    }


def _why_not(failed: str | None, reader: Reader) -> str:
    _ = reader.translate
    words = {
        "is_active": _("is switched off"),
        "project_id": _("another project"),
        "area_id": _("another area"),
        "category_code": _("another category"),
        "component_code": _("another component"),
        "severity": _("another severity"),
        "is_public_area": _("another kind of place"),
        "is_in_owner_warranty": _("the owner's warranty stands otherwise"),
        "is_in_contractor_warranty": _("the contractor's warranty stands otherwise"),
        "builder_crew_id": _("the builder has no crew of its own"),
    }
    return words[failed] if failed else ""

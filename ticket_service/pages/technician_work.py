"""The technician's phone: jobs of one's own and of the crew, and one job from setting off to the last photo."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import ActorKind, AttachmentPurpose, OwnerStatus, Permission
from ops_db.actor import Actor
from ops_db.agenda.service import jobs_of
from ops_db.conversation import service as conversation
from ops_db.costs import service as costs
from ops_db.dossier.service import Dossier, dossier_of
from ops_db.people.own_job import reporter_of_own_job
from ops_db.personal_data import PersonalData
from ticket_service.dependencies import Connection, CurrentSettings, Keys, Now
from ticket_service.pages import ticket_views as views
from ticket_service.pages.acting import (
    NOTHING_REFUSED,
    Refusal,
    RefusedForm,
    act_from_form,
    answered,
    conflict_of,
    forms_of,
)
from ticket_service.pages.action_forms import ActionForm
from ticket_service.pages.approval_views import approval_views, choices_of
from ticket_service.pages.cost_form import cost_in, cost_lines, entry_in
from ticket_service.pages.event_sentences import LogWriter
from ticket_service.pages.form_answering import LARGEST_DESIGNED, MOST_TEXTS
from ticket_service.pages.form_answers import responses_of
from ticket_service.pages.form_text import Submitted, submitted
from ticket_service.pages.photo_keeping import keep_photos
from ticket_service.pages.reader import CurrentReader, Reader, go, toast_of
from ticket_service.pages.shown_once import forget_shown, show_once, shown_now
from ticket_service.pages.step_forms import answers_in, with_designed
from ticket_service.pages.submitting import LARGEST_FORM, new_key
from ticket_service.pages.work_context import work_context
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/work")

Worker = Annotated[Actor, Depends(Allowed(Permission.TICKET_ACT))]
Writer = Annotated[Actor, Depends(Allowed(Permission.TICKET_MESSAGE))]
Payer = Annotated[Actor, Depends(Allowed(Permission.COST_WRITE))]

_PURPOSES: Final = {"before": AttachmentPurpose.BEFORE, "after": AttachmentPurpose.AFTER}


@dataclass(frozen=True, slots=True)
class JobGroup:
    """Jobs under one heading."""

    title: str
    jobs: list[Any]


@router.get("")
async def show_jobs(reader: CurrentReader, actor: Worker, connection: Connection) -> Response:
    """Today first, then what is promised later, then what has no appointment, then what the crew may take."""
    jobs = await jobs_of(connection, actor=actor)
    return reader.page("work_list.html", groups=job_groups(jobs, reader), postal_address=views.postal_address)


def job_groups(jobs: Iterable[Any], reader: Reader) -> list[JobGroup]:
    """What is under way, then jobs in the order of the day; a promise that has passed belongs to today."""
    _, today = reader.translate, reader.clock.today
    own = [job for job in jobs if job.is_own and not job.is_begun]
    promised = [job for job in own if job.promised_from]
    return [
        JobGroup(_("Under way"), [job for job in jobs if job.is_own and job.is_begun]),
        JobGroup(_("Today"), [job for job in promised if reader.clock.date_of(job.promised_from) <= today]),
        JobGroup(_("Next days"), [job for job in promised if reader.clock.date_of(job.promised_from) > today]),
        JobGroup(_("Without an appointment"), [job for job in own if not job.promised_from]),
        JobGroup(_("For your crew, taken by nobody yet"), [job for job in jobs if not job.is_own]),
    ]


@router.get("/{number}")
async def show_job(number: str, reader: CurrentReader, actor: Worker, connection: Connection, keys: Keys) -> Response:
    """One job, with the owner's number if it was just asked for."""
    here = f"/work/{number}"
    shown = shown_now(reader.request, here, actor=actor, keys=keys)
    page = await _page(connection, number, reader=reader, actor=actor, keys=keys, shown=shown)
    return forget_shown(page, here) if shown else page


@router.post("/{number}/act", max_body_size=LARGEST_DESIGNED)
async def act_on_job(
    number: str,
    request: Request,
    reader: CurrentReader,
    actor: Worker,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """Set off, arrive, or say how it went, with the photos taken."""
    form = await submitted(request, most_fields=MOST_TEXTS)

    async def work() -> None:
        # What is sent with the form counts as evidence of it.
        await _keep(connection, number, form, actor=actor, settings=settings, now=now)
        await act_from_form(
            connection,
            number,
            form.typed,
            actor=actor,
            clock=reader.clock,
            now=now,
            answers=answers_in(form, reader=reader, keys=keys),
        )

    return await _answer(
        work, number, form, toast_of(form.typed), reader=reader, actor=actor, connection=connection, keys=keys
    )


@router.post("/{number}/photos", max_body_size=LARGEST_FORM)
async def add_photos(
    number: str,
    request: Request,
    reader: CurrentReader,
    actor: Writer,
    connection: Connection,
    now: Now,
    keys: Keys,
    settings: CurrentSettings,
) -> Response:
    """Photos from before and after the repair."""
    form = await submitted(request)

    async def work() -> None:
        if not any(form.photos.get(name) for name in _PURPOSES):
            missing = dict.fromkeys(_PURPOSES, reader.translate("Choose photos first."))
            raise RefusedForm(Refusal(status=422, errors=missing, typed=form.typed))
        await _keep(connection, number, form, actor=actor, settings=settings, now=now)

    return await _answer(work, number, form, "photos", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/{number}/messages", max_body_size=LARGEST_FORM)
async def write_message(
    number: str, request: Request, reader: CurrentReader, actor: Writer, connection: Connection, now: Now, keys: Keys
) -> Response:
    """A message to the owner or to colleagues."""
    form = await submitted(request)

    async def work() -> None:
        await conversation.write_message(
            connection,
            number,
            actor=actor,
            body=form.typed.get("body", ""),
            is_internal=form.typed.get("is_internal") == "1",
            now=now,
        )

    return await _answer(work, number, form, "sent", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/{number}/costs")
async def enter_cost(
    number: str, request: Request, reader: CurrentReader, actor: Payer, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Material or labour used on this job."""
    form = await submitted(request)

    async def work() -> None:
        await costs.enter_cost(connection, number, cost_in(form.typed, reader.translate), actor=actor, now=now)

    return await _answer(work, number, form, "cost", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/{number}/costs/reverse")
async def reverse_cost(
    number: str, request: Request, reader: CurrentReader, actor: Payer, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Undo an amount that was entered by mistake."""
    form = await submitted(request)

    async def work() -> None:
        await costs.reverse_cost(connection, number, entry_in(form.typed), actor=actor, now=now)

    return await _answer(work, number, form, "reversed", reader=reader, actor=actor, connection=connection, keys=keys)


@router.post("/{number}/call")
async def ask_for_owner_number(
    number: str, reader: CurrentReader, actor: Worker, connection: Connection, now: Now, keys: Keys
) -> Response:
    """The number of whoever reported, for the technician whose open job this is; that it was shown is kept."""
    contact = await reporter_of_own_job(connection, number, actor=actor, now=now, personal_data=keys)
    here, shown = f"/work/{number}", {"name": contact.name or "", "phone": contact.phone or ""}
    return show_once(go(here), here, shown, request=reader.request, actor=actor, keys=keys)


async def _keep(
    connection: AsyncConnection, number: str, form: Submitted, *, actor: Actor, settings: Any, now: Any
) -> None:
    for name, purpose in _PURPOSES.items():
        await keep_photos(
            connection,
            number,
            form.photos.get(name, ()),
            field=name,
            actor=actor,
            purpose=purpose,
            settings=settings,
            now=now,
        )


async def _answer(
    work: Callable[[], Awaitable[None]],
    number: str,
    form: Submitted,
    toast: str,
    *,
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    keys: PersonalData,
) -> Response:
    """Do the work once and go back to the job, or show the job with what stood in the way."""

    async def located() -> str:
        await work()
        return f"/work/{number}"

    async def show(refused: Refusal) -> Response:
        return await _page(connection, number, reader=reader, actor=actor, keys=keys, refused=refused)

    return await answered(
        form,
        located,
        toast=toast,
        show=show,
        connection=connection,
        reader=reader,
        actor=actor,
        keys=keys,
    )


async def _page(
    connection: AsyncConnection,
    number: str,
    *,
    reader: Reader,
    actor: Actor,
    keys: PersonalData,
    refused: Refusal = NOTHING_REFUSED,
    shown: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    dossier = await dossier_of(connection, number, actor=actor, personal_data=keys)
    ticket = dossier.ticket
    photo_href = f"/api/v1/tickets/{ticket.number}/attachments"
    forms = forms_of(dossier, reader, refused, await choices_of(connection, dossier, reader.language))
    forms = await with_designed(connection, forms, dossier.actions, reader=reader, refusal=refused)
    primary = _primary(forms, OwnerStatus(ticket.owner_status))
    address = views.postal_address(ticket)
    return reader.page(
        "work_job.html",
        status=refused.status,
        here=f"/work/{ticket.number}",
        ticket=ticket,
        what=views.what_is_wrong(ticket, reader.language),
        address=address,
        map_href=f"geo:0,0?q={quote(address)}",
        promise=views.promise_of(dossier.visits),
        **await work_context(connection, ticket, actor=actor, reader=reader),
        step=views.step_of(dossier, reader.language),
        approvals=approval_views(dossier, reader.language),
        primary=primary,
        forms=[form for form in forms if form is not primary and form.action not in {"assign", "reject", "cancel"}],
        refused=refused,
        longest_message=conversation.LONGEST_MESSAGE,
        conflict=conflict_of(
            refused,
            forms,
            dossier,
            LogWriter(dossier.definition, reader.clock, views.names_in(dossier, reader.language)),
        ),
        keys={name: new_key() for name in ("act", "photos", "message", "cost", "reverse")},
        reported_photos=views.reported_photos(dossier, photo_href, reader),
        repair_photos=views.repair_photos(dossier, photo_href, reader),
        messages=views.messages_of(dossier, photo_href, reader, own=ActorKind.ACCOUNT),
        responses=await responses_of(connection, ticket, actor=actor, reader=reader, keys=keys),
        place_facts=views.place_facts(ticket, reader),
        owner_phone=shown.get("phone", ""),
        owner_name=shown.get("name", ""),
        may_call=_is_own(dossier, actor),
        may_message=actor.may(Permission.TICKET_MESSAGE, ticket.project_id),
        may_add_photos=actor.may(Permission.TICKET_MESSAGE, ticket.project_id),
        costs=cost_lines(dossier.costs, reader.language),
        cost_total=sum(cost.amount_fen for cost in dossier.costs),
        may_write_costs=actor.may(Permission.COST_WRITE, ticket.project_id),
        contractors=await costs.contractors(connection, project_id=ticket.project_id),
    )


def _primary(forms: Iterable[ActionForm], status: OwnerStatus) -> ActionForm | None:
    """The one button on top: arrive while on the way, set off before; none once on the spot."""
    travel = {form.action: form for form in forms if form.is_travel}
    if "arrive" not in travel:
        return None
    return travel["arrive"] if status == OwnerStatus.ON_THE_WAY else travel.get("depart")


def _is_own(dossier: Dossier, actor: Actor) -> bool:
    """Whether the reporter's number may be asked for, so that no button is shown in vain."""
    open_tasks = [task for task in dossier.tasks if task.state == "open"]
    return dossier.reporter is not None and any(
        actor.is_work_of(task.assignee_id, dossier.ticket.project_id)
        if task.assignee_id
        else task.crew_id is not None and task.crew_id == actor.crew_id
        for task in open_tasks
    )

"""A ticket's dossier as its pages show it: places in words, photos with their captions, messages with their authors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.language import Language
from core.process_vocabulary import TaskKind
from core.vocabulary import ActorKind, AttachmentPurpose, Channel, SpaceKind, TicketState
from ops_db.dossier.service import Dossier
from ticket_service.pages.reader import Reader

_DONE_BY_PEOPLE: Final = (TaskKind.TASK, TaskKind.APPROVAL)
_OF_REPAIR: Final = (AttachmentPurpose.BEFORE, AttachmentPurpose.AFTER, AttachmentPurpose.SIGNATURE)


@dataclass(frozen=True, slots=True)
class Photo:
    """One picture and what is said under it."""

    href: str
    label: str
    caption: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message; `is_own` puts it on the reader's side."""

    author: str
    body: str
    sent_at: dt.datetime
    is_internal: bool
    is_own: bool
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class StepView:
    """The open step: what it is, with whom, and until when."""

    title: str
    with_whom: str
    due_at: dt.datetime | None


def named(row: Any, level: str, language: Language) -> str:
    """The name of a level of the taxonomy (`category`, `component`, `defect`) in one language, or nothing."""
    return getattr(row, f"{level}_name_{'zh' if language == 'zh-CN' else 'en'}") or ""


def what_is_wrong(row: Any, language: Language) -> str:
    """Component and defect, or the most exact level known."""
    component, defect = named(row, "component", language), named(row, "defect", language)
    if component and defect and component not in defect:
        return f"{component} · {defect}"
    return defect or component or named(row, "category", language)


def place_in_words(row: Any) -> str:
    """Project, building and room, as far as known."""
    parts = (row.project_name, row.building_name, row.room_number, row.space_name)
    return " · ".join(part for part in parts if part)


def postal_address(row: Any) -> str:
    """What one tells a map or a driver."""
    place = row.building_address or f"{row.project_name} {row.building_name or ''}".strip()
    return " · ".join(part for part in (place, row.room_number) if part)


def step_of(dossier: Dossier, language: Language) -> StepView | None:
    """The step opened last among those still open."""
    open_tasks = [task for task in dossier.tasks if task.state == "open" and task.kind in _DONE_BY_PEOPLE]
    if not open_tasks:
        return None
    task = open_tasks[-1]
    return StepView(
        title=dossier.node_title(task.node_key, language),
        with_whom=task.assignee_name or task.crew_name or role_name(task, language),
        due_at=task.due_at,
    )


def role_name(task: Any, language: Language) -> str:
    """What the role of a task or signer is called in this installation; its code where it is not there any more."""
    return str((task.role_name_zh if language == "zh-CN" else task.role_name_en) or task.role)


def reported_photos(dossier: Dossier, href: str, reader: Reader) -> list[Photo]:
    """Pictures of what is wrong; `href` is the address under which their ids are served."""
    return [_photo(one, href, reader) for one in _own_photos(dossier) if one.purpose not in _OF_REPAIR]


def repair_photos(dossier: Dossier, href: str, reader: Reader) -> list[Photo]:
    """Pictures the technician took before and after the repair, and a signature."""
    return [_photo(one, href, reader) for one in _own_photos(dossier) if one.purpose in _OF_REPAIR]


def is_film(media_type: str) -> bool:
    """Whether an attachment is played and not looked at."""
    return media_type.startswith("video/")


def _own_photos(dossier: Dossier) -> Iterable[Any]:
    return (one for one in dossier.attachments if one.message_id is None and not is_film(one.media_type))


def messages_of(dossier: Dossier, href: str, reader: Reader, *, own: ActorKind) -> list[MessageView]:
    """The conversation, oldest first."""
    pictures: dict[UUID, list[Photo]] = {}
    for one in dossier.attachments:
        if one.message_id is not None:
            pictures.setdefault(one.message_id, []).append(_photo(one, href, reader))
    return [
        MessageView(
            author=_author(message, own, reader),
            body=message.body,
            sent_at=message.sent_at,
            is_internal=message.is_internal,
            is_own=(message.author_kind == ActorKind.OWNER) == (own == ActorKind.OWNER),
            photos=tuple(pictures.get(message.id, ())),
        )
        for message in dossier.messages
    ]


def _author(message: Any, own: ActorKind, reader: Reader) -> str:
    if message.author_kind == own == ActorKind.OWNER:
        return reader.translate("You")
    return message.author_name or ActorKind(message.author_kind).label(reader.language)


def _photo(attachment: Any, href: str, reader: Reader) -> Photo:
    purpose = AttachmentPurpose(attachment.purpose).label(reader.language)
    return Photo(f"{href}/{attachment.id}", purpose, f"{purpose} · {reader.clock.moment(attachment.uploaded_at)}")


def place_facts(ticket: Any, reader: Reader) -> list[tuple[str, str]]:
    """What one should know of the home or the building, as pairs of a name and a value."""
    _ = reader.translate
    space = ticket.space_name or ""
    if space and reader.language == "en":
        space = f"{SpaceKind(ticket.space_kind).en} ({space})"
    facts = (
        (_("Home"), ticket.unit_code),
        (_("Project"), ticket.project_name),
        (_("Building"), ticket.building_name),
        (_("Room or part"), space),
        (_("Unit type"), ticket.unit_type_code),
        (_("Handed over"), reader.clock.day(ticket.handover_date) if ticket.handover_date else ""),
        (_("Address"), ticket.building_address),
    )
    return [(name, str(value)) for name, value in facts if value]


def ticket_facts(dossier: Dossier, reader: Reader) -> list[tuple[str, str]]:
    """State, channel, taxonomy and where an imported ticket came from."""
    _, ticket = reader.translate, dossier.ticket
    facts = [
        (_("State"), TicketState(ticket.state).label(reader.language)),
        (_("Came by"), Channel(ticket.channel).label(reader.language)),
        (_("Category"), named(ticket, "category", reader.language)),
        (_("Component"), named(ticket, "component", reader.language)),
        (_("Defect"), named(ticket, "defect", reader.language)),
        (_("Process"), f"{dossier.definition.title.label(reader.language)} v{dossier.definition.version}"),
    ]
    if ticket.closed_at:
        is_day = ticket.closed_at_precision == "day"
        closed = (
            reader.clock.day(reader.clock.date_of(ticket.closed_at)) if is_day else reader.clock.full(ticket.closed_at)
        )
        facts.append((_("Closed"), closed))
    if ticket.source_system:
        facts.append((_("Taken over from"), f"{ticket.source_system} · {ticket.source_key}"))
    return [(name, value) for name, value in facts if value]


def rating_views(dossier: Dossier, reader: Reader) -> list[dict[str, Any]]:
    """The opinions given, newest first, each as three named scores and a comment."""
    return [
        {"scores": scores_of(rating, reader), "comment": rating.comment}
        for rating in reversed(dossier.ratings)
        if rating.rated_at is not None
    ]


def scores_of(rating: Any, reader: Reader) -> list[tuple[str, int]]:
    """The three scores under their names."""
    _ = reader.translate
    return [
        (_("Service"), rating.process_score),
        (_("Timeliness"), rating.timeliness_score),
        (_("Technician's manner"), rating.attitude_score),
    ]


def promise_of(visits: Iterable[Any]) -> Any | None:
    """The visit that is promised and has not happened yet; the last one if there are several."""
    promised = [visit for visit in visits if visit.promised_from and not visit.arrived_at and not visit.left_at]
    return promised[-1] if promised else None


def names_in(dossier: Dossier, language: Language, known: Iterable[Any] = ()) -> dict[str, str]:
    """The colleagues and roles that the log of a ticket names, by id and code, beside those known already."""
    is_chinese = language == "zh-CN"
    return {str(one.id): one.name for one in known} | {
        code: row.name_zh if is_chinese else row.name_en for code, row in dossier.names.items()
    }

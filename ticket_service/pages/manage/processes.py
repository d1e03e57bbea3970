"""Processes as pages: the list, the drawing of a draft, a version to look at, and two of them compared."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.responses import Response

from core.vocabulary import DefinitionState, Permission
from ops_db.actor import Actor
from ops_db.errors import DomainError
from ops_db.forms.process_facts import facts_in_use
from ops_db.process.loading import definition_schema
from ops_db.process_admin import choices, drafts, trying, versions
from ops_db.process_admin.differences import differences
from ticket_service.api.process_schemas import KEY_PATTERN
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.form_text import submitted
from ticket_service.pages.manage.process_hints import HINTS
from ticket_service.pages.manage.process_lists import catalogue_for
from ticket_service.pages.manage.process_words import words_for
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.process_sentences import differences_in, problems_of
from ticket_service.pages.reader import CurrentReader, Reader, go
from ticket_service.pages.sentences import sentence_of
from ticket_service.policies import Allowed
from ticket_service.problems import PROBLEMS

router = APIRouter(include_in_schema=False, prefix="/manage/processes")

Manager = Annotated[Actor, Depends(Allowed(Permission.PROCESS_MANAGE))]
Key = Annotated[str, Path(pattern=KEY_PATTERN)]
Number = Annotated[int, Path(ge=1, le=1_000_000)]
_API: Final = "/api/v1/processes"


@router.get("")
async def list_processes(reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """Every process as a card with a small drawing."""
    return await _list(reader, actor, connection)


@router.post("")
async def begin_process(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Begin a process and go on to its drawing; a refusal keeps what was typed."""
    typed = (await submitted(request)).typed
    key = typed.get("key", "").strip()
    try:
        await drafts.new_process(
            connection,
            actor=actor,
            key=key,
            title_zh=typed.get("title_zh", ""),
            title_en=typed.get("title_en", ""),
            now=now,
        )
    except DomainError as error:
        return await _list(reader, actor, connection, refused=error, typed=typed)
    return go(f"/manage/processes/{key}/draft")


@router.post("/import")
async def import_process(
    request: Request, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Read a definition in as a draft and go on to its drawing."""
    typed = (await submitted(request)).typed
    try:
        document = versions.from_file(typed.get("definition", ""))
        draft = await drafts.import_draft(connection, actor=actor, document=document, now=now)
    except DomainError as error:
        return await _list(reader, actor, connection, refused=error, typed=typed)
    return go(f"/manage/processes/{draft.key}/draft")


@router.post("/{key}/draft")
async def begin_draft(
    key: Key, request: Request, actor: Manager, connection: Connection, now: Now, reader: CurrentReader
) -> Response:
    """Make a draft from a version and go on to its drawing."""
    typed = (await submitted(request)).typed
    try:
        version = int(typed.get("from_version", ""))
        await drafts.draft_from(connection, actor=actor, key=key, version=version, now=now)
    except ValueError:
        return go("/manage/processes")
    except DomainError as error:
        return await _list(reader, actor, connection, refused=error)
    return go(f"/manage/processes/{key}/draft")


@router.post("/{key}/draft/discard")
async def discard_draft(key: Key, actor: Manager, connection: Connection, now: Now) -> Response:
    """Throw the draft away."""
    await drafts.discard(connection, actor=actor, key=key, now=now)
    return go("/manage/processes", toast="discarded")


@router.post("/{key}/versions/{version}/retire")
async def retire_version(
    key: Key, version: Number, reader: CurrentReader, actor: Manager, connection: Connection, now: Now
) -> Response:
    """Let no new ticket take a version."""
    try:
        await versions.retire(connection, actor=actor, key=key, version=version, now=now)
    except DomainError as error:
        return await _list(reader, actor, connection, refused=error)
    return go("/manage/processes", toast="retired")


@router.get("/{key}/draft")
async def draw_draft(key: Key, reader: CurrentReader, actor: Manager, connection: Connection) -> Response:
    """The drawing of a draft."""
    draft = await drafts.draft_of(connection, actor=actor, key=key)
    if actor.scope(Permission.PROCESS_MANAGE) is not None:
        # A process serves every project; who manages some of them may look at the draft.
        return go(f"/manage/processes/{key}/versions/{draft.version}")
    here = f"{_API}/{key}/draft"
    data = await page_data(reader, actor, connection) | {
        "definition": draft.document,
        "problems": [one.model_dump() for one in problems_of(draft.findings, draft.document, reader.clock.language)],
        "draft": {"url": here, "revision": draft.revision},
        "publishing": {
            "summaryUrl": f"{here}/summary",
            "publishUrl": f"{here}/publish",
            "afterUrl": f"/manage/processes/{key}/versions/{draft.version}?published=1",
        },
        "schema": definition_schema(),
        "hints": hints_for(reader),
    }
    title = versions.title_of(draft.document.get("title"), key).label(reader.clock.language)
    return reader.page("manage/process_draft.html", key=key, version=draft.version, title=title, data=data)


@router.get("/{key}/versions/{version}")
async def look_at_version(
    key: Key,
    version: Number,
    reader: CurrentReader,
    actor: Manager,
    connection: Connection,
    published: bool = False,
) -> Response:
    """One version, to look at."""
    found = await versions.version_of(connection, actor=actor, key=key, version=version)
    others = next(one for one in await versions.processes(connection, actor=actor) if one.key == key)
    data = await page_data(reader, actor, connection) | {
        "definition": found.document,
        "schema": definition_schema(),
        "hints": hints_for(reader),
    }
    return reader.page(
        "manage/process_version.html",
        found=found,
        process=others,
        own=next(one for one in others.versions if one.version == version),
        may_change=actor.scope(Permission.PROCESS_MANAGE) is None,
        is_just_published=published and found.state == DefinitionState.PUBLISHED,
        data=data,
    )


@router.get("/{key}/compare")
async def compare_versions(
    key: Key,
    reader: CurrentReader,
    actor: Manager,
    connection: Connection,
    old: Annotated[int, Query(ge=1, le=1_000_000)],
    new: Annotated[int, Query(ge=1, le=1_000_000)],
) -> Response:
    """Two versions in one drawing, and what differs in words."""
    before = await versions.version_of(connection, actor=actor, key=key, version=old)
    after = await versions.version_of(connection, actor=actor, key=key, version=new)
    process = next(one for one in await versions.processes(connection, actor=actor) if one.key == key)
    found = differences(before.document, after.document)
    data = await page_data(reader, actor, connection) | {
        "old": before.document,
        "new": after.document,
        "changed": {one.node: one.kind for one in found if one.node is not None},
    }
    sentences = differences_in(found, reader.clock.language)
    return reader.page(
        "manage/process_compare.html",
        process=process,
        old=before,
        new=after,
        differences=list(zip(found, sentences, strict=True)),
        data=data,
    )


@router.get("/{key}/versions/{version}/try")
async def try_version(
    key: Key, version: Number, reader: CurrentReader, actor: Manager, connection: Connection
) -> Response:
    """A pretend ticket on the drawing, and scenario packs to run."""
    found = await versions.version_of(connection, actor=actor, key=key, version=version)
    findings = await drafts.check_document(connection, actor=actor, document=found.document)
    packs = trying.shipped_packs()
    data = await page_data(reader, actor, connection) | {
        "definition": found.document if findings else await _as_it_runs(connection, actor, found.document),
        "packs": packs,
        "urls": {"simulate": f"{_API}/simulate", "scenarios": f"{_API}/scenarios"},
    }
    return reader.page(
        "manage/process_try.html",
        key=key,
        version=version,
        title=found.title.label(reader.clock.language),
        is_draft=found.state == DefinitionState.DRAFT,
        problems=problems_of(findings, found.document, reader.clock.language),
        packs=list(packs),
        data=data,
    )


async def _as_it_runs(connection: AsyncConnection, actor: Actor, document: dict[str, Any]) -> dict[str, Any]:
    """The document with its subprocesses put in; where steps stand is found anew if there are any."""
    definition = await trying.running_definition(connection, actor=actor, document=document)
    whole = definition.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return document if len(whole["nodes"]) == len(document["nodes"]) else whole | {"layout": {}}


async def page_data(reader: Reader, actor: Actor, connection: AsyncConnection) -> dict[str, Any]:
    """What every drawing of a process needs: its words, the reader's language, and the names of things."""
    lists = await choices.named_lists(connection, actor=actor)
    processes = await versions.processes(connection, actor=actor)
    lists["processes"] = [
        choices.Named(one.key, one.title.zh, one.title.en) for one in processes if one.published is not None
    ]
    return {
        "language": reader.clock.language,
        "words": words_for(reader.translate),
        "catalogue": catalogue_for(reader, lists, (await facts_in_use(connection)).values()),
    }


def hints_for(reader: Reader) -> dict[str, Any]:
    """The hints of the panel in the reader's language."""
    return {name: hint.for_page(reader.translate) for name, hint in HINTS.items()}


async def _list(
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    *,
    refused: DomainError | None = None,
    typed: dict[str, str] | Any = None,
) -> Response:
    processes = await versions.processes(connection, actor=actor)
    data = await page_data(reader, actor, connection) | {"drawings": {one.key: one.drawn for one in processes}}
    return manage_page(
        reader,
        "manage/processes.html",
        status=PROBLEMS[refused.code][0].value if refused else 200,
        here="/manage/processes",
        processes=processes,
        may_change=actor.scope(Permission.PROCESS_MANAGE) is None,
        refused=sentence_of(refused, reader.clock.language) if refused else "",
        typed=typed or {},
        data=data,
    )

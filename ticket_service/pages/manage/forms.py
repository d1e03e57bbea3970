"""Forms as managers keep them: the list, the versions and codes of one, and the sheet of codes to print."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, get_args
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from markupsafe import Markup
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection
from starlette.requests import Request
from starlette.responses import Response

from core.vocabulary import DefinitionState, Permission
from ops_db.actor import Actor
from ops_db.errors import InvalidInput
from ops_db.forms import choices, comparison, links, loading, repository, service
from ops_db.forms.answers_schema import form_schema
from ops_db.process.text import Text
from ticket_service.dependencies import Connection, Keys, Now
from ticket_service.pages.acting import Refusal, RefusedForm, answered
from ticket_service.pages.form_answering import place_words
from ticket_service.pages.form_sentences import problem_sentence
from ticket_service.pages.form_text import Submitted, submitted
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, Reader
from ticket_service.pages.report_receipt import qr_code
from ticket_service.pages.submitting import new_key
from ticket_service.policies import Allowed

router = APIRouter(include_in_schema=False, prefix="/manage/forms")

CanManage = Annotated[Actor, Depends(Allowed(Permission.FORM_MANAGE))]
Code = Annotated[str, Query(max_length=60)]

CODES_ON_A_SHEET = 240
_YAML = "application/yaml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class PosterCode:
    """One code of the printed sheet."""

    place: tuple[str, str] | None
    url: str
    drawing: Markup


@router.get("")
async def list_forms(reader: CurrentReader, actor: CanManage, connection: Connection) -> Response:
    """All forms."""
    return await _list_page(reader, actor, connection)


@router.post("")
async def create_form(
    request: Request, reader: CurrentReader, actor: CanManage, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Begin a new form, empty or from YAML."""
    form = await submitted(request)
    _ = reader.translate

    async def work() -> str:
        typed = form.typed
        if typed.get("yaml"):
            data = loading.data_in(typed["yaml"])
            definition = loading.parse_form(data)
            key = typed.get("key") or definition.key
            await service.begin(connection, key, actor=actor, now=now, data=loading.as_data(definition))
            return f"/manage/forms/{key}/design"
        missing = {name: _("This is needed.") for name in ("key", "title_zh", "title_en") if not typed.get(name)}
        if missing:
            raise RefusedForm(Refusal(status=422, errors=missing, typed=typed))
        title = Text(zh=typed["title_zh"], en=typed["title_en"])
        purpose = "step" if typed.get("purpose") == "step" else "report"
        await service.begin(connection, typed["key"], actor=actor, now=now, title=title, purpose=purpose)
        return f"/manage/forms/{typed['key']}/design"

    async def show(refusal: Refusal) -> Response:
        return await _list_page(reader, actor, connection, refusal)

    return await answered(form, work, show=show, reader=reader, actor=actor, connection=connection, keys=keys)


@router.get("/{key}")
async def show_form(key: str, reader: CurrentReader, actor: CanManage, connection: Connection) -> Response:
    """Versions and codes of a form."""
    return await _form_page(key, reader, actor, connection)


Deed = Callable[[AsyncConnection, str, Submitted, Actor, Any], Awaitable[str]]


async def _begin(connection: AsyncConnection, key: str, _form: Submitted, actor: Actor, now: Any) -> str:
    await service.begin(connection, key, actor=actor, now=now)
    return f"/manage/forms/{key}/design"


async def _publish(connection: AsyncConnection, key: str, form: Submitted, actor: Actor, now: Any) -> str:
    await service.publish(connection, key, revision=_number(form, "revision"), actor=actor, now=now)
    return f"/manage/forms/{key}"


async def _discard(connection: AsyncConnection, key: str, form: Submitted, actor: Actor, now: Any) -> str:
    await service.discard(connection, key, revision=_number(form, "revision"), actor=actor, now=now)
    left = await repository.versions(connection, key)
    return f"/manage/forms/{key}" if left else "/manage/forms"


async def _retire(connection: AsyncConnection, key: str, _form: Submitted, actor: Actor, now: Any) -> str:
    await service.retire(connection, key, actor=actor, now=now)
    return f"/manage/forms/{key}"


async def _make_links(connection: AsyncConnection, key: str, form: Submitted, actor: Actor, now: Any) -> str:
    typed = form.typed
    scope: links.Scope = next((one for one in get_args(links.Scope) if one == typed.get("scope")), "project")
    wanted = links.WantedPlace(
        scope, typed.get("project", ""), typed.get("building"), typed.get("home"), typed.get("asset")
    )
    await links.make_links(connection, key, wanted, actor=actor, now=now)
    return f"/manage/forms/{key}#links"


async def _revoke(connection: AsyncConnection, key: str, form: Submitted, actor: Actor, now: Any) -> str:
    try:
        id = UUID(form.typed.get("link", ""))
    except ValueError:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.") from None
    await links.revoke_link(connection, key, id, actor=actor, now=now)
    return f"/manage/forms/{key}#links"


_DEEDS: dict[str, Deed] = {
    "draft": _begin,
    "publish": _publish,
    "discard": _discard,
    "retire": _retire,
    "links": _make_links,
    "revoke": _revoke,
}


@router.post("/{key}")
async def change_form(
    key: str, request: Request, reader: CurrentReader, actor: CanManage, connection: Connection, now: Now, keys: Keys
) -> Response:
    """Begin, publish or discard a draft, take the form out of use, make or close codes: as the button says."""
    form = await submitted(request)
    if form.typed.get("step"):
        return await _form_page(key, reader, actor, connection, typed=form.typed)
    deed = _DEEDS.get(form.typed.get("deed", ""))
    if deed is None:
        raise InvalidInput("This form is damaged. Open the page again and fill it in once more.")
    work = partial(deed, connection, key, form, actor, now)

    async def show(refusal: Refusal) -> Response:
        return await _form_page(key, reader, actor, connection, typed=form.typed, refusal=refusal)

    return await answered(form, work, show=show, reader=reader, actor=actor, connection=connection, keys=keys)


@router.get("/{key}/versions/{number}.yaml")
async def export_yaml(key: str, number: int, actor: CanManage, connection: Connection) -> Response:
    """A version as YAML, to keep elsewhere or to take into another installation."""
    row = await service.version(connection, key, number, actor=actor)
    text = loading.as_yaml(loading.parse_form(row.definition))
    return Response(text, media_type=_YAML, headers=_as_file(f"{key}-{number}.yaml"))


@router.get("/{key}/versions/{number}.schema.json")
async def export_schema(key: str, number: int, actor: CanManage, connection: Connection) -> dict[str, Any]:
    """The answers to a version as JSON Schema."""
    row = await service.version(connection, key, number, actor=actor)
    return form_schema(loading.load_form(row.definition))


@router.get("/{key}/poster")
async def show_poster(
    key: str,
    reader: CurrentReader,
    actor: CanManage,
    connection: Connection,
    project: Code = "",
    building: Code = "",
    link: Code = "",
    size: Code = "large",
    page: Annotated[int, Query(ge=1, le=100)] = 1,
) -> Response:
    """The sheet of codes to print: one, those of a building, or all of a project."""
    _, definition = await service.published(connection, key)
    found = [one for one in await links.links(connection, key, actor=actor) if one.revoked_at is None]
    found = [
        one
        for one in found
        if (not project or one.project_code == project)
        and (not building or one.building_code == building)
        and (not link or one.code == link)
    ]
    begin = (page - 1) * CODES_ON_A_SHEET
    base = reader.settings.service_url
    return reader.page(
        "manage/form_poster.html",
        key=key,
        title=definition.title,
        codes=[_poster_code(one, base, reader) for one in found[begin : begin + CODES_ON_A_SHEET]],
        size=size if size in ("large", "small") else "large",
        query=f"project={project}&building={building}&link={link}",
        page=page,
        pages=(len(found) + CODES_ON_A_SHEET - 1) // CODES_ON_A_SHEET,
    )


def _poster_code(link: Row[Any], base: str, reader: Reader) -> PosterCode:
    url = f"{base}/f/{link.code}"
    return PosterCode(place_words(link, reader), url, qr_code(url))


async def _list_page(
    reader: Reader, actor: Actor, connection: AsyncConnection, refusal: Refusal | None = None
) -> Response:
    return manage_page(
        reader,
        "manage/forms.html",
        status=refusal.status if refusal else 200,
        forms=await service.forms(connection, actor=actor),
        may_change=actor.scope(Permission.FORM_MANAGE) is None,
        refused=refusal,
        typed=refusal.typed if refusal else {},
        errors=refusal.errors if refusal else {},
        keys=[new_key(), new_key()],
    )


async def _form_page(
    key: str,
    reader: Reader,
    actor: Actor,
    connection: AsyncConnection,
    *,
    typed: dict[str, str] | None = None,
    refusal: Refusal | None = None,
) -> Response:
    versions = await service.versions(connection, key, actor=actor)
    typed = typed or {}
    draft = next((one for one in versions if one.state == DefinitionState.DRAFT), None)
    current = next((one for one in versions if one.state == DefinitionState.PUBLISHED), None)
    problems = service.problems_of(draft.definition) if draft is not None else ()
    place = {level: typed.get(level, "") for level in ("project", "building", "home")}
    own = {row.code for row in await links.projects(connection, actor=actor)}
    lists = {level: await choices.entries(connection, level, place) for level in ("project", "building", "home")}
    lists["project"] = [one for one in lists["project"] if one.code in own]
    is_report = (current or versions[0]).definition.get("purpose", "report") == "report"
    return manage_page(
        reader,
        "manage/form.html",
        status=refusal.status if refusal else 200,
        key=key,
        versions=versions,
        title=_title(versions[0], reader),
        draft=draft,
        current=current,
        problems=[(one.place, problem_sentence(one, reader.language)) for one in problems],
        changes=_changes(current, draft, has_problems=bool(problems)),
        may_change=actor.scope(Permission.FORM_MANAGE) is None,
        is_report=is_report,
        links=await links.links(connection, key, actor=actor) if is_report else [],
        words=partial(place_words, reader=reader),
        lists=lists,
        assets=await repository.assets(
            connection,
            project_code=place["project"],
            building_code=place["building"],
            project_ids=actor.scope(Permission.FORM_MANAGE),
        ),
        typed=typed,
        refused=refusal,
        new_key=new_key,
        service_url=reader.settings.service_url,
        DefinitionState=DefinitionState,
    )


def _changes(current: Row[Any] | None, draft: Row[Any] | None, *, has_problems: bool) -> list[comparison.Change]:
    """What publishing the draft would change; nothing while it cannot be published."""
    if draft is None or has_problems:
        return []
    before = loading.parse_form(current.definition) if current is not None else None
    return comparison.changes(before, loading.parse_form(draft.definition))


def _title(row: Row[Any], reader: Reader) -> str:
    title = row.definition.get("title") or {}
    return str(title.get(reader.language) or row.key)


def _number(form: Submitted, name: str) -> int:
    text = form.typed.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}

"""The designer of a form: the draft, saved as it changes, with its problems; and the form as owners will see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Depends, Query
from starlette.responses import Response

from core.vocabulary import Permission, Severity
from ops_db.actor import Actor
from ops_db.forms import definition as form
from ops_db.forms import loading, service
from ops_db.forms.errors import FormInvalid
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.designer_words import designer_words
from ticket_service.pages.form_answering import FormHere, form_page
from ticket_service.pages.form_sentences import ROLE_NAMES, problem_sentence
from ticket_service.pages.manage.sections import manage_page
from ticket_service.pages.reader import CurrentReader, make_reader
from ticket_service.policies import Allowed
from ticket_service.security import CONTENT_SECURITY_POLICY

router = APIRouter(include_in_schema=False, prefix="/manage/forms/{key}")

CanManage = Annotated[Actor, Depends(Allowed(Permission.FORM_MANAGE))]
_FRAMED: Final = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
_LARGEST_DRAFT: Final = loading.LARGEST_BYTES + 64 * 1024


@router.get("/design")
async def show_designer(key: str, reader: CurrentReader, actor: CanManage, connection: Connection) -> Response:
    """The draft on the drawing board."""
    saved = await service.draft(connection, key, actor=actor)
    about = {
        "key": key,
        "language": reader.language,
        "definition": saved.row.definition,
        "revision": saved.row.revision,
        "problems": _problems(saved.problems, reader.language),
        "kinds": form.KINDS,
        "levels": form.PARENT_LEVELS,
        "roles": {role: names[0 if reader.language == "zh-CN" else 1] for role, names in ROLE_NAMES.items()},
        "severities": [{"code": one.value, "label": {"zh-CN": one.zh, "en": one.en}} for one in Severity],
        "words": designer_words(reader.translate),
    }
    return manage_page(
        reader,
        "manage/form_designer.html",
        key=key,
        row=saved.row,
        about=json.dumps(about, ensure_ascii=False),
        title=(saved.row.definition.get("title") or {}).get(reader.language) or key,
    )


@router.put("/draft", max_body_size=_LARGEST_DRAFT)
async def save_draft(
    key: str,
    reader: CurrentReader,
    actor: CanManage,
    connection: Connection,
    now: Now,
    definition: Annotated[dict[str, Any], Body()],
    revision: Annotated[int, Body(ge=1)],
) -> dict[str, Any]:
    """Keep the draft as it is, and say what is still wrong with it."""
    saved = await service.save(connection, key, definition, revision=revision, actor=actor, now=now)
    return {"revision": saved.row.revision, "problems": _problems(saved.problems, reader.language)}


@router.get("/preview")
async def preview(
    key: str,
    reader: CurrentReader,
    actor: CanManage,
    connection: Connection,
    language: Annotated[str, Query(max_length=5)] = "",
    version: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """The form as owners see it; nothing can be sent from here."""
    row = (
        await service.version(connection, key, version, actor=actor)
        if version is not None
        else (await service.draft(connection, key, actor=actor)).row
    )
    seen = reader
    if language in ("zh-CN", "en") and language != reader.language:
        request = reader.request
        other = SimpleNamespace(login="another language", language=language)
        clock = make_reader(request, reader.settings, other, reader.clock.now).clock  # type: ignore[arg-type]  # Only the language of it is read.
        seen = type(reader)(request, reader.settings, clock, None)
    try:
        definition = loading.parse_form(without_gaps(row.definition))
    except FormInvalid:
        page: Response = seen.page("manage/form_preview_empty.html")
    else:
        here = FormHere(f"/manage/forms/{key}/preview", row, definition, None)
        page = await form_page(connection, here, reader=seen, texts=None, template="manage/form_preview.html")
    page.headers["Content-Security-Policy"] = _FRAMED
    return page


def without_gaps(data: Mapping[str, Any]) -> dict[str, Any]:
    """A draft with a dash for each label that is still empty, so that the rest of it can be shown."""

    def filled(value: Any) -> Any:
        if isinstance(value, Mapping) and value and set(value) <= {"zh-CN", "en"}:
            known = next((text for text in value.values() if isinstance(text, str) and text.strip()), "–")
            return {name: value.get(name) or known for name in ("zh-CN", "en")}
        if isinstance(value, Mapping):
            return {name: filled(inner) for name, inner in value.items()}
        return [filled(inner) for inner in value] if isinstance(value, list) else value

    found: dict[str, Any] = filled(data)
    return found


def _problems(problems: Any, language: Any) -> list[dict[str, str]]:
    return [{"place": one.place, "fault": one.fault, "text": problem_sentence(one, language)} for one in problems]

"""Processes as managers change them: versions, drafts, checks, publication, files, and the rules that choose."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Query, Response, status

from core.language import Language
from core.vocabulary import Permission, Severity, Trade
from ops_db.actor import Actor
from ops_db.process_admin import drafts, rules, summary, versions
from ops_db.process_admin.rules import Conditions
from ops_db.process_admin.versions import FileFormat
from ticket_service.api import process_schemas as schemas
from ticket_service.api.spoken import Spoken
from ticket_service.dependencies import Connection, Now
from ticket_service.pages.process_sentences import differences_in, problems_of, rule_in_words
from ticket_service.policies import Allowed
from ticket_service.routes import RetryingRoute

router = APIRouter(prefix="/processes", tags=["processes"], route_class=RetryingRoute)
rule_router = APIRouter(prefix="/process-rules", tags=["processes"], route_class=RetryingRoute)

Manager = Annotated[Actor, Depends(Allowed(Permission.PROCESS_MANAGE))]
Key = Annotated[str, Path(pattern=schemas.KEY_PATTERN, description="The short name of a process.")]
Number = Annotated[int, Path(ge=1, le=1_000_000, description="A version.")]


@router.get("")
async def list_processes(actor: Manager, connection: Connection) -> list[schemas.ProcessOut]:
    """Every process with its versions, and how many tickets run on each."""
    return [schemas.ProcessOut.model_validate(one) for one in await versions.processes(connection, actor=actor)]


@router.post("", status_code=status.HTTP_201_CREATED)
async def begin_process(
    body: schemas.NewProcessIn, actor: Manager, connection: Connection, now: Now, language: Spoken
) -> schemas.DraftOut:
    """Begin a process; it is a draft of one step until it is published."""
    await drafts.new_process(
        connection, actor=actor, key=body.key, title_zh=body.title_zh, title_en=body.title_en, now=now
    )
    return _draft_out(await drafts.draft_of(connection, actor=actor, key=body.key), language)


@router.post("/check")
async def check_definition(
    body: schemas.CheckIn, actor: Manager, connection: Connection, language: Spoken
) -> schemas.CheckOut:
    """What keeps a definition from running; nothing is kept."""
    findings = await drafts.check_document(connection, actor=actor, document=body.definition)
    return schemas.CheckOut(problems=problems_of(findings, body.definition, language))


@router.post("/import", status_code=status.HTTP_201_CREATED)
async def import_definition(
    body: schemas.ImportIn, actor: Manager, connection: Connection, now: Now, language: Spoken
) -> schemas.DraftOut:
    """Make a draft of a definition in YAML or JSON."""
    document = versions.from_file(body.text)
    return _draft_out(await drafts.import_draft(connection, actor=actor, document=document, now=now), language)


@router.get("/{key}/versions/{version}")
async def read_version(key: Key, version: Number, actor: Manager, connection: Connection) -> schemas.DefinitionOut:
    """One version as it was drawn."""
    found = await versions.version_of(connection, actor=actor, key=key, version=version)
    return schemas.DefinitionOut(
        key=found.key,
        version=found.version,
        state=found.state,
        published_at=found.published_at,
        definition=found.document,
    )


@router.get(
    "/{key}/versions/{version}/file",
    response_class=Response,
    responses={200: {"content": {"application/yaml": {}, "application/json": {}}, "description": "The file."}},
)
async def export_version(
    key: Key,
    version: Number,
    actor: Manager,
    connection: Connection,
    form: Annotated[FileFormat, Query(alias="format")] = "yaml",
) -> Response:
    """One version as a file that can be imported again."""
    found = await versions.version_of(connection, actor=actor, key=key, version=version)
    name = f"{key}-{version}.{form}"
    return Response(
        versions.as_file(found.document, form),
        media_type="application/json" if form == "json" else "application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@router.post("/{key}/versions/{version}/retire", status_code=status.HTTP_204_NO_CONTENT)
async def retire_version(key: Key, version: Number, actor: Manager, connection: Connection, now: Now) -> None:
    """Let no new ticket take this version; those under way finish on it."""
    await versions.retire(connection, actor=actor, key=key, version=version, now=now)


@router.post("/{key}/draft", status_code=status.HTTP_201_CREATED)
async def begin_draft(
    key: Key, body: schemas.DraftFromIn, actor: Manager, connection: Connection, now: Now, language: Spoken
) -> schemas.DraftOut:
    """Make a draft that begins as a copy of a version."""
    await drafts.draft_from(connection, actor=actor, key=key, version=body.from_version, now=now)
    return _draft_out(await drafts.draft_of(connection, actor=actor, key=key), language)


@router.get("/{key}/draft")
async def read_draft(key: Key, actor: Manager, connection: Connection, language: Spoken) -> schemas.DraftOut:
    """The draft, and what keeps it from running."""
    return _draft_out(await drafts.draft_of(connection, actor=actor, key=key), language)


@router.put("/{key}/draft")
async def save_draft(
    key: Key, body: schemas.DraftIn, actor: Manager, connection: Connection, now: Now, language: Spoken
) -> schemas.SavedOut:
    """Replace the draft, however unfinished; whoever looked at an older revision gets 409."""
    saved = await drafts.save_draft(
        connection, actor=actor, key=key, revision=body.revision, document=body.definition, now=now
    )
    return schemas.SavedOut(revision=saved.revision, problems=problems_of(saved.findings, saved.document, language))


@router.delete("/{key}/draft", status_code=status.HTTP_204_NO_CONTENT)
async def discard_draft(key: Key, actor: Manager, connection: Connection, now: Now) -> None:
    """Throw the draft away."""
    await drafts.discard(connection, actor=actor, key=key, now=now)


@router.get("/{key}/draft/summary")
async def summarise_draft(key: Key, actor: Manager, connection: Connection, language: Spoken) -> schemas.SummaryOut:
    """What publishing the draft would do."""
    found = await summary.summary_of(connection, actor=actor, key=key)
    return schemas.SummaryOut(
        version=found.draft.version,
        previous=found.previous,
        problems=problems_of(found.draft.findings, found.draft.document, language),
        differences=differences_in(found.differences, language),
        rules=[rule_in_words(one, language) for one in found.rules],
        running=found.running_count,
    )


@router.post("/{key}/draft/publish")
async def publish_draft(
    key: Key, body: schemas.PublishIn, actor: Manager, connection: Connection, now: Now
) -> schemas.PublishedOut:
    """Let new tickets take the draft from now on. Tickets under way stay on the version they began with."""
    version = await drafts.publish(connection, actor=actor, key=key, revision=body.revision, now=now)
    return schemas.PublishedOut(key=key, version=version)


@rule_router.get("")
async def list_rules(actor: Manager, connection: Connection) -> list[schemas.RuleOut]:
    """The rules in their order: the first of which everything is true says which process a ticket takes."""
    return [_rule_out(one) for one in await rules.rules(connection, actor=actor)]


@rule_router.post("", status_code=status.HTTP_201_CREATED)
async def add_rule(body: schemas.RuleIn, actor: Manager, connection: Connection, now: Now) -> list[schemas.RuleOut]:
    """Add a rule after the last one; gives all of them."""
    await rules.add_rule(connection, _conditions(body), actor=actor, process_key=body.process_key, now=now)
    return await list_rules(actor, connection)


@rule_router.put("/{id}")
async def change_rule(
    id: UUID, body: schemas.RuleIn, actor: Manager, connection: Connection, now: Now
) -> list[schemas.RuleOut]:
    """Change a rule where it stands; gives all of them."""
    await rules.change_rule(connection, id, _conditions(body), actor=actor, process_key=body.process_key, now=now)
    return await list_rules(actor, connection)


@rule_router.post("/{id}/move")
async def move_rule(
    id: UUID, body: schemas.MoveIn, actor: Manager, connection: Connection, now: Now
) -> list[schemas.RuleOut]:
    """Put a rule elsewhere in the order; gives all of them."""
    await rules.move_rule(connection, id, actor=actor, position=body.position, now=now)
    return await list_rules(actor, connection)


@rule_router.delete("/{id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_rule(id: UUID, actor: Manager, connection: Connection, now: Now) -> None:
    """Remove a rule."""
    await rules.remove_rule(connection, id, actor=actor, now=now)


@rule_router.get("/which")
async def which_process(
    actor: Manager,
    connection: Connection,
    project_id: UUID | None = None,
    area_id: UUID | None = None,
    trade: Trade | None = None,
    category_code: Annotated[str | None, Query(max_length=100)] = None,
    is_public_area: bool | None = None,
    severity: Severity | None = None,
) -> schemas.WhichOut:
    """Which process such a ticket would take now."""
    ticket = Conditions(
        project_id=project_id,
        area_id=area_id,
        trade=trade,
        category_code=category_code,
        is_public_area=is_public_area,
        severity=severity,
    )
    answer = await rules.which_process(connection, ticket, actor=actor)
    rule = answer.rule
    return schemas.WhichOut(
        process_key=answer.process_key, rule_id=rule.id if rule else None, position=rule.position if rule else None
    )


def _draft_out(draft: drafts.Draft, language: Language) -> schemas.DraftOut:
    return schemas.DraftOut(
        key=draft.key,
        version=draft.version,
        revision=draft.revision,
        definition=draft.document,
        problems=problems_of(draft.findings, draft.document, language),
    )


def _conditions(body: schemas.RuleIn) -> Conditions:
    values: dict[str, Any] = body.model_dump(exclude={"process_key"})
    return Conditions(**values)


def _rule_out(rule: rules.Rule) -> schemas.RuleOut:
    asked = rule.conditions
    return schemas.RuleOut(
        id=rule.id,
        position=rule.position,
        process_key=rule.process_key,
        project_id=asked.project_id,
        area_id=asked.area_id,
        trade=asked.trade,
        category_code=asked.category_code,
        is_public_area=asked.is_public_area,
        severity=asked.severity,
    )

"""SQL of form definitions, links and responses."""

from __future__ import annotations

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

_FORMS = text("""
    select key,
           max(version) filter (where state = 'published') as published_version,
           max(version) filter (where state = 'draft') as draft_version,
           max(published_at) as published_at, max(saved_at) as saved_at,
           (array_agg(definition -> 'title' order by (state = 'published') desc, version desc))[1] as title,
           (array_agg(definition ->> 'purpose' order by (state = 'published') desc, version desc))[1] as purpose,
           (select count(*) from ops.form_link where form_link.form_key = definition.key and revoked_at is null)
               as link_count,
           (select count(*) from ops.form_response join ops.form_definition as answered
                on answered.id = form_response.form_definition_id where answered.key = definition.key) as response_count
      from ops.form_definition as definition group by key order by key
""")
_COLUMNS = "id, key, version, state, definition, revision, created_at, saved_at, published_at, retired_at"
_VERSIONS = text(f"""
    select {_COLUMNS}, (select display_name from ops.account where account.id = form_definition.created_by) as author,
           (select count(*) from ops.form_response where form_response.form_definition_id = form_definition.id)
               as response_count
      from ops.form_definition where key = :key order by version desc
""")
_IN_STATE = text(f"select {_COLUMNS} from ops.form_definition where key = :key and state = :state")
_IN_USE = text("select key, version, definition from ops.form_definition where state = 'published' order by key")
_IN_USE_OR_LAST = text(f"""
    select {_COLUMNS} from ops.form_definition where key = :key and state <> 'draft'
     order by (state = 'published') desc, version desc limit 1
""")
_VERSION = text(f"select {_COLUMNS} from ops.form_definition where key = :key and version = :version")
_ADD_DRAFT = text(f"""
    insert into ops.form_definition (key, version, state, definition, created_by, created_at, saved_at)
    select :key, next.version, 'draft',
           cast(:definition as jsonb) || jsonb_build_object('key', cast(:key as text), 'version', next.version),
           :created_by, :now, :now
      from (select coalesce(max(version), 0) + 1 as version from ops.form_definition where key = :key) as next
    on conflict do nothing
    returning {_COLUMNS}
""")
_SAVE_DRAFT = text(f"""
    update ops.form_definition
       set definition = cast(:definition as jsonb) || jsonb_build_object('key', key, 'version', version),
           revision = revision + 1, saved_at = :now
     where key = :key and state = 'draft' and revision = :revision
    returning {_COLUMNS}
""")
_DISCARD = text("delete from ops.form_definition where key = :key and state = 'draft' and revision = :revision")
_RETIRE = text("""
    update ops.form_definition set state = 'retired', retired_at = :now
     where key = :key and state = 'published' returning id, version
""")
_PUBLISH = text(f"""
    update ops.form_definition set state = 'published', published_at = :now, definition = cast(:definition as jsonb)
     where key = :key and state = 'draft' and revision = :revision
    returning {_COLUMNS}
""")

_LINK_COLUMNS = """
    link.id, link.code, link.form_key, link.created_at, link.revoked_at, link.project_id, link.building_id,
    link.unit_id, link.asset_id, project.code as project_code, project.name as project_name,
    building.code as building_code, building.name as building_name, unit.code as unit_code, unit.room_number,
    asset.serial_number, asset.component_code, component.category_code, component.name_zh as component_zh,
    component.name_en as component_en
"""
_LINK_JOINS = """
      from ops.form_link as link
      left join ops.project on project.id = link.project_id
      left join ops.building on building.id = link.building_id
      left join ops.unit on unit.id = link.unit_id
      left join ops.asset on asset.id = link.asset_id
      left join ops.component on component.code = asset.component_code
"""
_PLACE_OF_HOME = text("""
    select cast(null as uuid) as id, project.code as project_code, project.name as project_name,
           building.code as building_code, building.name as building_name, unit.code as unit_code, unit.room_number,
           null as serial_number, null as component_code, null as category_code, null as component_zh,
           null as component_en
      from ops.unit
      join ops.building on building.id = unit.building_id
      join ops.project on project.id = unit.project_id
     where unit.code = :unit_code
""")
_IN_SCOPE = "(cast(:project_ids as uuid[]) is null or link.project_id = any(cast(:project_ids as uuid[])))"
_LINK_OF_CODE = text(f"select {_LINK_COLUMNS} {_LINK_JOINS} where link.code = :code")
_LINKS = text(f"""
    select {_LINK_COLUMNS}, (select count(*) from ops.form_response where form_link_id = link.id) as response_count
    {_LINK_JOINS} where link.form_key = :form_key and {_IN_SCOPE}
    order by link.revoked_at nulls first, project.code nulls first, building.code nulls first,
             unit.code nulls first, asset.serial_number nulls first
    limit 2000
""")
_ADD_LINKS = text("""
    insert into ops.form_link (code, form_key, project_id, building_id, unit_id, asset_id, created_by, created_at)
    select wanted.code, :form_key, wanted.project_id, wanted.building_id, wanted.unit_id, wanted.asset_id,
           :created_by, :now
      from jsonb_to_recordset(cast(:links as jsonb)) as wanted (
           code text, project_id uuid, building_id uuid, unit_id uuid, asset_id uuid)
    on conflict do nothing
""")
_REVOKE = text(f"""
    update ops.form_link as link set revoked_at = :now
     where link.id = :id and link.form_key = :form_key and link.revoked_at is null and {_IN_SCOPE}
    returning link.id, link.code
""")
_PLACES = text("""
    select project.id as project_id, building.id as building_id, unit.id as unit_id, asset.id as asset_id
      from ops.project
      left join ops.building on building.project_id = project.id and building.code = :building_code
      left join ops.unit on unit.building_id = building.id
           and (:each_home or unit.code = cast(:unit_code as text))
      left join ops.asset on asset.building_id = building.id and asset.is_active
           and (:each_asset or asset.serial_number = cast(:serial_number as text))
     where project.code = :project_code
       and (cast(:project_ids as uuid[]) is null or project.id = any(cast(:project_ids as uuid[])))
     order by unit.code, asset.serial_number
""")
_ASSETS = text("""
    select asset.serial_number, component.name_zh, component.name_en
      from ops.project
      join ops.asset on asset.project_id = project.id and asset.is_active
      join ops.building on building.id = asset.building_id
      join ops.component on component.code = asset.component_code
     where project.code = :project_code and building.code = :building_code
       and (cast(:project_ids as uuid[]) is null or project.id = any(cast(:project_ids as uuid[])))
     order by asset.serial_number limit 500
""")

_ADD_RESPONSE = text("""
    insert into ops.form_response (ticket_id, form_definition_id, form_link_id, node_key, answers, personal_ciphertext,
                                   created_at)
    values (:ticket_id, :form_definition_id, :form_link_id, :node_key, cast(:answers as jsonb), :personal_ciphertext,
            :now)
    returning id
""")
_RESPONSES = text("""
    select form_response.id, form_response.node_key, form_response.answers, form_response.personal_ciphertext,
           form_response.created_at, definition.definition, definition.key, definition.version
      from ops.form_response join ops.form_definition as definition on definition.id = form_response.form_definition_id
     where form_response.ticket_id = :ticket_id order by form_response.created_at, form_response.id
""")
_NAMES = text("""
    select 'project' as level, code, name as zh, name as en from ops.project where code = any(:project)
    union all
    select 'home', code, room_number, room_number from ops.unit where code = any(:home)
    union all
    select 'category', code, name_zh, name_en from ops.defect_category where code = any(:category)
    union all
    select 'component', code, name_zh, name_en from ops.component where code = any(:component)
    union all
    select 'defect', code, name_zh, name_en from ops.defect where code = any(:defect)
""")
_NAMES_IN_PROJECT = text("""
    select 'building' as level, building.code, building.name from ops.building
      join ops.project on project.id = building.project_id
     where project.code = :project_code and building.code = any(:building)
    union all
    select 'space', space.code, space.name from ops.space
      left join ops.building on building.id = space.building_id
      left join ops.unit_type on unit_type.id = space.unit_type_id
      join ops.project on project.id in (building.project_id, unit_type.project_id)
     where project.code = :project_code and space.code = any(:space)
""")

Scope = list[UUID] | None


async def forms(connection: AsyncConnection) -> list[Row[Any]]:
    """One row for each form, whatever its versions."""
    return list((await connection.execute(_FORMS)).all())


async def versions(connection: AsyncConnection, key: str) -> list[Row[Any]]:
    """All versions of a form, newest first."""
    return list((await connection.execute(_VERSIONS, {"key": key})).all())


async def in_state(connection: AsyncConnection, key: str, state: str) -> Row[Any] | None:
    """The version in that state, of which there is at most one draft and one published."""
    return (await connection.execute(_IN_STATE, {"key": key, "state": state})).one_or_none()


async def in_use(connection: AsyncConnection) -> list[Row[Any]]:
    """The published version of every form."""
    return list((await connection.execute(_IN_USE)).all())


async def in_use_or_last(connection: AsyncConnection, key: str) -> Row[Any] | None:
    """The version that is published, or the last one that was."""
    return (await connection.execute(_IN_USE_OR_LAST, {"key": key})).one_or_none()


async def version(connection: AsyncConnection, key: str, number: int) -> Row[Any] | None:
    """One version."""
    return (await connection.execute(_VERSION, {"key": key, "version": number})).one_or_none()


async def add_draft(connection: AsyncConnection, **values: Any) -> Row[Any] | None:
    """A new draft under the next number; None while there is one already."""
    return (await connection.execute(_ADD_DRAFT, values)).one_or_none()


async def save_draft(connection: AsyncConnection, **values: Any) -> Row[Any] | None:
    """The draft with other content; None when it is not at that revision any more."""
    return (await connection.execute(_SAVE_DRAFT, values)).one_or_none()


async def discard_draft(connection: AsyncConnection, *, key: str, revision: int) -> bool:
    """Remove the draft, if it is still at that revision."""
    return (await connection.execute(_DISCARD, {"key": key, "revision": revision})).rowcount > 0


async def retire(connection: AsyncConnection, *, key: str, now: dt.datetime) -> Row[Any] | None:
    """Take the published version out of use; None if there is none."""
    return (await connection.execute(_RETIRE, {"key": key, "now": now})).one_or_none()


async def publish(connection: AsyncConnection, **values: Any) -> Row[Any] | None:
    """Put the draft into use; None when it is not at that revision any more."""
    return (await connection.execute(_PUBLISH, values)).one_or_none()


async def link_of_code(connection: AsyncConnection, code: str) -> Row[Any] | None:
    """A link with its place, revoked or not."""
    return (await connection.execute(_LINK_OF_CODE, {"code": code})).one_or_none()


async def place_of_home(connection: AsyncConnection, unit_code: str) -> Row[Any] | None:
    """The place of a home as a link has it, without being one."""
    return (await connection.execute(_PLACE_OF_HOME, {"unit_code": unit_code})).one_or_none()


async def links(connection: AsyncConnection, form_key: str, *, project_ids: Scope) -> list[Row[Any]]:
    """The links of a form with their places."""
    values = {"form_key": form_key, "project_ids": project_ids}
    return list((await connection.execute(_LINKS, values)).all())


async def add_links(connection: AsyncConnection, **values: Any) -> None:
    """Add those that are not there; a place has one link of a form that is not revoked."""
    await connection.execute(_ADD_LINKS, values)


async def revoke_link(connection: AsyncConnection, **values: Any) -> Row[Any] | None:
    """Close a link; None if it is closed or of another form or project."""
    return (await connection.execute(_REVOKE, values)).one_or_none()


async def places(connection: AsyncConnection, **values: Any) -> list[Row[Any]]:
    """The ids of a place, or of each home or asset of a building."""
    return list((await connection.execute(_PLACES, values)).all())


async def assets(
    connection: AsyncConnection, *, project_code: str, building_code: str, project_ids: list[UUID] | None
) -> list[Row[Any]]:
    """The assets of a building of a scope."""
    values = {"project_code": project_code, "building_code": building_code, "project_ids": project_ids}
    return list((await connection.execute(_ASSETS, values)).all())


async def add_response(connection: AsyncConnection, **values: Any) -> UUID:
    """Keep the answers to a form."""
    id: UUID = (await connection.execute(_ADD_RESPONSE, values)).scalar_one()
    return id


async def responses(connection: AsyncConnection, ticket_id: UUID) -> list[Row[Any]]:
    """What was answered for a ticket, oldest first, with the form as it was."""
    return list((await connection.execute(_RESPONSES, {"ticket_id": ticket_id})).all())


async def names(connection: AsyncConnection, codes: dict[str, list[str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """Chinese and English names of codes of the master data, by level and code."""
    values = {level: codes.get(level, []) for level in ("project", "home", "category", "component", "defect")}
    found = {(row.level, row.code): (row.zh, row.en) for row in (await connection.execute(_NAMES, values)).all()}
    for project in codes.get("project", []):
        inside = {"project_code": project, "building": codes.get("building", []), "space": codes.get("space", [])}
        for row in (await connection.execute(_NAMES_IN_PROJECT, inside)).all():
            found[row.level, row.code] = (row.name, row.name)
    return found
